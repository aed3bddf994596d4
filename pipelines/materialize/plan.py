"""Makes a plan from a finished audit: one row for every file that would be made, moved or deleted."""

import dataclasses
import hashlib
import json
from collections.abc import Sequence
from typing import Any, NamedTuple

import pyarrow as pa

from lookalike.pipelines.materialize import naming
from lookalike.pipelines.materialize.plan_file import MAKES, PROTECTED, REMOVES, RENAME, SCHEMA, PlanError
from lookalike.pipelines.materialize.protection import Protection
from lookalike.pipelines.run import manifest
from lookalike.pipelines.run.output_folder import check_folder
from lookalike.transforms.ingest.listing import absolute
from lookalike.transforms.ingest.prefixes import spelled, without_images
from lookalike.transforms.io.archives.names import file_of, member_of
from lookalike.transforms.io.write_back.fates import goes
from lookalike.transforms.io.write_back.targets import folded
from lookalike.transforms.storage.links import name_of, places_of
from lookalike.transforms.storage.stores import store


@dataclasses.dataclass(frozen=True)
class Request:
    """What a plan is to do.

    Attributes:
        action: one of MAKES and REMOVES, or RENAME.
        to: folder for files that are made or quarantined.
        name: pattern of the targets' names (`naming`).
        images: 'best' leaves out the copies that a kept copy shows whole, when files are made or renamed; 'all' takes
            them.
        limit: number of images to take, the first in order of URI; 0: all.
        sample: number of images to draw at random, the same for the same seed; 0: all.
        seed: of `sample` and `splits`.
        splits: names and shares, such as (('train', 0.8), ('test', 0.2)).
        protected: prefixes that are never touched, in addition to the audit's.
    """

    action: str
    to: str = ""
    name: str = "{path}"
    images: str = "best"
    limit: int = 0
    sample: int = 0
    seed: int = 0
    splits: tuple[tuple[str, float], ...] = ()
    protected: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        """Check that the values fit together.

        Raises:
            PlanError: a folder is missing or superfluous, or a value is out of range.
        """
        if bool(self.to) != (self.action in (*MAKES, "quarantine")):
            raise PlanError(f"--action {self.action} {'takes no' if self.to else 'needs a folder as'} --to")
        if min(self.limit, self.sample) < 0 or (self.limit and self.sample):
            raise PlanError("give --limit or --sample, not both, and at least 1")
        shares = [share for _, share in self.splits]
        if shares and not (abs(sum(shares) - 1) <= 1e-6 and min(shares) > 0 and all(name for name, _ in self.splits)):
            raise PlanError("the parts of --split must have names, and shares above 0 that add up to 1")
        names = [name for name, _ in self.splits]
        strange = next((name for name in names if "/" in name or name in (".", "..") or names.count(name) > 1), None)
        if strange is not None:
            raise PlanError(f"a part of --split can't be called {strange!r}: each is the name of a folder, and of one")
        if self.action in REMOVES and (self.splits or self.limit or self.sample or self.images != "best"):
            raise PlanError(
                f"--action {self.action} concerns duplicates only: no --split, --limit, --sample or --images"
            )
        if self.action == "delete" and self.name != "{path}":
            raise PlanError("--action delete takes no --name: the trash has names of its own")
        naming.check(self.name)


def parse_splits(text: str) -> tuple[tuple[str, float], ...]:
    """Parse 'train=0.8,test=0.2' into names and shares.

    Raises:
        PlanError: the text is not of that form.
    """
    try:
        pairs = [part.split("=") for part in text.split(",")] if text else []
        splits = tuple((name.strip(), float(share)) for name, share in pairs)
    except ValueError:
        raise PlanError(f"--split takes NAME=SHARE,..., such as train=0.8,test=0.2, not {text!r}") from None
    return splits


