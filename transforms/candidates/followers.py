"""Images that are not searched, since a leader of equal pixels is: their keys in files, each of a range of keys.

They are as many as a corpus has copies, so no worker holds them all: it reads the range that its own images lie in.
"""

import bisect
import dataclasses
import functools
from collections.abc import Callable, Iterable

import numpy as np

from lookalike.transforms.core.keys import KEY_BYTES
from lookalike.transforms.core.partitions import part_of
from lookalike.transforms.io.pair_records import halves
from lookalike.transforms.io.parquet_sink import RUN
from lookalike.transforms.storage.reading import read_file
from lookalike.transforms.storage.writing import write_bytes

KEYS_IN_A_FILE = 1 << 20
"""Images of a corpus for each file: at most 16 MB, which a worker holds."""


@dataclasses.dataclass(frozen=True)
class FollowerFiles:
    """Where the followers of a fingerprints table are. root: the output. name: of the table, below the work folder.
    count: files, each with the keys of one range; with none, nobody follows.
    """

    root: str
    name: str
    count: int

    def path(self, number: int) -> str:
        """Of one of the files."""
        return f"{self.root}/{RUN}/{self.name}/{number:05d}"

    def write(self, number: int, blobs: Iterable[bytes]) -> int:
        """Joined keys of one range, in any order -> a file of them in order; how many there are."""
        keys = np.frombuffer(b"".join(blobs), f"V{KEY_BYTES}")
        high, low = halves(keys).T
        write_bytes(self.path(number), keys[np.lexsort((low, high))].tobytes())
        return len(keys)

    def divide(self, keys: Iterable[bytes]) -> dict[int, bytes]:
        """Keys -> the same, joined, by the file that they belong to."""
        divided: dict[int, list[bytes]] = {}
        for key in keys:
            divided.setdefault(part_of(key, self.count), []).append(key)
        return {number: b"".join(some) for number, some in divided.items()}

    def among(self, keys: list[bytes]) -> frozenset[bytes]:
        """Those followers that lie in the range of some keys, which are of one part of the table, or a few."""
        if not keys or not self.count:
            return frozenset()
        first, last = part_of(min(keys), self.count), part_of(max(keys), self.count)
        return frozenset().union(*(keys_within(self._read(number), keys) for number in range(first, last + 1)))

    @functools.cached_property
    def _read(self) -> Callable[[int], bytes]:
        # the last file is kept: parts are read in order of key, and a file holds the followers of many
        return functools.lru_cache(maxsize=1)(lambda number: read_file(self.path(number)))

    def __getstate__(self) -> dict[str, object]:
        """Without what is kept of files: a stage goes to workers as it was made."""
        return {field.name: getattr(self, field.name) for field in dataclasses.fields(self)}


NOBODY_FOLLOWS = FollowerFiles("", "", 0)


def keys_within(joined: bytes, keys: list[bytes]) -> frozenset[bytes]:
    """Keys in order, joined, and some keys -> those of the former that lie in the range of the latter. No more of the
    former is looked at: they are those of a large range, and the latter of one part of it.
    """
    if not joined or not keys:
        return frozenset()

    def key(place: int) -> bytes:
        return joined[place * KEY_BYTES : (place + 1) * KEY_BYTES]

    places = range(len(joined) // KEY_BYTES)
    first, last = bisect.bisect_left(places, min(keys), key=key), bisect.bisect_right(places, max(keys), key=key)
    return frozenset(map(key, places[first:last]))
