"""Inputs (folders, files, globs, manifests, on any store that fsspec opens) in, one Source per file out."""

import dataclasses
import io
import itertools
import os
import posixpath
from collections.abc import Iterator
from datetime import datetime, timezone
from typing import Any

import apache_beam as beam
import fsspec
import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet
from fsspec.utils import get_protocol

from transforms.output import RUN, is_local, read_parquet, write_bytes
from transforms.schemas import Failure, Source

MANIFESTS = (".txt", ".csv", ".parquet")
URI_COLUMNS = ("uri", "url", "path", "file", "filename", "image")
IMAGE_SUFFIXES = (
    *(".jpg", ".jpeg", ".jpe", ".jfif", ".png", ".apng", ".webp", ".gif", ".bmp", ".dib", ".tif", ".tiff"),
    *(".heic", ".heif", ".hif", ".avif", ".mpo", ".jp2"),
)


LISTING = pa.schema(
    [
        ("uri", pa.string()),
        ("bytes", pa.int64()),
        ("modified", pa.string()),
        ("etag", pa.string()),
        ("error", pa.string()),
        ("message", pa.string()),
    ]
)
SHARD_ROWS = 50_000


class InputError(ValueError):
    """An input that does not exist or can't be listed; the message names it and what to do."""


def list_images(inputs: list[str]) -> Iterator[Source | Failure]:
    """Every image of every input, in the order of listing. What can't be listed inside an input is a Failure.

    Files are taken by suffix in folders and globs; a file or a manifest's row that is named outright is taken
    whatever it is called. Hidden files and folders (leading dot) are left out of folders.

    Raises:
        InputError: an input is missing, or a manifest has no column of URIs.
    """
    for name in inputs:
        yield from _list_input(name)


def absolute(uri: str) -> str:
    """The one spelling of a URI: local paths are absolute with no scheme, others as they are."""
    if get_protocol(uri) != "file":
        return uri
    return os.path.abspath(os.path.expanduser(uri.removeprefix("file://")))


def _list_input(name: str) -> Iterator[Source | Failure]:
    uri = absolute(name)
    fs, path = fsspec.url_to_fs(uri)
    try:
        if fs.isdir(path):
            yield from _walk(fs, path)
        elif fs.isfile(path):
            if path.lower().endswith(MANIFESTS):
                yield from _read_manifest(fs, path, uri)
            else:
                yield _source(fs, fs.info(path))
        elif any(c in path for c in "*?["):
            yield from _glob(fs, path, name)
        else:
            raise InputError(f"input not found: {name}. Give a folder, an image, a glob or a manifest that exists.")
    except PermissionError as error:
        raise InputError(f"input can't be read: {name} ({error.strerror}). Check its permissions.") from error


def _glob(fs: fsspec.AbstractFileSystem, pattern: str, name: str) -> Iterator[Source]:
    found = fs.glob(pattern, detail=True)
    if not found:
        raise InputError(f"no file matches: {name}. Quote the pattern, and check it.")
    for path in sorted(found):
        if found[path]["type"] == "file" and _is_image(path):
            yield _source(fs, found[path])


def _walk(fs: fsspec.AbstractFileSystem, root: str) -> Iterator[Source | Failure]:
    """All images under `root`, depth first in order of name. Symbolic links to folders are followed once."""
    seen: set[str] = set()
    waiting = [root]
    while waiting:
        folder = waiting.pop()
        real = os.path.realpath(folder) if is_local(fs) else folder
        if real in seen:
            continue
        seen.add(real)
        try:
            entries = sorted(fs.ls(folder, detail=True), key=lambda e: e["name"])
        except OSError as error:
            if folder == root:
                raise
            yield Failure(fs.unstrip_protocol(folder), "list", type(error).__name__, str(error.strerror or error))
            continue
        folders = []
        for entry in entries:
            path = entry["name"].rstrip("/")
            if path == folder.rstrip("/") or posixpath.basename(path).startswith("."):
                continue
            if entry["type"] == "directory" or (entry.get("islink") and os.path.isdir(path)):
                folders.append(path)
            elif _is_image(path):
                yield _named(_source(fs, entry))
        waiting += reversed(folders)


def _read_manifest(fs: fsspec.AbstractFileSystem, path: str, uri: str) -> Iterator[Source | Failure]:
    """Rows of a manifest: lines of a .txt ('#' comments), or the URI column of a .csv or .parquet. Relative paths
    are relative to the manifest.
    """
    base = uri.rsplit("/", 1)[0] if "/" in uri else ""
    for line in _manifest_rows(fs, path, uri):
        target = line if "://" in line or line.startswith(("/", "~")) else f"{base}/{line}"
        target = absolute(target)
        try:
            target_fs, target_path = fsspec.url_to_fs(target)
            yield _source(target_fs, target_fs.info(target_path))
        except (OSError, ValueError, ImportError) as error:
            yield Failure(target, "list", type(error).__name__, f"named by {uri}: {error}")


