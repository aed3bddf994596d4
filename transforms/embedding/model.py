"""The model behind the embeddings: planes in, descriptors out, on one device. For workers only: torch is large."""

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch.nn import functional

from lookalike.transforms.core.runtime import hold_torch
from lookalike.transforms.core.settings.embed import EMBEDDED
from lookalike.transforms.embedding.settings import Embedding, resolve, whitening_of
from lookalike.transforms.functional.embedding.backbones import EmbeddedBackbone, Layer
from lookalike.transforms.functional.embedding.descriptors import Whitening, pool, region_vectors, unit
from lookalike.transforms.functional.embedding.integers import use_integers
from lookalike.transforms.weights import EmbeddedLayer, embedded

ON_CPU = 8
"""Planes of the embedded backbone that a CPU computes at once: half of the time of one by one."""

Function = Callable[[torch.Tensor], torch.Tensor]


class Model(torch.nn.Module):
    """Pictures -> descriptors: (n, 1 or 3, h, w) float32 in 0..255 -> (n, dims), by backbone, pooling and whitening.

    The backbone may be on any device. What follows it takes a hundredth of its time and is computed on the CPU in 64
    bits, which not every GPU has.
    """

    def __init__(self, embedding: Embedding) -> None:
        """Load all weights."""
        super().__init__()
        self.embedding = embedding
        resolved = resolve(embedding)
        self.backbone: Any = _backbone(embedding, resolved.node)
        arrays: Any = whitening_of(embedding, resolved.made_with)
        if arrays is None and embedding.backbone.name == EMBEDDED:
            arrays = embedded().whitening(embedding.pooling.kind)
        self.whitening = (
            None if arrays is None else Whitening.of(torch.from_numpy(arrays.mean), torch.from_numpy(arrays.projection))
        )

    def forward(self, pictures: torch.Tensor) -> torch.Tensor:
        """(n, 1 or 3, h, w) float32 in 0..255 -> (n, dims) float64 unit vectors."""
        total: Any = 0
        for scaled in self._scaled(pictures):
            out = self.backbone(scaled).cpu()
            if out.ndim == 2:
                total = total + unit(out.double())
            else:
                total = total + pool(out, self.embedding.pooling, self.whitening)
        return unit(total) if len(self.embedding.scales) > 1 else total

    def vectors(self, pictures: torch.Tensor) -> torch.Tensor:
        """Pictures -> (n, regions, channels) vectors of all their regions at all scales, unwhitened."""
        maps = [self.backbone(scaled).cpu() for scaled in self._scaled(pictures)]
        return torch.cat([region_vectors(out, self.embedding.pooling) for out in maps], 1)

    def _scaled(self, pictures: torch.Tensor) -> Iterator[torch.Tensor]:
        height, width = pictures.shape[2:]
        for size in self.embedding.sizes(height, width):
            if size == (height, width):
                yield pictures
            else:
                yield functional.interpolate(pictures, size, mode="bilinear", antialias=True)


def layers_of(stored: Sequence[EmbeddedLayer]) -> list[Layer]:
    """What ships -> what is computed."""
    return [
        Layer(*(torch.from_numpy(array).float() for array in layer[:3]), *layer[3:])  # type: ignore[call-arg, arg-type]
        for layer in stored
    ]


def _backbone(embedding: Embedding, node: str) -> torch.nn.Module:
    if embedding.backbone.name == EMBEDDED:
        return EmbeddedBackbone(layers_of(embedded().layers))
    from lookalike.transforms.embedding.torchvision_networks import build_network

    return build_network(embedding.backbone, node)


