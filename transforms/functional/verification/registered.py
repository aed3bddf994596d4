"""Two pictures laid on one another: by their keypoints, or, where those are too worn and embeddings say so, by
stretching the one onto the other; then along a smooth map, where no straight one explains what many keypoints say is
the same.
"""

import cv2
import numpy as np

from lookalike.transforms.functional.keypoints.keypoints import INVERTED, KeypointAxes
from lookalike.transforms.functional.registration import warp as smooth
from lookalike.transforms.functional.registration.affine import determinant, linearised, plane_scale
from lookalike.transforms.functional.registration.agreement import (
    Maps,
    compare,
    compare_registered,
    compare_stretched,
)
from lookalike.transforms.functional.registration.align import Alignment, View, align, align_near, bend
from lookalike.transforms.functional.registration.warp import Warp
from lookalike.transforms.functional.verification.measures.derivatives import derived
from lookalike.transforms.functional.verification.picture import Picture

WARPED = 0.05
"""Weighted structure rises by more than this under a smooth map that is followed: it has freedom that costs nothing."""
ENOUGH, FEW, MANY = 5, 12, 32
"""Inliers below which two pictures are not aligned, since three points fit anything; from which an alignment is not
doubted; and from which panels can add nothing."""
DIRECT_COSINE, STRETCHED, WORTH_A_LOOK = 0.35, 3.2, 0.7
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


