"""16 bits and floats by the range that they use; transparent pictures on a ground that they are seen on."""

import io

import cv2
import numpy as np
import pytest
import tifffile
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageCms, ImageDraw

from lookalike.transforms.functional.images.decode import decode
from lookalike.transforms.functional.images.pixels.ranges import Range, eight_bits
from lookalike.transforms.functional.images.pixels.samples import STRIP, of_image
from lookalike.transforms.functional.images.pixels.upright import turned, upright
from tests.functional.images.test_pixel_hash import profile
from tests.synthetic import draw_picture, saved

MOST = 50_000_000
GREY = cv2.cvtColor(draw_picture(4, 320, 240), cv2.COLOR_RGB2GRAY)
WIDE = GREY.astype(np.uint16)


def seen(image, kind="PNG", **saving):
    return decode(saved(image, kind, **saving), MOST).pixels


def alike(a, b):
    """Correlation of two pictures: whether they show the same, at whatever brightness and contrast."""
    return np.corrcoef(a[..., 0].ravel(), b[..., 0].ravel())[0, 1]


@pytest.mark.parametrize("low, step", [(0, 1), (600, 17), (0, 16), (32_000, 8), (65_535 - 255, 1)])
def test_a_small_range_is_shown_whole_and_like_any_export_of_it(low, step):
    array = WIDE * step + low
    found = seen(array)
    assert found.min() == 0 and found.max() == 255
    stretched = ((GREY.astype(float) - GREY.min()) * 255 / np.ptp(GREY)).round().astype(np.uint8)
    cut = np.clip((GREY - np.percentile(GREY, 1)) * 255 / np.ptp(np.percentile(GREY, [1, 99])), 0, 255)
    for export in (stretched, cut.astype(np.uint8)):
        assert alike(found, seen(export)) > 0.99


@pytest.mark.parametrize("step", [100, 128, 256])
def test_a_full_range_is_taken_as_it_is(step):
    array = WIDE * step + 40
    assert (seen(array)[..., 0] == np.round(array / 257)).all()


def test_label_masks_show_their_labels():
    labels = np.zeros((200, 300), np.uint16)
    for label in range(1, 20):
        cv2.circle(labels, (15 * label, 10 * label), 8, label, -1)
    found = seen(labels)[..., 0]
    assert len(np.unique(found)) == 20 and found.max() == 255


@pytest.mark.parametrize("spots", [[65_535], [65_535, 0], [65_535] * 40])
def test_hot_and_dead_pixels_do_not_decide_the_range(spots):
    array = WIDE * 8 + 1000
    spotted = array.copy()
    spotted.flat[: len(spots)] = spots
    assert np.abs(seen(spotted).astype(int) - seen(array)).mean() < 3


@pytest.mark.parametrize("odd", [np.inf, -np.inf, np.nan, 1e30, -3e38])
def test_odd_floats_do_not_decide_the_range(odd):
    array = GREY.astype(np.float32) / 255
    spotted = array.copy()
    spotted[7, 7] = odd
    expected = seen(array, "TIFF").astype(int)
    assert np.abs(seen(spotted, "TIFF") - expected).mean() < 3


@pytest.mark.parametrize("array", [np.full((9, 9), np.nan), np.full((9, 9), np.inf), np.full((9, 9), 3.5)])
def test_floats_that_show_nothing_are_black(array):
    assert not seen(array.astype(np.float32), "TIFF").any()


@given(st.lists(st.floats(width=32), min_size=1, max_size=30), st.floats(-1e6, 1e6), st.floats(1e-3, 1e6))
def test_eight_bits_keep_the_order_of_values(values, low, span):
    array = np.array(sorted(v for v in values if not np.isnan(v)), np.float32)
    found = eight_bits(array, Range(low, low + span))
    assert (np.diff(found.astype(int)) >= 0).all()


