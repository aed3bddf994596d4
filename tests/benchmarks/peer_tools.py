"""The tools that people use for near-duplicates, each as a function of a folder, and parts of Lookalike as such.

Each is run in a process of its own, and imports what it needs there.
"""

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np

Found = Iterator[tuple[str, str, float]]
"""Names of two files, and how far they are apart by what a tool compares."""
SUFFIXES = {".jpg", ".jpeg", ".png", ".webp", ".bmp", ".gif", ".tif", ".tiff"}


def files_of(folder: str) -> list[Path]:
    """Images that every tool reads."""
    return sorted(path for path in Path(folder).rglob("*") if path.suffix.lower() in SUFFIXES)


def near(codes: np.ndarray, turned: np.ndarray, paths: list[Path], bits: float) -> Found:
    """(n, words) uint64 hashes, and (n, turns, words) those of the same images turned -> the pairs of which at most so
    many bits differ, one of the second turned as fits best.
    """
    for i in range(len(codes) - 1):
        distance = np.bitwise_count(turned[i + 1 :] ^ codes[i]).sum(2).min(1)
        for j in np.flatnonzero(distance <= bits):
            yield paths[i].name, paths[i + 1 + j].name, float(distance[j])


def imagehash_phash(folder: str, farthest: float) -> Found:
    """imagehash.phash, all pairs by numpy, bits of 64."""
    import imagehash
    from PIL import Image

    paths, codes = [], []
    for path in files_of(folder):
        try:
            with Image.open(path) as image:
                codes.append(np.packbits(imagehash.phash(image).hash).view(np.uint64))
        except (OSError, ValueError):
            continue
        paths.append(path)
    found = np.stack(codes)
    return near(found, found[:, None], paths, farthest)


def pdq(folder: str, farthest: float) -> Found:
    """pdqhash, all pairs by numpy, bits of 256."""
    import pdqhash

    paths, codes = hashed(folder, lambda pixels: [pdqhash.compute(pixels)[0]])
    return near(codes[:, 0], codes, paths, farthest)


def pdq_turned(folder: str, farthest: float) -> Found:
    """The same with the hashes of all eight turns and mirrors of the other picture."""
    import pdqhash

    paths, codes = hashed(folder, lambda pixels: pdqhash.compute_dihedral(pixels)[0])
    return near(codes[:, 0], codes, paths, farthest)


def hashed(folder: str, hashes: Callable[[np.ndarray], Sequence[np.ndarray]]) -> tuple[list[Path], np.ndarray]:
    """The files that OpenCV reads, and (n, hashes, words) uint64 of each. hashes: RGB pixels -> bits of each."""
    import cv2

    paths, codes = [], []
    for path in files_of(folder):
        image = cv2.imread(str(path))
        if image is not None:
            bits = hashes(cv2.cvtColor(image, cv2.COLOR_BGR2RGB))
            codes.append(np.stack([np.packbits(one).view(np.uint64) for one in bits]))
            paths.append(path)
    return paths, np.stack(codes)


def imagededup_phash(folder: str, farthest: float) -> Found:
    """imagededup's PHash."""
    from imagededup.methods import PHash

    wanted = {"max_distance_threshold": int(farthest), "scores": True}
    return _of_dictionary(
        PHash(verbose=False).find_duplicates(image_dir=folder, recursive=True, num_enc_workers=0, **wanted)
    )


def imagededup_cnn(folder: str, farthest: float) -> Found:
    """imagededup's CNN with random weights."""
    from torchvision import models

    plain = models.mobilenet_v3_small
    models.mobilenet_v3_small = lambda *_, **__: plain(weights=None)
    from imagededup.methods import CNN

    wanted = {"min_similarity_threshold": 1 - farthest, "scores": True}
    found = CNN(verbose=False).find_duplicates(image_dir=folder, recursive=True, num_enc_workers=0, **wanted)
    return ((a, b, 1 - likeness) for a, b, likeness in _of_dictionary(found))


def embeddings_alone(folder: str, farthest: float) -> Found:
    """Lookalike's embeddings, 1 minus their cosine."""
    from tests.benchmarks import unconfirmed

    return unconfirmed.embeddings(folder, farthest)


def both_fingerprints(folder: str, farthest: float) -> Found:
    """Lookalike's candidates, none of which is aligned."""
    from tests.benchmarks import unconfirmed

    return unconfirmed.both(folder, farthest)


def _of_dictionary(found: dict[str, list[tuple[str, float]]]) -> Found:
    for name, others in found.items():
        for other, score in others:
            yield Path(name).name, Path(other).name, float(score)


class Tool(NamedTuple):
    """distances: at which it is tried. usual: the one that is told beside other tools. told: a threshold in words."""

    run: Callable[[str, float], Found]
    distances: tuple[float, ...]
    usual: float
    told: str

    def name_of(self, distance: float) -> str:
        """Of a threshold."""
        return self.told.format(distance, 1 - distance)


CNN = "imagededup, CNN, random weights"
TOOLS = {
    "imagehash, phash": Tool(imagehash_phash, (2, 4, 6, 8, 10, 12, 14), 10, "{:.0f} bits"),
    "pdqhash": Tool(pdq, (31, 45, 60, 75, 90), 31, "{:.0f} bits"),
    "pdqhash, 8 turns": Tool(pdq_turned, (31, 45, 60, 75, 90), 31, "{:.0f} bits"),
    "imagededup, PHash": Tool(imagededup_phash, (2, 4, 6, 8, 10, 12, 14), 10, "{:.0f} bits"),
    CNN: Tool(imagededup_cnn, (0.1,), 0.1, "cosine {1:.2f}"),
}
PARTS = {
    "Lookalike, embeddings alone": Tool(embeddings_alone, (0.2, 0.3, 0.4, 0.5, 0.6), 0.3, "cosine {1:.2f}"),
    "Lookalike, both fingerprints, nothing aligned": Tool(both_fingerprints, (0, 1, 2), 1, "rule {:.0f}"),
}