def make(audit: str, request: Request) -> pa.Table:
    """Make the plan for a request; no file is touched.

    Args:
        audit: folder or URL of a finished audit.
        request: what the plan is to do.

    Returns:
        A table with the columns of `plan_file.SCHEMA`, one row for each step.

    Raises:
        OutputError: the audit is not finished or was changed, or no folder can be where files are to go.
        PlanError: a target exists, two images would get one target, or the audit can't be used.
        PatternError: the pattern leads out of the target folder.
    """
    audit = absolute(audit)
    record = manifest.read(audit)
    if request.to:
        check_folder(request.to, "--to")
    if "clusters" not in record["parts"]:
        raise PlanError(f"{audit} holds fingerprints only; run `lookalike match {audit}` first")
    protection = Protection.of([*record["configuration"]["cluster"]["protected"], *request.protected])
    manifest.check(record, audit, "fingerprints", "clusters")
    images, clusters = _images(audit, record), _clusters(audit, record)
    rows = _removals(images, clusters, protection, request) if request.action in REMOVES else _makings(
        images, clusters, protection, request
    )  # fmt: skip
    packed = [row["source"] for row in rows if member_of(row["source"])] if request.action != "copy" else []
    if packed:
        raise PlanError(
            f"{len(packed):,} of these images lie inside of archives, where --action {request.action} can't reach "
            f"them; the first is {packed[0]}. Give --protect {file_of(packed[0])} and all other archives to leave "
            "what they hold where it is, or use --action copy"
        )
    _check_targets(rows, request, protection)
    told = json.dumps(protection.prefixes)
    for number, row in enumerate(rows):
        row["step"], row[PROTECTED] = number, told
    return pa.table({name: [row[name] for row in rows] for name in SCHEMA.names}, schema=SCHEMA)


def without_effect(audit: str, prefixes: Sequence[str]) -> list[str]:
    """List the prefixes below which the audit has no image; most likely they are misspelled."""
    if not prefixes:
        return []
    audit = absolute(audit)
    tables = manifest.tables(manifest.read(audit), audit, "fingerprints", ["uri", "file"])
    places = {prefix: spelled(prefix) for prefix in prefixes}
    missed = without_images([place for some in places.values() for place in some], places_of(tables))
    return [prefix for prefix, some in places.items() if set(some) & set(missed)]


class _Image(NamedTuple):
    """An image of the audit. content_hash: in hex. bytes: its size. file: the column of that name, see `links`."""

    content_hash: str
    bytes: int
    file: str


def _images(audit: str, record: dict[str, Any]) -> dict[str, _Image]:
    """Map each URI to its image, in order of URI."""
    found = {}
    for table in manifest.tables(record, audit, "fingerprints", ["uri", "content_hash", "bytes", "file"]):
        for uri, content, size, file in zip(*(column.to_pylist() for column in table.columns), strict=True):
            found[uri] = _Image(content.hex(), size, file)
    return dict(sorted(found.items()))


