"""What is b to a? Two pictures are registered, and measured as they lie on one another: what the decision is learnt
from.
"""

import functools
from typing import NamedTuple

import cv2
import numpy as np

from lookalike.transforms.functional.keypoints.keypoints import KeypointAxes
from lookalike.transforms.functional.registration import warp as smooth
from lookalike.transforms.functional.registration.affine import adjugate, linearised, plane_scale
from lookalike.transforms.functional.registration.agreement import Agreement, Maps
from lookalike.transforms.functional.registration.boxes import NOWHERE
from lookalike.transforms.functional.registration.refine import compare_finely
from lookalike.transforms.functional.verification.colours import CELL, fine_cell, recoloured, register_colours, swatches
from lookalike.transforms.functional.verification.measures import keypoints as keypoint
from lookalike.transforms.functional.verification.measures.colours import colour_measures
from lookalike.transforms.functional.verification.measures.fine import fine_measures, measured_once
from lookalike.transforms.functional.verification.measures.signs import sign_measures
from lookalike.transforms.functional.verification.measures.warps import warp_measures
from lookalike.transforms.functional.verification.picture import Picture
from lookalike.transforms.functional.verification.registered import Registered
from lookalike.transforms.functional.verification.relations import contained
from lookalike.transforms.functional.verification.seams import is_cut_out
from lookalike.transforms.functional.verification.seen import seen, seen_in_detail

WORTH_DETAIL = 0.5
"""Weighted structure below which two pictures differ in more than details."""
OUTLINED = 0.6
"""Structure of a box above which it does not disagree."""


class Measured(NamedTuple):
    """What is recorded of a pair. matrix: (2, 3) float64, pixels of the original a -> of b, around a's centre.
    recoloured: as `colours` tells. least: as `measures.fine` tells of the worst place; 1 where there is no more to see.
    """

    agreement: Agreement
    matrix: np.ndarray
    mirrored: bool
    recoloured: float
    least: float


class Evidence(Registered):
    """What two pictures tell of one another.

    Once gathered: measures, by name, or None where the two could not be registered; agreed: how they compare. worst:
    the box of b that disagrees most, left, top, width, height as shares of b's picture; NOWHERE where none does. laid:
    of an overlaid pair, which has more laid over it: 1: a, 2: b, 0: that can't be told. containment: what a copy is by
    what either shows beyond what is common: same, part, whole or overlap.
    """

    def __init__(
        self, a: Picture, b: Picture, axes: KeypointAxes, parity: int, cosine: float, guess: np.ndarray | None = None
    ) -> None:
        """As `Registered`."""
        super().__init__(a, b, axes, parity, cosine, guess)
        self.measures: dict[str, float] | None = None
        self.agreed: Agreement | None = None
        self.worst, self.laid, self.containment = NOWHERE, 0, "same"

    def gather(self) -> None:
        """Measure the pair, and let go of the maps, which are large; the colours are small."""
        maps, self.maps = self.maps, None
        if maps is None:
            return
        self.agreed = maps.agreement
        registered = self._registered_colours()
        self._swatches = swatches(*registered)
        cell = fine_cell(registered[2].shape)
        patches = self._swatches if cell == CELL else swatches(*registered, cell)
        all_of_it, fine = seen(maps), self._in_detail(maps)
        worst = all_of_it.worst
        measures = self._measures(maps) | colour_measures(patches) | all_of_it.measures
        if fine is None:
            self.measures = measures | measured_once(measures)
        else:
            closer = seen_in_detail(fine)
            worst = closer.worst
            self.measures = measures | fine_measures(fine, closer.measures, maps.agreement.pixels)
        self.worst = worst.box if worst.structure < OUTLINED else NOWHERE
        more_a, more_b = maps.totals.only_a, maps.totals.only_b
        self.laid = 0 if more_a == more_b else 1 if more_a > more_b else 2
        self.containment = self._containment()

    def _measures(self, maps: Maps) -> dict[str, float]:
        agreed = maps.agreement
        return {
            "cosine": self.cosine,
            "inverted": float(self.inverted),
            "mirrored": float(self.mirrored),
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
            **sign_measures(maps),
        }

    def _keypoint_measures(self) -> dict[str, float]:
        found = self.found
        if found is None:
            return keypoint.NOTHING
        measured = keypoint.keypoint_measures(
            self.view_a, self.view_b, found, self.matrix, self.axes.parity[found.parity]
        )
        if self.warped and self.warp is not None:
            measured |= {"drift": self.warp.drift, "drift_0.9": self.warp.drift_most, "off_0.9": self.warp.off_most}
        return measured

    def _registered_colours(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        a, b = self.a, self.b
        if self.warped and self.warp is not None:
            return smooth.register(a.colours, b.colours, self.warp)
        to_b = plane_scale(self.view_b.shape, b.colours_shape) @ self.matrix
        return register_colours(a.colours, b.colours, to_b @ plane_scale(a.colours_shape, self.view_a.shape))

    def _in_detail(self, maps: Maps) -> Maps | None:
        """Where both have larger thumbnails, and agree enough for details to matter."""
        a, b = self.a, self.b
        if not (a.detailed and b.detailed) or self.warped or maps.agreement.weighted_structure < WORTH_DETAIL:
            return None
        fine_a, fine_b = a.fine, b.fine
        matrix = (
            plane_scale(self.view_b.shape, fine_b.shape) @ self.matrix @ plane_scale(fine_a.shape, self.view_a.shape)
        )
        return compare_finely(fine_a, fine_b, matrix, self.inverted)

    def _containment(self) -> str:
        if self.direct:
            return "same"  # the pictures were stretched onto one another
        a, b = self.a, self.b
        return contained(self.view_a, self.view_b, a.content, b.content, self.matrix)

    @functools.cached_property
    def cut(self) -> bool:
        """Of a part and its whole: was it cut out of it? False: it lies there as a picture of its own."""
        if self.containment not in ("part", "whole"):
            return False
        a, b = self.a, self.b
        if self.panels_b if self.containment == "part" else self.panels_a:
            return False  # it is one of them
        matrix = (
            plane_scale(self.view_b.shape, b.grey.shape) @ self.matrix @ plane_scale(a.grey.shape, self.view_a.shape)
        )
        part, whole = (a, b) if self.containment == "part" else (b, a)
        height, width = part.grey.shape
        corners = np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float64)
        if part is b:
            matrix = adjugate(matrix)
        return is_cut_out(whole.grey, cv2.perspectiveTransform(corners[None], matrix)[0])

    def measured(self) -> Measured | None:
        """What is recorded of the pair if it has a relation; None where the two were not even compared."""
        if self.agreed is None or self.measures is None:
            return None
        a, b = self.a, self.b
        full = plane_scale(self.view_b.shape, (b.height, b.width)) @ self.matrix
        full = full @ plane_scale((a.height, a.width), self.view_a.shape)
        # of a perspective, as it is in the middle: the corner of the picture may be far from typical
        matrix = linearised(full, a.width / 2, a.height / 2)
        mirrored = bool(self.measures["mirrored"])
        return Measured(self.agreed, matrix, mirrored, recoloured(self._swatches), self.measures["fine_least"])
