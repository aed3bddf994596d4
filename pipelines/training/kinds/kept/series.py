"""What is made in series: figures of one body, wares of one cut with other prints, images taken of one anatomy, maps of
one land with other fields. They share most of what they show, and are no copies of one another.
"""

from collections.abc import Callable, Iterator, Sequence

import cv2
import numpy as np
from PIL import Image, ImageDraw

from lookalike.pipelines.training.kinds.kept.ways import told_apart
from lookalike.pipelines.training.kinds.tools.canvas import Rng, away, clouds, ink, pick, picture, pixels, plain, ratio
from lookalike.pipelines.training.kinds.tools.lettering import font, word

TRIES = 4
"""Pictures that are drawn for each that is taken."""
FINE = 2
"""Drawings are made so many times larger, for smooth edges."""
Box = tuple[float, float, float, float]


def series(rng: Rng, photographs: Sequence[Image.Image], count: int) -> list[Image.Image]:
    """So many pictures of one series, or fewer, any two of which a beholder tells apart: images of one anatomy by their
    mottle, which is another in each of them.
    """
    make = pick(rng, MAKES)
    found: list[Image.Image] = []
    for drawn, _ in zip(make(rng, photographs), range(TRIES * count), strict=False):
        if len(found) < count and (make is anatomies or all(told_apart(drawn, other) for other in found)):
            found.append(drawn)
    return found


def _shaded(image: Image.Image, rng: Rng) -> Image.Image:
    """Lighter on one side, as bodies are."""
    x, y = rng.uniform(-1, 1, 2)
    rows, columns = np.mgrid[-1 : 1 : image.height * 1j, -1 : 1 : image.width * 1j]
    return picture(pixels(image) * (1 + 0.25 * rng.random() * (x * columns + y * rows))[..., None])


