"""The embedded backbone in 8-bit integers, on CPUs: the same map as of floats, in a fraction of the time and without
torch, which takes two seconds and 600 MB to load.

The kernels (`functional/native/network.c`) ask for AVX2 at least, and are faster with the dot products of AVX-512.
"""

from collections.abc import Sequence

import numpy as np

from lookalike.transforms.functional.embedding.layers import MEAN, EmbeddedLayer, check_size
from lookalike.transforms.functional.native.kernels import compiled

UNIT = 16
"""Channels are computed in so many."""
FOUR = 4
"""Products that are added at once, and vectors of a group of channels."""
LINE = 64
"""Bytes: where weights start."""


def why_floats() -> str:
    """What keeps this process from computing in integers, or ''."""
    if compiled is None:
        return "nothing was compiled when the package was installed"
    return "" if compiled.lanes() else "this processor has no AVX2"


class IntegerNetwork:
    """Planes (h, w, 3) uint8 -> maps (h / 16, w / 16, channels) uint8, those of `backbones.EmbeddedBackbone`.

    lanes: sums in a vector, 16 or 8; 0: as many as this processor has.

    Raises:
        RuntimeError: `why_floats`.
    """

    def __init__(self, layers: Sequence[EmbeddedLayer], lanes: int = 0) -> None:
        """Arrange all weights as the kernels read them."""
        if why := why_floats():
            raise RuntimeError(why)
        most = lanes or compiled.lanes()
        told, weights, given = [], [], []
        before, block = MEAN, -1
        for layer in layers:
            outputs, inputs, side = layer.weights.shape[:3]
            alone = inputs == 1
            own = most if not alone or outputs >= FOUR * most else most // 2
            row = outputs if alone else inputs, outputs, side, layer.stride, before, layer.zero
            told.append((*row, alone, layer.block != block, own))
            # products are of what comes, not of what that is beside its zero
            starts = (-before * layer.weights.astype(np.int32).sum((1, 2, 3))).astype(np.int32)
            numbers = np.stack([starts, layer.scales.view(np.int32), layer.bias.view(np.int32)])
            arranged = (_alone if alone else _together)(layer.weights, numbers, own)
            weights.append(arranged[0])
            given.append(arranged[1])
            before, block = layer.zero, layer.block
        self.told = np.array(told, np.int32)
        self.shares = np.array([layer.share for layer in layers], np.float32)
        self.weights, self.given = (_aligned(np.concatenate(parts)) for parts in (weights, given))
        self.stride = int(np.prod([layer.stride for layer in layers]))
        self.channels = len(layers[-1].bias)

    def __call__(self, plane: np.ndarray) -> np.ndarray:
        """Compute the feature map. Raises ValueError for planes under 32 px a side."""
        height, width = plane.shape[:2]
        check_size(height, width)
        found = np.empty((-(-height // self.stride), -(-width // self.stride), self.channels), np.uint8)
        picture = np.ascontiguousarray(plane)
        compiled.network(picture, found, self.told, self.shares, self.weights, self.given, height, width)
        return found


def _group(lanes: int) -> np.ndarray:
    """(4, lanes): which of the channels of a group are in each of its vectors: as unpacking bytes leaves them."""
    vector, lane = np.ogrid[:FOUR, :lanes]
    found: np.ndarray = 4 * FOUR * (lane // 4) + 4 * vector + lane % 4
    return found


def _together(weights: np.ndarray, numbers: np.ndarray, lanes: int) -> tuple[np.ndarray, np.ndarray]:
    """(outputs, inputs, side, side) and (3, outputs) -> what each group of channels reads, in its order; of channels
    that fill no group, each vector in turn.
    """
    outputs = len(weights)
    seen = np.moveaxis(weights, 1, 3).reshape(outputs, -1)
    rows = -(-outputs // UNIT) * UNIT
    taps = np.zeros((rows, -(-seen.shape[1] // FOUR) * FOUR), np.int8)
    taps[:outputs, : seen.shape[1]] = seen
    given = np.zeros((len(numbers), rows), np.int32)
    given[:, :outputs] = numbers
    read, told = [], []
    for first in range(0, rows, FOUR * lanes):
        vectors = min((rows - first) // lanes, FOUR)
        order = _group(lanes) if vectors == FOUR else np.arange(vectors * lanes).reshape(vectors, lanes)
        by_four = taps[first + order].reshape(vectors, lanes, -1, FOUR)
        read.append(by_four.transpose(2, 0, 1, 3).ravel())
        told.append(given[:, first + order].transpose(1, 0, 2).ravel())
    return np.concatenate(read), np.concatenate(told)


def _alone(weights: np.ndarray, numbers: np.ndarray, lanes: int) -> tuple[np.ndarray, np.ndarray]:
    """The same of (channels, 1, side, side): of each column of a window four rows at once. The last group of channels
    ends with the last channel.
    """
    channels, side = len(weights), weights.shape[-1]
    groups = -(-channels // (FOUR * lanes))
    first = np.minimum(np.arange(groups) * FOUR * lanes, channels - FOUR * lanes)
    order = first[:, None, None] + _group(lanes)
    quads = -(-side // FOUR)
    taps = np.zeros((*order.shape, quads * FOUR, side), np.int8)
    taps[..., :side, :] = weights[:, 0][order]
    taps = taps.reshape(*order.shape, quads, FOUR, side).transpose(0, 5, 3, 1, 2, 4)
    return taps.ravel(), numbers[:, order].transpose(1, 2, 0, 3).ravel()


def _aligned(values: np.ndarray) -> np.ndarray:
    """The same values, from the start of a cache line."""
    room = np.empty(values.nbytes + LINE, np.uint8)
    start = -room.ctypes.data % LINE
    aligned = room[start : start + values.nbytes].view(values.dtype)
    aligned[:] = values
    return aligned