class Registered:
    """How two pictures lie on one another.

    view_a, view_b: the keypoints by which they were aligned. panels_a, panels_b: are these of its panels? found: their
    alignment, or None. maps: how they agree, or None where they could not be registered. matrix: (3, 3), between
    keypoint planes. warp: the smooth map between them, or None where none was looked for or found. rise: by how much
    their weighted structure is higher under it than under the matrix. direct: they were stretched onto one another.
    """

    def __init__(
        self, a: Picture, b: Picture, axes: KeypointAxes, parity: int, cosine: float, guess: np.ndarray | None = None
    ) -> None:
        """parity: what the shingles in common suggest was done to b (index into `KeypointAxes.parity`), or -1: then it
        is tried upright and mirrored, which is what embeddings can find. cosine: of their embeddings. guess: (3, 3),
        pixels of a -> of b, where it is known nearly how they lie on one another; parity is not asked for then.
        """
        self.a, self.b, self.axes, self.cosine = a, b, axes, cosine
        self.warp: Warp | None = None
        self.rise = 0.0
        self.maps: Maps | None = None
        self.view_a, self.view_b = a.view, b.view
        self.panels_a = self.panels_b = False
        self.found = self._align(parity) if guess is None else self._align_near(guess)
        if self.found is not None:
            self.matrix, self.maps = self._registered(self.found)
            self._follow_deformation()
        elif guess is not None:
            self._register_as_guessed(guess)
        self.direct = self._registers_directly(parity)

    def _align(self, parity: int) -> Alignment | None:
        parities = (parity,) if parity >= 0 else (0, 1)
        found = align(self.view_a, self.view_b, self.axes.parity, parities, enough=ENOUGH)
        few = 0 if found is None else len(found.inliers)
        a, b = self.a.panels, self.b.panels
        if few >= MANY or (a is None and b is None):
            return found
        # one may lie in a small part of the other, of which there is more to see among its panels
        of_a = b is None or (a is not None and max(a.shape) >= max(b.shape))
        view_a, view_b = (a or self.view_a, self.view_b) if of_a else (self.view_a, b or self.view_b)
        again = align(view_a, view_b, self.axes.parity, parities, enough=ENOUGH)
        if again is None or len(again.inliers) <= few:
            return found
        self.view_a, self.view_b = view_a, view_b
        self.panels_a, self.panels_b = of_a, not of_a
        return again

    def _align_near(self, guess: np.ndarray) -> Alignment | None:
        return align_near(self.view_a, self.view_b, self.axes.parity, self._between_planes(guess), enough=ENOUGH)

    def _between_planes(self, guess: np.ndarray) -> np.ndarray:
        """From pixels of the originals to keypoint planes."""
        a, b = self.a, self.b
        to_b = plane_scale((b.height, b.width), self.view_b.shape) @ guess
        matrix: np.ndarray = to_b @ plane_scale(self.view_a.shape, (a.height, a.width))
        return matrix

    def _register_as_guessed(self, guess: np.ndarray) -> None:
        """Copies too small or too worn for keypoints lie as it is guessed, if they agree so."""
        a, b, matrix = self.a, self.b, self._between_planes(guess)
        to_b, from_a = plane_scale(self.view_b.shape, b.grey.shape), plane_scale(a.grey.shape, self.view_a.shape)
        maps = compare(a.grey, b.grey, to_b @ matrix @ from_a)
        if maps is not None and maps.agreement.weighted_structure >= WORTH_A_LOOK:
            self.matrix, self.maps = matrix, maps

    @property
    def warped(self) -> bool:
        """Is one a smooth deformation of the other, by a lens, a wave, a curled page? It is compared under `warp`."""
        return self.rise > WARPED

    @property
    def mirrored(self) -> bool:
        """Does the one show the other mirrored? Of a perspective, in the middle of a."""
        height, width = self.view_a.shape
        return determinant(linearised(self.matrix, width / 2, height / 2)) < 0

    @property
    def inverted(self) -> bool:
        """Does the one show the other's negative?"""
        return self.found is not None and self.found.parity in INVERTED

    def _registered(self, found: Alignment) -> tuple[np.ndarray, Maps | None]:
        """The thumbnails compared under the alignment, in perspective where that explains more."""
        a, b = self.a.grey, self.b.grey
        to_b, from_a = plane_scale(self.view_b.shape, b.shape), plane_scale(a.shape, self.view_a.shape)
        inverted = found.parity in INVERTED
        maps = compare(a, b, to_b @ found.matrix @ from_a, inverted)
        if maps is not None and maps.agreement.weighted_structure < 0.9 and len(found.inliers) >= 16:
            bent = bend(self.view_a, self.view_b, found)
            again = compare(a, b, to_b @ bent @ from_a, inverted)
            if again is not None and again.agreement.weighted_structure > maps.agreement.weighted_structure + 0.03:
                return bent, again
        return found.matrix, maps

    def _follow_deformation(self) -> None:
        """Look for a smooth map where no straight one explains what many keypoints say is the same."""
        assert self.found is not None
        if self.maps is None or self.maps.agreement.weighted_structure >= 0.9 or len(self.found.inliers) < FEW:
            return
        self.warp = smooth.fit(self.view_a, self.view_b, self.found)
        if self.warp is None:
            return
        registered = smooth.register(self.a.grey, self.b.grey, self.warp)
        bent = compare_registered(*registered, self.warp.covered, self.inverted)
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
        self.matrix = plane_scale(self.view_a.shape, self.view_b.shape)
        if self.found is not None and not _bears_out(self.found, self.view_a, self.view_b, self.matrix):
            self.found = None
        return True

    def _is_relief(self) -> bool:
        """Is one of them, stretched onto the other, made of the other's edges?"""
        a, b = sorted((self.a.half, self.b.half), key=lambda plane: plane.size)
        b = cv2.resize(b, a.shape[::-1], interpolation=cv2.INTER_AREA)
        return derived(a, b, np.ones_like(a)) >= RELIEF


def _agrees_unsigned(maps: Maps) -> bool:
    """Does structure agree whichever its sign is, and is there something to see where the other has it?"""
    return maps.unsigned >= UNSIGNED and maps.active >= ACTIVE


def _bears_out(found: Alignment, a: View, b: View, matrix: np.ndarray) -> bool:
    """Do keypoints say the same as the scaling `matrix`, from a's plane to b's, and lie only a little off?"""
    i, j = found.inliers.T
    off = np.abs(a.keypoints.xy[i] * np.diag(matrix)[:2] - b.keypoints.xy[j]).max(1)
    return found.parity == 0 and float(np.median(off)) < ASIDE * max(1.0, *np.diag(matrix))
