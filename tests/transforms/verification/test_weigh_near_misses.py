"""The near misses of both images of a pair are counted, wherever they lie."""

import apache_beam as beam
import numpy as np
import pytest
from apache_beam.testing.util import assert_that

from lookalike.transforms.core.pairs import unpack
from lookalike.transforms.functional.verification.relations import RELATIONS
from lookalike.transforms.io.pair_records import RECORD
from lookalike.transforms.verification.weigh_near_misses import WeighNearMisses, beside, worth_weighing
from lookalike.transforms.weights import decision_models

NONE, TWO = decision_models().near_misses.shift(np.array([0, 2])).tolist()
FEW, DOUBTFUL = 0.05 - NONE, -0.05 - TWO
"""Log-odds that just make copies where there are no near misses, and that just don't where there are two."""
SAME, VARIANT = RELATIONS.index("same"), RELATIONS.index("variant")
RNG = np.random.default_rng(4)
KEYS = sorted(RNG.bytes(16) for _ in range(12))


def record(a, b, log_odds, otherwise=0):
    found = np.zeros(1, RECORD)
    found["a"], found["b"] = KEYS[a], KEYS[b]
    found["pixels_a"], found["pixels_b"] = KEYS[a][:8], KEYS[b][:8]
    found["log_odds"], found["copies"], found["otherwise"], found["likely"] = (
        log_odds,
        SAME,
        otherwise,
        bool(otherwise) * 0.75,
    )
    return found


SERIES = [record(a, b, -1.0, VARIANT) for a in range(4) for b in range(a + 1, 4) if (a, b) != (0, 1)]
"""Four look-alikes, of which the first two are a doubtful pair."""
LONE = record(8, 9, DOUBTFUL), record(10, 11, FEW)
COPY = record(0, 7, DOUBTFUL)
"""The only copy of one of the series."""


@pytest.fixture
def weighed(tmp_path):
    """Groups of records, the number of parts and the wished probability -> what pairs come to, by their images."""

    def found(groups, parts, least=0.5):
        file = tmp_path / "pairs"
        with beam.Pipeline() as pipeline:
            records = pipeline | beam.Create([b"".join(one.tobytes() for one in group) for group in groups])
            pairs = records | WeighNearMisses(least, parts)
            assert_that(pairs, lambda packed: file.write_bytes(b"".join(packed)))
        named = [
            (KEYS.index(p.a), KEYS.index(p.b), p.relation, p.probability, p.near_misses)
            for p in unpack(file.read_bytes())
        ]
        return {(a, b): told for a, b, *told in named}

    return found


@pytest.fixture(scope="module")
def all_of_them():
    return [record(0, 1, DOUBTFUL, VARIANT), *SERIES, *LONE, COPY]


def expected(log_odds, near_misses):
    shifted = log_odds + float(decision_models().near_misses.shift(np.array([near_misses]))[0])
    return float(round(1 / (1 + np.exp(-shifted)), 4))


def test_one_of_a_series_is_none_though_as_like_as_a_lone_copy(all_of_them, weighed):
    found = weighed([all_of_them], 3)
    assert found[0, 1] == ["variant", 0.75, 2]
    assert found[8, 9] == ["same", expected(DOUBTFUL, 0), 0]
    assert found[10, 11] == ["same", expected(FEW, 0), 0]  # its own near miss does not count
    assert found[0, 7] == ["same", expected(DOUBTFUL, 0), 0]
    assert all(found[pair] == ["variant", 0.75, 1] for pair in ((0, 2), (0, 3), (1, 2), (1, 3)))
    assert found[2, 3] == ["variant", 0.75, 2]
    assert len(found) == 9


def test_where_records_lie_changes_nothing(all_of_them, weighed):
    whole = weighed([all_of_them], 1)
    for parts in (2, 7):
        assert weighed([[one] for one in reversed(all_of_them)], parts) == whole


def test_the_wished_probability_holds_of_what_near_misses_leave(weighed):
    at = expected(DOUBTFUL, 0)
    assert weighed([[LONE[0]]], 2, at) == {(8, 9): ["same", at, 0]}
    assert weighed([[LONE[0]]], 2, at + 1e-4) == {}


def test_what_is_refused_beyond_doubt_is_not_weighed():
    records = np.concatenate([record(0, 1, -9.0), record(2, 3, -2.0), record(4, 5, 3.0), record(6, 7, -9.0, VARIANT)])
    records["copies"][:2] = 0
    kept = np.frombuffer(worth_weighing(records), RECORD)
    assert kept["a"].tolist() == [KEYS[2], KEYS[4], KEYS[6]]


def test_near_misses_beside_a_pair():
    records = np.concatenate([record(0, 1, -1.0), record(0, 2, 3.0), record(3, 4, 3.0)])
    near = [KEYS[0] * 3, KEYS[1] + KEYS[0]]
    assert beside(near, records, "a").tolist() == [3, 4, 0]
    assert beside([], records[1:], "b").tolist() == [0, 0]
