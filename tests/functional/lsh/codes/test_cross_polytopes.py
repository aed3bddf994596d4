import itertools

import numpy as np
import pytest
from scipy.linalg import hadamard

from lookalike.transforms.functional.lsh.codes import cross_polytopes
from lookalike.transforms.functional.lsh.codes.cross_polytopes import ROTATIONS, WIDTHS, Width


def units(count, dims, seed=0):
    vectors = np.random.default_rng(seed).standard_normal((count, dims))
    return (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float16)


@pytest.mark.parametrize("dims", [1, 48, 512])
def test_rotations_are_hadamard_transforms_after_signs(dims):
    vectors, side = units(5, dims), 1 << max(1, (dims - 1).bit_length())
    steps = np.rint(vectors.astype(np.float32) * np.float32(28_000 / np.sqrt(side))).astype(int)
    first, second = cross_polytopes._flips(side, 3)[..., 0].astype(int)
    once = np.einsum("nd,dr,kd->krn", steps, first[:dims], hadamard(side)[:, :dims])
    once = np.rint(once.astype(np.float32) * np.float32(1 / np.sqrt(side))).astype(int)
    expected = np.einsum("krn,kr,lk->lrn", once, second, hadamard(side))
    assert (cross_polytopes._rotated(vectors, 3) == expected).all()


def test_codes_are_of_the_nearest_corners_whatever_the_batch():
    vectors, width = units(70, 128), Width(4, 2, 0.1)
    codes = cross_polytopes.codes(vectors, width, 3)
    assert codes.shape == (70, ROTATIONS, 6) and codes.dtype == np.uint32
    assert (np.concatenate([cross_polytopes.codes(v[None], width, 3) for v in vectors]) == codes).all()
    rotated = cross_polytopes._rotated(vectors, 3).astype(int)
    for image, rotation in itertools.product((0, 69), (0, 31)):
        own = rotated[:, rotation, image]
        number = 2 * np.arange(128) + (own > 0)
        nearest = sorted(sorted(number.tolist(), key=lambda n, own=own: (-abs(own[n // 2]), -n))[:4])
        pairs = [a * 256 + b for a, b in itertools.combinations(nearest, 2)]
        assert sorted(codes[image, rotation].tolist()) == sorted(pairs)


def test_the_more_alike_two_vectors_are_the_more_codes_they_share():
    base, noise = units(400, 256, 1).astype(float), units(400, 256, 2).astype(float)
    shares = []
    for cosine in (0.2, 0.5, 0.8):
        other = cosine * base + np.sqrt(1 - cosine**2) * noise
        a, b = (cross_polytopes.codes(v.astype(np.float16), WIDTHS[1], 7) for v in (base, other))
        shares.append((a[:, :, :, None] == b[:, :, None]).any((1, 2, 3)).mean())
    assert shares[0] < 0.25 and 0.6 < shares[1] < 1 and shares[2] > 0.99


def test_wider_means_more_codes_or_more_chance_and_the_widest_that_is_paid_for_is_taken():
    assert [w.chance for w in WIDTHS] == sorted((w.chance for w in WIDTHS), reverse=True)
    taken = [cross_polytopes.width_for(10**decade, 16_000, [w.chance for w in WIDTHS]) for decade in range(4, 11)]
    assert taken[0] == WIDTHS[0] and taken[-1] == WIDTHS[-1] and len(set(taken)) == 4
    assert all(WIDTHS.index(a) <= WIDTHS.index(b) for a, b in itertools.pairwise(taken))


def test_large_first_dims_make_no_more_collisions():
    vectors = units(300, 512) * np.exp(-np.arange(512) / 60)
    vectors = (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float16)
    codes = cross_polytopes.codes(vectors, WIDTHS[2], 7)
    met = [(codes[i][:, :, None] == codes[j][:, None]).any() for i, j in itertools.combinations(range(100), 2)]
    assert np.mean(met) < 0.02


def test_too_many_dims_are_refused():
    with pytest.raises(ValueError, match="4097 dims can't be searched; at most 4096 can"):
        cross_polytopes.codes(np.zeros((1, 4097), np.float16), WIDTHS[0], 1)
    longest = np.full((1, 4096), 4096**-0.5, np.float16)  # every sum at its greatest stays below 2^15
    assert np.abs(cross_polytopes._rotated(longest, 1).astype(int)).max() < 2**15 - 1
