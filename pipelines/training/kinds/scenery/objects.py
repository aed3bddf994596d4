"""Other shots of one thing that is held up and turned: more of another side of it is seen."""

import cv2
import numpy as np
from PIL import Image

from lookalike.pipelines.training.kinds.scenery.cutouts import Cutout, pasted
from lookalike.pipelines.training.kinds.scenery.parallax import laid
from lookalike.pipelines.training.kinds.scenery.shots import (
    MOVED_SHARE,
    Colour,
    Others,
    Rng,
    States,
    clipped,
    fitted,
    grade,
    several,
    sized,
    told_apart,
    warped,
)


def _turns(rng: Rng, widest: float) -> list[float]:
    """Two or three angles, rad, apart from one another."""
    apart = 0.12 + (widest - 0.12) * grade(rng)
    start = float(rng.uniform(-widest / 2, widest / 2))
    return [start + apart * step * float(rng.uniform(0.8, 1.1)) for step in range(int(rng.integers(2, 4)))]


def _skin(rng: Rng) -> Colour:
    light = float(rng.uniform(0.35, 1))
    return int(235 * light), int(190 * light), int(160 * light)


def _held(
    rng: Rng, picture: np.ndarray, right: bool, place: tuple[float, float], size: float, skin: Colour
) -> np.ndarray:
    """Fingers that come from one side and close about a thing whose edge is at a place."""
    over = picture.copy()
    way = 1 if right else -1
    for finger in range(4):
        y = int(place[1] + (finger - 1.5) * size * 0.75 + rng.normal(0, size * 0.05))
        tip = int(place[0] - way * size * rng.uniform(0.5, 1.4))
        root = int(place[0] + way * size * 1.6)
        tone = tuple(int(v * (0.85 + 0.05 * finger)) for v in skin)
        cv2.line(over, (root, y + int(size * 0.2)), (tip, y), tone, max(3, int(size * 0.68)), cv2.LINE_AA)
    return over


def _behind(rng: Rng, others: Others, count: int) -> States:
    """What is behind the hand on so many shots: one place, seen from farther or less far aside, or other places."""
    grounds = [sized(rng, place) for place in several(rng, others, count)]
    size = grounds[0].shape[1::-1]
    if rng.random() < 0.3:
        return [cv2.resize(ground, size, interpolation=cv2.INTER_AREA) for ground in grounds]
    aside, soft = float(rng.choice((0.0, 0.02, 0.2))), float(rng.uniform(0.5, 2)) if rng.random() < 0.4 else 0.0
    seen = []
    for move in (rng.normal(0, 1, (count, 2)) * aside * size).tolist():
        ground = warped(grounds[0], np.array([(1, 0, move[0]), (0, 1, move[1]), (0, 0, 1.0)]))
        seen.append(cv2.GaussianBlur(ground, (0, 0), soft) if soft else ground)
    return seen


def can_in_hand(rng: Rng, photograph: Image.Image, others: Others) -> States:
    """A can, a bottle or a cup: its label runs round, and another part of it faces the camera."""
    turns = _turns(rng, 1.2)
    behind = _behind(rng, others, len(turns))
    height, width = behind[0].shape[:2]
    tall = int(min(height, width) * rng.uniform(0.45, 0.85))
    wide = int(tall * rng.uniform(0.4, 0.8))
    label = fitted(photograph, (int(wide * rng.uniform(1.6, 3.2)), tall))
    span = float(rng.uniform(2.5, 2 * np.pi))
    cans = [_can(label, wide, turn, span) for turn in turns]
    if not told_apart([can.pixels for can in cans], MOVED_SHARE):
        return []
    centre = rng.uniform(0.35, 0.65, 2) * (width, height)
    skin, right = _skin(rng), rng.random() < 0.5
    states = []
    for can, ground in zip(cans, behind, strict=True):
        place = centre + rng.normal(0, 0.012, 2) * (width, height)
        lean = float(rng.normal(0, 4))
        state = pasted(ground, can, (place[0], place[1]), 1.0, lean, shadow=0.4)
        edge = place[0] + (0.5 if right else -0.5) * wide, place[1] + tall * 0.1
        states.append(_held(rng, state, right, edge, tall * 0.13, skin))
    return states


