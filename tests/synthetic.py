"""Pictures and small corpora for the tests: drawn, seeded, never committed."""

import io
import math
from pathlib import Path

import cv2
import numpy as np
from PIL import Image, ImageOps

from lookalike.transforms.functional.drawing.procedural import draw_picture

__all__ = ["draw_picture", "encoded", "grey", "make_corpus", "saved"]


def grey(seed: int, width: int = 320, height: int = 240) -> np.ndarray:
    return cv2.cvtColor(draw_picture(seed, width, height), cv2.COLOR_RGB2GRAY)


def saved(image: np.ndarray | Image.Image, kind: str = "PNG", **saving: object) -> bytes:
    buffer = io.BytesIO()
    (Image.fromarray(image) if isinstance(image, np.ndarray) else image).save(buffer, kind, **saving)
    return buffer.getvalue()


def encoded(pixels: np.ndarray, kind: str = "JPEG", **saving: object) -> bytes:
    return saved(pixels, kind, **saving)


def _crop(image: Image.Image, share: float) -> Image.Image:
    width, height = (round(side * math.sqrt(share)) for side in image.size)
    return image.crop((10, 8, 10 + width, 8 + height))


EDITS = {
    "jpeg": lambda image: image,
    "half": lambda image: image.resize((image.width // 2, image.height // 2)),
    "mirror": ImageOps.mirror,
    "invert": ImageOps.invert,
    "crop": lambda image: _crop(image, 0.6),
    "turn": lambda image: image.transpose(Image.Transpose.ROTATE_90),
}


def make_corpus(folder: Path, groups: int = 6, singles: int = 4, width: int = 400, height: int = 300) -> dict[str, str]:
    """Write `groups` pictures with two edited copies each, a byte copy, a lossless copy, and `singles` others.

    File name -> name of the group, the planted truth.
    """
    folder.mkdir(parents=True, exist_ok=True)
    truth = {}

    def save(name: str, group: str, data: bytes) -> None:
        (folder / name).write_bytes(data)
        truth[name] = group

    names = list(EDITS)
    for number in range(groups):
        pixels = draw_picture(1000 + number, width, height)
        group = f"g{number}"
        save(f"{group}.jpg", group, encoded(pixels, quality=95))
        for step in range(2):
            edit = names[(2 * number + step) % len(names)]
            copy = np.asarray(EDITS[edit](Image.fromarray(pixels)))
            save(f"{group}-{edit}.jpg", group, encoded(copy, quality=80))
    first = (folder / "g0.jpg").read_bytes()
    save("g0-bytes.jpg", "g0", first)
    save("g0-lossless.png", "g0", encoded(np.asarray(Image.open(io.BytesIO(first))), "PNG"))
    for number in range(singles):
        save(f"s{number}.png", f"s{number}", encoded(draw_picture(5000 + number, width, height), "PNG"))
    return truth
