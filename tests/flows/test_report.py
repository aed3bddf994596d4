"""The report page: what it shows, how it copes with many clusters, and that it asks the network for nothing."""

import json
import math
import re

import pyarrow as pa
import pytest

from lookalike.pipelines.review import delta, report
from lookalike.pipelines.review.shown.evidence import edits_of
from lookalike.pipelines.review.sizes import human_bytes
from lookalike.transforms.core.keys import key_of
from lookalike.transforms.core.schemas import CLUSTERS, FAILURES, PAIRS
from lookalike.transforms.core.settings.output import ReportSettings
from lookalike.transforms.functional.verification.relations import JOINING
from lookalike.transforms.io.parquet_sink import write_table

COUNTS = {"listed": 0, "clusters": 0, "duplicates": 0, "failures": 0, "capped_buckets": 0, "reclaimable": 0}
COUNTS |= {"reclaimable_bytes": 0}
LIMITS = ReportSettings(clusters=200, members=12, pairs=2, failures=200)


def write(root, clusters=(), pairs=(), failures=(), uris=(), thumbnail=b"\xff\xd8jpeg"):
    thumbnails = pa.table(
        {
            "uri": list(uris),
            "thumbnail": [thumbnail] * len(uris),
            "content_hash": [key_of(uri) * 2 for uri in uris],
            "width": [100] * len(uris),
            "height": [50] * len(uris),
        },
        pa.schema(
            [
                *(("uri", pa.string()), ("thumbnail", pa.binary()), ("content_hash", pa.binary(32))),
                *(("width", pa.int32()), ("height", pa.int32())),
            ]
        ),
    )
    parts = {}
    tables = {
        "clusters": pa.Table.from_pylist(list(clusters), CLUSTERS),
        "pairs": pa.Table.from_pylist(list(pairs), PAIRS),
        "failures": pa.Table.from_pylist(list(failures), FAILURES),
        "fingerprints": thumbnails,
    }
    for name, table in tables.items():
        parts[name] = [write_table(str(root), f"{name}/part.parquet", table)._asdict()]
    record = {"inputs": ["in"], "versions": {"lookalike": "0"}, "counts": dict(COUNTS), "parts": parts}
    record |= {"started": "2026-01-02T03:04:05", "since": None, "configuration": {"cluster": {"join": JOINING}}}
    record["counts"]["clusters"] = len({c["cluster_id"] for c in clusters})
    record["counts"]["failures"] = len(failures)
    return record


def row(cluster, uri, best, size=2):
    return {
        "cluster_id": cluster, "uri": uri, "is_representative": uri == best, "representative_uri": best,
        "cosine": 0.9, "jaccard": 0.5, "ssim": 0.8, "match": "exact" if uri == best else "near",
        "relation": "same" if uri == best else "part", "size": size,
        "width": 10, "height": 10, "bytes": 5, "reclaimable": True, "reclaimable_bytes": 5,
        "reason": "more pixels in the kept copy",
    }  # fmt: skip


def data(page):
    """What the page's script reads."""
    return json.loads(re.search(r'<script type="application/json" id="data">(.*?)</script>', page, re.DOTALL)[1])


def test_ten_thousand_clusters_show_the_largest_and_say_so(tmp_path):
    rows = [row(f"{n:05d}", f"/{n}/{m}.jpg", f"/{n}/0.jpg") for n in range(10_000) for m in range(3 if n == 77 else 2)]
    record = write(tmp_path, rows, uris=[r["uri"] for r in rows])
    page = report.render(str(tmp_path), record, LIMITS)
    assert "The 200 largest of 10,000 clusters are shown" in page
    clusters = data(page)["clusters"]
    assert len(clusters) == 200 and clusters[0]["id"] == "00077" and clusters[0]["size"] == 3
    assert len(page) < 1_000_000


def test_the_page_asks_the_network_for_nothing_and_escapes_names(tmp_path):
    name = "/x/<script>alert(1)</script>.jpg"
    record = write(tmp_path, [row("a", name, "/x/b.jpg"), row("a", "/x/b.jpg", "/x/b.jpg")], uris=[name, "/x/b.jpg"])
    page = report.render(str(tmp_path), record, LIMITS)
    assert "<script>alert" not in page and data(page)["clusters"][0]["members"][1]["uri"] == name
    assert not re.search(r"(src|href)=\"(?!data:|#)", page) and "http" not in page


def test_long_clusters_are_cut_with_a_word(tmp_path):
    rows = [row("a", f"/{m}.jpg", "/0.jpg", 20) for m in range(20)]
    page = report.render(str(tmp_path), write(tmp_path, rows, uris=[r["uri"] for r in rows]), LIMITS)
    (cluster,) = data(page)["clusters"]
    assert len(cluster["members"]) == 12 and cluster["hidden"] == 8


def test_failures_are_listed_up_to_the_limit(tmp_path):
    failures = [{"uri": f"/{n}.jpg", "stage": "read", "error": "undecodable", "message": "why"} for n in range(300)]
    page = report.render(str(tmp_path), write(tmp_path, failures=failures), LIMITS)
    assert page.count("undecodable") == 200 and "The first 200" in page


def test_bytes_are_written_for_people():
    assert [human_bytes(n) for n in (0, 999, 12_345, 5 * 10**9)] == ["0 B", "999 B", "12.3 kB", "5.0 GB"]


def pair_row(transform, overlap=1.0, structure=1.0):
    return {"transform": transform, "overlap": overlap, "structure": structure, "contrast": 1.0, "luminance": 1.0}


C, S = math.cos(math.radians(10)), math.sin(math.radians(10))


