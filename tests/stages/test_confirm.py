"""What a worker keeps of the pictures that it compares: bounded, and without effect on what it finds."""

import numpy as np
import pytest

from tests.synthetic import draw_picture, encoded
from transforms.confirm import Comparison, ConfirmPairs, Recent, subjects
from transforms.functional.screening import Proposals
from transforms.images import ReadImages, _Read
from transforms.records import RECORD
from transforms.schemas import NOTHING_VANISHED, Chunk, Features, Source, key_of
from transforms.sketch import SketchImages, sketch

PICTURES = 12


@pytest.fixture(scope="module")
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
    stage = SketchImages()
    found = []
    for image in chunk.images:
        made = sketch(image, stage.keypoints, stage.permutations, stage.seed, stage.thumbnail_quality)
        vector = np.zeros(4, np.float16)
        size = image.width, image.height
        key = key_of(image.source.uri)
        found.append(Features(key, image.pixel_hash[:8], *size, vector, made.keypoints, made.thumbnail))
    return sorted(found, key=lambda f: f.key)


def every_pair():
    pairs = np.stack(np.triu_indices(PICTURES, 1), 1)
    return Proposals(pairs, np.full(len(pairs), -1), np.ones(len(pairs), bool))


def test_pictures_compared_long_ago_forget_what_was_made_of_them(features, monkeypatch):
    everything = Comparison(subjects(features), ConfirmPairs()).records(every_pair(), np.zeros(0, RECORD))
    assert everything["confirmed"].sum() == PICTURES // 2
    few = Comparison(subjects(features), ConfirmPairs(), Recent(3))
    most = 0
    real = few._align

    def align(*given):
        nonlocal most
        real(*given)
        most = max(most, sum("view" in image.picture.__dict__ for image in few.images))

    monkeypatch.setattr(few, "_align", align)
    assert (few.records(every_pair(), np.zeros(0, RECORD)) == everything).all()
    assert most == 3


def test_what_is_kept_is_kept_across_groups(features):
    """One bound for a worker, whatever it compares one after another."""
    recent, images = Recent(4), subjects(features)
    for first in range(0, PICTURES, 4):
        group = Comparison(images[first : first + 4], ConfirmPairs(), recent)
        pairs = np.stack(np.triu_indices(4, 1), 1)
        group.records(Proposals(pairs, np.full(6, -1), np.ones(6, bool)), np.zeros(0, RECORD))
    made = ["view" in image.picture.__dict__ for image in images]
    assert made == [False] * (PICTURES - 4) + [True] * 4
    assert not any(name in images[0].picture.__dict__ for name in ("keypoints", "shingles", "view", "grey", "small"))
