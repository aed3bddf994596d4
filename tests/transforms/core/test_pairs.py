import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from lookalike.transforms.core.pairs import MATCHES, PAIR, PROPOSER_BIT, ends_of, pack, unpack, with_relations
from lookalike.transforms.core.partitions import part_of, parts_of_heads
from lookalike.transforms.core.records import Pair
from lookalike.transforms.functional.lsh.exhaustive import NO_PARITY
from lookalike.transforms.functional.verification.relations import RELATIONS
from lookalike.transforms.io.pair_records import RECORD, pairs_of

KEYS, NUMBERS = st.binary(min_size=16, max_size=16), st.floats(-1, 1)
PAIRS = st.lists(
    st.builds(
        Pair,
        *(KEYS, KEYS, st.sampled_from(MATCHES)),
        st.sets(st.sampled_from(list(PROPOSER_BIT))).map(lambda names: tuple(n for n in PROPOSER_BIT if n in names)),
        *[NUMBERS] * 8,
        st.booleans(),
        st.tuples(*[NUMBERS] * 6),
        *[NUMBERS] * 2,
        st.sampled_from(RELATIONS),
        NUMBERS,
        st.tuples(*[NUMBERS] * 4),
        st.integers(0, 2),
        st.booleans(),
        st.integers(0, 2**32 - 1),
    ),
    max_size=5,
)


@given(PAIRS)
def test_pairs_travel_unchanged(pairs):
    assert list(unpack(pack(pairs))) == pairs
    assert ends_of(pack(pairs)).tolist() == [[p.a, p.b] for p in pairs]
    assert {type(value) for pair in unpack(pack(pairs)) for value in (*pair.transform, *pair.worst)} <= {float}


def test_confirmed_records_are_pairs_from_the_smaller_pixels_on():
    records = np.zeros(3, RECORD)
    records["a"], records["b"] = [b"a" * 16] * 3, [b"b" * 16] * 3
    records["pixels_a"], records["pixels_b"] = [b"\x01" * 8] * 3, [b"\x01" * 8, b"\x00" * 8, b"\x00" * 8]
    records["relation"] = [RELATIONS.index("part"), RELATIONS.index("whole"), 0]
    records["parity"], records["near"] = [2, NO_PARITY, 0], [True, True, True]
    records["ssim"], records["transform"], records["recoloured"], records["least"] = 0.5, range(6), 9.5, 0.6
    first, second = unpack(pairs_of(records))
    assert (first.a, first.b, second.a, second.b) == (b"a" * 16, b"b" * 16, b"b" * 16, b"a" * 16)
    assert first.proposed_by == ("embedding", "minhash") and second.proposed_by == ("embedding",)
    assert first.match == "near" and first.ssim == 0.5 and first.transform == (0, 1, 2, 3, 4, 5)
    assert (first.recoloured, first.least) == (9.5, 0.6)
    # whatever has a direction was measured from the smaller pixels on, and is not turned again
    assert (first.relation, second.relation) == ("part", "whole")
    assert pairs_of(records[:0]) == np.zeros(0, PAIR).tobytes()


@given(PAIRS, st.sets(st.sampled_from(RELATIONS)))
def test_pairs_are_those_of_some_relations_and_those_of_all_others(pairs, relations):
    some, others = (list(unpack(with_relations(pack(pairs), relations, without))) for without in (False, True))
    assert some == [pair for pair in pairs if pair.relation in relations]
    assert others == [pair for pair in pairs if pair.relation not in relations]


@given(st.lists(KEYS), st.integers(1, 2**20))
def test_parts_of_many_keys_are_those_of_each(keys, parts):
    heads = np.array([int.from_bytes(key[:8], "big") for key in keys], np.uint64)
    assert parts_of_heads(heads, parts).tolist() == [part_of(key, parts) for key in keys]
