"""Are the synthetic fingerprints like real ones? What chance and copies do, side by side.

    python -m tests.benchmarks.chances AUDIT TRUTH        (a finished audit, and the truth that goes with it)

TRUTH is as for `lookalike evaluate`, with roles and tiers. `functional.shingles.MEET` and `CHANCE`, and
`pair.chance_cosines`, come from the first column.
"""

import sys

import numpy as np

from lookalike.pipelines.configuration import stages
from lookalike.pipelines.configuration.config import load
from lookalike.pipelines.evaluate.truth import TIERS, match_names, read_truth
from lookalike.pipelines.run import manifest
from lookalike.transforms.fingerprinting.fingerprints_table import matrix
from lookalike.transforms.functional.keypoints.shingles import KEPT
from lookalike.transforms.functional.lsh.codes import cross_polytopes
from lookalike.transforms.functional.lsh.codes.cross_polytopes import WIDTHS
from lookalike.transforms.functional.lsh.codes.minhash import EMPTY
from lookalike.transforms.storage.reading import read_parquet
from tests.benchmarks.fingerprints import EVERY, Corpus

UNRELATED = 1000
QUANTILES = (1e-2, 1e-3, 1e-4, 1e-5)


def least_differing(values, residual, i, j):
    """Pairs of rows -> bits that differ beside the value in common that agrees best; 99 where there is none."""
    found = []
    for at in range(0, len(i), 8192):
        a, b = i[at : at + 8192], j[at : at + 8192]
        same = (values[a] == values[b]) & (values[a] != EMPTY)
        found.append(np.where(same, np.bitwise_count((residual[a] ^ residual[b]) & KEPT), 99).min(1))
    return np.concatenate(found)


def sharing(codes: np.ndarray) -> np.ndarray:
    """(n, rotations, codes) -> (n, n) bool: who shares a code of a rotation with whom."""
    met = np.zeros((len(codes), len(codes)), bool)
    for rotation in range(codes.shape[1]):
        for one in range(codes.shape[2]):
            for other in range(one, codes.shape[2]):
                met |= codes[:, rotation, one][:, None] == codes[:, rotation, other]
    return met | met.T


def of(values, residual, vectors, strangers, pairs, tiers) -> dict[str, float]:
    """Figures by name. strangers: rows of unrelated images. pairs: (k, 2) copies and originals; tiers: of each."""
    i, j = (strangers[end] for end in np.triu_indices(len(strangers), 1))
    least = least_differing(values, residual, i, j)
    rows = {"unrelated: meet": float((least < 99).mean())}
    rows |= {f"unrelated: meet, at most {bits} bits differ": float((least <= bits).mean()) for bits in range(9)}
    stage = stages.Stages(load(), stages.Corpus("", 10**6)).pair
    near = np.zeros((len(strangers), len(strangers)), bool)
    for width in WIDTHS:
        codes = cross_polytopes.codes(vectors[strangers], width, stage.settings.seed)
        met = sharing(codes)
        rows[f"unrelated: meet by {width.joined} of {width.nearest} corners"] = float(
            met[np.triu_indices(len(met), 1)].mean()
        )
        near = met if width == stage.band_plan().polytopes else near
    near = near[np.triu_indices(len(near), 1)]
    rows["unrelated: meet by either"] = float((near | (least < 99)).mean())
    units = vectors.astype(np.float32)
    cosines = (units[strangers] @ units[strangers].T)[np.triu_indices(len(strangers), 1)]
    rows |= {f"unrelated: cosine that {q:g} exceed": float(np.quantile(cosines, 1 - q)) for q in QUANTILES}
    least = least_differing(values, residual, *pairs.T)
    cosines = (units[pairs[:, 0]] * units[pairs[:, 1]]).sum(1)
    for tier, name in enumerate(TIERS):
        own = tiers == tier
        rows[f"{name}: at most 4 bits differ"] = float((least[own] <= 4).mean())
        rows[f"{name}: cosine at least 0.36"] = float((cosines[own] >= 0.36).mean())
    return rows


def real(output: str, truth: str) -> dict[str, float]:
    """Of an audit of real images."""
    record = manifest.read(output)
    names = ["uri", "minhash", "minhash_residual", "embedding"]
    tables = [read_parquet(path, names) for path in manifest.parts(record, output, "fingerprints")]
    uris = [uri for table in tables for uri in table["uri"].to_pylist()]
    values, residual, vectors = (np.concatenate([matrix(table[name]) for table in tables]) for name in names[1:])
    rows = read_truth(truth)
    number = {uri: at for at, uri in enumerate(uris)}
    known = [
        (row, number[uri]) for row, uri in zip(rows, match_names([r["file"] for r in rows], uris), strict=True) if uri
    ]
    origin = {row["group"]: at for row, at in known if row["role"] == "original"}
    copies = [(row, at) for row, at in known if row["role"] == "copy" and row["group"] in origin]
    pairs = np.array([(at, origin[row["group"]]) for row, at in copies])
    strangers = [at for row, at in known if row["role"] in ("original", "distractor")]
    tiers = np.array([TIERS.index(row["tier"]) for row, _ in copies])
    return of(values, residual, vectors, np.array(strangers[:UNRELATED]), pairs, tiers)


def synthetic(images: int = 12_000) -> dict[str, float]:
    """Of as many synthetic ones."""
    corpus, every = Corpus(images), np.arange(images)
    copies = every[corpus.original != every]
    strangers = every[every % EVERY == 0][:UNRELATED]
    pairs = np.stack([copies, corpus.original[copies]], 1)
    return of(*corpus.signatures(every), corpus.embeddings(every), strangers, pairs, corpus.tier(copies))


def main() -> None:
    found = {"real": real(*sys.argv[1:3]), "synthetic": synthetic()}
    print("| | real | synthetic |\n|---|---|---|")
    for name in found["real"]:
        print(f"| {name} | {found['real'][name]:.3g} | {found['synthetic'][name]:.3g} |")


if __name__ == "__main__":
    main()
