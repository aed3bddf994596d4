"""What a file begins with: every format of docs/reference/formats.md is told, and no other file is taken for one."""

import struct

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from PIL import Image

from lookalike.transforms.functional.images.formats.opened import EXTRAS, OPENED
from lookalike.transforms.functional.images.formats.signatures import LOOKED_AT, SIGNATURES, format_of
from tests.functional.images.test_formats import READ, REFUSED, cursor, jpeg, tga
from tests.functional.images.test_formats import RGB as PICTURE
from tests.synthetic import saved

NAMES = {"WebP": "WEBP", "HEIC": "HEIF", "JPEG 2000": "JPEG2000", "PNM": "PPM", "JPEG XL": "JXL"}
"""Of the document's formats, where Pillow calls them otherwise."""


def told(data):
    return [name for name, begins in SIGNATURES.items() if begins(data[:LOOKED_AT])]


@pytest.mark.parametrize("row", [row for row in READ if row[0] != "TGA"], ids=": ".join)
def test_every_format_that_is_read_is_told(row):
    name = "TIFF" if "DNG" in row[1] else NAMES.get(row[0], row[0])
    assert told(READ[row].data) == [name]
    assert name in EXTRAS or row == ("ICO", "a cursor (CUR)") or Image.OPEN[name][1](READ[row].data[:16])


def test_headers_that_stand_alone_and_tga():
    assert told(saved(PICTURE, "BMP")[14:]) == ["DIB"]
    assert told(b"P6\n# Created by GIMP version 2.10.8 PNM plug-in\n640 480\n255\n") == ["PPM"]
    assert told(tga(PICTURE)) == [] and {*SIGNATURES, "TGA"} == {*OPENED, *EXTRAS}


OTHERS = [
    b"", b"\0" * LOOKED_AT, b"\xff" * LOOKED_AT, b"BMW is a maker of cars, " * 9, b"P1 is urgent\n" * 20,
    b"Python 3.12\n", b"P6 of 7 teams\n", b"\n\0\1\10" + b"\0" * 200, b"II", b"RIFF\0\0\0\0WAVEfmt " + b"\0" * 99,
    b"\x7fELF\2\1\1",
    b"\0\0\0\x18ftypmp42\0\0\0\0isommp42", b"\0\0\0\x14ftypqt  ", b"\0\1\0\0\0\x0f\0\x80", b"\x28\0\0\0" + b"\1" * 200,
    struct.pack("<HHH", 0, 1, 1) + b"\0" * 99, b"\x01\xda" + b"\7" * 99, b"8BPS\0\2" + b"\0" * 40, b"qoif" + b"\0" * 30,
    b"SQLite format 3\0", b"PK\3\4", b"icns", b"%!PS", b"\x1f\x8b\x08", b"GIF8", b"<?xml version='1.0'?>",
    b"\xef\xbb\xbfBM",
]  # fmt: skip


@pytest.mark.parametrize("data", OTHERS)
def test_what_is_something_else(data):
    assert format_of(data) is None


@pytest.mark.parametrize(
    "row", [row for row in REFUSED if row[0] not in ("TIFF", "AVIF", "PSD", "RAW", "JPEG XL")], ids=": ".join
)
def test_what_is_not_opened_is_not_looked_for(row):
    assert format_of(REFUSED[row][:LOOKED_AT]) is None


@pytest.mark.parametrize(
    "data",
    [b"II*\0\x10\0\0\0CR\2\0", b"\0\0\0\x18ftypcrx isom", b"FUJIFILMCCD-RAW 0201", b"IIRO\x08\0\0\0", b"IIU\0\x08\0"],
)
def test_camera_raws_that_are_no_tiff_are_told(data):
    assert told(data) == ["RAW"]


@given(
    st.binary(max_size=LOOKED_AT),
    st.sampled_from([jpeg(PICTURE), cursor(), saved(PICTURE, "BMP"), saved(PICTURE, "PCX")]),
)
@example(b"", cursor())
def test_any_bytes_can_be_asked_about(data, whole):
    for start in (data, whole[: len(data)], whole[: len(data)] + data):
        assert format_of(start[:LOOKED_AT]) in (None, *SIGNATURES)
