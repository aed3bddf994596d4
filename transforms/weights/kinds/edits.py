"""What happens to pictures: a picture in, a copy out, by family, with parameters by chance.

RELATION says what an edited picture is to the one it was made from: the same, overlaid (something was laid over it),
its part, or a whole that shows it among other things.
"""

import io
from collections.abc import Callable, Sequence

import cv2
import numpy as np
from PIL import Image, ImageDraw, ImageEnhance, ImageFilter, ImageOps

from transforms.weights.kinds.lettering import date, put, sentence, word

Edit = Callable[[Image.Image, np.random.Generator, Sequence[Image.Image]], Image.Image]
"""(picture, chance, other photographs) -> edited copy."""

Rng = np.random.Generator
Others = Sequence[Image.Image]


def _pixels(image: Image.Image) -> np.ndarray:
    return np.asarray(image, np.float32)


def _image(pixels: np.ndarray) -> Image.Image:
    return Image.fromarray(np.clip(pixels, 0, 255).round().astype(np.uint8))


def _colour(rng: Rng) -> tuple[int, int, int]:
    r, g, b = (int(v) for v in rng.integers(0, 256, 3))
    return r, g, b


def _encoded(image: Image.Image, kind: str, quality: int) -> Image.Image:
    buffer = io.BytesIO()
    image.save(buffer, kind, quality=quality)
    return Image.open(buffer).convert("RGB")


def compress(image: Image.Image, rng: Rng, _: Others) -> Image.Image:
    """JPEG or WebP of any quality, perhaps twice."""
    for _round in range(int(rng.integers(1, 3))):
        image = _encoded(image, ("JPEG", "WEBP")[int(rng.integers(2))], int(rng.integers(8, 90)))
    return image


def resize(image: Image.Image, rng: Rng, _: Others) -> Image.Image:
    """To a third up to double size, by any filter."""
    factor = float(np.exp(rng.uniform(np.log(0.3), np.log(2))))
    way = (Image.Resampling.NEAREST, Image.Resampling.BILINEAR, Image.Resampling.LANCZOS)[int(rng.integers(3))]
    return image.resize((max(16, round(image.width * factor)), max(16, round(image.height * factor))), way)


def stretch(image: Image.Image, rng: Rng, _: Others) -> Image.Image:
    """Another aspect ratio."""
    factor = float(np.exp(rng.uniform(np.log(0.5), np.log(2))))
    return image.resize((max(16, round(image.width * factor**0.5)), max(16, round(image.height / factor**0.5))))


def crop(image: Image.Image, rng: Rng, _: Others) -> Image.Image:
    """A part, from nearly all down to a quarter of the area."""
    side = float(rng.uniform(0.5, 0.97))
    wide, tall = max(16, round(image.width * side)), max(16, round(image.height * float(rng.uniform(0.5, 0.97))))
    left, top = int(rng.integers(image.width - wide + 1)), int(rng.integers(image.height - tall + 1))
    return image.crop((left, top, left + wide, top + tall))


def turn(image: Image.Image, rng: Rng, _: Others) -> Image.Image:
    """By a few degrees, the corners filled or cut off."""
    angle = float(rng.uniform(-25, 25))
    if rng.random() < 0.5:
        return image.rotate(angle, Image.Resampling.BICUBIC, expand=True, fillcolor=_colour(rng))
    turned = image.rotate(angle, Image.Resampling.BICUBIC)
    keep = 1 - min(0.45, abs(np.sin(np.radians(angle))))
    wide, tall = image.width * keep, image.height * keep
    left, top = (image.width - wide) / 2, (image.height - tall) / 2
    return turned.crop((int(left), int(top), int(left + wide), int(top + tall)))


def quarter_turn(image: Image.Image, rng: Rng, _: Others) -> Image.Image:
    """By right angles, or mirrored along the diagonal."""
    ways = (
        Image.Transpose.ROTATE_90,
        Image.Transpose.ROTATE_180,
        Image.Transpose.ROTATE_270,
        Image.Transpose.TRANSPOSE,
    )
    return image.transpose(ways[int(rng.integers(4))])


