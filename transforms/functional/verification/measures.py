"""What a decision is made from: how two registered pictures agree, as numbers that mean the same for every pair.

Agreement as a whole says little of pages, where everything but one word is alike; so most measures are of places: the
worst of many small boxes, the largest block that disagrees, the cell in which fewest keypoints agree. None tells a from
b: what differs by which is which is sorted, or is read where the two are registered.
"""

import math
from typing import NamedTuple

import cv2
import numpy as np

from lookalike.transforms.functional.images import ssim
from lookalike.transforms.functional.registration.affine import determinant
from lookalike.transforms.functional.registration.agreement import DISAGREES, FAINT, TEXTURED, Maps
from lookalike.transforms.functional.registration.align import Alignment, View
from lookalike.transforms.functional.registration.boxes import NOWHERE, Box
from lookalike.transforms.functional.registration.warp import Warp
from lookalike.transforms.functional.verification.derivatives import derived

BOX = 7
"""Side of a box, in windows: about 15 px of a thumbnail, two lines of text of a page."""
SEEN = 0.6
"""Share of a box that has to lie in the overlap."""
FLAT = 3.0
"""Standard deviation, in grey levels, under which a window shows nothing."""
QUANTILES = (0.0, 0.01, 0.02, 0.05, 0.1, 0.5)
SHARES = np.array([0.02, 0.1, 0.5])
"""Of the texture, from where structure is least."""
LEVELS = 256
"""Steps between -1 and 1 in which structure is counted."""
CELLS = 4
"""Along each side of the common area, in which keypoints are counted."""
NEAR, FAR = 3.0, 20.0
"""Distances, in px of the coarser keypoint plane, between which a match lies beside its place."""
FULL = 4
"""Keypoints of either picture that a cell must hold to be told of."""
COARSE = 3
"""How many times smaller planes are compared once more."""
HALF = 2
"""How many times smaller planes are asked whether one is made of the other's edges."""
UNLIKE = 0.6
"""Weighted structure from which they are not asked."""
FLOW = 12
"""Side, in px, of the boxes in which registration is looked at."""


class Boxes(NamedTuple):
    """All boxes of the maps, by the window in their middle. structure: (h, w), weighted by texture. there: (h, w) bool,
    the box has texture and lies in the overlap.
    """

    structure: np.ndarray
    there: np.ndarray


def boxes(maps: Maps) -> Boxes:
    """What is seen in every box."""
    size = BOX, BOX
    around = cv2.boxFilter(maps.weight, -1, size, borderType=cv2.BORDER_REPLICATE)
    agreeing = cv2.boxFilter(maps.terms.structure * maps.weight, -1, size, borderType=cv2.BORDER_REPLICATE)
    seen = cv2.boxFilter(maps.inner.view(np.uint8), cv2.CV_32F, size, borderType=cv2.BORDER_CONSTANT)
    return Boxes(agreeing / np.maximum(around, 1e-3), (seen > SEEN) & (around > TEXTURED))


