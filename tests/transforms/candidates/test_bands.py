"""What images bring to the bands of a search."""

import numpy as np
import pytest

from lookalike.transforms.candidates.bands import MINHASH, POLYTOPES, Banded, BandPlan, entries_of
from lookalike.transforms.functional.lsh.candidate_rule import ANY, CandidateRule
from lookalike.transforms.functional.lsh.codes.banding import Bands
from lookalike.transforms.functional.lsh.codes.cross_polytopes import Width
from lookalike.transforms.functional.lsh.codes.minhash import EMPTY

PLAN = BandPlan(1 << 18, 2, Bands(20, 1, 1, 0), Width(2, 2, 0), 0, CandidateRule((ANY,) * 4, 0.8))


def images(scopes):
    """Images with one picture's fingerprints."""
    count, rng = len(scopes), np.random.default_rng(1)
    vectors = np.tile(rng.standard_normal(64).astype(np.float16), (count, 1))
    signatures, residual = (np.tile(rng.integers(0, 1000, 20, np.uint32), (count, 1)) for _ in range(2))
    keys = np.frombuffer(rng.bytes(16 * count), "V16")
    return Banded(keys, vectors, signatures, residual, np.zeros(count, np.int64), np.array(scopes, np.uint64))


def test_an_image_without_shingles_is_in_no_bucket_of_shingles():
    """All such have one signature, and would be in one bucket of each band."""
    found = images([0, 0, 0])
    found.signatures[1:] = EMPTY
    found.signatures[2, 7] = 3
    entries = entries_of(found, PLAN, 7)
    assert entries[MINHASH].band(0)[0].tolist() == [0, 2]
    assert set(entries[POLYTOPES].band(0)[0].tolist()) == {0, 1, 2}


@pytest.mark.parametrize("kind", [MINHASH, POLYTOPES])
def test_within_scopes_pictures_that_are_equal_share_no_bucket_with_those_of_another(kind):
    found = images([5, 5, 6])
    codes = entries_of(found, PLAN, 7)[kind].code
    assert (codes == codes[:1]).all()
    codes = entries_of(found, PLAN._replace(within=True), 7)[kind].code
    assert (codes[0] == codes[1]).all() and (codes[0] != codes[2]).all()


@pytest.mark.parametrize("exact", [0, 3])
def test_as_many_residual_bits_as_the_plan_says_belong_to_a_bucket_of_shingles(exact):
    found = images([0, 0, 0])
    found.residual[0], found.residual[1], found.residual[2] = 0b0000, 0b1000, 0b0100
    codes = entries_of(found, PLAN._replace(exact=exact), 7)[MINHASH].code
    assert (codes[0] == codes[1]).all() and (codes[0] == codes[2]).all() == (exact == 0)
