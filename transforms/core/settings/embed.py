"""The block `embed`."""

from typing import Annotated

from pydantic import Field

from lookalike.transforms.core.settings.kinds import SEVERAL, Name, OneOf, Seed, Settings, Text
from lookalike.transforms.core.settings.values import RIGHT
from lookalike.transforms.functional.embedding.pooling import POOLINGS

EMBEDDED = "embedded"
"""The network that ships with the package."""
LEAST_SIDE, MOST_SIDE = 32, 4096
"""Of pictures, px: no network here has a feature map of smaller ones, and of larger ones workers have no memory."""

Nothing = Annotated[int, Field(ge=0, le=0)]
Side = Annotated[int, Field(ge=LEAST_SIDE, le=MOST_SIDE)]
Weight = Annotated[float, Field(ge=0, le=1e6)]
Scale = Annotated[float, Field(gt=0, le=16)]
Hash = Annotated[
    str,
    Field(pattern="^([0-9a-fA-F]{64})?$", json_schema_extra={RIGHT: "64 hexadecimal digits, or empty"}),
]


class EmbedSettings(Settings):
    """How the global fingerprint, an embedding, is computed (docs/explanation/embedding.md)."""

    backbone: Name = EMBEDDED
    """The network: `embedded` ships with the package; others are named as torchvision names them, such as resnet50."""
    weights: Name | None = None
    """Weights of a torchvision network: null (random weights), imagenet, a name such as IMAGENET1K_V1, or the path or
    URL of a file."""
    sha256: Hash = ""
    """SHA-256 of the file of weights. A file that does not have it is refused. Empty: not checked."""
    seed: Seed = 0
    """Seed of random weights, if `weights` is null."""
    include_top: bool = False
    """Whether the embedding is the classifier's output (logits) instead of a pooled feature map."""
    classes: Annotated[int, Field(ge=0, le=1_000_000)] = 0
    """Number of classes of the classifier. 0: the usual 1,000."""
    input_shape: Annotated[tuple[()] | tuple[Side, Side], SEVERAL] = ()
    """Height and width in pixels that every image is stretched to. []: images keep their aspect ratio."""
    side: Nothing | Side = 0
    """Size of the network's input where the aspect ratio is kept: the side in pixels of a square of the same area. 0:
    the usual size of the network."""
    layer: Text = ""
    """The layer whose output is the feature map, such as layer3. Empty: the last one."""
    pooling: Annotated[str, OneOf(POOLINGS)] = "gem"
    """How a feature map becomes one vector: rmac, max (maximum), avg (average) or gem (generalised mean)."""
    levels: Annotated[int, Field(ge=1, le=16)] = 3
    """Number of scales of the grid of regions, for rmac."""
    overlap: Annotated[float, Field(ge=0, lt=1)] = 0.4
    """Share of a region that overlaps its neighbour, for rmac."""
    region_weights: Annotated[tuple[Weight, ...], Field(max_length=16), SEVERAL] = ()
    """Weights of the regions of each level, for rmac. []: all count the same."""
    power: Annotated[float, Field(gt=0, le=20)] = 3.0
    """Exponent of the generalised mean, for gem."""
    scales: Annotated[tuple[Scale, ...], Field(max_length=16), SEVERAL] = ()
    """Scales at which the network sees each image. The embeddings at all scales are summed. []: the usual ones of the
    network, which are 1 and 0.6 for the embedded one, and 1 for others."""
    whitening: Text = ""
    """Path or URL of a whitening that `lookalike fit` made. Empty: that of the embedded network; others have none."""
    device: Annotated[str, OneOf(("auto", "cpu", "cuda", "mps"))] = "auto"
    """Where embeddings are computed. auto: on a GPU if there is one."""
    precision: Annotated[str, OneOf(("full", "half"))] = "full"
    """Precision of torchvision networks. half: they compute in 16 bits, on a GPU or processor that can."""
    batch: Annotated[int, Field(ge=1, le=65_536)] = 32
    """Number of images in a batch, on a GPU or in 16 bits, halved if memory runs out."""
    accelerator: Text = ""
    """Beam's resource hint `accelerator`, such as type:nvidia-tesla-t4;count:1;install-nvidia-driver. Empty: none."""
