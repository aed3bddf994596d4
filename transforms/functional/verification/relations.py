"""What one picture is to another: the names of the relations, and which of them a copy is by what either shows beyond
what is common.

The relation of a pair (a, b) is that of a to b: `part` says that a lies in b, `whole` that b lies in a.
"""

from collections.abc import Iterable

import cv2
import numpy as np

from lookalike.transforms.functional.native.kernels import compiled
from lookalike.transforms.functional.registration.affine import adjugate, moved
from lookalike.transforms.functional.registration.agreement import covered_share
from lookalike.transforms.functional.registration.align import View
from lookalike.transforms.functional.registration.boxes import Box

RELATIONS = ("", "same", "overlaid", "part", "whole", "overlap", "variant", "view")
"""None; each shows all that the other shows; one is the other with something laid over it; a lies in b; b lies in a;
each shows something that the other does not; one ground with contents of their own; another shot of what is shown."""
COPIES = ("same", "overlaid", "part", "whole", "overlap")
"""Relations of pictures that are the same in what they have in common."""
JOINING = ("same", "overlaid", "part", "whole")
"""Relations that make clusters, if the configuration does not say otherwise."""

SHOWN = 0.9
"""Of a picture's area: where the other shows so much of it, nothing was cut off that is worth a name. Cutting 2.5 % off
each side leaves .90."""
BARE = 0.05
"""Of a picture's keypoints: where no more lie outside of what is common, that is a frame, a bar or a plain margin.
Plain frames and pictures in perspective have at most .033 there, crops cut away .33 by the median and .079 or more in
nine of ten, and pages, collages and screenshots have .28 and more around a picture."""
SLACK = 0.02
"""Of a picture's sides: so far outside of it is still its edge, where a frame around it has keypoints."""
PLAIN = 3.0
"""Standard deviation, in grey levels, below which a row or column at the edge of a picture is a frame or a margin."""


def turned(relation: str) -> str:
    """The relation of a to b -> that of b to a."""
    return {"part": "whole", "whole": "part"}.get(relation, relation)


def from_either_side(relations: Iterable[str]) -> frozenset[str]:
    """Relations -> these, and what they are from the other side."""
    return frozenset(name for relation in relations for name in (relation, turned(relation)))


def content_box(grey: np.ndarray) -> Box:
    """A grey (h, w) picture -> the box that is left when plain rows and columns are cut off its edges; all of it where
    none is left.
    """
    height, width = grey.shape
    if compiled is None:
        left, top, right, bottom = _content_slowly(grey)
    else:
        left, top, right, bottom = compiled.content(np.ascontiguousarray(grey), height, width, PLAIN**2)
    return left / width, top / height, (right - left) / width, (bottom - top) / height


def _content_slowly(grey: np.ndarray) -> tuple[int, int, int, int]:
    """Its left and top, px, and where it ends."""
    height, width = grey.shape
    top, bottom, left, right = 0, height, 0, width
    while True:
        part = grey[top:bottom, left:right].astype(np.float32)
        rows, columns = (np.flatnonzero(_variances(part, axis) >= PLAIN**2) for axis in (1, 0))
        if not len(rows) or not len(columns):
            return 0, 0, width, height
        size = bottom - top, right - left
        top, bottom = top + int(rows[0]), top + int(rows[-1]) + 1
        left, right = left + int(columns[0]), left + int(columns[-1]) + 1
        if (bottom - top, right - left) == size:
            return left, top, right, bottom


def _variances(part: np.ndarray, axis: int) -> np.ndarray:
    """Of whole numbers up to 255, (h, w) float32, along an axis, exactly: -> (h,) or (w,)."""
    sums = (cv2.reduce(one, axis, cv2.REDUCE_SUM, dtype=cv2.CV_64F).ravel() for one in (part, cv2.multiply(part, part)))
    total, squares = sums
    count = part.shape[axis]
    return np.asarray((squares - total * total / count) / count)


def beyond(xy: np.ndarray, matrix: np.ndarray, shape: tuple[float, float]) -> float:
    """Share of a picture's (n, 2) keypoints that the (3, 3) homography puts outside of another of `shape`, (h, w); 0
    where there are none.
    """
    if not len(xy):
        return 0.0
    x, y, depth = moved(matrix, xy)
    if matrix[2, 2] < 0:
        x, y, depth = -x, -y, -depth
    height, width = shape
    # behind the plane's horizon is outside too
    held = (depth > 0) & _between(x, width, depth) & _between(y, height, depth)
    return 1.0 - np.count_nonzero(held) / len(xy)


def _between(place: np.ndarray, size: float, depth: np.ndarray) -> np.ndarray:
    """Does a place, times its depth, lie along a side of this size?"""
    return (place >= -SLACK * size * depth) & (place <= (1 + SLACK) * size * depth)


def contained(a: View, b: View, box_a: Box, box_b: Box, matrix: np.ndarray) -> str:
    """Two views, their boxes of content, and a's (3, 3) homography onto b -> their `containment`.

    Only where there is content can something be shown: of a picture that was cut and then framed, what was cut off lies
    on the frame.
    """
    (from_a, size_a), (from_b, size_b) = (_placed(box, view.shape) for box, view in ((box_a, a), (box_b, b)))
    back = adjugate(matrix)
    covered = covered_share(size_a, size_b, _told_from(matrix, from_a, from_b))
    overlap = covered_share(size_b, size_a, _told_from(back, from_b, from_a))
    # where nothing was cut off it does not matter what lies beyond
    beyond_a = beyond(a.keypoints.xy, _told_from(matrix, (0.0, 0.0), from_b), size_b) if covered < SHOWN else 0.0
    beyond_b = beyond(b.keypoints.xy, _told_from(back, (0.0, 0.0), from_a), size_a) if overlap < SHOWN else 0.0
    return containment(covered, overlap, beyond_a, beyond_b)


def _placed(box: Box, shape: tuple[int, int]) -> tuple[tuple[float, float], tuple[float, float]]:
    """A box of a plane of (h, w) -> x and y of its corner, px, and its (h, w)."""
    left, top, width, height = box
    return (left * shape[1], top * shape[0]), (height * shape[0], width * shape[1])


def _told_from(matrix: np.ndarray, start: tuple[float, float], end: tuple[float, float]) -> np.ndarray:
    """A (3, 3) homography between places told from the corner of the plane -> the same between places told from `start`
    in the one and from `end` in the other.
    """
    if not any(start) and not any(end):
        return matrix
    told = matrix.copy()
    told[:, 2] += matrix[:, 0] * start[0] + matrix[:, 1] * start[1]
    told[:2] -= np.multiply.outer(end, told[2])
    return told


def containment(covered: float, overlap: float, beyond_a: float, beyond_b: float) -> str:
    """Which of same, part, whole and overlap a copy is.

    covered: share of a's content that lies on b's. overlap: share of b's that a's covers. beyond_a, beyond_b: shares of
    their keypoints outside of what is common.

    A picture has content of its own where the other does not show all of it, and there is something to see in the rest.
    """
    more_a = covered < SHOWN and beyond_a > BARE
    more_b = overlap < SHOWN and beyond_b > BARE
    if more_a and more_b:
        return "overlap"
    return "whole" if more_a else "part" if more_b else "same"
