"""Grey training pictures: seed in, scene out. Free of any licence; what the embedded network learns from.

A scene is a 'dead leaves' composition (Lee, Mumford, Huang 2001) whose leaves are filled with textures: 1/f noise,
gratings, tiles, lettering, and cuts of other pictures. It has the occlusions and scales of photographs, and enough
small structure that two scenes have nothing in common.
"""

from collections.abc import Sequence

import cv2
import numpy as np

LETTERS = np.array(list("ABCDEFGHIJKLMNOPRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"))


def draw_scene(seed: int, side: int, cuts: Sequence[np.ndarray] = ()) -> np.ndarray:
    """Seed -> (side, side) uint8 grey; `cuts`: grey uint8 pictures that some of the leaves show pieces of."""
    rng = np.random.default_rng(seed)
    image = _toned(rng, _texture(rng, side, cuts), wide=True)
    if rng.random() < 0.3:
        _ground(image, rng, cuts)
    count = int(np.exp(rng.uniform(np.log(3), np.log(140))))
    smallest, largest = side * rng.uniform(0.015, 0.06), side * rng.uniform(0.2, 0.6)
    uniform = rng.random(count)
    radii = np.sort((smallest**-2 + uniform * (largest**-2 - smallest**-2)) ** -0.5)[::-1]
    motif = _outline(rng, 1.0) if rng.random() < 0.2 else None  # some scenes repeat one shape
    for radius in radii:
        _leaf(image, rng, float(radius), motif, cuts)
    if rng.random() < 0.25:
        _strokes(image, rng)
    if rng.random() < 0.12:
        _words(image, rng, int(rng.integers(1, 6)))
    image *= _lighting(rng, side)
    if rng.random() < 0.5:
        image = cv2.GaussianBlur(image, (0, 0), float(rng.uniform(0.4, 1.4)))
    image += rng.standard_normal(image.shape, np.float32) * float(rng.uniform(0, 5))
    low, high = np.percentile(image, (1, 99))
    if rng.random() < 0.6 and high > low:  # photographs mostly use the whole range
        image = (image - low) * (rng.uniform(180, 250) / (high - low)) + rng.uniform(0, 20)
    return np.clip(image, 0, 255).astype(np.uint8)


def _texture(rng: np.random.Generator, side: int, cuts: Sequence[np.ndarray]) -> np.ndarray:
    """(side, side) float32 of mean about 0 and deviation about 1."""
    kind = rng.random()
    if cuts and kind < 0.45:
        return _cut(rng, side, cuts)
    if kind < 0.75:
        return _noise(rng, side)
    if kind < 0.9:
        return _grating(rng, side)
    return _tiles(rng, side)


def _cut(rng: np.random.Generator, side: int, cuts: Sequence[np.ndarray]) -> np.ndarray:
    source = cuts[int(rng.integers(len(cuts)))]
    share = float(np.exp(rng.uniform(np.log(0.15), 0)))
    height, width = max(8, int(source.shape[0] * share)), max(8, int(source.shape[1] * share))
    top, left = int(rng.integers(source.shape[0] - height + 1)), int(rng.integers(source.shape[1] - width + 1))
    piece = source[top : top + height, left : left + width]
    if rng.random() < 0.5:
        piece = piece[:, ::-1]
    piece = np.rot90(piece, int(rng.integers(4)))
    way = cv2.INTER_AREA if min(piece.shape) > side else cv2.INTER_LINEAR
    return _standard(cv2.resize(np.ascontiguousarray(piece), (side, side), interpolation=way).astype(np.float32))


def _noise(rng: np.random.Generator, side: int) -> np.ndarray:
    """1/f^slope noise, perhaps stretched one way, perhaps folded into ridges or cut into patches."""
    fy, fx = np.meshgrid(np.fft.fftfreq(side), np.fft.rfftfreq(side), indexing="ij")
    turn, stretch = rng.uniform(0, np.pi), np.exp(rng.uniform(0, 1.2))
    along, across = fx * np.cos(turn) + fy * np.sin(turn), fy * np.cos(turn) - fx * np.sin(turn)
    frequency = np.hypot(along * stretch, across) + 0.3 / side
    spectrum = frequency ** -rng.uniform(0.7, 1.9) * np.exp(2j * np.pi * rng.random(frequency.shape))
    spectrum[0, 0] = 0
    field = _standard(np.fft.irfft2(spectrum, s=(side, side)).astype(np.float32))
    kind = rng.random()
    if kind < 0.2:
        return _standard(np.abs(field))
    if kind < 0.4:
        return _standard(np.tanh(field * 4))
    return field


