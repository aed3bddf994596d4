"""Pairs of views of one picture for contrastive learning: an original as it is found, and what people make of it.

Grey uint8 arrays throughout. Mirroring, quarter turns and inversion are not among the edits: the network is invariant
under them by construction.
"""

from collections.abc import Callable, Sequence
from typing import NamedTuple

import cv2
import numpy as np

from transforms.weights.scenes import LETTERS

Picture = Callable[[], np.ndarray]
"""Gives another picture, for backgrounds and overlays."""
SHAPES = ((128, 128), (112, 144), (144, 112), (104, 160), (160, 104))
"""(height, width) of views, all of about one area; all originals of a batch have one of them, all copies one."""


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
    return _part(picture, int(shape[1] * factor), int(shape[0] * factor), rng)


def _published(original: np.ndarray, shape: tuple[int, int], rng: np.random.Generator) -> np.ndarray:
    """The original, at most trimmed, toned or compressed a little."""
    height, width = original.shape
    trim = rng.uniform(0, 0.03, 4) if rng.random() < 0.5 else np.zeros(4)
    rows = slice(int(trim[0] * height), height - int(trim[1] * height))
    view = _resized(original[rows, int(trim[2] * width) : width - int(trim[3] * width)], shape[1], shape[0])
    if rng.random() < 0.5:
        view = _toned(view, rng, 0.3)
    if rng.random() < 0.3:
        view = _jpeg(view, int(rng.integers(40, 90)))
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
        rng.normal(0, 0.2)
        view = _resized(original, shape[1], shape[0])
        if rng.random() < 0.45 * strength:
            slight = rng.random() < 0.75
            angle = rng.normal(0, 8 + 12 * strength) if slight else rng.uniform(-45, 45)
            view = _turned(view, rng, angle, zoom=rng.random() < 0.4)
        if filtered_first:
            view = _filtered(view, draw, 1)
    if mix.turned and rng.random() < mix.turned:
        angle = rng.normal(0, 12) if rng.random() < 0.5 else rng.uniform(-45, 45)
        view = _turned(view, rng, angle, zoom=rng.random() < 0.4)
    count = int(rng.random() < 0.8) + int(rng.random() < 0.35 * strength) + int(rng.random() < 0.15 * strength)
    return _filtered(view, draw, count)


