"""The durable boundary between the halves: chunks written as parts of the fingerprints table, and read back."""

import dataclasses
from collections.abc import Iterable, Iterator, Sequence

import apache_beam as beam
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from lookalike.transforms.core.keys import key_of
from lookalike.transforms.core.records import Chunk, Failure, Features, Moved, Node
from lookalike.transforms.core.stage import Stage
from lookalike.transforms.functional.images.pixels.detail import Detail
from lookalike.transforms.functional.keypoints.keypoints import PACKED, Panels
from lookalike.transforms.functional.lsh.scopes import NO_SCOPE
from lookalike.transforms.ingest.scopes import COLUMN as SCOPE
from lookalike.transforms.ingest.work_units import Commit, Known, commit_path
from lookalike.transforms.io.columns_beside import CARRIED, with_columns
from lookalike.transforms.io.generate import part_path
from lookalike.transforms.io.parquet_sink import Row, table_of, write_table
from lookalike.transforms.storage.reading import read_parquet
from lookalike.transforms.storage.writing import write_bytes

TABLE = "fingerprints"
LIGHT = (
    *("uri", "content_hash", "pixel_hash", "width", "height", "bytes", "modified", "format", "exif", "frames"),
    *("samples", "file", *Detail._fields, "textured", "keypoint_count"),
)
"""Columns that tell everything of an image but what it looks like."""
PANELS = ("panels_width", "panels_height", "panel_keypoints")
"""Those of the keypoints of panels."""
FEATURES = ("uri", "pixel_hash", "width", "height", "embedding", "keypoints", *PANELS, "thumbnail")
"""Those that `features_of` reads."""
OF_NODE = 12
"""The first of these, which a Node has by itself; what follows is its Detail."""


@dataclasses.dataclass(eq=False)
class CommitChunks(Stage):
    """Chunks with embeddings and sketches -> Commits, each with its part of `root/fingerprints` written.

    schema: of the table. parts: how many it has. known: where the fingerprints that are kept come from.
    """

    root: str
    schema: pa.Schema
    parts: int
    known: Known | None

    def expand(self, chunks: beam.PCollection[Chunk]) -> beam.PCollection[Commit]:
        """Write the part of each chunk, and then its commit."""
        return chunks | "Write" >> beam.Map(self._commit).with_output_types(Commit)

    def _commit(self, chunk: Chunk) -> Commit:
        new = table_of(list(rows_of(chunk)), self.schema)
        done = [read_parquet(f"{self.root}/{chunk.done}")] if chunk.done else []
        table = pa.concat_tables([new, *done, *kept_rows(chunk, self.known, self.parts, self.schema)])
        table = table.take(pc.sort_indices(table["uri"])).combine_chunks()
        part = write_table(self.root, part_path(TABLE, chunk.part, self.parts), table)
        commit = Commit(part, chunk.listed, len(chunk.kept), chunk.failures)
        write_bytes(commit_path(self.root, chunk.part), commit.dumped(chunk.digest))
        return commit


def rows_of(chunk: Chunk) -> Iterator[Row]:
    """A chunk whose images have embeddings and sketches -> their rows of the table, in the order of its images."""
    vectors: Iterable[np.ndarray] = () if chunk.embeddings is None else chunk.embeddings
    for image, vector, sketch in zip(chunk.images, vectors, chunk.sketches, strict=True):
        yield (
            *image.source.row,
            image.content_hash,
            *image.properties,
            *image.detail,
            vector,
            sketch.minhash,
            sketch.residual,
            len(sketch.keypoints) // PACKED.itemsize,
            sketch.keypoints,
            *sketch.panels,
            sketch.thumbnail,
            sketch.textured,
            *(image.pdq or (None, None)),  # if the table has columns for it
        )


