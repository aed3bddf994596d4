"""The embedded backbone: a grey picture in, a feature map out, with no download.

Two convolutional layers without supervision. The first is a bank of oriented gradients, pooled to cells; the
second compares every block of 4 x 4 cells (RootSIFT-normalised: Arandjelovic, Zisserman 2012) with k-means
centroids under the 'triangle' activation of Coates, Lee, Ng 2011. Each centroid is paired with its mirror image
and the stronger response counts, so that the map of a mirrored picture is the mirrored map.
"""

import numpy as np
import torch
from torch.nn import functional

ORIENTATIONS = 8
CELL = 4
"""Pixels a side of one cell."""
BLOCK = 4
"""Cells a side of one block."""
LEAST_SIDE = 32
"""Smaller planes are refused: they have no region of interest."""

_SHARPNESS = 0.7
"""A gradient counts for an orientation as far as its cosine with it exceeds this."""
_FLAT = 4.0
"""Added to a block's gradient sum before normalising, so that noise on flat paper stays small."""


def mirror_permutation() -> np.ndarray:
    """(ORIENTATIONS * BLOCK * BLOCK,) int: where each element of a block goes when the picture is mirrored."""
    elements = np.arange(ORIENTATIONS * BLOCK * BLOCK).reshape(ORIENTATIONS, BLOCK, BLOCK)
    mirrored = (ORIENTATIONS // 2 - np.arange(ORIENTATIONS)) % ORIENTATIONS
    return np.ascontiguousarray(elements[mirrored][:, :, ::-1]).ravel()


def blocks(planes: torch.Tensor) -> torch.Tensor:
    """(n, 1, h, w) float32 grey planes in 0..255 -> (n, h', w', 128) root-normalised blocks of gradients."""
    padded = functional.pad(planes, (1, 1, 1, 1), mode="replicate")
    dx = padded[..., 1:-1, 2:] - padded[..., 1:-1, :-2]
    dy = padded[..., 2:, 1:-1] - padded[..., :-2, 1:-1]
    turn = torch.arange(ORIENTATIONS, dtype=torch.float32) * (2 * np.pi / ORIENTATIONS)
    toward = dx * turn.cos().view(1, -1, 1, 1) + dy * turn.sin().view(1, -1, 1, 1)
    oriented = functional.relu(toward - _SHARPNESS * torch.sqrt(dx * dx + dy * dy))
    cells = functional.avg_pool2d(oriented, CELL)
    height, width = cells.shape[2] - BLOCK + 1, cells.shape[3] - BLOCK + 1
    flat = functional.unfold(cells, BLOCK).transpose(1, 2)
    rooted = torch.sqrt(flat / (flat.sum(2, keepdim=True) + _FLAT))
    return rooted.view(len(planes), height, width, -1)


class EmbeddedBackbone(torch.nn.Module):
    """Planes (n, 1, h, w), float32 grey in 0..255, h and w at least 32 -> maps (n, centroids, h/4 - 3, w/4 - 3)."""

    def __init__(self, centroids: torch.Tensor) -> None:
        """`centroids`: (k, 128) float32, in the space of `blocks`."""
        super().__init__()
        self.dictionary: torch.Tensor
        self.norms: torch.Tensor
        both = torch.cat([centroids, centroids[:, torch.from_numpy(mirror_permutation())]])
        self.register_buffer("dictionary", both.T.contiguous())
        self.register_buffer("norms", (both * both).sum(1))

    def forward(self, planes: torch.Tensor) -> torch.Tensor:
        """See the class. Raises ValueError for planes under 32 px a side."""
        if min(planes.shape[2:]) < LEAST_SIDE:
            raise ValueError(f"the embedded backbone needs planes of 32 px a side, not {tuple(planes.shape[2:])}")
        x = blocks(planes)
        # in place: a fresh array of this size costs more in page faults than the arithmetic
        distance = x @ self.dictionary
        distance.mul_(-2).add_(self.norms).add_((x * x).sum(3, keepdim=True)).clamp_(min=0).sqrt_()
        response = distance.neg_().sub_(distance.mean(3, keepdim=True)).relu_()  # mean distance less distance
        count = response.shape[3] // 2
        return torch.maximum(response[..., :count], response[..., count:]).permute(0, 3, 1, 2)
