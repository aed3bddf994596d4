"""Things laid over a picture: faces and stickers, marks, censoring, patterns, a second picture."""

import numpy as np
from PIL import Image, ImageDraw, ImageFilter

from lookalike.pipelines.training.kinds.tools.canvas import (
    Layer,
    Others,
    Rng,
    ink,
    mixed,
    pick,
    pixels,
    place,
    plain,
    ratio,
    readable,
)
from lookalike.pipelines.training.kinds.tools.lettering import amount, fitted, font, put, word


def _face(draw: ImageDraw.ImageDraw, rng: Rng, x: float, y: float, side: float) -> None:
    """A yellow face with eyes, a mouth, perhaps hearts or tears."""
    draw.ellipse((x, y, x + side, y + side), fill=(255, 205, 50), outline=(200, 140, 20), width=max(1, int(side / 40)))
    mood = int(rng.integers(4))
    for eye in (0.3, 0.7):
        cx, cy, r = x + eye * side, y + 0.38 * side, side * (0.07 if mood else 0.12)
        draw.ellipse((cx - r, cy - r, cx + r, cy + r), fill=(220, 30, 50) if mood == 0 else (60, 40, 20))
        if mood == 3:
            draw.ellipse((cx - r, cy + r * 1.5, cx + r, cy + r * 5), fill=(80, 160, 250))
    mouth = (x + 0.25 * side, y + 0.45 * side, x + 0.75 * side, y + 0.85 * side)
    if mood < 2:
        draw.chord(mouth, 10, 170, fill=(120, 30, 20))
    else:
        draw.arc(
            (mouth[0], mouth[1] + 0.15 * side, mouth[2], mouth[3] + 0.15 * side),
            200,
            340,
            fill=(90, 40, 20),
            width=max(2, int(side / 20)),
        )


def _heart(draw: ImageDraw.ImageDraw, x: float, y: float, side: float, tint: tuple[int, ...]) -> None:
    t = np.linspace(0, 2 * np.pi, 40)
    px, py = 16 * np.sin(t) ** 3, -(13 * np.cos(t) - 5 * np.cos(2 * t) - 2 * np.cos(3 * t) - np.cos(4 * t))
    points = np.stack((x + (px + 16) / 32 * side, y + (py + 13) / 30 * side), -1)
    draw.polygon([tuple(p) for p in points.tolist()], fill=tint)


def _star(
    draw: ImageDraw.ImageDraw, x: float, y: float, side: float, tint: tuple[int, ...], points: int, deep: float
) -> None:
    angles = np.arange(2 * points) * np.pi / points - np.pi / 2
    reach = np.where(np.arange(2 * points) % 2, deep, 1.0) * side / 2
    corners = np.stack((x + side / 2 + reach * np.cos(angles), y + side / 2 + reach * np.sin(angles)), -1)
    draw.polygon([tuple(p) for p in corners.tolist()], fill=tint)


def emoji(image: Image.Image, rng: Rng, _: Others) -> Image.Image:
    """Faces, hearts and stars, a few large or many small."""
    over, many = Layer(image), rng.random() < 0.4
    for _one in range(int(rng.integers(8, 20) if many else rng.integers(1, 4))):
        side = min(image.size) * float(rng.uniform(0.05, 0.12) if many else rng.uniform(0.15, 0.4))
        x, y, _right, _bottom = place(image, rng, side, side)
        way = int(rng.integers(3))
        if way == 0:
            _face(over.draw, rng, x, y, side)
        elif way == 1:
            _heart(over.draw, x, y, side, pick(rng, ((230, 40, 60), (250, 120, 170), ink(rng))))
        else:
            _star(over.draw, x, y, side, pick(rng, ((255, 210, 40), ink(rng))), 5, 0.42)
    return over.merged()


