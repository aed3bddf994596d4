"""The file of verdicts, in which people record what they decide about pairs.

It identifies images by their contents, so verdicts survive renames.
"""

import csv
import getpass
import io
import os
from datetime import datetime, timezone
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet

from lookalike.pipelines.review.labels import read_labels
from lookalike.pipelines.run import manifest
from lookalike.pipelines.run.lock import locked
from lookalike.transforms.clustering.verdicts import DUPLICATES, KINDS, NOT_DUPLICATES, Hashes, Verdicts
from lookalike.transforms.ingest.listing import absolute
from lookalike.transforms.ingest.overlap import refuse_overlap
from lookalike.transforms.io.parquet_sink import RUN
from lookalike.transforms.storage.stores import is_path, store
from lookalike.transforms.storage.writing import write_bytes

COLUMNS = ("content_hash_a", "content_hash_b", "verdict", "author", "time", "note")


class VerdictError(ValueError):
    """A file of verdicts, or an image that is named in a verdict, can't be used; the message says what to do."""


def load(path: str) -> Verdicts:
    """Read a file of verdicts, CSV or Parquet with the columns COLUMNS.

    If there are several verdicts on a pair, the latest counts, by time and then by place in the file. A time without a
    zone is one of UTC, and what is no time in ISO 8601 comes before all times. Rows without a verdict, as in the file
    that `calibrate` leaves to be labelled, are skipped.

    Raises:
        VerdictError: the file is missing, lacks a column, or has a value that can't be.
    """
    latest = {pair: row["verdict"] for pair, row in latest_of(read_rows(path), path).items()}
    together = sorted(pair for pair, verdict in latest.items() if verdict == DUPLICATES)
    return Verdicts(tuple(together), frozenset(pair for pair, verdict in latest.items() if verdict == NOT_DUPLICATES))


def latest_of(rows: list[dict[str, Any]], path: str) -> dict[Hashes, dict[str, Any]]:
    """Find the row that counts for each pair, as `load` explains.

    Args:
        rows: as `read_rows` returns them.
        path: the file that they come from, for messages.

    Raises:
        VerdictError: a row has a value that can't be.
    """
    latest: dict[Hashes, dict[str, Any]] = {}
    for number, row in sorted(enumerate(rows, 2), key=lambda r: (_moment(r[1]["time"]), r[0])):
        if not row["verdict"]:
            continue
        if row["verdict"] not in KINDS:
            raise VerdictError(
                f"{path}, row {number}: a verdict is {' or '.join(map(repr, KINDS))}, not {row['verdict']!r}"
            )
        latest[_hashes(row, f"{path}, row {number}")] = row
    return latest


def _moment(text: str) -> datetime:
    text = text.strip()
    try:
        found = datetime.fromisoformat(f"{text[:-1]}+00:00" if text.endswith("Z") else text)  # Python 3.10 reads no Z
    except ValueError:
        return datetime.min.replace(tzinfo=timezone.utc)
    return found if found.tzinfo else found.replace(tzinfo=timezone.utc)


def read_rows(path: str) -> list[dict[str, Any]]:
    """Read the rows of a file of verdicts as text, including columns other than COLUMNS. Errors are those of `load`."""
    rows = read_labels(path, "file of verdicts:", VerdictError, COLUMNS[:3])
    for number, row in enumerate(rows, 2):
        if None in row:
            raise VerdictError(f"{path}, row {number}: it has more fields than there are columns")
    return [row | {name: _text(row.get(name)) for name in COLUMNS} for row in rows]


def _text(value: Any) -> str:
    return value.hex() if isinstance(value, bytes) else "" if value is None else str(value)


def _hashes(row: dict[str, str], where: str) -> Hashes:
    try:
        a, b = sorted(bytes.fromhex(row[name]) for name in COLUMNS[:2])
    except ValueError:
        a = b = b""
    if len(a) != 32 or len(b) != 32:
        raise VerdictError(f"{where}: a content hash is 64 hexadecimal digits, as in fingerprints/")
    if a == b:
        raise VerdictError(f"{where}: both content hashes are the same; such files are copies by nature")
    return a, b


