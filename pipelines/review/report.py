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

from lookalike.pipelines.run import manifest
from lookalike.transforms.core.pairs import ALIGNED
from lookalike.transforms.core.settings.output import ReportSettings
from lookalike.transforms.functional.registration.boxes import NOWHERE, moved_back
from lookalike.transforms.functional.verification.relations import from_either_side
from lookalike.transforms.ingest.selection.tally import LEFT_OUT, SNIFFED, told
from lookalike.transforms.storage.stores import write_bytes

WORDS = {
    "same": "the same",
    "overlaid": "something laid over one",
    "part": "part of the kept one",
    "whole": "shows the kept one and more",
    "overlap": "each shows something of its own",
    "variant": "other content on one ground",
    "view": "another shot",
}
"""What a member is to the kept copy, by relation."""
SECTIONS = {
    "variant": ("Variants", "One ground, and each has content of its own on it: neither stands for the other."),
    "view": ("Other views", "Other shots of the same scene or thing."),
    "overlap": ("Overlaps", "Each shows something that the other does not, such as pages scrolled on."),
    "overlaid": ("Something laid over one", "A picture, and the same with a caption, a sticker or a watermark."),
    "part": ("Parts", "One lies in the other."),
}
"""Relations, `whole` being `part` from the other side, that have a section of their own where they make no clusters:
title and explanation."""


def write(output: str, record: dict[str, Any], limits: ReportSettings, fingerprints: str = "") -> str:
    """Render the report of a run whose tables are written; its path comes back.

    limits: the `report` block of the configuration. fingerprints: the output that has the fingerprints table, if it is
    another.
    """
    page = render(output, record, limits, fingerprints)
    path = f"{output}/{manifest.REPORT}"
    write_bytes(path, page.encode())
    return path


