"""What colours become: saturation, hue, tints, channels, palettes of two or of many false colours."""

import cv2
import numpy as np
from PIL import Image, ImageEnhance

from lookalike.pipelines.training.kinds.tools.canvas import (
    Others,
    Rng,
    away,
    centred,
    clouds,
    grey,
    ink,
    mixed,
    pick,
    picture,
    pixels,
    plain,
)


def saturation(image: Image.Image, rng: Rng, _: Others) -> Image.Image:
    """Nearly none, or far too much."""
    factor = float(rng.uniform(0.1, 0.65)) if rng.random() < 0.5 else float(rng.uniform(1.5, 4))
    return ImageEnhance.Color(image).enhance(factor)


def white_balance(image: Image.Image, rng: Rng, _: Others) -> Image.Image:
    """Warmer, colder, greener: every channel by a factor of its own."""
    values = pixels(image)
    warm, green = away(rng, 0.1, 0.4), float(rng.uniform(-0.2, 0.2))
    return picture(values * (1 + warm, 1 + green, 1 - warm))


def grey_or_sepia(image: Image.Image, rng: Rng, _: Others) -> Image.Image:
    """Grey by any weights of the channels, or toned: sepia, blue, any tint."""
    weights = rng.dirichlet((2, 3, 1.5))
    values = (pixels(image) @ weights)[..., None]
    tint = pick(rng, ((1, 1, 1), (1, 1, 1), (1.07, 0.92, 0.72), (0.85, 0.95, 1.12), tuple(rng.uniform(0.7, 1.15, 3))))
    return picture(values * np.asarray(tint))


def hue(image: Image.Image, rng: Rng, _: Others) -> Image.Image:
    """All hues turned on."""
    hsv = np.asarray(image.convert("HSV")).copy()
    hsv[..., 0] += np.uint8(rng.integers(12, 245))
    return Image.fromarray(hsv, "HSV").convert("RGB")


def channels_swapped(image: Image.Image, rng: Rng, _: Others) -> Image.Image:
    """Red, green and blue in another order."""
    order = pick(rng, ((0, 2, 1), (1, 0, 2), (1, 2, 0), (2, 0, 1), (2, 1, 0)))
    return Image.fromarray(np.ascontiguousarray(np.asarray(image)[..., order]))


def channel_lost(image: Image.Image, rng: Rng, _: Others) -> Image.Image:
    """One channel missing, full, negative, or alone."""
    values = np.asarray(image).copy()
    channel, way = int(rng.integers(3)), int(rng.integers(4))
    if way < 2:
        values[..., channel] = way * 255
    elif way == 2:
        values[..., channel] = 255 - values[..., channel]
    else:
        values[..., [c for c in range(3) if c != channel]] = 0
    return Image.fromarray(values)


def channels_apart(image: Image.Image, rng: Rng, _: Others) -> Image.Image:
    """Channels moved against one another: a glitch, a bad print, or glasses for depth."""
    values = np.asarray(image).copy()
    for channel in (0, 2):
        by = (int(away(rng, 0.008, 0.035) * image.width) or 1, int(away(rng, 0, 0.015) * image.height))
        values[..., channel] = np.roll(values[..., channel], by, (1, 0))
    return Image.fromarray(values)


def duotone(image: Image.Image, rng: Rng, _: Others) -> Image.Image:
    """Two or three inks from dark to light."""
    dark, light = rng.uniform(0, 110, 3), rng.uniform(150, 255, 3)
    if rng.random() < 0.15:
        dark, light = light, dark
    middle = (dark + light) / 2 + rng.uniform(-60, 60, 3) * (rng.random() < 0.4)
    level = np.asarray(image.convert("L"))
    table = np.stack([np.interp(np.arange(256), (0, 127, 255), (dark[c], middle[c], light[c])) for c in range(3)], -1)
    return picture(table[level])


def false_colour(image: Image.Image, rng: Rng, _: Others) -> Image.Image:
    """Levels of grey shown as in heat maps."""
    maps = (
        *(cv2.COLORMAP_JET, cv2.COLORMAP_HOT, cv2.COLORMAP_VIRIDIS, cv2.COLORMAP_INFERNO, cv2.COLORMAP_OCEAN),
        *(cv2.COLORMAP_RAINBOW, cv2.COLORMAP_BONE, cv2.COLORMAP_PINK, cv2.COLORMAP_TWILIGHT, cv2.COLORMAP_HSV),
    )
    mapped = cv2.applyColorMap(np.asarray(image.convert("L")), pick(rng, maps))
    return Image.fromarray(cv2.cvtColor(mapped, cv2.COLOR_BGR2RGB))


