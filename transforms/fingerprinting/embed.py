"""Images in, embeddings out: the first of the two fingerprints."""

import dataclasses
import logging
from collections.abc import Iterator
from typing import Annotated

import apache_beam as beam
from apache_beam.metrics import Metrics
from apache_beam.utils.shared import Shared

from lookalike.transforms.core.schemas import Chunk
from lookalike.transforms.core.settings import Flag, Real, Seed, Several, Text, Whole, refuse
from lookalike.transforms.core.stage import Stage
from lookalike.transforms.embedding.backbone import EMBEDDED, LEAST_SIDE, MOST_SIDE, Backbone
from lookalike.transforms.embedding.settings import Embedding
from lookalike.transforms.functional.embedding.pooling import POOLINGS, Pooling

DEVICES = ("auto", "cpu", "cuda", "mps")
PRECISIONS = ("full", "half")
FLOATS = "workers-in-floats"
"""Counter of workers whose integers don't work (`functional.integers`): their embeddings differ in the last bits."""


@dataclasses.dataclass(eq=False)
class EmbedImages(Stage):
    """Computes the embedding of every image of a chunk.

    backbone to layer: see `Backbone`. pooling to power: see `Pooling`. scales, whitening: see `Embedding`. device,
    precision, batch: where and how it is computed (`model.Embedder`). accelerator: resource hint for engines that
    choose machines by it, such as 'type:nvidia-tesla-t4;count:1;install-nvidia-driver'.
    """

    backbone: Annotated[str, Text(least=1)] = EMBEDDED
    weights: Annotated[str | None, Text(least=1, none=True)] = None
    sha256: Annotated[str, Text(pattern="([0-9a-fA-F]{64})?", told="64 hexadecimal digits, or empty")] = ""
    seed: Seed = 0
    include_top: Annotated[bool, Flag()] = False
    classes: Annotated[int, Whole(0, 1_000_000)] = 0
    input_shape: Annotated[tuple[int, ...], Several(Whole(LEAST_SIDE, MOST_SIDE), (0, 2))] = ()
    side: Annotated[int, Whole(0, MOST_SIDE)] = 0
    layer: Annotated[str, Text()] = ""
    pooling: Annotated[str, Text(POOLINGS)] = "rmac"
    levels: Annotated[int, Whole(1, 16)] = 3
    overlap: Annotated[float, Real(0, 1, below=True)] = 0.4
    region_weights: Annotated[tuple[float, ...], Several(Real(0, 1e6), range(17))] = ()
    power: Annotated[float, Real(0, 20, above=True)] = 3.0
    scales: Annotated[tuple[float, ...], Several(Real(0, 16, above=True), range(1, 17))] = (1.0,)
    whitening: Annotated[str, Text()] = ""
    device: Annotated[str, Text(DEVICES)] = "auto"
    precision: Annotated[str, Text(PRECISIONS)] = "full"
    batch: Annotated[int, Whole(1, 65_536)] = 32
    accelerator: Annotated[str, Text()] = ""

    def __post_init__(self) -> None:
        """Refuse what can't be, with the reason."""
        refuse("embed", self)
        if self.precision == "half" and self.backbone == EMBEDDED:
            raise ValueError("embed.precision: half is for torchvision's networks; the embedded backbone is small")
        self.embedding = Embedding(
            Backbone(
                self.backbone, self.weights, self.sha256, self.seed, self.include_top, self.classes,
                tuple(self.input_shape), self.side, self.layer,
            ),
            Pooling(self.pooling, self.levels, self.overlap, tuple(self.region_weights), self.power),
            tuple(self.scales),
            self.whitening,
        )  # fmt: skip

    def expand(self, chunks: beam.PCollection[Chunk]) -> beam.PCollection[Chunk]:
        """Run the model on the images of each chunk."""
        forward = beam.ParDo(Forward(self)).with_output_types(Chunk)
        if self.accelerator:
            forward = forward.with_resource_hints(accelerator=self.accelerator)
        return chunks | "Forward" >> forward


class Forward(beam.DoFn):
    """The model on the device of a worker, shared by its threads."""

    def __init__(self, stage: EmbedImages) -> None:
        """`stage`: whose settings are used."""
        self.embedding, self.device, self.batch = stage.embedding, stage.device, stage.batch
        self.half = stage.precision == "half"
        self.shared = Shared()

    def setup(self) -> None:
        """Load the model, once a process."""
        # here, not above: the launcher builds the pipeline and never runs the model, and torch is 400 MB of it
        from lookalike.transforms.embedding.model import Embedder

        self.embedder = self.shared.acquire(lambda: Embedder(self.embedding, self.device, self.half, self.batch))
        self.told = not self.embedder.why_floats

    def process(self, chunk: Chunk) -> Iterator[Chunk]:
        """A chunk -> the same with embeddings."""
        if not self.told:
            self.told = True
            Metrics.counter("EmbedImages", FLOATS).inc()
            logging.getLogger(__name__).warning("embeddings are computed in floats: %s", self.embedder.why_floats)
        planes = [image.embedding_plane for image in chunk.images]
        yield chunk._replace(embeddings=self.embedder.embed(planes) if planes else None)
