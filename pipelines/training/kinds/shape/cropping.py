"""What is left out: crops, seams, cut-outs, torn pieces, one half mirrored."""

import cv2
import numpy as np
from PIL import Image

from lookalike.pipelines.training.kinds.tools.canvas import (
    Others,
    Rng,
    away,
    centred,
    clouds,
    grey,
    grid,
    mixed,
    pick,
    plain,
    ratio,
    remapped,
    sized,
)


def _cut(image: Image.Image, rng: Rng, area: float, aspect: float) -> Image.Image:
    """A box of a share of the area, so many times wider in proportion than the picture, anywhere."""
    wide = min(image.width, max(16, round(image.width * min(1.0, (area * aspect) ** 0.5))))
    tall = min(image.height, max(16, round(image.height * min(1.0, (area / aspect) ** 0.5))))
    left, top = int(rng.integers(image.width - wide + 1)), int(rng.integers(image.height - tall + 1))
    return image.crop((left, top, left + wide, top + tall))


def trim(image: Image.Image, rng: Rng, _: Others) -> Image.Image:
    """A rim of 1 to 6 % cut off."""
    left, top, right, bottom = rng.uniform(0.01, 0.06, 4) * (*image.size, *image.size)
    return image.crop((int(left) + 1, int(top) + 1, int(image.width - right), int(image.height - bottom)))


def crop(image: Image.Image, rng: Rng, _: Others) -> Image.Image:
    """A part, from nearly all down to a quarter of the area."""
    return _cut(image, rng, float(rng.uniform(0.25, 0.85)), ratio(rng, 0.7, 1.4))


def crop_half(image: Image.Image, rng: Rng, _: Others) -> Image.Image:
    """Half of the area or more, perhaps enlarged to the former size."""
    cut = _cut(image, rng, float(rng.uniform(0.5, 0.85)), ratio(rng, 0.8, 1.25))
    return cut if rng.random() < 0.5 else sized(cut, *image.size)


def crop_far(image: Image.Image, rng: Rng, _: Others) -> Image.Image:
    """A detail: 10 to 20 % of the area, enlarged or not."""
    cut = _cut(image, rng, float(rng.uniform(0.1, 0.2)), ratio(rng, 0.7, 1.4))
    factor = float(rng.uniform(1, 2.5))
    return sized(cut, cut.width * factor, cut.height * factor)


def crop_aspect(image: Image.Image, rng: Rng, _: Others) -> Image.Image:
    """To the shape of a platform: square, story, banner; from anywhere along the longer side."""
    shape = pick(rng, (1.0, 0.8, 9 / 16, 16 / 9, 2.35, 3.0))
    relative = shape * image.height / image.width
    if 0.9 < relative < 1.1:
        relative = 0.6
    wide, tall = image.width * min(1, relative), image.height * min(1, 1 / relative)
    left, top = rng.uniform(0, image.width - wide + 0.01), rng.uniform(0, image.height - tall + 0.01)
    box = (int(left), int(top), max(int(left) + 16, int(left + wide)), max(int(top) + 16, int(top + tall)))
    return image.crop(box)


def strips_removed(image: Image.Image, rng: Rng, _: Others) -> Image.Image:
    """A strip or two cut out of the middle, and what is left moved together."""
    values = np.asarray(image)
    for _strip in range(int(rng.integers(1, 3))):
        axis = int(rng.integers(2))
        length = values.shape[axis]
        gap = max(1, int(length * rng.uniform(0.05, 0.2)))
        at = int(length * rng.uniform(0.15, 0.65))
        values = np.delete(values, np.s_[at : at + gap], axis)
    return Image.fromarray(values)


def seams_carved(image: Image.Image, rng: Rng, _: Others) -> Image.Image:
    """Narrower or lower by 10 to 30 % without what is plain: seams of least energy go."""
    upright = rng.random() < 0.7
    source = image if upright else image.transpose(Image.Transpose.TRANSPOSE)
    small = cv2.resize(grey(source), (64, 64), interpolation=cv2.INTER_AREA)
    energy = np.abs(cv2.Sobel(small, cv2.CV_32F, 1, 0)) + np.abs(cv2.Sobel(small, cv2.CV_32F, 0, 1))
    columns = np.tile(np.arange(64, dtype=np.float32), (64, 1))
    for _seam in range(int(rng.integers(6, 20))):
        columns, energy = _without_seam(columns, energy)
    size = (max(16, round(source.width * columns.shape[1] / 64)), source.height)
    x = (cv2.resize(columns, size, interpolation=cv2.INTER_LINEAR) + 0.5) * source.width / 64 - 0.5
    y = np.meshgrid(np.arange(size[0]), np.arange(size[1]))[1]
    carved = remapped(source, x, y)
    return carved if upright else carved.transpose(Image.Transpose.TRANSPOSE)


