"""What is b to a? Two pictures' features in, Evidence out; the Evidence of many pairs in, a Decision on each out.

Two pictures are registered: by their keypoints, or, where those are too worn and embeddings say so, by stretching the
one onto the other; then along a smooth map, where no straight one explains what many keypoints say is the same. What is
measured of them so (`measures`) is what the decision is learnt from.
"""

import functools
from collections.abc import Sequence
from typing import NamedTuple

import cv2
import numpy as np

from lookalike.transforms.functional.images.planes import keypoint_size
from lookalike.transforms.functional.keypoints import keypoints as kp
from lookalike.transforms.functional.keypoints.keypoints import KeypointAxes
from lookalike.transforms.functional.keypoints.shingles import Shingles, shingles
from lookalike.transforms.functional.registration import warp as smooth
from lookalike.transforms.functional.registration.affine import linearised
from lookalike.transforms.functional.registration.agreement import (
    Agreement,
    Maps,
    compare,
    compare_registered,
    compare_stretched,
)
from lookalike.transforms.functional.registration.align import Alignment, View, align, align_near, bend
from lookalike.transforms.functional.registration.boxes import NOWHERE, Box
from lookalike.transforms.functional.registration.warp import Warp
from lookalike.transforms.functional.verification.colours import CELL, fine_cell, recoloured, register_colours, swatches
from lookalike.transforms.functional.verification.decision import LIKELY, Models, odds
from lookalike.transforms.functional.verification.measures import keypoints as keypoint
from lookalike.transforms.functional.verification.measures.blocks import block_measures
from lookalike.transforms.functional.verification.measures.boxes import box_measures, boxes, worst_box
from lookalike.transforms.functional.verification.measures.coarse import coarse_measures
from lookalike.transforms.functional.verification.measures.colours import colour_measures
from lookalike.transforms.functional.verification.measures.derivatives import derived
from lookalike.transforms.functional.verification.measures.greys import grey_measures
from lookalike.transforms.functional.verification.measures.sides import side_measures
from lookalike.transforms.functional.verification.measures.signs import sign_measures
from lookalike.transforms.functional.verification.measures.warps import warp_measures
from lookalike.transforms.functional.verification.measures.windows import window_measures
from lookalike.transforms.functional.verification.relations import contained, content_box
from lookalike.transforms.functional.verification.seams import is_cut_out

WARPED = 0.05
"""Weighted structure rises by more than this under a smooth map that is followed: it has freedom that costs nothing."""
ENOUGH, FEW = 5, 12
"""Inliers below which two pictures are not aligned, since three points fit anything; and from which an alignment is not
doubted."""
DIRECT_COSINE, STRETCHED, WORTH_A_LOOK = 0.32, 3.2, 0.7
"""Pictures are stretched onto one another where embeddings say so, aspect ratios differ by less than a factor, and
thumbnails made small have that much weighted structure in common."""
RELIEF, UNSIGNED, ACTIVE = 0.45, 0.55, 0.45
"""Or as much correlation of the one with the other's edges; or as much structure whichever its sign is, and so much
correlation of where there is something to see.
"""
TINY = 64 * 64
"""Pixels of a thumbnail below which few keypoints place a picture, and these a pixel off: stretching may do better."""
ASIDE = 4.0
"""Pixels of the coarser keypoint plane by which keypoints may lie off, by the median, that speak for the stretching."""
OUTLINED = 0.6
"""Structure of a box above which it does not disagree."""


class Decision(NamedTuple):
    """relation: of a to b, of `relations.RELATIONS`; "": they have none that counts. probability: that a and b are
    copies of one another, the same picture in what they have in common; of a variant or a view, that they are that.
    """

    relation: str
    probability: float