def _manifest_rows(fs: fsspec.AbstractFileSystem, path: str, uri: str) -> Iterator[str]:
    if path.lower().endswith(".txt"):
        with fs.open(path, "rt", encoding="utf-8") as file:
            for line in file:
                if line.strip() and not line.startswith("#"):
                    yield line.strip()
        return
    with fs.open(path, "rb") as file:
        try:
            table = pyarrow.csv.read_csv(file) if path.lower().endswith(".csv") else pyarrow.parquet.read_table(file)
        except pyarrow.ArrowInvalid as error:
            raise InputError(f"manifest can't be read: {uri} ({error})") from error
    names = {name.lower(): name for name in table.column_names}
    column = next((names[c] for c in URI_COLUMNS if c in names), None)
    if column is None:
        raise InputError(
            f"manifest has no column of URIs: {uri} has {', '.join(table.column_names)}; "
            f"name one of them {URI_COLUMNS[0]!r}"
        )
    yield from (str(value) for value in table[column].to_pylist() if value)


def _is_image(path: str) -> bool:
    return posixpath.splitext(path)[1].lower() in IMAGE_SUFFIXES


def _named(source: Source) -> Source | Failure:
    """A file whose name is not text can't be written into any table: a Failure that spells it."""
    try:
        source.uri.encode()
    except UnicodeEncodeError:
        uri = source.uri.encode(errors="surrogateescape").decode(errors="backslashreplace")
        return Failure(uri, "list", "bad_name", "the file's name is not UTF-8; rename it")
    return source


def _source(fs: fsspec.AbstractFileSystem, info: dict[str, Any]) -> Source:
    path = info["name"]
    uri = path if is_local(fs) else fs.unstrip_protocol(path)
    size = info.get("size")
    etag = info.get("ETag") or info.get("etag") or ""
    return Source(uri, -1 if size is None else int(size), _modified(info), str(etag).strip('"'))


def _modified(info: dict[str, Any]) -> str:
    """The time of last modification as every store spells it -> ISO 8601 in UTC, or ''."""
    for name in ("mtime", "LastModified", "updated", "last_modified", "created"):
        value = info.get(name)
        if isinstance(value, (int, float)):
            value = datetime.fromtimestamp(value, timezone.utc)
        if isinstance(value, datetime):
            return value.astimezone(timezone.utc).isoformat(timespec="microseconds")
        if isinstance(value, str) and value:
            return value
    return ""


@dataclasses.dataclass(eq=False)
class ReadListing(beam.PTransform):
    """The pipeline's root -> {'sources', 'failures'} of a written listing; the sources of a shard are one list, since
    nothing is done with one alone.

    shards: paths of Parquet files with the schema `LISTING`.
    """

    shards: list[str]

    def expand(self, root):
        """See the class."""
        rows = (
            root
            | "Shards" >> beam.Create(self.shards)
            | "Rows"
            >> beam.ParDo(_ReadShard()).with_output_types(list[Source]).with_outputs("failures", main="sources")
        )
        return {"sources": rows.sources, "failures": rows.failures}


class _ReadShard(beam.DoFn):
    def process(self, shard: str) -> Iterator[Any]:
        sources = []
        for row in read_parquet(shard).to_pylist():
            if row["error"] is None:
                sources.append(Source(row["uri"], row["bytes"], row["modified"], row["etag"]))
            else:
                failure = Failure(row["uri"], "list", row["error"], row["message"])
                yield beam.pvalue.TaggedOutput("failures", failure)
        yield sources


def write_listing(records: Iterator[Source | Failure], root: str) -> tuple[list[str], int]:
    """Listed records -> Parquet shards below `root`/.run, never more than a shard in memory: paths, and records."""
    shards: list[str] = []
    count = 0
    while chunk := list(itertools.islice(records, SHARD_ROWS)):
        rows = [_listing_row(record) for record in chunk]
        columns = [pa.array(values, field.type) for values, field in zip(zip(*rows, strict=True), LISTING, strict=True)]
        buffer = io.BytesIO()
        pyarrow.parquet.write_table(pa.Table.from_arrays(columns, schema=LISTING), buffer)
        shards.append(f"{root}/{RUN}/listing-{len(shards):05d}.parquet")
        write_bytes(shards[-1], buffer.getvalue())
        count += len(chunk)
    return shards, count


def _listing_row(record: Source | Failure) -> tuple[str | int | None, ...]:
    if isinstance(record, Failure):
        return record.uri, -1, "", "", record.error, record.message
    return (*record, None, None)
