"""What has little in it: a small motif on plain ground, photographs by night and in fog."""

from collections.abc import Sequence

import numpy as np
from PIL import Image, ImageDraw, ImageOps

from lookalike.pipelines.training.kinds.kept.ways import resaved, resized, told_apart
from lookalike.pipelines.training.kinds.tools import lettering as write
from lookalike.pipelines.training.kinds.tools.canvas import Rng, pick, picture, pixels, readable
from lookalike.pipelines.training.kinds.tools.lettering import ICONS, fitted, put
from lookalike.pipelines.training.kinds.tools.looks import tint

SHAPES = ((16, 9), (16, 9), (16, 10), (4, 3), (9, 16), (9, 19), (1, 1))
"""Of screens."""
CONTENTS, TRIES = 3, 9
"""Different things of a set, and draws for them."""


def motifs(rng: Rng, _: Image.Image, __: Sequence[Image.Image]) -> list[list[Image.Image]]:
    """Dark or plain grounds of one colour with another small thing on each: a pictogram, a word, a saying."""
    wide, tall = pick(rng, SHAPES)
    factor = float(rng.uniform(560, 900)) / (wide * tall) ** 0.5
    size = round(wide * factor), round(tall * factor)
    dark = rng.random() < 0.65
    paper = tint(rng, 0, 40) if dark else tint(rng, 215, 255) if rng.random() < 0.6 else tint(rng, 60, 200)
    ink = readable(paper) if rng.random() < 0.6 else tint(rng, 150, 255) if dark else tint(rng, 0, 100)
    fall = np.linspace(0, float(rng.choice((0, 0, 12, 25))), size[1])[:, None, None]
    sort, share = int(rng.integers(3)), float(rng.uniform(0.07, 0.4))
    place = size[0] * float(rng.choice((0.5, 0.5, 0.3))), size[1] * float(rng.choice((0.5, 0.5, 0.7)))
    face = pick(rng, ("sans", "sans light", "serif", "round", "hand"))
    groups: list[list[Image.Image]] = []
    for _try in range(TRIES):
        image = picture(np.array(paper, np.float32) + fall * (1 if dark else -1) + np.zeros((*size[::-1], 3)))
        draw = ImageDraw.Draw(image)
        if sort == 0:
            put(draw, place, pick(rng, ICONS), min(size) * share, ink, "icons", anchor="mm")
        else:
            text = write.word(rng, 2, 3) if sort == 1 else write.sentence(rng, int(rng.integers(2, 5)))
            put(draw, place, text, fitted(text, size[0] * 0.55, min(size) * 0.16, face), ink, face, anchor="mm")
        if all(told_apart(image, group[0]) for group in groups):
            groups.append([image, resized(image, 0.5), *(resaved(image, rng) for _ in range(2))])
        if len(groups) == CONTENTS:
            break
    return groups


def faint(rng: Rng, photograph: Image.Image, others: Sequence[Image.Image]) -> list[list[Image.Image]]:
    """Photographs with a small part of their contrast, of one darkness or one fog."""
    size = int(rng.integers(400, 640)), int(rng.integers(360, 480))
    share, noise = float(np.exp(rng.uniform(np.log(0.03), np.log(0.2)))), float(rng.choice((0, 0.5, 0.8, 1.5)))
    level = float(rng.uniform(0, 12)) if rng.random() < 0.6 else float(rng.uniform(120, 230))
    grey = bool(rng.random() < 0.2)
    groups = []
    for source in (photograph, *others):
        seen = ImageOps.autocontrast(ImageOps.fit(source.convert("RGB"), size), 1)
        values = pixels(seen.convert("L") if grey else seen) * share + level
        shown = picture(values + rng.normal(0, noise, values.shape))
        small = shown.copy()
        small.thumbnail((int(rng.integers(160, 320)),) * 2)
        lighter = picture((pixels(shown) - level) * float(rng.uniform(1.2, 2.5)) + level)
        groups.append([shown, small, pick(rng, (lighter, resaved(shown, rng, 0), resaved(shown, rng, 0)))])
    return groups
