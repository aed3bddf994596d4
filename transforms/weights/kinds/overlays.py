"""What is laid over a picture: words, marks, stickers, censoring, patterns, a second picture."""

import cv2
import numpy as np
from PIL import Image, ImageDraw, ImageFilter

from transforms.weights.kinds.canvas import (
    Layer,
    Others,
    Rng,
    against,
    ink,
    mixed,
    pick,
    pixels,
    place,
    plain,
    ratio,
    readable,
)
from transforms.weights.kinds.lettering import amount, code, date, fitted, font, name, put, sentence, word


def caption(image: Image.Image, rng: Rng, _: Others) -> Image.Image:
    """A line or two of text anywhere, upright or turned."""
    over = Layer(image)
    size = image.height * float(rng.uniform(0.035, 0.12))
    for _line in range(int(rng.integers(1, 4))):
        text = sentence(rng, int(rng.integers(2, 5)))
        at = (image.width * float(rng.uniform(0.02, 0.4)), image.height * float(rng.uniform(0.02, 0.85)))
        put(
            over.draw,
            at,
            text,
            fitted(text, image.width - at[0], size),
            ink(rng),
            stroke_width=int(rng.integers(0, 3)),
            stroke_fill=plain(rng),
        )
    if rng.random() < 0.2:
        over.layer = over.layer.rotate(float(rng.uniform(-35, 35)), Image.Resampling.BICUBIC)
    return over.merged()


def meme(image: Image.Image, rng: Rng, _: Others) -> Image.Image:
    """Large white letters with a black rim, at the top, at the foot or both."""
    over, size = Layer(image), image.height * float(rng.uniform(0.08, 0.15))
    for y in pick(rng, ((0.02,), (0.82,), (0.02, 0.82), (0.02, 0.82))):
        text = sentence(rng, int(rng.integers(2, 5))).upper().rstrip(".")
        height = fitted(text, image.width * 0.95, size)
        left = (image.width - font(height).getlength(text)) / 2
        put(over.draw, (left, y * image.height), text, height, "white", stroke_width=2, stroke_fill="black")
    return over.merged()


def subtitles(image: Image.Image, rng: Rng, _: Others) -> Image.Image:
    """One or two lines at the foot, on a dark box or with a rim."""
    over, boxed = Layer(image), rng.random() < 0.4
    tint = pick(rng, ((255, 255, 255), (250, 230, 90)))
    for row in range(int(rng.integers(1, 3))):
        text = sentence(rng, int(rng.integers(3, 6)))
        size = fitted(text, image.width * 0.9, image.height * float(rng.uniform(0.05, 0.08)))
        wide = font(size).getlength(text)
        left, top = (image.width - wide) / 2, image.height * (0.92 - 0.09 * row) - size
        if boxed:
            over.draw.rectangle((left - 5, top - 3, left + wide + 5, top + size * 1.25), fill=(0, 0, 0, 190))
        put(over.draw, (left, top), text, size, tint, stroke_width=0 if boxed else 2, stroke_fill="black")
    return over.merged()


def lower_third(image: Image.Image, rng: Rng, _: Others) -> Image.Image:
    """A banner of a broadcast: name and office on bars, perhaps a ticker below and a sign above."""
    over, wide, tall = Layer(image), image.width, image.height
    tint, top = ink(rng), tall * float(rng.uniform(0.68, 0.78))
    right = wide * float(rng.uniform(0.55, 1))
    over.draw.rectangle((wide * 0.04, top, right, top + tall * 0.09), fill=(*tint, 235))
    put(over.draw, (wide * 0.06, top + tall * 0.012), name(rng), tall * 0.06, readable(tint))
    over.draw.rectangle((wide * 0.04, top + tall * 0.09, right * 0.9, top + tall * 0.15), fill=(240, 240, 240, 230))
    put(over.draw, (wide * 0.06, top + tall * 0.1), sentence(rng, 3), tall * 0.04, (20, 20, 20))
    if rng.random() < 0.6:
        over.draw.rectangle((0, tall * 0.94, wide, tall), fill=(*ink(rng), 255))
        put(over.draw, (4, tall * 0.945), sentence(rng, 14), tall * 0.04, "white")
    if rng.random() < 0.5:
        over.draw.rectangle((wide * 0.8, tall * 0.04, wide * 0.97, tall * 0.12), fill=(200, 20, 20, 240))
        put(over.draw, (wide * 0.82, tall * 0.05), "LIVE", tall * 0.055, "white")
    return over.merged()


