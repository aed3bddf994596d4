"""An index of a fingerprints table, in which the copies of a few images are looked up without reading the table.

Of every band it has the codes in order, the place of the image that each is of, and the residual bits that stand beside
it. A small corpus, which is compared pair by pair, has all shingles and embeddings instead. Beside these are the keys
of the searched images in order, which tell their places and parts, and the pixel hashes of all.
"""

import dataclasses
import json
from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np

from lookalike.transforms.candidates.band_files import BandFiles, bands_of
from lookalike.transforms.candidates.bands import (
    BANDS_IN_A_TASK,
    MINHASH,
    AllPairs,
    Banded,
    BandPlan,
    Cut,
    Task,
    joined,
    read_banded,
    tasks_of,
)
from lookalike.transforms.candidates.exact_duplicates import CollapseDuplicates
from lookalike.transforms.candidates.find import FindCandidates
from lookalike.transforms.core.keys import KEY_BYTES
from lookalike.transforms.fingerprinting.fingerprints_table import features_of, keys_of
from lookalike.transforms.functional.lsh.exhaustive import Posting, posting
from lookalike.transforms.io.generate import Numbered
from lookalike.transforms.io.pair_records import halves
from lookalike.transforms.io.parquet_sink import RUN
from lookalike.transforms.storage.reading import read_file, read_parquet
from lookalike.transforms.storage.stores import is_path, remove_tree, store
from lookalike.transforms.storage.writing import write_bytes
from lookalike.transforms.verification.prepared_images import FEATURE_COLUMNS, prepared_images

FORMAT = 3
RECORD, BEGUN = "index.json", "begun.json"
CODES_AT_ONCE = BANDS_IN_A_TASK << 24
"""Codes of bands that are put in order at once: 3 GB with what lies beside them."""
HEAD = 8
"""Bytes of pixel hashes by which equal images are looked up."""


class Pixels(NamedTuple):
    """Of all images, in order of the first: heads: (n,) uint64, of their pixel hashes. keys: (n,) V16."""

    heads: np.ndarray
    keys: np.ndarray

    def equal_to(self, head: bytes) -> list[bytes]:
        """Keys of the images whose pixel hash begins so."""
        wanted = np.uint64(int.from_bytes(head, "big"))
        first, last = (int(np.searchsorted(self.heads, wanted, side)) for side in ("left", "right"))
        return [bytes(key) for key in self.keys[first:last].tolist()]


class Band(NamedTuple):
    """Of n images, in order of code. code: (n,) uint32. places: (n,) uint32, in the order of keys. residual: (n, 1)
    uint32, of a band of shingles.
    """

    code: np.ndarray
    places: np.ndarray
    residual: np.ndarray


class ForeignFilesError(ValueError):
    """What lies where the index would is none of ours."""


@dataclasses.dataclass(frozen=True)
class Index:
    """A written index. place: the folder that it lies in."""

    place: str

    def keys(self) -> np.ndarray:
        """(n,) V16, of the searched images in order."""
        return self.array("keys", f"V{KEY_BYTES}")

    def pixels(self) -> Pixels:
        """Those of all images."""
        return Pixels(self.array("pixels", "<u8"), self.array("pixel-keys", f"V{KEY_BYTES}"))

    def sketches(self) -> np.ndarray:
        """(n, words) uint64, of the searched images in order of key."""
        return self.array("sketches", "<u8", 4)

    def bands(self, task: Task) -> Iterator[Band]:
        """Those of a task, in order."""
        for number in range(task.first, task.first + task.bands):
            name = f"{task.kind}-{number:05d}"
            residual = self.array(f"{name}-residual", "<u4", 1) if task.kind == MINHASH else np.zeros((0, 1), "<u4")
            yield Band(self.array(f"{name}-codes", "<u4"), self.array(f"{name}-places", "<u4"), residual)

    def shingles(self) -> Posting:
        """Those of all searched images, where all pairs are compared."""
        return Posting(*(self.array(f"shingle-{name}", kind) for name, kind in _POSTING.items()))

    def embeddings(self, dims: int) -> np.ndarray:
        """(n, dims) float16, where all pairs are compared."""
        return self.array("embeddings", "<f2", dims)

    def array(self, name: str, dtype: str, columns: int = 0) -> np.ndarray:
        """One file: mapped into memory where it is on this machine, else read whole."""
        path = f"{self.place}/{name}"
        if is_path(path):
            empty = not store(path)[0].size(path)
            flat = np.zeros(0, dtype) if empty else np.memmap(path, dtype, "r")
        else:
            flat = np.frombuffer(read_file(path), dtype)
        return flat.reshape(-1, columns) if columns else flat


_POSTING = {"picture": "<i4", "token": "<u4", "residual": "<u4"}


def is_of(place: str, digest: str) -> bool:
    """Does a folder hold a whole index of these fingerprints?"""
    record = _read(place, RECORD)
    return record is not None and record == {"format": FORMAT, "digest": digest}


