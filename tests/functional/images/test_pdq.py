import io

import numpy as np
import pdqhash
import pytest
from PIL import Image

from lookalike.transforms.functional.images.pdq import pdq_of
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