def dated(image: Image.Image, rng: Rng, _: Others) -> Image.Image:
    """The date or time of a camera, or the line of a surveillance recorder."""
    over, size = Layer(image), image.height * float(rng.uniform(0.035, 0.08))
    tint = pick(rng, ((255, 140, 30), (255, 220, 60), (255, 255, 255), (90, 255, 90)))
    text = f"{date(rng)} {rng.integers(24):02d}:{rng.integers(60):02d}:{rng.integers(60):02d}"
    if rng.random() < 0.4:
        text = date(rng)
    at = (image.width * float(rng.choice((0.03, 0.5))), image.height * float(rng.choice((0.03, 0.88))))
    put(over.draw, at, text, size, tint, stroke_width=int(rng.integers(2)), stroke_fill="black")
    if rng.random() < 0.3:
        put(over.draw, (image.width * 0.03, image.height * 0.45), f"CAM {rng.integers(1, 40):02d}", size, tint)
    return over.merged()


def _logo(draw: ImageDraw.ImageDraw, rng: Rng, box: tuple[float, float, float, float], opaque: int) -> None:
    """A sign of a disc, a box or a triangle with letters beside or in it."""
    left, top, right, bottom = box
    side = bottom - top
    tint, shape = (*ink(rng), opaque), int(rng.integers(3))
    if shape == 0:
        draw.ellipse((left, top, left + side, bottom), fill=tint)
    elif shape == 1:
        draw.rounded_rectangle((left, top, left + side, bottom), side / 5, fill=tint)
    else:
        draw.polygon(((left, bottom), (left + side / 2, top), (left + side, bottom)), fill=tint)
    put(draw, (left + side * 0.25, top + side * 0.2), word(rng, 1, 1)[0].upper(), side * 0.6, (255, 255, 255, opaque))
    text = word(rng, 1, 2).upper()
    put(
        draw,
        (left + side * 1.15, top + side * 0.2),
        text,
        fitted(text, right - left - side * 1.15, side * 0.6),
        (255, 255, 255, opaque),
    )


def channel_logo(image: Image.Image, rng: Rng, _: Others) -> Image.Image:
    """The sign of a channel, an app or a maker in one corner or two."""
    over, tall = Layer(image), image.height * float(rng.uniform(0.06, 0.14))
    wide = min(tall * 3, image.width * 0.45)
    for corner in rng.permutation(4)[: 1 + int(rng.random() < 0.25)].tolist():
        left = image.width * 0.03 if corner % 2 else image.width * 0.97 - wide
        top = image.height * 0.03 if corner // 2 else image.height * 0.97 - tall
        _logo(over.draw, rng, (left, top, left + wide, top + tall), int(rng.integers(130, 256)))
    return over.merged()


def watermark(image: Image.Image, rng: Rng, _: Others) -> Image.Image:
    """A word, half transparent, once: in a corner, or large across the middle."""
    over, text = Layer(image), word(rng, 2, 4).upper()
    tint = (*against(image, rng), int(rng.integers(70, 200)))
    if rng.random() < 0.4:
        size = fitted(text, image.width * 0.4, image.height * float(rng.uniform(0.05, 0.1)))
        put(over.draw, (image.width * 0.55, image.height * float(rng.choice((0.04, 0.88)))), text, size, tint)
    else:
        size = fitted(text, image.width * 0.9, image.height * float(rng.uniform(0.15, 0.35)))
        put(
            over.draw, ((image.width - font(size).getlength(text)) / 2, image.height / 2 - size * 0.6), text, size, tint
        )
        over.layer = over.layer.rotate(float(rng.choice((0, 30, -30, 15))), Image.Resampling.BICUBIC)
    return over.merged()


