"""Different photographs that have one element in common: a logo, a sticker, a caption, a mount, an overlay, a tile, a
backdrop.
"""

import cv2
import numpy as np
from PIL import Image, ImageDraw

from lookalike.pipelines.training.kinds.scenery.cutouts import Cutout, cut, pasted
from lookalike.pipelines.training.kinds.scenery.shots import (
    Others,
    Rng,
    States,
    clipped,
    colour,
    fitted,
    several,
    sized,
)
from lookalike.pipelines.training.kinds.scenery.variants import lettered
from lookalike.pipelines.training.kinds.tools.lettering import name, put, sentence, word


def _different(rng: Rng, photograph: Image.Image, others: Others) -> tuple[States, Image.Image]:
    """Two to four photographs of one size, and one more of which an element can be made."""
    first = sized(rng, photograph)
    source, *rest = several(rng, others, int(rng.integers(2, 5)))
    return [first, *(fitted(picture, first.shape[1::-1]) for picture in rest)], source


def _logo(rng: Rng, side: int) -> Cutout:
    """A channel's or a firm's mark: letters on a disc or a box."""
    page = Image.new("RGB", (160, 120), colour(rng))
    alpha = Image.new("L", page.size)
    draw, shape = ImageDraw.Draw(page), ImageDraw.Draw(alpha)
    (shape.ellipse if rng.random() < 0.5 else shape.rectangle)((4, 4, 155, 115), fill=255)
    for _stroke in range(int(rng.integers(0, 4))):
        x, y, size = (float(v) for v in rng.uniform((0, 0, 20), (120, 90, 70)))
        draw.ellipse((x, y, x + size, y + size), fill=colour(rng))
    put(draw, (80, 60), word(rng, 1, 2).upper(), float(rng.uniform(26, 48)), colour(rng), anchor="mm")
    small = side, max(6, side * 3 // 4)
    return Cutout(np.array(page.resize(small)), np.asarray(alpha.resize(small), np.float32) / 255)


def shared_logo(rng: Rng, photograph: Image.Image, others: Others) -> States:
    """One logo or avatar in the corner of different pictures."""
    states, source = _different(rng, photograph, others)
    height, width = states[0].shape[:2]
    side = int(min(height, width) * rng.uniform(0.08, 0.5))
    mark = _logo(rng, side) if rng.random() < 0.6 else cut(rng, source, side)
    x, y = (float(rng.choice((0.6 * side, edge - 0.6 * side))) for edge in (width, height))
    return [pasted(state, mark, (x, y)) for state in states]


def shared_sticker(rng: Rng, photograph: Image.Image, others: Others) -> States:
    """One sticker or emoji on different pictures, at places and sizes of its own."""
    states, source = _different(rng, photograph, others)
    height, width = states[0].shape[:2]
    side = int(min(height, width) * rng.uniform(0.12, 0.6))
    mark = _logo(rng, side) if rng.random() < 0.5 else cut(rng, source, side)
    stuck = []
    for state in states:
        place = rng.uniform(0.2, 0.8, 2) * (width, height)
        stuck.append(pasted(state, mark, (place[0], place[1]), float(rng.uniform(0.8, 1.2)), float(rng.normal(0, 12))))
    return stuck


def shared_caption(rng: Rng, photograph: Image.Image, others: Others) -> States:
    """The same words over different pictures, perhaps the wrong way round on all of them."""
    states, _ = _different(rng, photograph, others)
    height, width = states[0].shape[:2]
    size, lines = (
        height * float(rng.uniform(0.06, 0.17)),
        [sentence(rng, int(rng.integers(2, 4))) for _ in range(int(rng.integers(1, 4)))],
    )
    ink = (255, 255, 255) if rng.random() < 0.6 else colour(rng)
    top, bar = float(rng.uniform(0, max(1, height - size * 1.4 * len(lines)))), rng.random() < 0.4
    written = []
    for state in states:
        state = state.copy()
        if bar:
            state[int(top) : int(top + size * 1.4 * len(lines))] = 255 - np.array(ink)
        for line, text in enumerate(lines):
            place = width * 0.04, top + line * size * 1.3
            state = lettered(state, text, place, size, ink, stroke_width=2, stroke_fill=(0, 0, 0, 255))
        written.append(state)
    if rng.random() < 0.3:
        written = [np.ascontiguousarray(state[:, ::-1]) for state in written]
    return written


def shared_mount(rng: Rng, photograph: Image.Image, others: Others) -> States:
    """A polaroid, a strip of film, a story's ground, a telephone, a window of a program about different pictures."""
    ways = (_polaroid, _film, _story, _telephone, _window, _ornate)
    ground, *rest = several(rng, others, int(rng.integers(2, 5)))
    mount, hole = ways[int(rng.integers(len(ways)))](rng, ground)
    shrink = float(rng.uniform(0.6, 1)) if rng.random() < 0.4 else 1.0
    (left, top), (right, bottom) = _about_its_middle(hole, shrink)
    states = []
    for picture in (photograph, *rest):
        page = mount.copy()
        page.paste(Image.fromarray(fitted(picture, (right - left, bottom - top))), (left, top))
        states.append(np.array(page))
    return states


Mount = tuple[Image.Image, tuple[int, int, int, int]]
"""A page, and where on it the picture goes: left, top, right, bottom."""


def _about_its_middle(box: tuple[int, int, int, int], scale: float) -> tuple[tuple[int, int], tuple[int, int]]:
    middle, half = ((box[0] + box[2]) / 2, (box[1] + box[3]) / 2), ((box[2] - box[0]) / 2, (box[3] - box[1]) / 2)
    low, high = ([round(m + sign * scale * h) for m, h in zip(middle, half, strict=True)] for sign in (-1, 1))
    return (low[0], low[1]), (high[0], high[1])


def _polaroid(rng: Rng, ground: Image.Image) -> Mount:
    page = Image.fromarray(fitted(ground, (400, 420)))
    draw = ImageDraw.Draw(page)
    draw.rectangle((50, 30, 350, 395), fill=(248, 246, 240), outline=(190, 190, 185), width=2)
    put(draw, (90, 345), sentence(rng, 2), 24, (40, 40, 70))
    return page, (70, 50, 330, int(rng.integers(270, 330)))


def _film(rng: Rng, _: Image.Image) -> Mount:
    page = Image.new("RGB", (460, 340), colour(rng, 0, 40))
    draw = ImageDraw.Draw(page)
    for x in range(8, 460, 34):
        for y in (12, 302):
            draw.rounded_rectangle((x, y, x + 20, y + 26), 5, fill=(235, 235, 235))
    put(draw, (190, 40), f"{rng.integers(1, 40)}A", 13, (240, 160, 40))
    return page, (40, 60, 420, 285)


def _story(rng: Rng, ground: Image.Image) -> Mount:
    small = cv2.resize(fitted(ground, (27, 48)), (270, 480), interpolation=cv2.INTER_CUBIC)
    page = Image.fromarray(small)
    draw = ImageDraw.Draw(page)
    draw.ellipse((14, 16, 46, 48), fill=colour(rng))
    put(draw, (54, 22), name(rng), 15, "white")
    put(draw, (30, 410), sentence(rng, 3), 20, "white", stroke_width=1, stroke_fill="black")
    half = int(rng.integers(80, 135))
    return page, (20, 230 - half, 250, 230 + half)


def _telephone(rng: Rng, _: Image.Image) -> Mount:
    page = Image.new("RGB", (360, 480), colour(rng, 150, 255))
    draw = ImageDraw.Draw(page)
    draw.rounded_rectangle((80, 15, 280, 465), 28, fill=(18, 18, 20))
    draw.rounded_rectangle((89, 24, 271, 456), 20, fill=colour(rng, 220, 255))
    put(draw, (100, 38), word(rng).title(), 18, "black")
    for row in range(3):
        put(draw, (100, 385 + 22 * row), sentence(rng, 3)[:24], 12, (60, 60, 60))
    return page, (89, 70, 271, int(rng.integers(230, 370)))


def _ornate(rng: Rng, ground: Image.Image) -> Mount:
    """A carved frame: one piece of another photograph, mirrored all round."""
    size, piece = int(rng.integers(40, 80)), np.array(fitted(ground, (60, 60)))
    tile = np.hstack([piece, piece[:, ::-1]])
    tile = np.vstack([tile, tile[::-1]])
    page = Image.fromarray(np.tile(tile, (4, 4, 1))[:360, :460])
    ImageDraw.Draw(page).rectangle((size - 5, size - 5, 464 - size, 364 - size), outline=colour(rng), width=5)
    return page, (size, size, 460 - size, 360 - size)


def _window(rng: Rng, _: Image.Image) -> Mount:
    page = Image.new("RGB", (480, 360), colour(rng, 30, 90))
    draw = ImageDraw.Draw(page)
    draw.rectangle((0, 0, 480, 34), fill=colour(rng, 40, 230))
    put(draw, (12, 8), sentence(rng, 3), 15, "white")
    for row in range(9):
        put(draw, (10, 50 + row * 30), word(rng, 2, 3), 14, (200, 200, 200))
    draw.line((120, 330, 460, 330), fill=(230, 50, 50), width=4)
    return page, (110, 44, 474, 318)


def shared_overlay(rng: Rng, photograph: Image.Image, others: Others) -> States:
    """Stripes, a grid, rain, a name all over, fog, a torn border: the same over different pictures."""
    states, _ = _different(rng, photograph, others)
    height, width = states[0].shape[:2]
    over, alpha = _overlay(rng, height, width)
    return [clipped(state + (over - state) * alpha) for state in states]


def _overlay(rng: Rng, height: int, width: int) -> tuple[np.ndarray, np.ndarray]:
    """(h, w, 3) float32 colours and (h, w, 1) float32 how much they cover."""
    ink = np.full((height, width, 3), colour(rng), np.float32)
    mask = np.zeros((height, width), np.uint8)
    way, step = int(rng.integers(5)), float(rng.uniform(0.05, 0.16)) * min(height, width)
    wide = max(1, int(step * rng.uniform(0.1, 0.6)))
    if way < 2:
        slant = int(rng.choice((-1, 0, 1))) * height
        for x in np.arange(-height, width + height, step).astype(int).tolist():
            cv2.line(mask, (x, 0), (x + slant, height), 255, wide, cv2.LINE_AA)
        if way:
            for y in np.arange(0, height, step).astype(int).tolist():
                cv2.line(mask, (0, y), (width, y), 255, wide, cv2.LINE_AA)
    elif way == 2:
        for x, y, length in (
            rng.uniform((0, 0, 6), (width, height, 30), (int(rng.integers(200, 700)), 3)).astype(int).tolist()
        ):
            cv2.line(mask, (x, y), (x - length // 5, y + length), 255, 1 + int(rng.integers(2)), cv2.LINE_AA)
    elif way == 3:
        page = Image.new("L", (width, height))
        text = word(rng, 2, 3).upper()
        for y in np.arange(0, height, step * 1.8).tolist():
            for x in np.arange(-step, width, step * 4.5).tolist():
                put(ImageDraw.Draw(page), (x, y), text, step, 255)
        mask[:] = np.array(page)
    else:
        coarse = rng.integers(60, 256, (4, 5)).astype(np.uint8)
        mask[:] = cv2.resize(coarse, (width, height), interpolation=cv2.INTER_CUBIC)
        ink[:] = rng.uniform(150, 235)
    return ink, (mask * np.float32(rng.uniform(0.5, 0.95)) / np.float32(255))[..., None]


def shared_tile(rng: Rng, photograph: Image.Image, others: Others) -> States:
    """Collages of which one small tile is the same, at places of its own."""
    grids = [grid for grid in ((3, 2), (3, 3), (4, 2), (4, 3)) if 2 * grid[0] * grid[1] <= len(others)] or [(3, 2)]
    columns, rows = grids[int(rng.integers(len(grids)))]
    side, gap = 400 // columns, int(rng.integers(0, 7))
    size, ground = (side - gap, side - gap), colour(rng)
    tile, states = fitted(photograph, size), []
    per = columns * rows
    pictures = several(rng, others, 2 * per)
    for number in range(2):
        page, own = np.full((rows * side, columns * side, 3), ground, np.uint8), int(rng.integers(per))
        for place, picture in enumerate(pictures[number * per : (number + 1) * per]):
            top, left = (place // columns) * side, (place % columns) * side
            page[top : top + size[1], left : left + size[0]] = tile if place == own else fitted(picture, size)
        states.append(page)
    return states


def shared_backdrop(rng: Rng, photograph: Image.Image, others: Others) -> States:
    """One photograph in a collage of two to four, and under a picture that is set on it or shines through it: what the
    second picture is about is not in the first.
    """
    other, *rest = several(rng, others, 4)
    wide, tall = int(rng.integers(180, 260)), int(rng.integers(150, 220))
    columns, rows = ((2, 1), (1, 2), (2, 2))[int(rng.integers(3))]
    gap = int(rng.integers(0, 8))
    page = Image.new("RGB", (columns * wide, rows * tall), colour(rng))
    own, shown = int(rng.integers(columns * rows)), iter(rest)
    for place in range(columns * rows):
        tile = fitted(photograph if place == own else next(shown), (wide - gap, tall - gap))
        page.paste(Image.fromarray(tile), ((place % columns) * wide, (place // columns) * tall))
    ground = sized(rng, photograph)
    height, width = ground.shape[:2]
    if rng.random() < 0.3:
        share = float(rng.uniform(0.45, 0.7))
        mixed = ground + (fitted(other, (width, height)) - ground.astype(np.float32)) * share
        return [np.array(page), clipped(mixed)]
    side = float(rng.uniform(0.35, 0.65))
    inset = fitted(other, (int(width * side), int(height * side)))
    top, left = (
        int(rng.integers(0, edge - part + 1)) for edge, part in zip((height, width), inset.shape, strict=False)
    )
    ground[top : top + inset.shape[0], left : left + inset.shape[1]] = inset
    return [np.array(page), ground]
