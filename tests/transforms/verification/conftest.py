"""Pictures and copies of them."""

import numpy as np
import pytest

from lookalike.transforms.core.keys import key_of
from lookalike.transforms.core.records import NOTHING_VANISHED, Chunk, Features, Source
from lookalike.transforms.core.settings.sketch import SketchSettings
from lookalike.transforms.decoding.read_images import ReadImages, _Read
from lookalike.transforms.fingerprinting.sketch import sketch
from tests.synthetic import draw_picture, encoded

PICTURES = 12


@pytest.fixture(scope="package")
def features(tmp_path_factory):
    """Of pictures and of copies of them, in order of key."""
    place = tmp_path_factory.mktemp("pictures")
    sources = []
    for number in range(PICTURES):
        path = place / f"{number}.jpg"
        path.write_bytes(encoded(draw_picture(number // 2, 160, 120), quality=95 - number))
        sources.append(Source(str(path), path.stat().st_size, "", ""))
    reader = _Read(ReadImages())
    reader.setup()
    (chunk,) = reader.process(Chunk(0, "", 0, sources, NOTHING_VANISHED, [], [], [], [], None, []))
    found = []
    for image in chunk.images:
        made = sketch(image, SketchSettings())
        vector = np.zeros(4, np.float16)
        size = image.properties.width, image.properties.height
        key = key_of(image.source.uri.rpartition("/")[2])  # the same order wherever they lie
        local = made.keypoints, made.panels, made.thumbnail
        found.append(Features(key, image.properties.pixel_hash[:8], *size, vector, *local))
    return sorted(found, key=lambda f: f.key)