def kept_rows(chunk: Chunk, known: Known | None, parts: int, schema: pa.Schema) -> Iterator[pa.Table]:
    """The rows that a chunk takes over from an earlier audit; those of moved images under their new names. Each part
    is read once.
    """
    if known is None:
        return
    kept = pa.array([source.uri for source in chunk.kept], pa.string())
    for path in known.paths(chunk.part, parts) if chunk.kept and not chunk.done else ():
        table = read_parquet(path)
        yield table.filter(pc.is_in(table["uri"], kept)).cast(schema)
    by_part: dict[int, list[Moved]] = {}
    for moved in chunk.moved:
        by_part.setdefault(moved.part, []).append(moved)
    for number, some in sorted(by_part.items()):
        yield _renamed(read_parquet(known.parts[number]).cast(schema), some)


def _renamed(table: pa.Table, moved: list[Moved]) -> pa.Table:
    """A part, and images whose content is in it -> a row for each of them, under its new name."""
    row_of: dict[bytes, int] = {}
    for row, content in enumerate(table["content_hash"].to_pylist()):
        row_of.setdefault(content, row)
    rows = table.take([row_of[one.content_hash] for one in moved])
    sources = zip(*(one.source.row for one in moved), strict=True)
    for index, values in enumerate(sources):
        field = table.schema.field(index)
        rows = rows.set_column(index, field, pa.array(values, field.type))
    return rows


def commit_failures(commit: Commit) -> Iterable[Failure]:
    """A Commit -> the failures in it."""
    return commit.failures


def read_light(path: str, columns: Sequence[str] = ()) -> pa.Table:
    """A part of the table without what the images look like. columns: names of carried ones that are wanted too."""
    return with_columns(read_parquet(path, list(LIGHT)), path, columns)


def keys_of(table: pa.Table) -> np.ndarray:
    """(n,) 16-byte keys of the rows of a part, as V16."""
    return np.array([key_of(uri) for uri in table["uri"].to_pylist()], "V16")


def nodes_of(table: pa.Table) -> list[Node]:
    """Rows of a part, light columns at least, and perhaps carried ones -> their Nodes."""
    columns = (table[name].to_pylist() for name in LIGHT[:OF_NODE])
    nodes = [Node(key_of(uri), uri, *rest) for uri, *rest in zip(*columns, strict=True)]
    nodes = [node._replace(detail=detail) for node, detail in zip(nodes, _details(table), strict=True)]
    names = [name for name in table.column_names if name.startswith(CARRIED)]
    if not names:
        return nodes
    carried = table.select(names).rename_columns([name.removeprefix(CARRIED) for name in names]).to_pylist()
    return [node._replace(columns=values) for node, values in zip(nodes, carried, strict=True)]


def _details(table: pa.Table) -> Iterator[Detail]:
    columns = (table[name].to_pylist() for name in Detail._fields)
    for width, strengths, grid, few_colours in zip(*columns, strict=True):
        yield Detail(width, tuple(strengths), grid, few_colours)


def features_of(table: pa.Table) -> list[Features]:
    """Rows of a part, perhaps with their scopes -> their Features."""
    names = ("uri", "pixel_hash", "width", "height", "keypoints", "thumbnail")
    vectors = matrix(table["embedding"])
    panels = (Panels(*row) for row in zip(*(table[name].to_pylist() for name in PANELS), strict=True))
    scopes = table[SCOPE].to_pylist() if SCOPE in table.column_names else [NO_SCOPE] * len(table)
    return [
        Features(key_of(uri), pixels[:8], width, height, vector, points, composed, thumbnail, scope)
        for vector, scope, composed, (uri, pixels, width, height, points, thumbnail) in zip(
            vectors, scopes, panels, zip(*(table[name].to_pylist() for name in names), strict=True), strict=True
        )
    ]


def matrix(column: pa.ChunkedArray) -> np.ndarray:
    """A column of fixed-size lists -> (rows, size) array."""
    flat = column.combine_chunks()
    flat = flat.chunk(0) if isinstance(flat, pa.ChunkedArray) else flat
    return flat.flatten().to_numpy(zero_copy_only=False).reshape(len(column), column.type.list_size)
