"""A run's tables in, report.html out: one self-contained page that asks the network for nothing."""

import base64
import heapq
import json
import math
from functools import partial
from importlib import resources
from typing import Any

import jinja2
import markupsafe
import pyarrow as pa
import pyarrow.compute as pc

from pipelines import manifest
from transforms.pairs import ALIGNED
from transforms.stores import write_bytes
from transforms.tally import LEFT_OUT, SNIFFED, told

NAME = "report.html"


def write(output: str, record: dict[str, Any], limits: dict[str, int], lent: str = "") -> str:
    """Render the report of a run whose tables are written; its path comes back.

    limits: the `report` block of the configuration. lent: the output whose fingerprints these are, if it is another.
    """
    page = render(output, record, limits, lent)
    path = f"{output}/{NAME}"
    write_bytes(path, page.encode())
    return path


def render(output: str, record: dict[str, Any], limits: dict[str, int], lent: str = "") -> str:
    """The page as text."""
    clusters = largest_clusters(output, record, limits["clusters"], limits["members"])
    _add_pictures(clusters, lent or output, record)
    _add_evidence(clusters, output, record)
    _add_changes(clusters, output, record)
    changes = first_rows(output, record, "delta", limits["failures"])
    failures = first_rows(output, record, "failures", limits["failures"])
    environment = jinja2.Environment(autoescape=True, trim_blocks=True, lstrip_blocks=True)
    environment.filters["size"] = human_bytes
    environment.filters |= {"left_out": partial(told, done=LEFT_OUT), "sniffed": partial(told, done=SNIFFED)}
    return environment.from_string(_template("report.html")).render(
        record=record,
        counts=record["counts"],
        clusters=clusters,
        changes=changes,
        failures=failures,
        kinds=sorted({kind for cluster in clusters for kind in cluster["kinds"]}),
        style=markupsafe.Markup(_template("report.css")),
        script=markupsafe.Markup(_template("report.js")),
        data=_embedded({"clusters": clusters}),
    )


def human_bytes(count: int) -> str:
    """12345678 -> '12.3 MB'."""
    value = float(count)
    for unit in ("B", "kB", "MB", "GB", "TB"):
        if abs(value) < 1000 or unit == "TB":
            return f"{value:.0f} {unit}" if unit == "B" else f"{value:.1f} {unit}"
        value /= 1000
    raise AssertionError("unreachable")


def largest_clusters(output: str, record: dict[str, Any], most: int, members: int) -> list[dict[str, Any]]:
    """A finished run -> its `most` largest clusters, each with its representative and first `members`.

    A cluster lies in one part. So the parts are read one by one, first for sizes, then for the rows of the chosen.
    """
    best: list[tuple[int, str]] = []
    for table in manifest.tables(record, output, "clusters", ["cluster_id"]):
        counted = table["cluster_id"].value_counts().to_pylist()
        best = heapq.nsmallest(most, [*best, *((-row["counts"], row["values"]) for row in counted)])
    chosen = pa.array([name for _, name in best], pa.string())
    found = {}
    for table in manifest.tables(record, output, "clusters") if best else ():
        rows = table.filter(pc.is_in(table["cluster_id"], chosen))
        for name in rows["cluster_id"].unique().to_pylist():
            found[name] = _cluster(name, rows.filter(pc.equal(rows["cluster_id"], name)), members)
    return [found[name] for _, name in best]


_SHOWN = ("uri", "match", "width", "height", "bytes", "reclaimable", "reason")
_ORDER = [("is_representative", "descending"), ("ssim", "descending"), ("uri", "ascending")]


def _cluster(name: str, rows: pa.Table, members: int) -> dict[str, Any]:
    copies = rows.filter(pc.invert(rows["is_representative"]))
    shown = rows.take(pc.sort_indices(rows, _ORDER)[:members]).to_pylist()
    return {
        "id": name,
        "size": len(rows),
        "bytes": shown[0]["reclaimable_bytes"],
        "score": pc.min(copies["ssim"]).as_py() if len(copies) else 1.0,
        "kinds": sorted(copies["match"].unique().to_pylist()),
        "hidden": len(rows) - members,
        "members": [{field: row[field] for field in _SHOWN} | {"edits": []} for row in shown],
    }


