"""What tells a sharp picture from its worn copies: detail by octaves, JPEG's grid, few colours."""

import cv2
import numpy as np
import pytest
from PIL import Image

from lookalike.transforms.functional.images.decode import decode
from lookalike.transforms.functional.images.pixels.detail import OCTAVES, detail_of
from lookalike.transforms.functional.images.planes import EmbeddingPlane
from lookalike.transforms.functional.images.reduction import picture_of
from tests.synthetic import encoded, saved

CHECKS = (np.indices((64, 48)).sum(0) % 2 * 100).astype(np.uint8)
"""Black and grey in turn: nothing but diagonal differences of the finest size."""


def of(grey):
    return detail_of(cv2.cvtColor(grey, cv2.COLOR_GRAY2RGB), grey)


def test_detail_is_counted_by_size():
    assert of(CHECKS).detail == (200.0, 0.0, 0.0, 0.0)
    assert of(np.kron(CHECKS, np.ones((2, 2), np.uint8))).detail == (0.0, 200.0, 0.0, 0.0)
    assert of(np.kron(CHECKS[:8, :8], np.ones((8, 8), np.uint8))).detail == (0.0, 0.0, 0.0, 200.0)
    # rows and columns by themselves have none
    stripes = np.repeat(CHECKS[:1], 64, axis=0)
    assert of(stripes).detail == of(np.ascontiguousarray(stripes.T)).detail == (0.0,) * OCTAVES
    assert of(np.zeros((1, 1), np.uint8)).detail == (0.0,) * OCTAVES


def test_the_grid_of_blocks_is_seen_wherever_it_begins(photographs):
    for photograph in photographs:
        blocky = np.asarray(Image.fromarray(photograph))
        blocky = cv2.cvtColor(decode(encoded(blocky, quality=25), 10**9).pixels, cv2.COLOR_RGB2GRAY)
        plain = of(cv2.cvtColor(photograph, cv2.COLOR_RGB2GRAY)).grid
        assert plain < 1.1 and of(blocky).grid > 1.25
        assert of(np.ascontiguousarray(blocky[3:, 5:])).grid > 1.25


@pytest.mark.parametrize("side", [1, 8])
def test_what_is_too_small_has_no_grid(side):
    assert of(np.arange(side * side, dtype=np.uint8).reshape(side, side)).grid == 1


def test_few_colours_are_a_palette_or_a_drawing(photographs):
    for photograph in photographs:
        reduced = np.asarray(Image.fromarray(photograph).quantize(256).convert("RGB"))
        found = [detail_of(one, cv2.cvtColor(one, cv2.COLOR_RGB2GRAY)).few_colours for one in (photograph, reduced)]
        assert found == [False, True]
    assert not of(np.full((40, 40), 7, np.uint8)).few_colours


def test_a_reduced_jpeg_says_how_much_of_it_was_seen():
    wanted = EmbeddingPlane(192, 16)
    pixels = np.random.default_rng(0).integers(0, 256, (900, 1200, 3), np.uint8)
    seen = [picture_of(decode(data, 10**9), wanted).detail for data in (encoded(pixels), saved(pixels))]
    assert [one.decoded_width for one in seen] == [600, 1200]