def emoji_one(image: Image.Image, rng: Rng, _: Others) -> Image.Image:
    """One face, heart or star: small, or as large as a third of the picture."""
    over, side = Layer(image), min(image.size) * ratio(rng, 0.05, 0.4)
    x, y, _right, _bottom = place(image, rng, side, side)
    way = int(rng.integers(4))
    if way == 0:
        _heart(over.draw, x, y, side, pick(rng, ((230, 40, 60), ink(rng))))
    elif way == 1:
        _star(over.draw, x, y, side, pick(rng, ((255, 210, 40), ink(rng))), 5, 0.42)
    else:
        _face(over.draw, rng, x, y, side)
    return over.merged()


def sticker(image: Image.Image, rng: Rng, _: Others) -> Image.Image:
    """Discs, boxes and stars with or without words, small to middling."""
    over = Layer(image)
    for _shape in range(int(rng.integers(1, 8))):
        side = min(image.size) * float(rng.uniform(0.08, 0.3))
        left, top, right, bottom = place(image, rng, side * 1.3, side)
        tint, way = ink(rng), int(rng.integers(3))
        if way == 0:
            over.draw.ellipse((left, top, left + side, bottom), fill=tint, outline=plain(rng), width=3)
        elif way == 1:
            over.draw.rounded_rectangle((left, top, right, bottom), side / 6, fill=tint)
        else:
            _star(over.draw, left, top, side, tint, int(rng.integers(8, 16)), 0.8)
        text = pick(rng, ("NEW", "-50%", "SALE", "TOP", word(rng, 1, 2), f"{amount(rng)}"))
        put(
            over.draw,
            (left + side * 0.18, top + side * 0.36),
            text,
            fitted(text, side * 0.65, side * 0.3),
            readable(tint),
        )
    return over.merged()


def sticker_large(image: Image.Image, rng: Rng, others: Others) -> Image.Image:
    """One that hides 8 to 25 % of the picture: a face, a shape, or a cut-out of another picture."""
    over = Layer(image)
    side = float(np.sqrt(image.width * image.height * rng.uniform(0.09, 0.25)))
    side = min(side, 0.8 * min(image.size))
    x, y, right, bottom = place(image, rng, side, side)
    way = int(rng.integers(4))
    if way == 0:
        _face(over.draw, rng, x, y, side)
    elif way == 1:
        over.draw.rounded_rectangle(
            (x, y, right, bottom), side * float(rng.uniform(0, 0.4)), fill=ink(rng), outline=plain(rng), width=3
        )
        text = word(rng, 1, 3).upper()
        put(over.draw, (x + side * 0.1, y + side * 0.4), text, fitted(text, side * 0.8, side * 0.25), plain(rng))
    elif way == 2:
        _heart(over.draw, x, y, side, ink(rng))
    else:
        cut = pick(rng, others).resize((int(side), int(side)))
        mask = Image.new("L", cut.size)
        ImageDraw.Draw(mask).ellipse((0, 0, *cut.size), fill=255)
        over.layer.paste(cut, (int(x), int(y)), mask)
        over.draw.ellipse((x, y, right, bottom), outline="white", width=max(3, int(side / 25)))
    return over.merged()


def marks(image: Image.Image, rng: Rng, _: Others) -> Image.Image:
    """Arrows, rings, boxes and crosses that point something out, or boxes with labels as detectors draw them."""
    over = Layer(image)
    thick = max(2, round(min(image.size) * float(rng.uniform(0.006, 0.02))))
    for _mark in range(int(rng.integers(1, 6))):
        side = min(image.size) * float(rng.uniform(0.12, 0.45))
        x, y, right, bottom = place(image, rng, side * float(rng.uniform(0.5, 1.4)), side)
        tint, way = pick(rng, ((230, 20, 20), (250, 220, 20), (30, 220, 60), ink(rng))), int(rng.integers(4))
        if way == 0:
            over.draw.line((x, y, right, bottom), fill=tint, width=thick)
            tip = side * 0.25
            over.draw.polygon(((right, bottom), (right - tip, bottom), (right, bottom - tip)), fill=tint)
        elif way == 1:
            over.draw.ellipse((x, y, right, bottom), outline=tint, width=thick)
        elif way == 2:
            over.draw.rectangle((x, y, right, bottom), outline=tint, width=thick)
            text = f"{word(rng, 1, 2)} 0.{rng.integers(30, 99)}"
            over.draw.rectangle((x, y - side * 0.12, x + font(side * 0.1).getlength(text), y), fill=tint)
            put(over.draw, (x, y - side * 0.12), text, side * 0.1, readable(tint))
        else:
            over.draw.line((x, y, right, bottom), fill=tint, width=thick)
            over.draw.line((x, bottom, right, y), fill=tint, width=thick)
    return over.merged()


