"""The mathematics beside what others offer for it: one process, one thread, in turns; CPU time and how far both agree.

    python -m tests.benchmarks.kernels [--peers]

`--peers` adds those of the environment that `make bench` makes (rensa, faiss). Every figure is the median of rounds in
which both take their turn.
"""

import argparse
import statistics
import time
from collections.abc import Callable
from typing import Any, NamedTuple

import cv2
import numpy as np
import torch
from datasketch import MinHash, MinHashLSH
from skimage.metrics import structural_similarity

from lookalike.transforms.core.runtime import prepare_worker
from lookalike.transforms.functional.embedding.descriptors import region_vectors
from lookalike.transforms.functional.embedding.pooling import Pooling
from lookalike.transforms.functional.embedding.regions import region_grid
from lookalike.transforms.functional.images import ssim
from lookalike.transforms.functional.lsh.buckets import Limits
from lookalike.transforms.functional.lsh.candidate_rule import most_apart
from lookalike.transforms.functional.lsh.codes import cross_polytopes, hyperplanes, minhash
from lookalike.transforms.functional.lsh.codes.cross_polytopes import ROTATIONS, WIDTHS
from lookalike.transforms.functional.lsh.collisions import collide
from tests.benchmarks.fingerprints import DIMS, Corpus
from tests.benchmarks.tables import Cell, Table, tell

ROUNDS = 5


class Row(NamedTuple):
    """Microseconds of CPU an item. agree: how the results compare."""

    name: str
    peer: str
    ours: float
    theirs: float
    agree: str


def in_turns(items: int, *calls: Callable[[], Any], rounds: int = ROUNDS) -> list[float]:
    """Median CPU microseconds an item of each call."""
    spent: list[list[float]] = [[] for _ in calls]
    for _ in range(rounds + 1):
        for call, times in zip(calls, spent, strict=True):
            begun = time.process_time()
            call()
            times.append(1e6 * (time.process_time() - begun) / items)
    return [statistics.median(times[1:]) for times in spent]


def identity(token: int) -> int:
    return token


