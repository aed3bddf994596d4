"""Light and weather before the picture: shade, flares, leaks, fog; rain, snow and dirt that hide parts of it."""

import cv2
import numpy as np
from PIL import Image, ImageFilter

from lookalike.pipelines.training.kinds.tools.canvas import (
    Layer,
    Others,
    Rng,
    away,
    centred,
    clouds,
    grid,
    ink,
    mixed,
    pick,
    picture,
    pixels,
    ratio,
)


def lighting(image: Image.Image, rng: Rng, _: Others) -> Image.Image:
    """Light that falls off to one side, or comes in spots of any place."""
    x, y = centred(image)
    if rng.random() < 0.5:
        field = 1 + away(rng, 0.3, 0.8) * x + away(rng, 0, 0.5) * y
    else:
        cx, cy = rng.uniform(-0.6, 0.6, 2)
        field = float(rng.uniform(0.25, 0.6)) + float(rng.uniform(0.6, 1.1)) * np.exp(
            -((x - cx) ** 2 + (y - cy) ** 2) * 2
        )
    return picture(pixels(image) * np.clip(field, 0.1, 2.2)[..., None])


def fogged(image: Image.Image, rng: Rng, _: Others) -> Image.Image:
    """Fog or haze, even or in banks, or thicker towards the top."""
    _x, y = centred(image)
    banks = clouds(image, rng, int(rng.integers(2, 7))) if rng.random() < 0.6 else (1 - y) / 2
    shade = float(rng.uniform(180, 245))
    return mixed(image, (int(shade), int(shade), int(shade + 6)), float(rng.uniform(0.3, 0.75)) * (0.5 + 0.7 * banks))


def shadow(image: Image.Image, rng: Rng, _: Others) -> Image.Image:
    """Hard or soft shadows of something outside: a polygon, blinds, leaves."""
    way = int(rng.integers(3))
    x, y = centred(image)
    if way == 0:
        mask = np.zeros((image.height, image.width), np.float32)
        corners = rng.uniform(-0.3, 1.3, (int(rng.integers(3, 6)), 2)) * image.size
        cv2.fillConvexPoly(mask, cv2.convexHull(corners.astype(np.int32)), 1.0)
    elif way == 1:
        slant, count = away(rng, 0, 1), float(rng.uniform(4, 11))
        mask = (np.sin((y + slant * x) * np.pi * count) > rng.uniform(-0.3, 0.3)).astype(np.float32)
    else:
        mask = (clouds(image, rng, int(rng.integers(5, 12))) > rng.uniform(0.4, 0.6)).astype(np.float32)
    soft = cv2.GaussianBlur(mask, (0, 0), min(image.size) * ratio(rng, 0.003, 0.03))
    return picture(pixels(image) * (1 - float(rng.uniform(0.35, 0.75)) * soft)[..., None])


def flare(image: Image.Image, rng: Rng, _: Others) -> Image.Image:
    """The sun in the lens: a glow, rays, and discs on a line through the middle."""
    x, y = centred(image)
    sx, sy = rng.uniform(-0.9, 0.9, 2)
    far, angle = np.hypot(x - sx, y - sy), np.arctan2(y - sy, x - sx)
    glow = np.exp(-far * float(rng.uniform(3, 7))) * (1 + 0.5 * np.cos(angle * int(rng.integers(4, 9))) ** 8)
    values = pixels(image) + glow[..., None] * float(rng.uniform(160, 330)) * np.array((1, 0.95, 0.8))
    for at in rng.uniform(-1, 1.2, int(rng.integers(2, 6))):
        disc = np.hypot(x + sx * at, y + sy * at) < rng.uniform(0.04, 0.18)
        values += disc[..., None] * np.asarray(ink(rng)) * float(rng.uniform(0.12, 0.35))
    return picture(values)


def light_leak(image: Image.Image, rng: Rng, _: Others) -> Image.Image:
    """Light that came into the camera: red to yellow bands from an edge."""
    x, y = centred(image)
    from_edge = pick(rng, (1 - x, 1 + x, 1 - y, 1 + y)) + 0.4 * clouds(image, rng, 3)
    leak = np.exp(-from_edge * float(rng.uniform(1.2, 3))) * float(rng.uniform(0.8, 1.3))
    tint = np.array((255, float(rng.uniform(40, 190)), float(rng.uniform(0, 90))))
    values = pixels(image)
    return picture(255 - (255 - values) * (255 - tint * np.clip(leak, 0, 1)[..., None]) / 255)