class Picture:
    """One picture, ready to be compared; most is made when it is asked for, since few pictures that are looked at are
    also aligned. width, height: of the upright original, px.
    """

    def __init__(self, packed: bytes, thumbnail: bytes, width: int, height: int, axes: KeypointAxes) -> None:
        """Stored features."""
        self.width, self.height = width, height
        self._packed, self._axes, self._thumbnail = packed, axes, thumbnail

    @functools.cached_property
    def keypoints(self) -> kp.Keypoints:
        """Unpacked."""
        return kp.unpack(self._packed)

    @functools.cached_property
    def shingles(self) -> Shingles:
        """Pairs of neighbouring keypoints."""
        return shingles(self.keypoints, self._axes)

    @functools.cached_property
    def view(self) -> View:
        """What alignment needs."""
        size = keypoint_size(self.width, self.height)[::-1]
        return View(self.keypoints, kp.components(self.keypoints, self._axes), size)

    @functools.cached_property
    def grey(self) -> np.ndarray:
        """(h, w) uint8: the thumbnail."""
        grey = cv2.imdecode(np.frombuffer(self._thumbnail, np.uint8), cv2.IMREAD_GRAYSCALE)
        assert grey is not None, "the thumbnail was written by us"
        return grey

    @functools.cached_property
    def colours(self) -> np.ndarray:
        """(h, w, 3) uint8: the same, as it is seen, at half of its size."""
        colours = cv2.imdecode(np.frombuffer(self._thumbnail, np.uint8), cv2.IMREAD_REDUCED_COLOR_2)
        assert colours is not None, "the thumbnail was written by us"
        return colours

    @property
    def colours_shape(self) -> tuple[float, float]:
        """(height, width) that it has among `colours`, whose last row and column may reach beyond it."""
        height, width = self.grey.shape
        return height / 2, width / 2

    @functools.cached_property
    def content(self) -> Box:
        """The picture without its plain margins."""
        return content_box(self.grey)

    @functools.cached_property
    def small(self) -> np.ndarray:
        """The same at a third of its size."""
        height, width = self.grey.shape
        size = max(1, round(width / 3)), max(1, round(height / 3))
        return cv2.resize(self.grey, size, interpolation=cv2.INTER_AREA)

    @functools.cached_property
    def half(self) -> np.ndarray:
        """The same at half of its size."""
        height, width = self.grey.shape
        return cv2.resize(self.grey, (max(1, width // 2), max(1, height // 2)), interpolation=cv2.INTER_AREA)

    def forget(self) -> None:
        """Drop all that was made, which is seven times as large as what it was made from."""
        for name in ("keypoints", "shingles", "view", "grey", "colours", "small", "half"):
            self.__dict__.pop(name, None)


class Measured(NamedTuple):
    """What is recorded of a pair. matrix: (2, 3) float64, pixels of the original a -> of b, around a's centre.
    recoloured: as `colours` tells.
    """

    agreement: Agreement
    matrix: np.ndarray
    mirrored: bool
    recoloured: float


class Evidence:
    """What two pictures tell of one another.

    found: their alignment, or None; matrix: (3, 3), between keypoint planes. warp: the smooth map between them, or None
    where none was looked for or found. rise: by how much their weighted structure is higher under it than under the
    matrix. direct: they were stretched onto one another.

    Once gathered: measures, by name, or None where the two could not be registered; agreed: how they compare. worst:
    the box of b that disagrees most, left, top, width, height as shares of b's picture; NOWHERE where none does. laid:
    of an overlaid pair, which has more laid over it: 1: a, 2: b, 0: that can't be told. containment: what a copy is by
    what either shows beyond what is common: same, part, whole or overlap.
    """

    def __init__(
        self,
        a: Picture,
        b: Picture,
        axes: KeypointAxes,
        parity: int,
        cosine: float,
        guess: np.ndarray | None = None,
    ) -> None:
        """parity: what the shingles in common suggest was done to b (index into `align.PARITIES`), or -1: then it is
        tried upright and mirrored, which is what embeddings can find. cosine: of their embeddings. guess: (3, 3),
        pixels of a -> of b, where it is known nearly how they lie on one another; parity is not asked for then.
        """
        self.a, self.b, self.axes, self.cosine = a, b, axes, cosine
        self.measures: dict[str, float] | None = None
        self.agreed: Agreement | None = None
        self.worst, self.laid, self.containment = NOWHERE, 0, "same"
        self.warp: Warp | None = None
        self.rise = 0.0
        self.maps: Maps | None = None
        self.found = self._align(parity) if guess is None else self._align_near(guess)
        if self.found is not None:
            self.matrix, self.maps = _registered(a, b, self.found)
            self._follow_deformation()
        elif guess is not None:
            self._register_as_guessed(guess)
        self.direct = self._registers_directly(parity)

    def _align(self, parity: int) -> Alignment | None:
        parities = (parity,) if parity >= 0 else (0, 1)
        return align(self.a.view, self.b.view, self.axes.parity, parities, enough=ENOUGH)

    def _align_near(self, guess: np.ndarray) -> Alignment | None:
        a, b = self.a, self.b
        return align_near(a.view, b.view, self.axes.parity, self._between_planes(guess), enough=ENOUGH)

    def _between_planes(self, guess: np.ndarray) -> np.ndarray:
        """From pixels of the originals to keypoint planes."""
        a, b = self.a, self.b
        to_b = _plane_scale((b.height, b.width), b.view.shape) @ guess
        return to_b @ _plane_scale(a.view.shape, (a.height, a.width))

    def _register_as_guessed(self, guess: np.ndarray) -> None:
        """Copies too small or too worn for keypoints lie as it is guessed, if they agree so."""
        a, b, matrix = self.a, self.b, self._between_planes(guess)
        to_b, from_a = _plane_scale(b.view.shape, b.grey.shape), _plane_scale(a.grey.shape, a.view.shape)
        maps = compare(a.grey, b.grey, to_b @ matrix @ from_a)
        if maps is not None and maps.agreement.weighted_structure >= WORTH_A_LOOK:
            self.matrix, self.maps = matrix, maps

    @property
    def warped(self) -> bool:
        """Is one a smooth deformation of the other, by a lens, a wave, a curled page? It is compared under `warp`."""
        return self.rise > WARPED

    def _follow_deformation(self) -> None:
        """Look for a smooth map where no straight one explains what many keypoints say is the same."""
        assert self.found is not None
        if self.maps is None or self.maps.agreement.weighted_structure >= 0.9 or len(self.found.inliers) < FEW:
            return
        self.warp = smooth.fit(self.a.view, self.b.view, self.found)
        if self.warp is None:
            return
        registered = smooth.register(self.a.grey, self.b.grey, self.warp)
        bent = compare_registered(*registered, self.warp.covered, self.found.parity in (2, 3))
        if bent is not None:
            self.rise = bent.agreement.weighted_structure - self.maps.agreement.weighted_structure
            if self.warped:
                self.maps = bent

    def _registers_directly(self, parity: int) -> bool:
        """Do they agree better when they are only stretched onto one another? So do copies too worn for keypoints, and
        tiny ones.
        """
        a, b = self.a, self.b
        tiny = min(a.grey.size, b.grey.size) < TINY
        aligned = self.maps is not None and self.found is not None and len(self.found.inliers) >= FEW
        if self.cosine < DIRECT_COSINE or (aligned and not tiny):
            return False
        if not 1 / STRETCHED < a.width * b.height / (a.height * b.width) < STRETCHED:
            return False
        # shrinking undoes blur, pixelation and blocks of compression; what is smallest can't be shrunk
        small = compare_stretched(a.small, b.small)
        maps = compare_stretched(a.grey, b.grey) if small is None else None
        seen = small or maps
        if seen is None:
            return False
        worn = seen.agreement.weighted_structure >= WORTH_A_LOOK
        # what is tiny, or was turned or inverted, resembles another's edges by chance
        if not worn and (tiny or parity > 0 or not (_agrees_unsigned(seen) or self._is_relief())):
            return False
        maps = maps or compare_stretched(a.grey, b.grey)
        if maps is None:
            return False
        # where structure tells nothing of the stretched pictures, a few keypoints agree by chance
        least = maps.agreement.weighted_structure if worn else WORTH_A_LOOK
        if self.maps is not None and self.maps.agreement.weighted_structure >= least:
            return False
        self.maps, self.warp, self.rise = maps, None, 0.0
        self.matrix = _plane_scale(a.view.shape, b.view.shape)
        if self.found is not None and not _bears_out(self.found, a.view, b.view, self.matrix):
            self.found = None
        return True

    def _is_relief(self) -> bool:
        """Is one of them, stretched onto the other, made of the other's edges?"""
        a, b = sorted((self.a.half, self.b.half), key=lambda plane: plane.size)
        b = cv2.resize(b, a.shape[::-1], interpolation=cv2.INTER_AREA)
        return derived(a, b, np.ones_like(a)) >= RELIEF

    def gather(self) -> None:
        """Measure the pair, and let go of the maps, which are large; the colours are small."""
        maps, self.maps = self.maps, None
        if maps is None:
            return
        self.agreed = maps.agreement
        registered = self._registered_colours()
        self._swatches = swatches(*registered)
        cell = fine_cell(registered[2].shape)
        fine = self._swatches if cell == CELL else swatches(*registered, cell)
        seen = boxes(maps)
        worst = worst_box(seen)
        self.worst = worst.box if worst.structure < OUTLINED else NOWHERE
        windows = len(maps.inside.weight)
        self.measures = self._measures(maps) | colour_measures(fine) | box_measures(seen, worst, windows)
        more_a, more_b = np.count_nonzero(maps.only_a), np.count_nonzero(maps.only_b)
        self.laid = 0 if more_a == more_b else 1 if more_a > more_b else 2
        self.containment = self._containment()

    def _measures(self, maps: Maps) -> dict[str, float]:
        agreed = maps.agreement
        parity = 0 if self.found is None else self.found.parity
        return {
            "cosine": self.cosine,
            "inverted": float(parity in (2, 3)),
            "mirrored": float(parity in (1, 3)),
            "ssim": agreed.ssim,
            "luminance": agreed.luminance,
            "contrast": agreed.contrast,
            "structure": agreed.structure,
            "weighted": agreed.weighted_structure,
            "disagreeing": agreed.disagreeing,
            "textured": agreed.textured,
            "faint": agreed.faint,
            "pixels": float(agreed.pixels),
            "common_of_less": min(agreed.overlap, agreed.covered),
            "common_of_more": max(agreed.overlap, agreed.covered),
            **self._keypoint_measures(),
            **warp_measures(self.warp, self.rise),
            **window_measures(maps),
            **sign_measures(maps),
            **side_measures(maps),
            **block_measures(maps),
            **coarse_measures(maps),
            **grey_measures(maps),
        }

    def _keypoint_measures(self) -> dict[str, float]:
        found = self.found
        if found is None:
            return keypoint.NOTHING
        measured = keypoint.keypoint_measures(
            self.a.view, self.b.view, found, self.matrix, self.axes.parity[found.parity]
        )
        if self.warped and self.warp is not None:
            measured |= {"drift": self.warp.drift, "drift_0.9": self.warp.drift_most, "off_0.9": self.warp.off_most}
        return measured

    def _registered_colours(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        a, b = self.a, self.b
        if self.warped and self.warp is not None:
            return smooth.register(a.colours, b.colours, self.warp)
        to_b = _plane_scale(b.view.shape, b.colours_shape) @ self.matrix
        return register_colours(a.colours, b.colours, to_b @ _plane_scale(a.colours_shape, a.view.shape))

    def _containment(self) -> str:
        if self.direct:
            return "same"  # the pictures were stretched onto one another
        a, b = self.a, self.b
        return contained(a.view, b.view, a.content, b.content, self.matrix)

    @functools.cached_property
    def cut(self) -> bool:
        """Of a part and its whole: was it cut out of it? False: it lies there as a picture of its own."""
        if self.containment not in ("part", "whole"):
            return False
        a, b = self.a, self.b
        matrix = _plane_scale(b.view.shape, b.grey.shape) @ self.matrix @ _plane_scale(a.grey.shape, a.view.shape)
        part, whole = (a, b) if self.containment == "part" else (b, a)
        height, width = part.grey.shape
        corners = np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float64)
        if part is b:
            matrix = np.linalg.pinv(matrix)
        return is_cut_out(whole.grey, cv2.perspectiveTransform(corners[None], matrix)[0])

    def measured(self) -> Measured | None:
        """What is recorded of the pair if it has a relation; None where the two were not even compared."""
        if self.agreed is None:
            return None
        a, b = self.a, self.b
        full = _plane_scale(b.view.shape, (b.height, b.width)) @ self.matrix
        full = full @ _plane_scale((a.height, a.width), a.view.shape)
        mirrored = self.found is not None and self.found.parity in (1, 3)
        # of a perspective, as it is in the middle: the corner of the picture may be far from typical
        matrix = linearised(full, a.width / 2, a.height / 2)
        return Measured(self.agreed, matrix, mirrored, recoloured(self._swatches))


def decide(evidences: Sequence[Evidence], models: Models, least: float) -> list[Decision]:
    """The Evidence of some pairs, gathered -> a Decision on each, which does not depend on what else is among them.

    least: the probability from which two pictures count as copies.
    """
    decisions = [Decision("", 0.0)] * len(evidences)
    numbers, rows = [], []
    for number, evidence in enumerate(evidences):
        if evidence.measures is not None:
            numbers.append(number)
            rows.append(list(map(evidence.measures.__getitem__, models.names)))
    if not rows:
        return decisions
    found = odds(models, np.array(rows, np.float32), least)
    for place, number in enumerate(numbers):
        copy, overlaid = float(found.copy[place]), float(found.overlaid[place])
        if copy >= least:
            relation = evidences[number].containment
            # whichever is called a: what lies over a part would go with it, and is not in the whole
            if overlaid >= LIKELY and relation != "overlap":
                relation = "overlaid"
            decisions[number] = Decision(relation, copy)
        else:
            likely, relation = max((float(found.variant[place]), "variant"), (float(found.view[place]), "view"))
            decisions[number] = Decision(relation, likely) if likely >= LIKELY else Decision("", copy)
    return decisions


def _plane_scale(size: tuple[float, ...], into: tuple[float, ...]) -> np.ndarray:
    """(h, w) of a plane and of another of the same picture -> (3, 3) scaling of coordinates."""
    return np.array([[into[1] / size[1], 0, 0], [0, into[0] / size[0], 0], [0, 0, 1.0]])


def _agrees_unsigned(maps: Maps) -> bool:
    """Does structure agree whichever its sign is, and is there something to see where the other has it?"""
    return maps.unsigned >= UNSIGNED and maps.active >= ACTIVE


def _bears_out(found: Alignment, a: View, b: View, matrix: np.ndarray) -> bool:
    """Do keypoints say the same as the scaling `matrix`, from a's plane to b's, and lie only a little off?"""
    i, j = found.inliers.T
    off = np.abs(a.keypoints.xy[i] * np.diag(matrix)[:2] - b.keypoints.xy[j]).max(1)
    return found.parity == 0 and float(np.median(off)) < ASIDE * max(1.0, *np.diag(matrix))


def _registered(a: Picture, b: Picture, found: Alignment) -> tuple[np.ndarray, Maps | None]:
    """The thumbnails compared under the alignment, in perspective where that explains more."""
    to_b = _plane_scale(b.view.shape, b.grey.shape)
    from_a = _plane_scale(a.grey.shape, a.view.shape)
    inverted = found.parity in (2, 3)
    maps = compare(a.grey, b.grey, to_b @ found.matrix @ from_a, inverted)
    if maps is not None and maps.agreement.weighted_structure < 0.9 and len(found.inliers) >= 16:
        bent = bend(a.view, b.view, found)
        if bent is not None:
            again = compare(a.grey, b.grey, to_b @ bent @ from_a, inverted)
            if again is not None and again.agreement.weighted_structure > maps.agreement.weighted_structure + 0.03:
                return bent, again
    return found.matrix, maps
