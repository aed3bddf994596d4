import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lookalike.transforms.functional.lsh import banding, hyperplanes


def test_the_s_curve_is_what_random_rows_do():
    rng = np.random.default_rng(0)
    rows = rng.random((4000, 8, 3)) < 0.6
    measured = rows.all(2).any(1).mean()
    assert banding.collision_probability(0.6, 8, 3) == pytest.approx(measured, abs=0.02)


@given(
    st.floats(0.02, 0.95),
    st.floats(0.001, 0.9),
    st.sampled_from([10**3, 10**5, 10**7]),
    st.sampled_from([100, 1000]),
)
def test_chosen_bands_keep_to_the_budget(agree, ratio, images, budget):
    chosen = banding.choose_bands(agree, agree * ratio, images, 64, 0, 30, budget)
    assert chosen.recall == pytest.approx(float(banding.collision_probability(agree, chosen.bands, chosen.rows)))
    affordable = chosen.chance * images <= budget
    brute = [
        (float(banding.collision_probability(agree, b, r)), b, r)
        for b, r in itertools.product([1, 2, 4, 8, 16, 32, 64], range(1, 31))
        if float(banding.collision_probability(agree * ratio, b, r)) * images <= budget
    ]
    assert affordable or not brute
    if brute:
        assert chosen.recall >= max(brute)[0] - 1e-6


def test_small_corpora_need_one_bucket_only():
    assert banding.choose_bands(0.6, 0.5, 100, 64, 0, 30, 1000)[:2] == (1, 0)


def test_bands_are_never_shorter_than_asked():
    assert banding.choose_bands(0.6, 0.5, 100, 64, 5, 30, 1000).rows == 5


def test_hyperplane_codes_do_not_depend_on_the_batch():
    vectors = np.random.default_rng(1).standard_normal((50, 32)).astype(np.float32)
    together = hyperplanes.band_codes(vectors, 8, 12, seed=3)
    one_by_one = np.concatenate([hyperplanes.band_codes(v[None], 8, 12, seed=3) for v in vectors])
    assert (together == one_by_one).all()
    assert not hyperplanes.band_codes(vectors, 2, 0, seed=3).any()


def test_hyperplanes_collide_as_charikar_says():
    rng = np.random.default_rng(2)
    a = rng.standard_normal(64)
    b = a + rng.standard_normal(64)
    cosine = a @ b / np.linalg.norm(a) / np.linalg.norm(b)
    codes = hyperplanes.band_codes(np.stack([a, b]).astype(np.float32), 4000, 1, seed=0)
    assert (codes[0] == codes[1]).mean() == pytest.approx(hyperplanes.collision(cosine), abs=0.03)


def test_sketches_tell_the_angle():
    rng = np.random.default_rng(3)
    vectors = rng.standard_normal((300, 256))
    vectors[1::2] = vectors[::2] + rng.uniform(0.1, 2, (150, 1)) * vectors[1::2]
    vectors = (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float16)
    sketches = hyperplanes.sketches(vectors)
    assert sketches.shape == (300, 4) and sketches.dtype == np.uint64
    assert (sketches[7] == hyperplanes.sketches(vectors[7:8])).all()
    apart = np.bitwise_count(sketches[::2] ^ sketches[1::2]).sum(1) / hyperplanes.SKETCH_BITS
    cosines = (vectors[::2].astype(float) * vectors[1::2]).sum(1)
    assert np.abs(1 - apart - hyperplanes.collision(cosines)).mean() < 0.03