def glare(image: Image.Image, rng: Rng, _: Others) -> Image.Image:
    """A lamp or window mirrored in glass: white spots or slanted panes, burnt out in the middle."""
    x, y = centred(image)
    share = np.zeros(x.shape, np.float32)
    for _spot in range(int(rng.integers(1, 4))):
        cx, cy = rng.uniform(-0.8, 0.8, 2)
        if rng.random() < 0.5:
            stretch = ratio(rng, 0.4, 2.5)
            spot = np.exp(-(((x - cx) * stretch) ** 2 + ((y - cy) / stretch) ** 2) / float(rng.uniform(0.03, 0.15)))
        else:
            band = np.abs(x - cx + away(rng, 0.2, 0.8) * y)
            spot = 1 / (1 + np.exp((band - float(rng.uniform(0.05, 0.2))) * 40)) * float(rng.uniform(0.35, 0.75))
        share = np.maximum(share, spot)
    return mixed(image, (255, 255, 250), share * float(rng.uniform(0.7, 1)))


def glow(image: Image.Image, rng: Rng, _: Others) -> Image.Image:
    """Lights that bleed into what lies beside them: a soft or dreaming look."""
    values = pixels(image)
    soft = cv2.GaussianBlur(values, (0, 0), min(image.size) * ratio(rng, 0.01, 0.05))
    return picture(255 - (255 - values) * (255 - soft * float(rng.uniform(0.4, 0.9))) / 255)


def bokeh(image: Image.Image, rng: Rng, _: Others) -> Image.Image:
    """Discs of light out of focus before the picture."""
    over = Layer(image)
    for _disc in range(int(rng.integers(8, 40))):
        radius = min(image.size) * float(rng.uniform(0.02, 0.09))
        cx, cy = rng.uniform((0, 0), image.size)
        tint = (*(int(v) for v in rng.integers(150, 256, 3)), int(rng.integers(40, 120)))
        over.draw.ellipse((cx - radius, cy - radius, cx + radius, cy + radius), fill=tint)
    over.layer = over.layer.filter(ImageFilter.GaussianBlur(1.2))
    return over.merged()


def rain(image: Image.Image, rng: Rng, _: Others) -> Image.Image:
    """Streaks of one slant, short to long, over a duller picture."""
    over = Layer(picture(pixels(image) * float(rng.uniform(0.7, 1.0))))
    slant, length = float(rng.uniform(-0.5, 0.5)), min(image.size) * ratio(rng, 0.02, 0.12)
    tone = int(rng.integers(180, 240))
    thick = max(1, round(min(image.size) / 300 * float(rng.uniform(0.6, 2))))
    for _drop in range(int(rng.integers(100, 600))):
        x, y = rng.uniform((0, -length), image.size)
        size = length * float(rng.uniform(0.6, 1.3))
        over.draw.line(
            (x, y, x + slant * size, y + size), fill=(tone, tone, tone + 10, int(rng.integers(90, 200))), width=thick
        )
    return over.merged()


def snow(image: Image.Image, rng: Rng, _: Others) -> Image.Image:
    """Flakes, near and far, sharp or soft."""
    over = Layer(image)
    most = float(rng.uniform(0.008, 0.03))
    for _flake in range(int(rng.integers(80, 600))):
        radius = min(image.size) * float(rng.uniform(0.002, most))
        x, y = rng.uniform((0, 0), image.size)
        over.draw.ellipse(
            (x - radius, y - radius, x + radius * 1.1, y + radius), fill=(250, 250, 255, int(rng.integers(130, 255)))
        )
    if rng.random() < 0.5:
        over.layer = over.layer.filter(ImageFilter.GaussianBlur(float(rng.uniform(0.5, 2))))
    return over.merged()


