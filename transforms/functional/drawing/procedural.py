"""Procedural pictures: seed in, RGB image out. Free of any licence; used to fit, to test and to demonstrate.

A picture is a 'dead leaves' composition (Lee, Mumford, Huang 2001: opaque shapes whose radii follow a
power law, which reproduces the edge and scale statistics of photographs) over 1/f noise, with lines,
lettering and lighting.
"""

import cv2
import numpy as np

_LETTERS = "ABCDEFGHIJKLMNOPRSTUVWXYZ0123456789"


def draw_picture(seed: int, width: int = 480, height: int = 360) -> np.ndarray:
    """Seed -> (height, width, 3) uint8 RGB; equal seeds and sizes give equal pixels."""
    rng = np.random.default_rng(seed)
    image = _noise_field(rng, width, height)
    style = rng.random(4)
    for radius in _leaf_radii(rng, count=int(rng.integers(15, 220)), largest=min(width, height) / 2):
        _draw_leaf(image, rng, radius)
    if style[0] < 0.35:
        _draw_lines(image, rng, count=int(rng.integers(3, 40)))
    if style[1] < 0.15:
        image = _draw_letters(image, rng, count=int(rng.integers(1, 12)))
    image *= _lighting(rng, width, height)
    if style[2] < 0.4:
        image = cv2.GaussianBlur(image, (0, 0), float(rng.uniform(0.4, 1.8)))
    image += rng.normal(0, rng.uniform(0.5, 5), image.shape).astype(np.float32)
    drawn: np.ndarray = np.clip(image, 0, 255)
    return drawn.astype(np.uint8)


def _noise_field(rng: np.random.Generator, width: int, height: int) -> np.ndarray:
    """Colour noise with amplitude spectrum 1/f^slope, (height, width, 3) float32 around mid grey."""
    fy, fx = np.meshgrid(np.fft.fftfreq(height), np.fft.rfftfreq(width), indexing="ij")
    frequency = np.hypot(fx, fy)
    frequency[0, 0] = 1
    amplitude = frequency ** -rng.uniform(0.9, 1.7)
    amplitude[0, 0] = 0
    planes = []
    for _ in range(3):
        phase = np.exp(2j * np.pi * rng.random(frequency.shape))
        plane = np.fft.irfft2(amplitude * phase, s=(height, width))
        planes.append(plane / (plane.std() + 1e-9))
    mix = rng.uniform(0, 0.5, (3, 3)) + np.eye(3)
    field = np.stack(planes, -1) @ mix
    return (rng.uniform(60, 190, 3) + field * rng.uniform(8, 40)).astype(np.float32)


def _leaf_radii(rng: np.random.Generator, count: int, largest: float) -> np.ndarray:
    """Radii in pixels with density r^-3 up to `largest`, biggest first so that none is lost."""
    uniform = rng.random(count)
    smallest = rng.uniform(3, 24)
    radii = (smallest**-2 + uniform * (largest**-2 - smallest**-2)) ** -0.5
    return np.sort(radii * rng.uniform(1, 2.5))[::-1]


def _draw_leaf(image: np.ndarray, rng: np.random.Generator, radius: float) -> None:
    """Paint one opaque, textured ellipse or polygon onto `image` in place."""
    height, width = image.shape[:2]
    centre = rng.uniform((0, 0), (width, height))
    corners = int(rng.integers(3, 9))
    if rng.random() < 0.4:
        corners = 24
    angles = np.sort(rng.uniform(0, 2 * np.pi, corners)) if corners < 24 else np.linspace(0, 2 * np.pi, 24)
    stretch = rng.uniform(0.4, 1.0, 2) * radius
    turn = rng.uniform(0, np.pi)
    ring = np.stack([np.cos(angles), np.sin(angles)], 1) * stretch
    rotation = np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])
    points = np.round(ring @ rotation.T + centre).astype(np.int32)
    left, top = np.maximum(points.min(0), 0)
    right, bottom = np.minimum(points.max(0) + 1, (width, height))
    if right <= left or bottom <= top:
        return
    mask = np.zeros((bottom - top, right - left), np.uint8)
    cv2.fillPoly(mask, [points - (left, top)], 1, lineType=cv2.LINE_8)
    noise = np.asarray(rng.normal(0, rng.uniform(0, 22), mask.shape), np.float32)
    texture = cv2.GaussianBlur(noise, (0, 0), float(rng.uniform(0.5, 3)))
    gradient = np.linspace(-1, 1, mask.shape[1], dtype=np.float32) * rng.uniform(0, 45)
    paint = rng.uniform(0, 255, 3).astype(np.float32) + (texture * 2 + gradient)[..., None]
    patch = image[top:bottom, left:right]
    patch[mask > 0] = paint[mask > 0]


def _draw_lines(image: np.ndarray, rng: np.random.Generator, count: int) -> None:
    height, width = image.shape[:2]
    for _ in range(count):
        a, b = rng.uniform((0, 0), (width, height), (2, 2)).round().astype(int).tolist()
        cv2.line(image, a, b, rng.uniform(0, 255, 3).tolist(), int(rng.integers(1, 5)), cv2.LINE_AA)


def _draw_letters(image: np.ndarray, rng: np.random.Generator, count: int) -> np.ndarray:
    """`image` with words on it; a copy, since OpenCV letters bytes only."""
    height, width = image.shape[:2]
    image = np.clip(image, 0, 255).astype(np.uint8)
    for _ in range(count):
        word = "".join(rng.choice(list(_LETTERS), int(rng.integers(2, 9))))
        place = rng.uniform((0, 0.1 * height), (0.8 * width, height)).round().astype(int).tolist()
        cv2.putText(
            image, word, place, int(rng.integers(0, 5)), float(rng.uniform(0.4, 1.8)),
            rng.uniform(0, 255, 3).tolist(), int(rng.integers(1, 4)), cv2.LINE_AA,
        )  # fmt: skip
    return image.astype(np.float32)


def _lighting(rng: np.random.Generator, width: int, height: int) -> np.ndarray:
    """A smooth brightness plane, (height, width, 1) float32 about 1."""
    x, y = np.meshgrid(np.linspace(-1, 1, width), np.linspace(-1, 1, height))
    slope = rng.uniform(-0.35, 0.35, 2)
    brightness: np.ndarray = 1 + slope[0] * x + slope[1] * y
    return brightness[..., None].astype(np.float32)
