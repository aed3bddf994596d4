"""What one hostile or damaged file can do: fail, by name, at no cost."""

import io
import os
import re
import struct
import subprocess
import sys
import zlib
from pathlib import Path

import cv2
import numpy as np
import pytest
import tifffile
from PIL import Image, ImageFile

from lookalike.transforms.functional.images.decode import TooLargeError, UndecodableError, decode
from lookalike.transforms.functional.images.formats import formats, limits, tiff
from tests.functional.images.test_decode import PICTURE, bomb
from tests.synthetic import draw_picture, encoded

MOST = 200_000_000
ROOT = Path(__file__).parents[3]


def icon(png):
    """An ICO that says it is 16 x 16 px, around a PNG."""
    return struct.pack("<HHHBBBBHHII", 0, 1, 1, 16, 16, 0, 0, 1, 32, len(png), 22) + png


def icns(png):
    return b"icns" + struct.pack(">I", 16 + len(png)) + b"ic07" + struct.pack(">I", 8 + len(png)) + png


def huge_gif():
    """82 bytes of a canvas of 4.3 gigapixels."""
    head = b"GIF89a" + struct.pack("<HHBBB", 65407, 65535, 0x80, 0, 0) + b"\0\0\0\xff\xff\xff"
    dispose = b"!\xf9\x04" + bytes([8, 10, 0, 0, 0])
    return head + dispose + b"," + struct.pack("<HHHHB", 0, 0, 65407, 65535, 0) + b"\x02\x02D\x01\0;"


@pytest.mark.parametrize(
    "data",
    [bomb(20_000, 20_000), icon(bomb(20_000, 20_000)), icns(bomb(20_000, 20_000)), huge_gif()],
    ids=["png", "png in an ico", "png in an icns", "gif"],
)
def test_bombs_are_refused_before_memory_is_spent(data):
    def peak():
        return int(re.search(r"VmHWM:\s+(\d+)", Path("/proc/self/status").read_text())[1])

    before = peak()
    with pytest.raises(TooLargeError, match=r"px are more than the limit of 200,000,000 px \(read.max_pixels\)"):
        decode(data, MOST)
    assert peak() - before < 100_000  # kB


def test_the_limit_is_pillows_own_only_while_a_file_is_decoded():
    before = Image.MAX_IMAGE_PIXELS
    with limits.pixel_limit(1000), limits.pixel_limit(1000):
        assert Image.MAX_IMAGE_PIXELS == 500
    assert before == Image.MAX_IMAGE_PIXELS
    with pytest.raises(TooLargeError):
        decode(encoded(PICTURE, "PNG"), 100)
    assert before == Image.MAX_IMAGE_PIXELS
    assert not ImageFile.LOAD_TRUNCATED_IMAGES


def many_scans(scans):
    data = encoded(PICTURE, "JPEG", progressive=True)
    last = data.rindex(b"\xff\xda")
    return data[:-2] + data[last:-2] * scans + b"\xff\xd9"


def test_jpegs_of_too_many_scans_are_refused():
    with pytest.raises(UndecodableError, match=r"a JPEG of 3.. scans, more than the limit of 100"):
        decode(many_scans(300), MOST)
    assert decode(many_scans(2), MOST).properties.format == "JPEG"


POSTSCRIPT = b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n%%EndComments\n{ } loop\nshowpage\n%%EOF\n"


def test_no_file_starts_a_program(monkeypatch):
    def started(*arguments, **more):
        raise AssertionError(f"started {arguments}")

    for name in ("Popen", "run", "call", "check_call", "check_output"):
        monkeypatch.setattr(subprocess, name, started)
    with pytest.raises(UndecodableError, match=r"an EPS or PostScript file; refused, because .* run a program"):
        decode(POSTSCRIPT, MOST)


def test_only_allowed_formats_are_registered():
    """In a process of its own: whatever else imports Pillow's other plug-ins, they are not asked."""
    code = (
        "from lookalike.transforms.functional.images.formats import formats; from PIL import Image; Image.init();"
        f"assert 'EPS' in Image.OPEN; formats.open_image({POSTSCRIPT!r})"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT)
    assert done.returncode == 1 and "UndecodableError: an EPS" in done.stderr
    assert set(formats.OPENED) <= set(Image.OPEN)


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"hello, I am text", "^not an image in any known format"),
        (b"%PDF-1.7", "^a PDF file"),
        (b"\xff\x0a\xfa\x1f", "^a JPEG XL file"),
        (b"\0\0\0\x18ftypcrx isom", "^a camera raw file"),
        (b"\x89PNG\r\n\x1a\n", "^PNG: "),
        (b"II*\0\x08\0\0\0" + bytes(20), "^TIFF: "),
        (b"RIFF\x10\0\0\0WEBPVP8 " + bytes(20), "^WEBP: "),
        (b"DDS " + struct.pack("<I", 124) + bytes(120), "DDS"),
    ],
)
def test_messages_say_what_the_file_is(data, message):
    with pytest.raises(UndecodableError, match=message):
        decode(data, MOST)


