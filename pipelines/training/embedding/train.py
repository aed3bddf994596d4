"""Train the embedded backbone on drawn scenes and scikit-image's sample pictures: no download.

    python -m lookalike.pipelines.training.embedding.train [--output FILE] [--device cpu|cuda]

End to end through R-MAC, as Gordo, Almazan, Revaud, Larlus 2017, with the loss of SSCD (Pizzi et al. 2022): InfoNCE
between an original and an edited copy, all other pictures of the batch being negatives, and the entropy of Sablayrolles
et al. 2019, which spreads embeddings over the sphere. Edits start weak and get strong. Layers have standardised weights
(Brock, De, Smith 2021) instead of batch normalisation. The head, which projects region vectors and normalises them over
the batch, is for training alone: PCA-whitening of the finished network's regions takes its place.
docs/explanation/weights.md says what was drawn, how long it took, and what it gave.
"""

import argparse
import math
import multiprocessing
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import cv2
import numpy as np
import torch
from torch import nn
from torch.nn import functional

from lookalike.pipelines.training import WEIGHTS
from lookalike.pipelines.training.embedding.filters import Mix
from lookalike.pipelines.training.embedding.scenes import draw_scene
from lookalike.pipelines.training.embedding.views import view_pairs
from lookalike.pipelines.training.samples import samples
from lookalike.transforms.embedding.settings import DEFAULT_PLANE
from lookalike.transforms.functional.embedding.backbones import (
    BLOCKS,
    LAYERS,
    TOP_PARTS,
    EmbeddedBackbone,
    answers,
    local_contrast,
    of_all_symmetries,
)
from lookalike.transforms.functional.embedding.descriptors import region_vectors
from lookalike.transforms.functional.embedding.dihedral import ORDER
from lookalike.transforms.functional.embedding.integers import ranges_of
from lookalike.transforms.functional.embedding.moments import Moments, pca_whitening
from lookalike.transforms.functional.embedding.pooling import Pooling
from lookalike.transforms.functional.embedding.regions import region_grid
from lookalike.transforms.functional.images.planes import embedding_plane
from lookalike.transforms.weights import EMBEDDED_FILE

SCENES, CUTS, SIDE = 30_000, 2_500, 208
WIDTHS, INNER, CHANNELS, DIMS, LEVELS = (4, 8, 16), 8, 320, 256, 3
"""Channels a symmetry: of the stem's layers, inside of bottlenecks, of the map; dims of the embedding."""
BATCH, DECAY, TEMPERATURE, ENTROPY = 144, 0.02, 0.06, 0.3
WHITENED, SHRINKAGE, RANGED = 4000, 1e-3, 400
SEED = 0


class Stage(NamedTuple):
    """A part of the training, with an optimiser of its own. rate: of learning, after `warmup` steps; it falls along a
    cosine of `period` steps.
    """

    number: int
    steps: int
    rate: float
    warmup: int
    period: int

    def rate_at(self, step: int) -> float:
        """Of learning."""
        return self.rate * min(1, (step + 1) / self.warmup) * (0.5 + 0.5 * math.cos(math.pi * step / self.period))

    def mix_at(self, step: int) -> Mix:
        """Weak edits first, or nothing is learned; in the second stage fewer crops and more turns."""
        if self.number > 0:
            return Mix(1.0, 0.4, 0.3, 0.35)
        strength = min(1, 0.35 + 0.65 * step / (0.75 * self.steps))
        return Mix(strength, 0.55 * strength + 0.1, 0.32 * strength, 0.0)


STAGES = Stage(0, 1500, 2e-3, 150, 3200), Stage(1, 1100, 1.1e-3, 50, 1100)


class Layer(nn.Module):
    """One layer's weights for one symmetry, as they are learned; `standard` gives them as they are used."""

    def __init__(self, inputs: int, outputs: int, side: int, symmetries: int = ORDER) -> None:
        super().__init__()
        # small, since only their direction counts: the smaller, the faster they turn
        self.weights = nn.Parameter(torch.randn(outputs, inputs, symmetries, side, side) * 0.08)
        # the first layer has none, or the negative of a picture would have another map
        self.bias = nn.Parameter(torch.zeros(outputs), requires_grad=symmetries > 1)
        self.gain = nn.Parameter(torch.ones(outputs))
        self.scale = 1.71 / math.sqrt(inputs * symmetries * side * side)

    def standard(self, factor: torch.Tensor | float = 1.0) -> tuple[torch.Tensor, torch.Tensor]:
        """Weights and bias of outputs with mean 0 and deviation about 1, times `factor`."""
        centred = self.weights - self.weights.mean((1, 2, 3, 4), keepdim=True)
        deviation = centred.flatten(1).std(1).view(-1, 1, 1, 1, 1) + 1e-4
        return centred / deviation * (self.scale * self.gain.view(-1, 1, 1, 1, 1)) * factor, self.bias * factor