def figures(rng: Rng, photographs: Sequence[Image.Image]) -> Iterator[Image.Image]:
    """Faces and mascots: one body, and eyes, brows, a mouth and marks of their own."""
    side = int(rng.integers(96, 420))
    large, ground, skin, line = FINE * side, plain(rng), ink(rng), pick(rng, ((20, 20, 20), (90, 50, 20), ink(rng)))
    body = Image.new("RGB", (large, large), ground)
    draw, margin = ImageDraw.Draw(body), large * float(rng.uniform(0.04, 0.14))
    outlines: tuple[Callable[..., None], ...] = draw.ellipse, draw.ellipse, draw.rounded_rectangle, draw.rectangle
    outline = pick(rng, outlines)
    wide = int(large * rng.uniform(0.0, 0.03))
    top = margin * float(rng.uniform(1, 2.2))
    more = {"radius": large // 5} if outline == draw.rounded_rectangle else {}
    outline((margin, top, large - margin, large - margin), fill=skin, outline=line, width=wide, **more)
    shaded = _shaded(body, rng)
    inside = np.abs(pixels(body) - np.array(ground)).max(-1) > 8
    body = Image.fromarray(np.where(inside[..., None], np.asarray(shaded), np.asarray(body)))
    at = (
        large * float(rng.uniform(0.36, 0.46)),
        large * float(rng.uniform(0.12, 0.2)),
        large * float(rng.uniform(0.64, 0.74)),
    )
    while True:
        face = body.copy()
        _face(ImageDraw.Draw(face), rng, large, at, line)
        yield face.resize((side, side), Image.Resampling.LANCZOS)


def _face(
    draw: ImageDraw.ImageDraw, rng: Rng, side: int, at: tuple[float, float, float], line: tuple[int, int, int]
) -> None:
    """at: height of the eyes, how far either is from the middle, height of the mouth, px."""
    eyes, apart, mouth = at
    size, kind, tilt = side * ratio(rng, 0.035, 0.1), int(rng.integers(5)), away(rng, 0, 0.05) * side
    width = max(2, int(side * rng.uniform(0.012, 0.03)))
    for way in (-1, 1):
        x = side / 2 + way * apart
        if kind == 0:
            draw.ellipse((x - size, eyes - 1.3 * size, x + size, eyes + 1.3 * size), fill=line)
        elif kind == 1:
            draw.ellipse(
                (x - size, eyes - size, x + size, eyes + size), fill=(250, 250, 250), outline=line, width=width
            )
            draw.ellipse((x - size / 2, eyes - size / 2, x + size / 2, eyes + size / 2), fill=line)
        elif kind == 2:
            draw.arc((x - size, eyes - size, x + size, eyes + size), 180, 360, fill=line, width=width)
        elif kind == 3:
            draw.line((x - size, eyes, x + size, eyes), fill=line, width=width)
        else:
            draw.polygon(
                [(x, eyes - size), (x + size, eyes), (x, eyes + size), (x - size, eyes)],
                fill=pick(rng, (line, ink(rng))),
            )
        if rng.random() < 0.35:
            brow = eyes - 2 * size
            draw.line((x - size, brow + way * tilt, x + size, brow - way * tilt), fill=line, width=width)
    wide, tall = side * ratio(rng, 0.05, 0.25), side * ratio(rng, 0.02, 0.14)
    box = side / 2 - wide, mouth - tall, side / 2 + wide, mouth + tall
    kind = int(rng.integers(5))
    if kind == 0:
        draw.arc(box, 0, 180, fill=line, width=width)
    elif kind == 1:
        draw.arc(box, 180, 360, fill=line, width=width)
    elif kind == 2:
        draw.ellipse(box, fill=line)
        draw.ellipse((box[0] + wide / 2, mouth, box[2] - wide / 2, box[3]), fill=(230, 100, 110))
    elif kind == 3:
        draw.chord(box, 0, 180, fill=pick(rng, (line, (250, 250, 250))), outline=line, width=width)
    else:
        draw.line((box[0], mouth, box[2], mouth + tilt), fill=line, width=width)
    if rng.random() < 0.4:
        x, y, radius = side * rng.uniform(0.25, 0.75), side * rng.uniform(0.25, 0.8), side * ratio(rng, 0.02, 0.08)
        draw.ellipse((x - radius, y - radius, x + radius, y + radius), fill=ink(rng))


CUTS: tuple[tuple[tuple[float, float], ...], ...] = (
    (
        *((0.35, 0.1), (0.65, 0.1), (0.95, 0.3), (0.82, 0.42), (0.74, 0.36), (0.74, 0.93), (0.26, 0.93), (0.26, 0.36)),
        *((0.18, 0.42), (0.05, 0.3)),
    ),
    ((0.2, 0.2), (0.72, 0.2), (0.72, 0.35), (0.9, 0.4), (0.9, 0.65), (0.72, 0.72), (0.7, 0.88), (0.22, 0.88)),
    ((0.18, 0.3), (0.35, 0.3), (0.38, 0.08), (0.62, 0.08), (0.65, 0.3), (0.82, 0.3), (0.86, 0.94), (0.14, 0.94)),
    ((0.3, 0.05), (0.7, 0.05), (0.7, 0.95), (0.3, 0.95)),
    ((0.1, 0.25), (0.9, 0.25), (0.9, 0.78), (0.1, 0.78)),
)
"""Outlines of wares, from 0 to 1: a shirt, a mug, a bag, a case, a cushion."""


def wares(rng: Rng, photographs: Sequence[Image.Image]) -> Iterator[Image.Image]:
    """One thing on plain ground, each time with a print of its own: a shape, words, stripes, a picture."""
    side = int(rng.integers(200, 620))
    cut = np.array(pick(rng, CUTS)) + rng.normal(0, 0.008, 2)
    ground = plain(rng) if rng.random() < 0.3 else (int(rng.integers(235, 256)),) * 3
    cloth = pick(rng, ((int(rng.integers(215, 250)),) * 3, (int(rng.integers(15, 70)),) * 3, ink(rng)))
    mask = Image.new("L", (FINE * side, FINE * side))
    ImageDraw.Draw(mask).polygon([(FINE * side * x, FINE * side * y) for x, y in cut.tolist()], fill=255)
    mask = mask.resize((side, side), Image.Resampling.LANCZOS)
    bare = Image.new("RGB", (side, side), cloth)
    folds = 1 + float(rng.uniform(0.02, 0.35)) * (clouds(bare, rng, int(rng.integers(4, 12))) - 0.5)
    x, y = cut.mean(0) * side
    while True:
        shown = bare.copy()
        _print(shown, rng, (float(x), float(y)), photographs)
        yield Image.composite(picture(pixels(shown) * folds[..., None]), Image.new("RGB", (side, side), ground), mask)


def _print(cloth: Image.Image, rng: Rng, middle: tuple[float, float], photographs: Sequence[Image.Image]) -> None:
    side, colour, draw = cloth.width, ink(rng), ImageDraw.Draw(cloth)
    x, y = middle[0] + side * rng.normal(0, 0.02), middle[1] + side * rng.normal(0, 0.03)
    size, kind = side * ratio(rng, 0.06, 0.17), int(rng.integers(5))
    box = x - size, y - size, x + size, y + size
    if kind == 0:
        pick(rng, (draw.ellipse, draw.rectangle))(box, fill=colour)
        inner = size * float(rng.uniform(0.3, 0.7))
        draw.ellipse((x - inner, y - inner, x + inner, y + inner), fill=ink(rng))
    elif kind == 1:
        points = int(rng.integers(3, 9))
        radius = size * np.where(np.arange(2 * points) % 2, rng.uniform(0.3, 0.9), 1.0)
        angle = np.pi * np.arange(2 * points) / points
        draw.polygon(list(zip(x + radius * np.sin(angle), y - radius * np.cos(angle), strict=True)), fill=colour)
    elif kind == 2:
        text = word(rng, 1, 2).upper()
        draw.text((x, y), text, fill=colour, font=font(max(10, 3.2 * size / len(text))), anchor="mm")
    elif kind == 3:
        bars = int(rng.integers(1, 5))
        for bar in range(bars):
            top = y - size + 2 * size * bar / bars
            draw.rectangle((box[0], top, box[2], top + size / bars), fill=ink(rng))
    else:
        shown = pick(rng, photographs).copy()
        shown.thumbnail((max(16, int(2 * size)),) * 2)
        cloth.paste(shown, (round(x - shown.width / 2), round(y - shown.height / 2)))


def anatomies(rng: Rng, photographs: Sequence[Image.Image]) -> Iterator[Image.Image]:
    """Soft grey images of one build, as rays, echoes and microscopes take them: each has its own proportions by a few
    hundredths, its own noise and mottle, and sometimes a spot.
    """
    wide, tall = (int(side) for side in rng.integers(240, 620, 2))
    blank = Image.new("RGB", (wide, tall))
    number, arcs = int(rng.integers(1, 5)), int(rng.integers(0, 9))
    bodies, spread = rng.uniform(0.15, 0.85, (number, 2)), rng.uniform(0.08, 0.32, (number, 2))
    levels, symmetric = rng.uniform(-0.35, 0.35, number), bool(rng.random() < 0.5)
    base, soft, strays = float(rng.uniform(0.25, 0.6)), ratio(rng, 0.02, 0.1), float(rng.uniform(0.002, 0.03))
    mottle, grain = float(rng.uniform(0.06, 0.2)), float(rng.uniform(0, 0.06))
    rows, columns = np.mgrid[0 : 1 : tall * 1j, 0 : 1 : wide * 1j].astype(np.float32)
    while True:
        values = np.full((tall, wide), base, np.float32)
        for (x, y), (a, b), level in zip(
            bodies + rng.normal(0, strays, bodies.shape),
            spread * rng.normal(1, strays, spread.shape),
            levels,
            strict=True,
        ):
            for middle in (x, 1 - x) if symmetric else (x,):
                radius = np.hypot((columns - middle) / a, (rows - y) / b)
                values += np.float32(level) / (1 + np.exp((radius - 1) / np.float32(soft)))
        for arc in range(arcs):
            height = 0.15 + 0.7 * (arc + rng.normal(0, 3 * strays)) / max(arcs, 1)
            values += 0.12 * np.exp(-(((rows - height - 0.1 * (columns - 0.5) ** 2) / 0.012) ** 2))
        for cells in (3, 9, 27, 60):
            values += mottle * (clouds(blank, rng, cells) - 0.5) / (1 + cells / 20)
        if rng.random() < 0.4:
            x, y, radius = rng.uniform(0.2, 0.8), rng.uniform(0.2, 0.8), ratio(rng, 0.015, 0.06)
            values += away(rng, 0.1, 0.3) * np.exp(-(((columns - x) ** 2 + (rows - y) ** 2) / radius**2))
        yield picture(255 * (values + rng.normal(0, grain, values.shape).astype(np.float32)))


def lands(rng: Rng, photographs: Sequence[Image.Image]) -> Iterator[Image.Image]:
    """A land from above, in a few colours by height, and on it fields, buildings or clouds of each one's own."""
    wide, tall = (int(side) for side in rng.integers(240, 620, 2))
    blank = Image.new("RGB", (wide, tall))
    height = sum(clouds(blank, rng, cells) / (1 + cells / 6) for cells in (3, 7, 15, 31, 63))
    steps = np.quantile(height, np.sort(rng.uniform(0.1, 0.9, int(rng.integers(2, 5)))))
    palette = np.array([ink(rng) for _ in range(len(steps) + 1)], np.float32) * 0.7
    ground = picture(palette[np.digitize(height, steps)] * (0.8 + 0.4 * clouds(blank, rng, 50)[..., None]))
    share = ratio(rng, 0.03, 0.25)
    while True:
        shown = np.asarray(ground).copy()
        for _ in range(int(rng.integers(4, 24))):
            side = (wide * tall * share / 12) ** 0.5 * ratio(rng, 0.5, 1.8)
            at, turn = (rng.random(2) * (wide, tall)).tolist(), float(rng.uniform(0, 90))
            corners = cv2.boxPoints((at, (side, side * ratio(rng, 0.5, 2)), turn))
            cv2.fillPoly(shown, [corners.astype(np.int32)], ink(rng))
        yield Image.fromarray(shown)


MAKES: tuple[Callable[[Rng, Sequence[Image.Image]], Iterator[Image.Image]], ...] = (figures, wares, anatomies, lands)
