"""Other shots of one scene a moment later: something moved, came, went, or is seen in other light."""

import cv2
import numpy as np
from PIL import Image

from lookalike.pipelines.training.kinds.scenery.cutouts import Cutout, closed, cut, outline, pasted, region, segments
from lookalike.pipelines.training.kinds.scenery.depth import DEPTHS, seen_from
from lookalike.pipelines.training.kinds.scenery.shots import (
    Others,
    Rng,
    States,
    clipped,
    grade,
    several,
    sized,
    warped,
)


def burst(rng: Rng, photograph: Image.Image, others: Others) -> States:
    """One to three things move, turn or come nearer."""
    pixels = sized(rng, photograph)
    height, width = pixels.shape[:2]
    change = grade(rng)
    count = int(rng.integers(2, 4))
    states = [pixels] * count
    for source in several(rng, others, int(rng.integers(1, 4))):
        what = cut(rng, source, int(min(height, width) * rng.uniform(0.1, 0.5)))
        way = np.exp(1j * rng.uniform(0, 2 * np.pi)) * min(height, width) * (0.05 + 0.3 * change)
        start = rng.uniform(0.15, 0.85, 2) * (width, height)
        turn, growth = rng.normal(0, 4 + 20 * change), float(np.exp(rng.normal(0, 0.02 + 0.15 * change)))
        for step in range(count):
            place = start + np.array((way.real, way.imag)) * step * rng.uniform(0.7, 1.1)
            place = np.clip(place, 0.05 * np.array((width, height)), 0.95 * np.array((width, height)))
            states[step] = pasted(states[step], what, (place[0], place[1]), growth**step, turn * step, shadow=0.3)
    return states


def moved_subject(rng: Rng, photograph: Image.Image, _: Others) -> States:
    """Frames of a video: the subject moves before what stands still, or stands while the camera pans along with it."""
    pixels = sized(rng, photograph)
    height, width = pixels.shape[:2]
    mask = region(rng, pixels, 0.02, 0.35)
    behind = closed(pixels, mask)
    subject = Cutout(pixels, mask)
    change = grade(rng)
    pan = width * (0.02 + 0.12 * change) if rng.random() < 0.3 else 0.0
    states = [pixels]
    for _frame in range(int(rng.integers(1, 3))):
        way = np.exp(1j * rng.uniform(0, 2 * np.pi)) * min(height, width) * (0.03 + 0.2 * change)
        ground = (
            warped(behind, np.array([(1, 0, rng.choice((-1, 1)) * pan), (0, 1, 0), (0, 0, 1.0)])) if pan else behind
        )
        y, x = np.nonzero(mask > 0.5)
        degrees = float(rng.normal(0, 3 + 12 * change))
        scale = float(np.exp(rng.normal(0, 0.02 + 0.12 * change)))
        matrix = cv2.getRotationMatrix2D((float(x.mean()), float(y.mean())), degrees, scale)
        matrix[:, 2] += way.real, way.imag
        alpha = cv2.warpAffine(subject.alpha, matrix, (width, height))[..., None]
        moved = cv2.warpAffine(subject.pixels, matrix, (width, height), borderMode=cv2.BORDER_REFLECT_101)
        states.append(clipped(ground + (moved - ground.astype(np.float32)) * alpha))
    return states


def passers_by(rng: Rng, photograph: Image.Image, others: Others) -> States:
    """One place at another hour: other people before it, and never from quite the same spot."""
    pixels = sized(rng, photograph)
    height, width = pixels.shape[:2]
    depth = DEPTHS[int(rng.integers(len(DEPTHS)))](rng, pixels)
    floor = float(rng.uniform(0.7, 0.98)) * height
    states = []
    for _hour in range(2):
        reach = rng.normal(0, 0.02, 2) * min(height, width)
        state = seen_from(pixels, depth, (reach[0], reach[1]))
        for source in several(rng, others, int(rng.integers(1, 6))):
            what = cut(rng, source, int(height * rng.uniform(0.15, 0.5)), upright=True)
            place = float(rng.uniform(0, width)), floor - what.alpha.shape[0] / 2 + float(rng.normal(0, 0.03)) * height
            state = pasted(state, what, place, shadow=0.3)
        states.append(state)
    return states


def _flow(rng: Rng, height: int, width: int, grain: float) -> np.ndarray:
    """(h, w, 2) float32 of random moves, at most about 1; neighbours within grain (share of the side) go together."""
    rows, columns = max(2, round(1 / grain)), max(2, round(width / height / grain))
    coarse = rng.uniform(-1, 1, (rows, columns, 2)).astype(np.float32)
    return cv2.resize(coarse, (width, height), interpolation=cv2.INTER_CUBIC)


def _moved(pixels: np.ndarray, flow: np.ndarray) -> np.ndarray:
    y, x = np.mgrid[: pixels.shape[0], : pixels.shape[1]].astype(np.float32)
    return cv2.remap(pixels, x + flow[..., 0], y + flow[..., 1], cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT_101)


def alive(rng: Rng, photograph: Image.Image, _: Others) -> States:
    """A face that turns and smiles, an animal that breathes: the subject bends before surroundings that do not."""
    pixels = sized(rng, photograph)
    height, width = pixels.shape[:2]
    mask = region(rng, pixels, 0.04, 0.4)
    behind = closed(pixels, mask)
    size = min(height, width) * (0.03 + 0.08 * grade(rng))
    grain = float(rng.uniform(0.15, 0.4))
    states = [pixels]
    for _moment in range(int(rng.integers(1, 3))):
        flow = _flow(rng, height, width, grain) * size
        alpha = _moved(mask, flow)[..., None]
        states.append(clipped(behind + (_moved(pixels, flow) - behind.astype(np.float32)) * alpha))
    return states


def leaves(rng: Rng, photograph: Image.Image, _: Others) -> States:
    """Leaves, reeds, a crowd, ripples: in a part of the picture every small piece moves and is lit by itself."""
    pixels = sized(rng, photograph)
    height, width = pixels.shape[:2]
    tall, wide = (int(side * rng.uniform(0.3, 0.85)) for side in (height, width))
    top, left = int(rng.integers(height - tall + 1)), int(rng.integers(width - wide + 1))
    part = np.zeros((height, width), np.float32)
    part[top : top + tall, left : left + wide] = outline(rng, tall, wide)
    pieces = segments(rng, pixels, int(rng.integers(60, 200)))
    inside = (np.bincount(pieces.ravel(), part.ravel()) > 0.5 * np.bincount(pieces.ravel()))[:, None]
    size = min(height, width) * (0.02 + 0.05 * grade(rng))
    states = [pixels]
    for _moment in range(int(rng.integers(1, 3))):
        moves = rng.uniform(-size, size, (len(inside), 2)) * inside
        light = 1 + rng.normal(0, 0.08, (len(inside), 1)) * inside
        states.append(clipped(_moved(pixels, moves[pieces].astype(np.float32)) * light[pieces]))
    return states
