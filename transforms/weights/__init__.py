"""What was fitted beforehand and ships with the package; docs/explanation/weights.md says on what.

`keypoints.npz` is made by `python -m lookalike.pipelines.training.fit_keypoint_axes`, `embedded.npz` by
`python -m lookalike.pipelines.training.embedding.train` and then `.artefact`, `decision.npz` by
`python -m lookalike.pipelines.training.decision.train`.
"""

import functools
import hashlib
from importlib import resources
from typing import NamedTuple

import numpy as np

from lookalike.transforms.functional.embedding.layers import EmbeddedLayer
from lookalike.transforms.functional.keypoints.keypoints import KeypointAxes
from lookalike.transforms.functional.verification.decision import Models
from lookalike.transforms.functional.verification.near_misses import NearMisses
from lookalike.transforms.functional.verification.trees import Trees

KEYPOINTS_FILE, EMBEDDED_FILE, DECISION_FILE = "keypoints.npz", "embedded.npz", "decision.npz"


class FittedPooling(NamedTuple):
    """mean, projection: (channels,) and (channels, dims) float32, the whitening of what a pooling gives."""

    mean: np.ndarray
    projection: np.ndarray


class Embedded(NamedTuple):
    """layers: of the embedded backbone, in order. gem, rmac: what follows each of these poolings; other ones are
    followed by what follows gem.
    """

    layers: tuple[EmbeddedLayer, ...]
    gem: FittedPooling
    rmac: FittedPooling

    def whitening(self, pooling: str) -> FittedPooling:
        """What follows a pooling."""
        return self.rmac if pooling == "rmac" else self.gem


@functools.cache
def embedded() -> Embedded:
    """The embedded backbone, read once a process."""
    arrays = _read(EMBEDDED_FILE)
    layers = []
    for number, (stride, zero, block, share) in enumerate(arrays["layers"].tolist()):
        weights, scales, bias = (arrays[f"{name}{number}"] for name in ("weights", "scales", "bias"))
        layers.append(EmbeddedLayer(weights, scales, bias, int(stride), int(zero), int(block), share))
    fitted = (FittedPooling(arrays[f"{name}_mean"], arrays[f"{name}_projection"]) for name in ("gem", "rmac"))
    return Embedded(tuple(layers), *fitted)


@functools.cache
def keypoint_axes() -> KeypointAxes:
    """Projection of keypoint descriptors, read once a process."""
    arrays = _read(KEYPOINTS_FILE)
    return KeypointAxes(arrays["axes_mean"], arrays["axes_basis"], arrays["axes_scale"], arrays["axes_parity"])


@functools.cache
def decision_models() -> Models:
    """The trees that judge pairs, and what near misses are worth; read once a process."""
    arrays = _read(DECISION_FILE)

    def trees(question: str) -> Trees:
        feature, threshold, kept, value, start = (arrays[f"{question}_{name}"] for name in Trees._fields)
        return Trees(feature, threshold, kept, value, int(start))

    copy, overlaid, variant, view = map(trees, ("copy", "overlaid", "variant", "view"))
    near_misses = NearMisses(*arrays["near_misses"].tolist())
    return Models(tuple(arrays["names"].tolist()), copy, overlaid, variant, view, near_misses)


@functools.cache
def sha256(file: str) -> str:
    """Hash of one of the files, for the record of a run."""
    return hashlib.sha256(resources.files(__package__).joinpath(file).read_bytes()).hexdigest()


def _read(file: str) -> dict[str, np.ndarray]:
    with resources.files(__package__).joinpath(file).open("rb") as opened, np.load(opened) as arrays:
        return dict(arrays)
