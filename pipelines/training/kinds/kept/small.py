"""What is small and drawn, at its own size and at others: icons, faces, marks; pixel art and its enlargements."""

from collections.abc import Sequence

import numpy as np
from PIL import Image

from lookalike.pipelines.training.kinds.kept.ways import resaved, resized, told_apart, written
from lookalike.pipelines.training.kinds.pages import drawings
from lookalike.pipelines.training.kinds.tools.canvas import Rng, pick, plain, ratio
from lookalike.pipelines.training.kinds.tools.fields import Fields

SIZES = (16, 18, 20, 24, 32, 40, 48, 64, 72, 96, 128, 144, 192, 256)
"""Longer sides at which icons are delivered, px."""
DRAWN = (
    *(drawings.pictogram, drawings.pictogram, drawings.smiley, drawings.smiley, drawings.avatar, drawings.identicon),
    *(drawings.logo, drawings.monogram, drawings.sign, drawings.flag_of_stripes, drawings.clock),
)
CONTENTS, TRIES = 3, 9
"""Different pictures of a set, and draws for them: at their smallest they have to be told apart."""
LEVELS = {"one": 0.3, "few": 0.4, "all": 0.3}
"""How much of a drawing is another one's own."""


def _sized(image: Image.Image, side: int) -> Image.Image:
    return resized(image, side / max(image.size), Image.Resampling.LANCZOS)


def small_drawings(rng: Rng, ground: Image.Image, others: Sequence[Image.Image]) -> list[list[Image.Image]]:
    """Icons, faces, marks of one make, each at two sizes and each of these kept once more."""
    drawing, design = pick(rng, DRAWN), int(rng.integers(2**62))
    sides = sorted(int(side) for side in rng.choice(SIZES, 2, replace=False))
    smallest: list[Image.Image] = []
    groups = []
    for _ in range(TRIES):
        fields = Fields(np.random.default_rng(design), rng, ground, others[0], LEVELS, False)
        large = drawing(fields)
        small = _sized(large, sides[0])
        if all(told_apart(small, other) for other in smallest):
            smallest.append(small)
            again = _sized(large, sides[1])
            groups.append([small, resaved(small, rng), again, resaved(again, rng)])
        if len(groups) == CONTENTS:
            break
    return groups


def _colours(rng: Rng, count: int) -> np.ndarray:
    """(count, 3) uint8, the first of the ground."""
    return np.array([plain(rng), *rng.integers(0, 256, (count - 1, 3)).tolist()], np.uint8)


def sprites(rng: Rng, _: Image.Image, __: Sequence[Image.Image]) -> list[list[Image.Image]]:
    """A figure of pixels, its other palettes and its other poses, each at its own size and at multiples of it."""
    side, kinds = int(rng.choice((16, 16, 20, 24, 32, 32, 48, 64))), int(rng.integers(3, 7))
    grain = int(rng.integers(1, 3)) if side < 24 else int(rng.integers(1, 5))
    cells = rng.integers(0, kinds, (-(-side // grain), -(-side // grain)))
    cells = np.kron(cells, np.ones((grain, grain), int))[:side, :side]
    rows, columns = np.mgrid[:side, :side] - (side - 1) / 2
    cells[np.hypot(rows * float(rng.uniform(0.8, 1.3)), columns * float(rng.uniform(0.8, 1.3))) > side * 0.48] = 0
    if rng.random() < 0.7:
        cells[:, side - side // 2 :] = cells[:, : side // 2][:, ::-1]
    colours = _colours(rng, kinds)
    swapped = [(cells, _swapped(rng, colours)) for _ in range(2)]
    shown = [(cells, colours), *swapped, *((_posed(rng, cells), colours) for _ in range(2))]
    groups: list[list[Image.Image]] = []
    for grid, palette in shown:
        own = Image.fromarray(palette[grid])
        if not all(told_apart(own, group[0]) for group in groups):
            continue
        large = [own.resize((side * n, side * n), Image.Resampling.NEAREST) for n in (2, 3, 4, 8) if side * n <= 520]
        chosen = [large[int(n)] for n in rng.choice(len(large), min(2, len(large)), replace=False)]
        soft = resized(own, 2, pick(rng, (Image.Resampling.BILINEAR, Image.Resampling.BICUBIC)))
        groups.append([own, *chosen, pick(rng, (soft, written(own, rng), written(chosen[0], rng)))])
    return groups


def _swapped(rng: Rng, colours: np.ndarray) -> np.ndarray:
    """Another palette: all colours but the ground are other ones, or some of them."""
    new = colours.copy()
    for place in rng.choice(np.arange(1, len(colours)), int(rng.integers(1, len(colours))), replace=False):
        new[place] = (new[place].astype(int) + rng.choice((-1, 1), 3) * rng.integers(70, 128, 3)) % 256
    return new


def _posed(rng: Rng, cells: np.ndarray) -> np.ndarray:
    """The figure with a limb elsewhere: a band of it, mostly the legs, is moved sideways."""
    new, side = cells.copy(), len(cells)
    tall = int(side * rng.uniform(0.2, 0.4))
    top = side - tall if rng.random() < 0.5 else int(rng.integers(0, side - tall))
    by = max(1, round(side * ratio(rng, 0.015, 0.15)))
    new[top : top + tall] = np.roll(new[top : top + tall], by * int(rng.choice((-1, 1))), 1)
    return new
