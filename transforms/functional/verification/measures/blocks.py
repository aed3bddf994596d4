"""Blocks of windows that disagree, with texture in both pictures, and with texture in one only: where something else is
shown, it lies together.
"""

from typing import NamedTuple

import cv2
import numpy as np

from lookalike.transforms.functional.registration.agreement import Maps

FEW = 4
"""Windows below which a block is not counted."""


def block_measures(maps: Maps) -> dict[str, float]:
    """Of either kind the largest block, and windows that only one picture has, by which of the two has more."""
    totals = maps.totals
    voters = max(totals.textured, 1.0)
    less, more = sorted((totals.only_a, totals.only_b))
    both = _told(largest_block(maps.disagreeing & maps.both_textured, maps.weight), maps, voters)
    only = _told(largest_block(maps.only_a | maps.only_b, maps.weight), maps, voters)
    return {
        "only_more": more / voters,
        "only_less": less / voters,
        **{f"both_{name}": value for name, value in both.items()},
        **{f"only_{name}": value for name, value in only.items()},
    }


class Block(NamedTuple):
    """all: windows of the mask. size: of its largest block; texture: what weight this has. wide, high: of the box
    around it. blocks: how many there are of FEW windows or more.
    """

    all: float
    size: float
    texture: float
    wide: float
    high: float
    blocks: float


def largest_block(where: np.ndarray, weight: np.ndarray) -> Block:
    """A mask (h, w) bool, and (h, w) float32; of blocks of one size, the first, by squares of 2 x 2 windows."""
    if not where.any():
        return Block(0.0, 0.0, 0.0, 0.0, 0.0, 0.0)
    _, label, box, _ = cv2.connectedComponentsWithStats(where.view(np.uint8), connectivity=8, ltype=cv2.CV_16U)
    area = box[1:, cv2.CC_STAT_AREA]
    first = int(area.argmax()) + 1
    left, top, wide, high, size = box[first].tolist()
    place = slice(top, top + high), slice(left, left + wide)
    texture = np.add.accumulate(weight[place][label[place] == first], dtype=np.float64)[-1]
    return Block(*map(float, (area.sum(), size, texture, wide, high, np.count_nonzero(area >= FEW))))


def _told(block: Block, maps: Maps, voters: float) -> dict[str, float]:
    """The share of the mask in the textured windows; of its largest block the share of the overlap and of the texture,
    how much of its bounding box it fills, how long that box is, and how many blocks there are.
    """
    return {
        "share": block.all / voters,
        "area": block.size / maps.totals.windows,
        "texture": block.texture / max(maps.totals.weight, 1e-3),
        "fill": block.size / max(block.wide * block.high, 1.0),
        "long": max(block.wide, block.high) / max(maps.weight.shape),
        "blocks": block.blocks,
        "windows": block.size,
    }
