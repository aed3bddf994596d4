"""Pairs of views of one picture for contrastive learning: an original as it is found, and what people make of it.

Grey uint8 arrays throughout. Mirroring, quarter turns and inversion are not among the edits: the network is invariant
under them by construction.
"""

from collections.abc import Sequence

import cv2
import numpy as np

from lookalike.pipelines.training.embedding.cuts import covering, part, resized
from lookalike.pipelines.training.embedding.filters import Draw, Mix, any_level, apply_filters, jpeg, toned

SHAPES = ((128, 128), (112, 144), (144, 112), (104, 160), (160, 104))
"""(height, width) of views, all of about one area; all originals of a batch have one of them, all copies one."""


def view_pairs(pool: np.ndarray, seed: Sequence[int], count: int, mix: Mix) -> tuple[np.ndarray, np.ndarray]:
    """(n, side, side) pictures -> `count` originals (count, h, w) and as many copies (count, h', w') of them."""
    rng = np.random.default_rng(seed)
    first, second = SHAPES[int(rng.integers(5))], SHAPES[int(rng.integers(5))]
    if rng.random() < 0.6:
        second = first
    chosen = rng.choice(len(pool), count, replace=False)
    draw = Draw(rng, mix, lambda: pool[int(rng.integers(len(pool)))])
    originals, copies = np.empty((count, *first), np.uint8), np.empty((count, *second), np.uint8)
    for place, picture in enumerate(chosen):
        original = _original(pool[picture], first, rng)
        originals[place] = _published(original, first, rng)
        copies[place] = _copy(original, second, draw)
    return originals, copies


def _original(picture: np.ndarray, shape: tuple[int, int], rng: np.random.Generator) -> np.ndarray:
    """A large part of the picture, of this aspect ratio."""
    height, width = picture.shape
    factor = min(width / shape[1], height / shape[0]) * rng.uniform(0.75, 1)
    return part(picture, int(shape[1] * factor), int(shape[0] * factor), rng)


def _published(original: np.ndarray, shape: tuple[int, int], rng: np.random.Generator) -> np.ndarray:
    """The original, at most trimmed, toned or compressed a little."""
    height, width = original.shape
    trim = rng.uniform(0, 0.03, 4) if rng.random() < 0.5 else np.zeros(4)
    rows = slice(int(trim[0] * height), height - int(trim[1] * height))
    view = resized(original[rows, int(trim[2] * width) : width - int(trim[3] * width)], shape[1], shape[0])
    if rng.random() < 0.5:
        view = toned(view, rng, 0.3)
    if rng.random() < 0.3:
        view = jpeg(view, int(rng.integers(40, 90)))
    return view


def _copy(original: np.ndarray, shape: tuple[int, int], draw: Draw) -> np.ndarray:
    """The original cropped, placed on something, or turned; and filtered before and after."""
    rng, mix = draw.rng, draw.mix
    strength, kind = mix.strength, rng.random()
    filtered_first = rng.random() < 0.35
    if kind < mix.cropped:
        view = _cropped(original, shape, draw, filtered_first)
    elif kind < mix.cropped + mix.placed:
        view = _placed(original, shape, draw, filtered_first)
    else:
        view = resized(original, shape[1], shape[0])
        if rng.random() < 0.45 * strength:
            slight = rng.random() < 0.75
            angle = rng.normal(0, 8 + 12 * strength) if slight else rng.uniform(-45, 45)
            view = _turned(view, rng, angle, zoom=rng.random() < 0.4)
        if filtered_first:
            view = apply_filters(view, draw, 1)
    if mix.turned and rng.random() < mix.turned:
        angle = rng.normal(0, 12) if rng.random() < 0.5 else rng.uniform(-45, 45)
        view = _turned(view, rng, angle, zoom=rng.random() < 0.4)
    count = int(rng.random() < 0.8) + int(rng.random() < 0.35 * strength) + int(rng.random() < 0.15 * strength)
    return apply_filters(view, draw, count)


