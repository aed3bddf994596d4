"""What an embedding is made with: all settings of it together, and what they amount to. Torch is loaded only for
networks of torchvision: the launcher asks these things too.
"""

import dataclasses
import functools
import hashlib
from typing import Any, NamedTuple

import numpy as np

from lookalike.transforms.core.settings.embed import EMBEDDED, LEAST_SIDE, MOST_SIDE, EmbedSettings
from lookalike.transforms.embedding.backbone import Backbone
from lookalike.transforms.embedding.whitening import FittedWhitening, check_fits, read_whitening
from lookalike.transforms.functional.embedding.descriptors import Whitening
from lookalike.transforms.functional.embedding.pooling import Pooling
from lookalike.transforms.functional.images.pixels.triangles import smoothed
from lookalike.transforms.functional.images.planes import EmbeddingPlane
from lookalike.transforms.weights import EMBEDDED_FILE, FittedPooling, embedded, sha256

SIDE = 224
"""Usual size of pictures for torchvision's networks, px."""
EMBEDDED_SIDE, EMBEDDED_MULTIPLE = 160, 16
EMBEDDED_SCALES = 1.0, 0.6
"""A crop shows larger what its original shows smaller, so both are looked at from near and from afar."""
MULTIPLE = 32
"""Sides of pictures are multiples of this, px: few shapes, of which batches can be made."""


@dataclasses.dataclass(frozen=True)
class Embedding:
    """backbone, pooling: the network and what is made of its map. scales: of the picture; descriptors at all of them
    are summed (Gordo, Almazan, Revaud, Larlus 2017, section 4.3). whitening: path or URL of an artefact of
    `lookalike fit`, or '' for none (the embedded backbone's own).
    """

    backbone: Backbone
    pooling: Pooling
    scales: tuple[float, ...] = (1.0,)
    whitening: str = ""

    def __post_init__(self) -> None:
        """Refuse scales at which pictures are too small or too large."""
        sides = self.plane.shape or (self.plane.side,)
        if min(sides) < LEAST_SIDE or max(sides) > MOST_SIDE:
            raise ValueError(
                f"embed.scales is {list(self.scales)}; the largest must leave pictures of {LEAST_SIDE} to {MOST_SIDE} "
                f"px a side, not {' x '.join(map(str, sides))}"
            )
        if self.whitening and self.backbone.gives_vectors:
            raise ValueError(f"embed.whitening is of feature maps; {self.backbone.name} gives logits or descriptors")

    @property
    def plane(self) -> EmbeddingPlane:
        """What is asked of the reader: pictures for the largest scale."""
        own = self.backbone.name == EMBEDDED
        multiple = EMBEDDED_MULTIPLE if own else MULTIPLE
        side = round((self.backbone.side or (EMBEDDED_SIDE if own else SIDE)) * max(self.scales))
        shape = tuple(round(length * max(self.scales)) for length in self.backbone.input_shape)
        return EmbeddingPlane(side, multiple, True, shape)

    def sizes(self, height: int, width: int) -> list[tuple[int, int]]:
        """(height, width) of a plane -> the same at every scale."""
        multiple = 1 if self.backbone.input_shape else self.plane.multiple
        found = []
        for scale in self.scales:
            part = scale / max(self.scales)
            found.append(
                (height, width)
                if part == 1
                else tuple(max(LEAST_SIDE, round(side * part / multiple) * multiple) for side in (height, width))
            )
        return found  # type: ignore[return-value]

    def at_scales(self, plane: np.ndarray) -> list[np.ndarray]:
        """(h, w) or (h, w, 3) uint8 plane -> the same at every scale."""
        sizes = self.sizes(*plane.shape[:2])
        return [plane if size == plane.shape[:2] else smoothed(plane, size) for size in sizes]