def _can(label: np.ndarray, wide: int, turn: float, span: float) -> Cutout:
    """What is seen of a label that runs round a cylinder, by angle; span: of the label, rad."""
    tall = label.shape[0]
    angle = np.arcsin(np.linspace(-0.995, 0.995, wide))
    column = (angle + turn) / span * label.shape[1] + label.shape[1] / 2
    bend = 0.04 * wide * np.cos(angle)
    x = np.broadcast_to(column, (tall, wide)).astype(np.float32)
    y = np.arange(tall)[:, None] - bend[None, :] + 0.02 * wide
    seen = cv2.remap(label, x, y.astype(np.float32), cv2.INTER_LINEAR, borderMode=cv2.BORDER_WRAP)
    alpha = ((y >= 0) & (y < tall)).astype(np.float32)
    return Cutout(clipped(seen * (0.45 + 0.6 * np.cos(angle - 0.4))[None, :, None]), alpha)


def box_in_hand(rng: Rng, photograph: Image.Image, others: Others) -> States:
    """A carton: its front, and more or less of its side."""
    turns = _turns(rng, 1.0)
    source, *places = several(rng, others, 1 + len(turns))
    behind = _behind(rng, places, len(turns))
    height, width = behind[0].shape[:2]
    tall = min(height, width) * float(rng.uniform(0.45, 0.85))
    wide, deep = tall * float(rng.uniform(0.4, 0.9)), tall * float(rng.uniform(0.2, 0.6))
    front, side = fitted(photograph, (max(8, int(wide)), int(tall))), fitted(source, (max(8, int(deep)), int(tall)))
    centre = rng.uniform(0.38, 0.62, 2) * (width, height)
    skin, right = _skin(rng), rng.random() < 0.5
    states = []
    for turn, ground in zip(turns, behind, strict=True):
        place = centre + rng.normal(0, 0.012, 2) * (width, height)
        lean = float(rng.normal(0, 0.05))
        state, edge = _carton(ground, front, side, place, turn + 0.15, lean)
        states.append(_held(rng, state, right, edge[int(right)], tall * 0.12, skin))
    return states


def _carton(
    backdrop: np.ndarray, front: np.ndarray, side: np.ndarray, place: np.ndarray, turn: float, lean: float
) -> tuple[np.ndarray, list[tuple[float, float]]]:
    """A carton turned about its upright axis; and where its left and right edges are at half its height."""
    wide, tall, deep = front.shape[1], front.shape[0], side.shape[1]
    flat = np.array([(-wide / 2, -deep / 2), (wide / 2, -deep / 2), (wide / 2, deep / 2), (-wide / 2, deep / 2)])
    spun = flat @ np.array([(np.cos(turn), -np.sin(turn)), (np.sin(turn), np.cos(turn))])
    nearness = 2.6 * tall / (2.6 * tall + spun[:, 1] + deep / 2)
    x = spun[:, 0] * nearness
    upper = np.stack([x + lean * tall / 2, -tall / 2 * nearness], 1) + place
    lower = np.stack([x - lean * tall / 2, tall / 2 * nearness], 1) + place
    a, b = (1, 2) if x[2] > x[1] else (3, 0)
    state = backdrop
    if abs(x[b] - x[a]) > 3 and x[b] > x[a]:
        quad = np.array([upper[a], upper[b], lower[b], lower[a]], np.float32)
        state = laid(state, side, quad, 0.75)
    state = laid(state, front, np.array([upper[0], upper[1], lower[1], lower[0]], np.float32))
    half = (upper + lower) / 2
    return state, [(float(half[:, 0].min()), float(place[1])), (float(half[:, 0].max()), float(place[1]))]
