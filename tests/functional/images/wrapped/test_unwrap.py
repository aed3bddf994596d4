"""Files that hold their picture in another one: what is said of them, and what they never replace."""

import io
import struct

import imagecodecs
import numpy as np
import pytest
from PIL import Image

from lookalike.transforms.functional.images.decode import TooLargeError, UndecodableError, decode
from lookalike.transforms.functional.images.formats import signatures
from lookalike.transforms.functional.images.pixels.equality import hash_of_file
from lookalike.transforms.functional.images.wrapped import jpegxl, raws, unwrap
from tests.raws import dng
from tests.synthetic import draw_picture, encoded, saved

RGB = draw_picture(11, 320, 240)
MOST = 1_000_000


@pytest.mark.parametrize("preview", ["jpeg", "pixels"])
@pytest.mark.parametrize("orientation", [1, 3, 6, 8])
def test_a_raw_is_as_large_as_its_values_and_upright(preview, orientation):
    data = dng(RGB, preview, orientation)
    found = decode(data, MOST)
    seen = found.properties
    size = (240, 320) if orientation >= 5 else (320, 240)
    assert (seen.format, seen.width, seen.height, seen.samples) == ("RAW", *size, "RGB~+")
    assert seen.pixel_hash == hash_of_file(data)
    plain = io.BytesIO()
    exif = Image.Exif()
    exif[274] = orientation
    Image.fromarray(RGB).save(plain, "JPEG", quality=95, subsampling=0, exif=exif)
    same = np.asarray(Image.fromarray(decode(plain.getvalue(), MOST).pixels).resize(found.pixels.shape[1::-1]))
    assert np.abs(found.pixels.astype(int) - same).mean() < 6


def changed(data, tag, value):
    """A TIFF with another value of a tag of its first directory."""
    (at,) = struct.unpack_from("<I", data, 4)
    (entries,) = struct.unpack_from("<H", data, at)
    for place in range(at + 2, at + 2 + 12 * entries, 12):
        number, kind = struct.unpack_from("<HH", data, place)
        if number == tag:
            return data[: place + 8] + struct.pack("<H2x" if kind == 3 else "<I", value) + data[place + 12 :]
    raise AssertionError(tag)


@pytest.mark.parametrize(
    ("tag", "value"),
    [
        (257, 142),  # more rows than there are
        (256, 200),
        (279, 160 * 120 * 3 - 1),  # a byte is missing
        (273, len(dng(RGB, "pixels")) - 160 * 120 * 3 + 1),  # it ends behind the file
    ],
)
def test_a_preview_with_fewer_pixels_than_it_says_is_never_read(tag, value):
    """Behind them lies what other pictures have left in memory."""
    data = dng(RGB, "pixels")
    assert decode(data, MOST).pixels.shape == (120, 160, 3)
    with pytest.raises(UndecodableError, match="its preview has fewer pixels than it says"):
        decode(changed(data, tag, value), MOST)


@pytest.mark.parametrize(
    ("filters", "planes", "known"),
    [
        ((0, 1, 1, 2), None, True),  # red, green, green and blue
        ((3, 4, 4, 5), None, True),  # cyan, magenta, magenta and yellow
        ((0, 1, 1, 6), (0, 1, 6), True),  # the file says so
        ((0, 1, 1, 6), None, False),
        ((255, 127, 1, 2), None, False),
    ],
)
def test_a_raw_with_filters_of_unknown_colours_is_never_read(filters, planes, known):
    """LibRaw would look them up in memory that was never written."""
    told = struct.pack("<HHI4B", 33422, 1, 4, 0, 1, 1, 2)
    data = dng(RGB, planes=planes)
    assert told in data
    data = data.replace(told, told[:8] + bytes(filters))
    if known:
        assert decode(data, MOST).properties.format == "RAW"
    else:
        with pytest.raises(UndecodableError, match="filters of colours that it does not know"):
            decode(data, MOST)


