"""One photograph as the ground, and on each picture something of its own: words, numbers, marks, things, colours."""

from collections.abc import Callable, Sequence
from typing import Any

import cv2
import numpy as np
from PIL import Image, ImageDraw

from lookalike.pipelines.training.kinds.scenery.cutouts import cut, outline, pasted, region
from lookalike.pipelines.training.kinds.scenery.parallax import laid
from lookalike.pipelines.training.kinds.scenery.shots import (
    Others,
    Rng,
    States,
    clipped,
    colour,
    corners,
    fitted,
    grade,
    several,
    sized,
)
from lookalike.pipelines.training.kinds.tools.lettering import code, date, font, name, put, sentence, word


def _count(rng: Rng) -> int:
    return int(rng.integers(2, 5))


def lettered(
    pixels: np.ndarray, text: str, place: tuple[float, float], size: float, ink: tuple[int, ...], **how: Any
) -> np.ndarray:
    """A text on a picture; ink may have an opacity as its fourth value."""
    over = Image.new("RGBA", pixels.shape[1::-1], (*ink[:3], 0))
    put(ImageDraw.Draw(over), place, text, size, (*ink[:3], ink[3] if len(ink) > 3 else 255), **how)
    return np.array(Image.alpha_composite(Image.fromarray(pixels).convert("RGBA"), over).convert("RGB"))


def captions(rng: Rng, photograph: Image.Image, _: Others) -> States:
    """Other words of the same size in the same place; sometimes one of the pictures is the other way round."""
    pixels = sized(rng, photograph)
    height, width = pixels.shape[:2]
    size, words = height * float(rng.uniform(0.045, 0.13)), int(rng.integers(1, 4))
    ink = (255, 255, 255) if rng.random() < 0.5 else colour(rng)
    style: dict[str, object] = {"stroke_width": int(rng.integers(0, 3)), "stroke_fill": (0, 0, 0, 255)}
    bar = rng.random() < 0.35
    lines = int(rng.integers(1, 3))
    place = width * float(rng.uniform(0.03, 0.3)), float(rng.choice((0.03, 0.45, 0.97))) * (height - size * 1.5 * lines)
    states = []
    for _state in range(_count(rng)):
        state = pixels.copy()
        if bar:
            low, high = int(max(0, place[1] - size * 0.2)), int(place[1] + size * 1.45 * lines)
            state[low:high] = 255 - np.array(ink[:3])
        for line in range(lines):
            text = sentence(rng, words)[: max(3, int(1.7 * width / size))]
            state = lettered(state, text, (place[0], place[1] + line * size * 1.35), size, ink, **style)
        states.append(state)
    if rng.random() < 0.2:
        states[-1] = np.ascontiguousarray(states[-1][:, ::-1])
    return states


def other_stickers(rng: Rng, photograph: Image.Image, others: Others) -> States:
    """Each with things of its own stuck on it."""
    pixels = sized(rng, photograph)
    side, share = min(pixels.shape[:2]), 0.08 + 0.3 * grade(rng)
    states = []
    for _state in range(_count(rng)):
        state = pixels
        for source in several(rng, others, int(rng.integers(1, 4))):
            place = rng.uniform(0.1, 0.9, 2) * pixels.shape[1::-1]
            what = cut(rng, source, int(side * share * rng.uniform(0.7, 1.3)))
            state = pasted(state, what, (place[0], place[1]), 1.0, float(rng.uniform(-40, 40)))
        states.append(state)
    return states


def placed(rng: Rng, photograph: Image.Image, others: Others) -> States:
    """One background, another thing before it in about the same place, as in a shop's pictures or a game's."""
    pixels = sized(rng, photograph)
    height, width = pixels.shape[:2]
    side = min(height, width) * (0.12 + 0.6 * grade(rng))
    place, loose = rng.uniform(0.3, 0.7, 2) * (width, height), float(rng.choice((0, 0.1)))
    states = []
    for source in several(rng, others, _count(rng)):
        at = place + rng.normal(0, 1, 2) * loose * (width, height)
        what = cut(rng, source, int(side * rng.uniform(0.85, 1.15)))
        states.append(pasted(pixels, what, (at[0], at[1]), shadow=0.35))
    return states


