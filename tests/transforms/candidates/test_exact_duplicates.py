"""The images that others stand for: found among all of the corpus in steps that hardly grow with it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lookalike.transforms.candidates.exact_duplicates import _in_order, keys_within
from lookalike.transforms.core.schemas import KEY_BYTES, key_of

KEYS = st.lists(st.binary(min_size=KEY_BYTES, max_size=KEY_BYTES), unique=True, max_size=40)


@given(KEYS, KEYS)
def test_those_within_the_range_of_some_keys(followers, keys):
    found = keys_within(b"".join(sorted(followers)), keys)
    assert found == {key for key in followers if keys and min(keys) <= key <= max(keys)}


@given(st.lists(KEYS, max_size=4))
def test_all_in_order(blobs):
    assert _in_order(0, [b"".join(keys) for keys in blobs]) == b"".join(sorted(key for keys in blobs for key in keys))


class Watched:
    """Joined keys that count how often some are taken, and can't be had whole."""

    def __init__(self, joined):
        self.joined, self.taken = joined, 0

    def __len__(self):
        return len(self.joined)

    def __getitem__(self, place):
        self.taken += len(self.joined[place]) // KEY_BYTES
        return self.joined[place]


@pytest.mark.parametrize("corpus", [1_000, 64_000])
def test_a_part_looks_at_no_more_than_its_own(corpus):
    followers = sorted(key_of(str(number)) for number in range(corpus))
    own = followers[corpus // 2 : corpus // 2 + 10]
    watched = Watched(b"".join(followers))
    assert keys_within(watched, own) == set(own)
    assert watched.taken <= 10 + 2 * corpus.bit_length() + 2
