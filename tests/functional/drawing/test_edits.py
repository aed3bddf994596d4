"""The edits of calibration."""

import numpy as np
import pytest

from lookalike.transforms.functional.drawing.edits import EDITS, edited
from tests.synthetic import draw_picture


@pytest.mark.parametrize("name", EDITS)
@pytest.mark.parametrize("shape", [(90, 120), (1, 1), (300, 7)])
def test_every_edit_gives_a_picture_and_the_same_one_again(name, shape):
    pixels = np.ascontiguousarray(draw_picture(4, 320, 320)[: shape[0], : shape[1]])
    once = edited(pixels, name, 5)
    assert once.dtype == np.uint8 and once.ndim == 3 and once.shape[2] == 3 and min(once.shape) >= 1
    assert (once == edited(pixels, name, 5)).all()
