"""Handed on by somebody who changes more than one thing: cut, slanted, recoloured, marked, made small, all at once.

Chains by chance put any families together; these put together what people do.
"""

import cv2
import numpy as np
from PIL import Image, ImageEnhance, ImageOps

from lookalike.pipelines.training.kinds.laid_over.captions import caption, paragraph, watermark
from lookalike.pipelines.training.kinds.laid_over.overlays import emoji, emoji_one, sticker
from lookalike.pipelines.training.kinds.tools.canvas import Others, Rng, away, encoded, pick, plain, ratio, sized

MARKS = (caption, emoji, emoji_one, paragraph, sticker, watermark)


def _cut(image: Image.Image, rng: Rng, least: float) -> Image.Image:
    """A part of at least so large a share of either side."""
    wide, tall = (max(16, round(side * float(rng.uniform(least, 1)))) for side in image.size)
    left, top = (int(rng.uniform(0, max(1, side - part))) for side, part in zip(image.size, (wide, tall), strict=True))
    return image.crop((left, top, min(image.width, left + wide), min(image.height, top + tall)))


def _slanted(image: Image.Image, rng: Rng, most: float) -> Image.Image:
    """Each corner moved by up to so large a share of the sides, out or in; what lies beyond the edge is plain."""
    size = np.array(image.size, np.float32)
    corners = np.array([(0, 0), (1, 0), (1, 1), (0, 1)], np.float32) * size
    moved = corners + rng.uniform(-most, most, (4, 2)).astype(np.float32) * size
    matrix = cv2.getPerspectiveTransform(corners, moved)
    return Image.fromarray(cv2.warpPerspective(np.asarray(image), matrix, image.size, borderValue=plain(rng)))


def _recoloured(image: Image.Image, rng: Rng) -> Image.Image:
    """Lighter or darker, harder or softer, more or less colour, perhaps another hue."""
    for enhance in (ImageEnhance.Brightness, ImageEnhance.Contrast, ImageEnhance.Color):
        if rng.random() < 0.6:
            image = enhance(image).enhance(1 + away(rng, 0.05, 0.4))
    if rng.random() < 0.25:
        planes = np.asarray(image.convert("HSV")).copy()
        planes[..., 0] = planes[..., 0] + int(away(rng, 8, 45)) % 256
        image = Image.fromarray(planes, "HSV").convert("RGB")
    return image


def _turned(image: Image.Image, rng: Rng) -> Image.Image:
    """Mirrored, turned by some degrees, slanted, or as it was."""
    way = int(rng.integers(4))
    if way == 0:
        image = ImageOps.mirror(image)
    if way in (0, 1) and rng.random() < 0.7:
        return image.rotate(
            away(rng, 2, 25), Image.Resampling.BICUBIC, expand=bool(rng.random() < 0.5), fillcolor=plain(rng)
        )
    return _slanted(image, rng, 0.08) if way == 2 else image


def askew(image: Image.Image, rng: Rng, _: Others) -> Image.Image:
    """By a scanning app in a hurried hand: slanted, cut to a part of it, perhaps made smaller, JPEG of low quality."""
    image = _cut(_slanted(image, rng, float(rng.uniform(0.03, 0.16))), rng, 0.6)
    factor = ratio(rng, 0.4, 1)
    return encoded(sized(image, image.width * factor, image.height * factor), "JPEG", quality=int(rng.integers(10, 50)))


def reposted(image: Image.Image, rng: Rng, _: Others) -> Image.Image:
    """Cut, turned or mirrored, in other colours, written again."""
    image = _recoloured(_turned(_cut(image, rng, 0.6), rng), rng)
    return encoded(image, pick(rng, ("JPEG", "JPEG", "WEBP")), quality=int(rng.integers(20, 85)))


def reposted_marked(image: Image.Image, rng: Rng, _: Others) -> Image.Image:
    """The same, whole or nearly, with words or stickers over it."""
    image = _recoloured(_turned(_cut(image, rng, 0.85), rng), rng)
    marked = pick(rng, MARKS)(image, rng, ())
    return encoded(marked, pick(rng, ("JPEG", "JPEG", "WEBP")), quality=int(rng.integers(20, 85)))


def postage(image: Image.Image, rng: Rng, _: Others) -> Image.Image:
    """To a fifth up to two thirds of its size and then the lowest quality, as the smallest of previews are."""
    factor = ratio(rng, 0.2, 0.67)
    return encoded(
        sized(image, image.width * factor, image.height * factor),
        pick(rng, ("JPEG", "JPEG", "WEBP")),
        quality=int(rng.integers(1, 12)),
    )
