"""Inputs (folders, files, globs, manifests, on any store that fsspec opens) in, one Source per file out."""

import dataclasses
import io
import itertools
import os
import posixpath
from collections.abc import Iterator, Sequence
from datetime import datetime, timezone
from typing import Any

import apache_beam as beam
import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet

from transforms.ahead import ahead
from transforms.containers import file_of, image_column, kind_of, list_members, member_of
from transforms.links import note
from transforms.numbered import Each, Numbered
from transforms.output import RUN
from transforms.retries import patiently
from transforms.schemas import Failure, Source
from transforms.stores import is_local, is_path, read_parquet, store, write_bytes

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
        ("at", pa.string()),
        ("file", pa.string()),
        ("error", pa.string()),
        ("message", pa.string()),
    ]
)
SHARD_ROWS = 50_000
CONNECTIONS = 8
"""Folders, or archives, of a remote store that are listed at once."""


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
    for scheme in ("file://", "local://"):
        if uri.startswith(scheme):
            return os.path.abspath(os.path.expanduser(uri.removeprefix(scheme)))
    return os.path.abspath(os.path.expanduser(uri)) if is_path(uri) else uri


def _list_input(name: str) -> Iterator[Source | Failure]:
    uri = absolute(name)
    if member_of(uri):
        yield _find_member(uri, {})
        return
    fs, path = store(uri)
    try:
        if fs.isdir(path):
            yield from _walk(fs, path)
        elif fs.isfile(path):
            if _is_container(fs, path):
                yield from _members(_source(fs, fs.info(path)))
            elif path.lower().endswith(MANIFESTS):
                yield from _read_manifest(fs, path, uri)
            else:
                yield _source(fs, fs.info(path))
        elif any(c in path for c in "*?["):
            yield from _glob(fs, path, name)
        else:
            raise InputError(f"input not found: {name}. Give a folder, an image, a glob or a manifest that exists.")
    except PermissionError as error:
        raise InputError(f"input can't be read: {name} ({error.strerror}). Check its permissions.") from error


def _glob(fs: Any, pattern: str, name: str) -> Iterator[Source | Failure]:
    found = fs.glob(pattern, detail=True)
    if not found:
        raise InputError(f"no file matches: {name}. Quote the pattern, and check it.")
    files = [path for path in sorted(found) if found[path]["type"] == "file"]
    yield from (_source(fs, found[path]) for path in files if _is_image(path))
    containers = [_source(fs, found[path]) for path in files if _is_container(fs, path)]
    for members in ahead(_members, containers, CONNECTIONS):
        yield from members


def _members(container: Source) -> list[Source | Failure]:
    return [_named(one) for one in list_members(container, _is_wanted)]


def _walk(fs: Any, root: str) -> Iterator[Source | Failure]:
    """All images under `root`, in an order that depends on the names alone; on a remote store, several folders are
    listed at once. Symbolic links to folders are followed once.
    """
    seen: set[str] = set()
    images = archives = 0
    waiting = [root]
    at_once = 1 if is_local(fs) else CONNECTIONS
    while waiting:
        folders = [folder for folder in waiting[-at_once:][::-1] if _first_time(fs, folder, seen)]
        del waiting[-at_once:]
        for folder, entries in zip(folders, ahead(lambda folder: _entries(fs, folder), folders, at_once), strict=True):
            if isinstance(entries, OSError):
                if folder == root:
                    raise entries
                uri, why = folder if is_local(fs) else fs.unstrip_protocol(folder), entries.strerror or entries
                yield Failure(uri, "list", type(entries).__name__, str(why))
                continue
            inner, found, others = _sorted_out(folder, entries)
            waiting += reversed(inner)
            yield from (_named(_source(fs, entry)) for entry in found)
            images, archives = images + len(found), archives + others
    if archives and not images:
        name = root if is_local(fs) else fs.unstrip_protocol(root)
        raise InputError(f"{name} holds no images, but {archives:,} archives or tables: name them, as '{name}/*.tar'")


def _sorted_out(folder: str, entries: list[dict[str, Any]]) -> tuple[list[str], list[dict[str, Any]], int]:
    """What lies in a folder -> its folders, its images, and how many archives or tables there are."""
    folders, images, archives = [], [], 0
    for entry in entries:
        path = entry["name"].rstrip("/")
        if path == folder.rstrip("/") or posixpath.basename(path).startswith("."):
            continue
        if entry["type"] == "directory" or (entry.get("islink") and os.path.isdir(path)):
            folders.append(path)
        elif _is_image(path):
            images.append(entry)
        else:
            archives += kind_of(path) is not None
    return folders, images, archives


def _first_time(fs: Any, folder: str, seen: set[str]) -> bool:
    real = os.path.realpath(folder) if is_local(fs) else folder
    new = real not in seen
    seen.add(real)
    return new


def _entries(fs: Any, folder: str) -> list[dict[str, Any]] | OSError:
    """What lies in a folder, in order of name, or why that can't be told."""
    try:
        return sorted(fs.ls(folder, detail=True), key=lambda entry: entry["name"])
    except OSError as error:
        return error


