"""Images in, R-MAC Embeddings out: the first of the two fingerprints."""

import dataclasses
from collections.abc import Iterator

import apache_beam as beam
import numpy as np
import torch
from apache_beam.utils.shared import Shared

from transforms.functional.backbones import EmbeddedBackbone
from transforms.functional.rmac import Whitening, rmac
from transforms.schemas import Embedding, Image, key_of
from transforms.weights import embedded

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


class Model(torch.nn.Module):
    """Planes -> R-MAC: the backbone and its whitening, (n, 1, h, w) float32 -> (n, dims)."""

    def __init__(self, levels: int) -> None:
        """Load the embedded weights; `levels` as in `EmbedImages`."""
        super().__init__()
        weights = embedded()
        self.levels = levels
        self.backbone = EmbeddedBackbone(torch.from_numpy(weights.centroids))
        self.whitening = Whitening(torch.from_numpy(weights.mean), torch.from_numpy(weights.projection))

    def forward(self, planes: torch.Tensor) -> torch.Tensor:
        """See the class."""
        return rmac(self.backbone(planes), self.levels, self.whitening)


def load_model(levels: int) -> Model:
    """The model, ready for inference on one thread."""
    torch.set_num_threads(1)
    return Model(levels).eval()


def embed(model: Model, plane: np.ndarray) -> np.ndarray:
    """(h, w) uint8 embedding plane -> (dims,) float16.

    One image at a time: convolution kernels differ in the last bits with the shape of the batch, bundles differ
    from runner to runner, and the output is compared byte by byte. On a CPU a batch would gain nothing.
    """
    with torch.inference_mode():
        planes = torch.from_numpy(plane.astype(np.float32))[None, None]
        return model(planes)[0].numpy().astype(np.float16)


class _Forward(beam.DoFn):
    def __init__(self, levels: int) -> None:
        self.levels = levels
        self.shared = Shared()

    def setup(self) -> None:
        self.model = self.shared.acquire(lambda: load_model(self.levels))

    def process(self, images: list[Image]) -> Iterator[Embedding]:
        for image in images:
            yield Embedding(key_of(image.source.uri), embed(self.model, image.embedding_plane))
