"""Decoded images in, the moments of their region vectors out: what a whitening is fitted from."""

import dataclasses
from collections.abc import Iterable, Iterator

import apache_beam as beam
from apache_beam.utils.shared import Shared

from lookalike.transforms.core.records import Chunk
from lookalike.transforms.core.stage import Stage
from lookalike.transforms.embedding.embedder import embedder_of
from lookalike.transforms.fingerprinting.embed import EmbedImages
from lookalike.transforms.functional.embedding.moments import Moments


@dataclasses.dataclass
class Seen:
    """moments: of region vectors. images: whose vectors they are. unreadable: images that gave none."""

    moments: Moments
    images: int
    unreadable: int


@dataclasses.dataclass(eq=False)
class SumMoments(Stage):
    """Chunks with images -> one Seen, exact sums: the same whatever the order. channels: of the backbone's map."""

    embed: EmbedImages
    channels: int

    def expand(self, chunks: beam.PCollection[Chunk]) -> beam.PCollection[Seen]:
        """Sum in each bundle, then over all."""
        forward = beam.ParDo(_Vectors(self.embed, self.channels)).with_output_types(Seen)
        if self.embed.settings.accelerator:
            forward = forward.with_resource_hints(accelerator=self.embed.settings.accelerator)
        return chunks | "Vectors" >> forward | "Merge" >> beam.CombineGlobally(_Merge(self.channels))


class _Vectors(beam.DoFn):
    def __init__(self, stage: EmbedImages, channels: int) -> None:
        self.embedding, self.device, self.batch = stage.embedding, stage.settings.device, stage.settings.batch
        self.half, self.channels = stage.settings.precision == "half", channels
        self.shared = Shared()

    def setup(self) -> None:
        self.embedder = self.shared.acquire(lambda: embedder_of(self.embedding, self.device, self.half, self.batch))

    def process(self, chunk: Chunk) -> Iterator[Seen]:
        seen = Seen(Moments.none(self.channels), len(chunk.images), len(chunk.failures))
        if chunk.images:
            seen.moments.add(self.embedder.vectors([image.planes.embedding for image in chunk.images]))
        yield seen


class _Merge(beam.CombineFn):
    def __init__(self, channels: int) -> None:
        self.channels = channels

    def create_accumulator(self) -> Seen:
        return Seen(Moments.none(self.channels), 0, 0)

    def add_input(self, mutable_accumulator: Seen, element: Seen) -> Seen:
        return self.merge_accumulators([mutable_accumulator, element])

    def merge_accumulators(self, accumulators: Iterable[Seen]) -> Seen:
        total = self.create_accumulator()
        for seen in accumulators:
            total.moments.merge(seen.moments)
            total.images += seen.images
            total.unreadable += seen.unreadable
        return total

    def extract_output(self, accumulator: Seen) -> Seen:
        return accumulator
