"""What programs lay over a picture: sliders, players, stories, masks, a desktop's icons, a phone's clock."""

import cv2
import numpy as np
from PIL import Image

from lookalike.pipelines.training.kinds.tools.canvas import (
    Layer,
    Others,
    Rng,
    clouds,
    ink,
    mixed,
    pick,
    pixels,
    place,
    plain,
    readable,
)
from lookalike.pipelines.training.kinds.tools.lettering import code, date, fitted, font, name, put, sentence, word


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


def annotated(image: Image.Image, rng: Rng, _: Others) -> Image.Image:
    """As learning tools show it: masks of colour, points with a skeleton, or a map of heat over it."""
    way = int(rng.integers(3))
    if way == 0:
        heat = cv2.applyColorMap((clouds(image, rng, int(rng.integers(2, 6))) * 255).astype(np.uint8), cv2.COLORMAP_JET)
        share = np.full((image.height, image.width), float(rng.uniform(0.3, 0.5)))
        return mixed(image, cv2.cvtColor(heat, cv2.COLOR_BGR2RGB), share)
    over = Layer(image)
    for _one in range(int(rng.integers(2, 6))):
        tint, middle = ink(rng), rng.uniform(0.15, 0.85, 2) * image.size
        count = int(rng.integers(6, 16))
        angles = np.sort(rng.uniform(0, 2 * np.pi, count))
        reach = min(image.size) * rng.uniform(0.06, 0.22, (count, 1))
        points = [tuple(p) for p in (middle + reach * np.stack((np.cos(angles), np.sin(angles)), -1)).tolist()]
        if way == 1:
            over.draw.polygon(points, fill=(*tint, int(rng.integers(70, 140))), outline=(*tint, 255))
            continue
        over.draw.line(points, fill=tint, width=2)
        r = min(image.size) * 0.012
        for x, y in points:
            over.draw.ellipse(
                (x - r, y - r, x + r, y + r), fill=pick(rng, ((255, 40, 40), (40, 255, 40), (255, 255, 0)))
            )
    return over.merged()


def desktop(image: Image.Image, rng: Rng, _: Others) -> Image.Image:
    """The ground of a desktop: icons with names, a bar, perhaps a small window."""
    over, wide, tall = Layer(image), image.width, image.height
    side = min(wide, tall) * float(rng.uniform(0.06, 0.09))
    for column in range(int(rng.integers(1, 4))):
        for row in range(int(rng.integers(2, 7))):
            x, y = side * (0.4 + 2 * column), side * (0.4 + 2 * row)
            over.draw.rounded_rectangle((x, y, x + side, y + side), side / 6, fill=ink(rng))
            put(over.draw, (x - side * 0.2, y + side * 1.1), word(rng, 2, 3), side * 0.35, "white")
    bar = tall * float(rng.uniform(0.05, 0.08))
    over.draw.rectangle((0, tall - bar, wide, tall), fill=(*plain(rng), 225))
    for number in range(int(rng.integers(4, 9))):
        x = bar * (0.3 + 1.2 * number)
        over.draw.rectangle((x, tall - bar * 0.8, x + bar * 0.6, tall - bar * 0.2), fill=ink(rng))
    if rng.random() < 0.5:
        box = place(image, rng, wide * float(rng.uniform(0.2, 0.4)), tall * float(rng.uniform(0.2, 0.35)))
        over.draw.rectangle(box, fill=(245, 245, 247), outline=(90, 90, 90))
        over.draw.rectangle((box[0], box[1], box[2], box[1] + bar * 0.7), fill=ink(rng))
        put(over.draw, (box[0] + 6, box[1] + bar), sentence(rng, 2), bar * 0.5, "black")
    return over.merged()


def phone_ground(image: Image.Image, rng: Rng, _: Others) -> Image.Image:
    """The ground of a phone: a large clock, the day, messages or rows of icons."""
    over, wide, tall = Layer(image), image.width, image.height
    time, size = f"{rng.integers(24)}:{rng.integers(60):02d}", tall * float(rng.uniform(0.1, 0.17))
    size = fitted(time, wide * 0.6, size)
    put(over.draw, ((wide - font(size).getlength(time)) / 2, tall * 0.08), time, size, "white")
    put(over.draw, (wide * 0.38, tall * 0.08 + size * 1.2), date(rng), size * 0.28, "white")
    if rng.random() < 0.5:
        for row in range(int(rng.integers(1, 4))):
            top = tall * (0.5 + 0.13 * row)
            over.draw.rounded_rectangle(
                (wide * 0.06, top, wide * 0.94, top + tall * 0.11), tall * 0.02, fill=(240, 240, 245, 215)
            )
            put(over.draw, (wide * 0.1, top + tall * 0.015), name(rng), tall * 0.035, (20, 20, 20))
            text = sentence(rng, 4)
            put(over.draw, (wide * 0.1, top + tall * 0.06), text, fitted(text, wide * 0.8, tall * 0.03), (70, 70, 70))
    else:
        side = wide * 0.13
        for row in range(int(rng.integers(1, 4))):
            for column in range(4):
                x, y = wide * (0.08 + 0.235 * column), tall * 0.95 - side * (1 + 1.5 * row)
                over.draw.rounded_rectangle((x, y, x + side, y + side), side * 0.25, fill=ink(rng))
    return over.merged()
