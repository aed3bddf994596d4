"""A run's tables in, report.html out: one self-contained page that asks the network for nothing."""

import base64
import collections
import json
import math
from importlib import resources
from typing import Any

import jinja2
import markupsafe
import pyarrow as pa
import pyarrow.compute as pc

from pipelines import manifest
from transforms.stores import read_parquet, write_bytes

NAME = "report.html"


def write(output: str, record: dict[str, Any], limits: dict[str, int]) -> str:
    """Render the report of a run whose tables are written; its path comes back.

    limits: the `report` block of the configuration.
    """
    page = render(output, record, limits)
    path = f"{output}/{NAME}"
    write_bytes(path, page.encode())
    return path


def render(output: str, record: dict[str, Any], limits: dict[str, int]) -> str:
    """The page as text."""
    clusters = largest_clusters(_table(output, record, "clusters"), limits["clusters"], limits["members"])
    _add_pictures(clusters, output, record)
    _add_evidence(clusters, _table(output, record, "pairs"))
    changes = _table(output, record, "delta").to_pylist() if record["parts"].get("delta") else []
    _add_changes(clusters, changes)
    failures = _table(output, record, "failures").slice(0, limits["failures"]).to_pylist()
    environment = jinja2.Environment(autoescape=True, trim_blocks=True, lstrip_blocks=True)
    environment.filters["size"] = human_bytes
    return environment.from_string(_template("report.html")).render(
        record=record,
        counts=record["counts"],
        clusters=clusters,
        changes=changes[: limits["failures"]],
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


def largest_clusters(rows: pa.Table, most: int, members: int) -> list[dict[str, Any]]:
    """Rows of the clusters table -> the `most` largest clusters, each with its representative and first `members`."""
    sizes = collections.Counter(rows["cluster_id"].to_pylist())
    chosen = sorted(sizes, key=lambda name: (-sizes[name], name))[:most]
    rows = rows.filter(pc.is_in(rows["cluster_id"], pa.array(chosen, pa.string())))
    grouped: dict[str, list[dict[str, Any]]] = {name: [] for name in chosen}
    for row in rows.to_pylist():
        grouped[row["cluster_id"]].append(row)
    return [_cluster(name, grouped[name], members) for name in chosen]


def _cluster(name: str, rows: list[dict[str, Any]], members: int) -> dict[str, Any]:
    ordered = sorted(rows, key=lambda r: (not r["is_representative"], -r["ssim"], r["uri"]))
    copies = [row for row in ordered if not row["is_representative"]]
    return {
        "id": name,
        "size": len(rows),
        "bytes": rows[0]["reclaimable_bytes"],
        "score": min((row["ssim"] for row in copies), default=1.0),
        "kinds": sorted({row["match"] for row in copies}),
        "hidden": len(rows) - members,
        "members": [
            {field: row[field] for field in ("uri", "match", "width", "height", "bytes", "reason")} | {"edits": []}
            for row in ordered[:members]
        ],
    }


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
    for path in manifest.parts(record, output, "fingerprints") if members else ():
        table = read_parquet(path, ["uri", "thumbnail", "content_hash"])
        for row in table.filter(pc.is_in(table["uri"], wanted)).to_pylist():
            members[row["uri"]]["thumbnail"] = base64.b64encode(row["thumbnail"]).decode()
            members[row["uri"]]["hash"] = row["content_hash"].hex()


def _add_evidence(clusters: list[dict[str, Any]], rows: pa.Table) -> None:
    """The pair of each shown member with its representative, where there is one, into the member."""
    wanted = {}
    for cluster in clusters:
        best = cluster["members"][0]["uri"]
        for member in cluster["members"][1:]:
            wanted[tuple(sorted((member["uri"], best)))] = (cluster, member)
    uris = pa.array(sorted({uri for pair in wanted for uri in pair}), pa.string())
    rows = rows.filter(pc.and_(pc.is_in(rows["uri_a"], uris), pc.is_in(rows["uri_b"], uris)))
    for row in rows.to_pylist():
        ends = (row["uri_a"], row["uri_b"])
        if ends not in wanted or row["match"] != "near":
            continue
        cluster, member = wanted[ends]
        names = (
            "ssim",
            "luminance",
            "contrast",
            "structure",
            "cosine",
            "jaccard",
            "overlap",
            "proposed_by",
            "transform",
        )
        member["pair"] = {name: row[name] for name in names} | {"from_best": row["uri_b"] == member["uri"]}
        member["edits"] = edits_of(row)
        cluster["kinds"] = sorted({*cluster["kinds"], *member["edits"]})


def _add_changes(clusters: list[dict[str, Any]], changes: list[dict[str, Any]]) -> None:
    """What became of a cluster since the earlier audit, into the cluster."""
    by_id = {row["cluster_id"]: row["change"] for row in changes}
    for cluster in clusters:
        if cluster["id"] in by_id:
            cluster["change"] = by_id[cluster["id"]]
            cluster["kinds"] = sorted({*cluster["kinds"], cluster["change"]})


def _table(output: str, record: dict[str, Any], name: str) -> pa.Table:
    return pa.concat_tables(read_parquet(path) for path in manifest.parts(record, output, name))


def _template(name: str) -> str:
    return resources.files("pipelines").joinpath("templates", name).read_text()


def _embedded(data: dict[str, Any]) -> markupsafe.Markup:
    """JSON that can stand inside a script element whatever the names of files are."""
    text = json.dumps(data, separators=(",", ":"))
    return markupsafe.Markup(text.replace("&", "\\u0026").replace("<", "\\u003c").replace(">", "\\u003e"))
