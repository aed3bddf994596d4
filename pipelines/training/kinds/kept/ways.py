"""How one picture is kept more than once: other sizes and formats, as sites, builds and devices make them."""

import io

import numpy as np
from PIL import Image, ImageChops

from lookalike.pipelines.training.kinds.tools.canvas import Rng, encoded, pick, picture, pixels

SIDE = 144
"""Root of the area, px, at which pictures are told apart: that of a thumbnail."""
SEEN, LEAST, SHARE = 40, 6, 0.0015
"""Levels by which pixels differ to a beholder; and of how many, or what share, two different pictures differ."""


def resized(image: Image.Image, factor: float, way: Image.Resampling = Image.Resampling.LANCZOS) -> Image.Image:
    """By a factor, down to pictures of 8 px."""
    return image.resize((max(8, round(image.width * factor)), max(8, round(image.height * factor))), way)


def told_apart(a: Image.Image, b: Image.Image) -> bool:
    """Whether a beholder sees two pictures in two that lie alike, at the size of the smaller and of thumbnails."""
    small = a if a.width * a.height <= b.width * b.height else b
    factor = min(1.0, SIDE / (small.width * small.height) ** 0.5)
    size = max(1, round(small.width * factor)), max(1, round(small.height * factor))
    both = [one.convert("RGB").resize(size, Image.Resampling.BOX) for one in (a, b)]
    seen = int((np.asarray(ImageChops.difference(*both)).max(-1) > SEEN).sum())
    return seen >= max(LEAST, SHARE * size[0] * size[1])


def toned(image: Image.Image, rng: Rng) -> Image.Image:
    """A little lighter or darker, softer or harder."""
    values = pixels(image) / 255
    values = (values - 0.5) * float(rng.uniform(0.85, 1.15)) + 0.5 + float(rng.uniform(-0.06, 0.06))
    return picture(255 * np.clip(values, 0, 1) ** float(rng.uniform(0.85, 1.18)))


def written(image: Image.Image, rng: Rng) -> Image.Image:
    """In a format that loses something: JPEG, WebP, GIF."""
    kind = pick(rng, ("JPEG", "JPEG", "WEBP", "GIF"))
    if kind != "GIF":
        return encoded(image, kind, quality=int(rng.integers(55, 95)))
    buffer = io.BytesIO()
    image.save(buffer, kind)
    return Image.open(buffer).convert("RGB")


def resaved(image: Image.Image, rng: Rng, tone: float = 0.2) -> Image.Image:
    """At another size or in another format, or both; toned too in so large a share."""
    if rng.random() < tone:
        image = toned(image, rng)
    way = rng.random()
    if way < 0.7:
        factor = pick(rng, (0.5, 0.5, 0.75, 2 / 3, 1.5, 2))
        image = resized(image, factor, pick(rng, (Image.Resampling.LANCZOS, Image.Resampling.BICUBIC)))
    return written(image, rng) if way > 0.3 else image