def mirror(image: Image.Image, _: Rng, __: Others) -> Image.Image:
    """Left for right."""
    return ImageOps.mirror(image)


def perspective(image: Image.Image, rng: Rng, _: Others) -> Image.Image:
    """A print or screen seen from the side."""
    wide, tall = image.size
    corners = np.array([(0, 0), (wide, 0), (wide, tall), (0, tall)], np.float32)
    moved = corners + (rng.uniform(0, 0.18, (4, 2)) * (wide, tall) * ((1, 1), (-1, 1), (-1, -1), (1, -1))).astype(
        np.float32
    )
    matrix = cv2.getPerspectiveTransform(corners, moved)
    return Image.fromarray(cv2.warpPerspective(np.asarray(image), matrix, image.size, borderValue=_colour(rng)))


def _remapped(image: Image.Image, x: np.ndarray, y: np.ndarray) -> Image.Image:
    return Image.fromarray(
        cv2.remap(
            np.asarray(image),
            x.astype(np.float32),
            y.astype(np.float32),
            cv2.INTER_LINEAR,
            borderMode=cv2.BORDER_REFLECT,
        )
    )


def _grid(image: Image.Image) -> tuple[np.ndarray, np.ndarray]:
    return np.meshgrid(np.arange(image.width, dtype=np.float32), np.arange(image.height, dtype=np.float32))


def lens(image: Image.Image, rng: Rng, _: Others) -> Image.Image:
    """Barrel or pincushion distortion."""
    x, y = _grid(image)
    cx, cy = image.width / 2, image.height / 2
    radius = ((x - cx) ** 2 + (y - cy) ** 2) / (cx * cx + cy * cy)
    bend = 1 + float(rng.choice((-1, 1)) * rng.uniform(0.08, 0.35)) * radius
    return _remapped(image, cx + (x - cx) * bend, cy + (y - cy) * bend)


def wave(image: Image.Image, rng: Rng, _: Others) -> Image.Image:
    """Waves along both axes, or a swirl about the middle."""
    x, y = _grid(image)
    if rng.random() < 0.5:
        size = float(rng.uniform(0.005, 0.025)) * min(image.size)
        length = float(rng.uniform(0.2, 0.7)) * min(image.size)
        return _remapped(image, x + size * np.sin(2 * np.pi * y / length), y + size * np.sin(2 * np.pi * x / length))
    cx, cy = image.width / 2, image.height / 2
    angle = float(rng.uniform(0.2, 0.7)) * np.exp(-((x - cx) ** 2 + (y - cy) ** 2) / (0.12 * (cx * cx + cy * cy)))
    dx, dy = x - cx, y - cy
    return _remapped(image, cx + dx * np.cos(angle) - dy * np.sin(angle), cy + dx * np.sin(angle) + dy * np.cos(angle))


def tone(image: Image.Image, rng: Rng, _: Others) -> Image.Image:
    """Brightness, contrast, gamma."""
    for enhance in (ImageEnhance.Brightness, ImageEnhance.Contrast):
        image = enhance(image).enhance(float(rng.uniform(0.55, 1.6)))
    return _image(255 * (_pixels(image) / 255) ** float(rng.uniform(0.6, 1.7)))


def colour(image: Image.Image, rng: Rng, _: Others) -> Image.Image:
    """Saturation, white balance, grey, sepia, or another hue."""
    way = int(rng.integers(5))
    if way == 0:
        return ImageEnhance.Color(image).enhance(float(rng.uniform(0, 2.5)))
    if way == 1:
        return _image(_pixels(image) * rng.uniform(0.75, 1.25, 3))
    if way == 2:
        return image.convert("L").convert("RGB")
    if way == 3:
        return _image(_pixels(image.convert("L"))[..., None] * (1.05, 0.9, 0.7))
    hsv = np.asarray(image.convert("HSV")).copy()
    hsv[..., 0] += np.uint8(rng.integers(10, 246))
    return Image.fromarray(hsv, "HSV").convert("RGB")


