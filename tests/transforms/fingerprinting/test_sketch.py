"""The local fingerprint of a composed picture: its panels have keypoints, and shingles in the signature."""

import io

import numpy as np
import pytest
from PIL import Image

from lookalike.transforms.core.records import Image as Decoded
from lookalike.transforms.core.records import Sketch, Source
from lookalike.transforms.core.settings.sketch import SketchSettings
from lookalike.transforms.embedding.settings import DEFAULT_PLANE
from lookalike.transforms.fingerprinting.sketch import sketch
from lookalike.transforms.functional.images.decode import decode
from lookalike.transforms.functional.images.reduction import picture_of
from lookalike.transforms.functional.keypoints import keypoints, shingles
from lookalike.transforms.functional.lsh.codes import minhash
from lookalike.transforms.weights import keypoint_axes
from tests.synthetic import draw_picture

SETTINGS = SketchSettings(keypoints=100, permutations=64)


def sketched(pixels: np.ndarray) -> Sketch:
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, "PNG", compress_level=1)
    found = picture_of(decode(buffer.getvalue(), 50_000_000), DEFAULT_PLANE)
    return sketch(Decoded(Source("", 0, "", ""), b"", *found), SETTINGS)


@pytest.fixture(scope="module")
def sheet() -> Sketch:
    tiles = [np.pad(draw_picture(80 + n, 400, 300), ((0, 20), (0, 20), (0, 0))) for n in range(4)]
    return sketched(np.vstack([np.hstack(tiles[:2]), np.hstack(tiles[2:])]))


def test_a_composed_picture_has_as_many_keypoints_for_each_panel(sheet):
    assert len(sheet.keypoints) == 100 * 22
    area = sheet.panels.width * sheet.panels.height
    assert area == pytest.approx(4 * 220**2, rel=0.2)
    assert len(sheet.panels.packed) == pytest.approx(22 * 100 * area / 220**2, rel=0.02)
    assert sketched(draw_picture(80, 400, 300)).panels == keypoints.Panels()


def test_its_signature_is_of_both_sets(sheet):
    axes = keypoint_axes()
    usual, panels = (shingles.shingles(keypoints.unpack(one), axes) for one in (sheet.keypoints, sheet.panels.packed))
    both = shingles.union(usual, panels)
    assert len(both.tokens) > len(panels.tokens) > len(usual.tokens)
    values, residual = minhash.signature_of(both.tokens, both.residual, SETTINGS.permutations, SETTINGS.seed)
    np.testing.assert_array_equal(sheet.minhash, values)
    np.testing.assert_array_equal(sheet.residual, residual)
    alone, _ = minhash.signature_of(usual.tokens, usual.residual, SETTINGS.permutations, SETTINGS.seed)
    assert (values != alone).mean() > 0.5
