"""A written listing in, the table of carried columns out: a row for each listed image, by its name.

Columns belong to the list, and not to the bytes of a picture: the table is made anew from every listing, and nothing of
it is taken over from an earlier audit.
"""

import dataclasses
from collections.abc import Iterable, Iterator, Sequence

import apache_beam as beam
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from lookalike.transforms.core.keys import key_of
from lookalike.transforms.core.partitions import part_of
from lookalike.transforms.core.settings.columns import LABEL
from lookalike.transforms.core.stage import Stage, count
from lookalike.transforms.ingest.folders import label_of
from lookalike.transforms.io.columns_beside import CARRIED, TABLE
from lookalike.transforms.io.generate import GenerateOnWorkers, part_path
from lookalike.transforms.io.parquet_sink import Part, RecordParts, write_table
from lookalike.transforms.storage.reading import read_parquet

Some = tuple[int, tuple[int, bytes]]
"""A part of the table, the number of a shard of the listing, and the shard's rows of this part as an Arrow stream."""


@dataclasses.dataclass(eq=False)
class WriteColumns(Stage):
    """Writes the table `columns`, in as many parts as the fingerprints table has, each with the same images.

    schema: of the carried columns. labels: `label` is made of the folders of images. shards: paths of the listing.
    Where an image is listed several times, the first counts.
    """

    root: str
    schema: pa.Schema
    labels: bool
    shards: Sequence[str]
    parts: int

    def expand(self, root: beam.pvalue.PBegin) -> beam.PCollection[Part]:
        """Divide each shard by part, and write the parts."""
        divided = (
            root
            | "Shards" >> GenerateOnWorkers(tuple[int, str], enumerate, (self.shards,))
            | "Divide" >> beam.FlatMapTuple(self._divide).with_output_types(Some)
        )
        every = root | "Parts" >> GenerateOnWorkers(Some, _nothing, (self.parts,))
        written = (
            (divided, every)
            | "Together" >> beam.Flatten()
            | "Gather" >> beam.GroupByKey()
            | "Write" >> beam.MapTuple(self._write).with_output_types(Part)
        )
        _ = written | "Record" >> RecordParts(self.root, TABLE)
        return written

    def _divide(self, number: int, shard: str) -> Iterator[Some]:
        table = read_parquet(shard, ["uri", "error", *(f"{CARRIED}{name}" for name in self.schema.names)])
        table = table.filter(pc.is_null(table["error"])).drop_columns("error")
        table = table.rename_columns(["uri", *self.schema.names]).cast(self._full(self.schema))
        part = np.array([part_of(key_of(uri), self.parts) for uri in table["uri"].to_pylist()], np.int64)
        for chosen in np.unique(part).tolist():
            sink = pa.BufferOutputStream()
            with pa.ipc.new_stream(sink, table.schema) as stream:
                stream.write_table(table.filter(pa.array(part == chosen)))
            yield chosen, (number, sink.getvalue().to_pybytes())

    def _write(self, part: int, gathered: Iterable[tuple[int, bytes]]) -> Part:
        tables = [pa.ipc.open_stream(blob).read_all() for _, blob in sorted(gathered) if blob]
        table = pa.concat_tables([self._full(self.schema).empty_table(), *tables])
        first: dict[str, int] = {}
        for row, uri in enumerate(table["uri"].to_pylist()):
            first.setdefault(uri, row)
        count("WriteColumns", "repeated-rows", len(table) - len(first))
        table = table.take(pa.array([first[uri] for uri in sorted(first)], pa.int64()))  # a part may have no rows
        if self.labels:
            labels = [label_of(uri) for uri in table["uri"].to_pylist()]
            table = table.append_column(LABEL, pa.array(labels, pa.string()))
        return write_table(self.root, part_path(TABLE, part, self.parts), table.combine_chunks())

    def _full(self, schema: pa.Schema) -> pa.Schema:
        return pa.schema([("uri", pa.string()), *schema])


def _nothing(parts: int) -> Iterator[Some]:
    return ((part, (-1, b"")) for part in range(parts))