class Student(nn.Module):
    """(n, 1, h, w) of `local_contrast` -> (n, DIMS) embeddings, with gradients."""

    def __init__(self) -> None:
        super().__init__()
        layers = [Layer(1, WIDTHS[0], 6, 1), Layer(WIDTHS[0], WIDTHS[1], 4), Layer(WIDTHS[1], WIDTHS[2], 4)]
        for _ in range(BLOCKS):
            layers += [Layer(WIDTHS[2], INNER, 1), Layer(INNER, INNER, 3), Layer(INNER, WIDTHS[2], 1)]
        layers.append(Layer(WIDTHS[2], CHANNELS, 1))
        self.layers = nn.ModuleDict(dict(zip(LAYERS, layers, strict=True)))
        self.shares = nn.Parameter(torch.full((BLOCKS,), 0.2))
        self.project = nn.Linear(CHANNELS, DIMS, bias=False)
        self.normalise = nn.BatchNorm1d(DIMS, affine=False)

    def standard(self) -> dict[str, tuple[torch.Tensor, torch.Tensor]]:
        """What EmbeddedBackbone is made of."""
        factors = {f"block{block}_expand": self.shares[block] for block in range(BLOCKS)}
        return {name: layer.standard(factors.get(name, 1.0)) for name, layer in self.layers.items()}  # type: ignore[operator]

    def forward(self, contrast: torch.Tensor) -> torch.Tensor:
        """See the class."""
        with torch.autocast(contrast.device.type, torch.bfloat16):
            layers = of_all_symmetries(self.standard())
            regions = _regions(_strongest(answers(contrast, layers), layers[TOP_PARTS[0]].bias))
        vectors = self.project(functional.normalize(regions.float(), dim=2, eps=1e-6))
        vectors = self.normalise(vectors.flatten(0, 1)).view_as(vectors)
        return functional.normalize(functional.normalize(vectors, dim=2).sum(1), dim=1)


def _strongest(x: torch.Tensor, bias: torch.Tensor) -> torch.Tensor:
    """(n, h, w, k, c) -> (n, c, h, w): the maximum over k as a pooling, whose gradient is the cheaper one."""
    count, height, width, several, channels = x.shape
    pooled = functional.max_pool2d(x.flatten(1, 2).permute(0, 3, 1, 2), (1, several)).permute(0, 2, 3, 1)
    pooled = pooled.reshape(count, height, width, channels) + bias
    return functional.relu(pooled).permute(0, 3, 1, 2)


def _regions(maps: torch.Tensor) -> torch.Tensor:
    """(n, c, h, w) -> (n, regions, c), regions evenly apart: a pooling a level, where slices would cost gradients."""
    grid, (height, width), pooled = region_grid(maps.shape[2], maps.shape[3], LEVELS), maps.shape[2:], []
    for level in range(1, LEVELS + 1):
        regions = [region for region in grid if region.level == level]
        side, down, across = regions[0].side, len({r.top for r in regions}), len({r.left for r in regions})
        step = (height - side) // max(down - 1, 1) or 1, (width - side) // max(across - 1, 1) or 1
        part = maps[:, :, : side + (down - 1) * step[0], : side + (across - 1) * step[1]]
        pooled.append(functional.max_pool2d(part, side, step).flatten(2))
    return torch.cat(pooled, 2).transpose(1, 2)


def loss_of(embeddings: torch.Tensor) -> torch.Tensor:
    """(2n, dims) embeddings, of n originals and of their n copies -> InfoNCE and entropy."""
    count = len(embeddings) // 2
    cosines = embeddings @ embeddings.T
    cosines.fill_diagonal_(-1)
    own = torch.arange(2 * count, device=embeddings.device)
    partner = (own + count) % (2 * count)
    contrastive = functional.cross_entropy(cosines / TEMPERATURE, partner)
    strangers = cosines.detach().clone()
    strangers[own, partner] = -1
    nearest = embeddings[strangers.argmax(1)]
    distance = (2 - 2 * (embeddings * nearest).sum(1)).clamp(min=1e-4).sqrt()
    return contrastive - ENTROPY * distance.log().mean()


class Batches(torch.utils.data.Dataset):
    """Step -> originals and copies, (BATCH, 1, h, w) uint8."""

    def __init__(self, pool: np.ndarray, stage: Stage) -> None:
        self.pool, self.stage = pool, stage

    def __len__(self) -> int:
        return self.stage.steps

    def __getitem__(self, step: int) -> tuple[torch.Tensor, torch.Tensor]:
        originals, copies = view_pairs(self.pool, (SEED + self.stage.number, step), BATCH, self.stage.mix_at(step))
        return torch.from_numpy(originals[:, None]), torch.from_numpy(copies[:, None])


def _scene(seed: int) -> np.ndarray:
    return draw_scene(seed, SIDE, samples())


def _cut(number: int) -> np.ndarray:
    """A square piece of one of the sample pictures."""
    rng = np.random.default_rng(10**6 + number)
    sample = samples()[number % len(samples())]
    side = int(min(sample.shape) * np.exp(rng.uniform(np.log(0.3), 0)))
    top, left = rng.integers(0, sample.shape[0] - side + 1), rng.integers(0, sample.shape[1] - side + 1)
    return cv2.resize(sample[top : top + side, left : left + side], (SIDE, SIDE), interpolation=cv2.INTER_AREA)


