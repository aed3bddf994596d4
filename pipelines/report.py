"""A run's tables in, report.html out: one self-contained page."""

import base64
import collections
from importlib import resources
from typing import Any

import jinja2
import pyarrow as pa
import pyarrow.compute as pc

from pipelines import manifest
from transforms.output import read_parquet, write_bytes

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
    shown = {member["uri"] for cluster in clusters for member in cluster["members"]}
    thumbnails = _thumbnails(output, record, shown)
    pairs = _evidence(_table(output, record, "pairs"), clusters)
    failures = _table(output, record, "failures").slice(0, limits["failures"]).to_pylist()
    environment = jinja2.Environment(autoescape=True, trim_blocks=True, lstrip_blocks=True)
    environment.filters["size"] = human_bytes
    template = environment.from_string(resources.files("pipelines").joinpath("templates/report.html").read_text())
    return template.render(
        record=record, counts=record["counts"], clusters=clusters, thumbnails=thumbnails, pairs=pairs, failures=failures
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
    out = []
    for name in chosen:
        ordered = sorted(grouped[name], key=lambda r: (not r["is_representative"], -r["ssim"], r["uri"]))
        out.append({"id": name, "size": sizes[name], "members": ordered[:members], "hidden": sizes[name] - members})
    return out


def _table(output: str, record: dict[str, Any], name: str) -> pa.Table:
    return pa.concat_tables(read_parquet(path) for path in manifest.parts(record, output, name))


def _thumbnails(output: str, record: dict[str, Any], shown: set[str]) -> dict[str, str]:
    """URI -> base64 of its JPEG, for the images that are shown; one part in memory at a time."""
    wanted = pa.array(sorted(shown), pa.string())
    found = {}
    for path in manifest.parts(record, output, "fingerprints"):
        table = read_parquet(path, ["uri", "thumbnail"])
        table = table.filter(pc.is_in(table["uri"], wanted))
        for uri, data in zip(table["uri"].to_pylist(), table["thumbnail"].to_pylist(), strict=True):
            found[uri] = base64.b64encode(data).decode()
    return found


def _evidence(rows: pa.Table, clusters: list[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """URI of a shown member -> its pair with the representative, where there is one."""
    wanted = {
        tuple(sorted((member["uri"], member["representative_uri"]))): member["uri"]
        for cluster in clusters
        for member in cluster["members"]
        if not member["is_representative"]
    }
    ends = pa.array(sorted({uri for pair in wanted for uri in pair}), pa.string())
    rows = rows.filter(pc.and_(pc.is_in(rows["uri_a"], ends), pc.is_in(rows["uri_b"], ends)))
    found = {}
    for row in rows.to_pylist():
        uri = wanted.get((row["uri_a"], row["uri_b"]))
        if uri is not None:
            found[uri] = row
    return found
