"""The folder of a run: claimed, and left with what belongs to the result and what is the user's."""

import contextlib
import re
from collections.abc import Iterator
from typing import Any

from lookalike.pipelines.run import manifest
from lookalike.pipelines.run.commit import STARTED, drop_work, replace, roll_forward
from lookalike.pipelines.run.lock import Lock, is_lock, locked
from lookalike.transforms.ingest.listing import absolute
from lookalike.transforms.io.generate import PART_NAME
from lookalike.transforms.io.parquet_sink import RUN
from lookalike.transforms.storage.errors import OutputError
from lookalike.transforms.storage.patient_store import PatientStore
from lookalike.transforms.storage.stores import is_local, names_in, store
from lookalike.transforms.storage.writing import keep, write_bytes

TABLES = (
    *("fingerprints", "columns", "failures", "candidates", "pairs", "clusters", "conflicts", "merges", "matches"),
    *("known", "folders", "delta", "query_images", "match_images"),
)
OURS = re.compile(rf"({PART_NAME}|\.{PART_NAME}\.[0-9a-f]{{32}})")
"""Names of parts, and of drafts of them that a killed run left."""
PART = re.compile(rf"({'|'.join(TABLES)})/{PART_NAME}")
DRAFT_OF_START = re.compile(rf"\.{STARTED}\.[0-9a-f]{{32}}")
"""Name of what a run that was killed before anything else left in its work folder."""
DRAFT = re.compile(rf"\.({'|'.join(map(re.escape, (manifest.REPORT, manifest.DROP, manifest.NAME)))})\.[0-9a-f]{{32}}")


@contextlib.contextmanager
def writing(output: str, command: str, steal: bool) -> Iterator[Lock]:
    """Hold the lock of an output; a replacement that was cut short is ended first.

    Raises:
        LockedError: somebody else is writing there.
        OutputError: it is a file, or can't be written.
    """
    fs, path = store(output)
    if fs.isfile(path):
        raise OutputError(f"{output} is a file; give a folder")
    with locked(f"{output}/{RUN}", command, steal) as lock:
        roll_forward(output)
        yield lock


def claim_output(output: str, overwrite: bool) -> bool:
    """See that `output`, whose lock is held, can take a run: it is new, empty, or holds one. Is a finished one there?

    Raises:
        OutputError: a finished run is there and may not be replaced, or something else is.
    """
    if manifest.exists(output):
        if not overwrite:
            raise OutputError(f"{output} holds a finished run; give another --output, or --overwrite to replace it")
        return True
    if not is_begun(output) and list(others(output)):
        raise OutputError(f"{output} holds files that no run wrote; give an empty or new folder as --output")
    return False


def read_replaced(output: str, kind: str = manifest.AUDIT) -> dict[str, Any]:
    """The record of a finished run that is to be replaced by one of the same kind.

    Raises:
        OutputError: it can't be used, so that nobody knows what is the run's and what the user's.
    """
    try:
        return manifest.read(output, outdated=True, kinds=(kind,))
    except OutputError as error:
        raise OutputError(f"{error}; --overwrite removes only what a record names, so give another --output") from error


def refuse_strange_work(output: str) -> None:
    """See that the work folder of a finished run, whose lock is held, holds nothing but what a run that was begun left.

    Raises:
        OutputError: it does, and would be emptied.
    """
    if not is_begun(output) and list(others(output, RUN)):
        raise OutputError(f"{output}/{RUN} holds files that no run wrote; move them elsewhere")


def others(output: str, *folders: str) -> Iterator[str]:
    """Names of what lies in an output and in its work folder, or only in those `folders`, beside its lock."""
    fs, path = store(output)
    for folder in folders or ("", RUN):
        with contextlib.suppress(FileNotFoundError):
            for entry in fs.ls(f"{path}/{folder}".rstrip("/"), detail=False):
                name = entry.rstrip("/").rsplit("/", 1)[-1]
                if name and name != RUN and not is_lock(name) and not DRAFT_OF_START.fullmatch(name):
                    yield name


