"""Images that lie in files of their own, or in containers of another kind, as rows of a new Parquet file."""

import contextlib
import json
from collections.abc import Iterable, Iterator
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from lookalike.transforms.io.write_back.fates import Fate
from lookalike.transforms.io.write_back.new_samples import Sample, samples
from lookalike.transforms.io.write_back.outcome import DUPLICATE_OF, Outcome
from lookalike.transforms.io.write_back.parquet_files import GROUP_BYTES, HUGGING_FACE
from lookalike.transforms.storage.drafts import Draft

IMAGE = "image"
"""The column of images: their bytes, and the path of each below the folder that all had in common."""
ROW = 1 << 10
"""Bytes that a row counts beside those of its image."""
FLOATS = {"halffloat": "float16", "float": "float32", "double": "float64"}
"""Types that `datasets` calls otherwise than Arrow does."""


def write_new_table(fates: Iterable[Fate], carried: pa.Schema, mark: bool, common: str, draft: Draft) -> Outcome:
    """One table, as `datasets` writes images, with carried columns; with `mark`, copies too, and a column that names
    the image that a row's is a copy of. Row groups have about GROUP_BYTES.

    Raises:
        ChangedError: an image is not what was audited.
        OSError: one can't be read.
    """
    schema = table_schema(carried, mark)
    outcome, written = samples(fates, mark, common)
    writer = pq.ParquetWriter(draft, schema, write_page_checksum=True)
    with contextlib.closing(writer):
        for group in _groups(written):
            writer.write_table(_table(group, carried, mark, schema), row_group_size=max(1, len(group)))
    return outcome


def table_schema(carried: pa.Schema, mark: bool) -> pa.Schema:
    """Schema of a new table. The features of the data set stand in it unless a column has a type that `datasets` does
    not name.
    """
    image = pa.field(IMAGE, pa.struct([("bytes", pa.binary()), ("path", pa.string())]))
    marks = [pa.field(DUPLICATE_OF, pa.string())] if mark else []
    fields = [*carried, *marks]
    schema = pa.schema([image, *fields])
    try:
        features = {IMAGE: {"_type": "Image"}, **{field.name: _feature(field.type) for field in fields}}
    except ValueError:
        return schema
    return schema.with_metadata({HUGGING_FACE: json.dumps({"info": {"features": features}}).encode()})


def _feature(kind: pa.DataType) -> dict[str, Any]:
    if pa.types.is_list(kind):
        return {"feature": _feature(kind.value_type), "_type": "Sequence"}
    if pa.types.is_nested(kind):
        raise ValueError(f"{kind} has no name")
    return {"dtype": FLOATS.get(str(kind), str(kind)), "_type": "Value"}


def _groups(written: Iterable[Sample]) -> Iterator[list[Sample]]:
    waiting: list[Sample] = []
    size = 0
    for sample in written:
        waiting.append(sample)
        size += len(sample.data) + ROW
        if size >= GROUP_BYTES:
            yield waiting
            waiting, size = [], 0
    if waiting:
        yield waiting


def _table(group: list[Sample], carried: pa.Schema, mark: bool, schema: pa.Schema) -> pa.Table:
    images = [{"bytes": sample.data, "path": sample.path} for sample in group]
    columns = [pa.array(images, schema.field(IMAGE).type)]
    columns += [pa.array([sample.fate.columns[at] for sample in group], field.type) for at, field in enumerate(carried)]
    if mark:
        columns.append(pa.array([sample.fate.duplicate_of or None for sample in group], pa.string()))
    return pa.Table.from_arrays(columns, schema=schema)
