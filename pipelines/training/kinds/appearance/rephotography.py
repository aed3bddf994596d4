"""Copies by way of a device: photographs of screens, prints and scans, copiers, fax, television."""

import cv2
import numpy as np
from PIL import Image, ImageFilter, ImageOps

from lookalike.pipelines.training.kinds.appearance.artistic import halftone
from lookalike.pipelines.training.kinds.tools.canvas import (
    Others,
    Rng,
    away,
    centred,
    clouds,
    encoded,
    grey,
    grid,
    mixed,
    pick,
    picture,
    pixels,
    ratio,
    sized,
)


def _tilted(image: Image.Image, rng: Rng, most: float, fill: tuple[int, int, int]) -> Image.Image:
    """Each corner moved by up to a share of the sides, the rest filled."""
    wide, tall = image.size
    corners = np.array([(0, 0), (wide, 0), (wide, tall), (0, tall)], np.float32)
    moved = corners + (rng.uniform(-0.3, 1, (4, 2)) * most * (wide, tall) * ((1, 1), (-1, 1), (-1, -1), (1, -1)))
    matrix = cv2.getPerspectiveTransform(corners, moved.astype(np.float32))
    return Image.fromarray(cv2.warpPerspective(np.asarray(image), matrix, image.size, borderValue=fill))


def _moire(image: Image.Image, rng: Rng, strength: float) -> Image.Image:
    """Two fine patterns that meet: slow curved bands, of another phase in each channel."""
    x, y = grid(image)
    period, angle = min(image.size) * ratio(rng, 0.02, 0.15), float(rng.uniform(0, np.pi))
    bend = clouds(image, rng, 3) * float(rng.uniform(2, 9))
    phase = 2 * np.pi * (x * np.cos(angle) + y * np.sin(angle)) / period + bend
    waves = np.stack([np.cos(phase + shift) for shift in (0.0, *rng.uniform(0.3, 2.2, 2))], -1)
    return picture(pixels(image) * (1 + strength * waves))


def screen_photographed(image: Image.Image, rng: Rng, _: Others) -> Image.Image:
    """A screen taken with a phone: its raster, moire, tilt, glare, a cast of colour, a dark rim."""
    x, _y = grid(image)
    raster = np.stack([np.cos(2 * np.pi * x / float(rng.uniform(2.2, 5)) + shift) for shift in (0, 2.1, 4.2)], -1)
    seen = picture(pixels(image) * (1 + 0.18 * raster) * rng.uniform(0.8, 1.15, 3))
    seen = _moire(seen, rng, float(rng.uniform(0.05, 0.28)))
    u, v = centred(image)
    cx, cy = rng.uniform(-0.8, 0.8, 2)
    spot = np.exp(-((u - cx) ** 2 + (v - cy) ** 2) / float(rng.uniform(0.05, 0.3)))
    seen = mixed(seen, (255, 255, 255), spot * float(rng.uniform(0, 0.7)))
    tilted = _tilted(seen, rng, float(rng.uniform(0.03, 0.15)), pick(rng, ((8, 8, 10), (30, 28, 26), (90, 85, 80))))
    return encoded(
        tilted.filter(ImageFilter.GaussianBlur(float(rng.uniform(0.3, 1.2)))), "JPEG", quality=int(rng.integers(40, 85))
    )


def moire(image: Image.Image, rng: Rng, _: Others) -> Image.Image:
    """Bands of moire, coloured or not."""
    return _moire(image, rng, float(rng.uniform(0.12, 0.4)))


def printed_and_scanned(image: Image.Image, rng: Rng, _: Others) -> Image.Image:
    """Printed, scanned: dull inks, the grain and tint of paper, a slight tilt, dust, perhaps a screen of dots."""
    values = pixels(image)
    if rng.random() < 0.4:
        dots = pixels(halftone(image, rng, ()))
        values = values * 0.6 + dots * 0.4
    paper = np.array((250, 247, 238)) - rng.uniform(0, 25, 3)
    values = (values / 255) ** float(rng.uniform(0.85, 1.3)) * (paper - 35) + 30
    values += rng.normal(0, float(rng.uniform(1, 8)), (*values.shape[:2], 1)) + 14 * (
        clouds(image, rng, 6)[..., None] - 0.5
    )
    specks = rng.random(values.shape[:2]) < 0.0008
    values[cv2.dilate(specks.astype(np.uint8), np.ones((2, 2))) > 0] = float(rng.choice((40, 250)))
    fill = tuple(int(v) for v in paper)
    scanned = _tilted(picture(values), rng, float(rng.uniform(0.005, 0.05)), (fill[0], fill[1], fill[2]))
    return scanned.rotate(away(rng, 0.2, 2.5), Image.Resampling.BICUBIC, fillcolor=fill).filter(
        ImageFilter.GaussianBlur(float(rng.uniform(0.3, 1.1)))
    )


def photocopied(image: Image.Image, rng: Rng, _: Others) -> Image.Image:
    """Copied one to three times: grey, hard, edges stressed, toner in specks, streaks, a shaded border."""
    values = grey(image)
    for _copy in range(int(rng.integers(1, 4))):
        around = cv2.GaussianBlur(values, (0, 0), min(image.size) * 0.05)
        values = (values - 0.35 * around - 80) * float(rng.uniform(1.3, 2.2)) + 140
        values = np.clip(cv2.GaussianBlur(values, (0, 0), 0.7) + rng.normal(0, 12, values.shape), 0, 255)
    values[:, rng.integers(0, image.width, int(rng.integers(0, 4)))] -= 60
    x, y = centred(image)
    values -= 120 * np.clip((np.maximum(np.abs(x), np.abs(y)) - float(rng.uniform(0.92, 1))) * 12, 0, 1)
    return picture(values)


