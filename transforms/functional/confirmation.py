"""What is b to a? Two pictures' features in, Evidence out; the Evidence of many pairs in, a Decision on each out.

The evidence is of two kinds, and each covers for the other: `share`, how many of the common area's keypoints
are in both pictures at the same place, and SSIM's structure term after alignment. A blurred copy keeps few
keypoints and all of its structure; a page of the same template keeps its layout's structure and few keypoints.
"""

import functools
from collections.abc import Sequence
from typing import NamedTuple

import cv2
import numpy as np

from transforms.functional import keypoints as kp
from transforms.functional import warp as smooth
from transforms.functional.agreement import Agreement, agreement, compare_registered
from transforms.functional.align import Alignment, View, align, bend, drift, spread
from transforms.functional.boxes import NOWHERE, Box
from transforms.functional.colours import recoloured
from transforms.functional.keypoints import KeypointAxes
from transforms.functional.planes import keypoint_size
from transforms.functional.relations import contained, content_box
from transforms.functional.seams import is_cut_out
from transforms.functional.shingles import Shingles, shingles
from transforms.functional.warp import Warp


class Rules(NamedTuple):
    """Thresholds of the rules below; docs/accuracy.md has the measurements behind them."""

    inliers: int
    share: float
    structure: float
    page_textured: float
    page_share: float
    page_disagreement: float
    few_inliers: int
    few_share: float
    few_structure: float
    few_disagreement: float
    faithful_share: float
    faithful_structure: float
    faithful_disagreement: float
    worn_textured: float
    worn_share: float
    worn_inliers: int
    worn_disagreement: float
    direct_cosine: float
    direct_structure: float
    direct_disagreement: float
    direct_textured: float
    covered: float
    disagreement: float
    faint: float
    faint_share: float
    part_disagreement: float
    part_spread: float
    view_drift: float
    view_disagreement: float
    view_structure: float


RULES = Rules(
    inliers=7,
    share=0.21,
    structure=0.5,
    page_textured=0.7,
    page_share=0.4,
    page_disagreement=0.05,
    few_inliers=5,
    few_share=0.25,
    few_structure=0.85,
    few_disagreement=0.05,
    faithful_share=0.04,
    faithful_structure=0.9,
    faithful_disagreement=0.004,
    worn_textured=0.8,
    worn_share=0.1,
    worn_inliers=20,
    worn_disagreement=0.08,
    direct_cosine=0.32,
    direct_structure=0.92,
    direct_disagreement=0.002,
    direct_textured=0.85,
    covered=0.6,
    disagreement=0.3,
    faint=0.3,
    faint_share=0.4,
    part_disagreement=0.15,
    part_spread=0.68,
    view_drift=0.2,
    view_disagreement=0.03,
    view_structure=0.88,
)
WARPED = 0.05
"""Weighted structure rises by more than this under a smooth map that is followed: it has freedom that costs nothing."""
ENOUGH = RULES.few_inliers
"""Inliers below which two pictures are not aligned: three points fit anything."""


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

    def forget(self) -> None:
        """Drop all that was made, which is seven times as large as what it was made from."""
        for name in ("keypoints", "shingles", "view", "grey", "colours", "small"):
            self.__dict__.pop(name, None)


class Measured(NamedTuple):
    """What is recorded of a pair. matrix: (2, 3) float64, pixels of the original a -> of b (affine part). recoloured:
    as `colours` tells.
    """

    agreement: Agreement
    matrix: np.ndarray
    mirrored: bool
    recoloured: float


