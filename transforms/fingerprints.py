"""The durable boundary between the halves: both fingerprints joined into rows, and rows read back as features."""

import dataclasses
from collections.abc import Iterable, Iterator
from typing import Any

import apache_beam as beam
import numpy as np
import pyarrow as pa

from transforms.output import Row, read_parquet
from transforms.partitions import part_of
from transforms.schemas import Embedding, Features, Node, Sketch, key_of


@dataclasses.dataclass(eq=False)
class JoinFingerprints(beam.PTransform):
    """{'embeddings', 'sketches'} -> (part, row of the fingerprints table); both of an image must be there."""

    parts: int

    def expand(self, branches):
        """See the class."""
        return (
            {
                "embeddings": branches["embeddings"] | "KeyEmbeddings" >> beam.Map(_keyed_embedding),
                "sketches": branches["sketches"] | "KeySketches" >> beam.Map(_keyed_sketch),
            }
            | "Join" >> beam.CoGroupByKey()
            | "Row" >> beam.Map(_row, self.parts)
        )


def _keyed_embedding(embedding: Embedding) -> tuple[bytes, Embedding]:
    return embedding.key, embedding


def _keyed_sketch(sketch: Sketch) -> tuple[bytes, Sketch]:
    return key_of(sketch.source.uri), sketch


def _row(joined: tuple[bytes, dict[str, Iterable[Any]]], parts: int) -> tuple[int, Row]:
    key, both = joined
    (embedding,), (sketch,) = both["embeddings"], both["sketches"]
    return part_of(key, parts), (
        *sketch.source,
        sketch.content_hash,
        sketch.pixel_hash,
        sketch.width,
        sketch.height,
        sketch.format,
        embedding.vector,
        sketch.minhash,
        sketch.keypoints,
        sketch.thumbnail,
        sketch.textured,
    )


def read_part(path: str) -> Iterator[tuple[Node, Features, np.ndarray, float]]:
    """A part of the fingerprints table -> node, features, MinHash signature and textured share of each image."""
    table = read_parquet(path)
    vectors, signatures = (_matrix(table[name]) for name in ("embedding", "minhash"))
    names = ("uri", "content_hash", "pixel_hash", "width", "height", "bytes", "modified", "keypoints", "thumbnail")
    columns = (table[name].to_pylist() for name in (*names, "textured"))
    for index, row in enumerate(zip(*columns, strict=True)):
        uri, content, pixels, width, height, size, modified, points, thumbnail, textured = row
        key = key_of(uri)
        node = Node(key, uri, content, pixels, width, height, size, modified)
        features = Features(key, width, height, vectors[index], points, thumbnail)
        yield node, features, signatures[index], textured


def _matrix(column: pa.ChunkedArray) -> np.ndarray:
    """A column of fixed-size lists -> (rows, size) array."""
    flat = column.combine_chunks()
    flat = flat.chunk(0) if isinstance(flat, pa.ChunkedArray) else flat
    return flat.flatten().to_numpy(zero_copy_only=False).reshape(len(column), column.type.list_size)
