"""What transparent pictures are laid on: white, unless they would vanish on it."""

import numpy as np
from PIL import Image

from lookalike.transforms.functional.images.pixels.samples import Samples, as_image

SEEN = 8.0
"""Root mean square contrast, in grey levels, from which a picture is seen on its ground."""
WHITE, BLACK = 255, 0


def ground_of(samples: Samples) -> int:
    """RGBA -> the grey level it is laid on: black where it has no contrast to speak of on white, and more on black.

    Viewers lay transparent pictures on white, so that is what copies of them look like.
    """
    pixels, sums, squares = 0, np.zeros(2), np.zeros(2)
    for strip in samples.strips():
        alpha = strip[..., 3].astype(np.float32) / 255
        # whole numbers: the order in which they are added makes no difference
        shown = strip[..., :3] @ np.array([299, 587, 114], np.float32)
        shown *= alpha / 1000
        for i, ground in enumerate((WHITE, BLACK)):
            laid = shown + (1 - alpha) * ground
            sums[i] += laid.sum(dtype=np.float64)
            squares[i] += np.square(laid, out=laid).sum(dtype=np.float64)
        pixels += alpha.size
    white, black = np.sqrt(np.maximum(squares / pixels - (sums / pixels) ** 2, 0))
    return BLACK if white < SEEN and black > 2 * white else WHITE


def laid_on(strip: np.ndarray, ground: int) -> np.ndarray:
    """(h, w, 4) uint8 RGBA -> (h, w, 3), on the ground."""
    image = as_image(strip, "RGBA")
    under = Image.new("RGBA", image.size, (ground, ground, ground, 255))
    return np.asarray(Image.alpha_composite(under, image).convert("RGB"))
