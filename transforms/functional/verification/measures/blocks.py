"""Blocks of windows that disagree, with texture in both pictures, and with texture in one only: where something else is
shown, it lies together.
"""

import cv2
import numpy as np

from lookalike.transforms.functional.registration.agreement import Maps


def block_measures(maps: Maps) -> dict[str, float]:
    """Of either kind the largest block, and windows that only one picture has, by which of the two has more."""
    windows = max(len(maps.inside.weight), 1)
    total, voters = max(float(maps.inside.weight.sum()), 1e-3), max(int(np.count_nonzero(maps.textured)), 1)
    less, more = sorted((int(np.count_nonzero(maps.only_a)), int(np.count_nonzero(maps.only_b))))
    both = _largest(maps.disagreeing & maps.both_textured, maps.weight, total, windows, voters)
    only = _largest(maps.only_a | maps.only_b, maps.weight, total, windows, voters)
    return {
        "only_more": more / voters,
        "only_less": less / voters,
        **{f"both_{name}": value for name, value in both.items()},
        **{f"only_{name}": value for name, value in only.items()},
    }


def _largest(where: np.ndarray, weight: np.ndarray, total: float, windows: int, voters: int) -> dict[str, float]:
    """Of a mask: its share of the textured windows; of its largest block the share of the overlap and of the texture,
    how much of its bounding box it fills, how long that box is, and how many blocks there are.
    """
    if not where.any():
        return dict(_NONE)
    _, label, box, _ = cv2.connectedComponentsWithStats(where.view(np.uint8), connectivity=8, ltype=cv2.CV_16U)
    area = box[1:, cv2.CC_STAT_AREA]
    first = int(area.argmax()) + 1
    left, top, wide, high, size = box[first].tolist()
    place = slice(top, top + high), slice(left, left + wide)
    return {
        "share": float(area.sum()) / voters,
        "area": size / windows,
        "texture": float(weight[place][label[place] == first].sum()) / total,
        "fill": size / (wide * high),
        "long": max(wide, high) / max(weight.shape),
        "blocks": float(np.count_nonzero(area >= 4)),
        "windows": float(size),
    }


_NONE = dict.fromkeys(("share", "area", "texture", "fill", "long", "blocks", "windows"), 0.0)