def scribbled(image: Image.Image, rng: Rng, _: Others) -> Image.Image:
    """Drawn over by hand, with a pen, a marker or a brush."""
    over = Layer(image)
    for _stroke in range(int(rng.integers(1, 6))):
        turns = np.cumsum(rng.normal(0, 0.6, 60)) + float(rng.uniform(0, 6))
        step = min(image.size) * float(rng.uniform(0.01, 0.035))
        path = np.cumsum(np.stack((np.cos(turns), np.sin(turns)), -1) * step, 0) + rng.uniform(0.1, 0.9, 2) * image.size
        tint = (*ink(rng), int(rng.choice((255, 255, 120))))
        width = max(2, round(min(image.size) * ratio(rng, 0.006, 0.04)))
        over.draw.line([tuple(p) for p in path.tolist()], fill=tint, width=width, joint="curve")
    return over.merged()


def censored(image: Image.Image, rng: Rng, _: Others) -> Image.Image:
    """One to four bars, boxes or discs of one colour over places."""
    over, tint = Layer(image), pick(rng, ((0, 0, 0), (0, 0, 0), (255, 255, 255), ink(rng)))
    for _bar in range(int(rng.integers(1, 5))):
        wide, tall = image.width * float(rng.uniform(0.12, 0.45)), image.height * float(rng.uniform(0.06, 0.2))
        box = place(image, rng, wide, tall)
        over.draw.ellipse(box, fill=tint) if rng.random() < 0.25 else over.draw.rectangle(box, fill=tint)
    return over.merged()


def pixelated_regions(image: Image.Image, rng: Rng, _: Others) -> Image.Image:
    """Faces, plates or other places made unreadable: pixelated or blurred."""
    shown, coarse = image.copy(), rng.random() < 0.6
    for _region in range(int(rng.integers(1, 4))):
        side = rng.uniform(0.15, 0.38) * min(image.size)
        left, top, right, bottom = (int(v) for v in place(image, rng, side * float(rng.uniform(0.8, 1.6)), side))
        region = image.crop((left, top, right, bottom))
        if coarse:
            cells = int(rng.integers(4, 9))
            hidden = region.resize((cells, cells), Image.Resampling.BOX).resize(region.size, Image.Resampling.NEAREST)
        else:
            hidden = region.filter(ImageFilter.GaussianBlur(side * 0.15))
        mask = Image.new("L", region.size)
        corners = (0, 0, region.width - 1, region.height - 1)
        draw = ImageDraw.Draw(mask)
        draw.ellipse(corners, fill=255) if rng.random() < 0.5 else draw.rectangle(corners, fill=255)
        shown.paste(hidden, (left, top), mask)
    return shown


def stripes(image: Image.Image, rng: Rng, _: Others) -> Image.Image:
    """Stripes or a grid laid over it, opaque or not."""
    over = Layer(image)
    step, tint = min(image.size) * float(rng.uniform(0.06, 0.2)), (*ink(rng), int(rng.integers(120, 256)))
    wide = max(1, int(step * float(rng.uniform(0.06, 0.35))))
    slant = image.height if rng.random() < 0.5 else 0
    for x in np.arange(0, image.width + image.height, step):
        over.draw.line((float(x), 0, float(x) - slant, image.height), fill=tint, width=wide)
    if rng.random() < 0.4:
        for y in np.arange(0, image.height, step):
            over.draw.line((0, float(y), image.width, float(y)), fill=tint, width=wide)
    return over.merged()