def faxed(image: Image.Image, rng: Rng, _: Others) -> Image.Image:
    """Few lines, two tones, by a threshold or by dots spread by error; lost lines."""
    factor = float(rng.uniform(180, 320)) / max(image.size)
    small = sized(image, image.width * factor, image.height * factor * float(rng.uniform(0.6, 1)))
    values = np.asarray(ImageOps.autocontrast(small.convert("L"), 2), np.float32)
    if rng.random() < 0.6:
        bits = np.asarray(picture(np.clip((values - 128) * 1.4 + 135, 0, 255)).convert("1"))
    else:
        bits = values > cv2.GaussianBlur(values, (0, 0), 9) - 5
    bits = bits.copy()
    for row in rng.integers(0, bits.shape[0], int(rng.integers(0, 6))):
        bits[row] = rng.random() < 0.5
    return (
        Image.fromarray(np.where(bits, 255, 0).astype(np.uint8))
        .convert("RGB")
        .resize(image.size, Image.Resampling.BILINEAR)
    )


def tube(image: Image.Image, rng: Rng, _: Others) -> Image.Image:
    """A picture tube: bulged glass, dark lines, stripes of phosphor, a rim."""
    u, v = centred(image)
    far, bend = u * u + v * v, float(rng.uniform(0.03, 0.12))
    x, y = (u * (1 + bend * far) + 1) * image.width / 2, (v * (1 + bend * far) + 1) * image.height / 2
    values = cv2.remap(np.asarray(image), x.astype(np.float32), y.astype(np.float32), cv2.INTER_LINEAR).astype(
        np.float32
    )
    column, row = grid(image)
    period = float(rng.uniform(3, 7))
    values *= (1 - float(rng.uniform(0.2, 0.5)) * (0.5 + 0.5 * np.cos(2 * np.pi * row / period)))[..., None]
    values *= 1 + 0.15 * np.stack([np.cos(2 * np.pi * column / period + shift) for shift in (0, 2.1, 4.2)], -1)
    return picture(values * (1.35 - 0.35 * far / 2)[..., None])


def scan_lines(image: Image.Image, rng: Rng, _: Others) -> Image.Image:
    """Every so many rows or columns dark, light or of a colour."""
    values = pixels(image)
    step = int(rng.integers(2, 9))
    tint, share = (0.0, 0.0, 0.0, 255.0, 90.0)[int(rng.integers(5))], float(rng.uniform(0.3, 0.85))
    thick = max(1, int(step * float(rng.uniform(0.2, 0.5))))
    lines = values if rng.random() < 0.7 else values.transpose(1, 0, 2)
    for start in range(thick):
        lines[start::step] = lines[start::step] * (1 - share) + tint * share
    return picture(values)


def interlaced(image: Image.Image, rng: Rng, _: Others) -> Image.Image:
    """Odd rows of another moment: moved sideways, as combs at every edge."""
    values = np.asarray(image).copy()
    by = int(away(rng, 0.012, 0.05) * image.width) or 2
    thick = max(1, image.height // 300)
    for start in range(thick):
        values[start :: 2 * thick] = np.roll(values[start :: 2 * thick], by, 1)
    return Image.fromarray(values)


def tape(image: Image.Image, rng: Rng, _: Others) -> Image.Image:
    """A video tape: smeared colours that lag, noise in streaks, rows that jitter, a torn band at the foot."""
    planes = cv2.cvtColor(np.asarray(image), cv2.COLOR_RGB2YCrCb).astype(np.float32)
    smear = max(3, int(image.width * rng.uniform(0.02, 0.06)))
    planes[..., 1:] = np.roll(cv2.blur(planes[..., 1:], (smear, 3)), smear // 2, 1)
    planes[..., 0] = cv2.blur(planes[..., 0], (max(1, image.width // 200), 1))
    streaks = cv2.blur(rng.normal(0, 1, planes.shape[:2]).astype(np.float32), (25, 1)) * 5
    planes[..., 0] += streaks * float(rng.uniform(5, 16))
    x, y = grid(image)
    jitter = np.cumsum(rng.normal(0, 0.25, image.height))[:, None] * image.width / 400
    jitter = jitter - cv2.blur(jitter.astype(np.float32), (1, 31))
    foot = 0.12 * image.width * np.clip((y / image.height - 0.95) * 20, 0, 1) * rng.random()
    values = cv2.cvtColor(np.clip(planes, 0, 255).astype(np.uint8), cv2.COLOR_YCrCb2RGB)
    moved = cv2.remap(
        values, (x + jitter + foot).astype(np.float32), y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
    )
    return Image.fromarray(moved)


def newsprint(image: Image.Image, rng: Rng, _: Others) -> Image.Image:
    """Out of a newspaper: coarse dots on yellowed paper, the back shining through."""
    values = pixels(halftone(image, rng, ())).mean(-1) / 255
    back = pixels(image.transpose(Image.Transpose.FLIP_LEFT_RIGHT)).mean(-1) / 255
    through = 1 - float(rng.uniform(0.05, 0.2)) * (1 - cv2.GaussianBlur(back, (0, 0), 3))
    paper = np.array((238, 226, 198)) - rng.uniform(0, 25, 3)
    values = (0.2 + 0.8 * cv2.GaussianBlur(values, (0, 0), 0.8)) * through + rng.normal(0, 0.03, values.shape)
    return picture(values[..., None] * paper)
