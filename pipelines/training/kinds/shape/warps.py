"""Smooth deformations: lenses, waves, swirls, rubber, paper that is not flat."""

import cv2
import numpy as np
from PIL import Image

from lookalike.pipelines.training.kinds.tools.canvas import (
    Others,
    Rng,
    away,
    centred,
    clouds,
    grid,
    mixed,
    picture,
    pixels,
    plain,
    remapped,
)


def _spread(image: Image.Image) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """X and y from the middle in px, and the squared distance: 1 in the corners."""
    x, y = grid(image)
    x, y = x - image.width / 2, y - image.height / 2
    return x, y, (x * x + y * y) * 4 / (image.width**2 + image.height**2)


def _from_middle(image: Image.Image, x: np.ndarray, y: np.ndarray, border: int = cv2.BORDER_REFLECT) -> Image.Image:
    return remapped(image, image.width / 2 + x, image.height / 2 + y, border)


def lens(image: Image.Image, rng: Rng, _: Others) -> Image.Image:
    """Barrel or pincushion distortion, what lies outside mirrored or black."""
    x, y, far = _spread(image)
    bend = 1 + away(rng, 0.06, 0.4) * far + away(rng, 0, 0.08) * far * far
    return _from_middle(image, x * bend, y * bend, cv2.BORDER_REFLECT if rng.random() < 0.5 else cv2.BORDER_CONSTANT)


def fish_eye(image: Image.Image, rng: Rng, _: Others) -> Image.Image:
    """A wide lens: the middle large, the edges bent round, perhaps in a black disc."""
    x, y = centred(image)
    radius = np.hypot(x, y)
    angle = float(rng.uniform(0.5, 0.95))
    bent = np.tan(np.minimum(radius * angle / 1.42, 1.4)) / np.tan(angle)
    scale = bent * 1.42 / np.maximum(radius, 1e-4)
    scale *= float(rng.uniform(0.85, 1.0))
    warped = remapped(image, (x * scale + 1) * image.width / 2, (y * scale + 1) * image.height / 2)
    return warped if rng.random() < 0.6 else mixed(warped, (0, 0, 0), ((radius - 1.02) * 30).astype(np.float32))


def bulge(image: Image.Image, rng: Rng, _: Others) -> Image.Image:
    """One place swollen or pinched."""
    x, y = grid(image)
    cx, cy = (float(v) for v in rng.uniform(0.25, 0.75, 2) * image.size)
    reach = float(rng.uniform(0.25, 0.5)) * min(image.size)
    near = np.exp(-((x - cx) ** 2 + (y - cy) ** 2) / (2 * (reach / 1.6) ** 2))
    scale = 1 - away(rng, 0.2, 0.5) * near
    return remapped(image, cx + (x - cx) * scale, cy + (y - cy) * scale)


def wave(image: Image.Image, rng: Rng, _: Others) -> Image.Image:
    """Waves along one axis or both."""
    x, y = grid(image)
    size = rng.uniform(0.006, 0.03, 2) * min(image.size)
    size[0] *= rng.random() < 0.8
    length, phase = rng.uniform(0.2, 0.8, 2) * min(image.size), rng.uniform(0, 6.28, 2)
    return remapped(
        image,
        x + size[0] * np.sin(2 * np.pi * y / length[0] + phase[0]),
        y + size[1] * np.sin(2 * np.pi * x / length[1] + phase[1]),
    )


def ripple(image: Image.Image, rng: Rng, _: Others) -> Image.Image:
    """Rings of waves about a point, as in water."""
    x, y = grid(image)
    cx, cy = (float(v) for v in rng.uniform(0.2, 0.8, 2) * image.size)
    far = np.maximum(np.hypot(x - cx, y - cy), 1)
    length = float(rng.uniform(0.12, 0.4)) * min(image.size)
    move = float(rng.uniform(0.05, 0.14)) * length * np.sin(2 * np.pi * far / length)
    return remapped(image, x + move * (x - cx) / far, y + move * (y - cy) / far)


def swirl(image: Image.Image, rng: Rng, _: Others) -> Image.Image:
    """Turned about a point, most in the middle."""
    x, y = grid(image)
    cx, cy = (float(v) for v in rng.uniform(0.35, 0.65, 2) * image.size)
    reach = float(rng.uniform(0.25, 0.6)) * min(image.size)
    angle = away(rng, 0.25, 1.4) * np.exp(-((x - cx) ** 2 + (y - cy) ** 2) / (2 * (reach / 1.8) ** 2))
    dx, dy, sine, cosine = x - cx, y - cy, np.sin(angle), np.cos(angle)
    return remapped(image, cx + dx * cosine - dy * sine, cy + dx * sine + dy * cosine)


def _displaced(image: Image.Image, rng: Rng, cells: int, size: float) -> Image.Image:
    x, y = grid(image)
    return remapped(image, x + (clouds(image, rng, cells) - 0.5) * size, y + (clouds(image, rng, cells) - 0.5) * size)


