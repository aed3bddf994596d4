"""What was fitted beforehand and ships with the package; docs/explanation/weights.md says on what.

`keypoints.npz` is made by `python -m lookalike.pipelines.training.fit_keypoint_axes`, `embedded.npz` by
`python -m lookalike.pipelines.training.embedding.train`, `decision.npz` by
`python -m lookalike.pipelines.training.decision.train`.
"""

import functools
import hashlib
from importlib import resources
from typing import NamedTuple

import numpy as np

from lookalike.transforms.functional.keypoints.keypoints import KeypointAxes
from lookalike.transforms.functional.verification.decision import Models
from lookalike.transforms.functional.verification.trees import Trees

KEYPOINTS_FILE, EMBEDDED_FILE, DECISION_FILE = "keypoints.npz", "embedded.npz", "decision.npz"


class Embedded(NamedTuple):
    """layers: weights (out, in, 1 or 8, side, side) and bias (out,) of each layer of the embedded backbone. mean,
    projection: (k,) and (k, dims), the whitening of region descriptors. All float32. ranges: the greatest values that
    go into the layers that are computed in integers.
    """

    layers: dict[str, tuple[np.ndarray, np.ndarray]]
    mean: np.ndarray
    projection: np.ndarray
    ranges: dict[str, float]


@functools.cache
def embedded() -> Embedded:
    """The embedded backbone, read once a process."""
    arrays = _read(EMBEDDED_FILE)
    names = [name.removesuffix("_bias") for name in arrays if name.endswith("_bias")]
    layers = {name: (arrays[f"{name}_weights"], arrays[f"{name}_bias"]) for name in names}
    ranges = {name.removesuffix("_range"): float(arrays[name]) for name in arrays if name.endswith("_range")}
    return Embedded(layers, arrays["mean"], arrays["projection"], ranges)


@functools.cache
def keypoint_axes() -> KeypointAxes:
    """Projection of keypoint descriptors, read once a process."""
    arrays = _read(KEYPOINTS_FILE)
    return KeypointAxes(arrays["axes_mean"], arrays["axes_basis"], arrays["axes_scale"], arrays["axes_parity"])


@functools.cache
def decision_models() -> Models:
    """The trees that judge pairs, read once a process."""
    arrays = _read(DECISION_FILE)

    def trees(question: str) -> Trees:
        feature, threshold, kept, value, start = (arrays[f"{question}_{name}"] for name in Trees._fields)
        return Trees(feature, threshold, kept, value, int(start))

    return Models(tuple(arrays["names"].tolist()), *(trees(question) for question in Models._fields[1:]))


@functools.cache
def sha256(file: str) -> str:
    """Hash of one of the files, for the record of a run."""
    return hashlib.sha256(resources.files(__package__).joinpath(file).read_bytes()).hexdigest()


def _read(file: str) -> dict[str, np.ndarray]:
    with resources.files(__package__).joinpath(file).open("rb") as opened, np.load(opened) as arrays:
        return dict(arrays)
