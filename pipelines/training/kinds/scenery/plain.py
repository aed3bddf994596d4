"""Pictures that are alike because little is in them: plain or dark grounds, patterns, textures, fog, lights."""

import cv2
import numpy as np
from PIL import Image

from lookalike.pipelines.training.kinds.scenery.cutouts import Cutout, cut, outline, pasted
from lookalike.pipelines.training.kinds.scenery.shots import (
    Others,
    Rng,
    States,
    clipped,
    colour,
    detailed,
    fitted,
    grade,
    muted,
    several,
)


def _ramp(rng: Rng, height: int, width: int) -> np.ndarray:
    """(h, w, 3) float32: from one colour to another like it, down or aslant: a sky, a sea, snow, a wall, water."""
    first = np.array(muted(rng, 60, 250), np.float64)
    if rng.random() < 0.3:
        first += rng.uniform(-40, 40) * np.array((-1, 0.2, 1))  # skies and seas
    last = np.clip(first + rng.normal(0, 25) + rng.normal(0, 12, 3), 0, 255)
    y, x = np.mgrid[:height, :width] / np.float32(max(height, width))
    along = np.clip(y + x * float(rng.normal(0, 0.3)), 0, 1)[..., None]
    return np.asarray(first + (last - first) * along, np.float32)


def _clouds(rng: Rng, height: int, width: int) -> np.ndarray:
    """(h, w, 1) float32 of some levels: drifts of cloud, snow or plaster that no two pictures share."""
    grain = rng.uniform(-1, 1, (int(rng.integers(2, 6)), int(rng.integers(2, 7)))).astype(np.float32)
    return cv2.resize(grain, (width, height), interpolation=cv2.INTER_CUBIC)[..., None] * float(rng.uniform(0, 14))


SILHOUETTES = 4
"""Ways to draw one."""


