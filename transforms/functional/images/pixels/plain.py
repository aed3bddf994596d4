"""Plain ground: a small grey picture in, whether it is a page, a form, a drawing or a product on white out.

Greys are counted and light is made even in `functional/native/plain.c`, or, where that was not built, here: with the
same bytes.
"""

import cv2
import numpy as np

from lookalike.transforms.functional.native.kernels import compiled

SHARE, GREYS = 0.25, 7
"""A picture is on plain ground if so many neighbouring greys hold this share of it."""
TILES, WRITTEN = 6, 40
"""Or of its tiles, so many to a side, if each of these is plain by half and has strokes that differ by so many greys.
"""
LIT_SHARE, STROKES, DARKEST, PAPER = 0.4, 11, 16, 240
"""Where the light was made even, so many tiles have to be plain. That takes strokes of up to so many px for writing,
no ground for darker than this grey, and gives it this one.
"""


def is_on_plain_ground(grey: np.ndarray) -> bool:
    """(h, w) uint8 -> is a part of it plain: paper, the ground of a form, a drawing or a product? That is where a small
    difference, such as another word, makes another picture. Grounds that are lighter on one side are plain tile by
    tile; so are skies, but on these nothing is written. Pages that were photographed, or whose corners are darker, are
    plain once the light is made even, which makes photographs plainer, too: there it takes more.
    """
    if told_of_all(grey)[0] >= SHARE or _written_share(grey) >= SHARE:
        return True
    return any(_written_share(_evenly_lit(one)) >= LIT_SHARE for one in (grey, 255 - grey))


def told_of_all(grey: np.ndarray) -> tuple[float, int]:
    """(h, w) uint8 -> the largest share of it that neighbouring greys hold, and the difference, in greys, between one
    pixel in fifty and forty-nine in fifty.
    """
    (share,), (spread,) = _told(grey, 1)
    return float(share), int(spread)


def _written_share(grey: np.ndarray) -> float:
    """Share of the tiles that are plain and have something on them."""
    shares, spread = _told(grey, TILES)
    return float(((shares >= 0.5) & (spread > WRITTEN)).mean())


def _told(grey: np.ndarray, tiles: int) -> tuple[np.ndarray, np.ndarray]:
    """(h, w) uint8 -> of each tile, of which there are as many as one to a side: the share that GREYS neighbouring
    greys hold at most, 0 of nothing; and the difference, in greys, between one pixel in fifty and forty-nine in fifty.
    """
    if compiled is None:
        held, count, spread = _told_slowly(grey, tiles)
    else:
        told, (height, width) = np.empty((3, tiles * tiles), np.int32), grey.shape
        compiled.plain(np.ascontiguousarray(grey), told, height, width, tiles, GREYS)
        held, count, spread = told
    return held / np.maximum(count, 1), spread


def _told_slowly(grey: np.ndarray, tiles: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """How many pixels these greys hold, of how many, and the difference."""
    rows, columns = (np.arange(side) * tiles // side for side in grey.shape)
    place = (rows[:, None] * tiles + columns) * 256 + grey
    counted = np.bincount(place.ravel(), minlength=tiles * tiles * 256).reshape(-1, 256)
    below = np.cumsum(counted, axis=1)
    held = np.concatenate([below[:, GREYS - 1 : GREYS], below[:, GREYS:] - below[:, :-GREYS]], 1).max(1)
    dark, light = ((below > share * below[:, -1:]).argmax(1) for share in (0.02, 0.98))
    return held, below[:, -1], light - dark


def _evenly_lit(grey: np.ndarray) -> np.ndarray:
    """(h, w) uint8 -> its greys as parts of the lightest around, on which dark strokes are: as if no side were darker.

    In whole numbers, which are the same on every machine.
    """
    around = cv2.morphologyEx(grey, cv2.MORPH_CLOSE, np.ones((STROKES, STROKES), np.uint8))
    if compiled is None:
        ground = np.maximum(around, DARKEST).astype(np.int32)
        return np.asarray((grey.astype(np.int32) * PAPER + ground // 2) // ground, np.uint8)
    lit, (height, width) = np.empty(grey.shape, np.uint8), grey.shape
    compiled.lit(np.ascontiguousarray(grey), np.ascontiguousarray(around), lit, height, width, DARKEST, PAPER)
    return lit
