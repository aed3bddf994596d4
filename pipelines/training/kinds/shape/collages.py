"""A picture among others: tiles, sheets, strips, insets, halves of a screen."""

import numpy as np
from PIL import Image, ImageDraw, ImageOps

from lookalike.pipelines.training.kinds.tools.canvas import Others, Rng, away, ink, pick, plain, readable
from lookalike.pipelines.training.kinds.tools.lettering import code, put, sentence


def _tiled(image: Image.Image, rng: Rng, others: Others, columns: int, rows: int, wide: int, tall: int) -> Image.Image:
    """The picture whole in one tile, others cut to theirs."""
    gap = int(rng.integers(0, 12))
    page = Image.new("RGB", (columns * wide + gap, rows * tall + gap), plain(rng))
    own = int(rng.integers(columns * rows))
    for tile in range(columns * rows):
        box = (wide - gap, tall - gap)
        shown = ImageOps.contain(image, box) if tile == own else ImageOps.fit(pick(rng, others), box)
        left, top = (tile % columns) * wide + gap, (tile // columns) * tall + gap
        page.paste(shown, (left + (box[0] - shown.width) // 2, top + (box[1] - shown.height) // 2))
    return page


def collage(image: Image.Image, rng: Rng, others: Others) -> Image.Image:
    """One of two to six tiles."""
    columns, rows = pick(rng, ((2, 1), (1, 2), (2, 2), (3, 1), (3, 2), (2, 3)))
    return _tiled(image, rng, others, columns, rows, int(rng.integers(260, 360)), int(rng.integers(220, 320)))


def collage_cut(image: Image.Image, rng: Rng, others: Others) -> Image.Image:
    """One of two to five tiles of unequal size, each cut to its place by a little."""
    page = Image.new("RGB", (int(rng.integers(560, 800)), int(rng.integers(480, 720))), plain(rng))
    boxes = [(0, 0, page.width, page.height)]
    for _cut in range(int(rng.integers(1, 5))):
        largest = max(range(len(boxes)), key=lambda b: (boxes[b][2] - boxes[b][0]) * (boxes[b][3] - boxes[b][1]))
        left, top, right, bottom = boxes.pop(largest)
        if right - left > bottom - top:
            at = left + int((right - left) * rng.uniform(0.4, 0.6))
            boxes += [(left, top, at, bottom), (at, top, right, bottom)]
        else:
            at = top + int((bottom - top) * rng.uniform(0.4, 0.6))
            boxes += [(left, top, right, at), (left, at, right, bottom)]
    gap = int(rng.integers(0, 8))

    def unlike(number: int) -> float:
        left, top, right, bottom = boxes[number]
        return abs(float(np.log((right - left) / (bottom - top) * image.height / image.width)))

    own = min(range(len(boxes)), key=unlike)
    for number, (left, top, right, bottom) in enumerate(boxes):
        size = (right - left - gap, bottom - top - gap)
        fitted = ImageOps.fit(image if number == own else pick(rng, others), size)
        page.paste(
            fitted if number != own or unlike(own) < 0.5 else ImageOps.contain(image, size), (left + gap, top + gap)
        )
    return page


def small_tiles(image: Image.Image, rng: Rng, others: Others) -> Image.Image:
    """One of eight to twelve tiles."""
    columns, rows = pick(rng, ((4, 2), (3, 3), (2, 4), (5, 2), (4, 3), (3, 4)))
    return _tiled(image, rng, others, columns, rows, int(rng.integers(150, 220)), int(rng.integers(130, 190)))


def contact_sheet(image: Image.Image, rng: Rng, others: Others) -> Image.Image:
    """Nine to twenty small pictures with their names below, as indexes and file managers show them."""
    columns, rows = pick(rng, ((3, 3), (4, 3), (4, 4), (5, 3), (5, 4)))
    wide, tall = int(rng.integers(130, 180)), int(rng.integers(130, 170))
    ground = pick(rng, ((255, 255, 255), (20, 20, 22), (40, 44, 52)))
    page = Image.new("RGB", (columns * wide, rows * tall + 36), ground)
    draw, tint = ImageDraw.Draw(page), readable(ground)
    put(draw, (12, 8), sentence(rng, 3), 17, tint)
    own = int(rng.integers(columns * rows))
    for tile in range(columns * rows):
        shown = ImageOps.contain(image if tile == own else pick(rng, others), (wide - 10, tall - 26))
        left, top = (tile % columns) * wide, (tile // columns) * tall + 36
        page.paste(shown, (left + (wide - shown.width) // 2, top + (tall - 22 - shown.height) // 2))
        put(draw, (left + 14, top + tall - 20), f"IMG_{code(rng, 4)}.jpg", 12, tint)
    return page


def scrapbook(image: Image.Image, rng: Rng, others: Others) -> Image.Image:
    """Prints thrown on a table, turned by a few degrees, the picture uppermost."""
    size = (int(rng.integers(620, 820)), int(rng.integers(520, 680)))
    page = Image.new("RGB", size, ink(rng))
    count = int(rng.integers(3, 8))
    for number in range(count + 1):
        side = float(rng.uniform(0.42, 0.6) if number == count else rng.uniform(0.3, 0.5)) * min(size)
        shown = ImageOps.contain(image if number == count else pick(rng, others), (int(side * 1.2), int(side)))
        shown = ImageOps.expand(shown, 8, (250, 250, 248)).convert("RGBA")
        turned = shown.rotate(away(rng, 1, 14), Image.Resampling.BICUBIC, expand=True)
        at = rng.uniform(0, np.maximum(1, np.array(size) - turned.size))
        page.paste(turned, (int(at[0]), int(at[1])), turned)
    return page


def film_strip(image: Image.Image, rng: Rng, others: Others) -> Image.Image:
    """Two to four frames in a row with holes above and below, or a strip of a photo booth."""
    count, side = int(rng.integers(2, 5)), int(rng.integers(200, 280))
    own = int(rng.integers(count))
    shape = (side, int(side * image.height / image.width)) if 0.5 < image.width / image.height < 2 else (side, side)
    page = Image.new("RGB", (count * (side + 10), shape[1] + 70), (18, 15, 12))
    draw = ImageDraw.Draw(page)
    for number in range(count):
        shown = ImageOps.contain(image, shape) if number == own else ImageOps.fit(pick(rng, others), shape)
        page.paste(shown, (number * (side + 10) + 5, 35))
    for x in range(8, page.width, 28):
        for y in (8, page.height - 24):
            draw.rounded_rectangle((x, y, x + 14, y + 16), 3, fill=(235, 232, 225))
    return page if rng.random() < 0.6 else page.transpose(Image.Transpose.ROTATE_90)


def side_by_side(image: Image.Image, rng: Rng, others: Others) -> Image.Image:
    """Beside or above one other of the same height or width, with or without labels (a comparison)."""
    other = ImageOps.fit(pick(rng, others), image.size)
    upright = rng.random() < 0.4
    pair = [image, other] if rng.random() < 0.5 else [other, image]
    head = int(image.height * 0.12) if rng.random() < 0.5 else 0
    size = (image.width, 2 * image.height + head) if upright else (2 * image.width, image.height + head)
    ground = plain(rng)
    page = Image.new("RGB", size, ground)
    for number, shown in enumerate(pair):
        at = (0, head + number * image.height) if upright else (number * image.width, head)
        page.paste(shown, at)
    if head:
        put(ImageDraw.Draw(page), (image.width * 0.05, head * 0.2), sentence(rng, 3), head * 0.5, readable(ground))
    return page


def picture_in_picture(image: Image.Image, rng: Rng, others: Others) -> Image.Image:
    """Laid on another photograph, with a third to three quarters of its sides."""
    page = ImageOps.fit(pick(rng, others), (int(rng.integers(560, 720)), int(rng.integers(420, 540))))
    side = float(rng.uniform(0.35, 0.75))
    shown = ImageOps.contain(image, (int(page.width * side), int(page.height * side)))
    if rng.random() < 0.4:
        shown = ImageOps.expand(shown, int(rng.integers(1, 6)), plain(rng))
    page.paste(
        shown, (int(rng.integers(page.width + 1 - shown.width)), int(rng.integers(page.height + 1 - shown.height)))
    )
    return page


def inset(image: Image.Image, rng: Rng, others: Others) -> Image.Image:
    """In a corner of another photograph, with 20 to 35 % of its sides."""
    page = ImageOps.fit(pick(rng, others), (int(rng.integers(640, 900)), int(rng.integers(480, 680))))
    side = float(rng.uniform(0.2, 0.35))
    shown = ImageOps.contain(image, (int(page.width * side), int(page.height * side)))
    if rng.random() < 0.6:
        shown = ImageOps.expand(shown, int(rng.integers(1, 5)), plain(rng))
    margin = int(rng.integers(0, 25))
    left = pick(rng, (margin, page.width - shown.width - margin))
    page.paste(shown, (left, pick(rng, (margin, page.height - shown.height - margin))))
    return page