def _grating(rng: np.random.Generator, side: int) -> np.ndarray:
    y, x = np.mgrid[:side, :side].astype(np.float32) / side
    turn = rng.uniform(0, np.pi)
    phase = (x * np.cos(turn) + y * np.sin(turn)) * float(np.exp(rng.uniform(np.log(4), np.log(50))))
    if rng.random() < 0.4:
        centre = rng.uniform(-0.3, 1.3, 2)
        phase = np.hypot(x - centre[0], y - centre[1]) * float(rng.uniform(4, 40))
    if rng.random() < 0.5:
        phase = phase + _noise(rng, side) * rng.uniform(0.05, 0.5)
    wave = np.sin(2 * np.pi * phase)
    return _standard(np.sign(wave) if rng.random() < 0.3 else wave)


def _tiles(rng: np.random.Generator, side: int) -> np.ndarray:
    """Bricks, windows, checks: a grid whose cells differ."""
    rows, columns = rng.integers(3, 24, 2)
    values = rng.normal(0, 1, (rows, columns)).astype(np.float32)
    if rng.random() < 0.3:
        values = (np.indices(values.shape).sum(0) % 2).astype(np.float32) * 2 + values * 0.2
    field = cv2.resize(values, (side, side), interpolation=cv2.INTER_NEAREST)
    if rng.random() < 0.6:
        gap = int(rng.integers(1, 3))
        level = float(rng.uniform(-3, 3))
        for row in np.linspace(0, side, rows + 1).astype(int):
            field[row : row + gap] = level
        for column in np.linspace(0, side, columns + 1).astype(int):
            field[:, column : column + gap] = level
    return _standard(field)


def _standard(field: np.ndarray) -> np.ndarray:
    return (field - field.mean()) / (field.std() + 1e-3)


def _toned(rng: np.random.Generator, field: np.ndarray, wide: bool) -> np.ndarray:
    contrast = rng.uniform(15, 60) if wide else np.exp(rng.uniform(np.log(2), np.log(50)))
    return np.asarray(rng.uniform(30, 225) + field * contrast, np.float32)


def _ground(image: np.ndarray, rng: np.random.Generator, cuts: Sequence[np.ndarray]) -> None:
    """Below a horizon, a plane that recedes."""
    side = image.shape[0]
    horizon = int(side * rng.uniform(0.3, 0.8))
    plane = _toned(rng, _texture(rng, side, cuts), wide=True)
    near = rng.uniform(0.5, 3) * side
    middle = rng.uniform(0, side)
    source = np.array([(0, 0), (side, 0), (side, side), (0, side)], np.float32)
    target = np.array([(middle - side / 2, 0), (middle + side / 2, 0), (middle + near, side - horizon),
                       (middle - near, side - horizon)], np.float32)  # fmt: skip
    size = (side, side - horizon)
    warped = cv2.warpPerspective(
        plane, cv2.getPerspectiveTransform(source, target), size, borderMode=cv2.BORDER_REFLECT
    )
    image[horizon:] = warped


def _outline(rng: np.random.Generator, radius: float) -> np.ndarray:
    """(corners, 2) of an ellipse, a polygon, a box or a blob about the origin."""
    kind = rng.random()
    if kind < 0.3:
        angles, lengths = np.linspace(0, 2 * np.pi, 24, endpoint=False), np.ones(24)
    elif kind < 0.55:
        angles, lengths = np.array([0.25, 0.75, 1.25, 1.75]) * np.pi, np.ones(4)
    elif kind < 0.8:
        angles = np.sort(rng.uniform(0, 2 * np.pi, int(rng.integers(3, 8))))
        lengths = np.ones(len(angles))
    else:
        angles = np.linspace(0, 2 * np.pi, 32, endpoint=False)
        waves = [rng.uniform(-0.4, 0.4) / k * np.sin(k * angles + rng.uniform(0, 6)) for k in range(1, 6)]
        lengths = 1 + np.sum(waves, 0)
    ring = np.stack([np.cos(angles), np.sin(angles)], 1) * lengths[:, None]
    ring = ring * (rng.uniform(0.3, 1.0, 2) * radius)
    turn = rng.uniform(0, 2 * np.pi) if rng.random() < 0.7 else 0.0
    return np.asarray(ring @ np.array([[np.cos(turn), np.sin(turn)], [-np.sin(turn), np.cos(turn)]]))


