import numpy as np
import pytest

from lookalike.transforms.functional.lsh.codes import banding, hyperplanes


def test_the_s_curve_is_what_random_rows_do():
    rng = np.random.default_rng(0)
    rows = rng.random((4000, 8, 3)) < 0.6
    measured = rows.all(2).any(1).mean()
    assert banding.collision_probability(0.6, 8, 3) == pytest.approx(measured, abs=0.02)


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
