"""One knob: what a pair satisfies at one strictness it satisfies at every lower one."""

from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.config import defaults
from tests.synthetic import draw_picture
from transforms.confirm import ConfirmPairs
from transforms.functional import confirmation
from transforms.functional.agreement import Agreement
from transforms.functional.confirmation import STRICTNESSES, Evidence, Rules, stricter
from transforms.functional.edits import EDITS, edited

RULES = Rules(**{name: defaults()["confirm"][name] for name in Rules._fields})

share = st.floats(0, 1)
agreements = st.builds(
    Agreement, share, share, share, share, share, share, share, share, st.integers(1, 9999), share, share
)


@given(agreements, agreements, st.integers(0, 60), share, share, share, st.floats(-1, 1))
def test_what_is_confirmed_at_one_strictness_is_at_every_lower_one(
    agreed, direct, inliers, part, spread, drift, cosine
):
    evidence = Evidence.__new__(Evidence)
    evidence.cosine, evidence.agreed = cosine, agreed
    evidence.found = SimpleNamespace(inliers=range(inliers), share=part)
    evidence.__dict__ |= {"spread": spread, "drift": drift, "direct": direct}
    held = [evidence.reason(stricter(RULES, s)) is not None for s in STRICTNESSES]
    assert held == sorted(held, reverse=True)
    if held[0]:
        assert evidence.margin(RULES) == STRICTNESSES[sum(held) - 1]


def test_no_strictness_is_the_rules_and_all_of_it_is_perfection():
    assert stricter(RULES, 0) == RULES
    most = stricter(RULES, 1)
    assert all(getattr(most, name) == 1 for name in confirmation._REACHED)
    assert all(getattr(most, name) == 0 for name in confirmation._BORNE)
    both = {*confirmation._REACHED, *confirmation._BORNE, *confirmation._COUNTED}
    assert set(Rules._fields) - both == {"page_textured"}
    assert ConfirmPairs(strictness=0.25).rules() == stricter(RULES, 0.25)


@pytest.mark.parametrize("name", EDITS)
@pytest.mark.parametrize("shape", [(90, 120), (1, 1), (300, 7)])
def test_every_edit_gives_a_picture_and_the_same_one_again(name, shape):
    pixels = np.ascontiguousarray(draw_picture(4, 320, 320)[: shape[0], : shape[1]])
    once = edited(pixels, name, 5)
    assert once.dtype == np.uint8 and once.ndim == 3 and once.shape[2] == 3 and min(once.shape) >= 1
    assert (once == edited(pixels, name, 5)).all()
