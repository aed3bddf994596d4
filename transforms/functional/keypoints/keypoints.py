"""Local features: grey picture in, keypoints with compact descriptors out.

RootSIFT (Lowe 2004; Arandjelovic, Zisserman 2012; `scale_space`, `detection`, `sift`), then a projection on
principal axes that are *symmetric under mirroring and inversion*: the descriptor of a mirrored (or photographically
inverted) picture is a permutation of the original's 128 bins, the axes were fitted on descriptors and their
permutations together, and so each axis is even or odd under either operation. Mirroring a descriptor is then flipping
the signs of the odd axes: copies that were mirrored or inverted are found with no second detection and no second
descriptor.
"""

from typing import NamedTuple

import numpy as np

from lookalike.transforms.functional.keypoints.detection import Found, found
from lookalike.transforms.functional.keypoints.scale_space import scale_space
from lookalike.transforms.functional.keypoints.sift import describe

DIMS = 32
"""Axes that are kept of RootSIFT's 128; 4 bits each make 16 bytes a keypoint."""

PACKED = np.dtype([("x", "<u2"), ("y", "<u2"), ("size", "u1"), ("angle", "u1"), ("code", "u1", DIMS // 2)])
"""One keypoint as stored: 22 bytes. x, y in 1/16 px; size on a logarithmic scale; angle in 1/256 turn."""

_SIZES = np.exp2(np.arange(256) / 32).astype(np.float32)
"""As stored: processors give a power another last bit, but none of 64, and this rounds it off."""

_STEP = 0.4
"""Width of a quantisation step, in standard deviations of the axis: 16 levels span +-3.2."""
_FINE = 2.0**25
"""Parts of 1 to which descriptors and axes are rounded before they are multiplied: a BLAS adds in another order on each
kind of processor, and sums of such products, below 2^52 by Cauchy and Schwarz, are exact in any.
"""
_COARSE = np.float32(2**11)
"""The same of descriptors that are made from codes: sums of products of two are exact as float32."""


class KeypointAxes(NamedTuple):
    """Projection of RootSIFT descriptors, fitted by `fit_axes`.

    mean: (128,) float32. basis: (128, DIMS) float32, orthonormal columns. scale: (DIMS,) float32, standard
    deviations. parity: (4, DIMS) float32 of +-1: the sign of each axis under identity, mirror, inversion, both.
    """

    mean: np.ndarray
    basis: np.ndarray
    scale: np.ndarray
    parity: np.ndarray


MIRRORED, INVERTED = (1, 3), (2, 3)
"""Indices of `KeypointAxes.parity` for which a picture was mirrored, and inverted: the last does both."""


class Keypoints(NamedTuple):
    """Keypoints of one picture. xy: (n, 2) float32 px; size: (n,) float32 px; angle: (n,) float32 radians;
    code: (n, DIMS) uint8 in 0..15, where 8 and above means a positive component.
    """

    xy: np.ndarray
    size: np.ndarray
    angle: np.ndarray
    code: np.ndarray


class Panels(NamedTuple):
    """The keypoints of the panels of a composed picture, as stored. width, height: of the plane in which they lie, px.
    packed: as `pack` tells; without them all are 0 or empty.
    """

    width: int = 0
    height: int = 0
    packed: bytes = b""


def bin_permutations() -> np.ndarray:
    """(4, 128) int: the bins of a SIFT descriptor after identity, mirror, inversion, and both.

    Bin r, c, o lies in cell row r, column c of the keypoint's own frame, orientation o in eighths of a turn.
    A mirror reverses rows and orientations; an inversion turns the frame by half, which reverses both cell
    axes and leaves orientations, being relative to the frame, as they are.
    """
    bins = np.arange(128).reshape(4, 4, 8)
    opposite = (8 - np.arange(8)) % 8
    mirror = bins[::-1, :, opposite]
    inverse = bins[::-1, ::-1, :]
    both = inverse[::-1, :, opposite]
    return np.stack([bins.ravel(), mirror.ravel(), inverse.ravel(), both.ravel()])


FEW = 60
"""A picture with fewer keypoints is looked at again with its contrast stretched."""
_MOST_GAIN = 6.0
_FULL_CONTRAST = 60.0


def _stretched(grey: np.ndarray) -> np.ndarray:
    """`grey` with its standard deviation brought to `_FULL_CONTRAST`, by a gain of at most `_MOST_GAIN`."""
    values = grey.astype(np.float32)
    gain = min(_MOST_GAIN, _FULL_CONTRAST / max(float(values.std()), 1e-3))
    stretched: np.ndarray = np.clip((values - values.mean()) * gain + 128, 0, 255)
    return stretched.astype(np.uint8)


def raw_keypoints(grey: np.ndarray, limit: int, few: float = FEW) -> tuple[Found, np.ndarray]:
    """(h, w) uint8 -> the `limit` strongest keypoints and their RootSIFT, (n, 128) float32 of unit length. few: as
    `FEW`, of a picture of this size.
    """
    octaves = scale_space(grey)
    points = found(octaves, limit)
    if len(points.x) < few:
        octaves = scale_space(_stretched(grey))
        points = found(octaves, limit)
    if not len(points.x):
        return points, np.zeros((0, 128), np.float32)
    return points, describe(octaves, points)


def fit_axes(descriptors: np.ndarray) -> KeypointAxes:
    """(n, 128) RootSIFT of unrelated pictures -> the axes, by PCA inside each parity class."""
    permutations = bin_permutations()
    orbit = np.concatenate([descriptors[:, p] for p in permutations]).astype(np.float64)
    mean = orbit.mean(0)
    covariance = np.cov(orbit.T)
    candidates = []
    for signs in ((1, 1, 1, 1), (1, -1, 1, -1), (1, 1, -1, -1), (1, -1, -1, 1)):
        projector = sum(s * np.eye(128)[p] for s, p in zip(signs, permutations, strict=True)) / 4
        values, vectors = np.linalg.eigh(projector @ covariance @ projector)
        candidates += [(v, vec, signs) for v, vec in zip(values, vectors.T, strict=True) if v > 1e-9]
    candidates.sort(key=lambda c: -c[0])
    best = candidates[:DIMS]
    basis = np.stack([vec * np.sign(vec[np.abs(vec).argmax()]) for _, vec, _ in best], 1)
    return KeypointAxes(
        mean.astype(np.float32),
        basis.astype(np.float32),
        np.sqrt([v for v, _, _ in best]).astype(np.float32),
        np.array([s for _, _, s in best], np.float32).T.copy(),
    )


def detect(grey: np.ndarray, axes: KeypointAxes, limit: int, few: float = FEW) -> Keypoints:
    """(h, w) uint8 picture -> at most `limit` keypoints, strongest first; none where there is no structure. few: as
    `raw_keypoints` has it.
    """
    points, descriptors = raw_keypoints(grey, limit, few)
    projected = _whole(descriptors - axes.mean) @ _whole(axes.basis) / (_FINE * _FINE) / axes.scale
    code = np.clip(np.floor(projected / _STEP) + 8, 0, 15).astype(np.uint8)
    scale = np.exp2(points.octave - 1.0)  # the first octave is the doubled picture
    return Keypoints(
        (np.stack([points.x, points.y], 1) * scale[:, None]).astype(np.float32),
        (points.sigma * 2 * scale).astype(np.float32),
        np.radians(points.angle).astype(np.float32),
        code,
    )


def _whole(values: np.ndarray) -> np.ndarray:
    """In parts of 1, float64."""
    return np.rint(values * _FINE, dtype=np.float64)


def components(keypoints: Keypoints, axes: KeypointAxes) -> np.ndarray:
    """Descriptors back from their codes: (n, DIMS) float32 of unit length, rounded so that products add up exactly."""
    values = (keypoints.code.astype(np.float32) - 7.5) * axes.scale
    unit = values / np.maximum(np.linalg.norm(values, axis=1, keepdims=True), 1e-9)
    return np.asarray(np.rint(unit * _COARSE) / _COARSE)


def pack(keypoints: Keypoints) -> bytes:
    """Keypoints -> 22 bytes each (`PACKED`)."""
    out = np.zeros(len(keypoints.xy), PACKED)
    xy = np.clip(np.round(keypoints.xy * 16), 0, 65535)
    out["x"], out["y"] = xy[:, 0], xy[:, 1]
    out["size"] = np.clip(np.round(np.log2(np.maximum(keypoints.size, 1)) * 32), 0, 255)
    out["angle"] = np.round(keypoints.angle / (2 * np.pi) * 256).astype(int) % 256
    out["code"] = keypoints.code[:, ::2] | (keypoints.code[:, 1::2] << 4)
    return out.tobytes()


def unpack(packed: bytes) -> Keypoints:
    """The inverse of `pack`, up to its rounding."""
    raw = np.frombuffer(packed, PACKED)
    code = np.stack([raw["code"] & 15, raw["code"] >> 4], -1).reshape(-1, DIMS)
    return Keypoints(
        np.stack([raw["x"], raw["y"]], 1).astype(np.float32) / 16,
        _SIZES.take(raw["size"]),
        raw["angle"].astype(np.float32) * np.float32(2 * np.pi / 256),
        code,
    )