@pytest.mark.parametrize(
    ("pair", "edits"),
    [
        (pair_row([1, 0, 0, 0, 1, 0]), ["re-encoded"]),
        (pair_row([-1, 0, 99, 0, 1, 0]), ["mirrored"]),
        (pair_row([1, 0, 0, 0, -1, 99]), ["mirrored", "turned"]),
        (pair_row([0, -1, 9, 1, 0, 0]), ["turned"]),
        (pair_row([C, -S, 0, S, C, 0]), ["tilted"]),
        (pair_row([0.5, 0, 0, 0, 0.5, 0]), ["resized"]),
        (pair_row([1.3, 0, 0, 0, 1 / 1.3, 0]), ["stretched"]),
        (pair_row([1, 0, -20, 0, 1, -9], overlap=0.8), ["cropped or framed"]),
        (pair_row([1, 0, 0, 0, 1, 0], structure=0.7), ["retouched"]),
    ],
)
def test_edits_are_read_from_the_alignment(pair, edits):
    assert edits_of(pair) == edits


def confirmed(a, b, relation, probability, worst=(0.0, 0.0, 0.0, 0.0), transform=(1.0, 0, 0, 0, 1, 0)):
    measures = dict.fromkeys(("cosine", "jaccard", "ssim", "luminance", "contrast", "structure", "overlap"), 0.5)
    return measures | {
        "uri_a": a, "uri_b": b, "match": "near", "relation": relation, "probability": probability,
        "proposed_by": ["embedding"], "mirrored": False, "transform": list(transform), "worst": list(worst),
    }  # fmt: skip


def test_pairs_that_make_no_cluster_have_sections_of_their_own(tmp_path):
    uris = [f"/{number}.jpg" for number in range(8)]
    box = (0.25, 0.5, 0.125, 0.25)
    pairs = [
        *(confirmed(uris[0], uris[n], "variant", 0.1 * n, box, (1, 0, 0, 0, 1, 10)) for n in range(1, 4)),
        confirmed(uris[4], uris[5], "view", 0.4),
        *(confirmed(uris[6], uris[7], relation, 0.9) for relation in ("same", "whole")),
    ]
    record = write(tmp_path, pairs=pairs, uris=uris)
    page = report.render(str(tmp_path), record, LIMITS)
    assert "3 pairs, in no cluster; the surest 2 are shown" in page and "1 pair, in no cluster." in page
    assert page.index("<h2>Variants</h2>") < page.index("probability 0.300") < page.index("probability 0.200")
    assert page.index("probability 0.200") < page.index("<h2>Other views</h2>") < page.index("probability 0.400")
    assert "probability 0.100" not in page and "probability 0.900" not in page and "Overlaps" not in page
    # the box in a's picture, 10 px higher, and in b's
    for left, top in ((25.0, 30.0), (25.0, 50.0)):
        assert page.count(f"left:{left}%;top:{top}%;width:12.5%;height:25.0%") == 2
    assert page.count('<span class="worst"') == 4
    # what makes clusters is asked for, from either side
    record["configuration"]["cluster"]["join"] = ["same", "variant", "view"]
    page = report.render(str(tmp_path), record, LIMITS)
    assert "<h2>Variants</h2>" not in page and "<h2>Other views</h2>" not in page
    assert page.index("<h2>Parts</h2>") < page.index("probability 0.900") and page.count("probability 0.900") == 1


@pytest.mark.parametrize("best_first", [True, False])
def test_a_member_shows_what_it_is_and_where_it_disagrees_most(tmp_path, best_first):
    best, other = ("/a.jpg", "/b.jpg") if best_first else ("/b.jpg", "/a.jpg")
    rows = [row("a", best, best), row("a", other, best)]
    for one in rows:
        one |= {"width": 100, "height": 50}
    found = confirmed("/a.jpg", "/b.jpg", "part", 0.75, (0.5, 0.5, 0.25, 0.5), (2.0, 0, 0, 0, 2.0, 0))
    page = report.render(str(tmp_path), write(tmp_path, rows, [found], uris=["/a.jpg", "/b.jpg"]), LIMITS)
    (cluster,) = data(page)["clusters"]
    member = cluster["members"][1]
    assert member["uri"] == other and member["relation"] == "part" and "part of the kept one" in cluster["kinds"]
    assert member["pair"]["probability"] == 0.75
    in_a, in_b = [0.25, 0.25, 0.125, 0.25], [0.5, 0.5, 0.25, 0.5]
    assert member["boxes"] == ([in_a, in_b] if best_first else [in_b, in_a])  # the kept copy's, and its own


def test_the_delta_comes_first(tmp_path):
    rows = [row("a", "/1.jpg", "/1.jpg"), row("a", "/2.jpg", "/1.jpg")]
    record = write(tmp_path, rows, uris=["/1.jpg", "/2.jpg"])
    change = {"change": "new", "cluster_id": "a", "previous_ids": [], "size": 2, "previous_size": 0}
    changed = pa.Table.from_pylist([change | {"added": ["/1.jpg", "/2.jpg"], "removed": []}], delta.SCHEMA)
    record["parts"]["delta"] = [write_table(str(tmp_path), "delta/part.parquet", changed)._asdict()]
    record |= {"since": "/earlier", "delta": {"new": 1, "grown": 0}}
    page = report.render(str(tmp_path), record, LIMITS)
    assert page.index("Since /earlier") < page.index("<h2>Clusters</h2>") and "1 new" in page and "0 grown" not in page
    assert data(page)["clusters"][0]["change"] == "new"
