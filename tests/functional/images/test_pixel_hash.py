"""The pixel hash is equal where all that can be seen is, and nowhere else; equal hashes mean equal pictures."""

import io
import struct
import zlib

import cv2
import imagecodecs
import numpy as np
import pillow_heif
import pytest
import tifffile
from PIL import Image, ImageCms

from lookalike.transforms.functional.images.decode import decode
from lookalike.transforms.functional.images.formats import jpeg
from lookalike.transforms.functional.images.formats.errors import UndecodableError
from lookalike.transforms.functional.images.pixels.equality import PixelHash
from tests.synthetic import draw_picture, encoded, saved

MOST = 10_000_000
PICTURE = draw_picture(1, 120, 80)
GREY = PICTURE[..., 0]
ALPHA = np.tile(np.linspace(0, 255, 120).astype(np.uint8), (80, 1))


def animated(frames, kind="PNG", **saving):
    first, *rest = (Image.fromarray(frame) for frame in frames)
    return saved(first, kind, save_all=True, append_images=rest, **saving)


def hash_of(data, most=MOST):
    return decode(data, most).properties.pixel_hash


def arrays(*found, kind="PNG"):
    return [saved(Image.fromarray(array), kind) for array in found]


def deep(*found, suffix=".png"):
    """Colours of 16 bits, which Pillow can't write."""
    channels = {3: cv2.COLOR_RGB2BGR, 4: cv2.COLOR_RGBA2BGRA}
    return [cv2.imencode(suffix, cv2.cvtColor(array, channels[array.shape[2]]))[1].tobytes() for array in found]


def turned(method, orientation, kind):
    exif = Image.Exif()
    exif[274] = orientation
    return saved(Image.fromarray(PICTURE).transpose(method), kind, exif=exif)


LINEAR = struct.pack(">I", 100_000)
"""A gamma of 1."""


def in_tiff(array, **how):
    buffer = io.BytesIO()
    tifffile.imwrite(buffer, array, **how)
    return buffer.getvalue()


EIGHT = Image.fromarray(PICTURE).quantize(64)
FLAT = np.asarray(EIGHT.convert("RGB"))
WIDE, LONG = GREY.astype(np.uint16), GREY.astype(np.int32)
WITH_ALPHA = np.dstack([PICTURE, ALPHA])
EQUAL = {
    "containers": [
        *(saved(Image.fromarray(PICTURE), kind) for kind in ("PNG", "BMP", "TIFF", "PPM", "TGA", "SGI")),
        saved(Image.fromarray(PICTURE), "PNG", compress_level=1),
        saved(Image.fromarray(PICTURE), "TIFF", compression="tiff_lzw"),
        saved(Image.fromarray(PICTURE), "WEBP", lossless=True),
    ],
    "grey": [*arrays(GREY, np.dstack([GREY] * 3)), *arrays(GREY, kind="TIFF")],
    "palette": [saved(EIGHT), saved(EIGHT.convert("RGB")), saved(EIGHT, "GIF"), saved(EIGHT, "BMP")],
    "bits": [*arrays(GREY > 99), *arrays((GREY > 99) * np.uint8(255), kind="BMP")],
    "opaque alpha": [*arrays(PICTURE, np.dstack([PICTURE, ALPHA | 255])), saved(Image.fromarray(PICTURE), "TIFF")],
    "alpha": [
        *(saved(Image.fromarray(WITH_ALPHA), kind) for kind in ("PNG", "TIFF", "TGA")),
        saved(Image.fromarray(WITH_ALPHA), "WEBP", lossless=True, exact=True),
    ],
    "16 bits that are 8": [*arrays(GREY, WIDE * 257), *arrays(WIDE * 257, LONG * 257, kind="TIFF")],
    "colours of 16 bits that are 8": [
        *arrays(PICTURE),
        *deep(PICTURE.astype(np.uint16) * 257),
        *deep(PICTURE.astype(np.uint16) * 257, suffix=".tif"),
    ],
    "16 bits": [*arrays(WIDE * 200), *arrays(WIDE * 200, LONG * 200, kind="TIFF")],
    "orders of bytes": [
        in_tiff(LONG * 99_999, byteorder=order, compression=how) for order in "<>" for how in (None, "zlib")
    ],
    "orders of bytes, floats": [
        in_tiff(GREY / np.float32(7), byteorder=order, compression=how) for order in "<>" for how in (None, "zlib")
    ],
    "turned": [
        *arrays(PICTURE),
        turned(Image.Transpose.ROTATE_90, 6, "PNG"),
        turned(Image.Transpose.TRANSPOSE, 5, "TIFF"),
    ],
    "frames": [
        animated([FLAT, 255 - FLAT, FLAT]),
        animated([FLAT, 255 - FLAT, FLAT], duration=999),
        animated([FLAT, 255 - FLAT, FLAT], "WEBP", lossless=True),
        animated([FLAT, 255 - FLAT, FLAT], "TIFF"),
    ],
}


