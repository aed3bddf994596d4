"""What people do to pixels where they are: filters of grey uint8 arrays, none of which changes its input."""

from collections.abc import Callable
from typing import NamedTuple

import cv2
import numpy as np

from lookalike.pipelines.training.embedding.cuts import covering
from lookalike.pipelines.training.embedding.scenes import LETTERS

Picture = Callable[[], np.ndarray]
"""Gives another picture, for backgrounds and overlays."""


class Mix(NamedTuple):
    """How copies are made. strength: 0..1, how far edits may go. cropped, placed: shares of copies that are a part of
    their original, and that have it beside or on something else. turned: share of all that are turned, whatever else.
    """

    strength: float
    cropped: float
    placed: float
    turned: float


class Draw(NamedTuple):
    """What an edit draws from. another: other pictures."""

    rng: np.random.Generator
    mix: Mix
    another: Picture


Filter = Callable[[np.ndarray, Draw], np.ndarray]


def apply_filters(view: np.ndarray, draw: Draw, count: int) -> np.ndarray:
    """After `count` of FILTERS, drawn by how common they are."""
    for place in np.sort(np.searchsorted(_SHARES, draw.rng.random(count))):
        view = FILTERS[place][0](view, draw)
    return view


def _tone(view: np.ndarray, draw: Draw) -> np.ndarray:
    return toned(view, draw.rng, 1.0)


def _solarise(view: np.ndarray, draw: Draw) -> np.ndarray:
    return np.where(view < int(draw.rng.integers(90, 200)), view, 255 - view).astype(np.uint8)


