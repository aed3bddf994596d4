"""Fit the principal axes of keypoint descriptors on drawn pictures and scikit-image's samples: no download, a minute.

    python -m lookalike.pipelines.training.fit_keypoint_axes [--output FILE]

The same versions of numpy and OpenCV give the same axes on the same kind of processor.
"""

import argparse
from pathlib import Path

import cv2
import numpy as np

from lookalike.pipelines.training import WEIGHTS
from lookalike.pipelines.training.samples import samples
from lookalike.transforms.functional.drawing.procedural import draw_picture
from lookalike.transforms.functional.images import planes
from lookalike.transforms.functional.keypoints import keypoints
from lookalike.transforms.weights import KEYPOINTS_FILE

CROPS, DRAWN = 6, 400
KEYPOINTS = 250


def pictures() -> list[np.ndarray]:
    """Grey uint8 pictures: every sample, `CROPS` random cuts of each, and `DRAWN` drawn ones."""
    out = []
    for grey in samples():
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


def main() -> None:
    """Command line; see the module."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--output", type=Path, default=WEIGHTS / KEYPOINTS_FILE)
    output = parser.parse_args().output
    cv2.setNumThreads(1)
    axes = fit_keypoint_axes(pictures())
    np.savez(output, axes_mean=axes.mean, axes_basis=axes.basis, axes_scale=axes.scale, axes_parity=axes.parity)
    print(f"{output}: {output.stat().st_size:,} bytes")


if __name__ == "__main__":
    main()
