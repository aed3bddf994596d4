"""Makes the demo corpus: free photographs that come with scikit-image, drawn pictures, and edited copies of both."""

import csv
import io
import math
import os
from collections.abc import Callable
from pathlib import Path

import numpy as np
from PIL import Image, ImageEnhance, ImageFilter, ImageOps

from lookalike.transforms.functional.drawing.procedural import draw_picture
from lookalike.transforms.ingest.listing import absolute
from lookalike.transforms.storage.errors import OutputError
from lookalike.transforms.storage.stores import is_path
from lookalike.transforms.storage.writing import write_bytes

PHOTOGRAPHS = (
    "astronaut", "brick", "camera", "cat", "coffee", "coins", "grass", "gravel", "hubble_deep_field",
    "immunohistochemistry", "moon", "retina", "rocket",
)  # fmt: skip
DRAWN = 40
LONGEST = 640

Edit = Callable[[Image.Image], Image.Image]


def _crop(share: float) -> Edit:
    """An edit that cuts a picture to `share` of its area, off centre."""

    def cut(image: Image.Image) -> Image.Image:
        side = math.sqrt(share)
        width, height = round(image.width * side), round(image.height * side)
        left, top = (image.width - width) // 3, (image.height - height) // 2
        return image.crop((left, top, left + width, top + height))

    return cut


def _scaled(factor: float) -> Edit:
    return lambda image: image.resize(
        (round(image.width * factor), round(image.height * factor)), Image.Resampling.LANCZOS
    )


def _bars(image: Image.Image) -> Image.Image:
    return ImageOps.expand(image, (0, image.height // 6), "white")


def _screenshot(image: Image.Image) -> Image.Image:
    page = Image.new("RGB", (900, 640), (236, 238, 241))
    page.paste((210, 214, 220), (0, 0, 900, 44))
    shown = ImageOps.contain(image, (640, 520))
    page.paste(shown, ((900 - shown.width) // 2, 80))
    return page


EDITS: dict[str, tuple[str, str, Edit, dict]] = {
    # name: tier, suffix, edit, how it is saved
    "png": ("exact", ".png", lambda image: image, {}),
    "jpeg_60": ("light", ".jpg", lambda image: image, {"quality": 60}),
    "half_size": ("light", ".jpg", _scaled(0.5), {"quality": 90}),
    "grey": ("light", ".jpg", lambda image: image.convert("L"), {"quality": 90}),
    "webp": ("light", ".webp", lambda image: image, {"quality": 75}),
    "brighter": ("medium", ".jpg", lambda image: ImageEnhance.Brightness(image).enhance(1.4), {"quality": 90}),
    "mirrored": ("medium", ".jpg", ImageOps.mirror, {"quality": 90}),
    "blurred": ("medium", ".jpg", lambda image: image.filter(ImageFilter.GaussianBlur(2)), {"quality": 90}),
    "crop_80": ("medium", ".jpg", _crop(0.8), {"quality": 90}),
    "turned_90": ("strong", ".jpg", lambda image: image.transpose(Image.Transpose.ROTATE_90), {"quality": 90}),
    "crop_50": ("strong", ".jpg", _crop(0.5), {"quality": 90}),
    "bars": ("strong", ".jpg", _bars, {"quality": 90}),
    "inverted": ("strong", ".jpg", ImageOps.invert, {"quality": 90}),
    "crop_30": ("extreme", ".jpg", _crop(0.3), {"quality": 85}),
    "screenshot": ("extreme", ".jpg", _screenshot, {"quality": 70}),
}


def make_demo(folder: str) -> int:
    """Write the corpus to `images/` and its truth to `truth.csv` in a folder.

    Two files are broken on purpose. The same versions of NumPy, OpenCV and Pillow make the same files. The truth is
    written first, into an empty folder, so a folder that has it contains no files of others under the names that it
    lists.

    Returns:
        The number of images.

    Raises:
        OutputError: the folder holds something else or can't be written, or scikit-image is missing.
    """
    folder = absolute(folder)
    if not is_path(folder):
        raise OutputError(f"{folder} is no folder of this machine; give one")
    if os.path.exists(folder) and not os.path.isdir(folder):
        raise OutputError(f"{folder} is a file; give a folder")
    truth, table = Path(folder, "truth.csv"), _truth()
    ours = truth.is_file() and truth.read_bytes() == table
    if not ours and os.path.isdir(folder) and os.listdir(folder):
        raise OutputError(f"{folder} holds other files; give an empty or new folder")
    pictures = _originals()
    images = os.path.join(folder, "images")
    try:
        os.makedirs(folder, exist_ok=True)
        write_bytes(os.path.abspath(truth), table)
        os.makedirs(images, exist_ok=True)
    except OSError as error:
        raise OutputError(f"{folder} can't be written: {error.strerror or error}") from error
    for number, (name, picture) in enumerate(pictures):
        picture.save(os.path.join(images, f"{name}.jpg"), quality=95)
        for edit in _edits(number):
            tier, suffix, change, saving = EDITS[edit]
            copy = change(picture)
            # lossless copies have the pixels of the saved file, not those of the picture before it was saved
            if tier == "exact":
                copy = Image.open(os.path.join(images, f"{name}.jpg"))
            copy.save(os.path.join(images, f"{name}-{edit}{suffix}"), **saving)
    whole = Path(images, f"{PHOTOGRAPHS[0]}.jpg").read_bytes()
    Path(images, "broken-truncated.jpg").write_bytes(whole[:5000])
    Path(images, "broken-text.png").write_text("this is no image\n", encoding="utf-8")
    return len(table.splitlines()) + 1


def _names() -> list[str]:
    return [*PHOTOGRAPHS, *(f"drawn_{seed:03d}" for seed in range(DRAWN))]


def _edits(number: int) -> list[str]:
    """The edits that are applied to the picture of this number."""
    names = list(EDITS)
    return [names[(number * 3 + step * 5) % len(names)] for step in range(number % 4)]


def _truth() -> bytes:
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(("file", "group", "role", "tier", "edit"))
    for number, name in enumerate(_names()):
        writer.writerow((f"{name}.jpg", name, "original", "", ""))
        for edit in _edits(number):
            tier, suffix, *_ = EDITS[edit]
            writer.writerow((f"{name}-{edit}{suffix}", name, "copy", tier, edit))
    return text.getvalue().encode()


def _originals() -> list[tuple[str, Image.Image]]:
    try:
        import skimage.data
    except ImportError:
        raise OutputError("the demo needs scikit-image; install lookalike[demo]") from None
    pictures = []
    for name in PHOTOGRAPHS:
        picture = Image.fromarray(np.asarray(getattr(skimage.data, name)())).convert("RGB")
        picture.thumbnail((LONGEST, LONGEST), Image.Resampling.LANCZOS)
        pictures.append(picture)
    pictures += [Image.fromarray(draw_picture(seed + 10_000)) for seed in range(DRAWN)]
    return list(zip(_names(), pictures, strict=True))
