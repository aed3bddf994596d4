"""Other shots of one scene from a step aside: near things move against far ones."""

import itertools
from collections.abc import Sequence

import cv2
import numpy as np
from PIL import Image

from lookalike.pipelines.training.kinds.scenery.depth import DEPTHS, pile, seen_from
from lookalike.pipelines.training.kinds.scenery.shots import (
    MOVED_SHARE,
    Others,
    Rng,
    States,
    clipped,
    colour,
    corners,
    fitted,
    grade,
    muted,
    several,
    sized,
    told_apart,
    warped,
)


def _walked(rng: Rng, pixels: np.ndarray, depth: np.ndarray) -> States:
    """From two or three places on one line, aside or forward."""
    height, width = pixels.shape[:2]
    reach = min(height, width) * (0.02 + 0.16 * grade(rng))
    places = [0.0, *(rng.uniform(0.7, 1, 2) * (1, -1))][: int(rng.integers(2, 4))]
    if rng.random() < 0.25:
        y, x = np.mgrid[:height, :width].astype(np.float32)
        centre = rng.uniform(0.3, 0.7, 2) * (width, height)
        aside, down = 2.5 * (x - centre[0]) / width, 2.5 * (y - centre[1]) / height
    else:
        angle = rng.normal(0, 0.5)
        aside, down = np.cos(angle), np.sin(angle)
    return [seen_from(pixels, depth, (reach * at * aside, reach * at * down)) if at else pixels for at in places]


def step_aside(rng: Rng, photograph: Image.Image, _: Others) -> States:
    """A photograph with a depth by guess, from two or three places."""
    pixels = sized(rng, photograph)
    return _walked(rng, pixels, DEPTHS[int(rng.integers(len(DEPTHS)))](rng, pixels))


def heap(rng: Rng, photograph: Image.Image, _: Others) -> States:
    """A heap of round things, as fruit in a shop: each moves a little otherwise."""
    pixels = sized(rng, photograph)
    return _walked(rng, pixels, pile(rng, pixels))


def texture_again(rng: Rng, photograph: Image.Image, _: Others) -> States:
    """Grass, gravel, cloth: the same ground a little farther on, at another slant, its grains at other angles."""
    large = fitted(photograph, (480, 480))
    step = rng.uniform(0.02, 0.09) * np.exp(1j * rng.uniform(0, 2 * np.pi)) * 480
    grains = [large, seen_from(large, pile(rng, large), (step.real, step.imag))]
    if not told_apart(grains, MOVED_SHARE):
        return []
    states = []
    for seen in grains:
        slant = rng.uniform(0, 0.12)
        quad = corners(340, 340) * (1, 0.85) + (70, 80) + rng.uniform(-20, 20, 2)
        quad[:2] += np.array([(-1, 0), (1, 0)]) * slant * 340
        matrix = cv2.getPerspectiveTransform(quad.astype(np.float32), corners(380, 310))
        states.append(warped(seen, matrix, (380, 310)))
    return states