def draw_pool() -> np.ndarray:
    """(SCENES + CUTS, SIDE, SIDE) uint8, on all cores."""
    cv2.setNumThreads(1)
    with multiprocessing.get_context("fork").Pool() as workers:
        return np.stack(workers.map(_scene, range(SCENES), 64) + workers.map(_cut, range(CUTS), 64))


def train(student: Student, pool: np.ndarray, stage: Stage, device: str) -> Iterator[tuple[int, float]]:
    """Make `student` better, step by step; gives the steps done and the loss."""
    cv2.setNumThreads(1)  # before the loader forks: OpenCV's threads do not survive that
    loader = torch.utils.data.DataLoader(Batches(pool, stage), batch_size=None, num_workers=1, prefetch_factor=3)
    named = [(name, value) for name, value in student.named_parameters() if value.requires_grad]
    groups: list[dict[str, Any]] = [
        {"params": [p for name, p in named if name.endswith("weights") or name == "project.weight"]},
        {"params": [p for name, p in named if name.endswith(("bias", "gain", "shares"))], "weight_decay": 0.0},
    ]
    optimiser = torch.optim.AdamW(groups, lr=stage.rate, betas=(0.9, 0.98), weight_decay=DECAY)
    for step, views in enumerate(loader):
        originals, copies = (local_contrast(view.to(device).float()) for view in views)
        for group in optimiser.param_groups:
            group["lr"] = stage.rate_at(step)
        if originals.shape == copies.shape:
            embeddings = student(torch.cat([originals, copies]))
        else:
            embeddings = torch.cat([student(originals), student(copies)])
        loss = loss_of(embeddings)
        loss.backward()
        nn.utils.clip_grad_norm_(student.parameters(), 1.0)
        optimiser.step()
        optimiser.zero_grad()
        yield step + 1, loss.item()


def _drawn_planes(pool: np.ndarray, count: int) -> Iterator[torch.Tensor]:
    """At most `count` pictures of the pool, drawn at random, as the backbone sees them: (1, 1, h, w) float32."""
    for place in np.random.default_rng(SEED).choice(len(pool), min(count, len(pool)), replace=False):
        yield torch.from_numpy(embedding_plane(pool[place], DEFAULT_PLANE).astype(np.float32))[None, None]


def fit_whitening(backbone: EmbeddedBackbone, pool: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Mean (CHANNELS,) and projection (CHANNELS, DIMS), both float32, of the regions of WHITENED pictures."""
    moments = Moments.none(CHANNELS)
    with torch.inference_mode():
        for plane in _drawn_planes(pool, WHITENED):
            moments.add(region_vectors(backbone(plane), Pooling(levels=LEVELS))[0].numpy())
    mean, projection, _ = pca_whitening(moments, DIMS, SHRINKAGE)
    return mean.astype(np.float32), projection.astype(np.float32)


def fit_ranges(backbone: EmbeddedBackbone, pool: np.ndarray) -> dict[str, float]:
    """What nine of ten of RANGED pictures stay within: one with a greater value is cut there."""
    found: dict[str, list[float]] = {}
    for plane in _drawn_planes(pool, RANGED):
        for name, most in ranges_of(backbone, plane).items():
            found.setdefault(name, []).append(most)
    return {name: float(np.quantile(most, 0.9)) for name, most in found.items()}


def save(student: Student, pool: np.ndarray, output: Path) -> None:
    """Write what `lookalike.transforms.weights.embedded` reads: the layers, and a whitening instead of the head."""
    layers = {
        name: (weights.detach().cpu(), bias.detach().cpu()) for name, (weights, bias) in student.standard().items()
    }
    backbone = EmbeddedBackbone(layers)
    mean, projection = fit_whitening(backbone, pool)
    arrays = {f"{name}_weights": weights.numpy() for name, (weights, _) in layers.items()}
    arrays |= {f"{name}_bias": bias.numpy() for name, (_, bias) in layers.items()}
    arrays |= {f"{name}_range": np.array(most, np.float32) for name, most in fit_ranges(backbone, pool).items()}
    np.savez(output, mean=mean, projection=projection, **arrays)  # type: ignore[arg-type]


def main() -> None:
    """Command line; see the module."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--output", type=Path, default=WEIGHTS / EMBEDDED_FILE)
    parser.add_argument("--device", default="cpu")
    options = parser.parse_args()
    torch.manual_seed(SEED)
    pool = draw_pool()
    print(f"{len(pool):,} pictures", flush=True)
    student = Student().to(options.device)
    start, losses = time.monotonic(), []
    for stage in STAGES:
        for step, loss in train(student, pool, stage, options.device):
            losses.append(loss)
            if step % 50 == 0:
                passed = time.monotonic() - start
                print(
                    f"stage {stage.number}, step {step}: loss {np.mean(losses[-50:]):.3f}, {passed:.0f} s", flush=True
                )
    save(student, pool, options.output)
    print(f"{options.output}: {options.output.stat().st_size:,} bytes")


if __name__ == "__main__":
    main()
