"""What lenses and sensors do: sharpness, motion, depth, noise, fall-off of light."""

import cv2
import numpy as np
from PIL import Image, ImageFilter

from lookalike.pipelines.training.kinds.tools.canvas import (
    Others,
    Rng,
    away,
    centred,
    clouds,
    encoded,
    mixed,
    picture,
    pixels,
    ratio,
    sized,
)


def blur(image: Image.Image, rng: Rng, _: Others) -> Image.Image:
    """Gaussian, box or median."""
    size, way = min(image.size), int(rng.integers(3))
    if way == 0:
        return image.filter(ImageFilter.GaussianBlur(size * ratio(rng, 0.003, 0.015)))
    if way == 1:
        return image.filter(ImageFilter.BoxBlur(size * ratio(rng, 0.004, 0.02)))
    return Image.fromarray(cv2.medianBlur(np.asarray(image), 2 * int(rng.integers(1, 6)) + 1))


def blur_far(image: Image.Image, rng: Rng, _: Others) -> Image.Image:
    """So that only shapes are left."""
    return image.filter(ImageFilter.GaussianBlur(min(image.size) * ratio(rng, 0.015, 0.035)))


def motion_blur(image: Image.Image, rng: Rng, _: Others) -> Image.Image:
    """Along a line of any direction."""
    length = max(4, int(min(image.size) * ratio(rng, 0.015, 0.06)))
    bar = np.zeros((length, length), np.float32)
    bar[length // 2] = 1
    turned = cv2.getRotationMatrix2D((length / 2, length / 2), float(rng.uniform(0, 180)), 1.0)
    kernel = cv2.warpAffine(bar, turned, (length, length)).astype(np.float32)
    return Image.fromarray(cv2.filter2D(np.asarray(image), -1, kernel / max(float(kernel.sum()), 1e-6)))


def zoom_blur(image: Image.Image, rng: Rng, _: Others) -> Image.Image:
    """Smeared from the middle outwards, or round it."""
    centre = (float(rng.uniform(0.35, 0.65)) * image.width, float(rng.uniform(0.35, 0.65)) * image.height)
    grow, turn = (float(rng.uniform(0.03, 0.12)), 0.0) if rng.random() < 0.6 else (0.0, float(rng.uniform(2, 7)))
    total = np.zeros((image.height, image.width, 3), np.float32)
    for step in np.linspace(-0.5, 0.5, 9):
        matrix = cv2.getRotationMatrix2D(centre, turn * float(step), 1 + grow * (float(step) + 0.5))
        total += cv2.warpAffine(np.asarray(image), matrix, image.size, borderMode=cv2.BORDER_REFLECT)
    return picture(total / 9)


def out_of_focus(image: Image.Image, rng: Rng, _: Others) -> Image.Image:
    """Blurred by a disc, so that lights become discs: everywhere, or outside of a strip or a spot."""
    radius = max(1, round(min(image.size) * ratio(rng, 0.006, 0.03)))
    disc = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * radius + 1, 2 * radius + 1)).astype(np.float32)
    blurred = cv2.filter2D((pixels(image) / 255) ** 2.2, -1, disc / disc.sum())
    blurred = 255 * np.clip(blurred, 0, 1) ** (1 / 2.2)
    x, y = centred(image)
    way = int(rng.integers(3))
    at = float(rng.uniform(-0.4, 0.4))
    far = (np.full(x.shape, 9.0), np.abs(y - at), np.hypot(x - at, y))[way]
    return mixed(image, blurred, (far - float(rng.uniform(0.15, 0.4))) * 3)


def sharpen(image: Image.Image, rng: Rng, _: Others) -> Image.Image:
    """Unsharp mask of a small radius."""
    return image.filter(ImageFilter.UnsharpMask(float(rng.uniform(0.8, 4)), int(rng.integers(80, 300)), 0))


def halos(image: Image.Image, rng: Rng, _: Others) -> Image.Image:
    """Sharpened so much that every edge has a bright and a dark seam."""
    radius = min(image.size) * ratio(rng, 0.006, 0.03)
    return image.filter(ImageFilter.UnsharpMask(radius, int(rng.integers(250, 600)), 0))


def noise(image: Image.Image, rng: Rng, _: Others) -> Image.Image:
    """Gaussian noise, in colour or in grey."""
    values = pixels(image)
    shape = values.shape if rng.random() < 0.6 else (*values.shape[:2], 1)
    return picture(values + rng.normal(0, rng.uniform(6, 60), shape))


