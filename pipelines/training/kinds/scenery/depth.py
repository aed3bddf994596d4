"""Depth, drawn or guessed, and what a scene of that depth looks like from a step aside.

Depths are (h, w) float32 of nearness: 0 far away, 1 near the camera.
"""

import cv2
import numpy as np

from lookalike.pipelines.training.kinds.scenery.cutouts import outline, segments, thing
from lookalike.pipelines.training.kinds.scenery.shots import Rng


def ground(rng: Rng, pixels: np.ndarray) -> np.ndarray:
    """A floor that comes nearer below a horizon, or a wall seen at a slant, with things that stand on it."""
    height, width = pixels.shape[:2]
    if rng.random() < 0.6:
        depth = np.clip((np.arange(height) / height - rng.uniform(0, 0.5))[:, None] * 1.4, 0, 1)
    else:
        depth = np.linspace(0, 1, width)[None, :: (-1) ** int(rng.integers(2))]
    depth = np.broadcast_to(depth, (height, width)).astype(np.float32) * float(rng.uniform(0.4, 1))
    return np.maximum(depth, things(rng, pixels) * float(rng.uniform(0.6, 1.2)))


def things(rng: Rng, pixels: np.ndarray) -> np.ndarray:
    """Outlines one before another; or what the picture shows before its plain ground."""
    height, width = pixels.shape[:2]
    depth = np.zeros((height, width), np.float32)
    whole = thing(pixels)
    if whole is not None:
        depth = np.where(whole > 0.5, np.float32(rng.uniform(0.3, 0.7)), depth)
    for near in np.sort(rng.uniform(0.25, 1, int(rng.integers(1, 7)))).tolist():
        tall, wide = (int(side * rng.uniform(0.15, 0.7)) for side in (height, width))
        top, left = int(rng.integers(height - tall + 1)), int(rng.integers(width - wide + 1))
        place = depth[top : top + tall, left : left + wide]
        place[outline(rng, tall, wide) > 0.5] = near
    return depth


def regions(rng: Rng, pixels: np.ndarray) -> np.ndarray:
    """Each region of one colour at a depth of its own, lower ones nearer."""
    labels = segments(rng, pixels, int(rng.integers(5, 28)))
    count = int(labels.max()) + 1
    lines = np.arange(labels.shape[0], dtype=np.float64)[:, None] / labels.shape[0]
    size = np.maximum(np.bincount(labels.ravel(), minlength=count), 1)
    low = np.bincount(labels.ravel(), np.broadcast_to(lines, labels.shape).ravel(), count) / size
    mixed = float(rng.uniform(0.3, 1))
    near = mixed * rng.random(count) + (1 - mixed) * low
    return np.asarray(near, np.float32)[labels]


def pile(rng: Rng, pixels: np.ndarray) -> np.ndarray:
    """Round things heaped up, each a dome before or behind its neighbours, as large as a tenth of the picture."""
    height, width = pixels.shape[:2]
    y, x = np.mgrid[:height, :width].astype(np.float32)
    step = min(height, width) * float(rng.uniform(0.09, 0.24))
    depth = np.zeros((height, width), np.float32)
    columns, rows = np.meshgrid(np.arange(0, width + step, step), np.arange(0, height + step, step * 0.85))
    for cx, cy in (
        np.stack([columns, rows], -1).reshape(-1, 2) + rng.uniform(-0.35, 0.35, (columns.size, 2)) * step
    ).tolist():
        left, top = max(0, int(cx - step)), max(0, int(cy - step))
        box = np.s_[top : int(cy + step), left : int(cx + step)]
        inside = 1 - ((x[box] - cx) ** 2 + (y[box] - cy) ** 2) / (step * 0.68) ** 2
        dome = np.where(inside > 0, float(rng.uniform(0.1, 0.7)) + 0.3 * np.sqrt(np.maximum(inside, 0)), 0)
        np.maximum(depth[box], dome, out=depth[box])
    return depth + np.float32(rng.uniform(0, 0.6)) * y / height


def strips(rng: Rng, pixels: np.ndarray) -> np.ndarray:
    """Trunks, posts, people in a row: upright strips, each at a depth of its own."""
    height, width = pixels.shape[:2]
    depth = np.zeros((height, width), np.float32)
    for near in np.sort(rng.uniform(0.2, 1, int(rng.integers(3, 12)))).tolist():
        wide = int(width * rng.uniform(0.04, 0.22))
        left, top = int(rng.integers(width - wide + 1)), int(height * rng.uniform(0, 0.5))
        depth[top : int(height * rng.uniform(0.6, 1.0)) + 1, left : left + wide] = near
    return depth


DEPTHS = (ground, things, regions, strips)
"""Ways to guess at the depth of a photograph."""


def seen_from(pixels: np.ndarray, depth: np.ndarray, step: tuple[float | np.ndarray, float | np.ndarray]) -> np.ndarray:
    """The scene from another place: what is nearest moves by step (x, y) in px against what is farthest.

    step: one for all of the picture, or (h, w) of each pixel, as when the camera goes forward.

    What stood at the depth that most have stays in its place; what comes out from behind a nearer thing is made up out
    of its surroundings.
    """
    height, width = depth.shape
    depth = depth - np.median(depth)
    y, x = np.mgrid[:height, :width]
    flat = np.argsort(depth, axis=None, kind="stable")
    near = depth.ravel()[flat]
    to_x = np.rint(x + step[0] * depth).astype(np.intp).ravel()[flat]
    to_y = np.rint(y + step[1] * depth).astype(np.intp).ravel()[flat]
    inside = (to_x >= 0) & (to_x < width) & (to_y >= 0) & (to_y < height)
    far = np.float32(-9)
    there = np.full((height, width), far, np.float32)
    there[to_y[inside], to_x[inside]] = near[inside]  # the nearest comes last and stays
    cracks = cv2.medianBlur(there, 3)
    there = np.where(there == far, cracks, there)
    uncovered = there == far
    there = np.where(uncovered, _from_behind(there, far), there)
    seen = cv2.remap(
        pixels,
        (x - step[0] * there).astype(np.float32),
        (y - step[1] * there).astype(np.float32),
        cv2.INTER_LINEAR,
        borderMode=cv2.BORDER_REFLECT_101,
    )
    if not uncovered.any():
        return seen
    hole = cv2.dilate(uncovered.astype(np.uint8), np.ones((3, 3), np.uint8))
    return np.asarray(cv2.inpaint(seen, hole, 2, cv2.INPAINT_TELEA))


def _from_behind(there: np.ndarray, far: np.float32) -> np.ndarray:
    """Unknown depths take the farthest of the known ones beside them."""
    known = np.where(there == far, np.float32(9), there)
    return np.where(known == 9, np.minimum(cv2.erode(known, np.ones((31, 31), np.uint8)), 0), there)
