"""The report page: what it shows, how it copes with many clusters, and that it asks the network for nothing."""

import re

import pyarrow as pa
import pyarrow.parquet as pq

from pipelines import report
from transforms.schemas import CLUSTERS, FAILURES, PAIRS

COUNTS = {"listed": 0, "clusters": 0, "duplicates": 0, "reclaimable_bytes": 0, "failures": 0, "capped_buckets": 0}
LIMITS = {"clusters": 200, "members": 12, "failures": 200}


def write(root, clusters=(), pairs=(), failures=(), uris=()):
    columns = {"uri": list(uris), "thumbnail": [b"\xff\xd8jpeg"] * len(uris)}
    thumbnails = pa.table(columns, pa.schema([("uri", pa.string()), ("thumbnail", pa.binary())]))
    parts = {}
    tables = {
        "clusters": pa.Table.from_pylist(list(clusters), CLUSTERS),
        "pairs": pa.Table.from_pylist(list(pairs), PAIRS),
        "failures": pa.Table.from_pylist(list(failures), FAILURES),
        "fingerprints": thumbnails,
    }
    for name, table in tables.items():
        (root / name).mkdir(parents=True)
        pq.write_table(table, root / name / "part.parquet")
        parts[name] = [{"path": f"{name}/part.parquet"}]
    record = {"inputs": ["in"], "versions": {"lookalike": "0"}, "counts": dict(COUNTS), "parts": parts}
    record["counts"]["clusters"] = len({c["cluster_id"] for c in clusters})
    record["counts"]["failures"] = len(failures)
    return record


def row(cluster, uri, best, size=2):
    return {
        "cluster_id": cluster, "uri": uri, "is_representative": uri == best, "representative_uri": best,
        "cosine": 0.9, "jaccard": 0.5, "ssim": 0.8, "match": "exact" if uri == best else "near", "size": size,
        "width": 10, "height": 10, "bytes": 5, "reclaimable_bytes": 5,
    }  # fmt: skip


def test_ten_thousand_clusters_show_the_largest_and_say_so(tmp_path):
    rows = [row(f"{n:05d}", f"/{n}/{m}.jpg", f"/{n}/0.jpg") for n in range(10_000) for m in range(3 if n == 77 else 2)]
    record = write(tmp_path, rows, uris=[r["uri"] for r in rows])
    page = report.render(str(tmp_path), record, LIMITS)
    assert "The 200 largest of 10,000 clusters are shown" in page
    assert page.count('<section class="cluster"') == 200
    assert page.index('id="00077"') < page.index('id="00000"')
    assert len(page) < 1_000_000


def test_the_page_asks_the_network_for_nothing_and_escapes_names(tmp_path):
    name = "/x/<script>alert(1)</script>.jpg"
    record = write(tmp_path, [row("a", name, "/x/b.jpg"), row("a", "/x/b.jpg", "/x/b.jpg")], uris=[name, "/x/b.jpg"])
    page = report.render(str(tmp_path), record, LIMITS)
    assert "<script" not in page and "&lt;script&gt;" in page
    assert not re.search(r"(src|href)=\"(?!data:)", page) and "http" not in page


def test_long_clusters_are_cut_with_a_word(tmp_path):
    rows = [row("a", f"/{m}.jpg", "/0.jpg", 20) for m in range(20)]
    page = report.render(str(tmp_path), write(tmp_path, rows, uris=[r["uri"] for r in rows]), LIMITS)
    assert page.count("<figure") == 12 and "and 8 more" in page


def test_failures_are_listed_up_to_the_limit(tmp_path):
    failures = [{"uri": f"/{n}.jpg", "stage": "read", "error": "undecodable", "message": "why"} for n in range(300)]
    page = report.render(str(tmp_path), write(tmp_path, failures=failures), LIMITS)
    assert page.count("undecodable") == 200 and "The first 200" in page


def test_bytes_are_written_for_people():
    assert [report.human_bytes(n) for n in (0, 999, 12_345, 5 * 10**9)] == ["0 B", "999 B", "12.3 kB", "5.0 GB"]