@pytest.mark.parametrize("files", EQUAL.values(), ids=EQUAL)
def test_what_is_equal_is_equal_and_so_are_the_pictures(files):
    """So the scores of pixel-equal images are those of a picture with itself: 1."""
    found = [decode(data, MOST) for data in files]
    assert len({one.properties.pixel_hash for one in found}) == 1
    for one in found:
        assert one.properties[1:3] == found[0].properties[1:3] and (one.pixels == found[0].pixels).all()


def one_off(pixels, step=1):
    other = pixels.copy()
    other.flat[0] ^= step
    return other


def profile(gamma):
    """A colour profile of sRGB's primaries and another curve: that of grey in lcms, put into bytes by Pillow."""
    made = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    start = made.find(b"para")
    assert start > 0
    return made[: start + 12] + struct.pack(">i", round(gamma * 65536)) + made[start + 16 :]


def cyan(amount):
    """CMYK whose black hides it."""
    return Image.merge("CMYK", [Image.new("L", (9, 9), value) for value in (amount, 0, 0, 255)])


def infinite(values):
    """Floats of which the first row is infinite."""
    return np.concatenate([np.full((1, values.shape[1]), np.inf), values[1:]]).astype(np.float32)


def with_chunks(data, *chunks, broken=0):
    """A PNG with more chunks, behind the first; the checksums of those are right unless `broken`."""
    made = [
        struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body) ^ broken)
        for name, body in chunks
    ]
    return data[:33] + b"".join(made) + data[33:]


def of_few_bits(bits, *chunks):
    """A grey PNG of so many bits, of random values."""
    rows = np.random.default_rng(0).integers(0, 256, (40, 1 + 8 * bits), np.uint8)
    rows[:, 0] = 0
    head, body = struct.pack(">IIBBBBB", 64, 40, bits, 0, 0, 0, 0), zlib.compress(rows.tobytes())
    return with_chunks(b"\x89PNG\r\n\x1a\n", (b"IHDR", head), *chunks, (b"IDAT", body), (b"IEND", b""))


def several(primary):
    made = pillow_heif.HeifFile()
    for array in (PICTURE, PICTURE[::-1]):
        made.add_from_pillow(Image.fromarray(array))
    buffer = io.BytesIO()
    made.save(buffer, quality=90, save_all=True, primary_index=primary)
    return buffer.getvalue()


def on_a_screen(covered):
    """A GIF of 90 x 70 pixels, whose only frame covers it, or all but a margin in the first colour."""
    values = np.random.default_rng(0).integers(0, 4, (70, 90), np.uint8)
    values[60:] = values[:, 80:] = 0
    frame = Image.fromarray(values if covered else values[:60, :80])
    frame.putpalette([9, 9, 9, 99, 0, 0, 0, 99, 0, 0, 0, 99])
    data = saved(frame, "GIF")
    return data[:6] + struct.pack("<HH", 90, 70) + data[10:]