def glyph(colour, side=256, ground=(0, 0, 0)):
    image = Image.new("RGBA", (side, side), (*ground, 0))
    draw = ImageDraw.Draw(image)
    draw.polygon([(side // 2, side // 8), (side * 7 // 8, side * 7 // 8), (side // 8, side * 3 // 4)], (*colour, 255))
    draw.ellipse([side // 3, side // 3, side // 2, side // 2], (0, 0, 0, 0))
    return image


@pytest.mark.parametrize("shade", range(0, 256, 15))
def test_whatever_its_colour_a_glyph_is_seen(shade):
    found = seen(glyph((shade,) * 3))
    assert found.std() >= 8


@pytest.mark.parametrize("colour", [(0, 0, 0), (200, 30, 30), (120, 120, 120), (255, 220, 0)])
def test_what_is_seen_on_white_lies_on_white_as_viewers_flatten_it(colour):
    image = glyph(colour)
    flattened = Image.alpha_composite(Image.new("RGBA", image.size, "white"), image).convert("RGB")
    assert (seen(image) == np.asarray(flattened)).all()


def test_white_glyphs_lie_on_black_at_every_size():
    for side in (16, 64, 256):
        image = glyph((255, 255, 255), side)
        flattened = Image.alpha_composite(Image.new("RGBA", image.size, "black"), image).convert("RGB")
        assert (seen(image) == np.asarray(flattened)).all()


def test_an_invisible_picture_is_white():
    assert (seen(Image.new("RGBA", (20, 20), (255, 255, 255, 0))) == 255).all()


def test_white_detail_of_a_picture_with_much_else_stays_on_white():
    """A product on transparent ground: its photograph on white is what copies look like."""
    array = draw_picture(5, 200, 200)
    alpha = np.zeros((200, 200), np.uint8)
    cv2.circle(alpha, (100, 100), 80, 255, -1)
    found = seen(np.dstack([array, alpha]))
    assert (found[0, 0] == 255).all() and (found[100, 100] == array[100, 100]).all()


def test_profiles_are_applied_and_srgb_costs_and_changes_nothing():
    picture = draw_picture(6, 64, 48)
    made = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    assert (seen(picture, icc_profile=made) == picture).all()
    plain, tagged = decode(saved(picture), MOST), decode(saved(picture, icc_profile=made), MOST)
    assert plain.properties.pixel_hash == tagged.properties.pixel_hash
    assert (seen(picture, icc_profile=made[:200]) == picture).all()  # a broken one
    assert (seen(picture[..., 0], icc_profile=made) == picture[..., :1]).all()  # one of colours, of a grey picture
    linear = seen(picture, icc_profile=profile(1.0))
    assert linear.mean() > picture.mean() + 10
    share = picture / 255
    light = np.where(share >= 0.04045, (share + 0.055) / 1.055, share / 12.92)  # its curve: sRGB's without the power
    expected = 255 * np.where(light > 0.0031308, 1.055 * light ** (1 / 2.4) - 0.055, 12.92 * light)
    assert np.abs(linear - expected).mean() < 1.5
    alpha = np.tile(np.linspace(0, 255, 64).astype(np.uint8), (48, 1))
    on_white = alpha[..., None] / 255 * expected + (255 - alpha[..., None].astype(float))
    assert np.abs(seen(np.dstack([picture, alpha]), icc_profile=profile(1.0)) - on_white).mean() < 1.5


def test_a_stretched_picture_has_no_colours_for_a_profile():
    colours = draw_picture(6, 64, 48).astype(np.uint16)
    for factor, applied in ((20, False), (257, True)):
        found = []
        for icc in (None, profile(1.0)):
            buffer = io.BytesIO()
            tifffile.imwrite(buffer, colours * factor + 1, photometric="rgb", iccprofile=icc)
            found.append(decode(buffer.getvalue(), MOST))
        assert (found[0].pixels != found[1].pixels).any() == applied
        assert found[0].properties.pixel_hash != found[1].properties.pixel_hash


@pytest.mark.parametrize("orientation", range(1, 9))
def test_arrays_are_turned_as_pictures_are(orientation):
    array = draw_picture(9, 30, 20)
    turned_picture = np.asarray(upright(Image.fromarray(array), orientation))
    assert (turned(array, orientation) == turned_picture).all()


@pytest.mark.parametrize("mode", ["L", "P", "RGB", "RGBA", "I;16", "F", "CMYK"])
def test_strips_of_large_pictures_are_the_picture(mode, monkeypatch):
    """Large ones go through conversions in strips: the same values, and the same hash, in one or in many."""
    picture = draw_picture(8, 90, 70)
    if mode == "I;16":
        image = Image.fromarray(GREY.astype(np.uint16) * 30)
    elif mode in ("F", "L"):
        image = Image.fromarray(GREY.astype(np.float32) if mode == "F" else GREY)
    elif mode == "RGBA":
        image = Image.fromarray(np.dstack([picture, picture[..., 0]]))
    else:
        image = Image.fromarray(picture).convert(mode)
    data = saved(image, "TIFF")
    whole = decode(data, MOST)
    monkeypatch.setattr("lookalike.transforms.functional.images.pixels.samples.STRIP", 1000)
    assert len(list(of_image(image).strips())) > 5 and STRIP > 1000
    found = decode(data, MOST)
    assert (found.pixels == whole.pixels).all() and found.properties.pixel_hash == whole.properties.pixel_hash
