"""The pixel hash: two files have the same one only if all that can be seen in them is equal."""

import hashlib
from collections.abc import Iterable

import numpy as np

from lookalike.transforms.functional.images.pixels.profiles import Profile
from lookalike.transforms.functional.images.pixels.samples import Samples


class PixelHash:
    """Of pictures as they are stored: all frames in their order, upright, with alpha, at full depth, and with the
    profile that their colours are of. Neither container, compression, palette nor duration of frames counts.
    """

    def __init__(self, frames: int, shown: bytes = b"") -> None:
        """`frames`: how many will be added. `shown`: what else makes a difference to how they are shown."""
        self._frames, self._hash = frames, hashlib.sha256(shown)

    def add(self, samples: Samples, profile: Profile | None) -> None:
        """The next frame, of `samples.simplest`."""
        if self._frames == 1 and samples.kind == "RGB" and profile is None:
            # as it always was, since the order of hashes decides which of two pictures is aligned to the other
            size = (samples.width, samples.height, samples.height, samples.width, 3)
            self._hash.update(np.array(size, "<i8").tobytes())
        else:
            head = (self._frames, samples.kind.encode(), samples.width, samples.height)
            self._hash.update(b"frame of %d: %s %d %d %s " % (*head, profile.digest if profile else b""))
        for strip in samples.strips():
            self._hash.update(np.ascontiguousarray(strip).data)

    def digest(self) -> bytes:
        """32 bytes."""
        return self._hash.digest()


def hash_of_code(pieces: Iterable[bytes | memoryview], orientation: int, profile: Profile | None) -> bytes:
    """What makes the pixels of a file that is not decoded whole -> 32 bytes: equal code is equal pixels."""
    found = hashlib.sha256(b"code %d %s " % (orientation, profile.digest if profile else b""))
    for piece in pieces:
        found.update(piece)
    return found.digest()


def hash_of_file(data: bytes) -> bytes:
    """The hash of a file not all of which is looked at -> 32 bytes, which only a file of equal bytes shares."""
    found = hashlib.sha256(b"file ")
    found.update(data)
    return found.digest()
