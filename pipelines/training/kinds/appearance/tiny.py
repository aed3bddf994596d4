"""Icons, previews and pictures of data sets, 12 to 64 px: what makes one of a photograph, and another one of the same.

Where a picture has so few pixels, a copy is seldom made of the picture itself: its large original was cut, scaled and
stored a second time.
"""

import numpy as np
from PIL import Image, ImageEnhance, ImageFilter, ImageOps

from lookalike.pipelines.training.kinds.appearance.encoding import FILTERS
from lookalike.pipelines.training.kinds.tools.canvas import Rng, away, encoded, pick, picture, pixels, plain

ZOOMED, MOVED, STRETCHED = 0.14, 0.06, 0.1
"""How much another cutting may be smaller, how far it may lie from the first, and how much wider or taller it may be:
shares of the square."""
PADDED = 3
"""Pixels of a margin, at the most."""


def squared(photograph: Image.Image, side: int) -> Image.Image:
    """The largest square in the middle of a photograph, made `side` px wide."""
    return ImageOps.fit(photograph.convert("RGB"), (side, side))


def squared_again(photograph: Image.Image, side: int, rng: Rng) -> Image.Image:
    """A copy of `squared`: cut a little otherwise or not, scaled by any filter, perhaps mirrored, retouched, stored."""
    copy = _cut_again(photograph.convert("RGB"), side, rng) if rng.random() < 0.6 else squared(photograph, side)
    if rng.random() < 0.15:
        copy = ImageOps.mirror(copy)
    if rng.random() < 0.5:
        copy = _retouched(copy, rng)
    if rng.random() < 0.15:
        copy = _padded(copy, side, rng)
    return encoded(copy, pick(rng, ("JPEG", "JPEG", "WEBP")), quality=int(rng.integers(45, 98)))


def _cut_again(photograph: Image.Image, side: int, rng: Rng) -> Image.Image:
    edge = min(photograph.size)
    size = edge * (1 - ZOOMED * float(rng.random())) * (1 - STRETCHED * rng.random(2) * (rng.random() < 0.3))
    middle = np.array(photograph.size) / 2 + rng.uniform(-MOVED, MOVED, 2) * edge
    low = np.clip(middle - size / 2, 0, np.array(photograph.size) - size)
    box = float(low[0]), float(low[1]), float(low[0] + size[0]), float(low[1] + size[1])
    return photograph.resize((side, side), pick(rng, FILTERS[1:]), box)


def _retouched(image: Image.Image, rng: Rng) -> Image.Image:
    """Another light, other colours, grey, sharper, softer or noisier: one or two of them."""
    for way in rng.permutation(6)[: int(rng.integers(1, 3))].tolist():
        if way == 0:
            image = picture(255 * (pixels(image) / 255) ** float(rng.uniform(0.65, 1.5)))
        elif way == 1:
            image = ImageEnhance.Contrast(image).enhance(1 + away(rng, 0.05, 0.35))
        elif way == 2:
            image = picture(pixels(image) * rng.uniform(0.85, 1.15, 3))
        elif way == 3:
            image = ImageEnhance.Color(image).enhance(float(rng.choice((0, rng.uniform(0.3, 1.7)))))
        elif way == 4:
            sharp = rng.random() < 0.5
            image = image.filter(ImageFilter.UnsharpMask(1, 120, 0) if sharp else ImageFilter.GaussianBlur(0.6))
        else:
            image = picture(pixels(image) + rng.normal(0, rng.uniform(2, 9), (image.height, image.width, 3)))
    return image


def _padded(image: Image.Image, side: int, rng: Rng) -> Image.Image:
    """Made smaller by a few pixels, and set in a margin of one colour."""
    wide, tall = (side - int(rng.integers(0, PADDED + 1)) for _ in range(2))
    page = Image.new("RGB", (side, side), plain(rng))
    at = (int(rng.integers(side - wide + 1)), int(rng.integers(side - tall + 1)))
    page.paste(image.resize((wide, tall), Image.Resampling.BICUBIC), at)
    return page