def _clusters(audit: str, record: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """Map each URI to its row of the clusters table."""
    names = ["uri", "cluster_id", "is_representative", "representative_uri", "match", "reclaimable", "reason"]
    tables = manifest.tables(record, audit, "clusters", names)
    return {row["uri"]: row for table in tables for row in table.to_pylist()}


def _removals(
    images: dict[str, _Image], clusters: dict[str, dict[str, Any]], protection: Protection, request: Request
) -> list[dict[str, Any]]:
    going = [uri for uri, row in sorted(clusters.items()) if row["reclaimable"]]
    doomed = [uri for uri in going if not protection.holds(uri, images[uri].file)]
    paths = naming.relative(list(images))
    rows = []
    seen: set[tuple[str, str]] = set()
    for index, uri in enumerate(doomed, 1):
        member = clusters[uri]
        row = _row(request.action, uri, images[uri], member["cluster_id"], reason=member["reason"])
        row["keeper"], row["keeper_hash"] = (
            member["representative_uri"],
            images[member["representative_uri"]].content_hash,
        )
        # a file with several names frees its bytes only once
        file = (name_of(uri, images[uri].file).inode or uri, images[uri].content_hash)
        if file in seen:
            row["bytes"] = 0
        seen.add(file)
        if request.to:
            named = naming.Named(index, paths[uri], images[uri].content_hash, member["cluster_id"], "")
            row["target"] = f"{absolute(request.to)}/{naming.target(request.name, named)}"
        rows.append(row)
    return rows


def _makings(
    images: dict[str, _Image], clusters: dict[str, dict[str, Any]], protection: Protection, request: Request
) -> list[dict[str, Any]]:
    chosen = [uri for uri in images if request.images == "all" or uri not in clusters or not _goes(clusters[uri])]
    if request.action == RENAME:
        chosen = [uri for uri in chosen if not protection.holds(uri, images[uri].file)]
    if request.sample:
        ranked = sorted(chosen, key=lambda uri: _digest(f"{request.seed} {images[uri].content_hash} {uri}"))
        chosen = sorted(ranked[: request.sample])
    chosen = chosen[: request.limit or None]
    paths = naming.relative(list(images))
    rows = []
    for index, uri in enumerate(chosen, 1):
        cluster = clusters[uri]["cluster_id"] if uri in clusters else ""
        split = split_of(cluster or images[uri].content_hash, request.splits, request.seed)
        made = naming.target(request.name, naming.Named(index, paths[uri], images[uri].content_hash, cluster, split))
        if split and "{split" not in request.name:
            made = f"{split}/{made}"
        folder = absolute(request.to) if request.to else uri.removesuffix(paths[uri]).rstrip("/")
        if request.action == RENAME and "{path}" not in request.name and "{dir}" not in request.name:
            folder = uri.rsplit("/", 1)[0]  # a bare name stays in its folder
        reason = clusters[uri]["reason"] if uri in clusters else "no duplicate"
        rows.append(_row(request.action, uri, images[uri], cluster, f"{folder}/{made}", split, reason))
    return [row for row in rows if row["source"] != row["target"]]


def _goes(member: dict[str, Any]) -> bool:
    return goes(member["reclaimable"], member["is_representative"], member["match"])


def split_of(name: str, splits: tuple[tuple[str, float], ...], seed: int) -> str:
    """Assign a split at random, always the same one for the same arguments.

    Args:
        name: id of a cluster, or the content hash of an image that is in none.
        splits: names and shares.
        seed: of the draw.

    Returns:
        The name of the split, '' if there are none.
    """
    place = int(_digest(f"{seed} {name}")[:13], 16) / 16**13
    for split, share in splits:
        place -= share
        if place < 0:
            return split
    return splits[-1][0] if splits else ""


def _row(
    action: str, uri: str, image: _Image, cluster: str, target: str = "", split: str = "", reason: str = ""
) -> dict[str, Any]:
    row = dict.fromkeys(SCHEMA.names, "")
    return row | {
        "action": action, "source": uri, "target": target, "content_hash": image.content_hash, "bytes": image.bytes,
        "cluster_id": cluster, "split": split, "reason": reason,
    }  # fmt: skip


def _check_targets(rows: list[dict[str, Any]], request: Request, protection: Protection) -> None:
    taken: dict[str, str] = {}
    moving = {row["source"] for row in rows} if request.action == RENAME else set()
    for row in rows:
        target = row["target"]
        if not target:
            continue
        if protection.holds(target):
            raise PlanError(f"{target} would lie below a protected prefix; give another --to or --name")
        other = taken.setdefault(folded(target), row["source"])
        if other != row["source"]:
            raise PlanError(
                f"{other} and {row['source']} would both become {target}, on some file systems at least; "
                "add {index} to --name"
            )
        fs, path = store(target)
        if target not in moving and fs.lexists(path):
            raise PlanError(f"{target} is there already, and nothing is overwritten; give another --to or --name")


def _digest(text: str) -> str:
    return hashlib.blake2b(text.encode(), digest_size=16).hexdigest()