def test_where_a_directory_is_the_last_one_none_is_read_at_the_beginning():
    """The one above has two below it; read as a directory, the first bytes of a file have tags of any kind."""
    assert len(list(raws._directories(dng(RGB)))) == 3


def test_nothing_is_given_up_for_a_raw_nor_a_raw_for_anything():
    from lookalike.transforms.clustering.reclaiming import holds
    from lookalike.transforms.core.records import Node

    raw, jpeg = (
        Node(b"k", "u", b"c", b"p", 320, 240, 9, "", seen.format, True, 1, seen.samples)
        for seen in (decode(data, MOST).properties for data in (dng(RGB), encoded(RGB)))
    )
    assert not holds(raw, jpeg) and not holds(jpeg, raw) and holds(jpeg, jpeg)


def test_a_jpeg_xl_that_was_a_jpeg_is_that_jpeg():
    jpeg = encoded(draw_picture(12, 1000, 800), quality=90)
    found, before = decode(imagecodecs.jpegxl_encode_jpeg(jpeg), MOST), decode(jpeg, MOST)
    assert found.properties == before.properties._replace(format="JXL")
    assert np.array_equal(found.pixels, before.pixels) and found.pixels.shape[0] < 800  # decoded at a reduced size
    whole = decode(imagecodecs.jpegxl_encode(RGB, lossless=True), MOST).properties
    assert whole.pixel_hash == decode(saved(RGB, "PNG"), MOST).properties.pixel_hash


@pytest.mark.parametrize("size", [(8, 8), (256, 256), (257, 9), (40, 30), (600, 400), (320, 180), (30, 1000), (1, 1)])
def test_sizes_are_known_before_anything_is_decoded(size, monkeypatch):
    width, height = size
    for array in (np.zeros((height, width, 3), np.uint8), np.zeros((height, width), np.uint16)):
        data = imagecodecs.jpegxl_encode(array, lossless=True)
        assert jpegxl.header_of(data)[:3] == (width, height, 8 * array.dtype.itemsize)
        assert unwrap.declared_size(data) == size
        monkeypatch.setattr(jpegxl, "picture_of", lambda _: 1 / 0)
        if width * height > 1:
            with pytest.raises(TooLargeError, match=f"{width} x {height} px"):
                decode(data, width * height - 1)


@pytest.mark.parametrize("at", [2, 3, 6, 12, 40, 400])
def test_what_is_cut_off_or_damaged_is_a_failure(at):
    for whole in (imagecodecs.jpegxl_encode(RGB, lossless=True), imagecodecs.jpegxl_encode_jpeg(encoded(RGB))):
        with pytest.raises(UndecodableError):
            decode(whole[:at], MOST)
    raw = dng(RGB)
    for data in (raw[:at], raw[:8] + bytes(at), b"\0\0\0\x18ftypcrx isom" + bytes(at)):
        with pytest.raises(UndecodableError):
            decode(data, MOST)


def test_directories_that_lead_nowhere_are_no_raws():
    for where in (8, 1 << 31, 0):
        assert not raws.is_raw(struct.pack("<4sIH", b"II*\0", where, 60_000) + bytes(40))
    assert raws.is_raw(dng(RGB)) and not raws.is_raw(saved(RGB, "TIFF"))


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (imagecodecs.jpegxl_encode(RGB), "read where the extra `jxl` is installed"),
        (b"FUJIFILMCCD-RAW " + bytes(99), "read where the extra `raw` is installed"),
        (dng(RGB), "begins with a preview of another picture, as camera raws do"),
    ],
)
def test_without_the_extras_files_are_told_by_name(data, message, monkeypatch):
    for module in (unwrap, signatures):
        monkeypatch.setattr(module, "is_installed", lambda name: name not in ("JXL", "RAW"))
    with pytest.raises(UndecodableError, match=message):
        decode(data, MOST)
    assert signatures.format_of(data[:256]) in (None, "TIFF")
