"""What the launcher does with the tables of a run: its memory does not grow with them."""

import gc
import hashlib
import json
import tracemalloc
from collections import Counter
from types import SimpleNamespace

import numpy as np
import pyarrow as pa
import pytest

from lookalike.pipelines.configuration.config import Config
from lookalike.pipelines.evaluate import evaluate
from lookalike.pipelines.evaluate.evaluate_embedding import evaluate_embedding
from lookalike.pipelines.review import delta, report
from lookalike.pipelines.review.shown.clusters import largest_clusters
from lookalike.pipelines.run import manifest
from lookalike.pipelines.run.steps import counts
from lookalike.transforms.core.keys import key_of
from lookalike.transforms.core.partitions import part_of
from lookalike.transforms.core.schemas import CLUSTERS, FAILURES, PAIRS, fingerprints_schema
from lookalike.transforms.core.settings.output import ReportSettings
from lookalike.transforms.functional.images.pixels.detail import Detail
from lookalike.transforms.io.generate import part_path
from lookalike.transforms.io.parquet_sink import note_count, table_of, write_table

ROWS = 600
"""Of each part of each table."""
LIMITS = ReportSettings(clusters=20, members=5, failures=10, pairs=10)
SCHEMA = fingerprints_schema(4, 4)


def fingerprint(uri):
    vector, words, digest = np.ones(4, np.float16), np.zeros(4, np.uint32), key_of(uri) * 2
    made = vector, words, words, 0, b"", 0, 0, b"", b"thumbnail", 1.0
    return (uri, 9, "", "", "", digest, digest, 8, 8, "JPEG", False, 1, "RGB", *Detail(8), *made)


def fields(schema, **values):
    """A row of a table, with nothing in the columns that are not named."""
    nothing = {pa.string(): "", pa.bool_(): False, pa.list_(pa.string()): []}
    lists = {"transform": [0.0] * 6, "worst": [0.0] * 4}
    return tuple(values.get(f.name, lists.get(f.name, nothing.get(f.type, 0))) for f in schema)


