"""What people do to pictures: a picture in, an edited copy out. For calibration on pictures of the user's own."""

import io
from collections.abc import Callable

import numpy as np
from PIL import Image, ImageDraw, ImageEnhance, ImageFilter, ImageOps

Edit = Callable[[Image.Image, np.random.Generator], Image.Image]


def _jpeg(image: Image.Image, rng: np.random.Generator) -> Image.Image:
    buffer = io.BytesIO()
    image.save(buffer, "JPEG", quality=int(rng.integers(15, 70)))
    return Image.open(buffer).convert("RGB")


def _resize(image: Image.Image, rng: np.random.Generator) -> Image.Image:
    scale = rng.uniform(0.3, 0.9)
    return image.resize(_at_least(image.width * scale, image.height * scale), Image.Resampling.BICUBIC)


def _stretch(image: Image.Image, rng: np.random.Generator) -> Image.Image:
    return image.resize(_at_least(image.width * rng.uniform(0.75, 1.3), image.height), Image.Resampling.BICUBIC)


def _crop(image: Image.Image, rng: np.random.Generator) -> Image.Image:
    side = rng.uniform(0.6, 0.95)
    width, height = _at_least(image.width * side, image.height * side)
    left, top = rng.integers(0, image.width - width + 1), rng.integers(0, image.height - height + 1)
    return image.crop((int(left), int(top), int(left) + width, int(top) + height))


def _mirror(image: Image.Image, _: np.random.Generator) -> Image.Image:
    return ImageOps.mirror(image)


def _quarter_turn(image: Image.Image, rng: np.random.Generator) -> Image.Image:
    turns = (Image.Transpose.ROTATE_90, Image.Transpose.ROTATE_180, Image.Transpose.ROTATE_270)
    return image.transpose(turns[int(rng.integers(3))])


def _tilt(image: Image.Image, rng: np.random.Generator) -> Image.Image:
    return image.rotate(float(rng.uniform(-15, 15)), Image.Resampling.BICUBIC, expand=True)


def _tone(image: Image.Image, rng: np.random.Generator) -> Image.Image:
    for enhance in (ImageEnhance.Brightness, ImageEnhance.Contrast, ImageEnhance.Color):
        image = enhance(image).enhance(float(rng.uniform(0.6, 1.5)))
    return image


def _grey(image: Image.Image, _: np.random.Generator) -> Image.Image:
    return ImageOps.grayscale(image).convert("RGB")


def _blur(image: Image.Image, rng: np.random.Generator) -> Image.Image:
    return image.filter(ImageFilter.GaussianBlur(min(image.size) * float(rng.uniform(0.002, 0.01))))


def _noise(image: Image.Image, rng: np.random.Generator) -> Image.Image:
    pixels = np.asarray(image, np.float32)
    return Image.fromarray(np.clip(pixels + rng.normal(0, rng.uniform(5, 25), pixels.shape), 0, 255).astype(np.uint8))


def _frame(image: Image.Image, rng: np.random.Generator) -> Image.Image:
    width = max(1, round(min(image.size) * float(rng.uniform(0.02, 0.15))))
    return ImageOps.expand(image, width, tuple(int(v) for v in rng.integers(0, 256, 3)))


def _caption(image: Image.Image, rng: np.random.Generator) -> Image.Image:
    image = image.copy()
    text = "".join(chr(c) for c in rng.integers(65, 91, 12))
    size = max(8, image.height // 10)
    place = (int(image.width * rng.uniform(0, 0.4)), int(image.height * rng.uniform(0, 0.85)))
    ImageDraw.Draw(image).text(place, text, fill="white", stroke_fill="black", stroke_width=1, font_size=size)
    return image


def _sticker(image: Image.Image, rng: np.random.Generator) -> Image.Image:
    image = image.copy()
    side = min(image.size) * rng.uniform(0.1, 0.3)
    x, y = rng.uniform(0, image.width - side), rng.uniform(0, image.height - side)
    ImageDraw.Draw(image).ellipse((x, y, x + side, y + side), fill=tuple(int(v) for v in rng.integers(0, 256, 3)))
    return image


EDITS: dict[str, Edit] = {
    "jpeg": _jpeg,
    "resize": _resize,
    "stretch": _stretch,
    "crop": _crop,
    "mirror": _mirror,
    "quarter_turn": _quarter_turn,
    "tilt": _tilt,
    "tone": _tone,
    "grey": _grey,
    "blur": _blur,
    "noise": _noise,
    "frame": _frame,
    "caption": _caption,
    "sticker": _sticker,
}


def _at_least(width: float, height: float) -> tuple[int, int]:
    return max(1, round(width)), max(1, round(height))


def edited(pixels: np.ndarray, name: str, seed: int) -> np.ndarray:
    """(h, w, 3) uint8 RGB -> the same after one of EDITS, as strong as the seed says."""
    rng = np.random.default_rng(seed)
    return np.asarray(EDITS[name](Image.fromarray(pixels), rng).convert("RGB"))
