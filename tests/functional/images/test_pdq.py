import io

import numpy as np
import pdqhash
import pytest
from PIL import Image

from lookalike.transforms.functional.images.pdq import MOST, pdq_of
from lookalike.transforms.functional.lsh.hashes import HashList
from lookalike.transforms.ingest.known_hashes import read_known
from lookalike.transforms.ingest.selection.errors import InputError
from tests.synthetic import EDITS, draw_picture, encoded


@pytest.mark.parametrize("first", range(0, 110, 11))
def test_hashes_are_those_of_the_reference(first):
    names = sorted(EDITS)
    for seed in range(first, first + 11):
        picture = draw_picture(seed, 120 + 17 * (seed % 9), 90 + 13 * (seed % 7))
        edited = EDITS[names[seed % len(names)]](Image.fromarray(picture))
        data = encoded(np.asarray(edited), ("JPEG", "PNG", "WEBP")[seed % 3])
        bits, quality = pdqhash.compute(np.asarray(Image.open(io.BytesIO(data)).convert("RGB")))
        found = pdq_of(data)
        assert found.hash.hex() == f"{int(''.join(map(str, bits.tolist())), 2):064x}" and found.quality == quality


def test_orientation_is_as_stored_and_transparency_is_ignored():
    picture = Image.fromarray(draw_picture(3, 200, 150))
    exif = Image.Exif()
    exif[0x0112] = 6
    turned, clear = io.BytesIO(), io.BytesIO()
    picture.save(turned, "PNG", exif=exif)
    picture.putalpha(Image.fromarray(np.tile(np.arange(200, dtype=np.uint8), (150, 1))))
    picture.save(clear, "PNG")
    assert pdq_of(turned.getvalue()) == pdq_of(clear.getvalue()) == pdq_of(encoded(draw_picture(3, 200, 150), "PNG"))


BRIDGE = "f8f8f0cee0f4a84f06370a22038f63f0b36e2ed596621e1d33e6b39c4e9c9b22"
"""The hash of the first picture of PDQ's regression tests, as its authors publish it; the picture is not at hand."""
TURNED = {
    "upside down": ("f8f80f31e0f417b20e37f5cd028f980fb36ed02a9662c1e233e64c634e9c64dd", "0000ffff"),
    "mirrored": ("0dad2599b1a1bd1a5362576742da32a5e63b7380c2374b4866b366c91bc9ce77", "55555555"),
    "half a turn": ("adad5a64b5a142e75b62a09857da895ae63b847fc23794b766b319361bc93188", "5555aaaa"),
}
"""The same of that picture turned, and which bits of two rows of 16 frequencies change their sign by that."""
EDITED = (
    "f8f8f0cee0f4a84f06370a2a038f63f0b36e26d596621e1d33e6b39c4e9c9b22",
    "f8f8f0cee0f4a84f0e370a22038f67f0b36e2ed596221e1d33e6b39c4a9c9b22",
    "d8f8f0cec0f4a84f8e370a22038f67f0b36a2ed597231e1d72e6b39c4a9c9b22",
    "d8f8f0cec4f4a84f0637022a078f67f0b36e2ee5b6621e1d33e6239c4e9c9b22",
)
"""The same of edits of it: blurred, brighter and the like."""
OTHERS = (
    "e64cc9d91c623882f8d1f1d9a398e78c9f199b3bd83924f2b7e11e0bf861b064",
    "c186f9619659658c4b6916daf934496985f4259c72c39676ab9edb631c3c349c",
)
"""Published hashes of other pictures."""


def bits_apart(one, other):
    return (int(one, 16) ^ int(other, 16)).bit_count()


@pytest.mark.parametrize("way", TURNED)
def test_the_order_of_bits_is_that_of_published_hashes(way):
    """Where a picture is turned, the sign of every other frequency changes: of the published hashes and of ours, the
    same bits in the same places, but for a few that lie at the threshold.
    """
    published, signs = TURNED[way]
    assert bits_apart(f"{int(BRIDGE, 16) ^ int(signs * 8, 16):064x}", published) <= MOST
    for seed in range(5):
        picture = draw_picture(seed, 300, 220)
        turned = {"upside down": picture[::-1], "mirrored": picture[:, ::-1], "half a turn": picture[::-1, ::-1]}[way]
        own, of_turned = (pdq_of(encoded(np.ascontiguousarray(one), "PNG")).hash.hex() for one in (picture, turned))
        assert bits_apart(f"{int(own, 16) ^ int(signs * 8, 16):064x}", of_turned) <= MOST


def test_published_edits_are_known_and_other_pictures_are_not(tmp_path):
    (tmp_path / "list.txt").write_text("".join(f"{line}\n" for line in (*OTHERS, BRIDGE.upper())))
    known = read_known(str(tmp_path / "list.txt"))
    hashes = [one.tobytes().hex() for one in known.hashes]
    assert sorted(hashes) == sorted([*OTHERS, BRIDGE])
    asked = np.frombuffer(bytes.fromhex("".join((*EDITED, TURNED["mirrored"][0]))), np.uint8).reshape(-1, 32)
    found = HashList(known.hashes).within(asked, MOST)
    assert found.pairs.tolist() == [[number, hashes.index(BRIDGE)] for number in range(len(EDITED))]
    assert found.distance.tolist() == [bits_apart(BRIDGE, one) for one in EDITED] == [2, 4, 12, 12]


def test_a_header_may_follow_remarks(tmp_path):
    lines = ("# an export", "", "indicator,type", f"{BRIDGE},HASH_PDQ", f"{OTHERS[0]},HASH_MD5")
    (tmp_path / "list.csv").write_text("".join(f"{line}\n" for line in lines))
    assert [one.tobytes().hex() for one in read_known(str(tmp_path / "list.csv")).hashes] == [BRIDGE]


@pytest.mark.parametrize("header", [None, "sha256,hash", "sha256,pdq"])
def test_of_several_long_values_only_one_that_is_called_so_is_a_hash(tmp_path, header):
    lines = [*([header] if header else []), f"{OTHERS[0]},{BRIDGE}"]
    (tmp_path / "list.csv").write_text("".join(f"{line}\n" for line in lines))
    if header == "sha256,pdq":
        assert [one.tobytes().hex() for one in read_known(str(tmp_path / "list.csv")).hashes] == [BRIDGE]
    else:
        with pytest.raises(InputError, match=f"line {len(lines)} of .*list.csv has 2 values of 64 hex digits"):
            read_known(str(tmp_path / "list.csv"))


def test_pictures_without_structure_have_no_quality():
    """As it is published: none where a picture is smaller than 5 pixels, or flat."""
    assert pdq_of(encoded(draw_picture(1, 60, 60)[:4, :4], "PNG")) == (bytes(32), 0)
    assert pdq_of(encoded(np.full((90, 120, 3), 77, np.uint8), "PNG")).quality == 0