def embedding_of(settings: EmbedSettings) -> Embedding:
    """What the configuration asks for.

    Raises:
        ValueError: settings that can't be together, with the reason.
    """
    return Embedding(
        Backbone(
            settings.backbone, settings.weights, settings.sha256, settings.seed, settings.include_top, settings.classes,
            settings.input_shape, settings.side, settings.layer,
        ),
        Pooling(settings.pooling, settings.levels, settings.overlap, settings.region_weights, settings.power),
        settings.scales or (EMBEDDED_SCALES if settings.backbone == EMBEDDED else (1.0,)),
        settings.whitening,
    )  # fmt: skip


DEFAULT_PLANE = embedding_of(EmbedSettings()).plane


class Resolved(NamedTuple):
    """What an Embedding comes to. node: where torchvision's network is cut. channels: of its map or logits. dims: of
    the embedding. made_with: everything that region vectors depend on. identity: the same and what follows them.
    """

    node: str
    channels: int
    dims: int
    made_with: dict[str, Any]
    identity: dict[str, Any]


@functools.lru_cache(maxsize=8)
def resolve(embedding: Embedding) -> Resolved:
    """Build nothing, but look at everything that can be wrong, and take the hashes of all files.

    Raises:
        ValueError: a wrong combination, with the reason.
    """
    backbone = embedding.backbone
    if backbone.name == EMBEDDED:
        node, channels, weights = "", embedded().gem.mean.shape[0], sha256(EMBEDDED_FILE)
    else:
        node, channels, weights = _torchvision(embedding)
    plane = dataclasses.asdict(embedding.pooling) | embedding.plane._asdict() | {"scales": list(embedding.scales)}
    plane["shape"] = list(plane["shape"])
    region_weights = list(plane.pop("weights"))
    made_with = {"backbone": backbone.name, "weights": weights, "layer": node, **plane}
    whitening = whitening_of(embedding, made_with)
    if whitening is None:
        own = embedded().whitening(embedding.pooling.kind).projection
        dims = own.shape[1] if backbone.name == EMBEDDED else channels
        applied = weights if backbone.name == EMBEDDED else ""
    else:
        dims, applied = whitening.projection.shape[1], whitening.sha256
        if len(whitening.mean) != channels:
            raise ValueError(
                f"embed.whitening is {embedding.whitening}, which is of {len(whitening.mean)} channels, not {channels}"
            )
    identity = made_with | {"whitening": applied, "region_weights": region_weights, "classes": backbone.classes}
    return Resolved(node, channels, dims, made_with, identity)


def whitening_of(embedding: Embedding, made_with: dict[str, Any]) -> FittedWhitening | None:
    """The artefact that is asked for, if one is.

    Raises:
        WhiteningError: there is none, or it was fitted with something else.
    """
    if not embedding.whitening:
        return None
    whitening = read_whitening(embedding.whitening)
    check_fits(whitening, embedding.whitening, made_with)
    return whitening


def applied_whitening(embedding: Embedding) -> Whitening | None:
    """What region vectors are whitened with, if they are. Raises as `whitening_of`."""
    fitted: FittedWhitening | FittedPooling | None = whitening_of(embedding, resolve(embedding).made_with)
    if fitted is None and embedding.backbone.name == EMBEDDED:
        fitted = embedded().whitening(embedding.pooling.kind)
    return None if fitted is None else Whitening.of(fitted.mean, fitted.projection)


def _torchvision(embedding: Embedding) -> tuple[str, int, str]:
    """Node, channels, and what the weights are: a hash, a name, or a seed."""
    from lookalike.transforms.embedding.state_dicts import read_weights
    from lookalike.transforms.embedding.torchvision_networks import build_network, probe, weights_name

    backbone, plane = embedding.backbone, embedding.plane
    shapes = embedding.sizes(*plane.size(plane.side, plane.side)[::-1])
    if not backbone.input_shape:  # pictures come in all shapes
        shapes += embedding.sizes(*plane.size(plane.side * 2, plane.side)[::-1])
    output = probe(backbone, shapes)
    if backbone.is_file:
        assert backbone.weights is not None
        build_network(backbone, output.node)  # refuses weights that every worker would
        return *output, hashlib.sha256(read_weights(backbone.weights, backbone.sha256)).hexdigest()
    return *output, weights_name(backbone) if backbone.is_named else f"random, seed {backbone.seed}"
