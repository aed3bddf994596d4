"""Images in, R-MAC Embeddings out: the first of the two fingerprints."""

import dataclasses
from collections.abc import Iterator

import apache_beam as beam
from apache_beam.utils.shared import Shared

from transforms.schemas import Embedding, Image, key_of

BACKBONES = ("embedded",)


@dataclasses.dataclass(eq=False)
class EmbedImages(beam.PTransform):
    """Images -> Embeddings, in batches.

    backbone: 'embedded', which ships with the package. levels: scales of the region grid. batch: most images
    handed to the model's process at once; it has no influence on the result.
    """

    backbone: str = "embedded"
    levels: int = 3
    batch: int = 16

    def __post_init__(self) -> None:
        """Refuse unknown backbones and sizes below 1."""
        if self.backbone not in BACKBONES:
            raise ValueError(f"embed.backbone is {self.backbone!r}; it can be {', '.join(BACKBONES)}")
        if min(self.levels, self.batch) < 1:
            raise ValueError("embed.levels and embed.batch must be at least 1")

    def expand(self, images: beam.PCollection[Image]) -> beam.PCollection[Embedding]:
        """See the class."""
        return (
            images
            | "Batch" >> beam.BatchElements(min_batch_size=1, max_batch_size=self.batch)
            | "Forward" >> beam.ParDo(_Forward(self.levels)).with_output_types(Embedding)
        )


class _Forward(beam.DoFn):
    def __init__(self, levels: int) -> None:
        self.levels = levels
        self.shared = Shared()

    def setup(self) -> None:
        # here, not above: the launcher builds the pipeline and never runs the model, and torch is 400 MB of it
        from transforms.model import embed, load_model

        self.embed = embed
        self.model = self.shared.acquire(lambda: load_model(self.levels))

    def process(self, images: list[Image]) -> Iterator[Embedding]:
        for image in images:
            yield Embedding(key_of(image.source.uri), self.embed(self.model, image.embedding_plane))
