"""What the families of edits share: pixels in and out, colours and strengths by chance, slow fields, layers."""

import io
from collections.abc import Callable, Sequence
from typing import TypeVar

import cv2
import numpy as np
from PIL import Image, ImageDraw

Rng = np.random.Generator
Others = Sequence[Image.Image]
Edit = Callable[[Image.Image, Rng, Others], Image.Image]
"""(picture, chance, other photographs) -> edited copy, RGB."""

T = TypeVar("T")


def pixels(image: Image.Image) -> np.ndarray:
    """(h, w, 3) float32 of 0 to 255."""
    return np.asarray(image.convert("RGB"), np.float32)


def grey(image: Image.Image) -> np.ndarray:
    """(h, w) float32 of 0 to 255."""
    return np.asarray(image.convert("L"), np.float32)


def picture(values: np.ndarray) -> Image.Image:
    """Of (h, w, 3), (h, w, 1) or (h, w) numbers, cut off at 0 and 255."""
    if values.shape[-1] == 1:
        values = values[..., 0]
    return Image.fromarray(np.clip(values, 0, 255).round().astype(np.uint8)).convert("RGB")


def ink(rng: Rng) -> tuple[int, int, int]:
    """Any colour."""
    r, g, b = (int(v) for v in rng.integers(0, 256, 3))
    return r, g, b


def plain(rng: Rng) -> tuple[int, int, int]:
    """White, black, a grey, or any colour."""
    shade = int(rng.integers(256))
    return pick(rng, ((255, 255, 255), (0, 0, 0), (shade, shade, shade), ink(rng)))


def readable(ground: tuple[int, int, int]) -> tuple[int, int, int]:
    """Black on what is light, white on what is dark."""
    return (15, 15, 15) if sum(ground) > 380 else (245, 245, 245)


def against(image: Image.Image, rng: Rng) -> tuple[int, int, int]:
    """Mostly white on a dark picture and black on a light one, else any colour."""
    if rng.random() < 0.2:
        return ink(rng)
    return (255, 255, 255) if grey(image).mean() < rng.uniform(110, 170) else (0, 0, 0)


def pick(rng: Rng, things: Sequence[T]) -> T:
    """One of them."""
    return things[int(rng.integers(len(things)))]


def ratio(rng: Rng, least: float, most: float) -> float:
    """Between the two, evenly by ratio."""
    return float(np.exp(rng.uniform(np.log(least), np.log(most))))


def away(rng: Rng, least: float, most: float) -> float:
    """So far from 0, to either side."""
    return float(rng.choice((-1, 1)) * rng.uniform(least, most))


def sized(
    image: Image.Image, wide: float, tall: float, way: Image.Resampling = Image.Resampling.BICUBIC
) -> Image.Image:
    """At another size, no side below 16 px."""
    return image.resize((max(16, round(wide)), max(16, round(tall))), way)


def encoded(image: Image.Image, kind: str, **how: int) -> Image.Image:
    """Written in a format and read again."""
    buffer = io.BytesIO()
    image.save(buffer, kind, **how)
    return Image.open(buffer).convert("RGB")


def grid(image: Image.Image) -> tuple[np.ndarray, np.ndarray]:
    """X and y of every pixel, (h, w) float32."""
    return np.meshgrid(np.arange(image.width, dtype=np.float32), np.arange(image.height, dtype=np.float32))


def centred(image: Image.Image) -> tuple[np.ndarray, np.ndarray]:
    """X and y of every pixel, -1 to 1 from edge to edge."""
    x, y = grid(image)
    return 2 * x / image.width - 1, 2 * y / image.height - 1


def remapped(image: Image.Image, x: np.ndarray, y: np.ndarray, border: int = cv2.BORDER_REFLECT) -> Image.Image:
    """Every pixel from (x, y) of the picture."""
    source = np.asarray(image)
    return Image.fromarray(
        cv2.remap(source, x.astype(np.float32), y.astype(np.float32), cv2.INTER_LINEAR, borderMode=border)
    )


def clouds(image: Image.Image, rng: Rng, cells: int) -> np.ndarray:
    """A field of 0 to 1 that varies slowly, with about so many hills from edge to edge: (h, w) float32."""
    rough = rng.random((max(2, round(cells * image.height / image.width)) + 1, cells + 1)).astype(np.float32)
    return np.clip(cv2.resize(rough, image.size, interpolation=cv2.INTER_CUBIC), 0, 1)


def mixed(image: Image.Image, other: np.ndarray | Sequence[int], share: np.ndarray) -> Image.Image:
    """The picture and another (or a colour), of which each pixel has a share: (h, w) of 0 to 1."""
    weight = np.clip(share, 0, 1)[..., None]
    return picture(pixels(image) * (1 - weight) + np.asarray(other, np.float32) * weight)


class Layer:
    """A transparent layer of the picture's size to draw on."""

    def __init__(self, image: Image.Image) -> None:
        """Empty."""
        self.image = image
        self.layer = Image.new("RGBA", image.size)
        self.draw = ImageDraw.Draw(self.layer)

    def merged(self) -> Image.Image:
        """The picture with the layer over it."""
        return Image.alpha_composite(self.image.convert("RGBA"), self.layer).convert("RGB")


def place(image: Image.Image, rng: Rng, wide: float, tall: float) -> tuple[float, float, float, float]:
    """A box (left, top, right, bottom) of that size somewhere on the picture."""
    left = float(rng.uniform(0, max(1.0, image.width - wide)))
    top = float(rng.uniform(0, max(1.0, image.height - tall)))
    return left, top, left + wide, top + tall