def _posterise(view: np.ndarray, draw: Draw) -> np.ndarray:
    step = 256 // int(draw.rng.integers(2, 7))
    return (view // step * step + step // 2).astype(np.uint8)


def _equalise(view: np.ndarray, draw: Draw) -> np.ndarray:
    return cv2.equalizeHist(view) if draw.rng.random() < 0.6 else cv2.createCLAHE(4.0, (4, 4)).apply(view)


def _emboss(view: np.ndarray, draw: Draw) -> np.ndarray:
    rng = draw.rng
    kernel = np.array([[-2, -1, 0], [-1, rng.choice([0, 1]), 1], [0, 1, 2]], np.float32) * rng.uniform(0.4, 1)
    kernel = np.rot90(kernel, int(rng.integers(4)))
    flat = 128 if abs(kernel.sum()) < 0.3 else 0
    return np.clip(cv2.filter2D(view, cv2.CV_32F, kernel) + flat, 0, 255).astype(np.uint8)


def _edges(view: np.ndarray, draw: Draw) -> np.ndarray:
    gradient = cv2.morphologyEx(view, cv2.MORPH_GRADIENT, np.ones((2, 2), np.uint8)).astype(np.int32)
    drawn = np.clip(gradient * 2, 0, 255).astype(np.uint8)
    return 255 - drawn if draw.rng.random() < 0.5 else drawn


def _blur(view: np.ndarray, draw: Draw) -> np.ndarray:
    return cv2.GaussianBlur(view, (0, 0), float(draw.rng.uniform(0.6, 1 + 2.5 * draw.mix.strength)))


def _motion(view: np.ndarray, draw: Draw) -> np.ndarray:
    length = int(draw.rng.integers(3, 10))
    kernel = np.zeros((length, length), np.float32)
    if draw.rng.random() < 0.5:
        kernel[length // 2] = 1 / length
    else:
        np.fill_diagonal(kernel, 1 / length)
    return cv2.filter2D(view, -1, kernel)


def _sharpen(view: np.ndarray, draw: Draw) -> np.ndarray:
    blurred = cv2.GaussianBlur(view, (0, 0), 1.2)
    amount = float(draw.rng.uniform(0.5, 3))
    return cv2.addWeighted(view, 1 + amount, blurred, -amount, 0)


def _noise(view: np.ndarray, draw: Draw) -> np.ndarray:
    noise = draw.rng.standard_normal(view.shape, np.float32) * float(draw.rng.uniform(4, 10 + 30 * draw.mix.strength))
    return np.clip(view + noise, 0, 255).astype(np.uint8)


def _salt(view: np.ndarray, draw: Draw) -> np.ndarray:
    view = view.copy()
    chance = draw.rng.random(view.shape, np.float32)
    share = draw.rng.uniform(0.005, 0.04)
    view[chance < share] = 0
    view[chance > 1 - share] = 255
    return view


def _compress(view: np.ndarray, draw: Draw) -> np.ndarray:
    lowest = 4 if draw.mix.strength > 0.6 else 12
    return jpeg(view, int(np.exp(draw.rng.uniform(np.log(lowest), np.log(60)))))


def _shrink(view: np.ndarray, draw: Draw) -> np.ndarray:
    height, width = view.shape
    factor = draw.rng.uniform(0.25 if draw.mix.strength > 0.6 else 0.4, 0.7)
    small = cv2.resize(view, (int(width * factor), int(height * factor)), interpolation=cv2.INTER_AREA)
    way = cv2.INTER_NEAREST if draw.rng.random() < 0.4 else cv2.INTER_LINEAR
    return cv2.resize(small, (width, height), interpolation=way)


def _binarise(view: np.ndarray, draw: Draw) -> np.ndarray:
    if draw.rng.random() < 0.5:
        around = cv2.GaussianBlur(view, (0, 0), float(draw.rng.uniform(6, 30)))
        return np.where(view > around, np.uint8(230), np.uint8(25))
    return np.where(view > np.median(view), np.uint8(235), np.uint8(20))


def _text(view: np.ndarray, draw: Draw) -> np.ndarray:
    rng, (height, width) = draw.rng, view.shape
    ink = np.zeros_like(view)
    lines, first, size = int(rng.integers(1, 5)), rng.uniform(0.1, 1) * height, float(rng.uniform(0.3, 1.3))
    for line in range(lines):
        words = "".join(rng.choice(LETTERS, int(rng.integers(3, 16))))
        place = int(rng.uniform(-0.05, 0.5) * width), int((first + line * size * 30) % height)
        face = int(rng.integers(0, 5))
        cv2.putText(ink, words, place, face, size, 255, int(rng.integers(1, 4)), cv2.LINE_AA)
    cover = rng.uniform(0.4, 1) * (ink / 255.0)
    level = 255 * (rng.random() < 0.6) if rng.random() < 0.8 else rng.uniform(0, 255)
    return (view * (1 - cover) + level * cover).astype(np.uint8)


def _shapes(view: np.ndarray, draw: Draw) -> np.ndarray:
    rng, (height, width) = draw.rng, view.shape
    view = view.copy()
    for _ in range(int(rng.integers(1, 4))):
        at = int(rng.uniform(0, width)), int(rng.uniform(0, height))
        size = float(rng.uniform(0.05, 0.1 + 0.15 * draw.mix.strength)) * min(height, width)
        level, kind = float(rng.uniform(0, 255)), rng.random()
        if kind < 0.4:
            cv2.circle(view, at, int(size), level, -1)
        elif kind < 0.8:
            corner = int(at[0] + size * rng.uniform(0.5, 3)), int(at[1] + size * rng.uniform(0.5, 3))
            cv2.rectangle(view, at, corner, level, -1)
        else:
            end = int(rng.uniform(0, width)), int(rng.uniform(0, height))
            cv2.line(view, at, end, level, int(rng.integers(1, 6)))
    return view


def _sticker(view: np.ndarray, draw: Draw) -> np.ndarray:
    rng, (height, width) = draw.rng, view.shape
    most = 0.3 + 0.3 * draw.mix.strength
    across, down = int(rng.uniform(0.15, most) * width), int(rng.uniform(0.15, most) * height)
    left, top = int(rng.integers(width - across)), int(rng.integers(height - down))
    view = view.copy()
    view[top : top + down, left : left + across] = covering(draw.another(), across, down, rng)
    return view


def _bars(view: np.ndarray, draw: Draw) -> np.ndarray:
    rng, height = draw.rng, view.shape[0]
    view, level = view.copy(), any_level(rng)
    share = rng.uniform(0.05, 0.1 + 0.15 * draw.mix.strength)
    if rng.random() < 0.5:
        rows = int(share * height)
        view[:rows] = level
        view[height - rows :] = level
    else:
        rows = int(share * height * 1.6)
        first = height - rows if rng.random() < 0.5 else 0
        view[first : first + rows] = level
    return view


def _blend(view: np.ndarray, draw: Draw) -> np.ndarray:
    weight = float(draw.rng.uniform(0.08, 0.15 + 0.2 * draw.mix.strength))
    other = covering(draw.another(), view.shape[1], view.shape[0], draw.rng)
    return cv2.addWeighted(view, 1 - weight, other, weight, 0)


def _vignette(view: np.ndarray, draw: Draw) -> np.ndarray:
    rng = draw.rng
    y, x = np.meshgrid(np.linspace(-1, 1, view.shape[0]), np.linspace(-1, 1, view.shape[1]), indexing="ij")
    centre = rng.uniform(-0.6, 0.6, 2)
    distance = np.clip(((x - centre[0]) ** 2 + (y - centre[1]) ** 2) / 2, 0, 1)
    return (view * (1 - rng.uniform(0.3, 0.9) * distance)).astype(np.uint8)


def _median(view: np.ndarray, draw: Draw) -> np.ndarray:
    return cv2.medianBlur(view, int(draw.rng.choice([3, 5])))


def _halftone(view: np.ndarray, draw: Draw) -> np.ndarray:
    period = float(draw.rng.uniform(3, 6))
    y, x = np.mgrid[: view.shape[0], : view.shape[1]]
    screen = 128 + 60 * (np.sin(x * 2 * np.pi / period) + np.sin(y * 2 * np.pi / period))
    return np.clip((view - screen) * draw.rng.uniform(1, 3) + 128, 0, 255).astype(np.uint8)


def _wave(view: np.ndarray, draw: Draw) -> np.ndarray:
    rng = draw.rng
    y, x = np.mgrid[: view.shape[0], : view.shape[1]].astype(np.float32)
    far, period = rng.uniform(2, 6), rng.uniform(20, 60)
    turn = np.float32(2 * np.pi / period)
    across = x + np.float32(far) * np.sin(y * turn)
    down = y + np.float32(far * rng.uniform(0, 1)) * np.cos(x * turn)
    return cv2.remap(view, across, down, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT)


def _lines(view: np.ndarray, draw: Draw) -> np.ndarray:
    view = view.copy()
    step, level = int(draw.rng.integers(8, 30)), int(draw.rng.integers(256))
    if draw.rng.random() < 0.7:
        view[::step] = level
    if draw.rng.random() < 0.7:
        view[:, ::step] = level
    return view


FILTERS: tuple[tuple[Filter, float], ...] = (
    (_tone, 6), (_solarise, 1.2), (_posterise, 1), (_equalise, 1.2), (_emboss, 1.2), (_edges, 0.7), (_blur, 2),
    (_motion, 0.8), (_sharpen, 1), (_noise, 2), (_salt, 0.7), (_compress, 4), (_shrink, 1.5), (_binarise, 0.6),
    (_text, 3), (_shapes, 2), (_sticker, 2), (_bars, 1.5), (_blend, 1.2), (_vignette, 0.7), (_median, 0.7),
    (_halftone, 0.5), (_wave, 0.8), (_lines, 0.6),
)  # fmt: skip
"""What is done to pixels where they are, and how common it is."""

_COMMON = np.array([common for _, common in FILTERS])
_SHARES = np.cumsum(_COMMON / _COMMON.sum())


def toned(view: np.ndarray, rng: np.random.Generator, strength: float) -> np.ndarray:
    """Another gamma, contrast and brightness."""
    gamma, contrast = np.exp(rng.normal(0, 0.5 * strength)), np.exp(rng.normal(0, 0.45 * strength))
    brightness = rng.normal(0, 30 * strength)
    levels = 255 * (np.arange(256) / 255.0) ** gamma
    return cv2.LUT(view, np.clip((levels - 128) * contrast + 128 + brightness, 0, 255).astype(np.uint8))


def jpeg(view: np.ndarray, quality: int) -> np.ndarray:
    """Compressed and decoded."""
    encoded = cv2.imencode(".jpg", view, [cv2.IMWRITE_JPEG_QUALITY, quality])[1]
    return np.asarray(cv2.imdecode(encoded, cv2.IMREAD_GRAYSCALE))


def any_level(rng: np.random.Generator) -> int:
    """Black, white, or anything."""
    return int(rng.choice([0, 255, int(rng.integers(256))]))