def _read_manifest(fs: Any, path: str, uri: str) -> Iterator[Source | Failure]:
    """Rows of a manifest: lines of a .txt ('#' comments), or the URI column of a .csv or .parquet. Relative paths
    are relative to the manifest.
    """
    base = uri.rsplit("/", 1)[0] if "/" in uri else ""
    indices: dict[str, dict[str, Source]] = {}

    def look(line: str) -> Source | Failure:
        target = absolute(line if "://" in line or line.startswith(("/", "~")) else f"{base}/{line}")
        try:
            if member_of(target):
                return _find_member(target, indices)
            target_fs, target_path = store(target)
            return _source(target_fs, target_fs.info(target_path))
        except (OSError, ValueError, ImportError) as error:
            return Failure(target, "list", type(error).__name__, f"named by {uri}: {error}")

    yield from ahead(look, _manifest_rows(fs, path, uri), CONNECTIONS)


def _find_member(uri: str, indices: dict[str, dict[str, Source]]) -> Source | Failure:
    """One image inside of a container, by its URI. indices: of containers that were looked into, filled in here."""
    container = file_of(uri)
    if container not in indices:
        fs, path = store(container)
        members = list_members(_source(fs, fs.info(path)), lambda _: True)
        indices[container] = {member.uri: member for member in members if isinstance(member, Source)}
    found = indices[container].get(uri)
    return found or Failure(uri, "list", "FileNotFoundError", f"{container} holds no such image, or can't be read")


def _manifest_rows(fs: Any, path: str, uri: str) -> Iterator[str]:
    if path.lower().endswith(".txt"):
        for line in io.StringIO(fs.cat_file(path).decode("utf-8-sig")):
            if line.strip() and not line.startswith("#"):
                yield line.strip()
        return
    with io.BytesIO(fs.cat_file(path)) as file:
        try:
            # in this thread alone, as `stores.read_parquet`
            if path.lower().endswith(".csv"):
                table = pyarrow.csv.read_csv(file, read_options=pyarrow.csv.ReadOptions(use_threads=False))
            else:
                table = pyarrow.parquet.ParquetFile(file).read(use_threads=False)
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


def _is_container(fs: Any, path: str) -> bool:
    """An archive, or a Parquet file with a column of images."""
    if kind_of(path) != "parquet":
        return kind_of(path) is not None

    def schema() -> pa.Schema:
        with fs.open(path, "rb") as file:
            return pyarrow.parquet.read_schema(file)

    try:
        return image_column(schema() if is_local(fs) else patiently(schema)) is not None
    except pa.ArrowInvalid:
        return False


def _is_wanted(member: str) -> bool:
    """Is a member of an archive an image that somebody put there, and can its name be written?"""
    hidden = any(part.startswith(".") and part.strip("./") for part in member.split("/"))
    return _is_image(member) and not hidden and not member.startswith("__MACOSX/") and "::" not in member


def _is_image(path: str) -> bool:
    return posixpath.splitext(path)[1].lower() in IMAGE_SUFFIXES


def _named(source: Source | Failure) -> Source | Failure:
    """A file whose name is not text can't be written into any table: a Failure that spells it."""
    try:
        source.uri.encode()
    except UnicodeEncodeError:
        uri = source.uri.encode(errors="surrogateescape").decode(errors="backslashreplace")
        return Failure(uri, "list", "bad_name", "the file's name is not UTF-8; rename it")
    return source


def _source(fs: Any, info: dict[str, Any]) -> Source:
    path = info["name"]
    uri = path if is_local(fs) else fs.unstrip_protocol(path)
    size = info.get("size")
    etag = info.get("ETag") or info.get("etag") or ""
    file = note(info) if is_local(fs) else ""
    return Source(uri, -1 if size is None else int(size), _modified(info), str(etag).strip('"'), file=file)


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

    shards: Sequence[str]

    def expand(self, root):
        """See the class."""
        rows = (
            root
            | "Shards" >> Each(str, iter, (self.shards,))
            | "Rows"
            >> beam.ParDo(_ReadShard()).with_output_types(list[Source]).with_outputs("failures", main="sources")
        )
        return {"sources": rows.sources, "failures": rows.failures}


class _ReadShard(beam.DoFn):
    def process(self, shard: str) -> Iterator[Any]:
        sources = []
        for row in read_parquet(shard).to_pylist():
            if row["error"] is None:
                sources.append(Source(row["uri"], row["bytes"], row["modified"], row["etag"], row["at"], row["file"]))
            else:
                failure = Failure(row["uri"], "list", row["error"], row["message"])
                yield beam.pvalue.TaggedOutput("failures", failure)
        yield sources


def write_listing(records: Iterator[Source | Failure], root: str) -> tuple[Sequence[str], int]:
    """Listed records -> Parquet shards below `root`/.run, never more than a shard in memory: paths, and records."""
    shards = Numbered(f"{root}/{RUN}/listing-", ".parquet", 0)
    count = 0
    while chunk := list(itertools.islice(records, SHARD_ROWS)):
        rows = [_listing_row(record) for record in chunk]
        columns = [pa.array(values, field.type) for values, field in zip(zip(*rows, strict=True), LISTING, strict=True)]
        buffer = io.BytesIO()
        pyarrow.parquet.write_table(pa.Table.from_arrays(columns, schema=LISTING), buffer)
        shards = dataclasses.replace(shards, length=len(shards) + 1)
        write_bytes(shards[len(shards) - 1], buffer.getvalue())
        count += len(chunk)
    return shards, count


def _listing_row(record: Source | Failure) -> tuple[str | int | None, ...]:
    if isinstance(record, Failure):
        return record.uri, -1, "", "", "", "", record.error, record.message
    return (*record, None, None)
