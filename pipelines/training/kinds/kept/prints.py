"""Paper that was scanned more than once: prints of one negative, pages of drawings and forms."""

from collections.abc import Sequence

import cv2
import numpy as np
from PIL import Image, ImageDraw

from lookalike.pipelines.training.kinds.kept.ways import resized, told_apart, written
from lookalike.pipelines.training.kinds.pages import drawings, papers, sheets
from lookalike.pipelines.training.kinds.scenes import SCENES
from lookalike.pipelines.training.kinds.tools.canvas import Rng, away, clouds, grey, pick, picture, pixels
from lookalike.pipelines.training.kinds.tools.fields import Fields

TAKEN = ("step_aside", "burst", "moved_subject", "passers_by", "corner", "heap")
"""Scenes of which a film has more than one negative."""
PRINTS = 4
"""Of each negative."""
PAGES = (
    *(sheets.manga, sheets.manga, sheets.comic, sheets.line_drawing, sheets.score, sheets.crossword, sheets.chess),
    *(drawings.sign, papers.form, papers.postcard),
)
CONTENTS, TRIES = 3, 9
"""Different pages of a set, and draws for them."""
LEVELS = {"half": 0.5, "all": 0.5}
"""How much of a page is its own: what a scan leaves of a letter or a word would not be told apart."""


def _cut(image: Image.Image, rng: Rng, turn: float, most: float, fill: tuple[int, int, int]) -> Image.Image:
    """Turned by degrees and cut on each side, by up to a share of the shorter one and what the turn left empty."""
    image = image.rotate(turn, Image.Resampling.BICUBIC, fillcolor=fill)
    empty = np.sin(np.radians(abs(turn))) * max(image.size) / 2
    left, top, right, bottom = rng.uniform(0, most, 4) * min(image.size) + empty
    return image.crop((round(left), round(top), image.width - round(right), image.height - round(bottom)))


def _print(image: Image.Image, rng: Rng) -> Image.Image:
    """Exposed on paper of some gradation and tone, grained, with dust and hairs, laid on a scanner and cut."""
    tone = rng.random()
    values = grey(image)[..., None] if tone < 0.35 else pixels(image)
    values = (values / 255) ** float(np.exp(rng.uniform(-0.45, 0.45)))
    values = (values - 0.5) * float(rng.uniform(0.7, 1.15)) + 0.5 + float(rng.uniform(-0.08, 0.08))
    values = values * (rng.uniform(0.85, 1.12, 3) if tone > 0.15 else 1)
    height, width = values.shape[:2]
    grain = rng.normal(0, float(rng.uniform(0, 0.045)), (height // 2 + 1, width // 2 + 1)).astype(np.float32)
    values = values + cv2.resize(grain, (width, height))[..., None]
    if rng.random() < 0.3:
        values = values * (1 + 0.25 * (clouds(image, rng, 2)[..., None] - 0.5))
    shown = picture(255 * values)
    draw = ImageDraw.Draw(shown)
    for x, y in (rng.random((int(rng.integers(0, 30)), 2)) * (width, height)).tolist():
        dx, dy = rng.normal(0, 0.02, 2) * width
        level = int(rng.choice((25, 235, 235)))
        draw.line((x, y, x + dx, y + dy), fill=(level,) * 3, width=1)
    shown = _cut(shown, rng, away(rng, 0, 2.2), float(rng.uniform(0.02, 0.1)), (128, 128, 128))
    factor = float(rng.uniform(0.5, 1)) if shown.width > 500 else 1.0
    return written(resized(shown, factor), rng) if rng.random() < 0.6 else resized(shown, factor)


def prints(rng: Rng, photograph: Image.Image, others: Sequence[Image.Image]) -> list[list[Image.Image]]:
    """Negatives of one film that show one scene, and prints of each."""
    negatives = SCENES[pick(rng, TAKEN)][1](rng, photograph, others)[:2]
    return [[_print(negative, rng) for _ in range(PRINTS)] for negative in negatives]


def _scanned(image: Image.Image, rng: Rng) -> Image.Image:
    """A page on a scanner: paper and ink of other levels, noise, a slight turn, edges cut; grey or not."""
    black, white = float(rng.uniform(0, 60)), float(rng.uniform(190, 255))
    values = (grey(image)[..., None] if rng.random() < 0.5 else pixels(image)) / 255
    values = values ** float(rng.uniform(0.8, 1.25)) * (white - black) + black
    values = values + rng.normal(0, float(rng.uniform(0, 9)), (*values.shape[:2], 1))
    shown = _cut(picture(values), rng, away(rng, 0, 1.3), float(rng.uniform(0, 0.02)), (int(white),) * 3)
    return shown if rng.random() < 0.5 else resized(shown, float(rng.uniform(0.55, 0.9)))


def scans(rng: Rng, ground: Image.Image, others: Sequence[Image.Image]) -> list[list[Image.Image]]:
    """Pages of one layout with drawings, notes or answers of their own, each as it was, made small and scanned."""
    drawing, design = pick(rng, PAGES), int(rng.integers(2**62))
    groups: list[list[Image.Image]] = []
    for _ in range(TRIES):
        page = drawing(Fields(np.random.default_rng(design), rng, ground, others[0], LEVELS, False))
        if all(told_apart(page, group[0]) for group in groups):
            small = written(resized(page, float(rng.uniform(0.5, 0.8))), rng)
            groups.append([page, small, _scanned(page, rng), _scanned(page, rng)])
        if len(groups) == CONTENTS:
            break
    return groups