def watermark_tiled(image: Image.Image, rng: Rng, _: Others) -> Image.Image:
    """A word again and again, as agencies do, with or without a net of lines."""
    side = int(np.hypot(*image.size)) + 2
    sheet = Image.new("RGBA", (side, side))
    draw = ImageDraw.Draw(sheet)
    text, size = word(rng, 2, 4), image.height * float(rng.uniform(0.04, 0.1))
    tint = (*against(image, rng), int(rng.integers(70, 180)))
    step = font(size).getlength(text) * float(rng.uniform(1.2, 2.2))
    for row, y in enumerate(np.arange(0, side, size * float(rng.uniform(2, 4)))):
        for x in np.arange(-step * 0.5 * (row % 2), side, step):
            put(draw, (float(x), float(y)), text, size, tint)
    if rng.random() < 0.35:
        for x in np.arange(0, side, step):
            draw.line((x, 0, x + side / 2, side), fill=tint, width=1)
            draw.line((x, side, x + side / 2, 0), fill=tint, width=1)
    turned = sheet.rotate(float(rng.choice((0, 30, 45, -30))), Image.Resampling.BICUBIC)
    left, top = (side - image.width) // 2, (side - image.height) // 2
    over = Layer(image)
    over.layer = turned.crop((left, top, left + image.width, top + image.height))
    return over.merged()


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


def sticker(image: Image.Image, rng: Rng, _: Others) -> Image.Image:
    """Discs, boxes and stars with or without words, small to middling."""
    over = Layer(image)
    for _shape in range(int(rng.integers(1, 5))):
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


