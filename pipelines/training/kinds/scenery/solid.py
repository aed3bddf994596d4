"""Solid things photographed from two places: a front with wings, a street, a table. What stands out moves against what
lies behind it, and a side that was seen narrow is seen wide.

Lengths are metres; x goes to the right, y down, z away from the first camera; the ground is y = 0.
"""

import itertools
from collections.abc import Sequence
from typing import NamedTuple

import cv2
import numpy as np
from PIL import Image

from lookalike.pipelines.training.kinds.scenery.cutouts import cut
from lookalike.pipelines.training.kinds.scenery.shots import (
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
)

FINE = 2
"""How many times larger than it is given a picture is drawn, so that edges are smooth."""
NEAR = 0.2
"""Nothing nearer to the camera is drawn."""


class Panel(NamedTuple):
    """A flat picture in space. pixels: (h, w, 3) uint8. alpha: (h, w) uint8. corners: (4, 3), clockwise from the upper
    left as it is seen; from behind it is not.
    """

    pixels: np.ndarray
    alpha: np.ndarray
    corners: np.ndarray


class Camera(NamedTuple):
    """place: (3,). turn: (3, 3), directions of the world -> of the camera. focal: px, of a picture of `size`."""

    place: np.ndarray
    turn: np.ndarray
    focal: float
    size: tuple[int, int]


def camera(place: np.ndarray, target: np.ndarray, view: float, size: tuple[int, int]) -> Camera:
    """It stands at `place`, upright, and looks at `target`. view: width of what it sees by its distance."""
    ahead = (target - place) / np.linalg.norm(target - place)
    right = np.array((ahead[2], 0.0, -ahead[0])) / np.hypot(ahead[0], ahead[2])
    return Camera(place, np.stack([right, np.cross(ahead, right), ahead]), size[0] / view, size)