def pattern(image: Image.Image, rng: Rng, _: Others) -> Image.Image:
    """Dots, confetti, hearts or stars all over it, or a fence or net before it."""
    over, way = Layer(image), int(rng.integers(4))
    step = min(image.size) * float(rng.uniform(0.07, 0.16))
    tint, opaque = ink(rng), int(rng.integers(130, 256))
    if way == 3:
        for x in np.arange(-image.height, image.width + image.height, step):
            over.draw.line(
                (float(x), 0, float(x) + image.height, image.height), fill=(*tint, 255), width=max(1, int(step / 12))
            )
            over.draw.line(
                (float(x), image.height, float(x) + image.height, 0), fill=(*tint, 255), width=max(1, int(step / 12))
            )
        return over.merged()
    jitter = float(rng.uniform(0, 0.5)) * step
    for y in np.arange(0, image.height, step):
        for x in np.arange(0, image.width, step):
            px, py = (float(v) for v in np.array((x, y)) + rng.uniform(-jitter, jitter + 1e-6, 2))
            side = step * float(rng.uniform(0.25, 0.5))
            colour = (*(ink(rng) if jitter > step / 4 else tint), opaque)
            if way == 0:
                over.draw.ellipse((px, py, px + side, py + side), fill=colour)
            elif way == 1:
                _heart(over.draw, px, py, side, colour)
            else:
                _star(over.draw, px, py, side, colour, 5, 0.42)
    return over.merged()


def blended(image: Image.Image, rng: Rng, others: Others) -> Image.Image:
    """A second picture shines through, with 20 to 45 %: evenly, in places, or as a mirrored light in glass."""
    other = pick(rng, others).resize(image.size, Image.Resampling.BILINEAR)
    share = np.full((image.height, image.width), float(rng.uniform(0.2, 0.45)), np.float32)
    way = int(rng.integers(3))
    if way == 0:
        return mixed(image, pixels(other), share)
    if way == 1:
        x = np.linspace(0, 1, image.width, dtype=np.float32)[None]
        return mixed(image, pixels(other), share * 2 * (x if rng.random() < 0.5 else 1 - x))
    soft = pixels(other.filter(ImageFilter.GaussianBlur(min(image.size) * 0.006)))
    values = pixels(image)
    return mixed(image, 255 - (255 - values) * (255 - soft * 0.9) / 255, share * 1.8)


def ornaments(image: Image.Image, rng: Rng, _: Others) -> Image.Image:
    """A frame laid over its rim: leaves, hearts, bulbs, lace or lines, in a row along the edges."""
    over, way = Layer(image), int(rng.integers(4))
    rim = min(image.size) * float(rng.uniform(0.07, 0.15))
    tints = [ink(rng) for _tint in range(int(rng.integers(1, 4)))]
    if way == 0:
        for inset in (0.2, 0.5, 0.8):
            corners = (rim * inset, rim * inset, image.width - rim * inset, image.height - rim * inset)
            over.draw.rectangle(
                corners, outline=pick(rng, tints), width=max(1, int(rim * float(rng.uniform(0.08, 0.2))))
            )
        return over.merged()
    step = rim * float(rng.uniform(0.6, 1.1))
    across, down = np.arange(0, image.width, step).tolist(), np.arange(0, image.height, step).tolist()
    places = [(x, y) for x in across for y in (0, image.height - rim)]
    for x, y in places + [(x, y) for x in (0, image.width - rim) for y in down]:
        tint, side = pick(rng, tints), rim * float(rng.uniform(0.8, 1.1))
        if way == 1:
            _heart(over.draw, x, y, side, tint)
        elif way == 2:
            _star(over.draw, x, y, side, tint, int(rng.integers(4, 8)), 0.5)
        else:
            over.draw.ellipse((x, y, x + side, y + side * 0.6), fill=tint)
    return over.merged()
