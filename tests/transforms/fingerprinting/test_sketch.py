"""The local fingerprint of a composed picture: its panels have keypoints, and shingles in the signature."""

import io

import numpy as np
import pytest
from PIL import Image

from lookalike.transforms.core.records import Image as Decoded
from lookalike.transforms.core.records import Sketch, Source
from lookalike.transforms.core.settings.sketch import SketchSettings
from lookalike.transforms.embedding.settings import DEFAULT_PLANE
from lookalike.transforms.fingerprinting.sketch import panels_of, sketch
from lookalike.transforms.functional.images.decode import decode
from lookalike.transforms.functional.images.picture import Planes
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
    assert 340 < len(sheet.panels.packed) / 22 <= round(100 * area / 220**2)
    assert sketched(draw_picture(80, 400, 300)).panels == keypoints.Panels()


def test_these_lie_where_it_does(sheet):
    """Each of the four tiles, looked at by itself in such a plane, has the same keypoints as its quarter of it."""
    points = keypoints.unpack(sheet.panels.packed)
    across, down = sheet.panels.width / 2, sheet.panels.height / 2
    for top in (0, 1):
        for left in (0, 1):
            x, y = (points.xy - np.float32([left * across, top * down])).T
            assert ((x > 0) & (x < across) & (y > 0) & (y < down)).sum() == pytest.approx(100, abs=12)


def test_the_strongest_of_each_come_first(sheet):
    points = keypoints.unpack(sheet.panels.packed)
    across, down = sheet.panels.width / 2, sheet.panels.height / 2
    for first in (0, 4, 80):
        x, y = points.xy[first : first + 4].T
        assert set(zip(x > across, y > down, strict=True)) == {(a, b) for a in (False, True) for b in (False, True)}


def test_a_plane_without_pieces_is_none():
    """A decoder that went wrong may answer so."""
    planes = Planes(np.zeros(1, np.uint8), np.zeros((60, 80), np.uint8), np.zeros(1, np.uint8), np.zeros((200, 300)))
    assert panels_of(planes, keypoint_axes(), 100) == keypoints.Panels()


def test_a_page_has_none_beside_its_small_panels():
    page = np.full((600, 800, 3), 255, np.uint8)
    page[40:240, 60:360] = draw_picture(90, 300, 200) * 0.7
    page[380:580, 60:360] = draw_picture(91, 300, 200) * 0.7
    for line in range(260, 360, 24):
        page[line : line + 12, 60:740:7] = 0
    found = sketched(page).panels
    x, y = (keypoints.unpack(found.packed).xy * (800 / found.width)).T
    assert len(x) > 60
    assert x.min() >= 55 and x.max() <= 365
    assert (((y >= 35) & (y <= 245)) | ((y >= 375) & (y <= 585))).all()


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
