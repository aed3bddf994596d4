"""What files go through: formats, sizes, palettes, platforms, damage on the way."""

import cv2
import numpy as np
from PIL import Image, ImageFilter

from lookalike.pipelines.training.kinds.tools.canvas import (
    Others,
    Rng,
    away,
    encoded,
    pick,
    picture,
    pixels,
    ratio,
    sized,
)

FILTERS = (
    *(Image.Resampling.NEAREST, Image.Resampling.BOX, Image.Resampling.BILINEAR),
    *(Image.Resampling.BICUBIC, Image.Resampling.LANCZOS),
)


def compress(image: Image.Image, rng: Rng, _: Others) -> Image.Image:
    """JPEG or WebP of any quality, perhaps twice."""
    for _round in range(int(rng.integers(1, 3))):
        image = encoded(image, pick(rng, ("JPEG", "WEBP")), quality=int(rng.integers(8, 90)))
    return image


def compress_hard(image: Image.Image, rng: Rng, _: Others) -> Image.Image:
    """JPEG or WebP of the lowest qualities."""
    return encoded(image, pick(rng, ("JPEG", "JPEG", "WEBP")), quality=int(rng.integers(1, 11)))


def resize(image: Image.Image, rng: Rng, _: Others) -> Image.Image:
    """To a fifth up to double size, by any filter."""
    factor = ratio(rng, 0.2, 0.9) if rng.random() < 0.7 else ratio(rng, 1.1, 2)
    return sized(image, image.width * factor, image.height * factor, pick(rng, FILTERS))


def thumbnail(image: Image.Image, rng: Rng, _: Others) -> Image.Image:
    """40 to 120 px, and enlarged again or not."""
    factor = rng.uniform(40, 120) / max(image.size)
    small = sized(image, image.width * factor, image.height * factor, pick(rng, FILTERS[1:]))
    return small if rng.random() < 0.5 else small.resize(image.size, pick(rng, FILTERS))


def platform(image: Image.Image, rng: Rng, _: Others) -> Image.Image:
    """Handed on from platform to platform: resized, sharpened and written again, two to six times."""
    for _hop in range(int(rng.integers(2, 7))):
        factor = ratio(rng, 0.75, 1.2)
        image = sized(image, image.width * factor, image.height * factor, pick(rng, FILTERS[2:]))
        if rng.random() < 0.6:
            image = image.filter(ImageFilter.UnsharpMask(float(rng.uniform(0.6, 1.6)), int(rng.integers(40, 140))))
        image = encoded(image, pick(rng, ("JPEG", "JPEG", "WEBP")), quality=int(rng.integers(25, 85)))
    return image


def palette(image: Image.Image, rng: Rng, _: Others) -> Image.Image:
    """GIF: 4 to 128 colours, dithered or not."""
    colours = int(ratio(rng, 4, 128))
    dither = Image.Dither.FLOYDSTEINBERG if rng.random() < 0.6 else Image.Dither.NONE
    fitted = sized(image, 96, 96).quantize(colours, pick(rng, (Image.Quantize.MEDIANCUT, Image.Quantize.FASTOCTREE)))
    return image.quantize(colours, palette=fitted, dither=dither).convert("RGB")


def web_palette(image: Image.Image, rng: Rng, _: Others) -> Image.Image:
    """A palette that was made for no picture: ordered dithering to 2 to 6 levels a channel."""
    order = np.array([[0, 8, 2, 10], [12, 4, 14, 6], [3, 11, 1, 9], [15, 7, 13, 5]], np.float32) / 16 - 0.47
    values = pixels(image)
    steps = int(rng.integers(1, 6))
    pattern = np.tile(order, (values.shape[0] // 4 + 1, values.shape[1] // 4 + 1))[: values.shape[0], : values.shape[1]]
    return picture((values / 255 * steps + pattern[..., None]).round() * (255 / steps))


def chroma_subsampled(image: Image.Image, rng: Rng, _: Others) -> Image.Image:
    """Colour at an eighth down to a thirtieth of the resolution, perhaps shifted."""
    planes = cv2.cvtColor(np.asarray(image), cv2.COLOR_RGB2YCrCb)
    small = (max(2, int(image.width / rng.uniform(8, 30))), max(2, int(image.height / rng.uniform(8, 30))))
    coarse = cv2.resize(planes[..., 1:], small, interpolation=cv2.INTER_AREA)
    coarse = cv2.resize(coarse, image.size, interpolation=pick(rng, (cv2.INTER_NEAREST, cv2.INTER_LINEAR)))
    moved = np.roll(coarse, int(away(rng, 0, 0.03) * image.width), 1)
    return Image.fromarray(cv2.cvtColor(np.dstack((planes[..., :1], moved)), cv2.COLOR_YCrCb2RGB))


def blocks_lost(image: Image.Image, rng: Rng, _: Others) -> Image.Image:
    """Blocks of a stream that did not arrive: grey, smeared, or taken from elsewhere."""
    values = np.asarray(image).copy()
    side = max(4, round(min(image.size) * float(rng.uniform(0.03, 0.09))))
    way = int(rng.integers(3))
    for _run in range(int(rng.integers(3, 14))):
        top = int(rng.integers(max(1, image.height - side)))
        left = int(rng.integers(max(1, image.width - side)))
        box = values[top : top + side, left : left + side * int(rng.integers(1, 7))]
        if way == 0:
            box[:] = int(rng.integers(256))
        elif way == 1:
            box[:] = box[:, :1]
        else:
            y, x = int(rng.integers(image.height - box.shape[0] + 1)), int(rng.integers(image.width - box.shape[1] + 1))
            box[:] = values[y : y + box.shape[0], x : x + box.shape[1]].copy()
    return Image.fromarray(values)


def rows_shifted(image: Image.Image, rng: Rng, _: Others) -> Image.Image:
    """Bands of rows that slid sideways, their channels too (a damaged tape or file)."""
    values = np.asarray(image).copy()
    for _band in range(int(rng.integers(2, 9))):
        top = int(rng.integers(image.height))
        band = slice(top, top + max(2, int(image.height * rng.uniform(0.01, 0.12))))
        by = int(away(rng, 0.02, 0.15) * image.width) or 1
        values[band] = np.roll(values[band], by, 1)
        if rng.random() < 0.5:
            values[band, :, 0] = np.roll(values[band, :, 0], max(1, by // 3), 1)
    return Image.fromarray(values)


def truncated(image: Image.Image, rng: Rng, _: Others) -> Image.Image:
    """A file that breaks off: what lies below is grey."""
    values = np.asarray(encoded(image, "JPEG", quality=int(rng.integers(50, 95)))).copy()
    at = int(image.height * rng.uniform(0.45, 0.9))
    shade = int(rng.choice((0, 128, 128, 255)))
    values[at + 8 :] = shade
    values[at : at + 8, int(image.width * rng.uniform(0.1, 0.9)) :] = shade
    return Image.fromarray(values)
