"""Images in, embeddings out: the first of the two fingerprints."""

import dataclasses
from collections.abc import Iterator

import apache_beam as beam
from apache_beam.utils.shared import Shared

from transforms.backbone import EMBEDDED, Backbone
from transforms.embedding import Embedding
from transforms.functional.pooling import Pooling
from transforms.schemas import Chunk

DEVICES = ("auto", "cpu", "cuda", "mps")
PRECISIONS = ("full", "half")


@dataclasses.dataclass(eq=False)
class EmbedImages(beam.PTransform):
    """Chunks -> the same with the embeddings of their images.

    backbone to layer: see `Backbone`. pooling to power: see `Pooling`. scales, whitening: see `Embedding`. device,
    precision, batch: where and how it is computed (`model.Embedder`). accelerator: resource hint for engines that
    choose machines by it, such as 'type:nvidia-tesla-t4;count:1;install-nvidia-driver'.
    """

    backbone: str = EMBEDDED
    weights: str | None = None
    sha256: str = ""
    seed: int = 0
    include_top: bool = False
    classes: int = 0
    input_shape: tuple[int, ...] = ()
    side: int = 0
    layer: str = ""
    pooling: str = "rmac"
    levels: int = 3
    overlap: float = 0.4
    region_weights: tuple[float, ...] = ()
    power: float = 3.0
    scales: tuple[float, ...] = (1.0,)
    whitening: str = ""
    device: str = "auto"
    precision: str = "full"
    batch: int = 32
    accelerator: str = ""

    def __post_init__(self) -> None:
        """Refuse what can't be, with the reason."""
        if self.device not in DEVICES:
            raise ValueError(f"embed.device is {self.device!r}; it can be {', '.join(DEVICES)}")
        if self.precision not in PRECISIONS:
            raise ValueError(f"embed.precision is {self.precision!r}; it can be {', '.join(PRECISIONS)}")
        if self.precision == "half" and self.backbone == EMBEDDED:
            raise ValueError("embed.precision: half is for torchvision's networks; the embedded backbone is small")
        if self.batch < 1:
            raise ValueError("embed.batch must be at least 1")
        if self.pooling == "none":
            raise ValueError("embed.pooling: none leaves a feature map, which is no embedding; choose one that pools")
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
        """See the class."""
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
        from transforms.model import Embedder

        self.embedder = self.shared.acquire(lambda: Embedder(self.embedding, self.device, self.half, self.batch))

    def process(self, chunk: Chunk) -> Iterator[Chunk]:
        """A chunk -> the same with embeddings."""
        planes = [image.embedding_plane for image in chunk.images]
        yield chunk._replace(embeddings=self.embedder.embed(planes) if planes else None)