def write_run(root, parts, renamed=0):
    """A finished run whose tables have so many parts: clusters of three images, the first of which is the best; and one
    of six. renamed: of so many clusters a copy has another URI.
    """
    clusters = sorted(hashlib.blake2b(f"{n}".encode(), digest_size=16).hexdigest() for n in range(parts * ROWS // 3))
    rows = {name: [[] for _ in range(parts)] for name in ("fingerprints", "clusters", "pairs", "failures")}
    for number, name in enumerate(clusters):
        part = part_of(bytes.fromhex(name), parts)
        uris = [f"/corpus/{name}/{name[:8]}-{copy}.jpg" for copy in range(6 if number == 7 else 3)]
        if number < renamed:
            uris[1] += ".renamed"
        for uri in uris:
            best = uri == uris[0]
            shown = {"cluster_id": name, "uri": uri, "representative_uri": uris[0], "is_representative": best}
            shown |= {"bytes": 9, "ssim": 1.0 if best else 0.5, "match": "exact" if best else "near"}
            shown |= {"reclaimable": not best, "relation": "same"}
            rows["clusters"][part].append(fields(CLUSTERS, **shown, reclaimable_bytes=9 * (len(uris) - 1)))
            rows["fingerprints"][part].append(fingerprint(uri))
            if not best:
                turn = [1.0, 0.0, 0.0, 0.0, 1.0, 0.0]
                pair = fields(PAIRS, uri_a=uris[0], uri_b=uri, match="near", relation="same", transform=turn, ssim=0.5)
                rows["pairs"][part].append(pair)
        stage = ("list", "read", "pair")[number % 3]
        rows["failures"][part].append((f"/broken/{name}.jpg", stage, "undecodable", "a word " * 9))
    schemas = {"fingerprints": SCHEMA, "clusters": CLUSTERS, "pairs": PAIRS, "failures": FAILURES}
    written = {
        name: [
            write_table(str(root), part_path(name, part, parts), table_of(some, schemas[name]))
            for part, some in enumerate(divided)
        ]
        for name, divided in rows.items()
    }
    note_count(str(root), "sources", sum(p.rows for p in written["fingerprints"]) + len(clusters[1::3]))
    record = {
        "format": manifest.FORMAT,
        "parts": {name: [part._asdict() for part in some] for name, some in written.items()},
        "counts": counts.count_all(str(root), written),
        "inputs": ["in"],
        "configuration": Config().plain(),
        "digests": {},
        "versions": {"lookalike": "0"},
        "started": "2026-01-02T03:04:05",
        "since": None,
    }
    (root / "audit.json").write_text(json.dumps(record))
    copies = [row[1] for row in rows["clusters"][0][:30]]
    lines = [f"{uri.rpartition('/')[2]},{uri[8:40]},{'copy' if '-1' in uri else ''}" for uri in copies]
    (root / "truth.csv").write_text("\n".join(["file,group,role", *lines]))
    return str(root), record, written


@pytest.fixture(scope="module")
def runs(tmp_path_factory):
    """The same run twice, a few clusters apart; small, and four times as large."""
    place = tmp_path_factory.mktemp("runs")
    return {
        parts: (write_run(place / f"{parts}", parts), write_run(place / f"{parts}-before", parts, 3))
        for parts in (4, 16)
    }


def since(earlier):
    return SimpleNamespace(output=earlier[0], record=earlier[1])


TASKS = {
    "counts": lambda run, _: counts.count_all(run[0], run[2]),
    "counts of the first half": lambda run, _: counts.count_fingerprints(run[0], run[2]),
    "report": lambda run, _: report.render(run[0], run[1], LIMITS),
    "delta": lambda run, before: delta.write(run[0], run[2], since(before)),
    "evaluate": lambda run, _: evaluate.evaluate(f"{run[0]}/truth.csv", run[0]),
    "evaluate --embedding": lambda run, _: evaluate_embedding(f"{run[0]}/truth.csv", run[0]),
}


def peak_of(task, *arguments):
    """The most bytes that were held at once by Python and by Arrow."""
    pool, usual = pa.proxy_memory_pool(pa.default_memory_pool()), pa.default_memory_pool()
    seldom = gc.get_threshold()
    gc.set_threshold(700, 10, 10)  # as in any process: a test before may have run a command, which collects seldom
    task(*arguments)  # what is made once is made
    pa.set_memory_pool(pool)
    tracemalloc.start()
    try:
        task(*arguments)
        return tracemalloc.get_traced_memory()[1] + pool.max_memory()
    finally:
        tracemalloc.stop()
        pa.set_memory_pool(usual)
        gc.set_threshold(*seldom)


@pytest.mark.parametrize("name", TASKS)
def test_memory_does_not_grow_with_the_tables(runs, name):
    small, large = (peak_of(TASKS[name], *runs[parts]) for parts in (4, 16))
    assert large < 1.5 * small  # of four times the rows


def test_what_is_counted(runs):
    (_, record, written), _ = runs[4]
    clusters = 4 * ROWS // 3
    fingerprints = 3 * clusters + 3
    failed = Counter(("list", "read", "pair")[number % 3] for number in range(clusters))
    assert record["counts"] == {
        "listed": fingerprints + failed["list"] + failed["read"],
        "fingerprints": fingerprints,
        "failures": failed["list"] + failed["read"],
        "capped_buckets": failed["pair"],
        "pairs": 2 * clusters + 3,
        "clusters": clusters,
        "duplicates": 2 * clusters + 3,
        "reclaimable": 2 * clusters + 3,
        "reclaimable_bytes": 9 * (2 * clusters + 3),
    }
    assert counts.count_failures(runs[4][0][0], written["failures"]) == failed


def test_the_report_shows_the_largest_of_all_parts(runs):
    output, record, _ = runs[16][0]
    found = largest_clusters(output, record, 3, 2)
    names = sorted(hashlib.blake2b(f"{n}".encode(), digest_size=16).hexdigest() for n in range(16 * ROWS // 3))
    assert [cluster["id"] for cluster in found] == [names[7], names[0], names[1]]
    assert [(cluster["size"], cluster["hidden"], cluster["score"]) for cluster in found[:2]] == [
        (6, 4, 0.5),
        (3, 1, 0.5),
    ]
    assert found[0]["members"][0]["uri"].endswith("-0.jpg") and found[0]["kinds"] == ["near", "the same"]


def test_the_first_rows_need_only_the_first_parts(runs, monkeypatch):
    output, record, _ = runs[16][0]
    read = []
    real = report.manifest.read_columns
    monkeypatch.setattr(report.manifest, "read_columns", lambda *a: (read.append(a[0]), real(*a))[1])
    assert len(report.first_rows(output, record, "failures", 10)) == 10
    assert len(read) == 1


@pytest.mark.parametrize("others", [1, 4, 16])
def test_the_delta_is_that_of_whole_tables(runs, tmp_path, others):
    """Whatever the numbers of parts were."""
    now, before = runs[4]
    whole = pa.concat_tables(table for table in report.manifest.tables(before[1], before[0], "clusters"))
    rows = [tuple(row.values()) for row in whole.to_pylist()]
    divided = [[row for row in rows if part_of(bytes.fromhex(row[0]), others) == part] for part in range(others)]
    paths = []
    for part, some in enumerate(divided):
        write_table(str(tmp_path), part_path("clusters", part, others), table_of(some, CLUSTERS))
        paths.append(f"{tmp_path}/{part_path('clusters', part, others)}")
    present = [f"{now[0]}/{part.path}" for part in now[2]["clusters"]]
    told = delta.compare(*delta.changed_clusters(paths, present))
    assert told == delta.compare(delta.read_clusters(paths), delta.read_clusters(present))
    assert [row["change"] for row in told] == ["changed"] * 3
