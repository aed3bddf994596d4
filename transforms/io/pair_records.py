"""The candidates table: one record for every pair that was aligned, whether it was confirmed or not.

What is found of a pair depends on its two pictures, so a later audit takes the records of unchanged pictures over.
"""

from collections.abc import Iterator

import numpy as np
import pyarrow as pa

from lookalike.transforms.core.pairs import MATCHES, MEASURES, PAIR, PROPOSER_BIT
from lookalike.transforms.core.partitions import parts_of_heads
from lookalike.transforms.functional.verification.near_misses import outcomes
from lookalike.transforms.storage.reading import read_parquet

TABLE = "candidates"

RECORD = np.dtype(
    [
        *(("a", "V16"), ("b", "V16"), ("pixels_a", "V8"), ("pixels_b", "V8")),
        *(("parity", "i1"), ("near", "?"), ("relation", "u1"), ("laid", "u1"), ("cut", "?"), ("mirrored", "?")),
        *((name, "<f8") for name in ("cosine", "jaccard", "ssim", "luminance", "contrast", "structure")),
        *(("overlap", "<f8"), ("covered", "<f8"), ("probability", "<f8"), ("transform", "<f8", (6,))),
        *(("recoloured", "<f8"), ("least", "<f8"), ("worst", "<f8", (4,))),
        *(("log_odds", "<f8"), ("copies", "u1"), ("otherwise", "u1"), ("likely", "<f8")),
    ]
)
"""a < b: keys. pixels_a, pixels_b: the first 8 bytes of their pixel hashes. All that has a direction (relation, laid,
transform, overlap, covered, worst) is from the image whose pixel hash is smaller to the other, whichever is called a.
parity: index into `functional.keypoints.keypoints.KeypointAxes.parity` under which their words agree, or -1. near:
their embeddings propose the pair. log_odds, copies, otherwise, likely: a `functional.verification.decision.Decision`;
relations are indices into `functional.verification.relations.RELATIONS`. relation, probability: what the pair comes to
by itself, of refused pairs too, whose relation is 0. The rest is as in `schemas.Pair`, and zero where the pair can't
have a relation.
"""


Group = tuple[int, int]
"""Two blocks of keys, the lower first: the unit of the comparison."""


def group_number(group: Group, blocks: int) -> int:
    """(own, other), own <= other -> its place in the order of all groups."""
    own, other = group
    return own * blocks - own * (own - 1) // 2 + other - own


def all_groups(blocks: int) -> Iterator[Group]:
    """Every pair of blocks, in order."""
    return ((own, other) for own in range(blocks) for other in range(own, blocks))


def to_table(records: np.ndarray) -> pa.Table:
    """Records -> rows, in order of a and b."""
    ends = [halves(records[name]) for name in ("b", "a")]
    ordered = records[np.lexsort([*(e[:, 1 - i] for e in ends for i in (0, 1))])]
    columns = {}
    for name in RECORD.names or ():
        values = np.ascontiguousarray(ordered[name])
        kind = RECORD[name]
        if kind.subdtype:
            flat = pa.array(values.ravel())
            columns[name] = pa.FixedSizeListArray.from_arrays(flat, kind.shape[0])
        elif kind.kind == "V":
            columns[name] = pa.Array.from_buffers(
                pa.binary(kind.itemsize), len(values), [None, pa.py_buffer(values.tobytes())]
            )
        else:
            columns[name] = pa.array(values)
    return pa.table(columns)


def halves(keys: np.ndarray) -> np.ndarray:
    """(n,) V16 -> (n, 2) uint64, in whose order the keys are."""
    return np.frombuffer(np.ascontiguousarray(keys).tobytes(), ">u8").reshape(-1, 2).astype(np.uint64)


def by_part_of(keys: np.ndarray, parts: int) -> Iterator[tuple[int, np.ndarray]]:
    """(n,) V16 keys of images -> each part that some of them lie in, and (n,) bool, which."""
    part = parts_of_heads(halves(keys)[:, 0], parts)
    for number in np.unique(part).tolist():
        yield number, part == number


def read_records(path: str) -> np.ndarray:
    """A part of the candidates table -> records."""
    table = read_parquet(path).combine_chunks()
    records = np.zeros(len(table), RECORD)
    for name in (RECORD.names or ()) if len(table) else ():
        column, kind = table[name].chunk(0), RECORD[name]
        if kind.subdtype:
            records[name] = column.flatten().to_numpy().reshape(-1, kind.shape[0])
        elif kind.kind == "V":
            raw = column.buffers()[1].to_pybytes()[column.offset * kind.itemsize :]
            records[name] = np.frombuffer(raw, kind, len(table))
        else:
            records[name] = column.to_numpy(zero_copy_only=False)
    return records


def settle(records: np.ndarray, least: float, shift: np.ndarray | float = 0.0) -> None:
    """Sets relation and probability of records, in place. least: the probability from which two pictures count as
    copies. shift: what is added to the log-odds of each.
    """
    found = outcomes(records["log_odds"] + shift, records["copies"] > 0, records["likely"], least)
    records["relation"] = np.where(found.copies, records["copies"], records["otherwise"])
    records["probability"] = found.probability


def pairs_of(records: np.ndarray) -> bytes:
    """Records -> those that have a relation, as PAIR records: first the image whose pixel hash is smaller, from which
    all that has a direction was measured.
    """
    chosen = records[records["relation"] > 0]
    pairs = np.zeros(len(chosen), PAIR)
    pixels = [np.frombuffer(np.ascontiguousarray(chosen[name]).tobytes(), ">u8") for name in ("pixels_a", "pixels_b")]
    turned = pixels[1] < pixels[0]
    pairs["a"], pairs["b"] = np.where(turned, chosen["b"], chosen["a"]), np.where(turned, chosen["a"], chosen["b"])
    pairs["match"] = MATCHES.index("near")
    near, shingles = PROPOSER_BIT["embedding"], PROPOSER_BIT["minhash"]
    pairs["proposed_by"] = near * chosen["near"] + shingles * (chosen["parity"] >= 0)
    more = "mirrored", "transform", "recoloured", "least", "relation", "probability", "worst", "laid", "cut"
    for name in (*MEASURES, *more):
        pairs[name] = chosen[name]
    return pairs.tobytes()