def render(output: str, record: dict[str, Any], limits: ReportSettings, fingerprints: str = "") -> str:
    """The page as text."""
    clusters = largest_clusters(output, record, limits.clusters, limits.members)
    add_pictures(clusters, fingerprints or output, record)
    _add_evidence(clusters, output, record)
    _add_changes(clusters, output, record)
    sections = pairs_beside(output, record, limits.pairs)
    _add_pair_pictures(sections, fingerprints or output, record)
    changes = first_rows(output, record, "delta", limits.failures)
    failures = first_rows(output, record, "failures", limits.failures)
    environment = jinja2.Environment(autoescape=True, trim_blocks=True, lstrip_blocks=True)
    environment.filters["size"] = human_bytes
    environment.filters |= {"left_out": partial(told, done=LEFT_OUT), "sniffed": partial(told, done=SNIFFED)}
    return environment.from_string(_template("report.html")).render(
        record=record,
        counts=record["counts"],
        clusters=clusters,
        sections=sections,
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


_SHOWN = ("uri", "match", "relation", "width", "height", "bytes", "reclaimable", "reason")
_ORDER = [("is_representative", "descending"), ("ssim", "descending"), ("uri", "ascending")]


def _cluster(name: str, rows: pa.Table, members: int) -> dict[str, Any]:
    copies = rows.filter(pc.invert(rows["is_representative"]))
    shown = rows.take(pc.sort_indices(rows, _ORDER)[:members]).to_pylist()
    return {
        "id": name,
        "size": len(rows),
        "bytes": shown[0]["reclaimable_bytes"],
        "score": pc.min(copies["ssim"]).as_py() if len(copies) else 1.0,
        "kinds": sorted({*copies["match"].to_pylist(), *(WORDS[name] for name in copies["relation"].to_pylist())}),
        "hidden": len(rows) - members,
        "members": [
            {field: row[field] for field in _SHOWN} | {"is": WORDS[row["relation"]], "edits": []} for row in shown
        ],
    }


def pairs_beside(output: str, record: dict[str, Any], most: int) -> list[dict[str, Any]]:
    """A finished run -> a section for each kind of confirmed pairs that make no clusters: the `most` surest of them,
    and how many there are.
    """
    joining = from_either_side(record["configuration"]["cluster"]["join"])
    best: dict[str, list[tuple[float, str, str, dict[str, Any]]]] = {
        name: [] for name in SECTIONS if name not in joining
    }
    counts = dict.fromkeys(best, 0)
    for table in manifest.tables(record, output, "pairs") if best else ():
        relation = pc.if_else(pc.equal(table["relation"], "whole"), "part", table["relation"])
        for name in best:
            rows = table.filter(pc.equal(relation, name))
            counts[name] += len(rows)
            surest = rows.take(pc.sort_indices(rows, _SUREST)[:most]).to_pylist()
            told = ((-row["probability"], row["uri_a"], row["uri_b"], row) for row in surest)
            best[name] = heapq.nsmallest(most, [*best[name], *told])
    return [
        {
            "title": SECTIONS[name][0],
            "text": SECTIONS[name][1],
            "count": counts[name],
            "pairs": [{field: row[field] for field in _BESIDE} for *_, row in found],
        }
        for name, found in best.items()
        if counts[name]
    ]


_SUREST = [("probability", "descending"), ("uri_a", "ascending"), ("uri_b", "ascending")]
_BESIDE = ("uri_a", "uri_b", "probability", "ssim", "transform", "worst")


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


def add_pictures(clusters: list[dict[str, Any]], output: str, record: dict[str, Any]) -> None:
    """Thumbnails, base64, and content hashes, hex, into the members that are shown; one part in memory at a time."""
    members = {member["uri"]: member for cluster in clusters for member in cluster["members"]}
    wanted = pa.array(sorted(members), pa.string())
    columns = ["uri", "thumbnail", "content_hash"]
    for table in manifest.tables(record, output, "fingerprints", columns) if members else ():
        for row in table.filter(pc.is_in(table["uri"], wanted)).to_pylist():
            members[row["uri"]]["thumbnail"] = base64.b64encode(row["thumbnail"]).decode()
            members[row["uri"]]["hash"] = row["content_hash"].hex()


def _add_pair_pictures(sections: list[dict[str, Any]], output: str, record: dict[str, Any]) -> None:
    """Both thumbnails, base64, and the worst box as either picture has it, into the pairs of the sections."""
    pairs = [pair for section in sections for pair in section["pairs"]]
    wanted = pa.array(sorted({pair[end] for pair in pairs for end in ("uri_a", "uri_b")}), pa.string())
    shown: dict[str, dict[str, Any]] = {}
    columns = ["uri", "thumbnail", "width", "height"]
    for table in manifest.tables(record, output, "fingerprints", columns) if pairs else ():
        shown |= {row["uri"]: row for row in table.filter(pc.is_in(table["uri"], wanted)).to_pylist()}
    for pair in pairs:
        a, b = shown[pair["uri_a"]], shown[pair["uri_b"]]
        boxes = boxes_of(pair, (a["width"], a["height"]), (b["width"], b["height"]))
        pair["shots"] = [
            {"uri": one["uri"], "thumbnail": base64.b64encode(one["thumbnail"]).decode(), "box": box}
            for one, box in zip((a, b), boxes, strict=True)
        ]


def boxes_of(pair: dict[str, Any], a: tuple[int, int], b: tuple[int, int]) -> list[list[float] | None]:
    """A row of the pairs table and (width, height) of both pictures -> the box that disagrees most as either has it, or
    None.
    """
    boxes = moved_back(pair["worst"], pair["transform"], a, b), tuple(pair["worst"])
    return [None if box == NOWHERE else [round(side, 4) for side in box] for box in boxes]


def _add_evidence(clusters: list[dict[str, Any]], output: str, record: dict[str, Any]) -> None:
    """The pair of each shown member with its representative, where there is one, into the member, and the box that
    disagrees most, in the representative's picture and in its own.
    """
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
            from_best = row["uri_b"] == member["uri"]
            member["pair"] = {name: row[name] for name in _EVIDENCE} | {"from_best": from_best}
            kept, own = ((one["width"], one["height"]) for one in (cluster["members"][0], member))
            boxes = boxes_of(row, *((kept, own) if from_best else (own, kept)))
            member["boxes"] = boxes if from_best else boxes[::-1]
            member["edits"] = edits_of(row)
            cluster["kinds"] = sorted({*cluster["kinds"], *member["edits"]})


_EVIDENCE = (
    *(
        "probability",
        "ssim",
        "luminance",
        "contrast",
        "structure",
        "cosine",
        "jaccard",
        "overlap",
        "proposed_by",
        "transform",
    ),
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
    return resources.files("lookalike.pipelines.review").joinpath("templates", name).read_text()


def _embedded(data: dict[str, Any]) -> markupsafe.Markup:
    """JSON that can stand inside a script element whatever the names of files are."""
    text = json.dumps(data, separators=(",", ":"))
    return markupsafe.Markup(text.replace("&", "\\u0026").replace("<", "\\u003c").replace(">", "\\u003e"))