def salt_and_pepper(image: Image.Image, rng: Rng, _: Others) -> Image.Image:
    """Pixels or specks that are black, white or of any colour."""
    values = pixels(image)
    side = int(rng.integers(1, 4))
    small = (max(1, image.height // side), max(1, image.width // side))
    hit = (rng.random(small) < rng.uniform(0.01, 0.12)).astype(np.uint8)
    where = cv2.resize(hit, image.size, interpolation=cv2.INTER_NEAREST) > 0
    shades = (
        255.0 * rng.integers(0, 2, (int(where.sum()), 1))
        if rng.random() < 0.6
        else rng.uniform(0, 255, (int(where.sum()), 3))
    )
    values[where] = shades
    return picture(values)


def speckle(image: Image.Image, rng: Rng, _: Others) -> Image.Image:
    """Noise that multiplies: strong where it is light, pixel by pixel or in grains."""
    values = pixels(image)
    side = float(rng.uniform(1, 3))
    small = sized(image, image.width / side, image.height / side).size
    field = cv2.resize(rng.normal(1, rng.uniform(0.12, 0.45), small[::-1]).astype(np.float32), image.size)
    return picture(values * field[..., None])


def high_iso(image: Image.Image, rng: Rng, _: Others) -> Image.Image:
    """A dark picture raised: few photons, blotches of colour, a smoothing filter, JPEG."""
    photons = float(rng.uniform(6, 40))
    values = rng.poisson(np.clip(pixels(image), 0, 255) / 255 * photons).astype(np.float32) / photons * 255
    blotches = np.stack([clouds(image, rng, 24) for _channel in range(3)], -1) - 0.5
    noisy = cv2.GaussianBlur(values + blotches * float(rng.uniform(10, 60)), (0, 0), float(rng.uniform(0.4, 1.1)))
    return encoded(picture(noisy), "JPEG", quality=int(rng.integers(40, 90)))


def film_grain(image: Image.Image, rng: Rng, _: Others) -> Image.Image:
    """Grain of film, strongest in the middle tones; grey or in colour."""
    values = pixels(image)
    grain = cv2.GaussianBlur(
        rng.normal(0, 1, values.shape[:2]).astype(np.float32), (0, 0), float(rng.uniform(0.5, 1.6))
    )
    level = values.mean(-1) / 255
    strength = float(rng.uniform(12, 35)) / max(float(grain.std()), 1e-6)
    source = values if rng.random() < 0.5 else values.mean(-1, keepdims=True)
    return picture(source + (grain * strength * (0.3 + 2.8 * level * (1 - level)))[..., None])


def vignette(image: Image.Image, rng: Rng, _: Others) -> Image.Image:
    """Corners dark, white or of a colour; weak to strong."""
    x, y = centred(image)
    far = (np.hypot(x - rng.uniform(-0.2, 0.2), y - rng.uniform(-0.2, 0.2)) / 1.2) ** float(rng.uniform(1.5, 4))
    tint = (0, 0, 0) if rng.random() < 0.75 else tuple(int(v) for v in rng.integers(0, 256, 3))
    return mixed(image, tint, far * float(rng.uniform(0.4, 1.1)))


def fringes(image: Image.Image, rng: Rng, _: Others) -> Image.Image:
    """Colours of the edges part towards the corners, since red is larger than blue."""
    values = np.asarray(image).copy()
    by = away(rng, 0.01, 0.03)
    for channel, factor in ((0, 1 + by), (2, 1 - by)):
        matrix = cv2.getRotationMatrix2D((image.width / 2, image.height / 2), 0, factor)
        plane = np.ascontiguousarray(values[..., channel])
        values[..., channel] = cv2.warpAffine(plane, matrix, image.size, borderMode=cv2.BORDER_REPLICATE)
    return Image.fromarray(values)


def night_vision(image: Image.Image, rng: Rng, _: Others) -> Image.Image:
    """As a camera for the night shows it: green or grey, noisy, dark at the edges, with lines."""
    values = pixels(image).mean(-1)
    lit = 255 * np.clip(values / 255, 0, 1) ** float(rng.uniform(0.5, 0.9))
    x, y = centred(image)
    lit = lit * (1 - 0.55 * (x * x + y * y) / 2) + rng.normal(0, rng.uniform(8, 28), lit.shape)
    lit[:: int(rng.integers(3, 6))] *= float(rng.uniform(0.7, 0.95))
    tint = (0.35, 1.0, 0.4) if rng.random() < 0.6 else (0.95, 1.0, 1.0)
    return picture(lit[..., None] * np.asarray(tint))


def ghosted(image: Image.Image, rng: Rng, _: Others) -> Image.Image:
    """Shaken: two or three exposures of it, a little apart."""
    values = pixels(image)
    total, count = values.copy(), int(rng.integers(1, 3))
    for _exposure in range(count):
        matrix = cv2.getRotationMatrix2D((image.width / 2, image.height / 2), float(rng.uniform(-1.5, 1.5)), 1.0)
        for axis, side in enumerate(image.size):
            matrix[axis, 2] += away(rng, 0.008, 0.035) * side
        total += cv2.warpAffine(values, matrix, image.size, borderMode=cv2.BORDER_REFLECT)
    return picture(total / (count + 1))


def smeared(image: Image.Image, rng: Rng, _: Others) -> Image.Image:
    """A dirty or misted lens: blurred and pale in spots."""
    soft = cv2.GaussianBlur(pixels(image), (0, 0), min(image.size) * ratio(rng, 0.01, 0.04))
    where = np.clip((clouds(image, rng, int(rng.integers(2, 7))) - float(rng.uniform(0.3, 0.55))) * 5, 0, 1)
    return mixed(image, soft * 0.85 + float(rng.uniform(15, 45)), where * float(rng.uniform(0.7, 1)))
