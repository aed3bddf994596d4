"""Real views: photographs that lie in one folder and show one scene or thing, each taken by hand.

Collections of photographs that were taken one by one and lie sorted into a folder for each thing hold many of them;
their numbers do not tell which are neighbours, so the pictures do.
"""

import itertools
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import cv2
import numpy as np

SIDE = 348
"""The longer side at which they are compared, px."""
FEATURES, RATIO = 600, 0.75
"""Keypoints of a photograph; how much nearer the best match must be than the second."""
REACH, INLIERS, SHARE = 6.0, 16, 0.3
"""Matches follow one plane to within so many px; at least so many of them, and so large a share."""
ALIKE = 2.5
"""Photographs that differ by less once they lie on one another in one light, of 255 levels, may be copies."""


class _Seen(NamedTuple):
    """A photograph. grey: (h, w) uint8. places: (n, 2) float32. descriptors: (n, 128) float32."""

    grey: np.ndarray
    places: np.ndarray
    descriptors: np.ndarray


def real_views(folder: Path) -> Iterator[tuple[Path, Path]]:
    """Pairs of photographs of one folder below `folder` whose relation is 'view', in order of name.

    What is so alike that it may be a copy is left out; so is what has nothing in common that a plane could follow.
    """
    classes = sorted({path.parent for path in folder.rglob("*.jpg")})
    for own in classes:
        files = sorted(own.glob("*.jpg"))
        seen = [_seen(path) for path in files]
        for a, b in itertools.combinations(range(len(files)), 2):
            if _is_view(seen[a], seen[b]):
                yield files[a], files[b]


def _seen(path: Path) -> _Seen:
    grey = cv2.imread(str(path), cv2.IMREAD_GRAYSCALE)
    if grey is None:
        raise ValueError(f"{path} is no photograph that can be read: take it out of the folder")
    scale = SIDE / max(grey.shape)
    if scale < 1:
        grey = cv2.resize(grey, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    keypoints, descriptors = cv2.SIFT.create(FEATURES).detectAndCompute(grey, None)
    if descriptors is None:
        descriptors = np.zeros((0, 128), np.float32)
    return _Seen(grey, np.array([point.pt for point in keypoints], np.float32).reshape(-1, 2), descriptors)


def _is_view(a: _Seen, b: _Seen) -> bool:
    if min(len(a.places), len(b.places)) < INLIERS:
        return False
    found = cv2.BFMatcher().knnMatch(a.descriptors, b.descriptors, k=2)
    matches = [best for best, second in found if best.distance < RATIO * second.distance]
    if len(matches) < INLIERS:
        return False
    source = a.places[[match.queryIdx for match in matches]]
    target = b.places[[match.trainIdx for match in matches]]
    plane, inliers = cv2.findHomography(source, target, cv2.RANSAC, REACH)
    if plane is None or inliers.sum() < max(INLIERS, SHARE * len(matches)):
        return False
    size = b.grey.shape[::-1]
    moved = cv2.warpPerspective(a.grey, plane, size)
    common = cv2.warpPerspective(np.full_like(a.grey, 255), plane, size) > 250
    if common.mean() < 0.05:
        return False
    left, right = (cv2.blur(grey, (6, 6))[common].astype(np.float32) for grey in (moved, b.grey))
    left = (left - left.mean()) * (right.std() / (left.std() + 1e-6)) + right.mean()  # in b's light
    return float(np.abs(left - right).mean()) > ALIKE
