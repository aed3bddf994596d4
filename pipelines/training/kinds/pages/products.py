"""Products on a plain ground: garments, mugs, shoes, vases, bags with another print, colour or pattern."""

from typing import Any

import numpy as np
from PIL import Image, ImageDraw, ImageFilter

from lookalike.pipelines.training.kinds.tools import lettering as write
from lookalike.pipelines.training.kinds.tools.fields import Colour, Fields, Rng, colour, flag, one_of, photograph, share
from lookalike.pipelines.training.kinds.tools.lettering import ICONS, put
from lookalike.pipelines.training.kinds.tools.looks import between, line, photo, sheet, tint

ICON = one_of(len(ICONS))


def _white(design: Rng) -> Colour:
    return (255, 255, 255) if design.random() < 0.6 else tint(design, 225, 255)


def _paper(design: Rng, width: tuple[int, int], height: tuple[int, int]) -> Image.Image:
    """The ground that a product is shown on, with a size by chance."""
    size = between(design, *width), between(design, *height)
    return Image.new("RGB", size, _white(design))


def _print(image: Image.Image, box: tuple[float, float, float, float], sort: int, made: list[Any]) -> None:
    """What is printed within a box. sort: 0 pictogram, 1 letters, 2 photograph with a stripe of colour."""
    draw = ImageDraw.Draw(image)
    left, top, right, bottom = box
    icon, text, shown, ink = made
    place, wide = ((left + right) / 2, (top + bottom) / 2), right - left
    if sort == 0:
        put(draw, place, ICONS[icon], wide * 0.7, ink, "icons", anchor="mm")
    elif sort == 1:
        line(draw, place, text.upper(), wide * 0.4, wide, ink, "sans bold", "mm")
    else:
        photo(image, shown, box)
        draw.rectangle((left, bottom - 12, right, bottom), fill=ink)


def _printed(f: Fields) -> tuple[Colour, int, list[Any]]:
    """The colour of the thing, the sort of its print, and what is printed."""
    sort = between(f.design, 0, 2)
    kept = tint(f.design, 20, 245)
    recoloured = bool(f.design.random() < 0.4)
    what = (ICON, write.words(1, 1), photograph)[sort]
    made = f.fill(what, colour(), colour(20, 245)) if recoloured else [*f.fill(what, colour()), kept]
    shown: list[Any] = [0, "", None]
    shown[sort] = made[0]
    return made[2], sort, [*shown, made[1]]


