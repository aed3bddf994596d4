"""Panels: a grey picture in, where the pictures lie of which it is composed, such as the tiles of a collage.

Where two pictures meet, or one ends on a page or a screen, nearly all of a straight line changes at once, and far more
than a few pixels beside it; or a gutter lies between them. The picture is cut along such lines, and each piece again
(the X-Y cut of Nagy and Seth 1984), down to pieces that have none. What is plain among these is ground, text or a
caption, and no panel.

In `functional/native/lines.c`, or, where that was not built, here: with the same result.
"""

import itertools
from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from lookalike.transforms.functional.images.pixels.plain import told_of_all
from lookalike.transforms.functional.native.kernels import compiled

STEP, SHARE = 12, 0.8
"""Along a seam, so large a share of the pixels differs by so many grey levels across it."""
TIMES, NEAR, FAR = 2, 4, 7
"""How many times as much is changed at a seam as NEAR to FAR pixels beside it."""
GUTTER = 10
"""Grey levels within which a gutter between pictures is plain."""
LEAST = 24
"""Shortest side of a panel, px."""
PLAIN, VARIED = 1 / 3, 40
"""Of a panel, neighbouring greys hold a smaller share than this, and one pixel in fifty is by so much darker than one
in fifty is."""


class Lines(NamedTuple):
    """The columns of a picture, or its rows. length: of each, px. Of each, (n,) int32: change: how much the pixels on
    either side of it differ, added up along it; held: how many of them differ by STEP; both are 0 of the first and the
    last. low, high: its darkest and its lightest grey.
    """

    length: int
    change: np.ndarray
    held: np.ndarray
    low: np.ndarray
    high: np.ndarray


class Piece(NamedTuple):
    """Where a part of a picture lies, px."""

    top: int
    left: int
    height: int
    width: int

    def of(self, grey: np.ndarray) -> np.ndarray:
        """(h, w), the picture -> the part, a view."""
        return grey[self.top : self.top + self.height, self.left : self.left + self.width]


Part = tuple[int, int]
"""First line of a part of a picture, and its end."""


def panels(grey: np.ndarray) -> list[Piece]:
    """(h, w) uint8 of any size, best about 220 x 220 px -> its panels; none where the picture is one."""
    return [piece for piece, plain in _told(grey) if plain < PLAIN]


def shown_pieces(grey: np.ndarray) -> list[Piece]:
    """The same -> all pieces that show something: its panels, and text, and panels that lie together on ground."""
    return [piece for piece, _ in _told(grey)]


def _told(grey: np.ndarray) -> Iterator[tuple[Piece, float]]:
    """The pieces that show something, each with the share of it that neighbouring greys hold."""
    whole = Piece(0, 0, *grey.shape)
    for piece in _pieces(grey, whole):
        if piece == whole:
            continue
        plain, spread = told_of_all(piece.of(grey))
        if spread > VARIED:
            yield piece, plain


def _pieces(grey: np.ndarray, part: Piece) -> Iterator[Piece]:
    """What is left of a part of a picture where there is nothing to be cut any more."""
    top, left, height, width = part
    if min(height, width) < LEAST:
        return
    columns, rows = lines(part.of(grey))
    for parts in (between_seams, between_gutters):
        if len(found := parts(columns)) > 1:
            pieces = [Piece(top, left + first, height, end - first) for first, end in found]
        elif len(found := parts(rows)) > 1:
            pieces = [Piece(top + first, left, end - first, width) for first, end in found]
        else:
            continue
        for piece in pieces:
            yield from _pieces(grey, piece)
        return
    yield part


def between_seams(across: Lines) -> list[Part]:
    """All lines of a picture -> the parts that lie between seams."""
    lasting = across.held >= SHARE * across.length
    if not lasting.any():
        return []
    change, count, reach = across.change.astype(np.int64), len(across.change), FAR - NEAR + 1
    ends = [np.repeat(change[at], FAR) for at in (0, -1)]
    sums = np.cumsum(np.concatenate([[0], ends[0], change, ends[1]]))
    around = sums[reach:] - sums[:-reach]  # of so many lines, from the one FAR before the first
    beside = np.maximum(around[:count], around[FAR + NEAR : FAR + NEAR + count])
    is_seam = lasting & (change * reach >= TIMES * (beside + reach * across.length))
    seams = [first + int(change[first:end].argmax()) for first, end in _runs(is_seam)]
    return list(itertools.pairwise([0, *seams, count]))


def between_gutters(across: Lines) -> list[Part]:
    """The same, between lines that are plain. What is narrower than a panel, such as a line of text, is left out."""
    return [(first, end) for first, end in _runs(across.high - across.low > GUTTER) if end - first >= LEAST]


def _runs(holds: np.ndarray) -> list[Part]:
    """(n,) bool -> first and end of each run of true."""
    framed = np.zeros(len(holds) + 2, bool)
    framed[1:-1] = holds
    changes = np.flatnonzero(framed[1:] != framed[:-1]).tolist()
    return list(zip(changes[::2], changes[1::2], strict=True))


def lines(grey: np.ndarray) -> tuple[Lines, Lines]:
    """(h, w) uint8 -> its columns and its rows."""
    if compiled is None:
        return _lines_slowly(grey), _lines_slowly(grey.T)
    height, width = grey.shape
    columns, rows = np.empty((4, width), np.int32), np.empty((4, height), np.int32)
    compiled.lines(np.ascontiguousarray(grey), columns, rows, height, width, STEP)
    return Lines(height, *columns), Lines(width, *rows)


def _lines_slowly(grey: np.ndarray) -> Lines:
    """Its columns."""
    change = np.zeros(grey.shape, np.int32)
    change[:, 1:-1] = np.abs(grey[:, 2:].astype(np.int32) - grey[:, :-2])
    found = change.sum(0), (change >= STEP).sum(0), grey.min(0), grey.max(0)
    return Lines(len(grey), *(values.astype(np.int32) for values in found))