def add(
    path: str, audit: str, uris: tuple[str, str], verdict: str, author: str, note: str, steal_lock: bool = False
) -> None:
    """Append a verdict on two images of a finished audit to a file, which is made if it does not exist.

    Args:
        path: the file of verdicts, CSV or Parquet.
        audit: folder or URL of the audit.
        uris: the two images, as the audit names them or relative to the working folder.
        verdict: one of KINDS.
        author: who decided; '' means the name of the user.
        note: why; may be empty.
        steal_lock: take the file's lock over from a process that shows no sign of life.

    Raises:
        VerdictError: the audit has no fingerprint of an image, or the file can't be used.
        OutputError: the audit is not finished, or another process is writing to the file.
    """
    refuse_overlap(uris, [path])
    latest = latest_of(rows_so_far(path), path)
    a, b = content_hashes(audit, uris)
    held = latest.get((bytes.fromhex(min(a, b)), bytes.fromhex(max(a, b))))
    change(path, [new_row(a, b, verdict, author, note, held)], [], steal_lock)


def new_row(
    a: str, b: str, verdict: str, author: str = "", note: str = "", held: dict[str, Any] | None = None
) -> dict[str, Any]:
    """Make the row of a verdict that is given now. It counts, even if this clock is behind that of an earlier verdict.

    Args:
        a: content hash of one image, in hex.
        b: content hash of the other.
        verdict: one of KINDS.
        author: who decided; '' means the name of the user.
        note: why; may be empty.
        held: the row that has counted so far for this pair, if there is one.
    """
    now = datetime.now(timezone.utc).isoformat(timespec="seconds")
    if held and _moment(held["time"]) > _moment(now):
        now = held["time"]
    return dict(zip(COLUMNS, (a, b, verdict, author or getpass.getuser(), now, note), strict=True))


def change(path: str, added: list[dict[str, Any]], removed: list[dict[str, Any]], steal_lock: bool = False) -> None:
    """Append rows to a file of verdicts, which is made if it does not exist, and remove others from it, all at once.

    Args:
        path: the file of verdicts, CSV or Parquet.
        added: rows as of `new_row`.
        removed: rows that the file holds; if it holds equal ones, the last is removed.
        steal_lock: take the file's lock over from a process that shows no sign of life.

    Raises:
        VerdictError: the file does not hold a row that is to be removed, or can't be used.
        LockedError: another process is writing to the file.
        OutputError: the file can't be written.
    """
    place = absolute(path)
    place = os.path.realpath(place) if is_path(place) else place  # replaces the file that a link leads to, not the link
    with locked(f"{place}{RUN}", "verdict add", steal_lock) as lock:
        rows = rows_so_far(path)
        for gone in removed:
            found = [number for number, row in enumerate(rows) if all(row[name] == gone[name] for name in COLUMNS)]
            if not found:
                raise VerdictError(f"{path} does not hold that verdict any more: somebody else has changed it")
            del rows[found[-1]]
        for row in added:
            _hashes(row, path)
        rows += added
        lock.check()
        write_bytes(place, _encoded(rows, path.lower().endswith(".parquet")))


def rows_so_far(path: str) -> list[dict[str, Any]]:
    """Read the rows as `read_rows` does; a file that does not exist has none."""
    fs, inner = store(absolute(path))
    return read_rows(path) if fs.exists(inner) else []


def _encoded(rows: list[dict[str, Any]], parquet: bool) -> bytes:
    names = list(dict.fromkeys([*COLUMNS, *(rows[0] if rows else ())]))
    if parquet:
        sink = io.BytesIO()
        pyarrow.parquet.write_table(pa.table({name: [row.get(name) for row in rows] for name in names}), sink)
        return sink.getvalue()
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, names)
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue().encode()


def content_hashes(audit: str, uris: tuple[str, str]) -> list[str]:
    """Look up the content hashes (hex) of two images of a finished audit. Errors are those of `add`."""
    audit = absolute(audit)
    wanted = pa.array([absolute(uri) for uri in uris], pa.string())
    found: dict[str, str] = {}
    for table in manifest.tables(manifest.read(audit), audit, "fingerprints", ["uri", "content_hash"]):
        for row in table.filter(pc.is_in(table["uri"], wanted)).to_pylist():
            found[row["uri"]] = row["content_hash"].hex()
    for uri in wanted.to_pylist():
        if uri not in found:
            raise VerdictError(f"{audit} has no fingerprint of {uri}; name the image as its report and tables do")
    return [found[uri] for uri in wanted.to_pylist()]