def _leaf(
    image: np.ndarray, rng: np.random.Generator, radius: float, motif: np.ndarray | None, cuts: Sequence[np.ndarray]
) -> None:
    """Paint one opaque leaf in place."""
    side = image.shape[0]
    ring = _outline(rng, radius) if motif is None else motif * radius
    points = np.round(ring + rng.uniform(0, side, 2)).astype(np.int32)
    left, top = np.maximum(points.min(0), 0)
    right, bottom = np.minimum(points.max(0) + 1, side)
    if right - left < 2 or bottom - top < 2:
        return
    mask = np.zeros((bottom - top, right - left), np.uint8)
    cv2.fillPoly(mask, [points - (left, top)], 1)
    kind, size = rng.random(), int(max(mask.shape))
    if kind < 0.3 or size < 6:
        paint = np.full(mask.shape, rng.uniform(0, 255), np.float32)
    elif kind < 0.6:
        y, x = np.mgrid[: mask.shape[0], : mask.shape[1]].astype(np.float32) / size
        slope = rng.uniform(-150, 150, 3)
        paint = rng.uniform(0, 255) + slope[0] * x + slope[1] * y + slope[2] * (x - 0.5) * (y - 0.5)
    else:
        paint = _toned(rng, _texture(rng, size, cuts), wide=False)[: mask.shape[0], : mask.shape[1]]
    patch = image[top:bottom, left:right]
    patch[mask > 0] = paint[mask > 0]
    if rng.random() < 0.25:
        cv2.polylines(image, [points], True, float(rng.uniform(0, 255)), int(rng.integers(1, 3)), cv2.LINE_AA)


def _strokes(image: np.ndarray, rng: np.random.Generator) -> None:
    """Wires, branches, railings."""
    side = image.shape[0]
    level, thickness = float(rng.uniform(0, 255)), int(rng.integers(1, 4))
    if rng.random() < 0.4:  # parallel ones
        start, step, tilt = rng.uniform(0, side), rng.uniform(4, 25), rng.uniform(-0.5, 0.5) * side
        for i in range(int(rng.integers(3, 15))):
            at = int(start + i * step)
            cv2.line(image, (at, 0), (int(at + tilt), side), level, thickness, cv2.LINE_AA)
        return
    for _ in range(int(rng.integers(2, 20))):
        bend = rng.uniform(0, side) + np.cumsum(rng.normal(0, side / 12, (8, 2)), 0)
        cv2.polylines(image, [bend.astype(np.int32)], False, level, thickness, cv2.LINE_AA)


def _words(image: np.ndarray, rng: np.random.Generator, count: int) -> None:
    side = image.shape[0]
    for _ in range(count):
        word = "".join(rng.choice(LETTERS, int(rng.integers(2, 10))))
        place = (int(rng.uniform(-0.1, 0.7) * side), int(rng.uniform(0.1, 1) * side))
        ink = np.zeros(image.shape, np.uint8)
        face, scale, thickness = int(rng.integers(0, 5)), float(rng.uniform(0.25, 1.3)), int(rng.integers(1, 3))
        cv2.putText(ink, word, place, face, scale, 255, thickness, cv2.LINE_AA)
        image += (float(rng.uniform(0, 255)) - image) * (ink / np.float32(255))


def _lighting(rng: np.random.Generator, side: int) -> np.ndarray:
    y, x = np.mgrid[:side, :side].astype(np.float32) / side - 0.5
    slope = rng.uniform(-0.5, 0.5, 2)
    return 1 + slope[0] * x + slope[1] * y - rng.uniform(0, 0.8) * (x * x + y * y)
