"""Views of one wide scene of which each shows something that the other does not."""

import itertools
from collections.abc import Sequence

import cv2
import numpy as np
from PIL import Image

from lookalike.pipelines.training.kinds.scenery.shots import (
    Others,
    Rng,
    States,
    clipped,
    detailed,
    fitted,
    several,
    shot,
)

Box = tuple[int, int, int, int]
"""left, top, right, bottom, px."""


def _wide(rng: Rng, photograph: Image.Image) -> np.ndarray:
    shape = float(np.clip(photograph.width / photograph.height, 0.6, 2.4))
    return fitted(photograph, (640, round(640 / shape)) if shape >= 1 else (round(640 * shape), 640))


def _both_show_more(pixels: np.ndarray, boxes: Sequence[Box]) -> bool:
    """Whether in any two of the boxes something is to be seen that lies outside of the other."""
    for a, b in itertools.permutations(boxes, 2):
        own = [(a[0], a[1], min(b[0], a[2]), a[3]), (max(b[2], a[0]), a[1], a[2], a[3])]
        own += [(a[0], a[1], a[2], min(b[1], a[3])), (a[0], max(b[3], a[1]), a[2], a[3])]
        if not any(detailed(pixels[top:bottom, left:right], 16) for left, top, right, bottom in own):
            return False
    return True


def panned(rng: Rng, photograph: Image.Image, _: Others) -> States:
    """The camera is swung on by a tenth up to six tenths of its view, aside, up or down, perhaps twice."""
    pixels = _wide(rng, photograph)
    height, width = pixels.shape[:2]
    upright = rng.random() < 0.3
    share = float(rng.uniform(0.1, 0.6))
    count = 3 if share < 0.35 and rng.random() < 0.4 else 2
    long, wander = (height if upright else width), float(rng.uniform(0, 0.08))
    view = long / (1 + share * (count - 1))
    boxes = []
    for step in range(count):
        along, across = round(step * share * view), round(wander * rng.random() * (width if upright else height))
        left, top = (across, along) if upright else (along, across)
        tall, wide = (
            (round(view), round(width * (1 - wander))) if upright else (round(height * (1 - wander)), round(view))
        )
        boxes.append((left, top, min(width, left + wide), min(height, top + tall)))
    return _taken(rng, pixels, boxes)


def two_crops(rng: Rng, photograph: Image.Image, _: Others) -> States:
    """Two cuts of one photograph at places and sizes of their own, which share a fifth up to seven tenths."""
    pixels = _wide(rng, photograph)
    height, width = pixels.shape[:2]
    for _try in range(20):
        boxes = []
        for _crop in range(2):
            wide, tall = (rng.uniform(0.4, 0.85, 2) * (width, height)).astype(int).tolist()
            left, top = int(rng.integers(width - wide + 1)), int(rng.integers(height - tall + 1))
            boxes.append((left, top, left + wide, top + tall))
        (a, b), areas = boxes, [(box[2] - box[0]) * (box[3] - box[1]) for box in boxes]
        common = max(0, min(a[2], b[2]) - max(a[0], b[0])) * max(0, min(a[3], b[3]) - max(a[1], b[1]))
        if 0.2 < common / min(areas) < 0.7:
            return _taken(rng, pixels, boxes)
    return []


def _taken(rng: Rng, pixels: np.ndarray, boxes: Sequence[Box]) -> States:
    """Each box as a photograph of its own; nothing where one of them shows no more than another."""
    if not _both_show_more(pixels, boxes):
        return []
    amount = float(rng.random()) * 0.5 if rng.random() < 0.7 else 0.0
    views = []
    for left, top, right, bottom in boxes:
        view = pixels[top:bottom, left:right]
        scale = float(rng.uniform(300, 460)) / max(view.shape[:2])
        view = cv2.resize(view, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
        views.append(shot(rng, view, amount) if amount else view)
    return views


def mosaic(rng: Rng, photograph: Image.Image, others: Others) -> States:
    """Two panoramas stitched of frames of their own, with seams, steps and a ragged border; each goes on farther."""
    pixels = np.hstack([fitted(picture, (400, 300)) for picture in (photograph, *several(rng, others, 1))])
    share = float(rng.uniform(0.3, 0.75))
    view = int(800 / (2 - share))
    boxes: list[Box] = [(0, 0, view, 300), (800 - view, 0, 800, 300)]
    if not _both_show_more(pixels, boxes):
        return []
    return [_stitched(rng, pixels[:, left:right]) for left, _, right, _ in boxes]


def _stitched(rng: Rng, wide: np.ndarray) -> np.ndarray:
    height, width = wide.shape[:2]
    frames, ground = int(rng.integers(3, 6)), int(rng.choice((0, 255)))
    page = np.full((height + 24, width, 3), ground, np.uint8)
    edges = np.linspace(0, width, frames + 1).astype(int)
    for left, right in itertools.pairwise(edges.tolist()):
        end = min(width, right + 12)
        light = np.exp(rng.normal(0, 0.06)) * np.exp(rng.normal(0, 0.03, 3))
        top = int(rng.integers(0, 24))
        page[top : top + height, left:end] = clipped(wide[:, left:end] * light)
    return page