def rendered(seen_by: Camera, panels: Sequence[Panel], ground: np.ndarray, sky: np.ndarray, scale: float) -> np.ndarray:
    """The panels, the farthest first, on a ground and before a sky that reach everywhere. scale: px of the ground's
    picture to a metre.
    """
    width, height = seen_by.size
    page = _backdrop(seen_by, ground, sky, scale)
    far = [float(np.linalg.norm(panel.corners.mean(0) - seen_by.place)) for panel in panels]
    for number in np.argsort(far)[::-1].tolist():
        _draw(page, panels[number], seen_by)
    return np.asarray(cv2.resize(page, (width // FINE, height // FINE), interpolation=cv2.INTER_AREA))


def _backdrop(seen_by: Camera, ground: np.ndarray, sky: np.ndarray, scale: float) -> np.ndarray:
    width, height = seen_by.size
    u, v = np.meshgrid(np.arange(width) - width / 2, np.arange(height) - height / 2)
    x, y, z = np.moveaxis(np.stack([u, v, np.full_like(u, seen_by.focal)], -1) @ seen_by.turn, 2, 0)
    steps = -seen_by.place[1] / np.maximum(y, 1e-4)
    at = ((seen_by.place[0] + steps * x) * scale, (seen_by.place[2] + steps * z) * scale)
    low = _everywhere(ground, *at)
    above = (sky.shape[1] * (np.arctan2(x, z) / np.pi + 0.5), sky.shape[0] * (1 + y / np.hypot(x, z)))
    high = _everywhere(sky, *above)
    # far away the ground is hazy, and its grain is finer than the pixels
    haze = np.clip(steps / 1.5e5, 0, 1)[..., None]
    return clipped(np.where((y > 0)[..., None], low * (1 - haze) + high * haze, high))


def _everywhere(picture: np.ndarray, x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """A picture at any places, mirrored over and over beyond its edges."""
    tall, wide = picture.shape[:2]
    x, y = (np.abs((v % (2 * n)) - n) for v, n in ((x, wide), (y, tall)))
    places = (np.minimum(x, wide - 1).astype(np.float32), np.minimum(y, tall - 1).astype(np.float32))
    return cv2.remap(picture, *places, cv2.INTER_LINEAR).astype(np.float32)


def _draw(page: np.ndarray, panel: Panel, seen_by: Camera) -> None:
    at = (panel.corners - seen_by.place) @ seen_by.turn.T
    if at[:, 2].min() < NEAR:
        return
    quad = at[:, :2] / at[:, 2:] * seen_by.focal + np.array(seen_by.size) / 2
    around = np.roll(quad, -1, 0)
    if (quad[:, 0] * around[:, 1] - around[:, 0] * quad[:, 1]).sum() <= 0:
        return
    low = np.maximum(np.floor(quad.min(0)).astype(int), 0)
    high = np.minimum(np.ceil(quad.max(0)).astype(int) + 1, page.shape[1::-1])
    if (high - low < 2).any():
        return
    tall, wide = panel.alpha.shape
    matrix = cv2.getPerspectiveTransform(corners(wide, tall), (quad - low).astype(np.float32))
    size = (int(high[0] - low[0]), int(high[1] - low[1]))
    box = np.s_[low[1] : high[1], low[0] : high[0]]
    shown = cv2.warpPerspective(panel.pixels, matrix, size, borderMode=cv2.BORDER_REPLICATE)
    share = cv2.warpPerspective(panel.alpha, matrix, size)[..., None] / np.float32(255)
    page[box] = clipped(page[box] + (shown - page[box].astype(np.float32)) * share)


def _whole(pixels: np.ndarray, at: object) -> Panel:
    return Panel(pixels, np.full(pixels.shape[:2], 255, np.uint8), np.array(at, float))


def box(
    x: tuple[float, float], y: tuple[float, float], z: tuple[float, float], faces: Sequence[np.ndarray]
) -> list[Panel]:
    """A block from x[0] to x[1], from the top y[0] down to y[1], from the front z[0] to the back. faces: pictures of
    the front, of both sides, and of the top.
    """
    (left, right), (top, low), (front, back) = x, y, z
    ends = (
        [(left, top, front), (right, top, front), (right, low, front), (left, low, front)],
        [(left, top, back), (left, top, front), (left, low, front), (left, low, back)],
        [(right, top, front), (right, top, back), (right, low, back), (right, low, front)],
        [(left, top, back), (right, top, back), (right, top, front), (left, top, front)],
    )
    pictures = (faces[0], faces[1], faces[1], faces[2])
    return [_whole(pixels, at) for pixels, at in zip(pictures, ends, strict=True)]


def standing(rng: Rng, picture: Image.Image, x: float, z: float, tall: float) -> Panel:
    """Something cut out of a photograph that stands on the ground and faces the camera: a tree, a person, a bottle."""
    what = cut(rng, picture, 160, upright=True)
    half = tall * what.alpha.shape[1] / what.alpha.shape[0] / 2
    alpha = clipped(what.alpha * 255)
    return Panel(
        what.pixels, alpha, np.array([(x - half, -tall, z), (x + half, -tall, z), (x + half, 0, z), (x - half, 0, z)])
    )


class _Style(NamedTuple):
    """Of a house: its wall, frames, panes, roof; how wide, tall and far apart windows are, shares of their cells."""

    wall: np.ndarray
    frame: tuple[int, int, int]
    panes: list[np.ndarray]
    roof: np.ndarray
    part: tuple[float, float]
    arched: bool
    bars: int


def _style(rng: Rng, photograph: Image.Image, others: Others) -> _Style:
    grain = fitted(photograph, (120, 120)).astype(np.float32)
    wall = clipped(np.array(muted(rng, 90, 225)) + (grain - grain.mean((0, 1))) * rng.uniform(0.05, 0.35))
    panes = [clipped(fitted(picture, (40, 60)) * rng.uniform(0.15, 0.7)) for picture in several(rng, others, 3)]
    roof = clipped(np.array(muted(rng, 40, 130)) + rng.normal(0, 14, (60, 240, 1)) * np.ones(3))
    part = float(rng.uniform(0.35, 0.65)), float(rng.uniform(0.45, 0.7))
    return _Style(wall, muted(rng, 0, 255), panes, roof, part, bool(rng.random() < 0.3), int(rng.integers(0, 3)))


def _wall(rng: Rng, style: _Style, wide: float, tall: float, storeys: int) -> np.ndarray:
    """A wall of so many metres with rows of windows: 24 px to a metre."""
    width, height = max(24, int(24 * wide)), max(24, int(24 * tall))
    page = cv2.resize(style.wall, (width, height), interpolation=cv2.INTER_LINEAR)
    page = clipped(page + rng.normal(0, 7, (height, width, 1)))
    columns = max(1, round(wide / (tall / storeys) * 1.2))
    cell = width / columns, height / storeys
    for column, storey in itertools.product(range(columns), range(storeys)):
        half, high = int(cell[0] * style.part[0] / 2), int(cell[1] * style.part[1])
        middle, top = int((column + 0.5) * cell[0]), int(storey * cell[1] + cell[1] * 0.18)
        if storey == storeys - 1 and column == columns // 2:
            high = int(cell[1] * 0.82)  # the door
        if half < 2 or high < 4:
            continue
        left, right, low = middle - half, middle + half, top + high
        pane = style.panes[int(rng.integers(len(style.panes)))]
        page[top:low, left:right] = cv2.resize(pane, (right - left, low - top))[: height - top]
        if style.arched:
            cv2.ellipse(page, (middle, top), (half, half), 0, 180, 360, style.frame, -1, cv2.LINE_AA)
        cv2.rectangle(page, (left, top), (right, low), style.frame, 2)
        for bar in range(1, style.bars + 1):
            at = top + high * bar // (style.bars + 1)
            cv2.line(page, (left, at), (right, at), style.frame, 1)
        cv2.rectangle(page, (left - 3, low), (right + 3, low + 3), tuple(v // 2 for v in style.frame), -1)
    for storey in range(storeys):
        at = int(storey * cell[1])
        cv2.line(page, (0, at), (width, at), tuple(v // 2 + 60 for v in style.frame), 3)
    return page


def _house(
    rng: Rng, style: _Style, x: tuple[float, float], tall: float, z: tuple[float, float], storeys: int
) -> list[Panel]:
    """A block with windows, a hipped roof, and chimneys on it."""
    walls = [_wall(rng, style, side[1] - side[0], tall, storeys) for side in (x, z)]
    panels = box(x, (-tall, 0.0), z, [*walls, style.roof])
    rise, inwards = float(rng.uniform(0.15, 0.6)) * tall, float(rng.uniform(0.05, 0.3)) * (x[1] - x[0])
    back = z[0] + (z[1] - z[0]) / 2
    ridge = (x[0] + inwards, -tall - rise, back), (x[1] - inwards, -tall - rise, back)
    panels.append(_whole(style.roof, [*ridge, (x[1], -tall, z[0]), (x[0], -tall, z[0])]))
    for _chimney in range(int(rng.integers(0, 4))):
        at, wide = float(rng.uniform(x[0] + inwards, x[1] - inwards)), float(rng.uniform(0.4, 1.0))
        brick = np.ascontiguousarray(style.wall[:60, :30])
        panels += box(
            (at, at + wide), (-tall - rise - float(rng.uniform(0.5, 2)), -tall - rise / 2), (back, back + wide),
            [brick, brick, brick],
        )  # fmt: skip
    return panels


def _sky(rng: Rng, others: Others) -> np.ndarray:
    """Blue or grey, lighter below, with or without clouds."""
    top, low = np.array(colour(rng, 90, 230)), np.array(colour(rng, 190, 255))
    slope = np.linspace(0, 1, 240)[:, None, None]
    sky = np.broadcast_to(top * (1 - slope) + low * slope, (240, 960, 3))
    if rng.random() < 0.6:
        clouds = cv2.resize(fitted(several(rng, others, 1)[0], (60, 15)), (960, 240), interpolation=cv2.INTER_CUBIC)
        sky = sky + (clouds.mean(2, keepdims=True) - 128.0) * rng.uniform(0.1, 0.5)
    return clipped(sky)


def _soil(rng: Rng, photograph: Image.Image, *paints: tuple[int, int, int]) -> np.ndarray:
    """A lawn or a pavement with paths over it."""
    grain = fitted(photograph, (600, 600)).astype(np.float32)
    soil = clipped(np.array(muted(rng, 60, 170)) + (grain - grain.mean((0, 1))) * rng.uniform(0.15, 0.5))
    for paint in paints:
        start, end = rng.integers(0, 600, (2, 2)).tolist()
        cv2.line(soil, start, end, paint, int(rng.integers(20, 90)))
    return soil


def _stations(rng: Rng, target: np.ndarray, away: float, high: float, least: float, most: float) -> list[np.ndarray]:
    """Two or three places round a target, apart by angles between the two, in degrees, and a little nearer or
    farther.
    """
    at = float(np.radians(rng.uniform(-20, 20)))
    places = []
    for _station in range(int(rng.integers(2, 4))):
        reach = away * float(np.exp(rng.normal(0, 0.07)))
        places.append(np.array((target[0] + reach * np.sin(at), -high, target[2] - reach * np.cos(at))))
        at += float(np.radians(least + (most - least) * grade(rng)) * rng.choice((-1, 1)))
    return places


def building(rng: Rng, photograph: Image.Image, others: Others) -> States:
    """A large front with wings that stand out, chimneys behind it and trees before it, from places on its lawn."""
    style = _style(rng, photograph, others)
    wide, tall, storeys = float(rng.uniform(18, 44)), float(rng.uniform(7, 15)), int(rng.integers(2, 5))
    wing, out = wide * float(rng.uniform(0.12, 0.24)), float(rng.uniform(1.5, 7))
    taller = tall * float(rng.uniform(0.9, 1.35))
    panels = _house(rng, style, (-wide / 2, wide / 2), tall, (0, 9), storeys)
    for left in (-wide / 2, wide / 2 - wing):
        panels += _house(rng, style, (left, left + wing), taller, (-out, 6), storeys)
    if rng.random() < 0.5:
        panels += _house(rng, style, (-wing / 2, wing / 2), taller, (-out / 2, 6), storeys)
    for source in several(rng, others, int(rng.integers(0, 6))):
        x, z = float(rng.uniform(-0.8, 0.8)) * wide, float(rng.uniform(-0.7, 0.3)) * wide
        panels.append(standing(rng, source, x, z, float(rng.uniform(1.5, 9))))
    ground, sky = _soil(rng, others[0], colour(rng, 140, 220), colour(rng, 140, 220)), _sky(rng, others)
    target, away = np.array((0.0, -tall * 0.55, 0.0)), wide * float(rng.uniform(0.9, 1.7))
    size = (FINE * int(rng.integers(340, 450)), FINE * int(rng.integers(250, 330)))
    places = _stations(rng, target, away, float(rng.uniform(1.5, 4)), 2.5, 22)
    view = wide / away * float(rng.uniform(1.05, 1.5))
    return [rendered(camera(at, target, view, size), panels, ground, sky, 12) for at in places]


def street(rng: Rng, photograph: Image.Image, others: Others) -> States:
    """Houses along both sides of a street, some steps on or to the other pavement."""
    half = float(rng.uniform(4, 9))
    panels: list[Panel] = []
    for side in (-1, 1):
        z = float(rng.uniform(2, 6))
        for source in several(rng, [photograph, *others], int(rng.integers(3, 6))):
            deep, tall = float(rng.uniform(6, 14)), float(rng.uniform(5, 14))
            edge = half + float(rng.uniform(0, 2))
            x = (edge, edge + 9) if side > 0 else (-edge - 9, -edge)
            panels += _house(rng, _style(rng, source, others), x, tall, (z, z + deep), int(rng.integers(2, 5)))
            z += deep + float(rng.choice((0, rng.uniform(0.5, 3))))
    for source in several(rng, others, int(rng.integers(1, 7))):
        place = float(rng.uniform(-1, 1)) * half, float(rng.uniform(5, 40))
        panels.append(standing(rng, source, *place, float(rng.uniform(1.4, 3.5))))
    ground, sky = _soil(rng, others[0], colour(rng, 90, 160)), _sky(rng, others)
    size, view = (FINE * int(rng.integers(330, 430)), FINE * int(rng.integers(260, 340))), float(rng.uniform(0.8, 1.4))
    target = np.array((float(rng.uniform(-2, 2)), -3.0, 30.0))
    states = []
    step, way = 0.7 + 2.5 * grade(rng), float(rng.uniform(0, 2 * np.pi))
    for number in range(int(rng.integers(2, 4))):
        moved = number * step * np.array((np.sin(way), np.cos(way)))
        at = np.array((moved[0] * 0.7, -1.7, min(1.0, moved[1] - 2.0)))
        states.append(rendered(camera(at, target, view, size), panels, ground, sky, 12))
    return states


def laid_table(rng: Rng, photograph: Image.Image, others: Others) -> States:
    """Boxes and other things on a table before a wall, the camera a hand's breadth on."""
    pictures = [photograph, *others]
    wall = fitted(several(rng, others, 1)[0], (400, 260)) if rng.random() < 0.5 else None
    paint = np.full((260, 400, 3), muted(rng), np.uint8) if wall is None else wall
    back = float(rng.uniform(0.5, 1.2))
    panels = [_whole(paint, [(-2.2, -1.9, back), (2.2, -1.9, back), (2.2, 0, back), (-2.2, 0, back)])]
    for number in range(int(rng.integers(6, 19))):
        x, z = float(rng.uniform(-0.6, 0.6)), float(rng.uniform(-0.3, back - 0.1))
        wide, tall, deep = (float(v) for v in rng.uniform((0.08, 0.08, 0.05), (0.4, 0.45, 0.3)))
        source = pictures[int(rng.integers(len(pictures)))]
        if number % 3 == 2:
            panels.append(standing(rng, source, x, z, tall))
        else:
            front, side = fitted(source, (150, 150)), np.full((60, 60, 3), colour(rng), np.uint8)
            panels += box((x - wide / 2, x + wide / 2), (-tall, 0.0), (z, z + deep), [front, side, side])
    ground = _soil(rng, pictures[-1])
    if rng.random() < 0.5:
        ground[:] = clipped(np.array(muted(rng)) + rng.normal(0, 6, (600, 600, 1)))
    size = (FINE * int(rng.integers(330, 450)), FINE * int(rng.integers(260, 340)))
    target = np.array((0.0, -0.15, back / 2))
    places = _stations(rng, target, float(rng.uniform(1.2, 2)), float(rng.uniform(0.4, 1.1)), 1.5, 18)
    view = float(rng.uniform(0.5, 0.9))
    sky = np.full((240, 960, 3), muted(rng), np.uint8)
    return [rendered(camera(at, target, view, size), panels, ground, sky, 250) for at in places]
