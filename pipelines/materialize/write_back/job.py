"""A finished audit back into a corpus: survey, claim the new folder, write what stays, list it, commit."""

import dataclasses
import hashlib
import json
from collections.abc import Iterator
from typing import Any, Literal

import apache_beam as beam
import pyarrow as pa
from apache_beam.options.pipeline_options import PipelineOptions

from lookalike.pipelines.engines.runners import refuse_memory, run
from lookalike.pipelines.materialize.lists.annotations import Annotations, find_folders, write_annotations
from lookalike.pipelines.materialize.lists.fiftyone import write_fiftyone
from lookalike.pipelines.materialize.lists.label_studio import write_label_studio
from lookalike.pipelines.materialize.lists.metadata import write_metadata
from lookalike.pipelines.materialize.lists.plain import write_lists
from lookalike.pipelines.materialize.plan_file import PlanError
from lookalike.pipelines.materialize.protection import Protection
from lookalike.pipelines.materialize.write_back.claim import claim, finish
from lookalike.pipelines.materialize.write_back.survey import NAMED, OWN, Survey, survey
from lookalike.pipelines.run import manifest
from lookalike.pipelines.run.lock import locked
from lookalike.transforms.core.columns import NO_COLUMNS
from lookalike.transforms.ingest.listing import absolute
from lookalike.transforms.ingest.overlap import refuse_overlap
from lookalike.transforms.io.columns_beside import TABLE as COLUMNS
from lookalike.transforms.io.columns_beside import schema_of
from lookalike.transforms.io.parquet_sink import RUN, Part
from lookalike.transforms.io.write_back.fates import AuditTables, ReadFates
from lookalike.transforms.io.write_back.new_tables import IMAGE
from lookalike.transforms.io.write_back.outcome import DUPLICATE_OF
from lookalike.transforms.io.write_back.spooled_fates import SpoolFates, spooled_fates
from lookalike.transforms.io.write_back.targets import common_folder
from lookalike.transforms.io.write_back.write_units import CONTAINERS, WRITTEN, Form, Unit, WriteUnits, unit_of
from lookalike.transforms.storage.reading import read_written

LISTS = {"lists": write_lists, "fiftyone": write_fiftyone, "labelstudio": write_label_studio}
"""Forms that are lists of images, and write none."""
TABLES = "fingerprints", "failures", "clusters", "pairs", "columns"
"""Of the audit, that are read. The fingerprints are large, and looked at where they are read."""


@dataclasses.dataclass(frozen=True)
class WriteBackRequest:
    """What is wanted. audit: a finished one. form: as of `--as`. to: a new folder or prefix. images: 'best' leaves
    copies out, 'all' keeps them and says of what they are copies. annotations: files that name the images, to be
    written without those that are left out. annotated: folder that the names in these begin in, or '' to find it.
    protected: prefixes below which nothing is written.
    """

    audit: str
    form: str
    to: str
    options: PipelineOptions
    images: Literal["best", "all"] = "best"
    annotations: tuple[str, ...] = ()
    annotated: str = ""
    protected: tuple[str, ...] = ()
    steal_lock: bool = False


@dataclasses.dataclass(eq=False)
class WriteBack(beam.PTransform):
    """The pipeline's root -> what stays of an audit's images, in files below `root`. units: how they are written, or
    None; spool: whether fates are left for lists.
    """

    tables: AuditTables
    root: str
    units: WriteUnits | None
    spool: bool

    def expand(self, root: beam.pvalue.PBegin) -> None:
        """See the class."""
        fates = root | "Fates" >> ReadFates(self.tables, chances=self.spool)
        if self.units:
            _ = fates | "Units" >> self.units
        if self.spool:
            _ = fates | "Lists" >> SpoolFates(self.root)


def write_back(request: WriteBackRequest) -> dict[str, Any]:
    """Write a corpus back; the record of what was written comes back. A run that was killed is resumed.

    Raises:
        PlanError: the audit's images can't be written in this form, or the folder is not new.
        OutputError: the audit is not finished, or a part of it is not there or was changed, or the folder overlaps with
            what is read.
        RuntimeError: the pipeline failed, since an image was changed after the audit, for example.
    """
    audit, to = absolute(request.audit), absolute(request.to)
    record = manifest.read(audit)
    if "clusters" not in record["parts"]:
        raise PlanError(f"{audit} holds fingerprints only; run `lookalike match {audit}` first")
    manifest.check(record, audit, *(table for table in TABLES if table != "fingerprints"))
    refuse_overlap([*record["inputs"], audit, *request.annotations], [to])
    refuse_memory([audit, to], request.options)
    if Protection.of([*record["configuration"]["cluster"]["protected"], *request.protected]).holds(to):
        raise PlanError(f"{to} lies below a protected prefix; give another --to")
    found = survey(audit, record)
    _check_form(request, found)
    annotations = [Annotations.read(name, request.annotated) for name in request.annotations]
    if annotations:
        annotations = find_folders(annotations, lambda: _uris(audit, record))
        found = dataclasses.replace(found, images=common_folder({found.images, *(a.folder for a in annotations)}))
    columns = _columns(request, audit, record)
    digest = _digest(request, record, annotations)
    with locked(f"{to}/{RUN}", "materialize", request.steal_lock):
        finished = claim(to, digest)
        if finished is not None:
            return {**finished, "resumed": finished.get("units", 0)}
        metadata = request.form == "imagefolder" and bool(columns.names) and not annotations
        spool = request.form in LISTS or bool(annotations) or metadata
        units = _units(request, to, found, record, columns, digest)
        run(WriteBack(_tables(audit, record, tuple(columns.names)), to, units, spool), request.options)
        made: dict[str, Any] = {"digest": digest, "audit": audit, "form": request.form, "images": request.images}
        if request.form in LISTS:
            made |= LISTS[request.form](to, spooled_fates(to), columns.names)
        else:
            made |= _written(to) | {"alone": _alone(request.form, found)}
        if metadata:
            write_metadata(to, spooled_fates(to), columns.names, found.images, request.images == "all", made["left"])
        if annotations:
            places = [_place(request.form, to, file, found.images) for file in annotations]
            made["annotations"] = write_annotations(annotations, places, spooled_fates(to), request.images == "all")
        resumed = made.pop("resumed", 0)
        finish(to, made)
        return {**made, "resumed": resumed}


