"""What unrelated images have in common is measured as it is, whatever copies are among them."""

import numpy as np
import pytest

from lookalike.transforms.functional.keypoints.shingles import KEPT
from lookalike.transforms.functional.lsh.chance_rates import ChanceRates, Fingerprinted, measure
from lookalike.transforms.functional.lsh.codes.cross_polytopes import WIDTHS

COUNT, DIMS, WORDS = 700, 64, 20
IMAGES, CROWD = 100_000, 64


def units(vectors):
    return (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float16)


def sample(alike=0.0, count=COUNT, words=2**9, seed=0):
    """Unrelated images. alike: the length of what their embeddings have in common. words: that there are."""
    rng = np.random.default_rng(seed)
    vectors = rng.standard_normal((count, DIMS)) / np.sqrt(DIMS)
    vectors[:, 0] += alike
    values, residual = rng.integers(0, words, (count, WORDS), np.uint32), rng.integers(0, 2**32, (count, WORDS))
    return Fingerprinted(units(vectors), values, residual.astype(np.uint32), rng.permutation(count).astype(np.uint64))


def with_copies(images, often, noise=0.5, flipped=1):
    """The same, where image `often` k + 1, 2 ... are worn copies of image `often` k."""
    rng = np.random.default_rng(1)
    first = np.arange(len(images.runs)) // often * often
    worn = images.embeddings[first] + noise * rng.standard_normal(images.embeddings.shape) / np.sqrt(DIMS)
    worn[first == np.arange(len(first))] = images.embeddings[::often]
    bits = images.residual[first] ^ np.where(first[:, None] == np.arange(len(first))[:, None], 0, flipped)
    return images._replace(embeddings=units(worn), values=images.values[first], residual=bits.astype(np.uint32))


def measured(images, size=IMAGES, crowd=CROWD) -> ChanceRates:
    found = measure(images, size, crowd, seed=7)
    assert found is not None
    return found


def pairs(images):
    upper = np.triu_indices(len(images.runs), 1)
    vectors = images.embeddings.astype(np.float64)
    same = images.values[:, None] == images.values[None]
    differ = np.bitwise_count((images.residual[:, None] ^ images.residual[None]) & KEPT)
    return (vectors @ vectors.T)[upper], np.where(same, differ, 99).min(2)[upper]


@pytest.mark.parametrize("alike", [0.0, 0.7])
def test_rates_are_those_of_all_pairs(alike):
    images = sample(alike)
    found = measured(images)
    cosines, bits = pairs(images)
    assert len(found.cosines) == 3  # one pair in 10,000 is 24 of them, one in 100,000 would be two
    assert np.allclose(found.cosines, np.quantile(cosines, [1 - 1e-2, 1 - 1e-3, 1 - 1e-4]), atol=4e-3)
    assert found.meet == pytest.approx((bits < 99).mean(), rel=0.05)
    assert found.bits[8] == pytest.approx((bits <= 8).mean(), rel=0.25)
    assert list(found.bits) == sorted(found.bits) and found.bits[8] < found.meet


def test_images_that_resemble_one_another_collide_more_often():
    plain, alike = measured(sample()), measured(sample(1.0))
    assert alike.cosines[0] > plain.cosines[0] + 0.2
    assert all(more > 2 * less for more, less in zip(alike.widths[:3], plain.widths, strict=False))
    assert len(plain.widths) == len(WIDTHS) and list(plain.widths) == sorted(plain.widths, reverse=True)


@pytest.mark.parametrize("noise", [0.05, 0.8])
def test_copies_are_no_chance(noise):
    images = sample()
    plain, copied = measured(images), measured(with_copies(images, 7, noise), size=COUNT)
    assert np.allclose(copied.cosines[:2], plain.cosines[:2], atol=0.04)  # 100 images have no more to tell
    assert copied.bits[0] < 1e-3 and copied.meet == pytest.approx(plain.meet, rel=0.2)


def test_what_most_images_share_is_a_ground_and_no_copy():
    # in a corpus of 700, seven are copies; where they are a hundredth of 100,000, they are prints of one form
    forms = with_copies(sample(), 7, 0.8)
    assert measured(forms, size=IMAGES).cosines[1] > measured(forms, size=COUNT).cosines[1] + 0.2


def test_neighbours_are_no_random_pairs():
    images = with_copies(sample(), 7, 0.8, flipped=0xFFFF)  # no shingle gives them away
    apart = images._replace(runs=np.arange(COUNT, dtype=np.uint64) // 7)
    assert measured(apart).cosines[1] < measured(images).cosines[1] - 0.1


def test_few_images_tell_nothing():
    assert measure(sample(count=100), IMAGES, CROWD, 7) is None
    assert measure(sample(count=0), IMAGES, CROWD, 7) is None