def worst_box(found: Boxes) -> tuple[Box, float]:
    """The box of b where structure is least, and how much there is; NOWHERE and 1 where no box has texture."""
    if not found.there.any():
        return NOWHERE, 1.0
    height, width = found.there.shape
    value, _, (x, y), _ = cv2.minMaxLoc(found.structure, found.there.view(np.uint8))
    left, top = max(0, x - BOX // 2), max(0, y - BOX // 2)
    right, bottom = min(width, x + BOX // 2 + 1), min(height, y + BOX // 2 + 1)
    return (left / width, top / height, (right - left) / width, (bottom - top) / height), value


def _quantiles(values: np.ndarray) -> list[float]:
    """Of values at QUANTILES; 1 where there are none."""
    if not len(values):
        return [1.0] * len(QUANTILES)
    places = [int(q * (len(values) - 1)) for q in QUANTILES]
    # faster than a partition at so many places
    return np.sort(values)[places].tolist()


def _box_measures(maps: Maps, seen: Boxes) -> dict[str, float]:
    values = seen.structure[seen.there]
    found = {f"box_{q:g}": v for q, v in zip(QUANTILES, _quantiles(values), strict=True)}
    found["boxes"] = len(values) / max(len(maps.inside.weight), 1)
    return found


def _window_measures(maps: Maps) -> dict[str, float]:
    """Of single windows: quantiles of their structure as the texture has it, and shares of kinds of windows."""
    structure, weight = maps.inside
    level = ((structure + 1) * (LEVELS / 2)).astype(np.intp)
    passed = np.cumsum(np.bincount(level, weight, LEVELS + 1))
    lowest = (np.searchsorted(passed, passed[-1] * SHARES) * (2 / LEVELS) - 1).tolist()
    found = {f"texture_{share:g}": value for share, value in zip(SHARES, lowest, strict=True)}
    more = np.sqrt(maps.more)
    found["flat"] = np.count_nonzero(maps.inner & (more < FLAT)) / len(structure)
    found["strong_agreeing"] = _mean(more, maps.textured ^ maps.disagreeing)
    found["strong_disagreeing"] = _mean(more, maps.disagreeing)
    found |= _without_sign(maps)
    less, largest = maps.less[maps.textured], maps.more[maps.textured]
    half = len(less) // 2
    found["gain"] = float(np.sqrt(np.partition(less / largest, half)[half])) if half else 1.0
    return found


def _without_sign(maps: Maps) -> dict[str, float]:
    """What agrees where light and dark changed places here and there, as in a solarised picture, and whether the one is
    made of the other's edges.
    """
    unlike = maps.agreement.weighted_structure < UNLIKE
    return {"unsigned": maps.unsigned, "active": maps.active, "derived": _derived(maps) if unlike else 0.0}


def _derived(maps: Maps) -> float:
    moved, plane, mask = (_whole(one, HALF) for one in (maps.moved, maps.plane, maps.mask))
    return derived(moved, plane, (mask > 0).view(np.uint8))


def _mean(values: np.ndarray, where: np.ndarray) -> float:
    return cv2.mean(values, where.view(np.uint8))[0]


def _block_measures(maps: Maps) -> dict[str, float]:
    """Of the largest connected blocks of windows that disagree, with texture in both, and with texture in one only."""
    weight, count = maps.weight, max(len(maps.inside.weight), 1)
    total, voters = max(float(weight.sum()), 1e-3), max(int(np.count_nonzero(maps.textured)), 1)
    sides = sorted((int(np.count_nonzero(maps.only_a)), int(np.count_nonzero(maps.only_b))))
    found = {"only_more": sides[1] / voters, "only_less": sides[0] / voters}
    kinds = (
        ("block", maps.disagreeing),
        ("both", maps.disagreeing & maps.both_textured),
        ("only", maps.only_a | maps.only_b),
    )
    for name, where in kinds:
        found |= {f"{name}_{key}": value for key, value in _largest(where, weight, total, count, voters).items()}
    return found


def _largest(where: np.ndarray, weight: np.ndarray, total: float, count: int, voters: int) -> dict[str, float]:
    """Of a mask: its share of the textured windows; of its largest block the share of the overlap and of the texture,
    how much of its bounding box it fills, how long that box is, and how many blocks there are.
    """
    if not where.any():
        return {"share": 0.0, "area": 0.0, "texture": 0.0, "fill": 0.0, "long": 0.0, "blocks": 0.0, "windows": 0.0}
    _, label, box, _ = cv2.connectedComponentsWithStats(where.view(np.uint8), connectivity=8, ltype=cv2.CV_16U)
    area = box[1:, cv2.CC_STAT_AREA]
    first = int(area.argmax()) + 1
    left, top, wide, high, size = box[first].tolist()
    part = label[top : top + high, left : left + wide] == first
    inside_it = weight[top : top + high, left : left + wide]
    return {
        "share": float(area.sum()) / voters,
        "area": size / count,
        "texture": float(inside_it[part].sum()) / total,
        "fill": size / (wide * high),
        "long": max(wide, high) / max(weight.shape),
        "blocks": float(np.count_nonzero(area >= 4)),
        "windows": float(size),
    }


def _whole(planes: np.ndarray, factor: int) -> np.ndarray:
    """(h, w) -> the same made smaller by a whole factor, what is left over at the right and below cut off."""
    height, width = planes.shape[0] // factor, planes.shape[1] // factor
    if not height or not width:
        return planes
    kept = planes[: height * factor, : width * factor]
    return cv2.resize(kept, (width, height), interpolation=cv2.INTER_AREA)


def _coarse_measures(maps: Maps) -> dict[str, float]:
    """The same agreement at a third of the size: noise, halftone, blur, small misplacements vanish, other content does
    not.
    """
    a, b, mask = (_whole(plane, COARSE) for plane in (maps.moved, maps.plane, maps.mask))
    found = ssim.moments(a, b)
    inner = mask > 0
    structure = ssim.structure(found)[inner]
    if not len(structure):
        return {"coarse": 0.0, "coarse_disagreeing": 1.0, "coarse_0.02": 0.0, "coarse_0.1": 0.0, "coarse_faint": 1.0}
    var_a, var_b = found.var_a[inner], found.var_b[inner]
    weight = np.sqrt(var_a) + np.sqrt(var_b)
    more, less = np.maximum(var_a, var_b), np.minimum(var_a, var_b)
    textured = more > TEXTURED**2
    seen = structure[textured] if textured.any() else np.ones(1, np.float32)
    low, higher = int(0.02 * (len(seen) - 1)), int(0.1 * (len(seen) - 1))
    ordered = np.partition(seen, (low, higher))
    return {
        "coarse": float(np.dot(structure, weight) / max(float(weight.sum()), 1e-9)),
        "coarse_disagreeing": np.count_nonzero(seen < DISAGREES) / len(seen),
        "coarse_0.02": float(ordered[low]),
        "coarse_0.1": float(ordered[higher]),
        "coarse_faint": np.count_nonzero(textured & (less < FAINT**2 * more)) / len(seen),
    }


def _page_measures(maps: Maps) -> dict[str, float]:
    """What kind of picture it is: the share of the commonest grey (a page has one), and how many greys there are."""
    counted = cv2.calcHist([maps.plane], [0], maps.mask, [256], [0, 256]).ravel()
    total = max(float(counted.sum()), 1.0)
    near = np.convolve(counted, np.ones(5, np.float32), "same")
    share = counted[counted > 0] / total
    return {"commonest": float(near.max()) / total, "entropy": float(-(share * np.log2(share)).sum())}


def _flow_measures(maps: Maps) -> dict[str, float]:
    """Where registration is off, box by box: the displacement that would mend it (Lucas, Kanade 1981), px. Another
    view of a scene is off by depth, here one way and there another; a copy is not off, or smoothly.
    """
    if min(maps.plane.shape) < FLOW:
        return {"flow": 0.0, "flow_0.9": 0.0, "flow_rough": 0.0}
    x: np.ndarray = cv2.Sobel(maps.plane, cv2.CV_32F, 1, 0, ksize=3, scale=1 / 8)
    y: np.ndarray = cv2.Sobel(maps.plane, cv2.CV_32F, 0, 1, ksize=3, scale=1 / 8)
    difference: np.ndarray = cv2.subtract(maps.moved, maps.plane, dtype=cv2.CV_32F)
    difference -= cv2.blur(difference, (15, 15))
    pairs = ((x, x), (y, y), (x, y), (x, difference), (y, difference))
    xx, yy, xy, xd, yd = (_whole(cv2.multiply(one, other), FLOW) for one, other in pairs)
    there = _whole(maps.mask, FLOW) > 0
    low = (xx + yy) / 2 - np.sqrt(np.square((xx - yy) / 2) + xy * xy)
    there &= low > 2.0
    if np.count_nonzero(there) < 4:
        return {"flow": 0.0, "flow_0.9": 0.0, "flow_rough": 0.0}
    off = np.stack([yy * xd - xy * yd, xx * yd - xy * xd]) / (xx * yy - xy * xy + 1e-3)
    moved = np.hypot(*off)[there]
    half, most = len(moved) // 2, int(0.9 * (len(moved) - 1))
    inner = there[1:, 1:] & there[:-1, 1:] & there[1:, :-1]
    from_above, from_left = off[:, 1:, 1:] - off[:, :-1, 1:], off[:, 1:, 1:] - off[:, 1:, :-1]
    steps = np.hypot(*np.maximum(np.abs(from_above), np.abs(from_left)))[inner]
    ordered = np.partition(moved, (half, most))
    return {
        "flow": float(ordered[half]),
        "flow_0.9": float(ordered[most]),
        "flow_rough": float(np.partition(steps, len(steps) // 2)[len(steps) // 2]) if len(steps) else 0.0,
    }


def local_measures(maps: Maps, seen: Boxes) -> dict[str, float]:
    """All that the maps tell. seen: their boxes."""
    return (
        _box_measures(maps, seen)
        | _window_measures(maps)
        | _block_measures(maps)
        | _coarse_measures(maps)
        | _page_measures(maps)
        | _flow_measures(maps)
    )


COLOUR_CELL, COLOUR_CELLS = 4, 8
"""Pixels of half a thumbnail over which colours are averaged; fewer where its shorter side has not so many cells."""
COLOURED = {"chroma": 0.0, "chroma_0.95": 0.0, "recoloured": 0.0, "recoloured_0.95": 0.0, "saturation": 0.0}


def colour_measures(a: np.ndarray, b: np.ndarray, mask: np.ndarray) -> dict[str, float]:
    """Registered (h, w, 3) uint8 BGR pictures and a mask of where both are -> how their colours differ: as they are,
    and after the one linear map of all colours that brings them nearest, since a copy may be tinted as a whole.
    """
    cell = min(COLOUR_CELL, max(1, min(a.shape[:2]) // COLOUR_CELLS))
    size = max(1, a.shape[1] // cell), max(1, a.shape[0] // cell)
    small_a, small_b = (cv2.resize(p, size, interpolation=cv2.INTER_AREA) for p in (a, b))
    places = np.flatnonzero(cv2.resize(mask * np.uint8(255), size, interpolation=cv2.INTER_AREA) > 128)
    if len(places) < 12:
        return dict(COLOURED)
    seen = np.stack([small.reshape(-1, 3).take(places, 0) for small in (small_a, small_b)])
    lab = cv2.cvtColor(seen, cv2.COLOR_BGR2LAB).astype(np.float32) - 128
    difference, left = _chroma(lab[0] - lab[1]), _residual(lab)
    saturation = min(cv2.mean(_chroma(one))[0] for one in lab)
    rank = int(0.95 * (len(difference) - 1))
    return {
        "chroma": cv2.mean(difference)[0],
        "chroma_0.95": float(np.partition(difference, rank)[rank]),
        "recoloured": cv2.mean(left)[0],
        "recoloured_0.95": float(np.partition(left, rank)[rank]),
        "saturation": saturation,
    }


def _chroma(lab: np.ndarray) -> np.ndarray:
    """(..., 3) -> (...): what is not lightness."""
    apart = np.abs(lab)
    return np.asarray(apart[..., 1] + apart[..., 2])


def _residual(lab: np.ndarray) -> np.ndarray:
    """(2, n, 3) -> (n,) chroma of either that no affine map of the other explains, whichever is less: one of the two
    may have been made grey.
    """
    lab_a, lab_b = lab
    one = np.ones((len(lab_a), 1), np.float32)
    whole = np.hstack([lab_a, one, lab_b, one])
    products = (whole.T @ whole).astype(np.float64)
    a_of_a, b_of_a, a_of_b, b_of_b = products[:4, :4], products[:4, 4:7], products[4:, :3], products[4:, 4:]
    _, to_b = cv2.solve(a_of_a + _RIDGE, b_of_a)
    _, to_a = cv2.solve(b_of_b + _RIDGE, a_of_b)
    a_left = lab_a - whole[:, 4:] @ to_a.astype(np.float32)
    b_left = lab_b - whole[:, :4] @ to_b.astype(np.float32)
    return np.minimum(_chroma(a_left), _chroma(b_left))


_RIDGE = np.eye(4)
"""Keeps the map of colours solvable where one picture is grey."""

NO_KEYPOINTS = {
    "inliers": 0.0,
    "share": 0.0,
    "outside_less": 0.0,
    "outside_more": 0.0,
    "common_less": 0.0,
    "common_more": 0.0,
    "scale": 0.0,
    "drift": 1.0,
    "drift_0.9": 2.0,
    "off_0.9": 3.0,
    "alike": 0.6,
    "beside": 1.0,
    "grown": 0.5,
    "turned": 0.5,
    "cell_0": 0.0,
    "cell_0.25": 0.0,
    "cell_0.5": 0.0,
    "spread": 0.0,
}
"""Of pictures that were stretched onto one another."""


def keypoint_measures(a: View, b: View, found: Alignment, matrix: np.ndarray, signs: np.ndarray) -> dict[str, float]:
    """How the keypoints agree: as a whole, in the cells of the common area, how far they lie off, and what lies outside
    of it. matrix: (3, 3), the registration, a homography. signs: of the descriptors' axes under the alignment's parity.
    """
    moved = a.keypoints.xy[found.common_a] @ found.matrix[:2, :2].T + found.matrix[:2, 2]
    own = b.keypoints.xy[found.common_b]
    i, j = found.inliers.T
    outside = sorted((1 - len(moved) / len(found.common_a), 1 - len(own) / len(found.common_b)))
    counts = sorted((len(moved), len(own)))
    out = {
        "inliers": float(len(found.inliers)),
        "share": found.share,
        "outside_less": outside[0],
        "outside_more": outside[1],
        "common_less": float(counts[0]),
        "common_more": float(counts[1]),
        "scale": abs(math.log(max(abs(determinant(found.matrix)), 1e-9))) / 2,
    }
    mates = b.keypoints.xy.take(j, 0)
    points = a.keypoints.xy.take(i, 0) @ matrix[:, :2].T + matrix[:, 2]
    off_x, off_y = (points[:, :2] / points[:, 2:] - mates).T
    distance = np.hypot(off_x, off_y)
    gain = max(1.0, abs(determinant(matrix)) ** 0.5)
    off = np.sort(distance / gain)
    off_radii = np.sort(distance / gain / np.maximum(a.keypoints.size[i] / 2, 1))
    out["drift"], out["drift_0.9"] = float(off_radii[len(off) // 2]), float(off_radii[int(0.9 * (len(off) - 1))])
    out["off_0.9"] = float(off[int(0.9 * (len(off) - 1))])
    out["alike"] = float(np.vdot(a.components.take(i, 0) * signs, b.components.take(j, 0))) / len(i)
    out |= _match_measures(a, b, found, gain)
    count_a, count_b, held = _counted(moved, own, mates)
    fewer = np.minimum(count_a, count_b)
    rich = fewer >= FULL
    share = np.sort(held[rich] / fewer[rich]) if rich.any() else np.array([found.share])
    out["cell_0"], out["cell_0.25"] = float(min(share[0], 1.0)), float(min(share[len(share) // 4], 1.0))
    out["cell_0.5"] = float(min(share[len(share) // 2], 1.0))
    filled = np.maximum(count_a, count_b) >= FULL + 1
    out["spread"] = np.count_nonzero(held[filled]) / int(filled.sum()) if filled.any() else 1.0
    return out


def _counted(moved: np.ndarray, own: np.ndarray, mates: np.ndarray) -> list[np.ndarray]:
    """(n, 2) points of a and of b in the common area, and inliers, all in b's plane -> how many of each lie in each of
    CELLS x CELLS cells of the area that the points of both reach over.
    """
    xy = np.concatenate([moved, own, mates]).T.copy()  # reductions along rows are faster
    ends = len(moved), len(moved) + len(own)
    both = xy[:, : ends[1]]
    low = both.min(1, keepdims=True)
    size = np.maximum(both.max(1, keepdims=True) - low, 1e-3)
    column, row = ((xy - low) / size * CELLS).clip(0, CELLS - 1).astype(np.intp)
    cells = column + CELLS * row
    parts = cells[: ends[0]], cells[ends[0] : ends[1]], cells[ends[1] :]
    return [np.bincount(part, minlength=CELLS * CELLS) for part in parts]


def _match_measures(a: View, b: View, found: Alignment, gain: float) -> dict[str, float]:
    """Of all matches, those that lie beside where the alignment puts them, as depth moves them, for each inlier; and by
    how much inliers differ in how they grew and turned: in a copy all did alike.
    """
    i, j = found.matches.T
    off = a.keypoints.xy.take(i, 0) @ found.matrix[:2, :2].T + found.matrix[:2, 2] - b.keypoints.xy.take(j, 0)
    distance = np.hypot(off[:, 0], off[:, 1]) / gain
    beside = np.count_nonzero((distance >= NEAR) & (distance < FAR))
    i, j = found.inliers.T
    grown = np.log(b.keypoints.size[j] / np.maximum(a.keypoints.size[i], 1e-3))
    turn = b.keypoints.angle[j] - a.keypoints.angle[i] * (-1 if found.parity in (1, 3) else 1)
    # directions are averaged as vectors, which have no seam
    together = np.hypot(np.cos(turn).mean(), np.sin(turn).mean())
    middle = np.partition(grown, len(grown) // 2)[len(grown) // 2]
    return {
        "beside": float(beside) / len(i),
        "grown": float(np.abs(grown - middle).mean()),
        "turned": float(1 - together),
    }


def warp_measures(warp: Warp | None, rise: float) -> dict[str, float]:
    """Of the smooth map that was looked for where no straight one explained all; see `warp.Warp`."""
    if warp is None:
        return dict.fromkeys(("warp_rise", "warp_inliers", "warp_share", "warp_bend", "warp_crosswise"), 0.0)
    return {
        "warp_rise": rise,
        "warp_inliers": float(len(warp.inliers)),
        "warp_share": warp.share,
        "warp_bend": warp.bend,
        "warp_crosswise": warp.crosswise,
    }
