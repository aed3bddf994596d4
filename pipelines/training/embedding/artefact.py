"""From a checkpoint of the training to what ships: whole numbers, and the whitening of what each pooling gives.

    python -m lookalike.pipelines.training.embedding.artefact CHECKPOINT PHOTOGRAPHS [--output FILE]

The head of the training is left away: PCA-whitening of distinct photographs and of drawn pictures takes its place, with
more dims (docs/explanation/weights.md has the numbers).
"""

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import torch
from PIL import Image

from lookalike.pipelines.training import WEIGHTS
from lookalike.pipelines.training.embedding.originals import Originals
from lookalike.pipelines.training.embedding.prepare import read
from lookalike.pipelines.training.embedding.rounding import whole_layers
from lookalike.pipelines.training.kinds.appearance.tiny import squared
from lookalike.transforms.core.settings.embed import EmbedSettings
from lookalike.transforms.embedding.settings import embedding_of
from lookalike.transforms.functional.embedding.backbones import EmbeddedBackbone, Layer
from lookalike.transforms.functional.embedding.descriptors import Whitening, aggregate, over_scales, region_vectors
from lookalike.transforms.functional.embedding.moments import Moments, pca_whitening
from lookalike.transforms.functional.embedding.pooling import Pooling
from lookalike.transforms.functional.images.planes import EmbeddingPlane, embedding_plane
from lookalike.transforms.weights import EMBEDDED_FILE

DIMS, SHRINKAGE, DRAWN, SEED = 512, 1e-3, 400, 5
TINY = 32
"""Side, in px, at which pictures have something in common that says nothing about what they show."""
ROUNDED_ON = 96
"""Pictures that weights are rounded on."""
POOLINGS = {"gem": Pooling("gem"), "rmac": Pooling("rmac")}


TRAINED = EmbeddingPlane(192, 16, True)
"""What the training showed, and weights are rounded on."""


def tensor_of(plane: np.ndarray) -> torch.Tensor:
    """(h, w, 3) uint8 -> what the backbone takes."""
    return torch.from_numpy(plane).permute(2, 0, 1)[None].float()


def maps_of(backbone: EmbeddedBackbone, picture: np.ndarray) -> list[np.ndarray]:
    """(h, w, 3) uint8 -> (1, h, w, channels) maps at each of the usual scales."""
    embedding = embedding_of(EmbedSettings())
    planes = embedding.at_scales(embedding_plane(picture, embedding.plane))
    return [backbone(tensor_of(plane)).permute(0, 2, 3, 1).numpy() for plane in planes]


def fit(backbone: EmbeddedBackbone, pictures: list[np.ndarray]) -> dict[str, np.ndarray]:
    """Mean and projection for each of POOLINGS, of (h, w, 3) uint8 pictures."""
    channels = len(backbone.layers[-1].bias)
    moments = {name: Moments.none(channels) for name in POOLINGS}
    tiny: dict[str, list[list[np.ndarray]]] = {name: [] for name in POOLINGS}
    with torch.inference_mode():
        for picture in pictures:
            maps, small = (
                maps_of(backbone, shown) for shown in (picture, np.asarray(squared(Image.fromarray(picture), TINY)))
            )
            for name, pooling in POOLINGS.items():
                for one in maps:
                    moments[name].add(region_vectors(one, pooling)[0])
                tiny[name].append([region_vectors(one, pooling)[0] for one in small])
    arrays: dict[str, np.ndarray] = {}
    for name, seen in moments.items():
        mean, projection, _ = pca_whitening(seen, DIMS, SHRINKAGE)
        projection = without_common_direction(
            [np.stack(one) for one in zip(*tiny[name], strict=True)], mean, projection
        )
        arrays |= {f"{name}_mean": mean.astype(np.float32), f"{name}_projection": projection.astype(np.float32)}
    return arrays


def without_common_direction(scales: Sequence[np.ndarray], mean: np.ndarray, projection: np.ndarray) -> np.ndarray:
    """(n, regions, channels) region vectors of tiny pictures at each scale, and a whitening -> its projection without
    the direction that their descriptors have in common, which is that they are tiny.
    """
    whitening = Whitening.of(mean, projection)
    common = over_scales([aggregate(regions, None, whitening) for regions in scales]).mean(0)
    common /= np.linalg.norm(common)
    direct: np.ndarray = projection - np.outer(projection @ common, common)
    return direct


def save(layers: list[Layer], pictures: list[np.ndarray], output: Path) -> None:
    """Write what `lookalike.transforms.weights.embedded` reads."""
    arrays: dict[str, Any] = fit(EmbeddedBackbone(layers), pictures)
    arrays["layers"] = np.array([layer[3:] for layer in layers], np.float64)
    for number, layer in enumerate(layers):
        arrays[f"weights{number}"] = layer.weights.numpy().astype(np.int8)
        arrays[f"scales{number}"], arrays[f"bias{number}"] = layer.scales.numpy(), layer.bias.numpy()
    np.savez(output, **arrays)


def distinct(photographs: Path) -> list[np.ndarray]:
    """All photographs but those that are held out, and DRAWN drawn pictures."""
    shown = read(photographs)
    originals = Originals(shown["learn"], shown["beside"], SEED, 0.0)
    drawn = [np.asarray(originals.drawn()) for _ in range(DRAWN)]
    return [*shown["learn"], *shown["beside"], *drawn]


def main() -> None:
    """Command line; see the module."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("checkpoint", type=Path)
    parser.add_argument("photographs", type=Path)
    parser.add_argument("--output", type=Path, default=WEIGHTS / EMBEDDED_FILE)
    options = parser.parse_args()
    cv2.setNumThreads(1)
    torch.set_num_threads(1)
    checkpoint = torch.load(options.checkpoint, weights_only=True)
    pictures = distinct(options.photographs)
    some = [tensor_of(embedding_plane(picture, TRAINED)) for picture in pictures[:: len(pictures) // ROUNDED_ON]]
    with torch.inference_mode():
        layers = whole_layers(checkpoint["layers"], some)
    save(layers, pictures, options.output)
    print(f"{options.output}: {options.output.stat().st_size:,} bytes")


if __name__ == "__main__":
    main()