def first_rows(output: str, record: dict[str, Any], name: str, most: int) -> list[dict[str, Any]]:
    """The first `most` rows of a table of a run; parts beyond them are not read."""
    found: list[dict[str, Any]] = []
    for table in manifest.tables(record, output, name) if most else ():
        found += table.slice(0, most - len(found)).to_pylist()
        if len(found) == most:
            break
    return found


def edits_of(pair: dict[str, Any]) -> list[str]:
    """A row of the pairs table -> what was done between the two, as the alignment tells, in words."""
    a, b, _, c, d, _ = pair["transform"]
    found = ["mirrored"] if a * d - b * c < 0 else []
    turn = math.degrees(math.atan2(c, a if a * d - b * c >= 0 else -a)) % 360
    if 2 < turn < 358:
        found.append("turned" if min(abs(turn - quarter) for quarter in (90, 180, 270)) < 2 else "tilted")
    stretch = math.hypot(a, c) / max(math.hypot(b, d), 1e-9)
    if not 0.97 < stretch < 1.03:
        found.append("stretched")
    if not 0.97 < math.sqrt(abs(a * d - b * c)) < 1.03:
        found.append("resized")
    if pair["overlap"] < 0.95:
        found.append("cropped or framed")
    if pair["structure"] < 0.9 or pair["contrast"] < 0.9 or pair["luminance"] < 0.9:
        found.append("retouched")
    return found or ["re-encoded"]


def _add_pictures(clusters: list[dict[str, Any]], output: str, record: dict[str, Any]) -> None:
    """Thumbnails, base64, and content hashes, hex, into the members that are shown; one part in memory at a time."""
    members = {member["uri"]: member for cluster in clusters for member in cluster["members"]}
    wanted = pa.array(sorted(members), pa.string())
    columns = ["uri", "thumbnail", "content_hash"]
    for table in manifest.tables(record, output, "fingerprints", columns) if members else ():
        for row in table.filter(pc.is_in(table["uri"], wanted)).to_pylist():
            members[row["uri"]]["thumbnail"] = base64.b64encode(row["thumbnail"]).decode()
            members[row["uri"]]["hash"] = row["content_hash"].hex()


def _add_evidence(clusters: list[dict[str, Any]], output: str, record: dict[str, Any]) -> None:
    """The pair of each shown member with its representative, where there is one, into the member."""
    wanted = {}
    for cluster in clusters:
        best = cluster["members"][0]["uri"]
        for member in cluster["members"][1:]:
            wanted[tuple(sorted((member["uri"], best)))] = (cluster, member)
    uris = pa.array(sorted({uri for pair in wanted for uri in pair}), pa.string())
    for table in manifest.tables(record, output, "pairs") if wanted else ():
        rows = table.filter(pc.and_(pc.is_in(table["uri_a"], uris), pc.is_in(table["uri_b"], uris)))
        for row in rows.to_pylist():
            ends = (row["uri_a"], row["uri_b"])
            if ends not in wanted or row["match"] not in ALIGNED:
                continue
            cluster, member = wanted[ends]
            member["pair"] = {name: row[name] for name in _EVIDENCE} | {"from_best": row["uri_b"] == member["uri"]}
            member["edits"] = edits_of(row)
            cluster["kinds"] = sorted({*cluster["kinds"], *member["edits"]})


_EVIDENCE = (
    *("ssim", "luminance", "contrast", "structure", "cosine", "jaccard", "overlap", "proposed_by", "transform"),
)


def _add_changes(clusters: list[dict[str, Any]], output: str, record: dict[str, Any]) -> None:
    """What became of a cluster since the earlier audit, into the cluster."""
    by_id = {cluster["id"]: cluster for cluster in clusters}
    for table in manifest.tables(record, output, "delta", ["cluster_id", "change"]) if by_id else ():
        for row in table.filter(pc.is_in(table["cluster_id"], pa.array(sorted(by_id), pa.string()))).to_pylist():
            cluster = by_id[row["cluster_id"]]
            cluster["change"] = row["change"]
            cluster["kinds"] = sorted({*cluster["kinds"], row["change"]})


def _template(name: str) -> str:
    return resources.files("pipelines").joinpath("templates", name).read_text()


def _embedded(data: dict[str, Any]) -> markupsafe.Markup:
    """JSON that can stand inside a script element whatever the names of files are."""
    text = json.dumps(data, separators=(",", ":"))
    return markupsafe.Markup(text.replace("&", "\\u0026").replace("<", "\\u003c").replace(">", "\\u003e"))
