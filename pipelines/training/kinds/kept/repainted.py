"""One thing alone on plain ground, in several colours, as shops show what they sell: they are no copies."""

import numpy as np
from PIL import Image

from lookalike.pipelines.training.kinds.kept.ways import told_apart
from lookalike.pipelines.training.kinds.scenery.alone import thing_alone
from lookalike.pipelines.training.kinds.tools.canvas import Rng, ink, picture, pixels

TRIES = 8
"""Colours that are looked at for each that is taken."""
NEUTRAL, PRINTED = 0.25, 0.5
"""Of colours, those that are black, grey or white; of things, those of which light and dark places stay, as prints do.
"""


def repainted(rng: Rng, photograph: Image.Image, count: int) -> list[Image.Image]:
    """So many pictures of one thing, or fewer, any two of which a beholder tells apart. Its light and its texture stay,
    and so does the ground.
    """
    values = pixels(thing_alone(rng, photograph)).astype(np.float32)
    ground = values[0, 0]
    thing = np.clip(np.abs(values - ground).max(-1) / 40, 0, 1)
    light = values @ np.array((0.299, 0.587, 0.114), np.float32)
    if rng.random() < PRINTED:
        thing = thing * ((light > 30) & (light < 225))
    strength = light / max(float(np.quantile(light[thing > 0.5], 0.8)) if (thing > 0.5).any() else 1.0, 1.0)
    found: list[Image.Image] = []
    for _ in range(TRIES * count):
        shown = values + (strength[..., None] * _paint(rng) - values) * thing[..., None]
        painted = picture(shown)
        if len(found) < count and all(told_apart(painted, other) for other in found):
            found.append(painted)
    return found


def _paint(rng: Rng) -> np.ndarray:
    if rng.random() < NEUTRAL:
        return np.full(3, rng.uniform(25, 240), np.float32)
    return np.array(ink(rng), np.float32)