def minhash_and_banding(sets: int = 8000, tokens: int = 256, bands: int = 128) -> list[Row]:
    """Half of the sets are near copies of another; 128 bands of one row."""
    rng = np.random.default_rng(0)
    drawn = rng.integers(0, 2**32, (sets, tokens), np.uint32)
    drawn[1::2] = np.where(rng.random((sets // 2, tokens)) < 0.8, drawn[::2], drawn[1::2])
    results: dict[str, Any] = {}

    def ours() -> None:
        signatures = np.stack([minhash.signature(one, bands, 1) for one in drawn])
        nothing = np.zeros((sets, 1), np.uint32)
        limits = Limits(apart=(256,), most=sets, near=0, crowd=sets, heads=1)
        met = [collide(signatures[:, band], nothing, nothing, limits)[0].pairs for band in range(bands)]
        codes = np.unique(np.concatenate([pairs[:, 0] * sets + pairs[:, 1] for pairs in met]))
        results["ours"] = signatures, codes

    def theirs() -> None:
        lsh, sketches = MinHashLSH(num_perm=bands, params=(bands, 1)), []
        pairs = set()
        for number, one in enumerate(drawn.tolist()):
            sketch = MinHash(num_perm=bands, seed=1, scheme="affine32", hashfunc=identity)
            sketch.update_batch(one)
            pairs |= {(other, number) for other in lsh.query(sketch)}
            lsh.insert(number, sketch)
            sketches.append(sketch.hashvalues)
        codes = np.array(sorted(i * sets + j for i, j in pairs))
        results["theirs"] = np.stack(sketches), codes

    times = in_turns(sets, ours, theirs, rounds=3)
    same = (results["ours"][0] == results["theirs"][0]).all() and np.array_equal(
        results["ours"][1], results["theirs"][1]
    )
    agree = "signatures bit for bit, the same pairs" if same else "DIFFERENT"
    return [Row(f"MinHash and banding, {tokens} tokens, {bands} x 1", "datasketch", *times, agree)]


def structural(sides: tuple[int, ...] = (64, 128, 256), pairs: int = 64) -> list[Row]:
    """Mean SSIM of grey pictures."""
    rows = []
    for side in sides:
        rng = np.random.default_rng(side)
        a = [cv2.GaussianBlur(rng.integers(0, 256, (side, side), np.uint8), (0, 0), 1.5) for _ in range(pairs)]
        b = [np.clip(x + rng.normal(0, 9, x.shape), 0, 255).astype(np.uint8) for x in a]
        results: dict[str, list[float]] = {}

        def ours(a=a, b=b, results=results) -> None:
            results["ours"] = [ssim.mean_ssim(x, y) for x, y in zip(a, b, strict=True)]

        def theirs(a=a, b=b, results=results) -> None:
            options = {"gaussian_weights": True, "sigma": 1.5, "use_sample_covariance": False, "data_range": 255}
            results["theirs"] = [structural_similarity(x, y, **options) for x, y in zip(a, b, strict=True)]

        times = in_turns(pairs, ours, theirs)
        worst = np.abs(np.subtract(results["ours"], results["theirs"])).max()
        rows.append(Row(f"SSIM, {side} px", "scikit-image", *times, f"to {worst:.1e}"))
    return rows


def pooling(shapes: tuple[tuple[int, ...], ...] = ((512, 16, 16), (2048, 16, 16), (320, 14, 18))) -> list[Row]:
    """Region maxima of a map, of unit length; the peer is the loop of the published implementation."""
    rows = []
    for channels, height, width in shapes:
        maps = torch.rand(8, channels, height, width).contiguous(memory_format=torch.channels_last)
        own = maps.permute(0, 2, 3, 1).numpy()
        grid = region_grid(height, width, 3)

        def ours(maps=own) -> np.ndarray:
            return region_vectors(maps, Pooling())

        def theirs(maps=maps, grid=grid) -> torch.Tensor:
            found = []
            for top, left, side, _ in grid:
                columns = maps[:, :, :, (left + torch.arange(side)).tolist()]
                region = columns[:, :, (top + torch.arange(side)).tolist(), :]
                found.append(torch.nn.functional.normalize(region.amax((2, 3)), dim=1))
            return torch.stack(found, 1)

        with torch.inference_mode():
            times = in_turns(len(maps), ours, theirs)
            worst = float(np.abs(ours() - theirs().numpy()).max())
        rows.append(Row(f"R-MAC of {channels} x {height} x {width}", "loop over regions", *times, f"to {worst:.1e}"))
    return rows


def with_rensa(sets: int = 5000, tokens: int = 256) -> list[Row]:
    """Signatures alone; rensa's are another estimate of the same similarity."""
    import rensa

    drawn = np.random.default_rng(1).integers(0, 2**32, (sets, tokens), np.uint32)
    lists = [[str(token).encode() for token in one] for one in drawn.tolist()]

    def ours() -> None:
        for one in drawn:
            minhash.signature(one, 128, 1)

    def theirs() -> None:
        for one in lists:
            sketch = rensa.RMinHash(num_perm=128, seed=1)
            sketch.update(one)
            sketch.digest()

    return [Row(f"MinHash, {tokens} tokens, 128", "rensa", *in_turns(sets, ours, theirs), "other hashes")]


def with_faiss(images: int = 100_000, cosine: float = 0.8) -> list[Row]:
    """All pairs of embeddings above a cosine: our bands and sketches against faiss, on synthetic fingerprints."""
    import faiss

    faiss.omp_set_num_threads(1)
    corpus = Corpus(images)
    vectors = corpus.embeddings(np.arange(images))
    exact = vectors.astype(np.float32)
    results: dict[str, set[tuple[int, int]]] = {}

    def check(pairs: np.ndarray) -> set[tuple[int, int]]:
        pairs = np.unique(np.sort(pairs, 1), axis=0)
        near = (exact[pairs[:, 0]] * exact[pairs[:, 1]]).sum(1) >= cosine
        return {tuple(pair) for pair in pairs[near].tolist()}

    def ours() -> None:
        sketches = hyperplanes.sketches(vectors)
        codes, again = cross_polytopes.codes(vectors, WIDTHS[0], 7), WIDTHS[0].codes
        looks, nothing = sketches.repeat(again, 0), np.zeros((images * again, 0), np.uint32)
        limits = Limits((most_apart(cosine, 16),), most=4096, near=0, crowd=4096, heads=2)
        met = [collide(codes[:, band].ravel(), nothing, looks, limits)[0].pairs // again for band in range(ROTATIONS)]
        results["ours"] = check(np.concatenate(met))

    def ivf() -> None:
        quantizer = faiss.IndexFlatIP(DIMS)
        index = faiss.IndexIVFFlat(quantizer, DIMS, 1024, faiss.METRIC_INNER_PRODUCT)
        index.train(exact[:40_000])
        index.add(exact)
        index.nprobe = 16
        _, nearest = index.search(exact, 4)
        own = np.repeat(np.arange(images), 4)
        pairs = np.stack([own, nearest.ravel()], 1)
        results["ivf"] = check(pairs[(pairs[:, 0] != pairs[:, 1]) & (pairs[:, 1] >= 0)])

    begun = time.process_time()
    ours()
    mine = 1e6 * (time.process_time() - begun) / images
    begun = time.process_time()
    ivf()
    theirs = 1e6 * (time.process_time() - begun) / images
    every = results["ours"] | results["ivf"]
    shares = ", ".join(f"{name} {len(found) / len(every):.3f}" for name, found in results.items())
    return [
        Row(f"pairs of cosine {cosine} among {images:,}", "faiss IVF 1024, 16 probes", mine, theirs, f"found: {shares}")
    ]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--peers", action="store_true")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    prepare_worker()
    torch.set_num_threads(1)
    rows = minhash_and_banding() + structural() + pooling()
    if options.peers:
        rows += with_rensa() + with_faiss()
    columns = ["what", "peer", "ours, us", "peer, us", "ratio", "results agree"]
    cells: list[list[Cell]] = [[r.name, r.peer, r.ours, r.theirs, r.theirs / r.ours, r.agree] for r in rows]
    tell([Table("Kernels, CPU microseconds an item", columns, cells)], options.json)


if __name__ == "__main__":
    main()
