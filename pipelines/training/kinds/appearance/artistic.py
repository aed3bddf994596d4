"""Filters that draw the picture anew: paint, pencil, comic, relief, mosaics."""

import cv2
import numpy as np
from PIL import Image, ImageDraw

from lookalike.pipelines.training.kinds.tools.canvas import (
    Others,
    Rng,
    grey,
    grid,
    ink,
    mixed,
    pick,
    picture,
    pixels,
    ratio,
    sized,
)
from lookalike.pipelines.training.kinds.tools.lettering import font


def pixelated(image: Image.Image, rng: Rng, _: Others) -> Image.Image:
    """Squares of one colour."""
    cell = min(image.size) * ratio(rng, 0.01, 0.035)
    small = image.resize((max(8, int(image.width / cell)), max(8, int(image.height / cell))), Image.Resampling.BOX)
    return small.resize(image.size, Image.Resampling.NEAREST)


def crystals(image: Image.Image, rng: Rng, _: Others) -> Image.Image:
    """Patches of one colour about points by chance, with or without leads between (stained glass)."""
    away_from = np.full((image.height, image.width), 255, np.uint8)
    count = int(rng.integers(700, 3000))
    away_from[rng.integers(0, image.height, count), rng.integers(0, image.width, count)] = 0
    labels = cv2.distanceTransformWithLabels(away_from, cv2.DIST_L2, 3, labelType=cv2.DIST_LABEL_PIXEL)[1]
    flat, values = labels.ravel(), pixels(image).reshape(-1, 3)
    sizes = np.maximum(np.bincount(flat), 1)
    means = np.stack([np.bincount(flat, values[:, channel]) / sizes for channel in range(3)], -1)[labels]
    if rng.random() < 0.4:
        seams = cv2.morphologyEx(labels.astype(np.float32), cv2.MORPH_GRADIENT, np.ones((2, 2))) > 0
        means[seams] = pick(rng, (20, 235))
    return picture(means)


def oil(image: Image.Image, rng: Rng, _: Others) -> Image.Image:
    """Oil paint: every place takes the mean colour of the commonest level of grey about it."""
    values = pixels(image)
    levels = np.minimum(grey(image) / 256 * 8, 7).astype(int)
    side = 2 * max(1, round(min(image.size) * ratio(rng, 0.006, 0.016))) + 1
    best, result = np.full(levels.shape, -1.0, np.float32), values.copy()
    for level in range(8):
        mask = (levels == level).astype(np.float32)
        count = cv2.boxFilter(mask, -1, (side, side))
        mean = cv2.boxFilter(values * mask[..., None], -1, (side, side)) / np.maximum(count, 1e-6)[..., None]
        wins = count > best
        best[wins], result[wins] = count[wins], mean[wins]
    return picture(result)


def _lines(image: Image.Image, rng: Rng) -> np.ndarray:
    """Dark lines on white where the picture has edges: (h, w) of 0 to 1."""
    smooth = cv2.GaussianBlur(grey(image), (0, 0), max(0.6, min(image.size) * ratio(rng, 0.002, 0.006)))
    wide = cv2.GaussianBlur(smooth, (0, 0), max(1.0, min(image.size) * ratio(rng, 0.005, 0.012)))
    return np.clip(1 + (smooth - wide) * float(rng.uniform(0.06, 0.2)), 0, 1)


def cartoon(image: Image.Image, rng: Rng, _: Others) -> Image.Image:
    """Smoothed and posterised, its edges drawn."""
    smooth = np.asarray(image)
    for _pass in range(2):
        smooth = cv2.bilateralFilter(smooth, 7, float(rng.uniform(30, 80)), 5)
    levels = int(rng.integers(4, 10))
    flat = (smooth.astype(np.float32) / 255 * levels).round() * (255 / levels)
    return picture(flat * _lines(image, rng)[..., None] ** 2)


def pencil(image: Image.Image, rng: Rng, _: Others) -> Image.Image:
    """A drawing in pencil or charcoal: grey, or with weak colours; on white or tinted paper, or white on black."""
    values = grey(image)
    soft = cv2.GaussianBlur(255 - values, (0, 0), min(image.size) * ratio(rng, 0.01, 0.04))
    drawn = np.clip(values * 255 / np.maximum(255 - soft, 1), 0, 255)
    drawn = 255 * (drawn / 255) ** float(rng.uniform(1.5, 5))
    way = int(rng.integers(4))
    if way == 0:
        return picture(255 - drawn)
    if way == 1:
        return picture(drawn[..., None] / 255 * (pixels(image) * 0.5 + 127))
    return picture(drawn[..., None] * np.asarray((1, 1, 1) if way == 2 else (0.98, 0.94, 0.84)))