def _silhouette(rng: Rng, side: int, way: int) -> Cutout:
    """A bird, a plane, a boat or a blob, of a shape of its own, dark or light, in one colour."""
    mask = np.zeros((side, side), np.uint8)
    s, middle = side / 100, (side // 2, side // 2)

    def points(*corners: tuple[float, float]) -> list[np.ndarray]:
        loose = np.array(corners) + rng.normal(0, 3, (len(corners), 2))
        return [(loose * s).astype(np.int32)]

    if way == 0:
        lift = float(rng.uniform(-15, 25))
        for x in (5, 95):
            wing = points((x, 50 - lift), ((x + 50) / 2, 35 - lift / 2), (50, 50))
            cv2.polylines(mask, wing, False, 255, max(2, int(rng.uniform(5, 13) * s)), cv2.LINE_AA)
        body = max(1, int(rng.uniform(10, 22) * s)), max(1, int(rng.uniform(5, 11) * s))
        cv2.ellipse(mask, middle, body, 0, 0, 360, 255, -1)
    elif way == 1:
        cv2.ellipse(mask, middle, (max(1, int(46 * s)), max(1, int(rng.uniform(5, 10) * s))), 0, 0, 360, 255, -1)
        sweep = float(rng.uniform(10, 40))
        for tip in (12, 88):
            cv2.fillPoly(mask, points((45, 50), (45 - sweep, tip), (55 - sweep, tip), (65, 50)), 255, cv2.LINE_AA)
        cv2.fillPoly(mask, points((8, 50), (2, 30), (14, 30), (20, 50)), 255, cv2.LINE_AA)
    elif way == 2:
        cv2.fillPoly(mask, points((8, 70), (92, 70), (75, 90), (22, 90)), 255, cv2.LINE_AA)
        cv2.fillPoly(mask, points((50, 8), (50, 64), (88, 64)), 255, cv2.LINE_AA)
    else:
        mask = (outline(rng, side, side) * 255).astype(np.uint8)
    paint = np.full((side, side, 3), colour(rng, 0, 90) if rng.random() < 0.7 else colour(rng, 0, 255), np.uint8)
    return Cutout(paint, mask / np.float32(255))


def plain_ground(rng: Rng, photograph: Image.Image, others: Others) -> States:
    """Different small things before one sky, sea, snow or wall, in about the same place or another."""
    width, height = int(rng.integers(300, 440)), int(rng.integers(280, 400))
    ramp = _ramp(rng, height, width)
    side = int(min(height, width) * rng.uniform(0.1, 0.4))
    place, loose = rng.uniform(0.3, 0.7, 2), float(rng.choice((0, 0.12)))
    ways = rng.permutation(SILHOUETTES).tolist()
    states = []
    for source, way in zip((photograph, *several(rng, others, int(rng.integers(1, 4)))), ways, strict=False):
        ground = clipped(ramp + _clouds(rng, height, width) + rng.standard_normal(ramp.shape, np.float32) * 2)
        what = cut(rng, source, side) if rng.random() < 0.5 else _silhouette(rng, side, way)
        at = np.clip(place + rng.normal(0, 1, 2) * loose, 0.12, 0.88) * (width, height)
        states.append(pasted(ground, what, (at[0], at[1]), float(rng.uniform(0.7, 1.2)), float(rng.normal(0, 25))))
    return states


def small_ones(rng: Rng, photograph: Image.Image, others: Others) -> States:
    """The same as icons and in old collections: 32 to 64 px, and the things up to half as large as the picture."""
    side, growth = int(rng.integers(32, 65)), float(rng.uniform(1, 1.8))
    states = []
    for state in plain_ground(rng, photograph, others):
        half = int(min(state.shape[:2]) / growth / 2)
        y, x = state.shape[0] // 2, state.shape[1] // 2
        part = state[y - half : y + half, x - half : x + half]
        states.append(cv2.resize(part, (side, side), interpolation=cv2.INTER_AREA))
    return states


def patterns(rng: Rng, photograph: Image.Image, others: Others) -> States:
    """Bricks, tiles, cloth, wallpaper of one period and other content."""
    width, height = 400, 320
    step = int(rng.integers(22, 70))
    tall = int(step * rng.uniform(0.4, 1))
    gap, mortar = int(rng.integers(1, 5)), colour(rng)
    offset = step // 2 if rng.random() < 0.5 else 0
    states = []
    way, base, alike = int(rng.integers(3)), np.array(muted(rng)), rng.random() < 0.5
    for source in (photograph, *several(rng, others, int(rng.integers(1, 3)))):
        motif = fitted(source, (step - gap, tall - gap))
        if not alike:
            way, base = int(rng.integers(3)), np.array(muted(rng))
        page = np.full((height + tall, width + 2 * step, 3), mortar, np.uint8)
        for row, y in enumerate(range(0, height, tall)):
            for x in range((row % 2) * offset, width + step, step):
                place = page[y : y + tall - gap, x : x + step - gap]
                if way == 0:
                    place[:] = np.clip(base + rng.normal(0, 28), 0, 255)
                elif way == 1:
                    place[:] = motif
                else:
                    place[:] = np.clip(motif.astype(int) + int(rng.normal(0, 25)), 0, 255)
        states.append(np.ascontiguousarray(page[:height, step // 2 : step // 2 + width]))
    return states


def fog(rng: Rng, photograph: Image.Image, others: Others) -> States:
    """Nearly flat, dark or foggy pictures of one fall of light, through which something different is seen."""
    width, height = int(rng.integers(300, 440)), int(rng.integers(280, 400))
    ramp, contrast = _ramp(rng, height, width), 0.2 + 0.3 * grade(rng)
    if rng.random() < 0.4:
        ramp = ramp * np.float32(rng.uniform(0.1, 0.4))
    states = []
    for picture in (photograph, *several(rng, others, int(rng.integers(1, 3)))):
        seen = fitted(picture, (width, height)).astype(np.float32)
        states.append(clipped(ramp + (seen - seen.mean((0, 1))) * np.float32(contrast)))
    return states


def apart_on_one(rng: Rng, photograph: Image.Image, _: Others) -> States:
    """Two cuts of one ground, cloth, crowd or wall that have nothing in common."""
    share = float(rng.uniform(0.36, 0.48))
    if rng.random() < 0.5:
        pixels = fitted(photograph, (800, 380))
        wide = int(800 * share)
        states = [pixels[:, :wide], pixels[:, -wide:]]
    else:
        pixels = fitted(photograph, (420, 720))
        tall = int(720 * share)
        states = [pixels[:tall], pixels[-tall:]]
    return states if all(detailed(state) for state in states) else []


def textures(rng: Rng, photograph: Image.Image, others: Others) -> States:
    """Gravel, grass, cloth: grain of one kind and colour, drawn twice."""
    height, width = 320, 400
    grain, base = float(rng.uniform(1.2, 7)), np.array(muted(rng, 60, 200))
    slant, contrast = float(np.exp(rng.uniform(-1, 1))), float(rng.uniform(20, 60))
    states = []
    for _state in range(int(rng.integers(2, 4))):
        field = cv2.GaussianBlur(
            rng.standard_normal((height, width), np.float32), (0, 0), grain * slant, sigmaY=grain / slant
        )
        field = field / (field.std() + np.float32(1e-6))
        tint = cv2.GaussianBlur(rng.standard_normal((height, width, 3), np.float32), (0, 0), grain) * grain * 6
        states.append(clipped(base + field[..., None] * contrast + tint))
    return states


def night(rng: Rng, _: Image.Image, __: Others) -> States:
    """One dark place with lights elsewhere: windows, cars, stars, fireworks out of focus."""
    width, height = int(rng.integers(320, 440)), int(rng.integers(260, 360))
    ground = _ramp(rng, height, width) * np.float32(rng.uniform(0.02, 0.2))
    size, count = float(rng.uniform(2, 14)), int(rng.integers(8, 60))
    horizon = float(rng.uniform(0, 0.5))
    states = []
    for _state in range(int(rng.integers(2, 4))):
        light = np.zeros((height, width, 3), np.float32)
        for x, y, radius in rng.uniform(
            (0, horizon * height, 0.5 * size), (width, height, 1.3 * size), (count, 3)
        ).tolist():
            cv2.circle(light, (int(x), int(y)), max(1, int(radius)), colour(rng, 90, 255), -1, cv2.LINE_AA)
        states.append(clipped(ground + cv2.GaussianBlur(light, (0, 0), 1 + 0.15 * size)))
    return states