COLOURS = PICTURE.astype(np.uint16) * 255
DEEP = np.dstack([COLOURS, WIDE * 255])
UNEQUAL = {
    "a value": arrays(PICTURE, one_off(PICTURE)),
    "a shape": arrays(PICTURE, PICTURE.reshape(120, 80, 3)),
    "what is under no alpha": arrays(np.dstack([PICTURE, ALPHA * 0]), np.dstack([one_off(PICTURE), ALPHA * 0])),
    "alpha": arrays(WITH_ALPHA, np.dstack([PICTURE, one_off(ALPHA)])),
    "white on transparent": arrays(np.dstack([PICTURE | 255, ALPHA]), np.dstack([PICTURE | 255, 255 - ALPHA])),
    "16 bits": arrays(WIDE * 100, one_off(WIDE * 100)),
    "colours of 16 bits": deep(COLOURS, one_off(COLOURS)),
    "alpha of 16 bits": deep(DEEP, one_off(DEEP)),
    "colours of 16 bits in a TIFF": deep(COLOURS, one_off(COLOURS), suffix=".tif"),
    "integers of 32 bits": arrays(LONG * 99_999, one_off(LONG * 99_999), kind="TIFF"),
    "floats, some infinite": arrays(infinite(GREY), infinite(255 - GREY), kind="TIFF"),
    "the second frame": [animated([FLAT, FLAT, FLAT // 2]), animated([FLAT, FLAT // 2, FLAT])],
    "the last page": [animated([PICTURE, GREY], "TIFF"), animated([PICTURE, one_off(GREY)], "TIFF")],
    "the number of frames": [animated([FLAT, 255 - FLAT], "GIF"), saved(Image.fromarray(FLAT), "GIF")],
    "a profile": [saved(Image.fromarray(PICTURE), icc_profile=profile(1.0)), saved(Image.fromarray(PICTURE))],
    "other profiles": [saved(Image.fromarray(PICTURE), icc_profile=profile(gamma)) for gamma in (1.0, 1.4)],
    "white that is 0, 16 bits": [in_tiff(WIDE * 200, photometric=how) for how in ("minisblack", "miniswhite")],
    "white that is 0, floats": [
        in_tiff(GREY.astype(np.float32), photometric=how) for how in ("minisblack", "miniswhite")
    ],
    "bytes with a sign": [in_tiff(GREY), in_tiff(GREY.view(np.int8))],
    "integers without a sign": [in_tiff(array) for array in (-1 - LONG, (-1 - LONG).view(np.uint32))],
    "a level that is transparent, 2 bits": [of_few_bits(2), of_few_bits(2, (b"tRNS", b"\0\1"))],
    "a level that is transparent, 4 bits": [of_few_bits(4), of_few_bits(4, (b"tRNS", b"\0\3"))],
    "a level that is transparent, 16 bits": [
        saved(Image.fromarray(WIDE * 200)),
        with_chunks(saved(Image.fromarray(WIDE * 200)), (b"tRNS", struct.pack(">H", WIDE[0, 0] * 200))),
    ],
    "a gamma": [saved(Image.fromarray(PICTURE)), with_chunks(saved(Image.fromarray(PICTURE)), (b"gAMA", LINEAR))],
    "colours of HDR": [
        saved(Image.fromarray(PICTURE)),
        with_chunks(saved(Image.fromarray(PICTURE)), (b"cICP", b"\x09\x10\0\1")),
    ],
    "a picture for programs that know no animations": [
        animated([FLAT, FLAT // 2, FLAT // 3], default_image=apart) for apart in (False, True)
    ],
    "the primary picture": [several(0), several(1)],
    "a screen that no frame covers": [on_a_screen(True), on_a_screen(False)],
    "CMYK that looks the same": [saved(cyan(amount), "TIFF") for amount in (0, 90)],
}


def test_levels_of_few_bits_are_transparent_where_they_are_said_to_be():
    data = of_few_bits(2, (b"tRNS", b"\0\1"))
    assert hash_of(data) == hash_of(*arrays(imagecodecs.png_decode(data)))


PLAIN = saved(Image.fromarray(PICTURE))
HARMLESS = {
    "the usual gamma": with_chunks(PLAIN, (b"gAMA", struct.pack(">I", 45455))),
    "a gamma that a name replaces": with_chunks(PLAIN, (b"gAMA", LINEAR), (b"sRGB", b"\0")),
    "sRGB by number": with_chunks(PLAIN, (b"cICP", b"\1\x0d\0\1")),
    "a wrong checksum of a text": with_chunks(PLAIN, (b"tEXt", b"a\0b"), broken=1),
    "a wrong checksum of a gamma": with_chunks(PLAIN, (b"gAMA", LINEAR), broken=1),
    "much text": with_chunks(PLAIN, (b"zTXt", b"a\0\0" + zlib.compress(bytes(5 << 20)))),
    "a resolution that is cut": with_chunks(PLAIN, (b"pHYs", b"a")),
    "an orientation that is none": in_tiff(PICTURE, compression="zlib", extratags=[(274, 3, 1, 0, True)]),
}


@pytest.mark.parametrize("data", HARMLESS.values(), ids=HARMLESS)
def test_metadata_that_says_nothing_or_is_broken_leaves_the_picture_as_it_is(data):
    assert hash_of(data) == hash_of(PLAIN)


def test_a_picture_that_is_broken_is_a_failure_with_or_without_its_metadata():
    with pytest.raises(UndecodableError, match="broken PNG file"):
        decode(with_chunks(PLAIN[:-400], (b"tEXt", b"a\0b"), broken=1), MOST)


@pytest.mark.parametrize("files", UNEQUAL.values(), ids=UNEQUAL)
def test_what_differs_anywhere_is_unequal(files):
    assert hash_of(files[0]) == hash_of(bytes(bytearray(files[0])))
    assert hash_of(files[0]) != hash_of(files[1])


LARGE = np.asarray(Image.fromarray(PICTURE).resize((1200, 800)))


def segment(marker, body):
    return b"\xff" + bytes([marker]) + struct.pack(">H", len(body) + 2) + body


def with_metadata(data, comment=b"a comment"):
    exif = Image.Exif()
    exif[271] = "a camera"
    head = segment(0xE1, b"Exif\0\0" + exif.tobytes()[6:]) + segment(0xED, b"Photoshop 3.0\0") + segment(0xFE, comment)
    return data[:2] + head + data[2:]


@pytest.mark.parametrize("saving", [{}, {"progressive": True}, {"restart_marker_rows": 2}], ids=str)
def test_large_jpegs_are_equal_where_their_code_is(saving):
    data = encoded(LARGE, "JPEG", quality=80, **saving)
    first, second = decode(data, MOST), decode(with_metadata(data), MOST)
    assert first.pixels.shape[0] < first.properties.height  # decoded at a reduced size
    assert first.properties.pixel_hash == second.properties.pixel_hash == hash_of(data + b"appended")
    assert second.properties.exif and not first.properties.exif


def test_a_mosaic_of_a_large_jpeg_is_not_equal_to_it():
    """What scaling in the DCT can't see: both decode to the same pixels at an eighth."""
    rough = np.asarray(Image.fromarray(PICTURE).resize((3200, 3200), Image.Resampling.NEAREST))
    flat = cv2.resize(
        cv2.resize(rough, (400, 400), interpolation=cv2.INTER_AREA), (3200, 3200), interpolation=cv2.INTER_NEAREST
    )
    bumps = np.tile(np.array([[20, -20], [-20, 20]], np.int16).repeat(4, 0).repeat(4, 1), (400, 400))
    other = np.clip(flat.astype(np.int16) // 2 + 64 + bumps[..., None], 0, 255).astype(np.uint8)
    flat = np.clip(flat.astype(np.int16) // 2 + 64, 0, 255).astype(np.uint8)
    one, two = (decode(encoded(a, "JPEG", quality=95, subsampling=0), 20_000_000) for a in (flat, other))
    assert np.abs(one.pixels.astype(int) - two.pixels).max() <= 2
    assert one.properties.pixel_hash != two.properties.pixel_hash


def named_rgb(data):
    """A JPEG whose channels have other names, by which decoders know RGB."""
    frame, scan = data.index(b"\xff\xc0"), data.index(b"\xff\xda")
    found = bytearray(data)
    found[frame + 10 : frame + 19 : 3] = found[scan + 5 : scan + 11 : 2] = b"RGB"
    return bytes(found)


def test_large_jpegs_without_their_jfif_segment_are_equal_to_those_with_it():
    """Some tools put EXIF in its place."""
    data = encoded(LARGE, "JPEG", quality=80)
    assert hash_of(data[:2] + data[20:]) == hash_of(data)


@pytest.mark.parametrize("marker", [b"\xff\x01", b"\xff\x02\x00\x02"], ids=bytes.hex)
def test_what_follows_a_marker_that_decoders_skip_is_hashed(marker):
    """Decoding goes on at the next restart."""
    one, two = (encoded(a, "JPEG", quality=80, restart_marker_rows=1) for a in (LARGE, LARGE[:, ::-1]))
    at, other_at = (data.index(b"\xff\xd0", data.index(b"\xff\xda")) for data in (one, two))
    files = [one[:at] + marker + rest for rest in (one[at:], two[other_at:])]
    pictures = [decode(data, MOST).pixels for data in files]
    assert (pictures[0] != pictures[1]).any()
    assert hash_of(files[0]) != hash_of(files[1])


def test_scans_of_what_is_behind_the_picture_do_not_count():
    data = encoded(LARGE, "JPEG", progressive=True)
    assert hash_of(data + data * 20) == hash_of(data)


def test_what_changes_the_pixels_of_a_large_jpeg_is_hashed():
    data = encoded(LARGE, "JPEG", quality=80)
    exif = Image.Exif()
    exif[274] = 3
    table = data.index(b"\xff\xdb") + 9
    changed = {
        "as it is": data,
        "a quality": encoded(LARGE, "JPEG", quality=81),
        "a transform of colours": data[:2] + segment(0xEE, b"Adobe\0\x64\0\0\0\0\0") + data[2:],
        "an orientation": encoded(LARGE, "JPEG", quality=80, exif=exif),
        "a profile": encoded(LARGE, "JPEG", quality=80, icc_profile=profile(1.0)),
        "channels that are RGB": named_rgb(data[:2] + data[20:]),
        "channels that are RGB by name, in a JFIF": named_rgb(data),
        "a table": data[:table] + bytes([data[table] ^ 3]) + data[table + 1 :],
        "the code": data[:-200] + bytes([data[-200] ^ 1]) + data[-199:],
    }  # fmt: skip
    assert len({hash_of(data) for data in changed.values()}) == len(changed)


def test_the_second_picture_of_a_jpeg_counts():
    files = [animated([PICTURE, other], "MPO") for other in (FLAT, 255 - FLAT)]
    found = [decode(data, MOST) for data in (*files, encoded(PICTURE, "JPEG"))]
    assert [one.properties.frames for one in found] == [2, 2, 1]
    assert len({one.properties.pixel_hash for one in found}) == 3


def test_segments_of_a_cut_jpeg_end_with_it():
    data = encoded(LARGE, "JPEG")
    for size in (3, 5, 100, 700, len(data) - 5):
        assert all(part.end <= size for part in jpeg.segments(data[:size]))


def test_too_many_frames_make_a_hash_that_only_equal_bytes_share():
    frames = [FLAT // (i + 1) for i in range(8)]
    data, same = animated(frames, "GIF"), animated(frames, "GIF", comment=b"another file")
    assert hash_of(data) == hash_of(same)
    few = 7 * 65536
    assert hash_of(data, few) != hash_of(same, few)
    assert hash_of(data, few) == hash_of(data, few)
    assert decode(data, few).properties.frames == 8
    assert (decode(data, few).pixels == decode(data, MOST).pixels).all()


def test_frames_are_not_decoded_where_they_are_too_many(monkeypatch):
    data = animated([FLAT // (i + 1) for i in range(8)], "GIF")

    def added(*arguments):
        raise AssertionError("a frame was hashed")

    monkeypatch.setattr(PixelHash, "add", added)
    assert decode(data, 7 * 65536).properties.frames == 8


def test_too_large_pages_make_a_hash_that_only_equal_bytes_share():
    large = np.asarray(Image.fromarray(GREY).resize((300, 300)))
    files = [animated([large, large, large], "TIFF", compression=how) for how in ("tiff_lzw", "tiff_deflate")]
    assert hash_of(files[0]) == hash_of(files[1])
    assert hash_of(files[0], 4 * 65536) != hash_of(files[1], 4 * 65536)


def test_what_else_a_file_holds_makes_a_hash_that_only_equal_bytes_share():
    """Sizes of an icon that are not looked at; more bits than the decoder keeps."""
    icon = Image.fromarray(np.dstack([PICTURE, ALPHA]))
    small = icon.resize((16, 16))
    icons = [
        saved(icon.resize((64, 64)), "ICO", sizes=[(64, 64), (16, 16)], append_images=[other])
        for other in (small, small.transpose(Image.Transpose.ROTATE_180))
    ]
    assert hash_of(icons[0]) != hash_of(icons[1])
    deep = [saved(Image.fromarray(a), "PPM") for a in (PICTURE, PICTURE)]
    assert hash_of(deep[0]) == hash_of(deep[1])
    values = (PICTURE.astype(">u2") * 256).tobytes()
    wide = [b"P6 120 80 65535\n" + values, b"P6 120 80 65535\n" + values[:-1] + bytes([values[-1] ^ 1])]
    assert hash_of(wide[0]) != hash_of(wide[1])


def test_the_first_frame_that_shows_something_is_the_picture():
    black, cover = np.zeros_like(FLAT), np.full_like(FLAT, 250)
    for kind in ("GIF", "PNG", "TIFF", "WEBP"):
        saving = {"lossless": True} if kind == "WEBP" else {}
        found = decode(animated([black, cover, FLAT, 255 - FLAT], kind, **saving), MOST)
        assert (found.pixels == FLAT).all() and found.properties.frames == 4
    found = decode(animated([black] * 20 + [FLAT], "TIFF"), MOST)
    assert not found.pixels.any() and found.properties.frames == 21
