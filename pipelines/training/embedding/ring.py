"""Pairs of originals and copies from many processes, in memory that all of them share."""

import mmap
import multiprocessing
import traceback
from collections.abc import Sequence
from typing import NamedTuple

import cv2
import numpy as np

from lookalike.pipelines.training.embedding.copies import copied, published, stored
from lookalike.pipelines.training.embedding.originals import Originals

CHUNK = 32
"""Pairs that are handed over together."""
PIXELS = 224
"""Sides of pictures on their way: squares, whatever their aspect ratio, which is told beside them."""


class Pairs(NamedTuple):
    """pictures: (n, 2, PIXELS, PIXELS, 3) uint8, originals and copies. aspects: (n, 2), width over height.
    names: (n,).
    """

    pictures: np.ndarray
    aspects: np.ndarray
    names: np.ndarray


def make_pair(originals: Originals, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray, int]:
    """The pixels of an original and a copy, and the original's name."""
    while True:
        original = originals.draw()
        try:
            copy = stored(copied(original.picture, originals, rng), rng)
            return stored(published(original.picture, rng), rng), copy, original.name
        except Exception:
            continue


def _squared(pixels: np.ndarray) -> np.ndarray:
    down = pixels.shape[0] * pixels.shape[1] > PIXELS * PIXELS
    return cv2.resize(pixels, (PIXELS, PIXELS), interpolation=cv2.INTER_AREA if down else cv2.INTER_LINEAR)


class Ring:
    """Chunks of pairs that processes fill again and again."""

    def __init__(
        self, learned: Sequence[np.ndarray], beside: Sequence[np.ndarray], workers: int, chunks: int, seed: int,
        photographs: float,
    ) -> None:  # fmt: skip
        """Start the processes; they end with this one."""
        context = multiprocessing.get_context("fork")
        self.pairs = Pairs(
            np.frombuffer(mmap.mmap(-1, chunks * CHUNK * 2 * PIXELS * PIXELS * 3), np.uint8).reshape(
                chunks, CHUNK, 2, PIXELS, PIXELS, 3
            ),
            np.frombuffer(mmap.mmap(-1, chunks * CHUNK * 8), np.float32).reshape(chunks, CHUNK, 2),
            np.frombuffer(mmap.mmap(-1, chunks * CHUNK * 8), np.int64).reshape(chunks, CHUNK),
        )
        self.empty, self.full = context.SimpleQueue(), context.SimpleQueue()
        for chunk in range(chunks):
            self.empty.put(chunk)
        self.processes = [
            context.Process(target=self._fill, args=(learned, beside, seed + worker, photographs), daemon=True)
            for worker in range(workers)
        ]
        for process in self.processes:
            process.start()

    def _fill(self, learned: Sequence[np.ndarray], beside: Sequence[np.ndarray], seed: int, photographs: float) -> None:
        cv2.setNumThreads(1)
        originals, rng = Originals(learned, beside, seed, photographs), np.random.default_rng((seed, 8))
        try:
            while True:
                chunk = self.empty.get()
                for place in range(CHUNK):
                    *pixels, name = make_pair(originals, rng)
                    self.pairs.names[chunk, place] = name
                    for side, picture in enumerate(pixels):
                        self.pairs.pictures[chunk, place, side] = _squared(picture)
                        self.pairs.aspects[chunk, place, side] = picture.shape[1] / picture.shape[0]
                self.full.put(chunk)
        except BaseException:
            traceback.print_exc()
            raise

    def take(self, count: int, pictures: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """`count` chunks, copied to pictures (count * CHUNK, 2, ...) -> aspects and names."""
        aspects, names = [], []
        for place in range(count):
            chunk = self.full.get()
            pictures[place * CHUNK : (place + 1) * CHUNK] = self.pairs.pictures[chunk]
            aspects.append(self.pairs.aspects[chunk].copy())
            names.append(self.pairs.names[chunk].copy())
            self.empty.put(chunk)
        return np.concatenate(aspects), np.concatenate(names)
