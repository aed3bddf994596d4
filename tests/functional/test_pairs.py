import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from transforms.functional.screening import NO_PARITY
from transforms.pairs import MATCHES, PAIR, PROPOSER_BIT, ends_of, pack, unpack
from transforms.partitions import part_of, parts_of_heads
from transforms.records import RECORD, pairs_of
from transforms.schemas import Pair

KEYS, NUMBERS = st.binary(min_size=16, max_size=16), st.floats(-1, 1)
PAIRS = st.lists(
    st.builds(
        Pair,
        *(KEYS, KEYS, st.sampled_from(MATCHES)),
        st.sets(st.sampled_from(list(PROPOSER_BIT))).map(lambda names: tuple(n for n in PROPOSER_BIT if n in names)),
        *[NUMBERS] * 8,
        st.booleans(),
        st.tuples(*[NUMBERS] * 6),
        NUMBERS,
    ),
    max_size=5,
)


@given(PAIRS)
def test_pairs_travel_unchanged(pairs):
    assert list(unpack(pack(pairs))) == pairs
    assert ends_of(pack(pairs)).tolist() == [[p.a, p.b] for p in pairs]


def test_confirmed_records_are_pairs_from_the_smaller_pixels_on():
    records = np.zeros(3, RECORD)
    records["a"], records["b"] = [b"a" * 16] * 3, [b"b" * 16] * 3
    records["pixels_a"], records["pixels_b"] = [b"\x01" * 8] * 3, [b"\x01" * 8, b"\x00" * 8, b"\x00" * 8]
    records["confirmed"], records["parity"], records["near"] = (
        [True, True, False],
        [2, NO_PARITY, 0],
        [True, True, True],
    )
    records["ssim"], records["transform"], records["recoloured"] = 0.5, range(6), 9.5
    first, second = unpack(pairs_of(records))
    assert (first.a, first.b, second.a, second.b) == (b"a" * 16, b"b" * 16, b"b" * 16, b"a" * 16)
    assert first.proposed_by == ("rmac", "minhash") and second.proposed_by == ("rmac",)
    assert first.match == "near" and first.ssim == 0.5 and first.transform == (0, 1, 2, 3, 4, 5)
    assert first.recoloured == 9.5
    assert pairs_of(records[:0]) == np.zeros(0, PAIR).tobytes()


@given(st.lists(KEYS), st.integers(1, 2**20))
def test_parts_of_many_keys_are_those_of_each(keys, parts):
    heads = np.array([int.from_bytes(key[:8], "big") for key in keys], np.uint64)
    assert parts_of_heads(heads, parts).tolist() == [part_of(key, parts) for key in keys]