def tones_rewritten(image: Image.Image, rng: Rng, _: Others) -> Image.Image:
    """Negative, posterised, equalised, solarised or thresholded."""
    way = int(rng.integers(5))
    if way == 0:
        return ImageOps.invert(image)
    if way == 1:
        return ImageOps.posterize(image, int(rng.integers(2, 5)))
    if way == 2:
        return ImageOps.equalize(image)
    if way == 3:
        return ImageOps.solarize(image, int(rng.integers(90, 200)))
    grey = np.asarray(image.convert("L"))
    return Image.fromarray(np.where(grey > np.median(grey), 255, 0).astype(np.uint8)).convert("RGB")


def blur(image: Image.Image, rng: Rng, _: Others) -> Image.Image:
    """Gaussian, median or motion blur."""
    size = min(image.size)
    way = int(rng.integers(3))
    if way == 0:
        return image.filter(ImageFilter.GaussianBlur(size * float(rng.uniform(0.002, 0.012))))
    if way == 1:
        return image.filter(ImageFilter.MedianFilter(2 * int(rng.integers(1, 4)) + 1))
    length = max(3, int(size * float(rng.uniform(0.01, 0.04))))
    bar = np.zeros((length, length), np.float32)
    bar[length // 2] = 1
    turned = cv2.getRotationMatrix2D((length / 2, length / 2), float(rng.uniform(0, 180)), 1.0)
    kernel = cv2.warpAffine(bar, turned, (length, length)).astype(np.float32)
    kernel /= max(float(kernel.sum()), 1e-6)
    return Image.fromarray(cv2.filter2D(np.asarray(image), -1, kernel))


def sharpen(image: Image.Image, rng: Rng, _: Others) -> Image.Image:
    """Unsharp mask."""
    return image.filter(ImageFilter.UnsharpMask(float(rng.uniform(1, 4)), int(rng.integers(80, 300))))


def noise(image: Image.Image, rng: Rng, _: Others) -> Image.Image:
    """Gaussian noise, or salt and pepper."""
    pixels = _pixels(image)
    if rng.random() < 0.6:
        return _image(pixels + rng.normal(0, rng.uniform(5, 45), pixels.shape))
    where = rng.random(pixels.shape[:2]) < rng.uniform(0.01, 0.06)
    pixels[where] = 255.0 * rng.integers(0, 2, (int(where.sum()), 1))
    return _image(pixels)


def coarse(image: Image.Image, rng: Rng, _: Others) -> Image.Image:
    """Pixelated, or a halftone of dots."""
    cell = max(2, round(min(image.size) * float(rng.uniform(0.008, 0.025))))
    small = image.resize((max(8, image.width // cell), max(8, image.height // cell)), Image.Resampling.BOX)
    if rng.random() < 0.6:
        return small.resize(image.size, Image.Resampling.NEAREST)
    grey = np.asarray(small.convert("L").resize(image.size, Image.Resampling.BICUBIC), np.float32) / 255
    x, y = _grid(image)
    screen = 0.5 + 0.25 * (np.cos(2 * np.pi * x / cell) + np.cos(2 * np.pi * y / cell))
    return Image.fromarray(np.where(grey > screen, 255, 0).astype(np.uint8)).convert("RGB")


def lighting(image: Image.Image, rng: Rng, _: Others) -> Image.Image:
    """Vignette, fog or a light that falls off to one side."""
    x, y = _grid(image)
    x, y = x / image.width - 0.5, y / image.height - 0.5
    way = int(rng.integers(3))
    pixels = _pixels(image)
    if way == 0:
        return _image(pixels * (1 - float(rng.uniform(0.5, 1.3)) * (x * x + y * y))[..., None])
    if way == 1:
        thick = float(rng.uniform(0.2, 0.6)) * (0.7 + 0.3 * np.sin(5 * x + 3 * y + float(rng.uniform(0, 6))))
        return _image(pixels * (1 - thick[..., None]) + 225 * thick[..., None])
    slope = rng.uniform(-1, 1, 2)
    return _image(pixels * (1 + slope[0] * x + slope[1] * y)[..., None])


def weather(image: Image.Image, rng: Rng, _: Others) -> Image.Image:
    """Rain, snow or spatter before the picture."""
    over = Image.new("RGBA", image.size)
    draw = ImageDraw.Draw(over)
    slant = float(rng.uniform(-0.3, 0.3))
    way = int(rng.integers(3))
    for _drop in range(int(rng.integers(80, 400))):
        x, y = rng.uniform((0, 0), image.size)
        size = min(image.size) * float(rng.uniform(0.005, 0.05))
        if way == 0:
            draw.line((x, y, x + slant * size, y + size), fill=(210, 210, 220, 150), width=1 + int(rng.integers(2)))
        else:
            r = size / (4 if way == 1 else 3)
            draw.ellipse((x - r, y - r, x + r, y + r), fill=(250, 250, 250, 210) if way == 1 else (70, 55, 40, 170))
    return Image.alpha_composite(image.convert("RGBA"), over).convert("RGB")


def border(image: Image.Image, rng: Rng, _: Others) -> Image.Image:
    """A border of one colour, or bars above and below."""
    fill = _colour(rng) if rng.random() < 0.5 else (0, 0, 0) if rng.random() < 0.5 else (255, 255, 255)
    wide, tall = (int(v) for v in np.array(image.size) * rng.uniform(0.01, 0.2, 2))
    return ImageOps.expand(image, ((wide, tall), (0, tall), (wide, 0))[int(rng.integers(3))], fill)


def caption(image: Image.Image, rng: Rng, _: Others) -> Image.Image:
    """A line or two of text, a date, or a name in a corner."""
    image = image.copy()
    draw = ImageDraw.Draw(image)
    size = image.height * float(rng.uniform(0.035, 0.1))
    for line in range(int(rng.integers(1, 3))):
        text = date(rng) if rng.random() < 0.3 else sentence(rng, int(rng.integers(2, 5)))
        place = (image.width * float(rng.uniform(0.02, 0.4)), image.height * float(rng.uniform(0.02, 0.85)) + line)
        put(draw, place, text, size, _colour(rng), stroke_width=int(rng.integers(0, 3)), stroke_fill=_colour(rng))
    return image


def meme_bars(image: Image.Image, rng: Rng, _: Others) -> Image.Image:
    """A bar of text above or below the picture."""
    bar = int(image.height * float(rng.uniform(0.12, 0.28)))
    page = Image.new("RGB", (image.width, image.height + bar), "white")
    above = rng.random() < 0.5
    page.paste(image, (0, bar if above else 0))
    y = bar * 0.25 + (0 if above else image.height)
    put(ImageDraw.Draw(page), (image.width * 0.05, y), sentence(rng, 4), bar * 0.4)
    return page


def sticker(image: Image.Image, rng: Rng, _: Others) -> Image.Image:
    """Discs, boxes or arrows drawn over it."""
    image = image.copy()
    draw = ImageDraw.Draw(image)
    for _shape in range(int(rng.integers(1, 4))):
        side = min(image.size) * float(rng.uniform(0.08, 0.3))
        x, y = rng.uniform((0, 0), np.maximum(np.array(image.size) - side, 1))
        way = int(rng.integers(3))
        if way == 0:
            draw.ellipse((x, y, x + side, y + side), fill=_colour(rng), outline=_colour(rng), width=3)
        elif way == 1:
            draw.rectangle((x, y, x + side * 1.4, y + side * 0.6), fill=_colour(rng))
        else:
            ink = _colour(rng)
            draw.line((x, y, x + side, y + side), fill=ink, width=max(2, int(side / 10)))
            draw.polygon(((x + side, y + side), (x + side * 0.7, y + side), (x + side, y + side * 0.7)), fill=ink)
    return image


def watermark(image: Image.Image, rng: Rng, _: Others) -> Image.Image:
    """A word, half transparent, once or all over."""
    over = Image.new("RGBA", image.size)
    draw = ImageDraw.Draw(over)
    text, size = word(rng, 2, 4).upper(), image.height * float(rng.uniform(0.05, 0.12))
    ink = (255, 255, 255, int(rng.integers(60, 170)))
    if rng.random() < 0.5:
        put(draw, (image.width * 0.55, image.height * 0.88), text, size, ink)
    else:
        for y in np.arange(0, image.height, size * 3):
            for x in np.arange(0, image.width, size * 6):
                put(draw, (float(x), float(y)), text, size, ink)
    return Image.alpha_composite(image.convert("RGBA"), over).convert("RGB")


def stripes(image: Image.Image, rng: Rng, _: Others) -> Image.Image:
    """Stripes or a grid laid over it."""
    image = image.copy()
    draw = ImageDraw.Draw(image)
    step, ink = min(image.size) * float(rng.uniform(0.06, 0.2)), _colour(rng)
    wide = max(1, int(step * float(rng.uniform(0.06, 0.35))))
    slant = image.height if rng.random() < 0.5 else 0
    for x in np.arange(0, image.width + image.height, step):
        draw.line((float(x), 0, float(x) - slant, image.height), fill=ink, width=wide)
    if rng.random() < 0.4:
        for y in np.arange(0, image.height, step):
            draw.line((0, float(y), image.width, float(y)), fill=ink, width=wide)
    return image


def screenshot(image: Image.Image, rng: Rng, _: Others) -> Image.Image:
    """Shown by a program on a desktop or a phone."""
    phone = rng.random() < 0.5
    wide, tall = (420, 800) if phone else (1000, 640)
    page = Image.new("RGB", (wide, tall), tuple(int(v) for v in rng.integers(10, 250, 3)))
    draw = ImageDraw.Draw(page)
    draw.rectangle((0, 0, wide, 50), fill=_colour(rng))
    put(draw, (16, 14), sentence(rng, 2), 18, "white")
    for row in range(4):
        put(
            draw,
            (20, tall - 110 + row * 24),
            sentence(rng, 4 if phone else 9),
            15,
            "white" if np.asarray(page)[60, 5].sum() < 380 else "black",
        )
    shown = ImageOps.contain(image, (wide - (0 if phone else 260), tall - 190))
    page.paste(shown, ((wide - shown.width) // 2, 64))
    return page


def collage(image: Image.Image, rng: Rng, others: Others) -> Image.Image:
    """One of two to six tiles."""
    columns, rows = ((2, 1), (1, 2), (2, 2), (3, 2))[int(rng.integers(4))]
    page = Image.new("RGB", (columns * 320, rows * 260), _colour(rng))
    own = int(rng.integers(columns * rows))
    for tile in range(columns * rows):
        shown = image if tile == own else others[int(rng.integers(len(others)))]
        shown = ImageOps.fit(shown, (312, 252)) if tile != own else ImageOps.contain(shown, (312, 252))
        page.paste(shown, ((tile % columns) * 320 + 4, (tile // columns) * 260 + 4))
    return page


def picture_in_picture(image: Image.Image, rng: Rng, others: Others) -> Image.Image:
    """Laid on another photograph."""
    page = others[int(rng.integers(len(others)))].resize((640, 480))
    side = float(rng.uniform(0.35, 0.75))
    shown = ImageOps.contain(image, (int(640 * side), int(480 * side)))
    page.paste(shown, (int(rng.integers(641 - shown.width)), int(rng.integers(481 - shown.height))))
    return page


EDITS: dict[str, tuple[str, Edit]] = {
    function.__name__: (relation, function)
    for relation, functions in {
        "same": (
            *(compress, resize, stretch, turn, quarter_turn, mirror, perspective, lens, wave, tone, colour),
            *(tones_rewritten, blur, sharpen, noise, coarse, lighting, border),
        ),
        "part": (crop,),
        "overlaid": (weather, caption, sticker, watermark, stripes, meme_bars),
        "whole": (screenshot, collage, picture_in_picture),
    }.items()
    for function in functions
}
"""Name of a family -> what a copy is to its original, and the edit."""


def chained(image: Image.Image, rng: Rng, others: Others, count: int) -> tuple[Image.Image, list[str]]:
    """So many edits of different families, one after another, and their names."""
    names = rng.choice(list(EDITS), count, replace=False).tolist()
    for name in names:
        image = EDITS[name][1](image, rng, others)
    return image, names
