"""Images in, R-MAC embeddings out: the first of the two fingerprints."""

import dataclasses
from collections.abc import Iterator

import apache_beam as beam
import numpy as np
from apache_beam.utils.shared import Shared

from transforms.schemas import Chunk

BACKBONES = ("embedded",)


@dataclasses.dataclass(eq=False)
class EmbedImages(beam.PTransform):
    """Chunks -> the same with the embeddings of their images.

    backbone: 'embedded', which ships with the package. levels: scales of the region grid.
    """

    backbone: str = "embedded"
    levels: int = 3

    def __post_init__(self) -> None:
        """Refuse unknown backbones and sizes below 1."""
        if self.backbone not in BACKBONES:
            raise ValueError(f"embed.backbone is {self.backbone!r}; it can be {', '.join(BACKBONES)}")
        if self.levels < 1:
            raise ValueError("embed.levels must be at least 1")

    def expand(self, chunks: beam.PCollection[Chunk]) -> beam.PCollection[Chunk]:
        """See the class."""
        return chunks | "Forward" >> beam.ParDo(_Forward(self.levels)).with_output_types(Chunk)


class _Forward(beam.DoFn):
    def __init__(self, levels: int) -> None:
        self.levels = levels
        self.shared = Shared()

    def setup(self) -> None:
        # here, not above: the launcher builds the pipeline and never runs the model, and torch is 400 MB of it
        from transforms.model import embed, load_model

        self.embed = embed
        self.model = self.shared.acquire(lambda: load_model(self.levels))

    def process(self, chunk: Chunk) -> Iterator[Chunk]:
        vectors = [self.embed(self.model, image.embedding_plane) for image in chunk.images]
        yield chunk._replace(embeddings=np.stack(vectors) if vectors else None)
