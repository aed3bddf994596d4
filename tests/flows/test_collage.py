"""Collages and logos: what holds others makes no cluster of them, and no plan loses what no kept copy shows."""

import os

import cv2
import numpy as np
import pytest
from PIL import Image

from lookalike.pipelines.materialize.plan import Request, make
from tests.flows.test_audit import run, table
from tests.synthetic import draw_picture

pytestmark = pytest.mark.usefixtures("without_engine")


def letters(folder, logo, count):
    """Pages that have a logo in common, and below it a picture of their own and a line of text."""
    for number in range(count):
        page = np.full((600, 500, 3), 255, np.uint8)
        page[20 : 20 + logo.shape[0], 20 : 20 + logo.shape[1]] = logo
        page[300:580, 60:440] = draw_picture(7200 + number, 380, 280)
        cv2.putText(page, f"Letter {number}", (20, 290), cv2.FONT_HERSHEY_SIMPLEX, 0.8, (0, 0, 0), 2, cv2.LINE_AA)
        Image.fromarray(page).save(folder / f"letter{number}.png")


@pytest.fixture(scope="module")
def audited(tmp_path_factory):
    place = tmp_path_factory.mktemp("collage")
    images = place / "images"
    images.mkdir()
    pictures = [draw_picture(7000 + number, 320, 240) for number in range(8)]
    for number, pixels in enumerate(pictures):
        Image.fromarray(pixels).save(images / f"part{number}.png")
        # a copy that is shown whole
        Image.fromarray(pixels).resize((240, 180)).save(images / f"small{number}.jpg", quality=90)
    rows = [np.concatenate(pictures[at : at + 4], 1) for at in (0, 4)]
    Image.fromarray(np.concatenate(rows)).save(images / "collage.png")
    logo = draw_picture(7100, 320, 240)
    Image.fromarray(logo).save(images / "logo.png")
    letters(images, logo, 4)
    assert run("audit", images, "--output", place / "audit") == 0
    return place


SMALL = {f"small{number}.jpg" for number in range(8)}


def test_what_holds_others_glues_nothing_and_stays(audited):
    """Each picture stays with its copy; the collage goes with one of them, and one letter with the logo."""
    rows = table(audited / "audit", "clusters")
    clusters: dict[str, set[str]] = {}
    relation = {}
    for row in rows:
        name = os.path.basename(row["uri"])
        clusters.setdefault(os.path.basename(row["representative_uri"]), set()).add(name)
        relation[name] = row["relation"]
    assert {f"part{number}.png" for number in range(8)} < clusters.keys()
    for kept, members in clusters.items():
        assert len([name for name in members if name.startswith("part")]) == kept.startswith("part")
        assert len([name for name in members if name.startswith("letter")]) <= 1
    assert relation["collage.png"] == "whole"
    # the lossless logo is kept, and the letter holds it
    assert relation["logo.png"] == "same" and [relation[name] for name in clusters["logo.png"] - {"logo.png"}] == [
        "whole"
    ]
    assert {name for name, told in relation.items() if told == "same"} >= SMALL
    assert {os.path.basename(row["uri"]) for row in rows if row["reclaimable"]} == SMALL
    pairs = [row["relation"] for row in table(audited / "audit", "pairs")]
    assert pairs.count("part") + pairs.count("whole") >= 8 + 4  # the collage with all, the logo with all


@pytest.mark.parametrize("action", ["delete", "quarantine", "copy", "rename"])
def test_no_plan_loses_them(audited, action):
    to = str(audited / "to") if action in ("quarantine", "copy") else ""
    name = "{path}" if action == "delete" else "{index}{ext}"
    plan = make(str(audited / "audit"), Request(action, to, name))
    planned = {os.path.basename(uri) for uri in plan["source"].to_pylist()}
    if action in ("delete", "quarantine"):
        assert planned == SMALL
    else:
        assert planned == set(os.listdir(audited / "images")) - SMALL


def test_every_picture_of_a_contact_sheet_is_tied_to_it(tmp_path):
    """Each has a sixteenth of its area: too little for as many keypoints as one picture has."""
    images = tmp_path / "images"
    images.mkdir()
    sheet = np.full((4 * 270 + 30, 4 * 350 + 30, 3), 255, np.uint8)
    for number in range(16):
        pixels = draw_picture(7300 + number, 320, 240)
        Image.fromarray(pixels).save(images / f"{number}.png")
        top, left = 30 + number // 4 * 270, 30 + number % 4 * 350
        sheet[top : top + 240, left : left + 320] = pixels
    Image.fromarray(sheet).save(images / "sheet.jpg", quality=85)
    assert run("audit", images, "--output", tmp_path / "audit") == 0
    found = [
        {os.path.basename(row[end]) for end in ("uri_a", "uri_b")} - {"sheet.jpg"}
        for row in table(tmp_path / "audit", "pairs")
        if row["relation"] in ("part", "whole")
    ]
    assert sorted(int(name.removesuffix(".png")) for (name,) in found) == list(range(16))
    rows = {os.path.basename(row["uri"]): row for row in table(tmp_path / "audit", "fingerprints")}
    assert [name for name, row in rows.items() if row["panel_keypoints"]] == ["sheet.jpg"]
    width, height = rows["sheet.jpg"]["panels_width"], rows["sheet.jpg"]["panels_height"]
    assert width / height == pytest.approx(sheet.shape[1] / sheet.shape[0], rel=0.01)
    # nine times as many as of one picture at most
    assert 2000 < len(rows["sheet.jpg"]["panel_keypoints"]) / 22 <= 9 * 250 + 5
    assert rows["sheet.jpg"]["keypoint_count"] <= 250