def recoloured(rng: Rng, photograph: Image.Image, others: Others) -> States:
    """One thing of the picture, or one set before it, in other colours; its light and its texture stay."""
    pixels = sized(rng, photograph)
    height, width = pixels.shape[:2]
    if rng.random() < 0.5:
        mask = region(rng, pixels, 0.01, 0.45)
    else:
        what = cut(rng, several(rng, others, 1)[0], int(min(height, width) * rng.uniform(0.2, 0.6)))
        place = rng.uniform(0.3, 0.7, 2) * (width, height)
        pixels = pasted(pixels, what, (place[0], place[1]), shadow=0.3)
        matrix = np.array([(1, 0, place[0] - what.alpha.shape[1] / 2), (0, 1, place[1] - what.alpha.shape[0] / 2)])
        mask = cv2.warpAffine(what.alpha, matrix, (width, height))
    hsv = cv2.cvtColor(pixels, cv2.COLOR_RGB2HSV)
    apart, count = int(rng.integers(14, 60)), int(rng.integers(1, 4))
    states = [pixels]
    for step in range(1, count + 1):
        turned = hsv.copy()
        turned[..., 0] = (hsv[..., 0].astype(int) + step * min(apart, 180 // (count + 1))) % 180
        turned[..., 1] = np.maximum(hsv[..., 1], 90)
        painted = cv2.cvtColor(turned, cv2.COLOR_HSV2RGB)
        states.append(clipped(pixels + (painted - pixels.astype(np.float32)) * mask[..., None]))
    return states


def _quad(rng: Rng, pixels: np.ndarray, shape: float, least: float, most: float) -> np.ndarray:
    """A plate that hangs or stands in the picture: its corners (4, 2) float32. shape: its width by its height."""
    height, width = pixels.shape[:2]
    wide = min(width, height * shape) * float(rng.uniform(least, most))
    quad = corners(wide, wide / shape)
    quad += rng.normal(0, 0.05, (4, 2)) * wide * min(1, 1 / shape)
    low, high = -quad.min(0), np.maximum((width, height) - quad.max(0), -quad.min(0) + 1)
    return np.asarray(quad + rng.uniform(low, high), np.float32)


def _plate(size: tuple[int, int], paint: tuple[int, int, int], edge: tuple[int, int, int]) -> Image.Image:
    plate = Image.new("RGB", size, paint)
    ImageDraw.Draw(plate).rectangle((0, 0, size[0] - 1, size[1] - 1), outline=edge, width=max(2, size[1] // 22))
    return plate


def _in_place(pixels: np.ndarray, quad: np.ndarray, plates: Sequence[Image.Image]) -> States:
    return [laid(pixels, np.array(plate), quad) for plate in plates]


def _fitting(text: str, width: float, height: float) -> float:
    """The size at which a text fills a box, px."""
    return min(height, height * width / max(1.0, font(height).getlength(text)))


def labels(rng: Rng, photograph: Image.Image, _: Others) -> States:
    """A package, a shop's sign, a book's cover in the picture: one design, another name on it."""
    pixels = sized(rng, photograph)
    shape = float(rng.uniform(0.7, 3))
    quad = _quad(rng, pixels, shape, 0.2, 0.65)
    size = (round(200 * shape), 200) if shape > 1 else (240, round(240 / shape))
    paint, ink, below = colour(rng, 90, 255), colour(rng, 0, 80), sentence(rng, 3)
    plates = []
    for _state in range(_count(rng)):
        plate = _plate(size, paint, ink)
        text = word(rng, 2, 4).title()
        put(
            ImageDraw.Draw(plate),
            (size[0] / 2, size[1] * 0.4),
            text,
            _fitting(text, size[0] * 0.85, size[1] * 0.5),
            ink,
            anchor="mm",
        )
        put(ImageDraw.Draw(plate), (size[0] * 0.1, size[1] * 0.75), below, size[1] * 0.09, ink)
        plates.append(plate)
    return _in_place(pixels, quad, plates)


def digits(rng: Rng, photograph: Image.Image, _: Others) -> States:
    """A number plate, a jersey, a price, a display in the picture: another number on it."""
    pixels = sized(rng, photograph)
    way = int(rng.integers(4))
    length = (6, 2, 4, 5)[way]
    size = (60 + 56 * length, 110)
    quad = _quad(rng, pixels, size[0] / size[1], 0.22, 0.7)
    paint, ink = ((245, 245, 240), (15, 15, 30)) if way != 3 else ((15, 20, 15), (90, 255, 120))
    if way == 1:
        paint, ink = colour(rng, 0, 130), (250, 250, 250)
    plates, start = [], code(rng, length)
    for _state in range(_count(rng)):
        if way == 0:
            text = start[:-2] + f"{rng.integers(10, 100)}" if rng.random() < 0.5 else code(rng, length)
        elif way == 2:
            text = f"{rng.integers(1, 100)}.{rng.integers(10, 100)}"
        elif way == 3:
            text = f"{rng.integers(0, 24):02d}:{rng.integers(0, 60):02d}"
        else:
            text = f"{rng.integers(0, 100):02d}"
        plate = _plate(size, paint, ink)
        put(
            ImageDraw.Draw(plate),
            (size[0] / 2, size[1] / 2),
            text,
            _fitting(text, size[0] * 0.86, 84),
            ink,
            anchor="mm",
        )
        plates.append(plate)
    return _in_place(pixels, quad, plates)


def clocks(rng: Rng, photograph: Image.Image, _: Others) -> States:
    """A dial in the picture with its hands elsewhere."""
    pixels = sized(rng, photograph)
    quad = _quad(rng, pixels, 1.0, 0.25, 0.8)
    paint, ink = colour(rng, 190, 255), colour(rng, 0, 90)
    plates = []
    for _state in range(_count(rng)):
        plate = _plate((240, 240), paint, ink)
        draw = ImageDraw.Draw(plate)
        draw.ellipse((12, 12, 228, 228), outline=ink, width=7)
        for hour in range(12):
            tick = 120 + 96 * np.exp(1j * np.pi * hour / 6) * (1 + 0j)
            put(draw, (tick.real, 120 + tick.imag), str((hour + 2) % 12 + 1), 17, ink, anchor="mm")
        for length, wide in ((55, 10), (88, 6)):
            hand = length * np.exp(1j * rng.uniform(0, 2 * np.pi))
            draw.line((120, 120, 120 + hand.real, 120 + hand.imag), fill=ink, width=wide)
        plates.append(plate)
    return _in_place(pixels, quad, plates)


def billboards(rng: Rng, photograph: Image.Image, others: Others) -> States:
    """A screen, a poster or a painting in the picture shows another picture."""
    pixels = sized(rng, photograph)
    shape = float(rng.uniform(0.7, 1.8))
    quad = _quad(rng, pixels, shape, 0.2, 0.6)
    edge, size = colour(rng, 0, 255), (round(200 * shape), 200)
    plates = [Image.fromarray(fitted(shown, size)) for shown in several(rng, others, _count(rng))]
    for plate in plates:
        ImageDraw.Draw(plate).rectangle((0, 0, size[0] - 1, size[1] - 1), outline=edge, width=8)
    return _in_place(pixels, quad, plates)


def swapped_faces(rng: Rng, photograph: Image.Image, others: Others) -> States:
    """A face, or whatever is in its place, put over by that of another picture, in the same light."""
    pixels = sized(rng, photograph)
    height, width = pixels.shape[:2]
    tall = int(min(height, width) * (0.12 + 0.4 * grade(rng)))
    wide = int(tall * rng.uniform(0.7, 1))
    top, left = int(rng.integers(height - tall + 1)), int(rng.integers(width - wide + 1))
    box = np.s_[top : top + tall, left : left + wide]
    mask = np.zeros((tall, wide), np.uint8)
    cv2.ellipse(mask, (wide // 2, tall // 2), (int(wide * 0.44), int(tall * 0.46)), 0, 0, 360, 255, -1)
    alpha = cv2.GaussianBlur(mask, (0, 0), 0.03 * tall)[..., None] / np.float32(255)
    was = pixels[box].astype(np.float32)
    states = []
    for source in several(rng, others, _count(rng)):
        face = fitted(source, (wide, tall)).astype(np.float32)
        face += (was.mean((0, 1)) - face.mean((0, 1))) * np.float32(rng.uniform(0, 0.8))
        state = pixels.copy()
        state[box] = clipped(was + (face - was) * alpha)
        states.append(state)
    return states


def watermarks(rng: Rng, photograph: Image.Image, _: Others) -> States:
    """Two agencies' names over one picture: in a corner, across the middle, or all over."""
    pixels = sized(rng, photograph)
    height, width = pixels.shape[:2]
    way, size = int(rng.integers(3)), height * float(rng.uniform(0.07, 0.16))
    ink = (*(((255, 255, 255), (0, 0, 0))[int(rng.integers(2))]), int(rng.integers(100, 220)))
    size = min(size, 2.2 * width / 12)
    styled: Callable[[Rng], str] = (name, lambda rng: word(rng, 3, 5).upper())[int(rng.integers(2))]
    states = []
    for _state in range(int(rng.integers(2, 4))):
        text, state = styled(rng), pixels
        places = [(width * 0.45, height - 1.5 * size)] if way == 0 else [(width * 0.05, height / 2 - size / 2)]
        if way == 2:
            places = [(x, y) for y in np.arange(0, height, size * 2.4) for x in np.arange(0, width, size * 6)]
        for place in places:
            state = lettered(state, text, place, size * (1 if way else 0.8), ink)
        states.append(state)
    return states


def date_stamps(rng: Rng, photograph: Image.Image, _: Others) -> States:
    """A camera's stamp in one corner: another day, another minute."""
    pixels = sized(rng, photograph)
    height, width = pixels.shape[:2]
    size = height * float(rng.uniform(0.055, 0.1))
    place = width * float(rng.choice((0.04, 0.35))), float(rng.choice((0.03, 0.96))) * (height - 1.3 * size)
    ink = ((255, 140, 20), (255, 255, 255), (255, 255, 60))[int(rng.integers(3))]
    board = rng.random() < 0.4
    states = []
    for _state in range(_count(rng)):
        state = pixels.copy()
        if board:
            state[int(place[1]) : int(place[1] + 1.4 * size)] = 20
        stamp = f"{date(rng)} {rng.integers(0, 24):02d}:{rng.integers(0, 60):02d}"
        states.append(lettered(state, stamp, place, size, ink, stroke_width=1, stroke_fill=(0, 0, 0, 255)))
    return states


def doodles(rng: Rng, photograph: Image.Image, _: Others) -> States:
    """Arrows, rings, crosses and lines by hand, each picture with its own."""
    pixels = sized(rng, photograph)
    side = min(pixels.shape[:2])
    wide = max(3, int(side * rng.uniform(0.012, 0.04)))
    states = []
    for _state in range(_count(rng)):
        state = pixels.copy()
        for _mark in range(int(rng.integers(1, 4))):
            ink, place = colour(rng), (rng.uniform(0.1, 0.8, 2) * pixels.shape[1::-1]).astype(int)
            size = side * (0.1 + 0.35 * grade(rng))
            way = int(rng.integers(3))
            if way == 0:
                cv2.circle(state, place.tolist(), int(size / 2), ink, wide, cv2.LINE_AA)
            elif way == 1:
                cv2.arrowedLine(
                    state,
                    place.tolist(),
                    (place + rng.uniform(-1, 1, 2) * size * 1.4).astype(int).tolist(),
                    ink,
                    wide,
                    cv2.LINE_AA,
                )
            else:
                path = place + np.cumsum(rng.normal(0, size / 4, (10, 2)), 0)
                cv2.polylines(state, [path.astype(np.int32)], False, ink, wide, cv2.LINE_AA)
        states.append(state)
    return states


def holes(rng: Rng, photograph: Image.Image, others: Others) -> States:
    """A window, a plate, a lake in the picture, and in it another texture each time."""
    pixels = sized(rng, photograph)
    height, width = pixels.shape[:2]
    tall, wide = (int(side * (0.15 + 0.4 * grade(rng))) for side in (height, width))
    top, left = int(rng.integers(height - tall + 1)), int(rng.integers(width - wide + 1))
    alpha = outline(rng, tall, wide)[..., None]
    states = []
    for source in several(rng, others, _count(rng)):
        state = pixels.copy()
        place = state[top : top + tall, left : left + wide]
        place[:] = clipped(place + (fitted(source, (wide, tall)) - place.astype(np.float32)) * alpha)
        states.append(state)
    return states
