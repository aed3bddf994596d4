"""How light and dark are given: brightness, curves, levels, negatives, local contrast."""

import cv2
import numpy as np
from PIL import Image, ImageEnhance, ImageOps

from lookalike.pipelines.training.kinds.tools.canvas import Others, Rng, away, grey, pick, picture, pixels


def _curved(image: Image.Image, heights: np.ndarray) -> Image.Image:
    """Every channel through a curve whose heights (0 to 255) stand at equal steps."""
    curve = np.interp(np.arange(256), np.linspace(0, 255, len(heights)), heights)
    return picture(curve[np.asarray(image)])


def _relit(image: Image.Image, luminance: np.ndarray) -> Image.Image:
    """Another luminance (h, w) of 0 to 255 under the same colours."""
    planes = cv2.cvtColor(np.asarray(image), cv2.COLOR_RGB2YCrCb)
    planes[..., 0] = np.clip(luminance, 0, 255).round()
    return Image.fromarray(cv2.cvtColor(planes, cv2.COLOR_YCrCb2RGB))


def tone(image: Image.Image, rng: Rng, _: Others) -> Image.Image:
    """Brightness, contrast, gamma."""
    for enhance in (ImageEnhance.Brightness, ImageEnhance.Contrast):
        image = enhance(image).enhance(1 + away(rng, 0.05, 0.45))
    return picture(255 * (pixels(image) / 255) ** float(rng.uniform(0.6, 1.7)))


def exposure(image: Image.Image, rng: Rng, _: Others) -> Image.Image:
    """Far too dark or too light, what is beyond the range cut off."""
    values = pixels(image)
    if rng.random() < 0.5:
        return picture(values * max(float(rng.uniform(0.12, 0.5)), min(0.8, 14 / max(1.0, float(values.mean())))))
    return picture(values * float(rng.uniform(1.3, 2.2)) + float(rng.uniform(0, 40)))


def faded(image: Image.Image, rng: Rng, _: Others) -> Image.Image:
    """Little contrast left, about any level."""
    left, level = float(rng.uniform(0.12, 0.45)), float(rng.uniform(40, 215))
    return picture((pixels(image) - 127) * left + level)


def contrast_far(image: Image.Image, rng: Rng, _: Others) -> Image.Image:
    """Contrast so strong that shadows and lights are plain."""
    values = pixels(image)
    return picture((values - np.median(values) + float(rng.uniform(-20, 20))) * float(rng.uniform(2, 4.5)) + 127)


def curve(image: Image.Image, rng: Rng, _: Others) -> Image.Image:
    """A curve by hand: raised blacks, sunken lights, a bump in the middle."""
    steps = np.linspace(0, 255, 6) + rng.uniform(-55, 55, 6)
    return _curved(image, np.sort(np.clip(steps, 0, 255)) if rng.random() < 0.8 else np.clip(steps, 0, 255))


def negative(image: Image.Image, rng: Rng, _: Others) -> Image.Image:
    """The negative, or of the luminance alone, or as grey."""
    way = int(rng.integers(3))
    if way == 0:
        return ImageOps.invert(image)
    return _relit(image, 255 - grey(image)) if way == 1 else picture(255 - grey(image))


def posterise(image: Image.Image, rng: Rng, _: Others) -> Image.Image:
    """Two to five levels a channel, or of grey."""
    levels = int(rng.integers(2, 6))
    values = grey(image) if levels > 2 and rng.random() < 0.3 else pixels(image)
    return picture((values / 255 * (levels - 1)).round() * (255 / (levels - 1)))


def solarise(image: Image.Image, rng: Rng, _: Others) -> Image.Image:
    """What is lighter than a threshold turned over, or a curve that goes up and down."""
    if rng.random() < 0.6:
        return ImageOps.solarize(image, int(np.quantile(grey(image), rng.uniform(0.1, 0.8))))
    return picture(127.5 - 127.5 * np.cos(pixels(image) / 255 * np.pi * float(rng.uniform(1.6, 3.2))))


def _outlined(white: np.ndarray) -> int:
    """How many pixels differ from the one beside or below them: how much is left to be seen in two tones."""
    return int(np.count_nonzero(white[1:] != white[:-1]) + np.count_nonzero(white[:, 1:] != white[:, :-1]))


def threshold(image: Image.Image, rng: Rng, _: Others) -> Image.Image:
    """Two tones: black and white or two colours, by one threshold or by one for every place."""
    values = grey(image)
    if rng.random() < 0.5:
        levels = np.quantile(values, rng.uniform(0.25, 0.75, 3))
        white = max((values > level for level in levels), key=_outlined)
    else:
        around = cv2.GaussianBlur(values, (0, 0), min(image.size) * float(rng.uniform(0.03, 0.12)))
        white = values > around - float(rng.uniform(2, 8))
    dark = rng.uniform(0, 90, 3) if rng.random() < 0.3 else np.zeros(3)
    light = rng.uniform(170, 255, 3) if rng.random() < 0.3 else np.full(3, 255.0)
    return picture(np.where(white[..., None], light, dark))


def equalise(image: Image.Image, rng: Rng, _: Others) -> Image.Image:
    """All levels as frequent, in every channel or in the luminance; or stretched to the full range."""
    way = int(rng.integers(3))
    if way == 0:
        return ImageOps.equalize(image)
    if way == 1:
        return _relit(image, cv2.equalizeHist(np.asarray(image.convert("L"))))
    return ImageOps.autocontrast(image, float(rng.uniform(2, 12)))


def local_contrast(image: Image.Image, rng: Rng, _: Others) -> Image.Image:
    """Equalised tile by tile (CLAHE)."""
    tiles = int(rng.integers(2, 13))
    made = cv2.createCLAHE(float(rng.uniform(2, 12)), (tiles, tiles))
    return _relit(image, made.apply(np.asarray(image.convert("L"))))


def hdr(image: Image.Image, rng: Rng, _: Others) -> Image.Image:
    """The look of tone mapping: shadows raised, lights held, detail and colour strong."""
    luminance = grey(image)
    base = cv2.GaussianBlur(luminance, (0, 0), min(image.size) * float(rng.uniform(0.01, 0.05)))
    flat = 127 + (base - 127) * float(rng.uniform(0.25, 0.7))
    lit = _relit(image, flat + (luminance - base) * float(rng.uniform(1.5, 3)))
    return ImageEnhance.Color(lit).enhance(float(rng.uniform(1.1, 2)))


def shadows_lights(image: Image.Image, rng: Rng, _: Others) -> Image.Image:
    """Shadows raised or sunk, lights too, each by a measure of its own."""
    level = grey(image)[..., None] / 255
    change = away(rng, 25, 90) * (1 - level) ** 2 + away(rng, 25, 90) * level**2
    return picture(pixels(image) + change)


def banded(image: Image.Image, rng: Rng, _: Others) -> Image.Image:
    """Isohelia or lines of equal height: the levels wrap round, or a sawtooth of them is mixed in."""
    steps = int(rng.integers(2, 5))
    saw = (pixels(image) * steps) % 256
    share = float(rng.uniform(0.35, 0.75))
    return picture(pick(rng, (saw, 255 - saw)) * share + pixels(image) * (1 - share))
