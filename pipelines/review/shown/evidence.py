"""Collects what the report shows of a member or a pair: thumbnails, edits, and where two pictures differ."""

import base64
import math
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from lookalike.pipelines.run import manifest
from lookalike.transforms.core.pairs import ALIGNED
from lookalike.transforms.functional.registration.boxes import NOWHERE, moved_back


def edits_of(pair: dict[str, Any]) -> list[str]:
    """Describe in words the edits between the pictures of a pair, as far as the alignment shows them.

    Args:
        pair: a row of the pairs table.
    """
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
    """Add thumbnails (JPEG in base64) and content hashes (hex) to the shown members, part by part of the table."""
    members = {member["uri"]: member for cluster in clusters for member in cluster["members"]}
    wanted = pa.array(sorted(members), pa.string())
    columns = ["uri", "thumbnail", "content_hash"]
    for table in manifest.tables(record, output, "fingerprints", columns) if members else ():
        for row in table.filter(pc.is_in(table["uri"], wanted)).to_pylist():
            members[row["uri"]]["thumbnail"] = base64.b64encode(row["thumbnail"]).decode()
            members[row["uri"]]["hash"] = row["content_hash"].hex()


def add_pair_pictures(sections: list[dict[str, Any]], output: str, record: dict[str, Any]) -> None:
    """Add both thumbnails (JPEG in base64) and the worst box of either picture to the pairs of the sections."""
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
    """Find the box of a pair that disagrees most, in the coordinates of either picture.

    Args:
        pair: a row of the pairs table.
        a: width and height of the first picture in pixels.
        b: width and height of the second picture in pixels.

    Returns:
        For either picture left, top, width and height as shares of it; None where no box is known.
    """
    boxes = moved_back(pair["worst"], pair["transform"], a, b), tuple(pair["worst"])
    return [None if box == NOWHERE else [round(side, 4) for side in box] for box in boxes]


def add_evidence(clusters: list[dict[str, Any]], output: str, record: dict[str, Any]) -> None:
    """Add to each shown member its pair with the representative, and the box that disagrees most in both pictures.

    Members without such a pair, as those of equal pixels may be, stay as they are.
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
            member["pair"] = {name: row[name] for name in EVIDENCE} | {"from_best": from_best}
            kept, own = ((one["width"], one["height"]) for one in (cluster["members"][0], member))
            boxes = boxes_of(row, *((kept, own) if from_best else (own, kept)))
            member["boxes"] = boxes if from_best else boxes[::-1]
            member["edits"] = edits_of(row)
            cluster["kinds"] = sorted({*cluster["kinds"], *member["edits"]})


EVIDENCE = (
    *("probability", "ssim", "luminance", "contrast", "structure", "cosine", "jaccard", "overlap", "proposed_by"),
    "transform",
)
"""Columns of the pairs table that the comparison of two pictures needs."""


def add_changes(clusters: list[dict[str, Any]], output: str, record: dict[str, Any]) -> None:
    """Add to each cluster what became of it since the previous audit."""
    by_id = {cluster["id"]: cluster for cluster in clusters}
    for table in manifest.tables(record, output, "delta", ["cluster_id", "change"]) if by_id else ():
        for row in table.filter(pc.is_in(table["cluster_id"], pa.array(sorted(by_id), pa.string()))).to_pylist():
            cluster = by_id[row["cluster_id"]]
            cluster["change"] = row["change"]
            cluster["kinds"] = sorted({*cluster["kinds"], row["change"]})