def cross_process(image: Image.Image, rng: Rng, _: Others) -> Image.Image:
    """Film in the wrong bath: every channel through a curve of its own."""
    values = pixels(image) / 255
    for channel in range(3):
        bend = away(rng, 0.35, 1.0)
        level = values[..., channel]
        s_shaped = level + bend * np.sin(2 * np.pi * level) / -7
        values[..., channel] = s_shaped ** float(rng.uniform(0.75, 1.35)) if bend > 0 else s_shaped
    low, high = rng.uniform(0, 45, 3), rng.uniform(200, 255, 3)
    return picture(low + np.clip(np.nan_to_num(values), 0, 1) * (high - low))


def selective_colour(image: Image.Image, rng: Rng, _: Others) -> Image.Image:
    """All grey but one range of hues, or one range of hues turned into another."""
    hsv = np.asarray(image.convert("HSV")).copy()
    middle = int(hsv[int(rng.integers(image.height)), int(rng.integers(image.width)), 0])
    near = np.abs((hsv[..., 0].astype(int) - middle + 128) % 256 - 128) < int(rng.integers(15, 40))
    if rng.random() < 0.6:
        hsv[..., 1][~near] = 0
    hsv[..., 0][near] += np.uint8(rng.integers(60, 196))
    return Image.fromarray(hsv, "HSV").convert("RGB")


def tinted(image: Image.Image, rng: Rng, _: Others) -> Image.Image:
    """One colour or a slope of two laid over it: plainly, multiplied or as a screen."""
    values = pixels(image)
    slope = clouds(image, rng, 1)[..., None]
    film = np.asarray(ink(rng)) * slope + np.asarray(ink(rng)) * (1 - slope)
    way, share = int(rng.integers(3)), float(rng.uniform(0.2, 0.6))
    film = (film, values * film / 255, 255 - (255 - values) * (255 - film) / 255)[way]
    return picture(values * (1 - share) + film * share)


def app_filter(image: Image.Image, rng: Rng, _: Others) -> Image.Image:
    """As apps offer them: curve, tint, saturation and a vignette at once."""
    values = pixels(ImageEnhance.Color(image).enhance(float(rng.uniform(0.4, 1.7))))
    low, high = rng.uniform(0, 50, 3), rng.uniform(205, 255, 3)
    values = low + (values / 255) ** rng.uniform(0.75, 1.3, 3) * (high - low)
    values = (values - 127) * float(rng.uniform(0.8, 1.4)) + 127
    x, y = np.meshgrid(np.linspace(-1, 1, image.width), np.linspace(-1, 1, image.height))
    return picture(values * (1 - float(rng.uniform(0, 0.4)) * (x * x + y * y))[..., None])


def hand_coloured(image: Image.Image, rng: Rng, _: Others) -> Image.Image:
    """A grey picture with colours that were put on by hand or by a machine's guess."""
    tints = np.stack([clouds(image, rng, int(rng.integers(2, 6))) for _channel in range(3)], -1)
    values = grey(image)[..., None] * (0.65 + 0.7 * tints)
    return mixed(picture(values), pixels(image), np.full((image.height, image.width), float(rng.uniform(0, 0.25))))


def colour_blind(image: Image.Image, rng: Rng, _: Others) -> Image.Image:
    """Channels mixed by any matrix that keeps grey: as seen without one kind of cones, or by an infrared film."""
    matrix = np.eye(3) * 0.3 + rng.dirichlet((0.7, 0.7, 0.7), 3) * 0.7
    return picture(pixels(image) @ matrix.T)


def scrim(image: Image.Image, rng: Rng, _: Others) -> Image.Image:
    """A veil of one colour that grows towards one side, as pages lay it below their words."""
    x, y = centred(image)
    slope = (pick(rng, (x, -x, y, -y, x + y, x - y)) + 1) / 2
    return mixed(image, plain(rng), float(rng.uniform(0.5, 0.88)) * np.clip(slope, 0, 1) ** float(rng.uniform(0.6, 2)))