def _uris(audit: str, record: dict[str, Any]) -> Iterator[str]:
    for table in manifest.tables(record, audit, "fingerprints", ["uri"]):
        yield from table["uri"].to_pylist()


def _place(form: str, to: str, file: Annotations, common: str) -> str:
    """Metadata lies in the folder whose images it names, as loaders want it; others in a folder of their own."""
    return f"{to}/{file.folder.removeprefix(common) if form == 'imagefolder' else 'annotations/'}{file.name}"


def _check_form(request: WriteBackRequest, found: Survey) -> None:
    """See that all images lie in what the form is written back to.

    Raises:
        PlanError: some do not, or an option does not fit the form.
    """
    if request.form == "fiftyone" and (others := found.others(OWN)):
        raise PlanError(f"FiftyOne opens files, and {others} lie images; write them with --as imagefolder first")
    if request.form == "coco" and not request.annotations:
        raise PlanError("--as coco needs --annotations FILE, the JSON file that names the images")
    if request.annotations and request.form not in ("coco", "imagefolder", "lists"):
        raise PlanError(f"--as {request.form} takes no --annotations")


def _columns(request: WriteBackRequest, audit: str, record: dict[str, Any]) -> pa.Schema:
    """The columns that images carry along into what is written, with their types.

    Raises:
        PlanError: a new table can't have them.
    """
    if not record["parts"].get(COLUMNS):
        return NO_COLUMNS
    columns = schema_of(f"{audit}/{record['parts']['fingerprints'][0]['path']}")
    for name in (IMAGE, DUPLICATE_OF):
        if request.form == "parquet" and name in columns.names:
            raise PlanError(f"the audit carries a column {name!r} along, and tables have one of that name; rename it")
    return columns


def _alone(form: str, found: Survey) -> dict[str, int]:
    """Images that were taken out of containers for new shards, without what lies beside them there, by the kind."""
    kind = CONTAINERS.get(form)
    return {NAMED[name]: count for name, count in sorted(found.kinds.items()) if kind and name not in (kind, OWN)}


def _digest(request: WriteBackRequest, record: dict[str, Any], annotations: list[Annotations]) -> str:
    """Of all that what is written depends on."""
    parts = [part["sha256"] for name in sorted(record["parts"]) for part in record["parts"][name]]
    told = [request.form, request.images, request.annotated, [a.sha256 for a in annotations], parts]
    return hashlib.blake2b(json.dumps(told).encode(), digest_size=16).hexdigest()


def _tables(audit: str, record: dict[str, Any], names: tuple[str, ...]) -> AuditTables:
    parts = {name: [Part(**part) for part in record["parts"].get(name, [])] for name in TABLES}
    return AuditTables(audit, **parts, names=names)


def _units(
    request: WriteBackRequest, to: str, found: Survey, record: dict[str, Any], columns: pa.Schema, digest: str
) -> WriteUnits | None:
    if request.form in LISTS:
        return None
    form: Form = request.form if request.form in CONTAINERS else "files"  # type: ignore[assignment]
    kind = CONTAINERS.get(request.form, "")
    parts = len(record["parts"]["fingerprints"])
    return WriteUnits(
        to, form, request.images == "all", found.images, found.containers.get(kind, ""), parts,
        found.shards(kind) if kind else 0, columns, digest,
    )  # fmt: skip


def _written(to: str) -> dict[str, Any]:
    """What all units came to."""
    units: list[Unit] = [unit_of(values) for values in json.loads(read_written(f"{to}/{RUN}/{WRITTEN}"))]
    return {
        "written": sum(unit.outcome.images for unit in units),
        "dropped": sum(unit.outcome.dropped for unit in units),
        "left": sorted(left for unit in units for left in unit.outcome.left),
        "resumed": sum(unit.resumed for unit in units),
        "units": len(units),
        "files": [{"path": u.path, "bytes": u.bytes, "sha256": u.sha256} for u in units if u.path],
    }