class Embedder:
    """A model on a device, fed with planes.

    device: auto, cpu, cuda or mps; 'auto' is a GPU where there is one. half: 16-bit arithmetic, float16 where it is
    safe on a GPU, bfloat16 on a CPU. batch: planes that are computed at once, on a GPU or in 16 bits. On a CPU the
    embedded backbone gets ON_CPU of them at most, and networks in 32 bits get them one by one, since batches gain them
    nothing. why_floats: what keeps the embedded backbone on a CPU from its integers, or ''.

    Raises:
        RuntimeError: this machine has no such device, or its CPU no 16-bit arithmetic.
    """

    def __init__(self, embedding: Embedding, device: str = "cpu", half: bool = False, batch: int = 32) -> None:
        """Load the model, ready for inference; on a CPU with one thread."""
        self.device = torch.device(found_device(device))
        on_gpu = self.device.type != "cpu"
        self.half = half and on_gpu
        self.whole = embedding.backbone.name == EMBEDDED
        self.batch = batch if on_gpu or half else min(batch, ON_CPU) if self.whole else 1
        self.model = Model(embedding).eval().requires_grad_(False).to(self.device)
        self.model.to(memory_format=torch.channels_last)
        hold_torch()
        self.why_floats = ""
        if not on_gpu:
            if self.whole:
                self.why_floats = use_integers(self.model.backbone)
            if half:
                _check_bfloat16()
                self.model.backbone.body.bfloat16()

    def embed(self, planes: list[np.ndarray]) -> np.ndarray:
        """(h, w) or (h, w, 3) uint8 planes -> (n, dims) float16 descriptors.

        Kernels of floats differ in the last bits with the shape of a batch, bundles differ from runner to runner, and
        the output is compared byte by byte. So all batches of one shape are of one size, the last filled up with
        copies. The embedded backbone computes in whole numbers, to which this does not matter.
        """
        return np.stack(self._each(planes, self.model)).astype(np.float16)

    def vectors(self, planes: list[np.ndarray]) -> np.ndarray:
        """The same -> (vectors, channels) float32 of all their regions, unwhitened."""
        return np.concatenate(self._each(planes, self.model.vectors))

    def _each(self, planes: list[np.ndarray], function: Function) -> list[np.ndarray]:
        found: dict[int, np.ndarray] = {}
        with torch.inference_mode():
            halved = self.whole and self.device.type == "cpu"
            for places in batches([plane.shape for plane in planes], self.batch, halved):
                found.update(zip(places, self._batch([planes[i] for i in places], function), strict=True))
        return [found[place] for place in range(len(planes))]

    def _batch(self, planes: list[np.ndarray], function: Function) -> list[np.ndarray]:
        """Planes of one shape -> what becomes of each, in smaller batches from now on if memory runs out."""
        out: list[np.ndarray] = []
        while len(out) < len(planes):
            try:
                out += self._together(planes[len(out) : len(out) + self.batch], function)
            except torch.OutOfMemoryError:
                if self.batch == 1:
                    raise
                self.batch //= 2
                torch.cuda.empty_cache()
        return out

    def _together(self, planes: list[np.ndarray], function: Function) -> list[np.ndarray]:
        pictures = self.tensor(planes if self.whole else planes + planes[:1] * (self.batch - len(planes)))
        with torch.autocast(self.device.type, enabled=self.half):
            return list(function(pictures)[: len(planes)].float().numpy())

    def tensor(self, planes: list[np.ndarray]) -> torch.Tensor:
        """Planes of one shape -> (n, 1 or 3, h, w) float32 on the device. Bytes travel, a quarter of floats."""
        stacked = torch.from_numpy(np.stack(planes))
        if self.device.type == "cuda":
            stacked = stacked.pin_memory().to(self.device, non_blocking=True)
        pictures = stacked.to(self.device).float()
        return pictures[:, None] if pictures.ndim == 3 else pictures.permute(0, 3, 1, 2)


def found_device(name: str) -> str:
    """'auto' -> the device of this machine; others as they are.

    Raises:
        RuntimeError: this machine has no such device.
    """
    has = {"cpu": True, "cuda": torch.cuda.is_available(), "mps": torch.backends.mps.is_available()}
    if name == "auto":
        return next(device for device in ("cuda", "mps", "cpu") if has[device])
    if not has[name]:
        raise RuntimeError(f"embed.device is {name}, and this worker has none; auto takes what there is")
    return name


def _check_bfloat16() -> None:
    """Without instructions for it, bfloat16 is emulated and slower than 32 bits."""
    described = Path("/proc/cpuinfo")
    flags = described.read_text() if described.exists() else ""
    if "avx512_bf16" not in flags and "amx_bf16" not in flags:
        raise RuntimeError(
            "embed.precision: half needs a GPU or a CPU with bfloat16 arithmetic, and this worker has none"
        )


def batches(shapes: list[tuple[int, ...]], most: int, halved: bool = False) -> Iterator[list[int]]:
    """Shapes of planes -> their places, in batches of one shape and at most `most`.

    halved: what is left over comes in halves and quarters of that, down to one, since a CPU has to prepare kernels for
    every size of a batch.
    """
    by_shape: dict[tuple[int, ...], list[int]] = {}
    for place, shape in enumerate(shapes):
        by_shape.setdefault(shape, []).append(place)
    for places in by_shape.values():
        size = most
        while places:
            while halved and size > len(places):
                size //= 2
            yield places[:size]
            places = places[size:]
