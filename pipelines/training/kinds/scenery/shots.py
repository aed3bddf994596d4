"""What a camera does to a scene each time that it is released: it shakes, and exposes and balances anew.

Pixels are (h, w, 3) uint8 RGB throughout the scenes.
"""

import itertools
from collections.abc import Sequence

import cv2
import numpy as np
from PIL import Image, ImageOps

from lookalike.transforms.functional.drawing.procedural import draw_picture

Rng = np.random.Generator
Colour = tuple[int, int, int]
Others = Sequence[Image.Image]
"""Other photographs than the one that a scene is made of."""
States = list[np.ndarray]
"""What the shots of a scene show: (h, w, 3) uint8 each."""

VISIBLE_LEVELS = 28.0
"""A difference that a person sees, of 255 levels, once noise and edges of a pixel are averaged away."""
VISIBLE_SHARE = 0.0015
"""Of the picture: at 400 x 300 px, a spot of 13 x 13."""
MOVED_SHARE = 0.012
"""Of shots of one scene, where what moved shows along its edges alone and nobody can say what is another."""


def colour(rng: Rng, low: int = 0, high: int = 255) -> Colour:
    """Any colour whose channels lie within low and high."""
    r, g, b = (int(v) for v in rng.integers(low, high + 1, 3))
    return r, g, b


def muted(rng: Rng, low: int = 40, high: int = 230) -> Colour:
    """A colour as walls, skies, soils and cloths have them: a grey with a tint."""
    r, g, b = (int(v) for v in np.clip(rng.uniform(low, high) + rng.normal(0, 22, 3), 0, 255))
    return r, g, b


def grade(rng: Rng) -> float:
    """How much is changed, 0 to 1: barely visible as often as not."""
    return float(rng.random() ** 1.6)


def sized(rng: Rng, picture: Image.Image) -> np.ndarray:
    """A photograph at some 320 to 460 px, at about its own shape."""
    long = int(rng.integers(320, 461))
    shape = float(np.clip(picture.width / picture.height, 0.62, 1.62))
    return fitted(picture, (long, round(long / shape)) if shape >= 1 else (round(long * shape), long))


def fitted(picture: Image.Image, size: tuple[int, int]) -> np.ndarray:
    """A photograph cut and resized to (width, height)."""
    return np.array(ImageOps.fit(picture.convert("RGB"), size))


def several(rng: Rng, others: Sequence[Image.Image], count: int) -> list[Image.Image]:
    """So many of the other photographs, no one twice; where there are too few, pictures are drawn."""
    places = rng.permutation(len(others))[:count].tolist()
    return [others[place] for place in places] + [drawn(rng) for _ in range(count - len(places))]


def drawn(rng: Rng) -> Image.Image:
    """A picture that is nobody's photograph and has detail everywhere."""
    return Image.fromarray(draw_picture(int(rng.integers(1 << 31)), 360, 280))


def clipped(pixels: np.ndarray) -> np.ndarray:
    """Floats -> uint8."""
    return np.clip(np.rint(pixels), 0, 255).astype(np.uint8)


def warped(pixels: np.ndarray, matrix: np.ndarray, size: tuple[int, int] | None = None) -> np.ndarray:
    """Under a homography (3, 3) of source to target; what lies beyond the border is its reflection."""
    return cv2.warpPerspective(
        pixels, matrix, size or pixels.shape[1::-1], flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT_101
    )


def corners(width: float, height: float) -> np.ndarray:
    """(4, 2) float32, clockwise from the upper left."""
    return np.array([(0, 0), (width, 0), (width, height), (0, height)], np.float32)


def shake(rng: Rng, size: tuple[int, int], amount: float) -> np.ndarray:
    """(3, 3): the camera stands, tilts and is turned a little otherwise, and may be nearer.

    size: (width, height) of the picture.
    """
    reach = 0.004 + 0.05 * amount
    inwards = np.array([(1, 1), (-1, 1), (-1, -1), (1, -1)]) * size
    moved = corners(*size) + (rng.uniform(0, reach, (4, 2)) + rng.uniform(0, 0.16 * amount)) * inwards
    turn = cv2.getRotationMatrix2D((size[0] / 2, size[1] / 2), float(rng.normal(0, 0.5 + 6 * amount)), 1.0)
    moved = moved @ turn[:, :2].T + turn[:, 2] + rng.uniform(-reach, reach, 2) * size
    return cv2.getPerspectiveTransform(moved.astype(np.float32), corners(*size))


def exposed(rng: Rng, pixels: np.ndarray, amount: float) -> np.ndarray:
    """Another exposure, white balance, fall of light, focus and noise."""
    height, width = pixels.shape[:2]
    light = np.exp(rng.normal(0, 0.04 + 0.16 * amount))
    balance = np.exp(rng.normal(0, 0.01 + 0.06 * amount, 3))
    across, down = rng.normal(0, 0.02 + 0.25 * amount, 2)
    fall = (
        1 + across * np.linspace(-0.5, 0.5, width)[None, :, None] + down * np.linspace(-0.5, 0.5, height)[:, None, None]
    )
    levels = 255 * (pixels / np.float32(255)) ** np.float32(np.exp(rng.normal(0, 0.15 * amount)))
    levels = levels * (light * balance * fall).astype(np.float32)
    if rng.random() < 0.3:
        levels = cv2.GaussianBlur(levels, (0, 0), float(rng.uniform(0.4, 0.9)))
    noise = rng.standard_normal((height, width, 3), np.float32) * float(rng.uniform(0.5, 2 + 5 * amount))
    return clipped(levels + noise)


def shot(rng: Rng, state: np.ndarray, amount: float) -> np.ndarray:
    """A photograph of a scene in one of its states."""
    return exposed(rng, warped(state, shake(rng, state.shape[1::-1], amount)), amount)


def shots(rng: Rng, states: Sequence[np.ndarray], amount: float) -> list[np.ndarray]:
    """A photograph of each state; none where in the view of one of them the states are not told apart."""
    moves = [shake(rng, state.shape[1::-1], amount) for state in states]
    if not all(told_apart([warped(state, move) for state in states], MOVED_SHARE) for move in moves):
        return []
    return [exposed(rng, warped(state, move), amount) for state, move in zip(states, moves, strict=True)]


def told_apart(states: Sequence[np.ndarray], share: float = VISIBLE_SHARE) -> bool:
    """Whether a careful person sees of any two pictures that they are two: they differ in so large a share."""
    return all(visible_share(a, b) >= share for a, b in itertools.combinations(states, 2))


def visible_share(a: np.ndarray, b: np.ndarray) -> float:
    """Share of the place at which two pictures differ by more than noise, as they lie."""
    if a.shape != b.shape:
        b = cv2.resize(b, a.shape[1::-1], interpolation=cv2.INTER_AREA)
    difference = cv2.absdiff(cv2.blur(a, (5, 5)), cv2.blur(b, (5, 5)))
    return float((difference.max(2) > VISIBLE_LEVELS).mean())


def detailed(pixels: np.ndarray, least: float = 10.0) -> bool:
    """Whether anything is to be seen there: nowhere is a sheet of one colour."""
    return min(pixels.shape[:2]) > 4 and float(cv2.blur(pixels, (3, 3)).std(axis=(0, 1)).max()) > least