def is_begun(output: str, command: str = "") -> bool:
    """Was a run begun in this folder and not ended? command: which, if that matters."""
    fs, path = store(f"{output}/{RUN}/{STARTED}")
    return fs.exists(path) and command in ("", fs.cat_file(path).decode())


def begin(output: str, command: str) -> None:
    """Note that a run is begun in this folder."""
    write_bytes(f"{output}/{RUN}/{STARTED}", command.encode())


def check_file(path: str, option: str) -> None:
    """See that a file can go to `path`, which `option` named, before there is anything to write into it.

    Raises:
        OutputError: a folder is there, or it lies below a file.
    """
    fs, inner = store(absolute(path))
    if fs.isdir(inner):
        raise OutputError(f"{option} is {path}, a folder; give the name of a file")
    _refuse_file(fs, inner.rpartition("/")[0], f"{option} is {path}")


def check_folder(path: str, option: str) -> None:
    """See that files can go into `path`, which `option` named: it is a folder, or can be made.

    Raises:
        OutputError: it is a file, or lies below one.
    """
    fs, folder = store(absolute(path))
    _refuse_file(fs, folder, f"{option} is {path}")


def _refuse_file(fs: PatientStore, folder: str, told: str) -> None:
    while folder and not fs.exists(folder):
        folder = folder.rpartition("/")[0]
    if folder and is_local(fs) and not fs.isdir(folder):
        raise OutputError(f"{told}, and {folder} is a file; give another")


def forget_tables(output: str) -> None:
    """Forget which tables an earlier try had finished; its commits of chunks and groups still hold."""
    fs, path = store(output)
    for file in names_in(fs, f"{path}/{RUN}", ".json"):
        fs.rm_file(file)


def finish(output: str, record: dict[str, Any]) -> None:
    """Commit a run that was made in place: what its tries left beside the result goes, audit.json comes."""
    fs, path = store(output)
    kept = owned(record)
    for name in ("", *TABLES):
        for file in names_in(fs, f"{path}/{name}".rstrip("/"), ""):
            base = file.rsplit("/", 1)[-1]
            ours = OURS.fullmatch(base) and f"{name}/{base}" not in kept if name else DRAFT.fullmatch(base)
            if ours:
                fs.rm_file(file)
    manifest.write(output, record)
    drop_work(output)


def finish_staged(
    output: str, staging: str, record: dict[str, Any], old: dict[str, Any], reused: tuple[str, ...]
) -> None:
    """Commit a run that was made in the folder `staging` of the work folder: it replaces the finished one with the
    record `old`, of which the tables `reused` belong to the new one as well.

    Raises:
        OutputError: a file that no run wrote has the name of one that is new.
    """
    root = f"{output}/{RUN}/{staging}"
    new = owned(record)
    for name in strangers(output, old):
        if name in new:
            raise OutputError(f"{output}/{name} was not written by the run that is replaced; move it elsewhere")
    moves = [path for path in sorted(new) if path.split("/")[0] not in reused]
    keep(f"{root}/{path}" for path in moves)
    write_bytes(f"{root}/{manifest.NAME}", manifest.encoded(record), durable=True)
    replace(output, staging, [*moves, manifest.NAME], sorted(owned(old) - new))


def owned(record: dict[str, Any]) -> set[str]:
    """Paths, below the output, of all that the record of a run names as its own, beside itself."""
    parts = {part["path"] for parts in record["parts"].values() for part in parts if PART.fullmatch(part["path"])}
    return parts | {
        name for name, tables in manifest.PAGES.items() if any(table in record["parts"] for table in tables)
    }


def strangers(output: str, record: dict[str, Any]) -> list[str]:
    """Paths, below the output, of files that lie among the tables of a finished run, or are called as its report or its
    list is, and are not its own.
    """
    fs, path = store(output)
    kept = owned(record)
    found = [page for page in manifest.PAGES if page not in kept and fs.exists(f"{path}/{page}")]
    for name in TABLES:
        for file in names_in(fs, f"{path}/{name}", ""):
            below = f"{name}/{file.rstrip('/').rsplit('/', 1)[-1]}"
            if below not in kept:
                found.append(below)
    return found
