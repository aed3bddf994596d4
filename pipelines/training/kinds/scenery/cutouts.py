"""Things cut out of photographs, to be set before others."""

from typing import NamedTuple

import cv2
import numpy as np
from PIL import Image

from lookalike.pipelines.training.kinds.scenery.shots import Rng, clipped, fitted


class Cutout(NamedTuple):
    """A thing. pixels: (h, w, 3) uint8. alpha: (h, w) float32, 1 where it is."""

    pixels: np.ndarray
    alpha: np.ndarray


def outline(rng: Rng, height: int, width: int) -> np.ndarray:
    """(h, w) float32: an ellipse, a box, a blob or a figure that stands, with an edge hard or soft."""
    mask = np.zeros((height, width), np.uint8)
    middle, half = (width // 2, height // 2), (max(1, int(width * 0.46)), max(1, int(height * 0.46)))
    kind = int(rng.integers(4))
    if kind == 0:
        cv2.ellipse(mask, middle, half, float(rng.uniform(-20, 20)), 0, 360, 255, -1, cv2.LINE_AA)
    elif kind == 1:
        corner = np.subtract(middle, half)
        cv2.rectangle(mask, corner.tolist(), np.add(middle, half).tolist(), 255, -1)
    elif kind == 2:
        angles = np.linspace(0, 2 * np.pi, 40, endpoint=False)
        waves = [rng.uniform(-0.5, 0.5) / k * np.sin(k * angles + rng.uniform(0, 6)) for k in range(2, 7)]
        radius = 0.75 * (1 + 0.5 * np.sum(waves, 0))
        ring = np.stack([np.cos(angles), np.sin(angles)], 1) * radius[:, None] * half + middle
        cv2.fillPoly(mask, [ring.astype(np.int32)], 255, cv2.LINE_AA)
    else:
        head = max(1, int(height * 0.11))
        cv2.circle(mask, (width // 2, head + 1), head, 255, -1, cv2.LINE_AA)
        cv2.ellipse(mask, (width // 2, int(height * 0.45)), (half[0], int(height * 0.24)), 0, 0, 360, 255, -1)
        for side in (-1, 1):
            leg = (width // 2 + int(side * half[0] * rng.uniform(0.1, 0.8)), int(height * 0.97))
            cv2.line(mask, (width // 2 + side * half[0] // 3, int(height * 0.6)), leg, 255, max(2, width // 5))
    soft = float(rng.choice((0.0, 0.6, 1.5)))
    return np.asarray((cv2.GaussianBlur(mask, (0, 0), soft) if soft else mask) / np.float32(255))


def thing(pixels: np.ndarray) -> np.ndarray | None:
    """(h, w) float32: what stands before a plain ground, told by the colour of the border; None where nothing does."""
    colours = cv2.cvtColor(cv2.GaussianBlur(pixels, (0, 0), 1.2), cv2.COLOR_RGB2LAB).astype(np.float32)
    ring = max(2, min(pixels.shape[:2]) // 25)
    border = np.concatenate(
        [colours[:ring].reshape(-1, 3), colours[-ring:].reshape(-1, 3), colours[:, :ring].reshape(-1, 3)]
    )
    if float(border.std(0).max()) > 22:
        return None
    far = np.linalg.norm(colours - np.median(border, 0), axis=2)
    mask = (far > 18).astype(np.uint8)
    mask = cv2.morphologyEx(mask, cv2.MORPH_CLOSE, np.ones((7, 7), np.uint8))
    count, labels, stats, _ = cv2.connectedComponentsWithStats(mask)
    if count < 2:
        return None
    largest = 1 + int(np.argmax(stats[1:, cv2.CC_STAT_AREA]))
    share = stats[largest, cv2.CC_STAT_AREA] / mask.size
    if not 0.05 < share < 0.7:
        return None
    return cv2.GaussianBlur((labels == largest).astype(np.float32), (0, 0), 0.8)


def segments(rng: Rng, pixels: np.ndarray, count: int) -> np.ndarray:
    """(h, w) int32 labels of so many regions of similar colour, as the nearest of seeds by place and colour tells."""
    height, width = pixels.shape[:2]
    small = cv2.resize(pixels, (96, max(8, round(96 * height / width))), interpolation=cv2.INTER_AREA)
    colours = cv2.cvtColor(cv2.GaussianBlur(small, (0, 0), 1.0), cv2.COLOR_RGB2LAB).astype(np.float32)
    y, x = np.mgrid[: small.shape[0], : small.shape[1]].astype(np.float32)
    places = np.dstack([colours * float(rng.uniform(0.3, 1.2)), x[..., None], y[..., None]]).reshape(-1, 5)
    seeds = places[rng.choice(len(places), count, replace=False)]
    far = (places**2).sum(1)[:, None] - 2 * places @ seeds.T + (seeds**2).sum(1)
    labels = far.argmin(1).reshape(small.shape[:2]).astype(np.uint8)
    labels = cv2.medianBlur(labels, 5)
    large = cv2.resize(labels, (width, height), interpolation=cv2.INTER_NEAREST)
    return np.asarray(cv2.medianBlur(large, 5), np.int32)


def region(rng: Rng, pixels: np.ndarray, least: float = 0.02, most: float = 0.3) -> np.ndarray:
    """(h, w) float32: one thing of the picture: what stands before its ground, a region of one colour, or a blob.

    least, most: shares of the picture.
    """
    height, width = pixels.shape[:2]
    whole = thing(pixels) if rng.random() < 0.6 else None
    if whole is not None and least < float(whole.mean()) < most:
        return whole
    labels = segments(rng, pixels, int(rng.integers(8, 20)))
    for label in rng.permutation(int(labels.max()) + 1).tolist():
        count, parts, stats, _ = cv2.connectedComponentsWithStats((labels == label).astype(np.uint8))
        if count > 1:
            largest = 1 + int(np.argmax(stats[1:, cv2.CC_STAT_AREA]))
            if least < stats[largest, cv2.CC_STAT_AREA] / labels.size < most:
                return cv2.GaussianBlur((parts == largest).astype(np.float32), (0, 0), 1.0)
    side = float(rng.uniform(np.sqrt(least) * 1.5, np.sqrt(most)))
    tall, wide = max(12, int(height * side)), max(12, int(width * side))
    top, left = int(rng.integers(height - tall + 1)), int(rng.integers(width - wide + 1))
    mask = np.zeros((height, width), np.float32)
    mask[top : top + tall, left : left + wide] = outline(rng, tall, wide)
    return mask


def cut(rng: Rng, picture: Image.Image, side: int, upright: bool = False) -> Cutout:
    """A thing out of a photograph, its longer side so many px; upright: taller than wide."""
    side = max(10, side)
    shape = float(rng.uniform(0.35, 0.6) if upright else rng.uniform(0.6, 1.0))
    tall, wide = (
        (side, max(6, int(side * shape))) if upright or rng.random() < 0.5 else (max(6, int(side * shape)), side)
    )
    whole = np.array(picture.convert("RGB"))
    found = thing(whole) if rng.random() < 0.7 else None
    if found is not None:
        y, x = np.nonzero(found > 0.5)
        box = np.s_[y.min() : y.max() + 1, x.min() : x.max() + 1]
        scale = side / max(np.ptp(y) + 1, np.ptp(x) + 1)
        size = max(6, round((np.ptp(x) + 1) * scale)), max(6, round((np.ptp(y) + 1) * scale))
        return Cutout(
            cv2.resize(whole[box], size, interpolation=cv2.INTER_AREA),
            cv2.resize(found[box], size, interpolation=cv2.INTER_AREA),
        )
    part = float(rng.uniform(0.4, 0.9))
    left, top = rng.uniform(0, 1 - part, 2) * picture.size
    shown = picture.crop((int(left), int(top), int(left + part * picture.width), int(top + part * picture.height)))
    return Cutout(fitted(shown, (wide, tall)), outline(rng, tall, wide))


def pasted(
    ground: np.ndarray,
    what: Cutout,
    centre: tuple[float, float],
    scale: float = 1.0,
    degrees: float = 0.0,
    shadow: float = 0.0,
) -> np.ndarray:
    """A thing before a ground, its centre at (x, y). shadow: how dark the one is that it throws, 0 to 1."""
    height, width = ground.shape[:2]
    matrix = cv2.getRotationMatrix2D((what.alpha.shape[1] / 2, what.alpha.shape[0] / 2), degrees, scale)
    matrix[:, 2] += centre[0] - what.alpha.shape[1] / 2, centre[1] - what.alpha.shape[0] / 2
    alpha = cv2.warpAffine(what.alpha, matrix, (width, height))[..., None]
    pixels = cv2.warpAffine(what.pixels, matrix, (width, height), borderMode=cv2.BORDER_REPLICATE)
    under = ground.astype(np.float32)
    if shadow:
        reach = 0.03 * max(what.alpha.shape) * scale
        matrix[:, 2] += reach, reach
        dark = cv2.GaussianBlur(cv2.warpAffine(what.alpha, matrix, (width, height)), (0, 0), reach + 1)
        under = under * (1 - shadow * dark[..., None])
    return clipped(under + (pixels - under) * alpha)


def closed(pixels: np.ndarray, mask: np.ndarray) -> np.ndarray:
    """The picture without what is under a mask: what surrounds it grows over the place."""
    hole = cv2.dilate((mask > 0.02).astype(np.uint8), np.ones((5, 5), np.uint8))
    small = tuple(max(2, side // 3) for side in pixels.shape[1::-1])
    filled = cv2.inpaint(
        cv2.resize(pixels, small, interpolation=cv2.INTER_AREA),
        cv2.resize(hole, small, interpolation=cv2.INTER_NEAREST),
        3,
        cv2.INPAINT_TELEA,
    )
    edge = cv2.GaussianBlur(hole.astype(np.float32), (0, 0), 1.5)[..., None]
    grown = cv2.resize(filled, pixels.shape[1::-1], interpolation=cv2.INTER_CUBIC)
    return clipped(pixels + (grown - pixels.astype(np.float32)) * edge)
