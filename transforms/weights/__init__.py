"""The embedded weights: `embedded.npz`, made by `python -m transforms.weights.make_embedded`."""

import functools
import hashlib
from importlib import resources
from typing import NamedTuple

import numpy as np

from transforms.functional.keypoints import KeypointAxes

FILE = "embedded.npz"


class Embedded(NamedTuple):
    """axes: projection of keypoint descriptors. centroids: (k, 128) float32 of the backbone's second layer.
    mean, projection: (k,) and (k, dims) float32, PCA-whitening of region descriptors.
    """

    axes: KeypointAxes
    centroids: np.ndarray
    mean: np.ndarray
    projection: np.ndarray


@functools.cache
def embedded() -> Embedded:
    """The weights that ship with the package, read once a process."""
    with resources.files(__package__).joinpath(FILE).open("rb") as file, np.load(file) as arrays:
        axes = KeypointAxes(arrays["axes_mean"], arrays["axes_basis"], arrays["axes_scale"], arrays["axes_parity"])
        return Embedded(axes, arrays["centroids"], arrays["mean"], arrays["projection"])


@functools.cache
def embedded_sha256() -> str:
    """Hash of the weights' file, for the record of a run."""
    return hashlib.sha256(resources.files(__package__).joinpath(FILE).read_bytes()).hexdigest()
