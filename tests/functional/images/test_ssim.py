import numpy as np
import pytest
from skimage.metrics import structural_similarity

from lookalike.transforms.functional.images import ssim
from tests.synthetic import grey


@pytest.mark.parametrize("size", [(32, 32), (96, 128), (131, 77)])
@pytest.mark.parametrize("noise", [0, 5, 40])
def test_mean_ssim_equals_scikit_image(size, noise):
    height, width = size
    a = grey(1, width, height)
    b = np.clip(a + np.random.default_rng(noise).normal(0, noise, a.shape), 0, 255).astype(np.uint8)
    reference = structural_similarity(
        a, b, data_range=255, gaussian_weights=True, sigma=1.5, use_sample_covariance=False
    )
    assert ssim.mean_ssim(a, b) == pytest.approx(reference, abs=1e-5)


def test_unrelated_pictures_equal_scikit_image_too():
    a, b = grey(1), grey(2)
    reference = structural_similarity(
        a, b, data_range=255, gaussian_weights=True, sigma=1.5, use_sample_covariance=False
    )
    assert ssim.mean_ssim(a, b) == pytest.approx(reference, abs=1e-5)


def test_ssim_is_the_product_of_its_terms():
    terms = ssim.compare(grey(3), grey(4))
    product = terms.luminance * terms.contrast * terms.structure
    np.testing.assert_allclose(terms.ssim, product, atol=2e-5)


def test_mean_ssim_refuses_what_the_window_does_not_fit():
    with pytest.raises(ValueError, match="11 x 11"):
        ssim.mean_ssim(np.zeros((10, 40)), np.zeros((10, 40)))
    with pytest.raises(ValueError, match="one shape"):
        ssim.mean_ssim(np.zeros((20, 40)), np.zeros((40, 20)))