def before_after(image: Image.Image, rng: Rng, _: Others) -> Image.Image:
    """A slider: one side in other tones, a line and a handle between."""
    values = pixels(image)
    way = int(rng.integers(4))
    if way == 0:
        other = np.repeat(values.mean(-1, keepdims=True), 3, 2)
    elif way == 1:
        other = values * rng.uniform(0.5, 1.4, 3)
    elif way == 2:
        other = (values - 127) * float(rng.uniform(0.4, 0.7)) + 110
    else:
        other = cv2.GaussianBlur(values, (0, 0), min(image.size) * 0.012)
    at = float(rng.uniform(0.3, 0.7)) * image.width
    over = Layer(mixed(image, other, (np.arange(image.width)[None] < at).astype(np.float32).repeat(image.height, 0)))
    over.draw.line((at, 0, at, image.height), fill="white", width=max(2, image.width // 150))
    r, y = min(image.size) * 0.05, image.height / 2
    over.draw.ellipse((at - r, y - r, at + r, y + r), fill="white", outline=(90, 90, 90))
    if rng.random() < 0.6:
        size = image.height * 0.05
        put(
            over.draw,
            (image.width * 0.03, image.height * 0.03),
            "Before",
            size,
            "white",
            stroke_width=1,
            stroke_fill="black",
        )
        put(
            over.draw,
            (image.width * 0.8, image.height * 0.03),
            "After",
            size,
            "white",
            stroke_width=1,
            stroke_fill="black",
        )
    return over.merged()


def player(image: Image.Image, rng: Rng, _: Others) -> Image.Image:
    """The controls of a player or a phone's camera: a button, a bar, times, icons, lines of thirds."""
    over, wide, tall = Layer(image), image.width, image.height
    side = min(wide, tall) * float(rng.uniform(0.08, 0.14))
    cx, cy = wide / 2, tall / 2
    if rng.random() < 0.7:
        over.draw.ellipse((cx - side, cy - side, cx + side, cy + side), fill=(0, 0, 0, 150))
        over.draw.polygon(
            ((cx - side / 3, cy - side / 2), (cx - side / 3, cy + side / 2), (cx + side / 2, cy)), fill="white"
        )
    else:
        for third in (1 / 3, 2 / 3):
            over.draw.line((wide * third, 0, wide * third, tall), fill=(255, 255, 255, 200), width=1)
            over.draw.line((0, tall * third, wide, tall * third), fill=(255, 255, 255, 200), width=1)
    done = float(rng.uniform(0.1, 0.9))
    over.draw.rectangle((0, tall * 0.88, wide, tall), fill=(0, 0, 0, 120))
    over.draw.line((wide * 0.04, tall * 0.91, wide * 0.96, tall * 0.91), fill=(200, 200, 200, 220), width=3)
    over.draw.line((wide * 0.04, tall * 0.91, wide * (0.04 + 0.92 * done), tall * 0.91), fill=(230, 30, 30), width=3)
    put(
        over.draw,
        (wide * 0.04, tall * 0.93),
        f"{rng.integers(20)}:{rng.integers(60):02d} / 20:{rng.integers(60):02d}",
        tall * 0.045,
        "white",
    )
    return over.merged()


def story_marks(image: Image.Image, rng: Rng, _: Others) -> Image.Image:
    """What a story app lays over: bars of progress, a name, a poll, a place, a mention."""
    over, wide, tall = Layer(image), image.width, image.height
    bars = int(rng.integers(2, 7))
    for bar in range(bars):
        left = wide * (0.03 + 0.94 * bar / bars)
        over.draw.rounded_rectangle(
            (left, tall * 0.015, left + wide * 0.9 / bars, tall * 0.025),
            2,
            fill=(255, 255, 255, 220 if bar < 2 else 110),
        )
    r = min(wide, tall) * 0.04
    over.draw.ellipse(
        (wide * 0.03, tall * 0.04, wide * 0.03 + 2 * r, tall * 0.04 + 2 * r), fill=ink(rng), outline="white", width=2
    )
    put(
        over.draw,
        (wide * 0.04 + 2.3 * r, tall * 0.045),
        word(rng, 2, 4),
        r * 1.2,
        "white",
        stroke_width=1,
        stroke_fill=(0, 0, 0, 90),
    )
    for _box in range(int(rng.integers(1, 3))):
        text = pick(rng, (f"@{word(rng, 2, 3)}", f"#{word(rng, 2, 4)}", sentence(rng, 2), code(rng, 5)))
        size = fitted(text, wide * 0.5, tall * float(rng.uniform(0.05, 0.08)))
        left, top, right, bottom = place(image, rng, font(size).getlength(text) + size, size * 1.7)
        ground = plain(rng)
        over.draw.rounded_rectangle((left, top, right, bottom), size * 0.4, fill=(*ground, 230))
        put(over.draw, (left + size / 2, top + size * 0.2), text, size, readable(ground))
    return over.merged()


def coded(image: Image.Image, rng: Rng, _: Others) -> Image.Image:
    """A square code, a bar code or a stamp laid on it."""
    shown, side = image.copy(), int(min(image.size) * rng.uniform(0.15, 0.35))
    way = int(rng.integers(3))
    if way == 0:
        bits = np.pad(rng.integers(0, 2, (25, 25)), 2, constant_values=1)
        for y, x in ((2, 2), (2, 20), (20, 2)):
            bits[y : y + 7, x : x + 7] = 0
            bits[y + 1 : y + 6, x + 1 : x + 6] = 1
            bits[y + 2 : y + 5, x + 2 : x + 5] = 0
        label = Image.fromarray((bits * 255).astype(np.uint8)).resize((side, side), Image.Resampling.NEAREST)
    elif way == 1:
        bars = np.pad(np.tile(rng.integers(0, 2, 60), (24, 1)), 3, constant_values=1)
        label = Image.fromarray((bars * 255).astype(np.uint8)).resize((side * 2, side), Image.Resampling.NEAREST)
    else:
        over = Layer(image)
        left, top, right, bottom = place(image, rng, side * 1.2, side * 1.2)
        tint = (*pick(rng, ((190, 20, 30), (20, 40, 150), (20, 120, 50))), 200)
        for inset in (0, side * 0.12):
            over.draw.ellipse((left + inset, top + inset, right - inset, bottom - inset), outline=tint, width=3)
        text = word(rng, 2, 3).upper()
        put(over.draw, (left + side * 0.25, top + side * 0.48), text, fitted(text, side * 0.75, side * 0.25), tint)
        return over.merged()
    left, top, _right, _bottom = place(image, rng, *label.size)
    shown.paste(label, (int(left), int(top)))
    return shown
