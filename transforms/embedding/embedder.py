"""Which model embeds here: the embedded backbone in integers by itself, or any model by torch."""

import sys
from pathlib import Path
from typing import Protocol

import numpy as np

from lookalike.transforms.core.settings.embed import EMBEDDED
from lookalike.transforms.embedding.batches import batches, rounded
from lookalike.transforms.embedding.settings import Embedding, applied_whitening, resolve
from lookalike.transforms.functional.embedding.descriptors import over_scales, pool, region_vectors
from lookalike.transforms.functional.embedding.integers import IntegerNetwork, why_floats
from lookalike.transforms.weights import embedded

AT_ONCE = 64
"""Maps that are pooled together: whitening reads 3 MB, however many there are."""
GPUS = ("nvidia*", "kfd", "dxg")
"""In /dev, where Linux has a GPU that torch can use: Nvidia's, AMD's, or Windows' below Linux."""


class Embedder(Protocol):
    """Planes in, descriptors out. why_floats: what keeps the embedded backbone on a CPU from its integers, or ''."""

    why_floats: str

    def embed(self, planes: list[np.ndarray]) -> np.ndarray:
        """(h, w) or (h, w, 3) uint8 planes -> (n, dims) float16 descriptors."""

    def vectors(self, planes: list[np.ndarray]) -> np.ndarray:
        """The same -> (vectors, channels) float32 of all their regions, unwhitened."""


def embedder_of(embedding: Embedding, device: str = "cpu", half: bool = False, batch: int = 32) -> Embedder:
    """Load the model that an embedding asks for. device, half, batch, and what is raised: as for `TorchEmbedder`.

    Without torch where that is possible: it takes two seconds and 600 MB.
    """
    why = ""
    if embedding.backbone.name == EMBEDDED:
        why = why_floats()
        if not why and (device == "cpu" or (device == "auto" and not may_have_gpu())):
            return IntegerEmbedder(embedding)
    from lookalike.transforms.embedding.model import TorchEmbedder

    return TorchEmbedder(embedding, device, half, batch, why)


def may_have_gpu() -> bool:
    """Without a look into torch: False where there is certainly none."""
    return sys.platform != "linux" or any(next(Path("/dev").glob(name), None) for name in GPUS)


class IntegerEmbedder:
    """The embedded backbone on a CPU with kernels for it."""

    why_floats = ""

    def __init__(self, embedding: Embedding) -> None:
        """Load all weights."""
        self.embedding, self.dims = embedding, resolve(embedding).dims
        self.network, self.whitening = IntegerNetwork(embedded().layers), applied_whitening(embedding)

    def embed(self, planes: list[np.ndarray]) -> np.ndarray:
        """See `Embedder`."""
        found = np.empty((len(planes), self.dims))
        for places in batches([plane.shape for plane in planes], AT_ONCE):
            by_scale = zip(*(self._maps(planes[place]) for place in places), strict=True)
            found[places] = over_scales(
                [pool(np.stack(maps), self.embedding.pooling, self.whitening) for maps in by_scale]
            )
        return rounded(found)

    def vectors(self, planes: list[np.ndarray]) -> np.ndarray:
        """See `Embedder`."""
        maps = (one for plane in planes for one in self._maps(plane))
        regions = [region_vectors(one[None], self.embedding.pooling)[0] for one in maps]
        return np.concatenate(regions).astype(np.float32)

    def _maps(self, plane: np.ndarray) -> list[np.ndarray]:
        """Of a plane at every scale."""
        return [self.network(scaled) for scaled in self.embedding.at_scales(plane)]
