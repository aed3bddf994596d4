"""Whether a night's changes concern pairs that they are not part of."""

import types

import numpy as np
import pytest

from lookalike.transforms.incremental import invalidation
from lookalike.transforms.incremental.invalidation import FindEffects, SumArrays

MOST = 2


@pytest.mark.parametrize(
    ("now", "batches", "settled"),
    [
        (2, [(0, 0)], True),
        (2, [(1, 0)], True),
        (2, [(1, 1)], True),
        (3, [(1, 0)], False),  # too large since what came
        (2, [(0, 1)], False),  # no longer, since what went
        (2, [(1, 2)], False),
        (2, [(1, 1), (0, 1)], False),  # what other batches brought and took counts, too
        (1, [(0, 1), (1, 0)], True),
    ],
)
def test_a_bucket_that_is_or_was_too_large_is_not_settled(monkeypatch, now, batches, settled):
    """batches: of each, how many images came into the bucket and how many left it. now: how many are in it."""
    indices = [
        types.SimpleNamespace(sides=sides, most=np.array([MOST]), count=lambda images: np.array([images]))
        for sides in batches
    ]
    monkeypatch.setattr(invalidation, "unpickled", lambda _: types.SimpleNamespace(batches=batches))
    monkeypatch.setattr(invalidation, "change_index_of", lambda _, number, pair: indices[number])
    assert FindEffects(None)._settled((0, np.array([now])), b"") == settled


def test_counts_of_parts_are_added_up():
    sums = SumArrays()
    one, other = sums.create_accumulator(), sums.create_accumulator()
    for part in ([1, 2], [3, 4]):
        one = sums.add_input(one, np.array(part))
    other = sums.add_input(other, np.array([10, 20]))
    assert sums.extract_output(sums.merge_accumulators([one, other])).tolist() == [14, 26]
