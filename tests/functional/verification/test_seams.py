"""What was cut out of a picture goes on beyond its edge; what lies in another one does not."""

import cv2
import numpy as np
import pytest

from lookalike.transforms.functional.verification.seams import is_cut_out
from tests.functional.verification.test_evidence import decided
from tests.synthetic import draw_picture

GROUND = draw_picture(81, 200, 150)[..., 1]


def box(left, top, width, height, turn=0.0):
    corners = np.array([[0.0, 0], [width, 0], [width, height], [0, height]]) - (width / 2, height / 2)
    cos, sin = np.cos(turn), np.sin(turn)
    return corners @ [[cos, sin], [-sin, cos]] + (left + width / 2, top + height / 2)


def pasted(ground, left, top, width, height, other):
    whole = ground.copy()
    whole[top : top + height, left : left + width] = cv2.resize(other, (width, height))
    return whole


PLACES = [(40, 30, 90, 70), (0, 0, 100, 150), (20, 60, 160, 40), (90, 20, 30, 24)]


@pytest.mark.parametrize("place", PLACES)
def test_a_piece_of_a_picture_goes_on_and_another_picture_ends(place):
    other = draw_picture(82, 200, 150)[..., 1]
    assert is_cut_out(GROUND, box(*place))
    assert is_cut_out(GROUND, box(*place)[::-1])  # mirrored
    assert not is_cut_out(pasted(GROUND, *place, other), box(*place))


def test_a_turned_piece_goes_on_too():
    assert is_cut_out(GROUND, box(50, 40, 90, 60, 0.4))


def test_where_nothing_is_nothing_goes_on():
    page = np.full((150, 200), 250, np.uint8)
    assert not is_cut_out(page, box(40, 30, 90, 70))
    assert not is_cut_out(pasted(page, 40, 30, 90, 70, GROUND), box(40, 30, 90, 70))
    assert not is_cut_out(GROUND, box(0, 0, 200, 150))  # all of it: there is no edge
    assert not is_cut_out(GROUND, box(90, 70, 5, 5))  # too small to be seen
    assert not is_cut_out(GROUND, np.full((4, 2), np.nan))


PICTURE = draw_picture(83, 480, 360)


@pytest.mark.parametrize(
    ("part", "whole", "cut"),
    [
        (PICTURE[60:260, 100:340], PICTURE, True),
        (np.rot90(PICTURE[60:260, 100:340]), PICTURE, True),
        (PICTURE, np.hstack([PICTURE, draw_picture(84, 480, 360)]), False),
        (PICTURE, cv2.copyMakeBorder(PICTURE, 60, 400, 50, 50, cv2.BORDER_CONSTANT, value=(255,) * 3), False),
    ],
)
def test_parts_know_whether_they_were_cut_out(part, whole, cut):
    part, whole = np.ascontiguousarray(part), np.array(whole)
    if not cut and len(whole) > 700:
        for line in range(12):
            text = f"{line} lines of a page that shows it among other things"
            cv2.putText(whole, text, (20, 470 + 28 * line), cv2.FONT_HERSHEY_SIMPLEX, 0.55, (0, 0, 0), 1, cv2.LINE_AA)
    for pair, relation in (((part, whole), "part"), ((whole, part), "whole")):
        evidence = decided(*pair)[1]
        assert (evidence.containment, evidence.cut) == (relation, cut)
