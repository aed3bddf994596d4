"""All frames of an animation, or pages of a document: one of them is shown, all of them are hashed."""

from typing import NamedTuple

import numpy as np
from PIL import ImageFile

from lookalike.transforms.functional.images import losses
from lookalike.transforms.functional.images.formats import opencv, png, tiff
from lookalike.transforms.functional.images.formats.limits import check_size
from lookalike.transforms.functional.images.pixels import alpha
from lookalike.transforms.functional.images.pixels.equality import PixelHash, hash_of_file
from lookalike.transforms.functional.images.pixels.profiles import profile_of
from lookalike.transforms.functional.images.pixels.samples import Samples, of_array, of_image, simplest
from lookalike.transforms.functional.images.pixels.upright import orientation_of, turned, upright, was_taken
from lookalike.transforms.functional.images.rendering import rendered, shows_something

LOOKED_AT = 16
"""Frames among which the first one that shows something is looked for."""
LEAST_FRAME = 1 << 16
"""Pixels that a frame of several counts for at least: it has costs of its own."""
_MOST_FRAMES = 2**31 - 1


class Shown(NamedTuple):
    """pixels: (h, w, 3) uint8 RGB of the first frame that shows something, or of the first. samples: how its values are
    stored, as `Samples.named`. frames: how many there are. pixel_hash: 32 bytes, of all of them. exif: it tells when or
    with what the picture was taken. silent: what decoded them may not have reported damage.
    """

    pixels: np.ndarray
    samples: str
    frames: int
    pixel_hash: bytes
    exif: bool
    silent: bool


def read_frames(image: ImageFile.ImageFile, data: bytes, max_pixels: int) -> Shown:
    """A picture that was opened, and its file -> its frames.

    All frames are decoded where they have at most `max_pixels` together; if not, as many as it takes to find one that
    shows something, and only a file of equal bytes has the same hash.

    Raises:
        TooLargeError: a frame has more than `max_pixels`.
        Exception: whatever codecs raise on damaged data.
    """
    # the layers of a drawing are no frames: the whole picture comes first
    frames = 1 if image.format == "PSD" else min(getattr(image, "n_frames", 1), _MOST_FRAMES)
    hashed, left = frames == 1 or frames * LEAST_FRAME <= max_pixels, max_pixels
    first, found = image.tell() if frames > 1 else 0, PixelHash(frames, _shown(image, data, frames))
    pixels, kind, decided, exif, silent = None, "", False, False, False
    for number in range(0 if hashed else first, frames):
        if frames > 1:
            image.seek(number)
        check_size(image.size, max_pixels)
        if image.format == "TIFF":
            tiff.check_kind(image)
            tiff.mend_order(image)
            silent = silent or tiff.is_silent(image)
        samples, complete = _samples(image, data, frames)
        profile = profile_of(image)
        left -= max(samples.width * samples.height, LEAST_FRAME)
        hashed = hashed and complete and (frames == 1 or left >= 0)
        if hashed:
            found.add(samples, profile)
        if not decided and number >= first:
            frame, stretched = rendered(samples, profile)
            decided = frames == 1 or shows_something(frame)
            if pixels is None:
                exif = was_taken(image)
            if pixels is None or decided:
                pixels, kind = frame, samples.named(stretched, complete)
            decided = decided or number + 1 >= first + LOOKED_AT
        if decided and not hashed:
            break
    assert pixels is not None  # the first frame is always looked at
    return Shown(pixels, kind, frames, found.digest() if hashed else hash_of_file(data), exif, silent)


def _shown(image: ImageFile.ImageFile, data: bytes, frames: int) -> bytes:
    """What of a file makes a difference to how its frames are shown, other than the frames; mostly nothing."""
    if image.format == "PNG":
        return png.colours(image, data) + b"apart" * bool(image.info.get("default_image"))
    if image.format == "GIF" and "transparency" not in image.info and image.tile:
        # what the first frame leaves out is in the first colour of the palette here, and shown as nothing by others
        return b"uncovered" * (image.tile[0].extents != (0, 0, *image.size))
    # of several pictures of a HEIC one is the primary one
    return b"from %d" % image.tell() if frames > 1 and image.tell() else b""


def _samples(image: ImageFile.ImageFile, data: bytes, frames: int) -> tuple[Samples, bool]:
    """The current frame, upright, and whether that is all of it."""
    # asked first: what was loaded doesn't tell any more
    complete, deep = not losses.holds_more(image, data), losses.is_deep(image) and opencv.reads_deeper(image)
    if opencv.reads_better(image):
        return simplest(of_array(opencv.decoded(data, image.size))), True
    image.load()
    orientation = orientation_of(image)
    if deep and frames == 1:
        array = opencv.decoded(data, image.size)
        if opencv.agree(array, image):
            return simplest(of_array(turned(array, orientation))), True
    samples = of_image(upright(image, orientation))
    if image.format == "PSD" and image.mode == "1":
        samples = samples.through(samples.kind, lambda strip: 255 - strip)  # a bit that is set is ink
    seen = alpha.without_other_channels(samples, image, data)
    samples, complete = seen, complete and seen is samples
    if image.format == "TIFF" and tiff.is_negative(image):
        samples, complete = samples.through(samples.kind, tiff.positive), complete and samples.kind == "grey16"
    return simplest(samples), complete
