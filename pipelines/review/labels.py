"""Reads files that people write labels into, CSV or Parquet."""

import codecs
import csv
import io
from typing import Any

import pyarrow as pa

from lookalike.transforms.storage.reading import read_file, read_parquet


def read_labels(path: str, kind: str, wrong: type[ValueError], needed: tuple[str, ...] = ()) -> list[dict[str, Any]]:
    """Read the rows of a file of labels.

    A CSV file must be UTF-8; the byte order mark that spreadsheets put first is accepted. No two columns may have one
    name: it would be left open which is meant.

    Args:
        path: path or URL of the file.
        kind: what messages call the file.
        wrong: type of the exception to raise.
        needed: columns that the file must have, unless it has no rows.

    Raises:
        ValueError: of the type `wrong`: the file is missing, is neither CSV nor Parquet, lacks a column, or has
            two of one name.
    """
    try:
        if path.lower().endswith(".parquet"):
            table = read_parquet(path)
            names, rows = table.column_names, table.to_pylist()
        else:
            data = read_file(path)
            if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
                raise wrong(f"{path} is text in UTF-16; save it as CSV in UTF-8")
            reader = csv.DictReader(io.StringIO(data.decode("utf-8-sig"), newline=""))
            names, rows = list(reader.fieldnames or needed), list(reader)
    except FileNotFoundError:
        raise wrong(f"no {kind} {path}") from None
    except OSError as error:
        raise wrong(f"the {kind.rstrip(':')} {path} can't be read: {error}") from error
    except (pa.ArrowInvalid, UnicodeDecodeError, csv.Error) as error:
        raise wrong(f"{path} is neither CSV nor Parquet: {error}") from error
    twice = [name for name in names if names.count(name) > 1]
    if twice:
        raise wrong(f"{path} has two columns {twice[0]!r}; leave one of them out")
    for column in needed:
        if column not in names:
            raise wrong(f"{path} has no column {column!r}; it needs {', '.join(needed)}")
    return rows
