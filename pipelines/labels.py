"""Files that people write labels into: CSV or Parquet in, rows out."""

import csv
from typing import Any

import fsspec
import pyarrow as pa

from transforms.output import read_parquet


def read_labels(path: str, kind: str, wrong: type[ValueError]) -> list[dict[str, Any]]:
    """The rows of a CSV or Parquet file. kind: what it is called where it is missing. wrong: what is raised.

    Raises:
        ValueError: of the type `wrong`: no such file, or neither format.
    """
    try:
        if path.lower().endswith(".parquet"):
            return read_parquet(path).to_pylist()
        with fsspec.open(path, "rt", encoding="utf-8", newline="") as file:
            return list(csv.DictReader(file))
    except FileNotFoundError:
        raise wrong(f"no {kind} {path}") from None
    except (pa.ArrowInvalid, UnicodeDecodeError, csv.Error) as error:
        raise wrong(f"{path} is neither CSV nor Parquet: {error}") from error