def edges(image: Image.Image, rng: Rng, _: Others) -> Image.Image:
    """Edges alone: their strength, or lines; dark on light or light on dark, grey or coloured."""
    values = cv2.GaussianBlur(pixels(image), (0, 0), float(rng.uniform(0.6, 1.4)))
    strength = np.hypot(cv2.Sobel(values, cv2.CV_32F, 1, 0), cv2.Sobel(values, cv2.CV_32F, 0, 1))
    strength = strength * float(rng.uniform(0.6, 1.6)) + pixels(image) * float(rng.uniform(0, 0.25))
    if rng.random() < 0.5:
        strength = strength.max(-1)
    return picture(strength if rng.random() < 0.5 else 255 - strength)


def emboss(image: Image.Image, rng: Rng, _: Others) -> Image.Image:
    """A relief lit from one side, in grey or over its colours."""
    angle, size = float(rng.uniform(0, 2 * np.pi)), max(1.0, min(image.size) / 250 * float(rng.uniform(0.7, 2)))
    values = grey(image)
    dx, dy = size * np.cos(angle), size * np.sin(angle)
    matrix = np.array([[1, 0, dx], [0, 1, dy]], np.float32)
    moved = cv2.warpAffine(values, matrix, image.size, borderMode=cv2.BORDER_REPLICATE)
    relief = (values - moved) * float(rng.uniform(1, 2.5))
    return picture(128 + relief) if rng.random() < 0.6 else picture(pixels(image) * 0.6 + 50 + relief[..., None])


def smoothed(image: Image.Image, rng: Rng, _: Others) -> Image.Image:
    """Skin smoothed, noise taken out, a watercolour: plain where it was nearly plain, edges kept."""
    smooth = np.asarray(image)
    for _pass in range(int(rng.integers(1, 4))):
        smooth = cv2.bilateralFilter(smooth, 9, float(rng.uniform(30, 90)), float(rng.uniform(3, 9)))
    return Image.fromarray(smooth)


def halftone(image: Image.Image, rng: Rng, _: Others) -> Image.Image:
    """Dots or lines of printing: one ink, or three with a screen of its own angle each."""
    cell = max(3.0, min(image.size) * ratio(rng, 0.01, 0.025))
    x, y = grid(image)
    lines, inks = rng.random() < 0.25, rng.random() < 0.4
    source = pixels(image) if inks else grey(image)
    low, high = np.quantile(source, (0.02, 0.98))
    values = cv2.GaussianBlur(np.clip((source - low) / max(high - low, 1e-6), 0, 1), (0, 0), cell / 4)
    values = values.reshape(*x.shape, -1)
    printed = np.empty_like(values)
    for channel in range(values.shape[-1]):
        angle = float(rng.uniform(0, np.pi / 2)) + channel * np.pi / 6
        u, v = x * np.cos(angle) + y * np.sin(angle), y * np.cos(angle) - x * np.sin(angle)
        screen = 0.5 + 0.5 * np.cos(2 * np.pi * u / cell)
        if not lines:
            screen = (screen + 0.5 + 0.5 * np.cos(2 * np.pi * v / cell)) / 2
        printed[..., channel] = np.clip((values[..., channel] - 0.15 - 0.7 * screen) * 6 + 0.5, 0, 1)
    if inks:
        return picture(255 * printed)
    paper = rng.uniform(150, 255, 3) if rng.random() < 0.2 else np.full(3, 255.0)
    return mixed(picture(np.full((*x.shape, 3), paper)), (15, 15, 20), 1 - printed[..., 0])


def tiles(image: Image.Image, rng: Rng, _: Others) -> Image.Image:
    """Bricks, beads or cross-stitch: cells of one colour with a rim or a gloss each."""
    cell = max(4, round(min(image.size) * ratio(rng, 0.018, 0.035)))
    small = sized(image, image.width / cell, image.height / cell, Image.Resampling.BOX)
    shown = np.asarray(small.resize((small.width * cell, small.height * cell), Image.Resampling.NEAREST), np.float32)
    y, x = np.mgrid[: shown.shape[0], : shown.shape[1]]
    u, v = (x % cell + 0.5) / cell - 0.5, (y % cell + 0.5) / cell - 0.5
    way = int(rng.integers(3))
    if way == 0:
        shade = 1 + 0.35 * (-u - v) * (np.hypot(u, v) < 0.33) - 0.3 * (np.maximum(np.abs(u), np.abs(v)) > 0.44)
    elif way == 1:
        shade = np.where(np.hypot(u, v) < 0.47, 1.1 - 0.6 * np.hypot(u + 0.12, v + 0.12), 0.25)
    else:
        shade = np.where(np.minimum(np.abs(u - v), np.abs(u + v)) < 0.16, 1.0, 0.75)
    return picture(shown * shade[..., None])


