import itertools

import pytest
import torch
from torch.nn import functional

from lookalike.transforms.functional.embedding.dihedral import ORDER, expanded, folded, paired, transformed

MARKS = torch.arange(9.0).view(3, 3)
ALL = [transformed(MARKS, g) for g in range(ORDER)]


def test_there_are_eight_symmetries_and_they_are_a_group():
    assert len({tuple(m.flatten().tolist()) for m in ALL}) == ORDER
    assert torch.equal(ALL[0], MARKS)
    for a, b in itertools.product(range(ORDER), repeat=2):
        assert any(torch.equal(transformed(transformed(MARKS, b), a), m) for m in ALL)


@pytest.mark.parametrize(("side", "stride"), [(4, 2), (3, 1), (1, 1)])
def test_convolutions_commute_with_every_symmetry(side, stride):
    torch.manual_seed(side)
    lift, group = torch.randn(2, 1, 1, 6, 6), torch.randn(3, 2, ORDER, side, side)

    def maps(picture):
        first = functional.relu(functional.conv2d(picture, expanded(lift), None, 2, 2))
        second = functional.conv2d(first, expanded(group), None, stride, (side - stride + 1) // 2)
        return second[0].unflatten(0, (ORDER, 3))

    picture = torch.randn(1, 1, 24, 24)
    here = maps(picture)
    for g in range(ORDER):
        there = maps(transformed(picture, g))
        # each symmetry's answers are one of the others' on the picture as it was, moved along
        taken = {
            next(h for h in range(ORDER) if torch.allclose(there[k], transformed(here[h], g), atol=1e-3))
            for k in range(ORDER)
        }
        assert taken == set(range(ORDER))


def test_pairs_half_a_turn_apart_answer_with_sums_and_differences():
    torch.manual_seed(3)
    weights, fields = torch.randn(5, 3, ORDER), torch.randn(7, ORDER * 3)
    whole = functional.linear(fields, expanded(weights[..., None, None]).flatten(1)).view(7, 2, 2, 2, 5)
    even, odd = (
        functional.linear(part, kernels).view(7, 2, 2, 5)
        for part, kernels in zip(paired(fields), folded(weights), strict=True)
    )
    torch.testing.assert_close(even + odd, whole[:, :, 0])
    torch.testing.assert_close(even - odd, whole[:, :, 1])