def _cropped(original: np.ndarray, shape: tuple[int, int], draw: Draw, filtered: bool) -> np.ndarray:
    rng, strength = draw.rng, draw.mix.strength
    area = np.exp(rng.uniform(np.log(1 - 0.8 * strength), 0))
    stretch = np.exp(rng.normal(0, 0.15))
    height, width = original.shape
    across = int(np.clip(width * np.sqrt(area) * stretch, 12, width))
    down = int(np.clip(height * np.sqrt(area) / stretch, 12, height))
    view = _part(original, across, down, rng)
    if filtered:
        size = max(shape[1] // 2, min(across, shape[1])), max(shape[0] // 2, min(down, shape[0]))
        view = _filtered(_resized(view, *size), draw, 1)
    view = _resized(view, shape[1], shape[0])
    if rng.random() < 0.3:
        view = _turned(view, rng, rng.normal(0, 12), zoom=rng.random() < 0.7)
    return view


def _placed(original: np.ndarray, shape: tuple[int, int], draw: Draw, filtered: bool) -> np.ndarray:
    """The original as one of several pictures, or on a background."""
    rng = draw.rng
    view = _filtered(original.copy(), draw, 1) if filtered else original
    if rng.random() < 0.25:
        factor = rng.uniform(0.7, 1)
        view = _part(view, int(view.shape[1] * factor), int(view.shape[0] * factor), rng)
    return _collage(view, shape, draw) if rng.random() < 0.35 else _framed(view, shape, draw)


def _collage(view: np.ndarray, shape: tuple[int, int], draw: Draw) -> np.ndarray:
    rng, (height, width) = draw.rng, shape
    rows, columns = ((1, 2), (2, 1), (2, 2), (2, 2), (1, 3), (3, 1), (2, 3))[int(rng.integers(7))]
    gap, place = int(rng.integers(0, 4)), int(rng.integers(rows * columns))
    out = np.full(shape, int(rng.integers(256)), np.uint8)
    down, across = height // rows - gap, width // columns - gap
    for tile in range(rows * columns):
        if tile != place:
            picture = _covering(draw.another(), across, down, rng)
        elif rng.random() < 0.4:
            picture = _resized(view, across, down)
        else:
            picture = _covering(view, across, down, rng)
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
    out[top : top + down, left : left + across] = _resized(view, across, down)
    return _turned(out, rng, rng.normal(0, 10), zoom=False) if rng.random() < 0.15 else out


def _background(view: np.ndarray, shape: tuple[int, int], draw: Draw) -> np.ndarray:
    rng, kind = draw.rng, draw.rng.random()
    if kind < 0.3:
        return np.full(shape, _level(rng), np.uint8)
    if kind < 0.4:
        slope = np.linspace(rng.uniform(0, 255), rng.uniform(0, 255), shape[0])[:, None]
        return np.repeat(slope, shape[1], 1).astype(np.uint8)
    if kind < 0.5:
        return cv2.GaussianBlur(cv2.resize(view, shape[::-1]), (0, 0), float(rng.uniform(4, 10)))
    return _covering(draw.another(), shape[1], shape[0], rng).copy()


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
    return cv2.warpAffine(view, turn, (width, height), borderMode=border, borderValue=float(_level(rng)))


def _filtered(view: np.ndarray, draw: Draw, count: int) -> np.ndarray:
    """After `count` of FILTERS, drawn by how common they are."""
    for place in np.sort(np.searchsorted(_SHARES, draw.rng.random(count))):
        view = FILTERS[place][0](view, draw)
    return view


def _tone(view: np.ndarray, draw: Draw) -> np.ndarray:
    return _toned(view, draw.rng, 1.0)


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
    return _jpeg(view, int(np.exp(draw.rng.uniform(np.log(lowest), np.log(60)))))


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
    view[top : top + down, left : left + across] = _covering(draw.another(), across, down, rng)
    return view


def _bars(view: np.ndarray, draw: Draw) -> np.ndarray:
    rng, height = draw.rng, view.shape[0]
    view, level = view.copy(), _level(rng)
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
    other = _covering(draw.another(), view.shape[1], view.shape[0], draw.rng)
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


def _toned(view: np.ndarray, rng: np.random.Generator, strength: float) -> np.ndarray:
    """Another gamma, contrast and brightness."""
    gamma, contrast = np.exp(rng.normal(0, 0.5 * strength)), np.exp(rng.normal(0, 0.45 * strength))
    brightness = rng.normal(0, 30 * strength)
    levels = 255 * (np.arange(256) / 255.0) ** gamma
    return cv2.LUT(view, np.clip((levels - 128) * contrast + 128 + brightness, 0, 255).astype(np.uint8))


def _jpeg(view: np.ndarray, quality: int) -> np.ndarray:
    encoded = cv2.imencode(".jpg", view, [cv2.IMWRITE_JPEG_QUALITY, quality])[1]
    return np.asarray(cv2.imdecode(encoded, cv2.IMREAD_GRAYSCALE))


def _level(rng: np.random.Generator) -> int:
    """Black, white, or anything."""
    return int(rng.choice([0, 255, int(rng.integers(256))]))


def _part(picture: np.ndarray, width: int, height: int, rng: np.random.Generator) -> np.ndarray:
    """A random part of this size."""
    left, top = int(rng.integers(picture.shape[1] - width + 1)), int(rng.integers(picture.shape[0] - height + 1))
    return picture[top : top + height, left : left + width]


def _covering(picture: np.ndarray, width: int, height: int, rng: np.random.Generator) -> np.ndarray:
    """The largest part of this aspect ratio, somewhere in the picture, at this size."""
    factor = min(picture.shape[1] / width, picture.shape[0] / height)
    return _resized(_part(picture, max(1, int(width * factor)), max(1, int(height * factor)), rng), width, height)


def _resized(picture: np.ndarray, width: int, height: int) -> np.ndarray:
    """Area averages going down, linear going up."""
    down = picture.shape[0] > height and picture.shape[1] > width
    way = cv2.INTER_AREA if down else cv2.INTER_LINEAR
    return cv2.resize(picture, (max(1, width), max(1, height)), interpolation=way)