def strip_of(**tags):
    """A page as libtiff writes it, and the place of the values of its tags (all of them short or long)."""
    buffer = io.BytesIO()
    Image.fromarray(draw_picture(3, 512, 16)).save(buffer, "TIFF", compression="jpeg", **tags)
    return bytearray(buffer.getvalue())


def jpeg_of_fewer_rows():
    """16 rows in a TIFF that says 384: the decoder fills the first, and says nothing of the others."""
    data = strip_of()
    (offset,) = struct.unpack_from("<I", data, 4)
    for entry in range(struct.unpack_from("<H", data, offset)[0]):
        at = offset + 2 + 12 * entry
        if struct.unpack_from("<H", data, at)[0] in (257, 278):
            struct.pack_into("<HII", data, at + 2, 4, 1, 384)
    return bytes(data)


def damaged_fax():
    buffer = io.BytesIO()
    grey = Image.fromarray(draw_picture(3, 800, 600)).convert("1")
    grey.save(buffer, "TIFF", compression="group4")
    data = bytearray(buffer.getvalue())
    at = next(i for i in range(300, len(data)) if data[i : i + 4] != bytes(4))
    data[at + 2000 : at + 2100] = bytes(100)
    return bytes(data)


def short_lzw():
    buffer = io.BytesIO()
    Image.fromarray(PICTURE).save(buffer, "TIFF", compression="tiff_lzw")
    data = bytearray(buffer.getvalue())
    with tifffile.TiffFile(io.BytesIO(bytes(data))) as file:
        start = file.pages[0].dataoffsets[0]
    data[start + 500 : start + 510] = b"\xff" * 10
    return bytes(data)


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (jpeg_of_fewer_rows(), "damaged TIFF"),
        (damaged_fax(), "libtiff: Fax4|damaged"),
        (short_lzw(), "libtiff: Using code not yet in table"),
    ],
    ids=["jpeg", "fax", "lzw"],
)
def test_damaged_tiffs_fail_and_show_nothing_of_memory(data, message, capfd):
    with pytest.raises(UndecodableError, match=message):
        decode(data, MOST)
    assert not capfd.readouterr().err  # it belongs to the message


def test_sound_faxes_and_jpegs_in_tiffs_are_read():
    for mode, compression in (("1", "group4"), ("1", "group3"), ("1", "tiff_ccitt"), ("RGB", "jpeg")):
        buffer = io.BytesIO()
        image = Image.fromarray(PICTURE).convert(mode)
        image.save(buffer, "TIFF", compression=compression)
        found = decode(buffer.getvalue(), MOST).pixels
        assert np.abs(found.astype(int) - np.asarray(image.convert("RGB"))).mean() < (1 if mode == "1" else 12)


