"""Registrations become exact, whatever was done to brightness and whatever a few places say otherwise."""

import cv2
import numpy as np
import pytest

from lookalike.transforms.functional.registration import refine
from lookalike.transforms.functional.registration.agreement import TO_CENTRES, TO_CORNERS, compare
from lookalike.transforms.functional.registration.refine import compare_finely, refined

HEIGHT, WIDTH = 300, 220
TRUTH = np.array([[0.95, 0.02, 6.0], [-0.02, 0.96, 9.0], [0, 0, 1]])
CORNERS = np.array([[0, WIDTH, WIDTH, 0], [0, 0, HEIGHT, HEIGHT], [1, 1, 1, 1.0]])


def page(words: str = "The quick brown fox") -> np.ndarray:
    grey = np.full((HEIGHT, WIDTH), 250, np.uint8)
    for line in range(12):
        text = words if line == 7 else "Sphinx of black quartz"
        cv2.putText(grey, text, (12, 24 + 23 * line), cv2.FONT_HERSHEY_SIMPLEX, 0.5, 20, 1, cv2.LINE_AA)
    cv2.rectangle(grey, (4, 4), (WIDTH - 5, HEIGHT - 5), 90, 2)
    return grey


def moved(grey: np.ndarray, matrix: np.ndarray = TRUTH) -> np.ndarray:
    size = grey.shape[::-1]
    return cv2.warpPerspective(grey, TO_CORNERS @ matrix @ TO_CENTRES, size, borderMode=cv2.BORDER_REPLICATE)


def guessed(by: float) -> np.ndarray:
    guess = TRUTH.copy()
    guess[:2] += [[0.002, -0.003, by], [0.003, 0.002, -by]]
    return guess


def furthest(matrix: np.ndarray) -> float:
    return float(np.abs((matrix - TRUTH) @ CORNERS).max())


CHANGES = {
    "nothing": lambda grey: grey,
    "gamma": lambda grey: cv2.LUT(grey, np.uint8(255 * (np.arange(256) / 255) ** 0.5)),
    "less contrast": lambda grey: np.uint8(grey / 3 + 60),
    "a sticker": lambda grey: cv2.rectangle(grey.copy(), (60, 100), (130, 160), 128, -1),
}


@pytest.mark.parametrize("change", CHANGES)
def test_a_guess_becomes_exact(change):
    guess = guessed(1.2)
    assert furthest(guess) > 1.5
    assert furthest(refined(page(), CHANGES[change](moved(page())), guess)) < 0.35


def test_another_word_does_not_pull_at_it():
    assert furthest(refined(page(), moved(page("A few other words")), guessed(1.0))) < 0.35


def test_planes_of_two_sizes():
    small = cv2.resize(moved(page()), None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA)
    half = np.diag([0.5, 0.5, 1])
    assert furthest(np.linalg.inv(half) @ refined(page(), small, half @ guessed(1.0))) < 0.5


def test_where_nothing_fits_the_guess_stays():
    noise = np.random.default_rng(1).integers(0, 255, (HEIGHT, WIDTH)).astype(np.uint8)
    plain = np.full((HEIGHT, WIDTH), 200, np.uint8)
    for other in (noise, plain, 255 - moved(page())):
        found = refined(page(), other, guessed(1.0))
        assert np.abs((found - guessed(1.0)) @ CORNERS).max() <= refine.FURTHEST


def test_a_finer_comparison_shows_what_differs_and_nothing_else():
    guess = guessed(1.0)
    coarse = compare(page(), moved(page()), guess)
    same, other = (compare_finely(page(), moved(page(words)), guess, False) for words in ("The quick brown fox", "Fax"))
    assert coarse is not None and same is not None and other is not None
    assert same.agreement.weighted_structure > 0.95 > coarse.agreement.weighted_structure + 0.2
    assert other.terms.structure[other.inner].min() < 0.2 < 0.7 < same.terms.structure[same.inner].min()


def test_a_negative_is_compared_as_a_positive():
    found = compare_finely(page(), 255 - moved(page()), guessed(1.0), True)
    assert found is not None and found.agreement.weighted_structure > 0.95


def test_a_third_of_the_page_that_moved_does_not_pull_at_the_rest():
    other = moved(page())
    other[: HEIGHT // 3] = np.roll(other, 3, 1)[: HEIGHT // 3]
    assert furthest(refined(page(), other, guessed(0.3))) < 0.6


def test_a_guess_is_refined_and_never_replaced():
    """Without fine detail, greys lead far from where keypoints have put a picture."""
    soft, far = cv2.GaussianBlur(page(), (0, 0), 6), TRUTH.copy()
    far[0, 2] += 7
    assert np.abs((refined(soft, moved(soft), far) - far) @ CORNERS).max() <= refine.FURTHEST


def test_what_becomes_no_better_ends_it(monkeypatch):
    steps, real = [], refine._step
    monkeypatch.setattr(refine, "compiled", None)
    monkeypatch.setattr(refine, "_step", lambda *given: steps.append(given) or real(*given))
    np.testing.assert_allclose(refined(page(), page(), np.eye(3)), np.eye(3), atol=1e-9)
    assert len(steps) == 1
