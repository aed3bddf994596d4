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


def folded(weights: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """(out, in, ORDER) of a layer that looks at single pixels -> its even and its odd kernels, (ORDER / 2 * out,
    ORDER / 2 * in) each.

    Symmetries come in pairs half a turn apart, and half a turn commutes with all. So the sum of the two answers of such
    a pair depends on the sums of the inputs' pairs alone, and the difference on the differences: together they cost
    half of the whole layer's products.
    """
    outputs, inputs = weights.shape[:2]
    whole = expanded(weights.view(outputs, inputs, ORDER, 1, 1)).view(2, 2, 2, outputs, 2, 2, 2, inputs)
    same, across = whole[:, 0, :, :, :, 0], whole[:, 0, :, :, :, 1]
    shape = (ORDER // 2 * outputs, ORDER // 2 * inputs)
    return ((same + across) / 2).reshape(shape), ((same - across) / 2).reshape(shape)


def paired(fields: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """(..., ORDER * channels) -> sums and differences of symmetries half a turn apart, (..., ORDER / 2 * channels)."""
    turns = fields.unflatten(-1, (2, 2, -1))  # type: ignore[no-untyped-call]
    here, there = turns[..., 0, :], turns[..., 1, :]
    return (here + there).flatten(-2), (here - there).flatten(-2)
