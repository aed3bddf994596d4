"""What benchmarks measure, as Markdown to read and as one Parquet table to compute with."""

import json
import subprocess
import sys
from collections.abc import Sequence
from typing import Any, NamedTuple

import pyarrow as pa
import pyarrow.parquet as pq

Cell = str | float | int


class Table(NamedTuple):
    """name: of what was measured. columns: the first names a row."""

    name: str
    columns: list[str]
    rows: list[list[Cell]]

    def markdown(self) -> str:
        """As a table of Markdown under its name."""
        lines = [self.columns, ["---"] * len(self.columns), *([_told(cell) for cell in row] for row in self.rows)]
        return "\n".join([f"### {self.name}", "", *(f"| {' | '.join(line)} |" for line in lines), ""])


def _told(cell: Cell) -> str:
    if isinstance(cell, str):
        return cell
    return f"{cell:,}" if isinstance(cell, int) else f"{cell:,.3g}" if abs(cell) < 100 else f"{cell:,.0f}"


def tell(tables: Sequence[Table], as_json: bool) -> None:
    """Print tables for people, or for `told_by`."""
    print(json.dumps([table._asdict() for table in tables]) if as_json else "\n".join(t.markdown() for t in tables))


def told_by(module: str, *arguments: str) -> list[Table]:
    """Run a benchmark in a process of its own -> its tables."""
    command = [sys.executable, "-m", f"tests.benchmarks.{module}", *arguments, "--json"]
    told = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout
    return [Table(**table) for table in json.loads(told.splitlines()[-1])]


def write_parquet(tables: Sequence[Table], path: str, about: dict[str, Any]) -> None:
    """One row for each cell: table, row, column, and its value as a number or as text. about: goes into the schema."""
    cells = [
        (table.name, str(row[0]), column, *((None, cell) if isinstance(cell, str) else (float(cell), None)))
        for table in tables
        for row in table.rows
        for column, cell in zip(table.columns[1:], row[1:], strict=True)
    ]
    string, number = pa.string(), pa.float64()
    fields = {"table": string, "row": string, "column": string, "value": number, "text": string}
    schema = pa.schema(list(fields.items()), metadata={name: str(value) for name, value in about.items()})
    columns = [pa.array(values, field.type) for values, field in zip(zip(*cells, strict=True), schema, strict=True)]
    pq.write_table(pa.table(columns, schema=schema), path)