def elastic(image: Image.Image, rng: Rng, _: Others) -> Image.Image:
    """Pulled here and there like rubber."""
    cells = int(rng.integers(4, 13))
    return _displaced(image, rng, cells, float(rng.uniform(0.15, 0.5)) * min(image.size) / cells)


def grid_distortion(image: Image.Image, rng: Rng, _: Others) -> Image.Image:
    """Columns and rows of unequal width."""
    lines = []
    for side in image.size:
        steps = int(rng.integers(3, 7))
        widths = 1 + rng.uniform(-0.45, 0.45, steps)
        places = np.concatenate(([0], np.cumsum(widths))) / widths.sum() * (side - 1)
        lines.append(np.interp(np.arange(side), np.linspace(0, side - 1, steps + 1), places))
    return remapped(image, *np.meshgrid(*lines))


def page_curl(image: Image.Image, rng: Rng, _: Others) -> Image.Image:
    """A page that bends into the spine of its book, darker there."""
    x, y = grid(image)
    from_spine = x / image.width if rng.random() < 0.5 else 1 - x / image.width
    fall = np.exp(-from_spine * float(rng.uniform(3, 6)))
    lift = away(rng, 0.06, 0.18) * image.height * fall * (0.5 + y / image.height)
    squeeze = float(rng.uniform(0.02, 0.08)) * image.width * fall
    bent = remapped(
        image, x + np.where(from_spine == x / image.width, squeeze, -squeeze), y + lift, cv2.BORDER_REPLICATE
    )
    return picture(pixels(bent) * (1 - float(rng.uniform(0.3, 0.8)) * fall**1.6)[..., None])


def crumpled(image: Image.Image, rng: Rng, _: Others) -> Image.Image:
    """Paper that was folded or crumpled: facets with light and dark creases."""
    x, y = centred(image)
    bend, shade = np.zeros_like(x), np.zeros_like(x)
    for _crease in range(int(rng.integers(2, 9))):
        angle, at = float(rng.uniform(0, np.pi)), float(rng.uniform(-0.8, 0.8))
        side = x * np.cos(angle) + y * np.sin(angle) - at
        bend += away(rng, 0.3, 1) * np.abs(side)
        shade += away(rng, 0.05, 0.15) * np.sign(side) + 0.35 * np.exp(-((side * 60) ** 2))
    size = float(rng.uniform(0.006, 0.02)) * min(image.size)
    x, y = grid(image)
    bent = remapped(image, x + size * bend, y + size * bend)
    return picture(pixels(bent) * (1 + np.clip(shade, -0.45, 0.25))[..., None])


def folded_corner(image: Image.Image, rng: Rng, _: Others) -> Image.Image:
    """A corner folded over, its back and its shadow shown."""
    x, y = grid(image)
    if rng.random() < 0.5:
        x = image.width - 1 - x
    if rng.random() < 0.7:
        y = image.height - 1 - y
    reach = float(rng.uniform(0.15, 0.38)) * min(image.size)
    diagonal = x + y - reach
    flap = (diagonal >= 0) & (x < reach) & (y < reach)
    shadowed = picture(
        pixels(image) * (1 - 0.5 * np.exp(-np.abs(diagonal) / (0.3 * reach)) * (diagonal > 0))[..., None]
    )
    back = 235 - 70 * np.exp(-diagonal / (0.25 * reach))
    folded = mixed(shadowed, np.repeat(np.clip(back, 60, 245)[..., None], 3, 2), flap.astype(np.float32))
    return mixed(folded, plain(rng), (diagonal < 0).astype(np.float32))


def jittered(image: Image.Image, rng: Rng, _: Others) -> Image.Image:
    """Frosted glass or heat: every place moved a little, at once blurred and ragged."""
    x, y = grid(image)
    size = float(rng.uniform(0.005, 0.014)) * min(image.size)
    moves = [
        cv2.GaussianBlur(rng.normal(0, 1, x.shape).astype(np.float32), (0, 0), 0.8) * size * 2 for _axis in range(2)
    ]
    return remapped(image, x + moves[0], y + moves[1])


def round_body(image: Image.Image, rng: Rng, _: Others) -> Image.Image:
    """Wrapped about a can, a mug or a pillar: narrow and dark towards two sides, their ends curved."""
    x, y = centred(image)
    wide = float(rng.uniform(0.75, 1.0))
    u = np.clip(x / wide, -1, 1)
    sag = away(rng, 0.06, 0.2) * (1 - np.sqrt(1 - np.minimum(u * u, 0.999)))
    turned = np.arcsin(u) * 2 / np.pi
    share = float(rng.uniform(0.6, 1))
    u = u * (1 - share) + turned * share
    bent = remapped(image, (u + 1) * image.width / 2, (y * 1.08 + sag + 1) * image.height / 2, cv2.BORDER_CONSTANT)
    lit = picture(pixels(bent) * (1 - float(rng.uniform(0.3, 0.7)) * np.minimum(np.abs(x / wide), 1) ** 3)[..., None])
    return mixed(lit, plain(rng), (np.abs(x) > wide).astype(np.float32))
