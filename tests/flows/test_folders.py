"""Which folder is contained in which: exact and smaller copies, however the trees are divided."""

import json

import pytest

import lookalike
from lookalike.errors import OutputError
from tests.flows.test_audit import run, table
from tests.results import whole
from tests.synthetic import draw_picture, encoded

pytestmark = pytest.mark.usefixtures("without_engine")

PICTURES = 9


@pytest.fixture(scope="module")
def archive(tmp_path_factory):
    """photos: all pictures, by year. phone: all but one of them again, flat, and one in halves; web: three, smaller."""
    place = tmp_path_factory.mktemp("archive") / "images"
    for number in range(PICTURES):
        pixels = draw_picture(number, 240, 180)
        data = encoded(pixels, quality=95)
        files = {f"photos/{2000 + number % 2}/{number}.jpg": data}
        if number:
            files[f"phone/dcim/{number}.jpg"] = data
        if number < 3:
            files[f"web/{number}.jpg"] = encoded(pixels[::2, ::2].copy(), quality=85)
        for name, content in files.items():
            (place / name).parent.mkdir(parents=True, exist_ok=True)
            (place / name).write_bytes(content)
    (place / "web" / "own.jpg").write_bytes(encoded(draw_picture(77, 240, 180)))
    output = place.parent / "out"
    assert run("audit", place, "--set", "output.folders=true", "--output", output) == 0
    return place, output


def test_trees_are_found_in_trees(archive):
    place, output = archive
    found = {}
    for row in table(output, "folders"):
        assert row["share"] == row["copies"] / row["images"] >= 0.5
        names = (row[column].removeprefix(f"{place}/") for column in ("folder", "contained_in"))
        found[tuple(names)] = (row["images"], row["images_there"], row["copies"], row["exact_copies"])
    assert found[("phone/dcim", "photos")] == (8, 9, 8, 8) == found[("phone", "photos")]
    assert found[("photos", "phone/dcim")] == (9, 8, 8, 8)
    assert found[("photos/2000", "phone/dcim")] == (5, 8, 4, 4) and found[("photos/2001", "phone/dcim")] == (4, 8, 4, 4)
    assert found[("phone/dcim", "photos/2000")] == (8, 5, 4, 4) == found[("phone", "photos/2000")]
    assert found[("web", "photos")] == (4, 9, 3, 0) and found[("web", "phone/dcim")] == (4, 8, 2, 0)
    assert found[("web", "photos/2000")] == (4, 5, 2, 0)
    # the innermost of those that hold the same, and nothing below the share
    assert ("photos", "phone") not in found and ("photos", "web") not in found
    assert whole(output)


def test_the_report_says_it_once_and_a_match_can_ask_for_it_later(archive):
    place, output = archive
    page = (output / "report.html").read_text()
    assert page.count("<h2>Folders</h2>") == 1
    assert f"<td>{place}/phone</td><td>{place}/photos</td><td>100.0%</td>" in page
    assert f"<td>{place}/phone/dcim</td><td>{place}/photos</td>" not in page
    first = table(output, "folders")
    assert run("match", output) == 0
    assert "folders" not in json.loads((output / "audit.json").read_text())["parts"]
    with pytest.raises(OutputError, match=r"was made without output\.folders"):
        len(lookalike.Audit.open(output).folders)
    assert "Folders</h2>" not in (output / "report.html").read_text()
    assert run("match", output, "--set", "output.folders=true", "--set", "output.folder_share=0.9") == 0
    assert table(output, "folders") == [row for row in first if row["share"] >= 0.9]
    assert len(lookalike.Audit.open(output).folders) > 0