def corner(rng: Rng, photograph: Image.Image, others: Others) -> States:
    """Two walls that meet, an open book, a folded card: seen from more to the left or to the right."""
    width, height = int(rng.integers(340, 450)), int(rng.integers(260, 340))
    left, right = (fitted(p, (width // 2, height)) for p in (photograph, several(rng, others, 1)[0]))
    backdrop = np.full((height, width, 3), muted(rng), np.uint8)
    middle, swing = rng.uniform(0.4, 0.6), 0.05 + 0.15 * grade(rng)
    inwards = rng.random() < 0.5
    states = []
    for side in (-1, 1):
        fold = width * (middle + side * swing * rng.uniform(0.8, 1))
        state = backdrop
        for wall, outer in ((left, 0.03 * width), (right, 0.97 * width)):
            slant = height * (0.02 + 0.25 * (1 - abs(fold - outer) / width))
            near, far = (0.04 * height, slant) if inwards else (slant, 0.04 * height)
            top = ((outer, near), (fold, far)) if outer < fold else ((fold, far), (outer, near))
            quad = [*top, *((x, height - y) for x, y in reversed(top))]
            state = laid(state, wall, np.array(quad, np.float32))
        states.append(state)
    return states


def laid(ground: np.ndarray, picture: np.ndarray, quad: np.ndarray, light: float = 1.0) -> np.ndarray:
    """A picture on a ground, its corners (4, 2) float32 clockwise from the upper left."""
    size = ground.shape[1::-1]
    matrix = cv2.getPerspectiveTransform(corners(picture.shape[1], picture.shape[0]), quad)
    shown = cv2.warpPerspective(picture, matrix, size, borderMode=cv2.BORDER_REPLICATE)
    alpha = cv2.fillConvexPoly(np.zeros(size[::-1], np.uint8), quad.astype(np.int32), 255, cv2.LINE_AA)[..., None]
    share = alpha / np.float32(255)
    return clipped(ground + (shown * np.float32(light) - ground) * share)


def facade(rng: Rng, photograph: Image.Image, others: Others) -> States:
    """One house front from two angles: sills and balconies stand out, windows lie deeper and mirror something else."""
    width, height = 420, 340
    wall = np.asarray(cv2.resize(fitted(photograph, (160, 120)), (width, height), interpolation=cv2.INTER_CUBIC))
    wall = clipped(
        np.array(muted(rng, 80, 220)) + (wall.astype(np.float32) - wall.mean((0, 1))) * rng.uniform(0.1, 0.6)
    )
    rows, columns = int(rng.integers(2, 6)), int(rng.integers(3, 8))
    panes = [fitted(p, (width // columns, height // rows)) for p in several(rng, others, 3)]
    which = rng.integers(0, 3, (rows, columns))
    frame, rail = muted(rng, 0, 255), colour(rng, 0, 200)
    balcony = rng.random((rows, columns)) < rng.uniform(0.2, 0.8)
    deep, out = rng.uniform(0.04, 0.12), rng.uniform(0.12, 0.35)
    angle = float(rng.uniform(-0.5, 0.2))
    turns = [angle, angle + 0.2 + 0.6 * grade(rng)]
    return [
        _front(wall, panes, which, balcony, (frame, rail), (deep * turn, out * turn), turn)[:height, :width]
        for turn in turns
    ]


def _front(
    wall: np.ndarray,
    panes: Sequence[np.ndarray],
    which: np.ndarray,
    balcony: np.ndarray,
    paints: tuple[tuple[int, int, int], tuple[int, int, int]],
    moves: tuple[float, float],
    turn: float,
) -> np.ndarray:
    """The front, its windows moved in and its balconies moved out by shares of a column, then turned about an axis."""
    front = wall.copy()
    height, width = front.shape[:2]
    rows, columns = which.shape
    tall, wide = height // rows, width // columns
    for row, column in itertools.product(range(rows), range(columns)):
        left, top = int(wide * (column + 0.2)), int(tall * (row + 0.18))
        right, bottom = int(wide * (column + 0.8)), int(tall * (row + 0.78))
        pane = np.roll(panes[int(which[row, column])], int(6 * moves[0] * wide), axis=1)
        front[top:bottom, left:right] = pane[: bottom - top, : right - left]
        cv2.rectangle(front, (left, top), (right, bottom), paints[0], max(2, wide // 14))
        bar = int((left + right) / 2 - moves[0] * wide)
        cv2.line(front, (bar, top), (bar, bottom), paints[0], 2)
        if balcony[row, column]:
            aside = int(moves[1] * wide)
            low, high = int(tall * (row + 0.55)), int(tall * (row + 0.92))
            shade = tuple(v // 2 for v in paints[1])
            sides = np.array([(left - 4, low), (left - 4 + aside, low), (left - 4 + aside, high), (left - 4, high)])
            for edge in (sides, sides + np.array((right - left + 8, 0))):
                cv2.fillConvexPoly(front, edge.astype(np.int32), shade)
            cv2.rectangle(front, (left - 4 + aside, low), (right + 4 + aside, high), paints[1], -1)
            for post in range(left + aside, right + aside, 7):
                cv2.line(front, (post, low + 3), (post, high - 3), shade, 2)
    quad = corners(width, height)
    fore = width * (1 - np.cos(turn)) / 2
    slope = height * 0.25 * np.sin(turn)
    quad += np.array([(fore, max(0, slope)), (-fore, max(0, -slope)), (-fore, -max(0, -slope)), (fore, -max(0, slope))])
    return laid(np.full_like(front, 205), front, quad.astype(np.float32))


def shelf(rng: Rng, photograph: Image.Image, others: Others) -> States:
    """Rows of packages, each a little nearer or farther, taken out or turned, in the light of each shot."""
    width, height = int(rng.integers(360, 460)), int(rng.integers(280, 360))
    rows = int(rng.integers(1, 4))
    tall = height / rows
    sources = [photograph, *several(rng, others, 6)]
    packages: list[tuple[int, float, float, float, float]] = []
    faces: list[np.ndarray] = []
    for row in range(rows):
        at = float(rng.uniform(-30, 0))
        while at < width:
            wide = tall * float(rng.uniform(0.3, 0.8))
            faces.append(
                fitted(sources[int(rng.integers(len(sources)))], (max(8, int(wide)), max(8, int(tall * 0.82))))
            )
            for _copy in range(int(rng.integers(1, 4))):
                packages.append((len(faces) - 1, at, row * tall, float(rng.uniform(0, 1)), float(rng.uniform(0.7, 1))))
                at += wide * float(rng.uniform(0.95, 1.15))
    board = colour(rng, 90, 250)
    change = grade(rng)
    states = []
    for place in (0.0, float(rng.choice((-1, 1)))):
        state = np.full((height, width, 3), 28, np.uint8)
        aside = place * width * (0.03 + 0.12 * change)
        for face, left, top, near, size in packages:
            if place and rng.random() < 0.12 * change:
                continue
            x = left + aside * (0.2 + near) + rng.normal(0, 1 + 4 * change) * abs(place)
            wide, high = faces[face].shape[1] * size, faces[face].shape[0] * size
            low = top + tall * 0.9
            lean = float(rng.normal(0, 0.02 + 0.03 * change)) * high
            turned = wide * (1 - 0.25 * change * rng.random() * abs(place))
            quad = [(x + lean, low - high), (x + turned + lean, low - high + lean), (x + turned, low), (x, low)]
            state = _set(state, faces[face], np.array(quad, np.float32), 0.8 + 0.3 * float(rng.random()))
        for row in range(rows):
            top, bottom = int((row + 0.9) * tall), int((row + 1) * tall)
            state[top:bottom] = board
            for tag in np.arange(aside * 0.9, width, tall * 0.7).astype(int).tolist():
                cv2.rectangle(state, (tag + 4, top + 2), (tag + int(tall * 0.3), bottom - 2), (245, 245, 235), -1)
        states.append(state)
    return states


def _set(state: np.ndarray, face: np.ndarray, quad: np.ndarray, light: float) -> np.ndarray:
    """As `laid`, but only the box about the package is computed."""
    low = np.maximum(np.floor(quad.min(0)).astype(int) - 1, 0)
    high = np.minimum(np.ceil(quad.max(0)).astype(int) + 1, state.shape[1::-1])
    if (high - low < 3).any():
        return state
    box = np.s_[low[1] : high[1], low[0] : high[0]]
    state[box] = laid(state[box], face, quad - low.astype(np.float32), light)
    return state