def drops(image: Image.Image, rng: Rng, _: Others) -> Image.Image:
    """Drops on the lens or the pane: each shows the picture small, bent and upside down."""
    x, y = grid(image)
    mx, my, edge = x.copy(), y.copy(), np.ones(x.shape, np.float32)
    for _drop in range(int(rng.integers(10, 60))):
        cx, cy = rng.uniform((0, 0), image.size)
        radius = min(image.size) * ratio(rng, 0.012, 0.07)
        box = np.s_[
            max(0, int(cy - 1.3 * radius)) : int(cy + 1.3 * radius) + 1, max(0, int(cx - radius)) : int(cx + radius) + 1
        ]
        far = np.hypot(x[box] - cx, (y[box] - cy) * float(rng.uniform(0.8, 1))) / radius
        mx[box] = np.where(far < 1, cx - (x[box] - cx) * 2, mx[box])
        my[box] = np.where(far < 1, cy - (y[box] - cy) * 2, my[box])
        edge[box] = np.where(far < 1, 1.15 - 0.5 * far**4, edge[box])
    seen = cv2.remap(np.asarray(image), mx, my, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT)
    return picture(seen.astype(np.float32) * edge[..., None])


def spatter(image: Image.Image, rng: Rng, _: Others) -> Image.Image:
    """Mud, paint or coffee: blots with splashes about them."""
    over = Layer(image)
    tint = pick(rng, ((70, 55, 40), (20, 20, 25), (120, 70, 30), ink(rng)))
    opaque = int(rng.integers(120, 250))
    for _blot in range(int(rng.integers(3, 12))):
        cx, cy = rng.uniform((0, 0), image.size)
        spread = min(image.size) * float(rng.uniform(0.03, 0.12))
        for _splash in range(int(rng.integers(8, 40))):
            x, y = rng.normal((cx, cy), spread)
            radius = spread * float(rng.uniform(0.03, 0.35))
            over.draw.ellipse((x - radius, y - radius, x + radius, y + radius), fill=(*tint, opaque))
    return over.merged()


def scratches(image: Image.Image, rng: Rng, _: Others) -> Image.Image:
    """Scratches, hairs and dust of old film or glass."""
    over = Layer(image)
    tint = (245, 245, 235) if rng.random() < 0.6 else (20, 18, 15)
    for _scratch in range(int(rng.integers(4, 30))):
        x, y = rng.uniform((0, 0), image.size)
        steps = np.cumsum(rng.normal(0, 0.02, (int(rng.integers(3, 12)), 2)) + rng.uniform(-0.05, 0.05, 2), 0)
        points = [(x + dx * image.width, y + dy * image.height) for dx, dy in steps.tolist()]
        over.draw.line(points, fill=(*tint, int(rng.integers(120, 255))), width=int(rng.integers(1, 3)))
    for _speck in range(int(rng.integers(30, 200))):
        x, y = rng.uniform((0, 0), image.size)
        radius = min(image.size) * float(rng.uniform(0.001, 0.006))
        over.draw.ellipse((x - radius, y - radius, x + radius, y + radius), fill=(*tint, 220))
    return over.merged()


def broken_glass(image: Image.Image, rng: Rng, _: Others) -> Image.Image:
    """A cracked screen or pane: lines from where it was hit, and rings about it."""
    over = Layer(image)
    cx, cy = rng.uniform(0.1, 0.9, 2) * image.size
    angles = np.sort(rng.uniform(0, 2 * np.pi, int(rng.integers(9, 20))))
    reach = float(np.hypot(*image.size))
    tint = (245, 248, 250, int(rng.integers(140, 240)))
    for angle in angles.tolist():
        steps = np.linspace(0, reach, 9)
        bends = angle + np.cumsum(rng.normal(0, 0.05, 9))
        over.draw.line([(cx + r * np.cos(a), cy + r * np.sin(a)) for r, a in zip(steps, bends, strict=True)], tint, 2)
    for ring in np.cumsum(rng.uniform(0.04, 0.12, int(rng.integers(2, 5)))) * min(image.size):
        points = [(cx + ring * np.cos(a), cy + ring * np.sin(a)) for a in [*angles.tolist(), float(angles[0])]]
        over.draw.line(points, tint, 1)
    return over.merged()