def _cropped(original: np.ndarray, shape: tuple[int, int], draw: Draw, filtered: bool) -> np.ndarray:
    rng, strength = draw.rng, draw.mix.strength
    area = np.exp(rng.uniform(np.log(1 - 0.8 * strength), 0))
    stretch = np.exp(rng.normal(0, 0.15))
    height, width = original.shape
    across = int(np.clip(width * np.sqrt(area) * stretch, 12, width))
    down = int(np.clip(height * np.sqrt(area) / stretch, 12, height))
    view = part(original, across, down, rng)
    if filtered:
        size = max(shape[1] // 2, min(across, shape[1])), max(shape[0] // 2, min(down, shape[0]))
        view = apply_filters(resized(view, *size), draw, 1)
    view = resized(view, shape[1], shape[0])
    if rng.random() < 0.3:
        view = _turned(view, rng, rng.normal(0, 12), zoom=rng.random() < 0.7)
    return view


def _placed(original: np.ndarray, shape: tuple[int, int], draw: Draw, filtered: bool) -> np.ndarray:
    """The original as one of several pictures, or on a background."""
    rng = draw.rng
    view = apply_filters(original, draw, 1) if filtered else original
    if rng.random() < 0.25:
        factor = rng.uniform(0.7, 1)
        view = part(view, int(view.shape[1] * factor), int(view.shape[0] * factor), rng)
    return _collage(view, shape, draw) if rng.random() < 0.35 else _framed(view, shape, draw)


def _collage(view: np.ndarray, shape: tuple[int, int], draw: Draw) -> np.ndarray:
    rng, (height, width) = draw.rng, shape
    rows, columns = ((1, 2), (2, 1), (2, 2), (2, 2), (1, 3), (3, 1), (2, 3))[int(rng.integers(7))]
    gap, place = int(rng.integers(0, 4)), int(rng.integers(rows * columns))
    out = np.full(shape, int(rng.integers(256)), np.uint8)
    down, across = height // rows - gap, width // columns - gap
    for tile in range(rows * columns):
        if tile != place:
            picture = covering(draw.another(), across, down, rng)
        elif rng.random() < 0.4:
            picture = resized(view, across, down)
        else:
            picture = covering(view, across, down, rng)
        top, left = tile // columns * height // rows, tile % columns * width // columns
        out[top : top + down, left : left + across] = picture
    return out


def _framed(view: np.ndarray, shape: tuple[int, int], draw: Draw) -> np.ndarray:
    rng, (height, width) = draw.rng, shape
    out = _background(view, shape, draw)
    share = rng.uniform(0.85 - 0.5 * draw.mix.strength, 0.97)
    if rng.random() < 0.6:
        factor = min(width / view.shape[1], height / view.shape[0]) * share
        across, down = int(view.shape[1] * factor), int(view.shape[0] * factor)
    else:
        across, down = int(width * share), int(height * share * np.exp(rng.uniform(-0.1, 0.1)))
    across, down = min(across, width), min(down, height)
    left, top = int(rng.integers(width - across + 1)), int(rng.integers(height - down + 1))
    if rng.random() < 0.6:
        left, top = (width - across) // 2, (height - down) // 2
    out[top : top + down, left : left + across] = resized(view, across, down)
    return _turned(out, rng, rng.normal(0, 10), zoom=False) if rng.random() < 0.15 else out


def _background(view: np.ndarray, shape: tuple[int, int], draw: Draw) -> np.ndarray:
    rng, kind = draw.rng, draw.rng.random()
    if kind < 0.3:
        return np.full(shape, any_level(rng), np.uint8)
    if kind < 0.4:
        slope = np.linspace(rng.uniform(0, 255), rng.uniform(0, 255), shape[0])[:, None]
        return np.repeat(slope, shape[1], 1).astype(np.uint8)
    if kind < 0.5:
        return cv2.GaussianBlur(cv2.resize(view, shape[::-1]), (0, 0), float(rng.uniform(4, 10)))
    return covering(draw.another(), shape[1], shape[0], rng)


def _turned(view: np.ndarray, rng: np.random.Generator, angle: float, zoom: bool) -> np.ndarray:
    """Turned by `angle` degrees: zoomed in until there is no border, or shrunk until nothing is cut, or neither."""
    height, width = view.shape
    radians = abs(np.deg2rad(angle))
    fitting = max(np.cos(radians) + np.sin(radians) * max(height / width, width / height), 1.0)
    factor = 1.0
    if zoom:
        factor = fitting
    elif rng.random() < 0.6:
        factor = 1 / fitting
    turn = cv2.getRotationMatrix2D((width / 2, height / 2), float(angle), float(factor))
    border = cv2.BORDER_CONSTANT if rng.random() < 0.8 else cv2.BORDER_REFLECT
    return cv2.warpAffine(view, turn, (width, height), borderMode=border, borderValue=float(any_level(rng)))
