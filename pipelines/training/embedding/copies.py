"""What becomes of an original: as it is published, and a copy by edits of `kinds`, common ones more often."""

import cv2
import numpy as np
from PIL import Image

from lookalike.pipelines.training.embedding.originals import Originals
from lookalike.pipelines.training.kinds.edits import EDITS, LEAST

SHARES = {
    **{"cropping": 2.6, "collages": 2.6, "screenshots": 2.2, "geometry": 3.0, "framing": 1.6, "overlays": 1.8},
    **{"captions": 1.2, "interfaces": 1.0, "encoding": 1.6, "tones": 1.6, "colours": 1.2, "camera": 1.3},
    **{"weather": 0.5, "artistic": 0.6, "warps": 0.5, "rephotography": 0.7, "reposted": 2.0},
}
"""How often families of a module are drawn, beside one another."""
OFTEN = {
    **{"crop": 4, "crop_far": 5, "crop_half": 4, "turn": 3, "turn_far": 4, "turn_cut": 3, "collage": 3},
    **{
        "picture_in_picture": 5,
        "screenshot": 3,
        "compress_hard": 3,
        "blended": 3,
        "perspective": 2,
        "sticker_large": 2,
    },
    **{"blur_far": 2, "noise": 2, "hue": 2, "emboss": 3, "solarise": 3, "negative": 4, "pixelated": 3, "story": 2},
}
"""Families that are drawn more often than others of their module."""
LEFT = 0.1
"""What is left of a picture at the least."""
QUARTER, MIRRORED = 0.24, 0.3
LIGHT = ("compress", "resize", "platform", "trim", "tone", "white_balance", "sharpen", "noise")

NAMES = list(EDITS)
_CHANCE = np.array(
    [SHARES[EDITS[name][1].__module__.rpartition(".")[2]] * OFTEN.get(name, 1) for name in NAMES], np.float64
)
_CHANCE /= _CHANCE.sum()


def chain(rng: np.random.Generator, count: int) -> list[str]:
    """So many families in the order in which they are done: cut first, edited, set among others last."""
    names: list[str] = []
    for name in rng.choice(NAMES, 3 * count, replace=False, p=_CHANCE).tolist():
        relations = [EDITS[one][0] for one in (*names, name)]
        left = np.prod([LEAST.get(one, 1.0) for one in (*names, name)])
        single = relations.count("part") <= 1 and relations.count("whole") <= 1
        if len(names) < count and single and (not names or left >= LEFT):
            names.append(name)
    return sorted(names, key=lambda name: {"part": 0, "whole": 2}.get(EDITS[name][0], 1))


def published(picture: Image.Image, rng: np.random.Generator) -> Image.Image:
    """The original, at most changed lightly."""
    if rng.random() < 0.35:
        return EDITS[LIGHT[int(rng.integers(len(LIGHT)))]][1](picture, rng, ())
    return picture


def copied(picture: Image.Image, originals: Originals, rng: np.random.Generator) -> Image.Image:
    """A copy of it."""
    count = int(rng.choice((1, 2, 3), p=(0.45, 0.37, 0.18)))
    late = rng.random() < 0.3
    if not late:
        picture = _turned(picture, rng)
    for name in chain(rng, count):
        picture = EDITS[name][1](
            picture,
            rng,
            originals.beside(6) if EDITS[name][1].__module__.endswith(("collages", "overlays", "screenshots")) else (),
        )
        if max(picture.size) > 520:
            picture.thumbnail((420, 420))
    return _turned(picture, rng) if late else picture


def _turned(picture: Image.Image, rng: np.random.Generator) -> Image.Image:
    """Mirrored, turned by quarters, or neither."""
    if rng.random() < MIRRORED:
        picture = picture.transpose(Image.Transpose.FLIP_LEFT_RIGHT)
    if rng.random() < QUARTER:
        picture = picture.transpose(
            (Image.Transpose.ROTATE_90, Image.Transpose.ROTATE_180, Image.Transpose.ROTATE_270)[int(rng.integers(3))]
        )
    return picture


def stored(picture: Image.Image, rng: np.random.Generator) -> np.ndarray:
    """Its pixels (h, w, 3) uint8, mostly after compression."""
    pixels = np.asarray(picture.convert("RGB"))
    if rng.random() < 0.4:
        quality = int(rng.integers(15, 95))
        data = cv2.imencode(".jpg", pixels, [cv2.IMWRITE_JPEG_QUALITY, quality])[1]
        return np.asarray(cv2.imdecode(data, cv2.IMREAD_COLOR))
    return pixels
