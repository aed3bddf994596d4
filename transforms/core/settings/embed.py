"""The block `embed`."""

from typing import Annotated

from pydantic import Field

from lookalike.transforms.core.settings.kinds import SEVERAL, Name, OneOf, Seed, Settings, Text
from lookalike.transforms.core.settings.words import RIGHT
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
    """The network: `embedded`, which ships with the package, or one of torchvision, such as resnet50."""
    weights: Name | None = None
    """Weights of a network of torchvision: null (random), imagenet, a name such as IMAGENET1K_V1, or a path or URL."""
    sha256: Hash = ""
    """SHA-256 of the file of weights; a file with another one is refused."""
    seed: Seed = 0
    """Seed of random weights."""
    include_top: bool = False
    """Whether the classifier's logits are taken instead of a feature map."""
    classes: Annotated[int, Field(ge=0, le=1_000_000)] = 0
    """Classes of the classifier; 0: 1000."""
    input_shape: Annotated[tuple[()] | tuple[Side, Side], SEVERAL] = ()
    """[height, width] in px that every picture is stretched to; []: pictures keep their aspect ratio."""
    side: Nothing | Side = 0
    """Square root of a picture's area in px, where its aspect ratio is kept; 0: what is usual for the network."""
    layer: Text = ""
    """The layer whose output is the feature map, such as layer3; empty: the last one."""
    pooling: Annotated[str, OneOf(POOLINGS)] = "gem"
    """How a feature map becomes one vector."""
    levels: Annotated[int, Field(ge=1, le=16)] = 3
    """Scales of the grid of regions (R-MAC)."""
    overlap: Annotated[float, Field(ge=0, lt=1)] = 0.4
    """Overlap of neighbouring regions (R-MAC)."""
    region_weights: Annotated[tuple[Weight, ...], Field(max_length=16), SEVERAL] = ()
    """Weight of the regions of each level (R-MAC); []: all count the same."""
    power: Annotated[float, Field(gt=0, le=20)] = 3.0
    """Exponent of generalised-mean pooling (gem)."""
    scales: Annotated[tuple[Scale, ...], Field(min_length=1, max_length=16), SEVERAL] = (1.0,)
    """Scales of the picture; the descriptors at all of them are summed."""
    whitening: Text = ""
    """Path or URL of what `lookalike fit` made; empty: the embedded backbone's own."""
    device: Annotated[str, OneOf(("auto", "cpu", "cuda", "mps"))] = "auto"
    """Where it is computed; auto: on a GPU where there is one."""
    precision: Annotated[str, OneOf(("full", "half"))] = "full"
    """Bits of numbers; with half, networks of torchvision compute in 16 bits, on a GPU or a processor that can."""
    batch: Annotated[int, Field(ge=1, le=65_536)] = 32
    """Pictures that are computed at once on a GPU or in 16 bits; halved where memory runs out."""
    accelerator: Text = ""
    """Resource hint for the engine, such as type:nvidia-tesla-t4;count:1;install-nvidia-driver."""
