"""Look-alikes made from photographs: drawn the same every time, never the same picture twice, and told by hand."""

import itertools

import cv2
import numpy as np
import pytest
from PIL import Image

from lookalike.pipelines.training.kinds import scenes
from lookalike.pipelines.training.kinds.scenery.depth import seen_from
from lookalike.pipelines.training.kinds.scenery.overlaps import panned
from lookalike.pipelines.training.kinds.scenery.real import real_views
from lookalike.pipelines.training.kinds.scenery.shots import exposed, told_apart, visible_share
from lookalike.pipelines.training.kinds.scenes import SCENES
from lookalike.transforms.functional.drawing.procedural import draw_picture

PHOTOGRAPHS = [Image.fromarray(draw_picture(seed, 320, 240)) for seed in range(40, 48)]
SHEET = Image.new("RGB", (320, 240), (250, 250, 250))


def aligned(a, b):
    """b laid on a by the plane that most of its keypoints follow; b as it is where there are too few."""
    sift = cv2.SIFT.create(800)
    (points_a, a_words), (points_b, b_words) = (sift.detectAndCompute(p, None) for p in (a, b))
    if a_words is None or b_words is None or min(len(a_words), len(b_words)) < 8:
        return b
    matches = cv2.BFMatcher(crossCheck=True).match(b_words, a_words)
    source = np.float32([points_b[match.queryIdx].pt for match in matches])
    target = np.float32([points_a[match.trainIdx].pt for match in matches])
    plane = cv2.findHomography(source, target, cv2.RANSAC, 3.0)[0] if len(matches) >= 8 else None
    if plane is None:
        return b
    moved = cv2.warpPerspective(b, plane, a.shape[1::-1])
    there = cv2.warpPerspective(np.full(b.shape[:2], 255, np.uint8), plane, a.shape[1::-1]) == 255
    return np.where(there[..., None], moved, a)


@pytest.mark.parametrize("name", SCENES)
def test_a_scene_is_drawn_the_same_every_time_and_its_pictures_are_told_apart(name):
    relation, scene = SCENES[name]
    assert relation in {"", "overlap", "variant", "view"}
    drawn = [scene(np.random.default_rng(7), PHOTOGRAPHS[0], PHOTOGRAPHS[1:]) for _ in range(2)]
    assert 2 <= len(drawn[0]) <= 4 and all(picture.mode == "RGB" for picture in drawn[0])
    assert [picture.tobytes() for picture in drawn[0]] == [picture.tobytes() for picture in drawn[1]]
    assert told_apart([np.asarray(picture) for picture in drawn[0]])


@pytest.mark.parametrize("name", [name for name, (relation, _) in SCENES.items() if relation == "view"])
def test_another_shot_differs_by_more_than_the_camera_s_move(name):
    pictures = SCENES[name][1](np.random.default_rng(11), PHOTOGRAPHS[2], PHOTOGRAPHS[3:])
    for a, b in itertools.combinations([np.asarray(picture) for picture in pictures], 2):
        assert visible_share(a, aligned(a, b)) > 0.001


@pytest.mark.parametrize("name", ["step_aside", "two_crops", "alive", "apart_on_one"])
def test_where_a_photograph_is_a_blank_sheet_one_is_drawn_in_its_place(name):
    pictures = SCENES[name][1](np.random.default_rng(1), SHEET, PHOTOGRAPHS)
    assert told_apart([np.asarray(picture) for picture in pictures])


def test_a_scene_without_other_photographs_and_one_that_never_changes_are_refused():
    with pytest.raises(ValueError, match="other photographs"):
        SCENES["burst"][1](np.random.default_rng(1), PHOTOGRAPHS[0], [])
    still = scenes._scene(lambda rng, photograph, others: [np.asarray(photograph)] * 2, True)
    with pytest.raises(ValueError, match="told apart"):
        still(np.random.default_rng(1), PHOTOGRAPHS[0], PHOTOGRAPHS)


def test_noise_is_not_told_apart_and_a_spot_is():
    pixels = np.asarray(PHOTOGRAPHS[0])
    noisy = np.clip(pixels + np.random.default_rng(1).normal(0, 12, pixels.shape), 0, 255).astype(np.uint8)
    assert not told_apart([pixels, noisy])
    spot = pixels.copy()
    spot[100:118, 100:118] ^= 128
    assert told_apart([pixels, spot])


def test_what_is_near_moves_and_what_most_of_the_picture_is_at_stays():
    pixels = np.zeros((60, 80, 3), np.uint8) + np.uint8(40)
    pixels[20:40, 30:50] = 200
    depth = np.zeros((60, 80), np.float32)
    depth[20:40, 30:50] = 1
    seen = seen_from(pixels, depth, (12, -5))
    np.testing.assert_array_equal(seen[17:33, 45:59], 200)
    assert (seen[:10] == 40).all() and (seen[45:] == 40).all() and (seen[38:40, 30:38] < 120).all()


def test_a_pan_shows_on_each_side_what_the_other_does_not():
    half = Image.new("RGB", (320, 240), "white")
    half.paste(PHOTOGRAPHS[0].crop((0, 0, 100, 240)), (0, 0))
    views = [panned(np.random.default_rng(seed), half, ()) for seed in range(12)]
    kept = sum(bool(view) for view in views)
    full = sum(bool(panned(np.random.default_rng(seed), PHOTOGRAPHS[0], ())) for seed in range(12))
    assert full == 12 and kept < full


def test_real_views_are_pairs_of_one_folder_that_share_a_scene_and_are_no_copies(tmp_path):
    rng = np.random.default_rng(4)
    for number, folder in enumerate(("apples", "pears")):
        (tmp_path / folder).mkdir()
        photograph = PHOTOGRAPHS[number]
        pixels = np.asarray(photograph)
        depth = np.zeros((240, 320), np.float32)
        depth[40:200, 150:290] = 1
        aside = seen_from(pixels, depth, (26, 8))
        other = np.asarray(PHOTOGRAPHS[number + 4])
        pictures = {"a": pixels, "b": aside, "copy": exposed(rng, pixels, 0.0), "other": other}
        for name, picture in pictures.items():
            Image.fromarray(picture).save(tmp_path / folder / f"{name}.jpg", quality=95)
    found = [(a.parent.name, a.stem, b.stem) for a, b in real_views(tmp_path)]
    assert found == [(folder, *pair) for folder in ("apples", "pears") for pair in (("a", "b"), ("b", "copy"))]
    (tmp_path / "apples/broken.jpg").write_bytes(b"no photograph")
    with pytest.raises(ValueError, match=r"broken\.jpg"):
        list(real_views(tmp_path))
