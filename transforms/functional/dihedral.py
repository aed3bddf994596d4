"""The eight symmetries of a square (the dihedral group D4), and convolutions that commute with them.

Cohen, Welling 2016 (Group Equivariant Convolutional Networks, section 6). Channels are in order of symmetries: those of
the first symmetry, then those of the second ... A turned or mirrored picture gives the turned or mirrored map with its
channels exchanged between symmetries.
"""

import functools

import torch

ORDER = 8
"""How many symmetries there are: four quarter turns, and four of the mirrored square."""


def transformed(fields: torch.Tensor, symmetry: int) -> torch.Tensor:
    """(..., side, side) after one of the symmetries: from ORDER / 2 on mirrored first, then turned by quarters."""
    if symmetry >= ORDER // 2:
        fields = fields.flip(-1)
    return torch.rot90(fields, symmetry % 4, (-2, -1))


@functools.cache
def _products() -> list[list[int]]:
    """[a][b]: the symmetry that is b, then a."""
    marks = torch.arange(4).view(2, 2)
    names = {tuple(transformed(marks, symmetry).flatten().tolist()): symmetry for symmetry in range(ORDER)}
    return [
        [names[tuple(transformed(transformed(marks, b), a).flatten().tolist())] for b in range(ORDER)]
        for a in range(ORDER)
    ]


@functools.cache
def _places(symmetries: int, side: int) -> torch.Tensor:
    """(ORDER, symmetries, side, side) int: where each symmetry's kernel takes its elements from."""
    elements = torch.arange(symmetries * side * side).view(symmetries, side, side)
    if symmetries == 1:
        return torch.stack([transformed(elements, g) for g in range(ORDER)])
    products = _products()
    inverse = [row.index(0) for row in products]
    return torch.stack([transformed(elements[products[inverse[g]]], g) for g in range(ORDER)])


def expanded(weights: torch.Tensor) -> torch.Tensor:
    """(out, in, symmetries, side, side) -> the kernels (ORDER * out, symmetries * in, side, side) of all symmetries.

    symmetries: 1 where the input is a picture, ORDER where it is a map of such a layer.
    """
    outputs, inputs, symmetries, side, _ = weights.shape
    places = _places(symmetries, side).to(weights.device)
    kernels = weights.flatten(2)[:, :, places.flatten()].view(outputs, inputs, ORDER, symmetries, side, side)
    return kernels.permute(2, 0, 3, 1, 4, 5).reshape(ORDER * outputs, symmetries * inputs, side, side)