def test_other_threads_and_messages_are_left_alone(capfd):
    with tiff.reports():
        print("WARNING: a line of another thread's.", file=sys.stderr, flush=True)
    assert capfd.readouterr().err == "WARNING: a line of another thread's.\n"
    with pytest.raises(UndecodableError, match="libtiff: Fax3D: one of many"), tiff.reports():
        for _ in range(9_999):
            os.write(2, b"Fax3D: one of many.\n")
    with pytest.raises(ZeroDivisionError), tiff.reports():
        1 / 0  # noqa: B018


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "GIF", "WEBP", "TIFF", "BMP", "AVIF"])
def test_truncated_files_fail(kind):
    data = encoded(draw_picture(2, 300, 200), kind)
    with pytest.raises(UndecodableError):
        decode(data[: len(data) * 2 // 3], MOST)


def test_a_truncated_animation_fails_though_its_first_frame_is_whole():
    frames = [Image.fromarray(draw_picture(seed, 60, 40)) for seed in range(3)]
    buffer = io.BytesIO()
    frames[0].save(buffer, "GIF", save_all=True, append_images=frames[1:])
    with pytest.raises(UndecodableError):
        decode(buffer.getvalue()[:-800], MOST)


def test_damage_in_colours_of_16_bits_is_not_missed():
    """Though OpenCV reads their lower bytes."""
    values = np.random.default_rng(0).integers(0, 65536, (60, 80, 3), np.uint16)
    sound = bytearray(cv2.imencode(".png", values)[1].tobytes())
    assert decode(bytes(sound), MOST).properties.frames == 1
    found = set()
    for place in range(2000, len(sound) - 500, 2003):
        damaged = bytearray(sound)
        damaged[place : place + 40] = bytes(40)
        try:
            found.add(decode(bytes(damaged), MOST).properties.pixel_hash)
        except UndecodableError:
            found.add(b"failed")
    assert found == {b"failed"}


def planar():
    buffer = io.BytesIO()
    array = np.moveaxis(PICTURE, 2, 0).astype(np.uint16) * 99
    tifffile.imwrite(buffer, array, photometric="rgb", planarconfig="separate")
    return buffer.getvalue()


def preview():
    buffer = io.BytesIO()
    tifffile.imwrite(buffer, PICTURE, photometric="rgb", subfiletype=1)
    return buffer.getvalue()


def clean_aperture():
    """An AVIF with a property more, that says what to cut, behind the others."""
    data = encoded(PICTURE, "AVIF")
    box = b"\0\0\0\x28clap" + struct.pack(">8I", 60, 1, 40, 1, 0, 1, 0, 1)
    start = data.index(b"ipco") - 4
    at = start + struct.unpack_from(">I", data, start)[0]
    out = bytearray(data[:at] + box + data[at:])
    for name in (b"ipco", b"iprp", b"meta"):
        place = out.index(name) - 4
        struct.pack_into(">I", out, place, struct.unpack_from(">I", out, place)[0] + len(box))
    assert Image.open(io.BytesIO(bytes(out))).size == (120, 80)  # uncut
    return bytes(out)


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (planar(), "a TIFF of 16 bits in separate planes, which is not read"),
        (preview(), "a TIFF that begins with a preview"),
        (clean_aperture(), "clean aperture"),
        (icon(b"\x89PNG\r\n\x1a\n" + zlib.compress(b"no png")), "^ICO: "),
    ],
    ids=["planar", "raw", "clap", "icon"],
)
def test_what_would_be_read_wrong_is_refused_by_name(data, message):
    with pytest.raises(UndecodableError, match=message):
        decode(data, MOST)


def rle4(width, height, indices):
    """A BMP of 4-bit indices: of each row five as they are, the next in runs of pairs, the last in a run of one."""
    palette = bytes(v for i in range(16) for v in (i * 16, 255 - i * 16, (i * 48) % 256, 0))
    body = b""
    for row in indices[::-1]:
        a, b, c, d, e = row[:5]
        body += bytes([0, 5, a << 4 | b, c << 4 | d, e << 4, 0])  # padded to 16 bits
        body += b"".join(bytes([2, x << 4 | y]) for x, y in zip(row[5:-1:2], row[6:-1:2], strict=True))
        body += bytes([1, row[-1] << 4]) + b"\0\0"
    body += b"\0\1"
    start = 14 + 40 + len(palette)
    head = struct.pack("<2sIHHI", b"BM", start + len(body), 0, 0, start)
    info = struct.pack("<IiiHHIIiiII", 40, width, height, 1, 4, 2, len(body), 0, 0, 16, 16)
    colours = np.frombuffer(palette, np.uint8).reshape(16, 4)[:, 2::-1]
    return head + info + palette + body, colours[np.array(indices)]


def test_bmp_in_runs_of_4_bits_is_read_right():
    indices = np.random.default_rng(0).integers(0, 16, (16, 22)).tolist()
    data, expected = rle4(22, 16, indices)
    assert (decode(data, MOST).pixels == expected).all()


def twelve_bits(values):
    """(h, w) of an even width -> a TIFF of 12 bits a value."""
    height, width = values.shape
    bits = np.unpackbits(values.astype(">u2").view(np.uint8).reshape(height, width, 2), axis=2)[..., 4:]
    strip = np.packbits(bits.reshape(-1)).tobytes()
    tags = [(256, width), (257, height), (258, 12), (259, 1), (262, 1), (273, 8), (277, 1), (278, height)]
    tags.append((279, len(strip)))
    entries = b"".join(struct.pack("<HHII", tag, 4, 1, value) for tag, value in tags)
    return b"II*\0" + struct.pack("<I", 8 + len(strip)) + strip + struct.pack("<H", len(tags)) + entries + bytes(4)


def test_12_bit_grey_is_not_black():
    values = np.tile(np.linspace(0, 4095, 64).astype(np.uint16), (32, 1))
    found = decode(twelve_bits(values), MOST).pixels
    assert np.abs(found[..., 0] - np.linspace(0, 255, 64)).max() <= 1
