"""Straight lines stay straight: stretching, turning, mirroring, shearing, a view from the side."""

import cv2
import numpy as np
from PIL import Image, ImageOps

from lookalike.pipelines.training.kinds.tools.canvas import Others, Rng, away, pick, plain, ratio, sized


def stretch(image: Image.Image, rng: Rng, _: Others) -> Image.Image:
    """Another aspect ratio, up to 1.7 times as wide or as tall."""
    factor = ratio(rng, 1.08, 1.7) ** float(rng.choice((-0.5, 0.5)))
    return sized(image, image.width * factor, image.height / factor)


def stretch_far(image: Image.Image, rng: Rng, _: Others) -> Image.Image:
    """1.7 to 2.4 times as wide or as tall."""
    factor = ratio(rng, 1.7, 2.4) ** float(rng.choice((-0.5, 0.5)))
    return sized(image, image.width * factor, image.height / factor)


def _inside(image: Image.Image, angle: float) -> Image.Image:
    """Turned, and the largest part cut out that has no corner in it."""
    turned = image.rotate(angle, Image.Resampling.BICUBIC)
    wide, tall = image.size
    sine, cosine = abs(np.sin(np.radians(angle))), abs(np.cos(np.radians(angle)))
    keep = min(wide / (wide * cosine + tall * sine), tall / (wide * sine + tall * cosine))
    left, top = wide * (1 - keep) / 2, tall * (1 - keep) / 2
    return turned.crop(
        (int(left), int(top), max(int(left) + 16, int(wide - left)), max(int(top) + 16, int(tall - top)))
    )


def turn(image: Image.Image, rng: Rng, _: Others) -> Image.Image:
    """By a few degrees, the corners filled, or after less than eight degrees cut off."""
    if rng.random() < 0.6:
        return image.rotate(away(rng, 1.5, 25), Image.Resampling.BICUBIC, expand=True, fillcolor=plain(rng))
    return _inside(image, away(rng, 1, 8))


def turn_cut(image: Image.Image, rng: Rng, _: Others) -> Image.Image:
    """By 8 to 45 degrees, and the largest upright part cut out of it."""
    return _inside(image, away(rng, 8, 45))


def turn_far(image: Image.Image, rng: Rng, _: Others) -> Image.Image:
    """By any angle, the frame enlarged or its corners lost; perhaps mirrored."""
    angle = float(rng.uniform(25, 335))
    if rng.random() < 0.2:
        image = ImageOps.mirror(image)
    return image.rotate(angle, Image.Resampling.BICUBIC, expand=bool(rng.random() < 0.6), fillcolor=plain(rng))


def quarter_turn(image: Image.Image, rng: Rng, _: Others) -> Image.Image:
    """By right angles, or mirrored along a diagonal."""
    ways = (
        *(Image.Transpose.ROTATE_90, Image.Transpose.ROTATE_180, Image.Transpose.ROTATE_270),
        *(Image.Transpose.TRANSPOSE, Image.Transpose.TRANSVERSE),
    )
    return image.transpose(pick(rng, ways))


def mirror(image: Image.Image, rng: Rng, _: Others) -> Image.Image:
    """Left for right, now and then top for bottom."""
    return ImageOps.mirror(image) if rng.random() < 0.75 else ImageOps.flip(image)


def _onto(image: Image.Image, moved: np.ndarray, fill: tuple[int, int, int]) -> Image.Image:
    """The four corners, from the upper left clockwise, brought to other places."""
    wide, tall = image.size
    corners = np.array([(0, 0), (wide, 0), (wide, tall), (0, tall)], np.float32)
    matrix = cv2.getPerspectiveTransform(corners, moved.astype(np.float32))
    return Image.fromarray(cv2.warpPerspective(np.asarray(image), matrix, image.size, borderValue=fill))


def perspective(image: Image.Image, rng: Rng, _: Others) -> Image.Image:
    """A print or screen seen from the side."""
    wide, tall = image.size
    inwards = rng.uniform(0.01, 0.2, (4, 2)) * (wide, tall) * ((1, 1), (-1, 1), (-1, -1), (1, -1))
    return _onto(image, np.array([(0, 0), (wide, 0), (wide, tall), (0, tall)]) + inwards, plain(rng))


def keystone(image: Image.Image, rng: Rng, _: Others) -> Image.Image:
    """One side shorter than the other, as a projector throws it or an editor rights it; it fills the frame."""
    wide, tall = image.size
    x = rng.uniform(0.08, 0.22) * wide
    y = rng.uniform(0, 0.08) * tall
    moved = np.array([(-x, -y), (wide + x, -y), (wide, tall), (0, tall)])
    if rng.random() < 0.5:
        moved = np.array([(0, 0), (wide, 0), (wide + x, tall + y), (-x, tall + y)])
    return _onto(image, moved, plain(rng))


def shear(image: Image.Image, rng: Rng, _: Others) -> Image.Image:
    """Rows or columns moved in proportion to their place, the corners filled."""
    by, ways = away(rng, 0.08, 0.4), int(rng.integers(2))
    wide, tall = image.size
    room = int(abs(by) * (tall, wide)[ways])
    size = ((wide + room, tall), (wide, tall + room))[ways]
    start = -room if by > 0 else 0
    matrix = ((1, by, start if by > 0 else 0, 0, 1, 0), (1, 0, 0, by, 1, start if by > 0 else 0))[ways]
    return image.transform(size, Image.Transform.AFFINE, matrix, Image.Resampling.BICUBIC, fillcolor=plain(rng))
