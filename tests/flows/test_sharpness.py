"""An audit keeps the sharp original of each photograph, whatever was made of it."""

import pytest
from PIL import Image, ImageFilter

from tests.flows.test_audit import run, table
from tests.synthetic import saved

pytestmark = pytest.mark.usefixtures("without_engine")


def test_worn_copies_do_not_take_the_place_of_their_original(photographs, tmp_path):
    place = tmp_path / "images"
    place.mkdir()
    for number, photograph in enumerate(photographs):
        original = Image.fromarray(photograph)
        poor = Image.open(_file(place / f"{number}-poor.jpg", saved(original, "JPEG", quality=25)))
        size = (2 * original.width, 2 * original.height)
        _file(place / f"{number}.jpg", saved(original, "JPEG", quality=92))
        _file(place / f"{number}-poor.png", saved(poor))
        _file(place / f"{number}-blurred.png", saved(original.filter(ImageFilter.GaussianBlur(1))))
        _file(place / f"{number}-doubled.png", saved(original.resize(size, Image.Resampling.BICUBIC)))
        half = original.resize((original.width // 2, original.height // 2), Image.Resampling.LANCZOS)
        _file(place / f"{number}-half.jpg", saved(half, "JPEG", quality=80))
    assert run("audit", place, "--output", tmp_path / "out") == 0
    rows = {row["uri"].rsplit("/", 1)[1]: row for row in table(tmp_path / "out", "clusters")}
    for number in range(len(photographs)):
        assert rows[f"{number}.jpg"]["is_representative"], rows
        gone = [name for name, row in rows.items() if name[0] == str(number) and row["reclaimable"]]
        assert gone == [f"{number}-half.jpg", f"{number}-poor.jpg"]


def _file(path, data):
    path.write_bytes(data)
    return path
