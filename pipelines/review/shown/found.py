"""What a query found, as lines and as a file."""

import io
from collections.abc import Iterator
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv
import pyarrow.parquet as pq

from lookalike.pipelines.review.shown.printable import printable
from lookalike.transforms.core.columns import as_text
from lookalike.transforms.storage.errors import OutputError
from lookalike.transforms.storage.writing import write_bytes

SUFFIXES = (".parquet", ".csv")


def lines(found: pa.Table) -> Iterator[str]:
    """A line for each row: who asked, the match, what the one is to the other, how sure that is, who proposed it. What
    of names is not printable, such as a tab, is escaped.
    """
    for row in found.to_pylist():
        relation = row["relation"] or "refused"
        by = ", ".join(row["proposed_by"])
        yield f"{printable(row['query'])}\t{printable(row['match'])}\t{relation}\t{row['probability']:.4f}\t{by}"


def summary(found: pa.Table, asked: int, unusable: int) -> str:
    """How much was asked, found and refused, in one line."""
    matched = found.filter(pc.is_valid(found["relation"]))
    have = pc.count_distinct(matched["query"]).as_py()
    failed = f", {unusable:,} could not be used" if unusable else ""
    refused = len(found) - len(matched)
    told = f"{len(matched):,} pairs; {refused:,} were compared and refused{failed}"
    return f"{have:,} of {asked:,} images have matches: {told}"


def check_name(path: str) -> None:
    """See that rows can be written to a file that is called so.

    Raises:
        OutputError: they can't.
    """
    if not path.endswith(SUFFIXES):
        raise OutputError(f"--output is {path}; give a file that ends in {' or '.join(SUFFIXES)}")


def write(found: pa.Table, path: str) -> None:
    """Write rows to a file that `check_name` has accepted; lists are joined by blanks in a CSV file, and what else has
    no form there is written as `as_text` does.
    """
    buffer = io.BytesIO()
    if path.endswith(".parquet"):
        pq.write_table(found, buffer)
    else:
        for number, field in enumerate(found.schema):
            if pa.types.is_nested(field.type) or pa.types.is_binary(field.type):
                text = [None if value is None else _in_words(value) for value in found[number].to_pylist()]
                found = found.set_column(number, field.name, pa.array(text, pa.string()))
        pyarrow.csv.write_csv(found, buffer)
    write_bytes(path, buffer.getvalue())


def _in_words(value: Any) -> str:
    return " ".join(map(as_text, value)) if isinstance(value, list) else as_text(value)