def garment(f: Fields) -> Image.Image:
    """One shirt, another print on it, or another colour."""
    d = f.design
    image = _paper(d, (340, 460), (360, 500))
    w, h = image.size
    draw = ImageDraw.Draw(image)
    cloth, sort, made = _printed(f)
    long, neck = bool(d.random() < 0.4), between(d, 0, 2)
    hem = 0.95 if long else 0.45
    outline = (
        *((0.3, 0.1), (0.7, 0.1), (0.95, 0.3 if not long else 0.9), (0.83, hem if not long else 0.95)),
        *((0.74, 0.36), (0.74, 0.95), (0.26, 0.95), (0.26, 0.36), (0.17, hem), (0.05, 0.3 if not long else 0.9)),
    )
    edge = tuple(v // 2 for v in cloth)
    draw.polygon([(x * w, y * h) for x, y in outline], fill=cloth, outline=edge, width=2)
    paper = image.getpixel((1, 1))
    if neck == 0:
        draw.pieslice((w * 0.4, h * 0.02, w * 0.6, h * 0.18), 0, 180, fill=paper, outline=edge)
    elif neck == 1:
        draw.polygon(((w * 0.4, h * 0.09), (w * 0.6, h * 0.09), (w / 2, h * 0.24)), fill=paper, outline=edge)
    for x in (0.34, 0.66):
        draw.line((w * x, h * 0.6, w * (x + 0.02), h * 0.93), fill=edge, width=2)
    _print(image, (w * 0.36, h * 0.32, w * 0.64, h * 0.62), sort, made)
    return image


def mug(f: Fields) -> Image.Image:
    """One mug, another print or colour."""
    d = f.design
    image = _paper(d, (340, 480), (320, 440))
    w, h = image.size
    draw = ImageDraw.Draw(image)
    clay, sort, made = _printed(f)
    edge = tuple(v // 2 for v in clay)
    draw.ellipse((w * 0.58, h * 0.3, w * 0.9, h * 0.72), outline=clay, width=int(w * 0.06))
    draw.rounded_rectangle((w * 0.12, h * 0.14, w * 0.7, h * 0.9), 30, fill=clay, outline=edge, width=2)
    draw.ellipse((w * 0.12, h * 0.08, w * 0.7, h * 0.22), fill=edge, outline=clay, width=5)
    _print(image, (w * 0.22, h * 0.32, w * 0.6, h * 0.78), sort, made)
    return image


def bag(f: Fields) -> Image.Image:
    """A bag or pouch with another print or colour."""
    d = f.design
    image = _paper(d, (320, 440), (380, 520))
    w, h = image.size
    draw = ImageDraw.Draw(image)
    cloth, sort, made = _printed(f)
    edge = tuple(v // 2 for v in cloth)
    draw.arc((w * 0.3, h * 0.04, w * 0.7, h * 0.6), 180, 360, fill=edge, width=12)
    draw.polygon(
        ((w * 0.15, h * 0.3), (w * 0.85, h * 0.3), (w * 0.92, h * 0.95), (w * 0.08, h * 0.95)), fill=cloth, outline=edge
    )
    _print(image, (w * 0.28, h * 0.42, w * 0.72, h * 0.84), sort, made)
    return image


def pack(f: Fields) -> Image.Image:
    """A carton of one make: another sort, colour and weight."""
    d = f.design
    image = _paper(d, (320, 460), (400, 560))
    w, h = image.size
    draw = ImageDraw.Draw(image)
    make, dark = write.word(d, 2, 3).upper(), tint(d, 0, 120)
    sort, tone, icon, weight = f.fill(write.words(1, 2), colour(60, 235), ICON, write.digits(2, 3))
    draw.polygon(
        ((w * 0.78, h * 0.12), (w * 0.92, h * 0.06), (w * 0.92, h * 0.84), (w * 0.78, h * 0.92)),
        fill=tuple(c // 2 for c in tone),
    )
    draw.polygon(((w * 0.12, h * 0.12), (w * 0.26, h * 0.06), (w * 0.92, h * 0.06), (w * 0.78, h * 0.12)), fill=dark)
    draw.rectangle((w * 0.12, h * 0.12, w * 0.78, h * 0.92), fill=tone)
    draw.rectangle((w * 0.12, h * 0.18, w * 0.78, h * 0.34), fill="white")
    line(draw, (w * 0.45, h * 0.26), make, 44, w * 0.6, dark, "sans bold", "mm")
    put(draw, (w * 0.45, h * 0.54), ICONS[icon], w * 0.3, "white", "icons", anchor="mm")
    line(draw, (w * 0.45, h * 0.76), sort.title(), 28, w * 0.6, dark, "round", "mm")
    line(draw, (w * 0.45, h * 0.86), f"{weight} g", 20, w * 0.5, dark, "sans", "mm")
    return image


def _turned(design: Rng, width: int, height: int) -> list[tuple[float, float]]:
    """The outline of a vase, bottle or lamp: symmetric, with a smooth edge."""
    ys = np.linspace(0, 1, 40)
    radius = 0.18 + sum(design.uniform(-0.1, 0.1) * np.cos(np.pi * k * ys + design.uniform(0, 3)) for k in range(1, 5))
    radius = np.clip(radius, 0.06, 0.4)
    right = [(width * (0.5 + r), height * (0.08 + 0.84 * y)) for r, y in zip(radius.tolist(), ys.tolist(), strict=True)]
    return [*right, *((width - x, y) for x, y in right[::-1])]


def vase(f: Fields) -> Image.Image:
    """A turned thing in another colour, with or without bands."""
    d = f.design
    image = _paper(d, (300, 420), (380, 540))
    w, h = image.size
    outline = _turned(d, w, h)
    glaze, band, places, light = f.fill(colour(20, 235), colour(0, 255), one_of(6), flag)
    mask = Image.new("L", (w, h), 0)
    ImageDraw.Draw(mask).polygon(outline, fill=255)
    body = Image.new("RGB", (w, h), glaze)
    draw = ImageDraw.Draw(body)
    for number in range(places + 1):
        y = h * (0.2 + 0.6 * (number + 1) / (places + 2))
        draw.rectangle((0, y, w, y + h * 0.03), fill=band)
    shade = np.clip(1.15 - 1.6 * np.abs(np.linspace(-0.6, 0.4, w) if light else np.linspace(-0.4, 0.6, w)), 0.3, 1.2)
    body = Image.fromarray(np.clip(np.asarray(body) * shade[None, :, None], 0, 255).astype(np.uint8))
    image.paste(body, (0, 0), mask)
    return image


def shoe(f: Fields) -> Image.Image:
    """A shoe drawn by curves: upper, sole, stripe and laces in other colours."""
    d = f.design
    image = _paper(d, (420, 600), (260, 380))
    w, h = image.size
    draw = ImageDraw.Draw(image)
    upper, sole, mark, laces = f.fill(colour(10, 235), colour(10, 235), colour(0, 255), one_of(6))
    toe, ankle, heel = d.uniform(0.45, 0.6), d.uniform(0.12, 0.3), d.uniform(0.04, 0.14)
    shape = [
        (0.08, 0.75),
        (0.1, ankle + 0.1),
        (0.2, ankle),
        (0.36, ankle + 0.03),
        (0.55, toe - 0.05),
        (0.8, toe + 0.03),
        (0.93, 0.75),
    ]
    draw.polygon([(x * w, y * h) for x, y in shape], fill=upper)
    draw.ellipse((w * 0.78, h * (toe + 0.02), w * 0.95, h * 0.8), fill=upper)
    draw.rounded_rectangle((w * 0.06, h * 0.73, w * 0.96, h * (0.78 + heel)), 14, fill=sole)
    fashion = between(d, 0, 2)
    for number in range(3 if fashion == 0 else 1):
        x = w * (0.34 + 0.07 * number)
        if fashion == 2:
            draw.arc((w * 0.2, h * 0.35, w * 0.6, h * 0.7), 20, 120, fill=mark, width=14)
        else:
            draw.line((x, h * 0.7, x + w * 0.08, h * (toe + 0.02)), fill=mark, width=10)
    for number in range(laces + 2):
        x, y = w * (0.37 + 0.03 * number), h * (ankle + 0.06 + (toe - ankle) * number / 9)
        draw.line((x, y, x + w * 0.06, y - h * 0.03), fill="white", width=5)
    return image


def patterned_cloth(f: Fields) -> Image.Image:
    """A square of stuff: the weave is the design's, its colours or one thread are the content's."""
    d = f.design
    side = between(d, 300, 480)
    threads = between(d, 8, 30)
    bands = d.integers(0, 3, (2, threads))
    made = f.fill(colour(), colour(), colour(), one_of(threads), flag)
    bands[int(made[4]), made[3]] = 2 - bands[int(made[4]), made[3]] // 2
    tones = np.array(made[:3])
    both = (tones[bands[0]][:, None] + tones[bands[1]][None]) // 2
    return Image.fromarray(both.astype(np.uint8)).resize((side, side), Image.Resampling.NEAREST)


def marked_texture(f: Fields) -> Image.Image:
    """One surface of noise; a mark, scratch or hole lies elsewhere."""
    d = f.design
    w, h = between(d, 320, 560), between(d, 300, 480)
    coarse = between(d, 2, 12)
    noise = d.normal(0, 1, (h // coarse + 1, w // coarse + 1)).astype(np.float32)
    image = Image.fromarray(noise).resize((w, h), Image.Resampling.BICUBIC)
    low, high = np.array(tint(d, 20, 140)), np.array(tint(d, 120, 250))
    level = np.clip(np.asarray(image) * 0.25 + 0.5, 0, 1)[..., None]
    shown = Image.fromarray((low + (high - low) * level).astype(np.uint8))
    draw = ImageDraw.Draw(shown)
    marks = between(d, 1, 3)
    ink = tuple(int(v) for v in low // 3)
    for x, y, turn, sort in f.rows(marks, share, share, share, one_of(3)):
        a, b = 40 + x * (w - 80), 40 + y * (h - 80)
        dx, dy = 34 * np.cos(6.3 * turn), 34 * np.sin(6.3 * turn)
        if sort == 0:
            draw.line((a - dx, b - dy, a + dx, b + dy), fill=ink, width=5)
        elif sort == 1:
            draw.ellipse((a - 18, b - 18, a + 18, b + 18), fill=ink)
        else:
            draw.polygon(((a, b), (a + dx, b + dy), (a - dy, b + dx)), fill=ink)
    return shown


def shelf_rows(f: Fields) -> Image.Image:
    """Rows of bottles or books on one shelf, some of them other ones."""
    d = f.design
    image = sheet(d, (420, 700), (320, 520), tint(d, 150, 245))
    draw = ImageDraw.Draw(image)
    rows, columns = between(d, 2, 3), between(d, 6, 14)
    wood, round_ = tint(d, 60, 150), between(d, 0, 10)
    wide, tall = (image.width - 20) / columns, image.height / rows
    for number, (tone, height) in enumerate(f.rows(rows * columns, colour(10, 240), share)):
        x, bottom = 10 + number % columns * wide, (number // columns + 1) * tall - 12
        draw.rounded_rectangle((x + 2, bottom - tall * (0.5 + 0.35 * height), x + wide - 2, bottom), round_, fill=tone)
    for row in range(rows):
        draw.rectangle((0, (row + 1) * tall - 12, image.width, (row + 1) * tall), fill=wood)
    return image


def shadowed_thing(f: Fields) -> Image.Image:
    """One thing out of boxes and balls with a soft shadow; it has another colour, or another part."""
    d = f.design
    w, h = between(d, 340, 480), between(d, 340, 480)
    paper = _white(d)
    parts = between(d, 2, 4)
    shapes = d.uniform(0.25, 0.75, (parts, 2)), d.uniform(0.08, 0.2, parts), d.integers(0, 2, parts)
    image = Image.new("RGB", (w, h), paper)
    draw = ImageDraw.Draw(image)
    draw.ellipse((w * 0.2, h * 0.78, w * 0.8, h * 0.9), fill=tuple(c * 3 // 4 for c in paper))
    image = image.filter(ImageFilter.GaussianBlur(9))
    draw = ImageDraw.Draw(image)
    for tone, (x, y), r, sort in zip(f.fill(*[colour(10, 240)] * parts), *(s.tolist() for s in shapes), strict=True):
        box = ((x - r) * w, (y - r) * h, (x + r) * w, (y + r) * h)
        edge = tuple(c * 2 // 3 for c in tone)
        if sort:
            draw.ellipse(box, fill=tone, outline=edge, width=4)
            draw.ellipse(((x - r / 2) * w, (y - r * 0.7) * h, (x - r / 8) * w, (y - r / 4) * h), fill="white")
        else:
            draw.rectangle(box, fill=tone, outline=edge, width=4)
    return image


GROUNDS = (garment, mug, bag, pack, vase, shoe, marked_texture, shadowed_thing)
"""Shape and ground are the same: two of them are variants whatever is printed."""
TEXTS = (patterned_cloth, shelf_rows)
"""Mostly content: variants only while most of it is the same."""
PICTURED = (garment, mug, bag)
"""Show photographs."""
