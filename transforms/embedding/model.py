"""Any model behind the embeddings, by torch: planes in, descriptors out, on one device."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch

from lookalike.transforms.core.runtime import hold_torch
from lookalike.transforms.core.settings.embed import EMBEDDED
from lookalike.transforms.embedding.batches import batches, rounded
from lookalike.transforms.embedding.settings import Embedding, applied_whitening, resolve
from lookalike.transforms.functional.embedding.backbones import EmbeddedBackbone, Layer
from lookalike.transforms.functional.embedding.descriptors import over_scales, pool, region_vectors, unit
from lookalike.transforms.functional.embedding.layers import EmbeddedLayer
from lookalike.transforms.weights import embedded

ON_CPU = 8
"""Planes of the embedded backbone that a CPU computes at once: half of the time of one by one."""

Function = Callable[[Sequence[torch.Tensor]], np.ndarray]


class Model(torch.nn.Module):
    """Pictures at every scale -> descriptors, by backbone, pooling and whitening.

    The backbone may be on any device. What follows it is computed on the CPU in 64 bits, which not every GPU has: a
    hundredth of the backbone's time on a CPU, a millisecond a picture beside a GPU.
    """

    def __init__(self, embedding: Embedding) -> None:
        """Load all weights."""
        super().__init__()
        self.embedding = embedding
        self.backbone: Any = _backbone(embedding, resolve(embedding).node)
        self.whitening = applied_whitening(embedding)

    def forward(self, pictures: Sequence[torch.Tensor]) -> np.ndarray:
        """(n, 1 or 3, h, w) float32 in 0..255 for each scale -> (n, dims) float64 unit vectors."""
        return over_scales([self._descriptors(self.backbone(scaled).cpu()) for scaled in pictures])

    def _descriptors(self, out: torch.Tensor) -> np.ndarray:
        """What the backbone gives at one scale, vectors or maps -> (n, dims) float64 unit vectors."""
        if out.ndim == 2:
            return unit(out.double().numpy())
        return pool(_channels_last(out), self.embedding.pooling, self.whitening)

    def vectors(self, pictures: Sequence[torch.Tensor]) -> np.ndarray:
        """The same -> (n, regions, channels) vectors of all their regions at all scales, unwhitened."""
        maps = [_channels_last(self.backbone(scaled).cpu()) for scaled in pictures]
        return np.concatenate([region_vectors(out, self.embedding.pooling) for out in maps], 1)


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


def _channels_last(maps: torch.Tensor) -> np.ndarray:
    """(n, channels, h, w) of any type -> (n, h, w, channels)."""
    maps = maps if maps.dtype == torch.uint8 else maps.float()  # 16-bit floats are not all known to NumPy
    return maps.permute(0, 2, 3, 1).contiguous().numpy()


class TorchEmbedder:
    """A model on a device, fed with planes.

    device: auto, cpu, cuda or mps; 'auto' is a GPU where there is one. half: 16-bit arithmetic, float16 where it is
    safe on a GPU, bfloat16 on a CPU. batch: planes that are computed at once, on a GPU or in 16 bits. On a CPU the
    embedded backbone gets ON_CPU of them at most, and networks in 32 bits get them one by one, since batches gain them
    nothing. why_floats: what keeps the embedded backbone on a CPU from its integers, or ''.

    Raises:
        RuntimeError: this machine has no such device, or its CPU no 16-bit arithmetic.
    """

    def __init__(
        self, embedding: Embedding, device: str = "cpu", half: bool = False, batch: int = 32, why_floats: str = ""
    ) -> None:
        """Load the model, ready for inference; on a CPU with one thread."""
        self.embedding, self.device = embedding, torch.device(found_device(device))
        on_gpu = self.device.type != "cpu"
        self.half = half and on_gpu
        self.whole = embedding.backbone.name == EMBEDDED
        self.batch = batch if on_gpu or half else min(batch, ON_CPU) if self.whole else 1
        self.model = Model(embedding).eval().requires_grad_(False).to(self.device)
        self.model.to(memory_format=torch.channels_last)
        hold_torch()
        self.why_floats = "" if on_gpu else why_floats
        if half and not on_gpu:
            _check_bfloat16()
            self.model.backbone.body.bfloat16()

    def embed(self, planes: list[np.ndarray]) -> np.ndarray:
        """(h, w) or (h, w, 3) uint8 planes -> (n, dims) float16 descriptors.

        Kernels of floats differ in the last bits with the shape of a batch, bundles differ from runner to runner, and
        the output is compared byte by byte. So all batches of one shape are of one size, the last filled up with
        copies. The embedded backbone computes in whole numbers, to which this does not matter.
        """
        return rounded(np.stack(self._each(planes, self.model)))

    def vectors(self, planes: list[np.ndarray]) -> np.ndarray:
        """The same -> (vectors, channels) float32 of all their regions, unwhitened."""
        return np.concatenate(self._each(planes, self.model.vectors)).astype(np.float32)

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
        filled = planes if self.whole else planes + planes[:1] * (self.batch - len(planes))
        by_scale = zip(*map(self.embedding.at_scales, filled), strict=True)
        pictures = [self.tensor(scaled) for scaled in by_scale]
        with torch.autocast(self.device.type, enabled=self.half):
            return list(function(pictures)[: len(planes)])

    def tensor(self, planes: Sequence[np.ndarray]) -> torch.Tensor:
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
