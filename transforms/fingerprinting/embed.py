"""Images in, embeddings out: the first of the two fingerprints."""

import dataclasses
import logging
from collections.abc import Iterator

import apache_beam as beam
from apache_beam.metrics import Metrics
from apache_beam.utils.shared import Shared

from lookalike.transforms.core.records import Chunk
from lookalike.transforms.core.settings.embed import EMBEDDED, EmbedSettings
from lookalike.transforms.core.stage import Stage
from lookalike.transforms.embedding.embedder import embedder_of
from lookalike.transforms.embedding.settings import embedding_of

FLOATS = "workers-in-floats"
"""Counter of workers whose integers don't work (`functional.embedding.integers`): their embeddings take several times
as long, and are the same.
"""


@dataclasses.dataclass(eq=False)
class EmbedImages(Stage):
    """Computes the embedding of every image of a chunk.

    settings: the block `embed` of the configuration.
    """

    settings: EmbedSettings = EmbedSettings()

    def __post_init__(self) -> None:
        """Refuse what can't be together, with the reason."""
        if self.settings.precision == "half" and self.settings.backbone == EMBEDDED:
            raise ValueError("embed.precision: half is for torchvision's networks; the embedded backbone is small")
        self.embedding = embedding_of(self.settings)

    def expand(self, chunks: beam.PCollection[Chunk]) -> beam.PCollection[Chunk]:
        """Run the model on the images of each chunk."""
        forward = beam.ParDo(Forward(self)).with_output_types(Chunk)
        if self.settings.accelerator:
            forward = forward.with_resource_hints(accelerator=self.settings.accelerator)
        return chunks | "Forward" >> forward


class Forward(beam.DoFn):
    """The model on the device of a worker, shared by its threads."""

    def __init__(self, stage: EmbedImages) -> None:
        """`stage`: whose settings are used."""
        self.embedding, self.device, self.batch = stage.embedding, stage.settings.device, stage.settings.batch
        self.half = stage.settings.precision == "half"
        self.shared = Shared()

    def setup(self) -> None:
        """Load the model, once a process."""
        self.embedder = self.shared.acquire(lambda: embedder_of(self.embedding, self.device, self.half, self.batch))
        self.told = not self.embedder.why_floats

    def process(self, chunk: Chunk) -> Iterator[Chunk]:
        """A chunk -> the same with embeddings."""
        if not self.told:
            self.told = True
            Metrics.counter("EmbedImages", FLOATS).inc()
            logging.getLogger(__name__).warning("embeddings are computed in floats: %s", self.embedder.why_floats)
        planes = [image.planes.embedding for image in chunk.images]
        yield chunk._replace(embeddings=self.embedder.embed(planes) if planes else None)
