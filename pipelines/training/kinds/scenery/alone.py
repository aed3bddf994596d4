"""One thing alone on plain ground: a product as shops show it, a sticker, a piece of clip art."""

import cv2
import numpy as np
from PIL import Image, ImageDraw

from lookalike.pipelines.training.kinds.scenery.cutouts import cut, pasted
from lookalike.pipelines.training.kinds.tools.canvas import Rng, ink, pick, plain

FINE = 2
"""Times as large as they are kept, drawings are drawn: edges are smooth."""


def thing_alone(rng: Rng, photograph: Image.Image) -> Image.Image:
    """Cut out of a photograph, or drawn."""
    return _cut_out(rng, photograph) if rng.random() < 0.5 else _clip_art(rng)


def _ground(rng: Rng) -> tuple[int, int, int]:
    return (255, 255, 255) if rng.random() < 0.6 else plain(rng)


def _cut_out(rng: Rng, photograph: Image.Image) -> Image.Image:
    width, height = (int(side) for side in rng.integers(180, 420, 2))
    ground = np.empty((height, width, 3), np.uint8)
    ground[:] = _ground(rng)
    what = cut(rng, photograph, int(min(width, height) * rng.uniform(0.5, 0.95)))
    centre = width * float(rng.uniform(0.45, 0.55)), height * float(rng.uniform(0.45, 0.55))
    shown = pasted(ground, what, centre, 1.0, float(rng.normal(0, 8)), float(rng.choice((0.0, 0.4))))
    return Image.fromarray(shown)


def _clip_art(rng: Rng) -> Image.Image:
    """Some shapes of few colours, one on the other, with outlines or without."""
    side = int(rng.integers(64, 400))
    image = Image.new("RGB", (side * FINE,) * 2, _ground(rng))
    draw, palette = ImageDraw.Draw(image), [ink(rng) for _ in range(int(rng.integers(2, 6)))]
    line = int(side * FINE * rng.uniform(0.006, 0.025)) if rng.random() < 0.5 else 0
    outline = (20, 20, 20) if rng.random() < 0.7 else ink(rng)
    mirrored = rng.random() < 0.4
    size, place = 0.75, np.array((0.5, 0.5))
    for _ in range(int(rng.integers(4, 16))):
        points = _shape(rng, size * float(rng.uniform(0.6, 1))) + place
        for side_of in (points, points * (-1, 1) + (1, 0)) if mirrored else (points,):
            at = [tuple(point) for point in side_of * image.width]
            draw.polygon(at, fill=pick(rng, palette) if not mirrored else palette[len(at) % len(palette)])
            if line:
                draw.line([*at, at[0]], fill=outline, width=line, joint="curve")
        size = max(0.1, size * float(rng.uniform(0.6, 0.95)))
        place = 0.5 + rng.uniform(-0.3, 0.3, 2)
    small = cv2.resize(np.asarray(image), (side, side), interpolation=cv2.INTER_AREA)
    return Image.fromarray(small)


def _shape(rng: Rng, size: float) -> np.ndarray:
    """(n, 2) corners around the origin: an ellipse, a box, a polygon, a blob or a star."""
    way = int(rng.integers(5))
    count = (40, 4, int(rng.integers(3, 8)), 40, 2 * int(rng.integers(4, 9)))[way]
    angles = np.linspace(0, 2 * np.pi, count, endpoint=False) + (np.pi / 4 if way == 1 else float(rng.uniform(0, 6)))
    radius = np.ones(count)
    if way == 2:
        radius = rng.uniform(0.5, 1, count)
    elif way == 3:
        radius = 0.8 + 0.2 * np.sin(int(rng.integers(2, 6)) * angles)
    elif way == 4:
        radius[::2] = rng.uniform(0.35, 0.7)
    stretch = (1.0, float(rng.uniform(0.3, 1)))
    shape = (
        np.stack([np.cos(angles), np.sin(angles)], 1) * radius[:, None] * stretch[:: 1 if rng.random() < 0.5 else -1]
    )
    return shape * size / 2