def hatching(image: Image.Image, rng: Rng, _: Others) -> Image.Image:
    """An engraving: lines of one to three directions, the more the darker."""
    level = cv2.GaussianBlur(grey(image), (0, 0), 0.8) / 255
    level = (level - level.min()) / max(float(np.ptp(level)), 1e-6)
    x, y = grid(image)
    step = max(3.0, min(image.size) * ratio(rng, 0.008, 0.016))
    page = np.ones(level.shape, np.float32)
    start = float(rng.uniform(0, np.pi))
    for number, limit in enumerate((0.75, 0.5, 0.25)):
        angle = start + number * float(rng.uniform(0.6, 1.2))
        wave = 0.5 + 0.5 * np.cos(2 * np.pi * (x * np.cos(angle) + y * np.sin(angle)) / step)
        page *= 1 - np.clip((wave - 0.5) * 3, 0, 1) * np.clip((limit - level) * 4, 0, 1)
    dark = ink(rng) if rng.random() < 0.2 else (20, 20, 25)
    return mixed(picture(np.full((*level.shape, 3), 250.0)), tuple(v // 3 for v in dark), 1 - page)


def brushed(image: Image.Image, rng: Rng, _: Others) -> Image.Image:
    """Strokes of a brush: short bars in the colour of their middle, along the edges."""
    values = np.asarray(image)
    smooth = cv2.GaussianBlur(grey(image), (0, 0), 2)
    angles = np.arctan2(cv2.Sobel(smooth, cv2.CV_32F, 0, 1), cv2.Sobel(smooth, cv2.CV_32F, 1, 0)) + np.pi / 2
    page = cv2.GaussianBlur(values, (0, 0), min(image.size) * 0.015)
    length, thick = (
        min(image.size) * ratio(rng, 0.015, 0.035),
        max(2, round(min(image.size) * ratio(rng, 0.006, 0.012))),
    )
    count = int(1.6 * image.width * image.height / (length * thick))
    ys, xs = rng.integers(0, image.height, count), rng.integers(0, image.width, count)
    ends = (np.stack((np.cos(angles[ys, xs]), np.sin(angles[ys, xs])), -1) * length / 2).round().astype(int)
    tints = np.clip(values[ys, xs].astype(int) + rng.integers(-12, 13, (count, 1)), 0, 255)
    for x, y, (dx, dy), tint in zip(xs.tolist(), ys.tolist(), ends.tolist(), tints.tolist(), strict=True):
        cv2.line(page, (x - dx, y - dy), (x + dx, y + dy), tint, thick)
    return Image.fromarray(page)


def stippled(image: Image.Image, rng: Rng, _: Others) -> Image.Image:
    """Dots by chance, the denser the darker; black on white, white on black, or in the colours of their places."""
    values = grey(image) / 255
    way = int(rng.integers(3))
    wanted = values if way == 1 else 1 - values
    wanted = np.clip((wanted - wanted.mean()) * 1.3 + 0.45, 0.03, 1)
    dot = max(1, round(min(image.size) / 300 * float(rng.uniform(0.6, 1.4))))
    dense = np.asarray(
        picture(wanted * 255).resize((max(8, image.width // dot), max(8, image.height // dot))).convert("L")
    )
    hit = (rng.random(dense.shape) < dense / 255 * float(rng.uniform(0.6, 0.95))).astype(np.float32)
    share = cv2.GaussianBlur(cv2.resize(hit, image.size, interpolation=cv2.INTER_NEAREST), (0, 0), 0.5)
    if way == 2:
        return mixed(picture(np.full((*values.shape, 3), 248.0)), pixels(image) * 0.8, share)
    back, front = ((250, 12), (12, 250))[way]
    return picture(back * (1 - share) + front * share)


def _ink_against(dark: bool, rng: Rng) -> tuple[int, int, int]:
    """A light ink on a dark ground, a dark one on a light ground."""
    return (
        pick(rng, ((240, 240, 240), (90, 250, 90), (250, 190, 60)))
        if dark
        else pick(rng, ((10, 10, 10), (20, 30, 120)))
    )


def letters(image: Image.Image, rng: Rng, _: Others) -> Image.Image:
    """Written in signs of a terminal, light or dark, in one colour or in those of their places."""
    tall = max(6, round(min(image.size) * ratio(rng, 0.013, 0.021)))
    wide = max(4, round(tall * 0.6))
    signs = []
    for sign in " .:-=+*oahkbdpqwmZO0QLCJ#MW&8%B@":
        cell = Image.new("L", (wide, tall))
        ImageDraw.Draw(cell).text((wide / 2, tall / 2), sign, 255, font(tall * 1.15), anchor="mm")
        signs.append(np.asarray(cell, np.float32) / 255)
    small = sized(image, image.width / wide, image.height / tall, Image.Resampling.BOX)
    level = grey(small)
    dark = rng.random() < 0.6
    wanted = (level - level.min()) / max(float(np.ptp(level)), 1e-6)
    inked = np.array([cell.mean() for cell in signs])
    rank = np.abs((wanted if dark else 1 - wanted)[..., None] * inked.max() - inked).argmin(-1)
    shown = np.stack(signs)[rank].transpose(0, 2, 1, 3).reshape(small.height * tall, small.width * wide)
    coloured = rng.random() < 0.5
    inks = pixels(small.resize(shown.shape[::-1], Image.Resampling.NEAREST)) if coloured else _ink_against(dark, rng)
    return mixed(picture(np.full((*shown.shape, 3), 8.0 if dark else 250.0)), inks, np.minimum(shown * 1.5, 1))