def write_index(place: str, digest: str, parts: Numbered, search: FindCandidates, collapse: CollapseDuplicates) -> None:
    """Write the index of a fingerprints table into a folder, which is new, empty, or has an index: the same bytes
    whenever it is written.

    Args:
        place: path or URL of the folder.
        digest: of the fingerprints and of how they are searched.
        parts: paths of the table.
        search: how the corpus is searched.
        collapse: which images have too little structure to be searched.

    Raises:
        ForeignFilesError: something else lies there.
        OSError: it can't be written.
    """
    fs, path = store(place)
    if fs.exists(path) and fs.ls(path, detail=False):
        if _read(place, RECORD) is None and _read(place, BEGUN) is None:
            raise ForeignFilesError(f"{place} holds files that are no index")
        remove_tree(fs, path)
    _put(place, BEGUN, json.dumps({"format": FORMAT}).encode())
    searched = _write_images(place, parts, collapse)
    plan = search.plan()
    if isinstance(plan, AllPairs):
        _write_shingles(place, parts, searched)
    else:
        _write_bands(place, parts, plan, search.settings.seed, collapse, searched)
    _put(place, RECORD, json.dumps({"format": FORMAT, "digest": digest}).encode())


def _write_images(place: str, parts: Numbered, collapse: CollapseDuplicates) -> np.ndarray:
    """Write keys and pixel hashes -> (n,) V16, the keys of the images that are searched, in order."""
    keys, heads, plain = [], [], []
    for path in parts:
        table = read_parquet(path, ["uri", "pixel_hash", "textured", "keypoint_count"])
        keys.append(keys_of(table))
        joined_heads = b"".join(pixels[:HEAD] for pixels in table["pixel_hash"].to_pylist())
        heads.append(np.frombuffer(joined_heads, ">u8").astype("<u8"))
        plain.append(collapse.structureless(table))
    key, head, blank = np.concatenate(keys), np.concatenate(heads), np.concatenate(plain)
    high, low = halves(key).T
    order = np.lexsort((low, high, head))
    key, head, blank = key[order], head[order], blank[order]
    _put(place, "pixels", head.tobytes())
    _put(place, "pixel-keys", key.tobytes())
    # of equal pictures the first stands for all: their fingerprints are the same
    first = np.r_[True, head[1:] != head[:-1]][: len(head)]
    chosen = key[first & ~blank]
    high, low = halves(chosen).T
    chosen = chosen[np.lexsort((low, high))]
    _put(place, "keys", chosen.tobytes())
    return chosen


def _write_shingles(place: str, parts: Numbered, searched: np.ndarray) -> None:
    wanted = frozenset(searched.tolist())
    found = [f for path in parts for f in features_of(read_parquet(path, FEATURE_COLUMNS)) if f.key in wanted]
    found.sort(key=lambda features: features.key)
    post = posting([image.picture.shingles for image in prepared_images(found)])
    for name, kind in _POSTING.items():
        _put(place, f"shingle-{name}", getattr(post, name).astype(kind).tobytes())
    _put(place, "embeddings", b"".join(features.embedding.astype("<f2").tobytes() for features in found))


def _write_bands(
    place: str, parts: Numbered, plan: BandPlan, seed: int, collapse: CollapseDuplicates, searched: np.ndarray
) -> None:
    """First as an audit's search writes them, in order of key; then each band in order of code."""
    # each band whole, and no more of them at once than a process holds
    cut = Cut(max(1, min(BANDS_IN_A_TASK, CODES_AT_ONCE // plan.scale)), 1)
    files, wanted = BandFiles(place, parts, plan, cut, "unsorted"), frozenset(searched.tolist())
    counts = []
    for number in range(files.batches):
        images = joined([_only(read_banded(path, collapse), wanted) for path in files.batch(number)])
        counts.append(files.write(number, images, seed))
    sketches = files.sketches()
    _put(place, "sketches", sketches.astype("<u8").tobytes())
    for task in tasks_of(plan, cut):
        for band, rows in enumerate(bands_of(files, task, counts, sketches)):
            order, (places, residual) = np.argsort(rows.code, kind="stable"), rows.members
            name = f"{task.kind}-{task.first + band:05d}"
            _put(place, f"{name}-codes", rows.code[order].astype("<u4").tobytes())
            _put(place, f"{name}-places", places[order].astype("<u4").tobytes())
            if residual is not None:
                _put(place, f"{name}-residual", residual[order].astype("<u4").tobytes())
    remove_tree(*store(f"{place}/{RUN}"))


def _only(images: Banded, wanted: frozenset[bytes]) -> Banded:
    chosen = np.array([key in wanted for key in images.keys.tolist()], bool)
    return Banded(*(values[chosen] for values in images))


def _put(place: str, name: str, data: bytes) -> None:
    write_bytes(f"{place}/{name}", data)


def _read(place: str, name: str) -> dict[str, Any] | None:
    try:
        record = json.loads(read_file(f"{place}/{name}"))
    except (FileNotFoundError, NotADirectoryError, ValueError):
        return None
    return record if isinstance(record, dict) else None
