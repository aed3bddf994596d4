"""A finished audit of any size, drawn as tables with no image read: what is shown of large audits is tried on these.

Cluster number n has 2 to 4 members below `/pictures/FOLDER/`, of which the first is the kept one. Every tenth cluster
is followed by a pair that makes none: a variant, a view or an overlap.
"""

import itertools
from pathlib import Path

import numpy as np
import pyarrow as pa

from lookalike.pipelines.configuration.config import Config
from lookalike.pipelines.run import manifest
from lookalike.transforms.core.keys import key_of
from lookalike.transforms.core.partitions import parts_for, parts_of_heads
from lookalike.transforms.core.schemas import CLUSTERS, FAILURES, PAIRS
from lookalike.transforms.io.generate import part_path
from lookalike.transforms.io.parquet_sink import write_table
from tests.synthetic import draw_picture, encoded

RELATIONS = ("same", "overlaid", "part", "whole")
BESIDE = ("variant", "view", "overlap")
WIDTH, HEIGHT = 640, 480


def synthetic_audit(root: Path, clusters: int) -> Path:
    """Write an audit with so many clusters; its folder."""
    number = np.repeat(np.arange(clusters), 2 + np.arange(clusters) % 3)
    place = np.arange(len(number)) - np.searchsorted(number, number)
    uris = np.array([f"/pictures/{n % 100:02d}/{n:07d}-{p}.jpg" for n, p in zip(number, place, strict=True)], object)
    kept = uris[np.searchsorted(number, number)]
    copies = place > 0
    relations = np.where(copies, np.array(RELATIONS, object)[(number + place) % 4], "same")
    probability = 0.5 + (number * 7919 % 5000) / 10_000
    ids = np.array([f"{n * 2654435761 % (1 << 32):08x}{n:024x}" for n in range(clusters)], object)[number]
    sizes = np.bincount(number)[number]
    rows = {
        "cluster_id": ids, "uri": uris, "is_representative": ~copies, "representative_uri": kept,
        **dict.fromkeys(("cosine", "jaccard", "ssim"), np.where(copies, probability, 1)),
        "match": np.where(copies, "near", "exact"), "relation": relations, "size": sizes,
        "width": np.full(len(uris), WIDTH), "height": np.full(len(uris), HEIGHT), "bytes": 100_000 + number % 1000,
        "reclaimable": copies & (number % 2 == 0), "reclaimable_bytes": (sizes - 1) * 1000,
        "reason": np.full(len(uris), "more pixels in the kept copy", object),
    }  # fmt: skip
    others = np.arange(0, clusters, 10)
    ends = [np.array([f"/pictures/beside/{n:07d}-{end}.jpg" for n in others], object) for end in "ab"]
    pairs = pa.concat_tables(
        [
            _pairs(kept[copies], uris[copies], relations[copies], probability[copies]),
            _pairs(*ends, np.array(BESIDE, object)[others // 10 % 3], 0.5 + others / clusters / 2),
        ]
    )
    parts = {
        "clusters": _written(root, "clusters", pa.table(rows).cast(CLUSTERS), ids),
        "pairs": _written(root, "pairs", pairs, pairs["uri_a"].to_pylist()),
        "fingerprints": _fingerprints(root, np.concatenate([uris, *ends])),
        "failures": _written(root, "failures", FAILURES.empty_table(), []),
    }
    counts = {"listed": len(uris), "fingerprints": len(uris), "failures": 0, "capped_buckets": 0, "clusters": clusters}
    counts |= {"duplicates": int(copies.sum()), "reclaimable": int(rows["reclaimable"].sum())}
    counts |= {"reclaimable_bytes": int((sizes[~copies] - 1).sum() * 1000)}
    record = {name: kind() for name, kind in manifest.NEEDED.items()} | {
        "format": manifest.FORMAT, "parts": parts, "counts": counts, "inputs": ["/pictures"], "since": None,
        "started": "2026-01-02T03:04:05", "versions": {"lookalike": "0"}, "configuration": Config().plain(),
        "left_out": {}, "sniffed": {},
    }  # fmt: skip
    manifest.write(str(root), record)
    return root


def _pairs(a, b, relations, probability) -> pa.Table:
    count = len(a)
    flat = {name: np.full(count, 0.9) for name in ("cosine", "jaccard", "ssim", "luminance", "contrast", "structure")}
    columns = flat | {
        "uri_a": a, "uri_b": b, "match": np.full(count, "near", object), "relation": relations,
        "probability": probability, "overlap": np.ones(count), "mirrored": np.zeros(count, bool),
        "proposed_by": pa.array([["embedding"]] * count),
        "transform": pa.FixedSizeListArray.from_arrays(np.tile([1.0, 0, 0, 0, 1, 0], count), 6),
        "worst": pa.FixedSizeListArray.from_arrays(np.tile(np.float32([0.25, 0.25, 0.5, 0.5]), count), 4),
        "near_misses": np.zeros(count, np.int32),
    }  # fmt: skip
    return pa.table({name: columns[name] for name in PAIRS.names}).cast(PAIRS)


def _fingerprints(root: Path, uris) -> list[dict[str, object]]:
    """The columns that a page needs, in parts as a run divides them."""
    thumbnails = [encoded(draw_picture(seed, 160, 120), quality=75) for seed in range(16)]
    hashes = [key_of(uri) * 2 for uri in uris]
    columns = {
        "uri": pa.array(uris, pa.string()), "content_hash": pa.array(hashes, pa.binary(32)),
        "width": pa.array(np.full(len(uris), WIDTH), pa.int32()),
        "height": pa.array(np.full(len(uris), HEIGHT), pa.int32()),
        "bytes": pa.array(np.full(len(uris), 100_000)), "format": pa.array(np.full(len(uris), "JPEG", object)),
        "thumbnail": pa.DictionaryArray.from_arrays([content[0] % 16 for content in hashes], thumbnails),
    }  # fmt: skip
    return _written(root, "fingerprints", pa.table(columns), uris)


def _written(root: Path, name: str, table: pa.Table, keys) -> list[dict[str, object]]:
    """A table in parts, each row in that of its key."""
    parts = parts_for(len(table), 1024)
    heads = np.array([int.from_bytes(key_of(key)[:8], "big") for key in keys], np.uint64)
    numbers = parts_of_heads(heads, parts)
    order = np.argsort(numbers, kind="stable")
    table, bounds = table.take(order), np.searchsorted(numbers[order], np.arange(parts + 1))
    written = []
    for part, (start, end) in enumerate(itertools.pairwise(bounds)):
        rows = table.slice(start, end - start)
        plain = [(f.name, getattr(f.type, "value_type", f.type) if pa.types.is_dictionary(f.type) else f.type)
                 for f in rows.schema]  # fmt: skip
        written.append(write_table(str(root), part_path(name, part, parts), rows.cast(pa.schema(plain)))._asdict())
    return written
