"""Pictures made of another one's edges, and pictures of which light and dark changed places."""

import numpy as np
import pytest
from PIL import Image, ImageFilter, ImageOps

from lookalike.transforms.functional.verification import registered as registering
from lookalike.transforms.functional.verification.evidence import Evidence
from lookalike.transforms.functional.verification.measures.derivatives import derived
from lookalike.transforms.weights import keypoint_axes
from tests.functional.verification.golden import compared, photograph
from tests.synthetic import draw_picture


def soft(number, radius=2):
    return photograph(number).filter(ImageFilter.GaussianBlur(radius))


def embossed(picture):
    grey = np.asarray(picture.convert("L"), np.float32)
    moved = np.roll(grey, (2, 3), (0, 1))
    return Image.fromarray(np.clip(128 + 2 * (grey - moved), 0, 255).astype(np.uint8)).convert("RGB")


def edges(picture):
    down, along = np.gradient(np.asarray(picture.convert("L"), np.float32))
    return Image.fromarray(np.clip(255 - 8 * np.hypot(down, along), 0, 255).astype(np.uint8)).convert("RGB")


def solarised(picture):
    return ImageOps.solarize(picture, int(np.median(np.asarray(picture.convert("L")))))


def plane(picture):
    return np.asarray(picture.convert("L").resize((105, 80), Image.Resampling.BOX))


def evidence(number, edit, cosine=0.6, radius=2):
    """Of a photograph and its copy, gathered."""
    picture = ImageOps.autocontrast(soft(number, radius))
    found = Evidence(compared(picture), compared(edit(picture)), keypoint_axes(), -1, cosine)
    found.gather()
    return found


@pytest.mark.parametrize("edit", [embossed, edges])
@pytest.mark.parametrize("number", range(3))
def test_a_relief_is_made_of_the_edges_from_either_side_and_nothing_else_is(number, edit):
    one, made = plane(soft(number)), plane(edit(soft(number)))
    whole = np.ones_like(one)
    assert derived(one, made, whole) > 0.5
    assert derived(one, made, whole) == pytest.approx(derived(made, one, whole))
    assert derived(one, 255 - made, whole) == pytest.approx(derived(one, made, whole), abs=0.01)
    assert derived(one, plane(edit(soft(number + 1))), whole) < 0.3
    assert derived(one, one, whole) < 0.3


def test_what_lies_outside_of_the_mask_is_not_looked_at():
    one, made = plane(soft(0)), plane(embossed(soft(0)))
    mask, spoilt = np.zeros_like(one), made.copy()
    mask[:, 40:] = 1
    spoilt[:, :20] = plane(soft(1))[:, :20]
    assert derived(one, spoilt, mask) == pytest.approx(derived(one, made, mask), abs=0.01)
    assert derived(one, spoilt, np.ones_like(one)) < derived(one, made, np.ones_like(one)) - 0.02


def test_a_blank_plane_is_made_of_nothing():
    one = plane(soft(0))
    assert derived(one, np.full_like(one, 90), np.ones_like(one)) == 0.0
    assert derived(one, one, np.zeros_like(one)) == 0.0


@pytest.mark.parametrize("edit", [embossed, edges])
def test_a_relief_is_stretched_onto_what_it_is_made_of(edit):
    for number in range(3):
        found = evidence(number, edit)
        assert found.direct and found.containment == "same"
        assert found.measures["derived"] > 0.4 and found.measures["active"] > 0.4
        assert found.measures["weighted"] < 0.6
    assert not evidence(0, edit, 0.2).direct


def test_so_is_what_agrees_but_for_the_sign(monkeypatch):
    monkeypatch.setattr(registering, "ENOUGH", 1000)  # keypoints place nothing
    for number in range(4):
        found = evidence(number, solarised, radius=9)
        assert found.direct and found.measures["unsigned"] - found.measures["weighted"] > 0.1
    for name in ("UNSIGNED", "ACTIVE"):
        with monkeypatch.context() as strict:
            strict.setattr(registering, name, 1.0)
            assert evidence(0, solarised, radius=9).measures is None


def test_of_equal_pictures_the_sign_says_nothing():
    measures = evidence(0, lambda same: same).measures
    assert measures["unsigned"] == pytest.approx(measures["weighted"])
    assert measures["active"] > 0.99 and measures["derived"] == 0.0
    upset = evidence(0, solarised).measures
    assert upset["unsigned"] - upset["weighted"] > 0.2 and upset["active"] > 0.4


def test_the_order_in_which_pixels_are_summed_makes_no_difference():
    for seed in range(8):
        a, b = (draw_picture(seed + at, 90, 70)[..., 1] for at in (0, 50))
        mask = np.uint8(a > 20)
        mirrored = (np.ascontiguousarray(one[:, ::-1]) for one in (a, b, mask))
        assert derived(*mirrored) == derived(a, b, mask)