def _without_seam(columns: np.ndarray, energy: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The connected path of least energy from top to bottom, taken out of both."""
    rows, width = energy.shape
    total = energy.copy()
    for row in range(1, rows):
        above = np.pad(total[row - 1], 1, constant_values=np.inf)
        total[row] += np.minimum(np.minimum(above[:-2], above[1:-1]), above[2:])
    keep = np.ones((rows, width), bool)
    at = int(total[-1].argmin())
    for row in range(rows - 1, -1, -1):
        least = max(0, at - 1)
        at = least + int(total[row, least : at + 2].argmin())
        keep[row, at] = False
    return columns[keep].reshape(rows, width - 1), energy[keep].reshape(rows, width - 1)


def half_mirrored(image: Image.Image, rng: Rng, _: Others) -> Image.Image:
    """One half and its mirror image, or a quarter and its three (a kaleidoscope)."""
    values = np.asarray(image)
    for axis in ((0,), (1,), (1,), (0, 1))[int(rng.integers(4))]:
        half = np.array_split(values, 2, axis)[int(rng.integers(2))]
        parts = [half, np.flip(half, axis)]
        values = np.concatenate(parts if rng.random() < 0.5 else parts[::-1], axis)
    return Image.fromarray(np.ascontiguousarray(values))


def wrapped(image: Image.Image, rng: Rng, _: Others) -> Image.Image:
    """Moved on, and what left at one edge comes in at the other."""
    axis = int(rng.integers(2))
    by = int(rng.uniform(0.1, 0.5) * image.size[axis]) or 1
    return Image.fromarray(np.roll(np.asarray(image), by, 1 - axis))


def shifted(image: Image.Image, rng: Rng, _: Others) -> Image.Image:
    """Moved out of its frame by a tenth to a third, and the rest filled: mirrored, smeared or plain."""
    x, y = grid(image)
    dx, dy = (away(rng, 0, 0.12), away(rng, 0.1, 0.35))[:: int(rng.choice((-1, 1)))]
    border = pick(rng, (cv2.BORDER_REFLECT, cv2.BORDER_REPLICATE, cv2.BORDER_CONSTANT))
    return remapped(image, x + dx * image.width, y + dy * image.height, border)


def cut_out(image: Image.Image, rng: Rng, _: Others) -> Image.Image:
    """A disc, a rounded box or a soft blot of it, on one colour or the checks that stand for transparency."""
    x, y = centred(image)
    way, rim = int(rng.integers(4)), float(rng.uniform(0.75, 0.98))
    if way == 0:
        outside = np.hypot(x * max(1, image.width / image.height), y * max(1, image.height / image.width)) - rim
    elif way == 1:
        outside = (np.abs(x) ** 5 + np.abs(y) ** 5) ** 0.2 - rim
    elif way == 2:
        outside = (np.hypot(x, y) - rim * 0.9) * 0.2
    else:
        outside = np.hypot(x, y) - rim * (0.7 + 0.5 * clouds(image, rng, 4))
    share = np.clip(outside * min(image.size) / 3, 0, 1)
    if rng.random() < 0.6:
        return mixed(image, plain(rng), share)
    cell = max(3, min(image.size) // int(rng.integers(20, 50)))
    checks = np.add(*(v // cell for v in grid(image))) % 2 * 51 + 204
    return mixed(image, np.repeat(checks[..., None], 3, 2), share)


def torn(image: Image.Image, rng: Rng, _: Others) -> Image.Image:
    """A piece torn off one side, with a white edge of fibres."""
    quarters = int(rng.integers(4))
    source = Image.fromarray(np.ascontiguousarray(np.rot90(np.asarray(image), quarters)))
    x, y = centred(source)
    rough = clouds(source, rng, 7) * 0.25 + clouds(source, rng, 40) * 0.06
    edge = y - float(rng.uniform(0.1, 0.75)) - float(rng.uniform(-0.25, 0.25)) * x + rough
    ground = plain(rng)
    paper = mixed(source, (246, 244, 238), np.clip((edge + 0.05) * 60, 0, 1))
    left = mixed(paper, ground, np.clip(edge * 80, 0, 1))
    return Image.fromarray(np.ascontiguousarray(np.rot90(np.asarray(left), -quarters)))


def faded_edges(image: Image.Image, rng: Rng, _: Others) -> Image.Image:
    """Let run out into one colour at one side or at all sides."""
    x, y = centred(image)
    if rng.random() < 0.4:
        share = (np.maximum(np.abs(x), np.abs(y)) - float(rng.uniform(0.5, 0.8))) / 0.25
    else:
        share = (pick(rng, (x, -x, y, -y)) - float(rng.uniform(-0.3, 0.4))) / float(rng.uniform(0.2, 0.6))
    return mixed(image, plain(rng), share)
