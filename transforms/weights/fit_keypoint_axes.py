"""Fit the embedded weights on drawn pictures and scikit-image's sample pictures: no download, one minute.

    python -m transforms.weights.make_embedded [--output FILE]

The pictures are drawn by `transforms.functional.drawing` or come with scikit-image, whose samples are public
domain or freely licensed (listed in docs/weights.md). The same versions of numpy, torch and OpenCV give the
same weights.
"""

import argparse
from pathlib import Path

import cv2
import numpy as np
import skimage.data
import torch

from transforms.embedding import DEFAULT_PLANE
from transforms.functional import keypoints, planes
from transforms.functional.backbones import EmbeddedBackbone, blocks, mirror_permutation
from transforms.functional.descriptors import region_vectors
from transforms.functional.drawing import draw_picture
from transforms.functional.pooling import Pooling
from transforms.weights import FILE

SAMPLES = (
    "astronaut", "brick", "camera", "cat", "clock", "coffee", "coins", "grass", "gravel", "hubble_deep_field",
    "immunohistochemistry", "moon", "page", "retina", "rocket", "text",
)  # fmt: skip
CROPS, DRAWN = 6, 400
CENTROIDS, DIMS, LEVELS = 256, 256, 3
KEYPOINTS = 250


def pictures() -> list[np.ndarray]:
    """Grey uint8 pictures: every sample, `CROPS` random cuts of each, and `DRAWN` drawn ones."""
    out = []
    for name in SAMPLES:
        sample = np.asarray(getattr(skimage.data, name)())
        grey = sample if sample.ndim == 2 else cv2.cvtColor(np.ascontiguousarray(sample[..., :3]), cv2.COLOR_RGB2GRAY)
        out.append(grey)
        for seed in range(CROPS):
            rng = np.random.default_rng(seed)
            height, width = (np.array(grey.shape) * rng.uniform(0.4, 0.8)).astype(int)
            top, left = rng.integers(0, np.array(grey.shape) - (height, width))
            out.append(np.ascontiguousarray(grey[top : top + height, left : left + width]))
    return out + [cv2.cvtColor(draw_picture(seed), cv2.COLOR_RGB2GRAY) for seed in range(DRAWN)]


def fit_keypoint_axes(greys: list[np.ndarray]) -> keypoints.KeypointAxes:
    """Principal axes of the RootSIFT descriptors of all pictures."""
    found = [keypoints.raw_keypoints(planes.keypoint_plane(g, g.shape[1], g.shape[0]), KEYPOINTS)[1] for g in greys]
    return keypoints.fit_axes(np.concatenate(found))


def fit_centroids(greys: list[np.ndarray]) -> torch.Tensor:
    """k-means (Lloyd, 12 rounds) over 200 blocks of each picture and their mirror images -> (CENTROIDS, 128)."""
    rng = np.random.default_rng(0)
    taken = []
    for grey in greys:
        x = blocks(as_tensor(grey)).flatten(0, 2)
        taken.append(x[torch.from_numpy(rng.integers(0, len(x), 200))])
    x = torch.cat(taken)
    x = torch.cat([x, x[:, torch.from_numpy(mirror_permutation())]])
    centroids = x[torch.from_numpy(rng.permutation(len(x))[:CENTROIDS])].clone()
    for _ in range(12):
        nearest = ((centroids * centroids).sum(1) - 2 * x @ centroids.T).argmin(1)
        count = torch.bincount(nearest, minlength=CENTROIDS)
        means = torch.zeros_like(centroids).index_add_(0, nearest, x) / count.clamp(min=1)[:, None]
        centroids = torch.where(count[:, None] > 0, means, centroids)
    return centroids


def fit_whitening(greys: list[np.ndarray], backbone: EmbeddedBackbone) -> tuple[np.ndarray, np.ndarray]:
    """PCA-whitening of the region descriptors of all pictures, small eigenvalues damped."""
    regions = torch.cat([region_vectors(backbone(as_tensor(g)), Pooling(levels=LEVELS))[0] for g in greys])
    mean = regions.mean(0)
    values, vectors = torch.linalg.eigh(torch.cov((regions - mean).T.double()))
    values, vectors = values.flip(0)[:DIMS], vectors.flip(1)[:, :DIMS]
    return mean.numpy(), (vectors / torch.sqrt(values + 1e-3 * values[0])).float().numpy()


def as_tensor(grey: np.ndarray) -> torch.Tensor:
    """(h, w) uint8 picture -> the (1, 1, h', w') float32 plane that the backbone sees."""
    seen = planes.embedding_plane(planes.keypoint_plane(grey, grey.shape[1], grey.shape[0]), DEFAULT_PLANE)
    return torch.from_numpy(seen.astype(np.float32))[None, None]


def main() -> None:
    """Command line; see the module."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--output", type=Path, default=Path(__file__).with_name(FILE))
    output = parser.parse_args().output
    torch.set_num_threads(1)
    cv2.setNumThreads(1)
    greys = pictures()
    axes = fit_keypoint_axes(greys)
    with torch.no_grad():
        centroids = fit_centroids(greys)
        mean, projection = fit_whitening(greys, EmbeddedBackbone(centroids))
    np.savez(
        output,
        axes_mean=axes.mean, axes_basis=axes.basis, axes_scale=axes.scale, axes_parity=axes.parity,
        centroids=centroids.numpy(), mean=mean, projection=projection,
    )  # fmt: skip
    print(f"{output}: {len(greys)} pictures, {output.stat().st_size:,} bytes")


if __name__ == "__main__":
    main()
