"""Every format, colour model and hostile byte that the decoder promises to handle."""

import io
import struct
import zlib

import numpy as np
import pillow_heif
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from lookalike.transforms.functional.images.decode import TooLargeError, UndecodableError, decode
from tests.synthetic import draw_picture, encoded

MOST = 10_000_000
PICTURE = draw_picture(1, 120, 80)


def near(a, b, tolerance):
    return np.abs(a.astype(int) - b.astype(int)).mean() <= tolerance


@pytest.mark.parametrize("kind", ["PNG", "BMP", "TIFF", "WEBP"])
def test_lossless_formats_give_the_pixels(kind):
    saving = {"lossless": True} if kind == "WEBP" else {}
    found = decode(encoded(PICTURE, kind, **saving), MOST)
    assert (found.pixels == PICTURE).all()
    assert (found.properties.width, found.properties.height, found.properties.format) == (120, 80, kind)


@pytest.mark.parametrize("saving", [{"quality": 95}, {"quality": 95, "progressive": True}])
def test_jpeg(saving):
    assert near(decode(encoded(PICTURE, "JPEG", **saving), MOST).pixels, PICTURE, 12)


def test_avif_and_heic():
    assert near(decode(encoded(PICTURE, "AVIF", quality=90), MOST).pixels, PICTURE, 12)
    buffer = io.BytesIO()
    pillow_heif.from_pillow(Image.fromarray(PICTURE)).save(buffer, quality=90)
    assert near(decode(buffer.getvalue(), MOST).pixels, PICTURE, 12)


def test_cmyk_jpeg_has_the_colours_of_rgb():
    buffer = io.BytesIO()
    Image.fromarray(PICTURE).convert("CMYK").save(buffer, "JPEG", quality=95)
    assert near(decode(buffer.getvalue(), MOST).pixels, PICTURE, 14)


@pytest.mark.parametrize("mode", ["L", "1", "P", "RGBA", "LA", "I;16"])
def test_png_modes_become_rgb(mode):
    if mode == "I;16":
        image = Image.fromarray(PICTURE[..., 0].astype(np.uint16) * 257)
    else:
        image = Image.fromarray(PICTURE).convert(mode)
    buffer = io.BytesIO()
    image.save(buffer, "PNG")
    found = decode(buffer.getvalue(), MOST).pixels
    assert found.shape == (80, 120, 3) and found.dtype == np.uint8
    if mode == "I;16":
        assert (found[..., 0] == PICTURE[..., 0]).all()


def test_transparency_lies_on_white():
    buffer = io.BytesIO()
    Image.new("RGBA", (20, 20), (200, 0, 0, 0)).save(buffer, "PNG")
    assert (decode(buffer.getvalue(), MOST).pixels == 255).all()


@pytest.mark.parametrize("kind", ["GIF", "PNG", "WEBP"])
def test_the_first_frame_of_an_animation_counts(kind):
    frames = [Image.fromarray(draw_picture(seed, 60, 40)) for seed in (1, 2, 3)]
    buffer = io.BytesIO()
    saving = {"lossless": True} if kind == "WEBP" else {}
    frames[0].save(buffer, kind, save_all=True, append_images=frames[1:], duration=50, **saving)
    found = decode(buffer.getvalue(), MOST)
    assert near(found.pixels, np.asarray(frames[0]), 15) and found.properties.frames == 3


@pytest.mark.parametrize("orientation", range(1, 9))
def test_exif_orientation_is_applied(orientation):
    exif = Image.Exif()
    exif[274] = orientation
    undo = {
        2: Image.Transpose.FLIP_LEFT_RIGHT, 3: Image.Transpose.ROTATE_180, 4: Image.Transpose.FLIP_TOP_BOTTOM,
        5: Image.Transpose.TRANSPOSE, 6: Image.Transpose.ROTATE_90, 7: Image.Transpose.TRANSVERSE,
        8: Image.Transpose.ROTATE_270,
    }  # fmt: skip
    upright = Image.fromarray(PICTURE)
    stored = upright.transpose(undo[orientation]) if orientation in undo else upright
    buffer = io.BytesIO()
    stored.save(buffer, "PNG", exif=exif)
    found = decode(buffer.getvalue(), MOST)
    assert (found.properties.width, found.properties.height) == (120, 80)
    assert (found.pixels == PICTURE).all()