class Evidence:
    """What two pictures tell of one another, gathered once and as far as it is asked for.

    found: their alignment, or None; matrix: (3, 3), between keypoint planes; agreed: how they compare under it, or
    under the warp, where `rise` is above WARPED. warp: the smooth map between them, or None where none was looked for
    or found. rise: by how much their weighted structure is higher under it than under the matrix.
    """

    def __init__(self, a: Picture, b: Picture, axes: KeypointAxes, parity: int, cosine: float) -> None:
        """parity: what the shingles in common suggest was done to b (index into `align.PARITIES`), or -1: then it is
        tried upright and mirrored, which is what embeddings can find. cosine: of their embeddings.
        """
        self.a, self.b, self.cosine = a, b, cosine
        parities = (parity,) if parity >= 0 else (0, 1)
        self.found, self.agreed = align(a.view, b.view, axes.parity, parities, enough=ENOUGH), None
        self.warp: Warp | None = None
        self.rise = 0.0
        if self.found is not None:
            self.matrix, self.agreed = _aligned_agreement(a, b, self.found)
            self._follow_deformation()

    @property
    def warped(self) -> bool:
        """Is one a smooth deformation of the other, by a lens, a wave, a curled page? `agreed` is under `warp` then."""
        return self.rise > WARPED

    def _follow_deformation(self) -> None:
        """Look for a smooth map where no straight one explains what many keypoints say is the same."""
        assert self.found is not None
        if self.agreed is None or self.agreed.weighted_structure >= 0.9 or len(self.found.inliers) < 12:
            return
        self.warp = smooth.fit(self.a.view, self.b.view, self.found)
        if self.warp is None:
            return
        registered = smooth.register(self.a.grey, self.b.grey, self.warp)
        bent = compare_registered(*registered, self.warp.covered, self.found.parity in (2, 3))
        if bent is not None:
            self.rise = bent.weighted_structure - self.agreed.weighted_structure
            if self.warped:
                self.agreed = bent

    @functools.cached_property
    def spread(self) -> float:
        """Of the inliers over what is common."""
        assert self.found is not None
        return spread(self.a.view, self.b.view, self.found)

    @functools.cached_property
    def drift(self) -> float:
        """Of the inliers from where the alignment puts them."""
        assert self.found is not None
        if self.warped and self.warp is not None:
            return self.warp.drift
        return drift(self.a.view, self.b.view, self.found, self.matrix)

    @functools.cached_property
    def direct(self) -> Agreement | None:
        """How the shrunken thumbnails compare, stretched onto one another."""
        return _direct_agreement(self.a, self.b)

    @functools.cached_property
    def reason(self) -> str | None:
        """The first rule by which b is a copy of a, or None."""
        if self.found is not None and self.agreed is not None:
            reason = _aligned_reason(self.found, self.agreed, RULES)
            if reason is not None and not self._shares_a_part(RULES) and not self._is_another_view(RULES):
                return reason
        return "direct" if self.cosine >= RULES.direct_cosine and _agrees_directly(self.direct, RULES) else None

    @functools.cached_property
    def containment(self) -> str:
        """What a copy is by what either shows beyond what is common: same, part, whole or overlap."""
        if self._is_direct or self.agreed is None:
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

    @property
    def worst(self) -> Box:
        """The box of b that disagrees most: left, top, width, height as shares of b's picture; NOWHERE if none does."""
        return NOWHERE

    @property
    def laid(self) -> int:
        """Of an overlaid pair, which has something laid over it: 1: a, 2: b, 0: that can't be told."""
        return 0

    def gather(self) -> None:
        """Take all that `decide` looks at, while both pictures are at hand: what was made of them is dropped later."""
        if self.reason is not None:
            _ = self.cut

    def measured(self) -> Measured | None:
        """What is recorded of the pair if it has a relation; None where the two were not even compared."""
        a, b = self.a, self.b
        if self._is_direct:
            assert self.direct is not None
            return _measured(a, b, self.direct, _plane_scale(a.view.shape, b.view.shape), False)
        if self.found is None or self.agreed is None:
            return None
        return _measured(a, b, self.agreed, self.matrix, self.found.parity in (1, 3))

    @property
    def _is_direct(self) -> bool:
        return self.reason == "direct"

    def _shares_a_part(self, rules: Rules) -> bool:
        """Do both hold something, a tile, a backdrop, among other things? Then parts disagree, and have no inliers."""
        assert self.agreed is not None
        return self.agreed.disagreeing > rules.part_disagreement and self.spread < rules.part_spread

    def _is_another_view(self, rules: Rules) -> bool:
        """Is b another photograph of the scene? Then no transform explains all: keypoints drift and parts disagree."""
        assert self.agreed is not None
        return (
            self.agreed.disagreeing > rules.view_disagreement
            and self.agreed.weighted_structure < rules.view_structure
            and self.drift > rules.view_drift
        )


def decide(evidences: Sequence[Evidence], least: float) -> list[Decision]:
    """The Evidence of some pairs -> a Decision on each, which does not depend on what else is among them.

    least: the probability from which two pictures count as copies.
    """
    return [
        Decision("", 0.0) if evidence.reason is None else Decision(evidence.containment, 1.0) for evidence in evidences
    ]


