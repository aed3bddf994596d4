"""The demonstration corpus: free photographs that scikit-image carries, drawn pictures, and edited copies of both."""

import csv
import math
import os
from collections.abc import Callable
from pathlib import Path

import numpy as np
from PIL import Image, ImageEnhance, ImageFilter, ImageOps

from pipelines.manifest import OutputError
from transforms.functional.drawing import draw_picture

PHOTOGRAPHS = (
    "astronaut", "brick", "camera", "cat", "coffee", "coins", "grass", "gravel", "hubble_deep_field",
    "immunohistochemistry", "moon", "retina", "rocket",
)  # fmt: skip
DRAWN = 40
LONGEST = 640

Edit = Callable[[Image.Image], Image.Image]


def _crop(share: float) -> Edit:
    """Cut to `share` of the area, off centre."""

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
    """Write the corpus to `folder`/images and its truth to `folder`/truth.csv; how many images it has comes back.

    Two files of the corpus are broken on purpose. The same versions of numpy, OpenCV and Pillow make the same files.

    Raises:
        OutputError: `folder` exists and holds something else, or can't be written, or scikit-image is missing.
    """
    images = os.path.join(folder, "images")
    if os.path.exists(folder) and not os.path.isdir(folder):
        raise OutputError(f"{folder} is a file; give a folder")
    if os.path.isdir(folder) and os.listdir(folder) and not os.path.exists(os.path.join(folder, "truth.csv")):
        raise OutputError(f"{folder} holds other files; give an empty or new folder")
    try:
        os.makedirs(images, exist_ok=True)
    except OSError as error:
        raise OutputError(f"{folder} can't be written: {error.strerror}") from error
    rows: list[tuple[str, str, str, str, str]] = []
    names = list(EDITS)
    for number, (name, picture) in enumerate(_originals()):
        rows.append(_save(images, f"{name}.jpg", picture, {"quality": 95}, (name, "original", "", "")))
        for step in range(number % 4):
            edit = names[(number * 3 + step * 5) % len(names)]
            tier, suffix, change, saving = EDITS[edit]
            copy = change(picture)
            # the lossless edit is of the file as it was saved, pixel for pixel
            if tier == "exact":
                copy = Image.open(os.path.join(images, f"{name}.jpg"))
            rows.append(_save(images, f"{name}-{edit}{suffix}", copy, saving, (name, "copy", tier, edit)))
    whole = Path(images, rows[0][0]).read_bytes()
    Path(images, "broken-truncated.jpg").write_bytes(whole[:5000])
    Path(images, "broken-text.png").write_text("this is no image\n", encoding="utf-8")
    with open(os.path.join(folder, "truth.csv"), "w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(("file", "group", "role", "tier", "edit"))
        writer.writerows(rows)
    return len(rows) + 2


def _originals() -> list[tuple[str, Image.Image]]:
    try:
        import skimage.data
    except ImportError:
        raise OutputError("the demo needs scikit-image; install lookalike[demo]") from None
    out = []
    for name in PHOTOGRAPHS:
        picture = Image.fromarray(np.asarray(getattr(skimage.data, name)())).convert("RGB")
        picture.thumbnail((LONGEST, LONGEST), Image.Resampling.LANCZOS)
        out.append((name, picture))
    out += [(f"drawn_{seed:03d}", Image.fromarray(draw_picture(seed + 10_000))) for seed in range(DRAWN)]
    return out


def _save(folder: str, name: str, picture: Image.Image, saving: dict, label: tuple) -> tuple:
    picture.save(os.path.join(folder, name), **saving)
    return (name, *label)