def test_large_jpegs_are_decoded_small_and_keep_their_size():
    big = np.asarray(Image.fromarray(PICTURE).resize((4000, 3000)))
    found = decode(encoded(big, "JPEG", quality=80), 100_000_000)
    assert (found.properties.width, found.properties.height) == (4000, 3000)
    assert found.pixels.shape == (375, 500, 3)


def test_long_jpegs_keep_their_short_side():
    strip = np.asarray(Image.fromarray(PICTURE).resize((6000, 300)))
    found = decode(encoded(strip, "JPEG", quality=80), 100_000_000)
    assert (found.properties.width, found.properties.height) == (6000, 300) and found.pixels.shape == (150, 3000, 3)


def broken_exif():
    data = encoded(PICTURE, "JPEG")
    segment = b"Exif\0\0" + b"MM\0*\xff\xff\xff\xff" + b"\x01\x12" * 30
    return data[:2] + b"\xff\xe1" + struct.pack(">H", len(segment) + 2) + segment + data[2:]


def absurd_profile():
    return encoded(PICTURE, "JPEG", icc_profile=b"\x00\x00\x00\x10 this is no colour profile" * 50)


@pytest.mark.parametrize("data", [broken_exif(), absurd_profile()], ids=["exif", "icc"])
def test_broken_metadata_does_not_cost_the_picture(data):
    assert near(decode(data, MOST).pixels, PICTURE, 12)


def bomb(width, height):
    def chunk(name, body):
        return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", header)
        + chunk(b"IDAT", zlib.compress(b"\0" * 100_000))
        + chunk(b"IEND", b"")
    )


def test_a_bomb_is_refused_by_its_declared_size():
    with pytest.raises(TooLargeError, match=r"2,500,000,000 px .*read.max_pixels"):
        decode(bomb(50_000, 50_000), 500_000_000)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"hello, I am text",
        encoded(PICTURE, "JPEG")[:900],
        encoded(PICTURE, "PNG")[:300],
        bomb(300, 300),
        b"GIF89a",
    ],
    ids=["empty", "text", "truncated jpeg", "truncated png", "short png", "head of a gif"],
)
def test_what_is_no_image_is_said_to_be_none(data):
    with pytest.raises(UndecodableError):
        decode(data, MOST)


@settings(max_examples=150)
@given(st.sampled_from(["JPEG", "PNG", "GIF", "TIFF", "BMP", "WEBP"]), st.integers(0, 2**32), st.integers(1, 60))
def test_damaged_bytes_decode_or_are_refused_and_nothing_else(kind, seed, hits):
    rng = np.random.default_rng(seed)
    data = bytearray(encoded(PICTURE[:40, :60], kind))
    for place in rng.integers(0, len(data), hits):
        data[place] = rng.integers(256)
    try:
        found = decode(bytes(data), 1_000_000)
    except (UndecodableError, TooLargeError):
        return
    assert found.pixels.ndim == 3 and found.pixels.dtype == np.uint8


@pytest.mark.parametrize(
    ("array", "stored"),
    [
        (draw_picture(1, 60, 40), "RGB"),
        (draw_picture(1, 60, 40)[..., 0], "RGB"),
        (np.dstack([draw_picture(1, 60, 40), np.full((40, 60), 255, np.uint8)]), "RGB"),
        (np.dstack([draw_picture(1, 60, 40), draw_picture(2, 60, 40)[..., 0]]), "RGBA"),
        (draw_picture(1, 60, 40)[..., 0].astype(np.uint16) * 257, "RGB"),
        (draw_picture(1, 60, 40)[..., 0].astype(np.uint16) * 256 + 7, "grey16"),
        (draw_picture(1, 60, 40)[..., 0].astype(np.uint16), "grey16~"),
    ],
    ids=["colour", "grey", "opaque", "transparent", "8 bits in 16", "16 bits", "few of 16 bits"],
)
def test_how_the_values_are_stored_is_told(array, stored):
    buffer = io.BytesIO()
    Image.fromarray(array).save(buffer, "PNG")
    assert decode(buffer.getvalue(), MOST).properties.samples == stored