def _plane_scale(size: tuple[int, ...], into: tuple[int, ...]) -> np.ndarray:
    """(h, w) of a plane and of another of the same picture -> (3, 3) scaling of coordinates."""
    return np.diag([into[1] / size[1], into[0] / size[0], 1.0])


def _aligned_agreement(a: Picture, b: Picture, found: Alignment) -> tuple[np.ndarray, Agreement | None]:
    """The thumbnails compared under the alignment, in perspective where that explains more."""
    to_b = _plane_scale(b.view.shape, b.grey.shape)
    from_a = _plane_scale(a.grey.shape, a.view.shape)
    inverted = found.parity in (2, 3)
    matrix = found.matrix
    agreed = agreement(a.grey, b.grey, to_b @ matrix @ from_a, inverted)
    if agreed is not None and agreed.weighted_structure < 0.9 and len(found.inliers) >= 16:
        bent = bend(a.view, b.view, found)
        if bent is not None:
            again = agreement(a.grey, b.grey, to_b @ bent @ from_a, inverted)
            if again is not None and again.weighted_structure > agreed.weighted_structure + 0.03:
                return bent, again
    return matrix, agreed


def _aligned_reason(found: Alignment, agreed: Agreement, rules: Rules) -> str | None:
    """The first rule that an aligned pair satisfies."""
    inliers, share = len(found.inliers), found.share
    if max(agreed.overlap, agreed.covered) < rules.covered:
        return None  # two pictures that share a corner, a caption, a logo
    if agreed.disagreeing > rules.disagreement:
        return None  # something that both hold, a tile or a frame, among other things
    if agreed.faint > rules.faint and share < rules.faint_share:
        return None  # where one has a bar of its chart, a line of its text, a sticker, the other has nothing
    needed = rules.share
    if agreed.textured < rules.page_textured:
        # On mostly blank ground a layout aligns by itself: the more disagrees, the more keypoints must agree.
        excess = agreed.disagreeing - 0.05
        needed += (rules.page_share - rules.share) * min(max(excess / rules.page_disagreement, 0.1), 1.0)
    if inliers >= rules.inliers and share >= needed and agreed.weighted_structure >= rules.structure:
        return "keypoints"
    if (
        inliers >= rules.few_inliers
        and share >= rules.few_share
        and agreed.weighted_structure >= rules.few_structure
        and agreed.disagreeing <= rules.few_disagreement
    ):
        return "few"
    if (
        inliers >= rules.inliers
        and share >= rules.faithful_share
        and agreed.weighted_structure >= rules.faithful_structure
        and agreed.disagreeing <= rules.faithful_disagreement
    ):
        return "faithful"
    if (
        agreed.textured >= rules.worn_textured
        and inliers >= rules.worn_inliers
        and share >= rules.worn_share
        and agreed.weighted_structure >= rules.structure
        and agreed.disagreeing <= rules.worn_disagreement
    ):
        return "worn"
    return None


def _direct_agreement(a: Picture, b: Picture) -> Agreement | None:
    """The thumbnails shrunk and stretched onto one another, for copies too worn for keypoints.

    Shrinking undoes blur, pixelation and blocks of compression. It also makes text alike, so only pictures that
    are textured nearly everywhere are compared in this way.
    """
    ratio = a.width * b.height / (a.height * b.width)
    if not 1 / 3.2 < ratio < 3.2:
        return None
    return agreement(a.small, b.small, _plane_scale(a.small.shape, b.small.shape))


def _agrees_directly(agreed: Agreement | None, rules: Rules) -> bool:
    """All must agree."""
    return (
        agreed is not None
        and agreed.weighted_structure >= rules.direct_structure
        and agreed.disagreeing <= rules.direct_disagreement
        and agreed.textured >= rules.direct_textured
        and agreed.faint <= 0.1
    )


def _measured(a: Picture, b: Picture, agreed: Agreement, matrix: np.ndarray, mirrored: bool) -> Measured:
    full = _plane_scale(b.view.shape, (b.height, b.width)) @ matrix @ _plane_scale((a.height, a.width), a.view.shape)
    to_b = _plane_scale(b.view.shape, b.colours.shape) @ matrix @ _plane_scale(a.colours.shape, a.view.shape)
    return Measured(agreed, full[:2] / full[2, 2], mirrored, recoloured(a.colours, b.colours, to_b))
