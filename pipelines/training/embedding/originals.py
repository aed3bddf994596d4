"""Pictures to learn copies of: photographs, pages, scenes that are drawn; each time a little another one."""

from collections.abc import Callable, Sequence
from typing import NamedTuple

import cv2
import numpy as np
from PIL import Image

from lookalike.pipelines.training.embedding.scenes import draw_scene
from lookalike.pipelines.training.kinds.templates import TEMPLATES
from lookalike.pipelines.training.samples import samples
from lookalike.transforms.functional.drawing.procedural import draw_picture

PAGES, SCENES, DRAWN, CUTS = 0.13, 0.13, 0.04, 0.04
"""Shares of what is no photograph."""
SIDE = 240
"""Square root of the area of an original, px, about."""
KEPT, AGAIN = 120, 0.6
"""Drawn pictures that a process keeps, and the chance that one of them is shown again instead of a new one."""


class Original(NamedTuple):
    """name: equal for pictures of one content, which are no negatives of one another."""

    picture: Image.Image
    name: int


class Originals:
    """Draws originals. learned, beside: photographs to make copies of, and to show beside them."""

    def __init__(
        self, learned: Sequence[np.ndarray], beside: Sequence[np.ndarray], seed: int, photographs: float
    ) -> None:
        """photographs: the share of them; the rest is drawn."""
        self.learned, self._beside, self.share = learned, beside, photographs
        self.rng = np.random.default_rng((seed, 7))
        self.templates = list(TEMPLATES)
        self.kept: list[Original] = []
        self.next = (seed + 1) * 10_000_000

    def beside(self, count: int) -> list[Image.Image]:
        """Other photographs, none of which is learned."""
        return [Image.fromarray(self._beside[i]) for i in self.rng.integers(len(self._beside), size=count)]

    def draw(self) -> Original:
        """Some original."""
        rng = self.rng
        if rng.random() < self.share:
            number = int(rng.integers(len(self.learned)))
            return Original(_varied(Image.fromarray(self.learned[number]), rng), number)
        if len(self.kept) >= KEPT and rng.random() < AGAIN:
            chosen = self.kept[int(rng.integers(KEPT))]
        else:
            chosen = Original(self.drawn(), self.next)
            self.kept = [*self.kept[-KEPT + 1 :], chosen]
        return Original(_varied(chosen.picture, rng, 0.7), chosen.name)

    def drawn(self) -> Image.Image:
        """A page, a scene or a cut of a sample that was not there before."""
        self.next += 1
        rng, seed = self.rng, self.next
        ways: tuple[tuple[float, Callable[[], Image.Image]], ...] = (
            (PAGES, self._page),
            (SCENES, lambda: _coloured(draw_scene(seed, 224, samples()), rng)),
            (DRAWN, lambda: Image.fromarray(draw_picture(seed + 50_000_000, 280, 210))),
            (CUTS, lambda: _coloured(_cut(rng), rng)),
        )
        chance = rng.random() * sum(share for share, _ in ways)
        for share, way in ways:
            chance -= share
            if chance < 0:
                return way()
        return ways[-1][1]()

    def _page(self) -> Image.Image:
        name = self.templates[int(self.rng.integers(len(self.templates)))]
        page = TEMPLATES[name][1](np.random.default_rng(self.next), self.rng, *self.beside(2))
        page.thumbnail((360, 360))
        return page.convert("RGB")


def _cut(rng: np.random.Generator) -> np.ndarray:
    """A piece of one of the sample pictures, grey."""
    sample = samples()[int(rng.integers(len(samples())))]
    share = np.exp(rng.uniform(np.log(0.3), 0, 2))
    height, width = (np.array(sample.shape) * share).astype(int)
    top, left = int(rng.integers(sample.shape[0] - height + 1)), int(rng.integers(sample.shape[1] - width + 1))
    piece = sample[top : top + height, left : left + width]
    factor = SIDE / np.sqrt(height * width)
    return cv2.resize(piece, (max(48, round(width * factor)), max(48, round(height * factor))))


def _coloured(grey: np.ndarray, rng: np.random.Generator) -> Image.Image:
    """In grey, or its levels in colours from one to another, by way of a third."""
    if rng.random() < 0.25:
        return Image.fromarray(grey).convert("RGB")
    ends = np.sort(rng.uniform(0, 255, (3, 3)), 0) if rng.random() < 0.7 else rng.uniform(0, 255, (3, 3))
    table = np.stack([np.interp(np.arange(256), (0, 128, 255), ends[:, c]) for c in range(3)], 1)
    return Image.fromarray(table.round().astype(np.uint8)[grey])


def _varied(picture: Image.Image, rng: np.random.Generator, least: float = 0.45) -> Image.Image:
    """A part of it, perhaps mirrored, in other colours: one photograph is many originals. least: of its area."""
    width, height = picture.size
    area, stretch = np.exp(rng.uniform(np.log(least), 0)), np.exp(rng.normal(0, 0.12))
    wide, tall = min(width, int(width * np.sqrt(area) * stretch)), min(height, int(height * np.sqrt(area) / stretch))
    left, top = int(rng.integers(width - wide + 1)), int(rng.integers(height - tall + 1))
    factor = SIDE / np.sqrt(wide * tall) * np.exp(rng.uniform(-0.3, 0.15))
    pixels = np.asarray(picture)[top : top + tall, left : left + wide]
    size = max(48, round(wide * factor)), max(48, round(tall * factor))
    pixels = cv2.resize(pixels, size, interpolation=cv2.INTER_AREA if factor < 1 else cv2.INTER_LINEAR)
    if rng.random() < 0.4:
        pixels = pixels[:, ::-1]
    if rng.random() < 0.3:  # another light on the same thing
        mixed = (np.eye(3) + rng.normal(0, 0.22, (3, 3))) * np.exp(rng.normal(0, 0.15))
        pixels = np.clip(pixels.astype(np.float32) @ mixed.astype(np.float32), 0, 255).astype(np.uint8)
    if rng.random() < 0.12:
        pixels = np.asarray(Image.fromarray(np.ascontiguousarray(pixels)).rotate(rng.normal(0, 12), expand=False))
    return Image.fromarray(np.ascontiguousarray(pixels))
