"""Is b a copy of a? Two pictures' features in, a Confirmation or nothing out.

The evidence is of two kinds, and each covers for the other: `share`, how many of the common area's keypoints
are in both pictures at the same place, and SSIM's structure term after alignment. A blurred copy keeps few
keypoints and all of its structure; a page of the same template keeps its layout's structure and few keypoints.
"""

from typing import NamedTuple

import cv2
import numpy as np

from transforms.functional import keypoints as kp
from transforms.functional.agreement import Agreement, agreement
from transforms.functional.align import Alignment, View, align, bend, drift, spread
from transforms.functional.keypoints import KeypointAxes
from transforms.functional.planes import keypoint_size
from transforms.functional.words import canonical_words, parity_masks


class Rules(NamedTuple):
    """Thresholds of confirmation; see `configs/default.yaml` for what each means, docs/accuracy.md for why."""

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


class Picture(NamedTuple):
    """One picture, ready to be compared. words: (m,) uint32, distinct and sorted; word_at: (m,) int, a keypoint of
    each. grey: (h, w) uint8 thumbnail. width, height: of the upright original, px.
    """

    view: View
    words: np.ndarray
    word_at: np.ndarray
    grey: np.ndarray
    width: int
    height: int


class Confirmation(NamedTuple):
    """Why the pair was confirmed. matrix: (2, 3) float64, pixels of the original a -> of b (affine part).
    reason: the rule that held: 'keypoints', 'few', 'faithful', 'worn' or 'direct'.
    """

    agreement: Agreement
    matrix: np.ndarray
    mirrored: bool
    reason: str


def prepare(packed: bytes, thumbnail: bytes, width: int, height: int, axes: KeypointAxes, bits: int) -> Picture:
    """Stored features -> a Picture. `bits`: word length."""
    points = kp.unpack(packed)
    view = View(points, kp.components(points, axes), keypoint_size(width, height)[::-1])
    words, word_at = np.unique(canonical_words(points.code, parity_masks(axes, bits), bits), return_index=True)
    grey = cv2.imdecode(np.frombuffer(thumbnail, np.uint8), cv2.IMREAD_GRAYSCALE)
    assert grey is not None, "the thumbnail was written by us"
    return Picture(view, words, word_at, grey, width, height)


def confirm(
    a: Picture, b: Picture, axes: KeypointAxes, parity: int, cosine: float, rules: Rules
) -> Confirmation | None:
    """Two pictures -> the confirmation of their being copies of one another, or None.

    parity: what their words in common suggest was done to b (index into `align.PARITIES`), or -1: then it is
    tried upright and mirrored, which is what embeddings can find. cosine: of their embeddings.
    """
    parities = (parity,) if parity >= 0 else (0, 1)
    found = align(a.view, b.view, axes.parity, parities, enough=rules.few_inliers)
    if found is not None:
        matrix, agreed = _aligned_agreement(a, b, found)
        if agreed is not None:
            reason = _aligned_reason(found, agreed, rules)
            if (
                reason is not None
                and not _shares_a_part(a, b, found, agreed, rules)
                and not _another_view(a, b, found, matrix, agreed, rules)
            ):
                return _confirmation(a, b, agreed, matrix, found.parity in (1, 3), reason)
    return _confirm_directly(a, b, rules) if cosine >= rules.direct_cosine else None


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
        share >= rules.few_share
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


def _shares_a_part(a: Picture, b: Picture, found: Alignment, agreed: Agreement, rules: Rules) -> bool:
    """Do both hold something, a tile or a backdrop, among other things? Then parts disagree, and have no inliers."""
    return agreed.disagreeing > rules.part_disagreement and spread(a.view, b.view, found) < rules.part_spread


def _another_view(
    a: Picture, b: Picture, found: Alignment, matrix: np.ndarray, agreed: Agreement, rules: Rules
) -> bool:
    """Is b another photograph of the scene? Then no transform explains all: keypoints drift and parts disagree."""
    return (
        agreed.disagreeing > rules.view_disagreement
        and agreed.weighted_structure < rules.view_structure
        and drift(a.view, b.view, found, matrix) > rules.view_drift
    )


def _confirm_directly(a: Picture, b: Picture, rules: Rules) -> Confirmation | None:
    """The thumbnails shrunk and stretched onto one another, for copies too worn for keypoints: all must agree.

    Shrinking undoes blur, pixelation and blocks of compression. It also makes text alike, so only pictures that
    are textured nearly everywhere are compared in this way.
    """
    ratio = a.width * b.height / (a.height * b.width)
    if not 1 / 3.2 < ratio < 3.2:
        return None
    small_a, small_b = _shrunk(a.grey), _shrunk(b.grey)
    agreed = agreement(small_a, small_b, _plane_scale(small_a.shape, small_b.shape))
    if (
        agreed is None
        or agreed.weighted_structure < rules.direct_structure
        or agreed.disagreeing > rules.direct_disagreement
        or agreed.textured < rules.direct_textured
        or agreed.faint > 0.1
    ):
        return None
    return _confirmation(a, b, agreed, _plane_scale(a.view.shape, b.view.shape), False, "direct")


def _shrunk(grey: np.ndarray) -> np.ndarray:
    """A thumbnail at a third of its size."""
    height, width = grey.shape
    return cv2.resize(grey, (max(1, round(width / 3)), max(1, round(height / 3))), interpolation=cv2.INTER_AREA)


def _confirmation(
    a: Picture, b: Picture, agreed: Agreement, matrix: np.ndarray, mirrored: bool, reason: str
) -> Confirmation:
    full = _plane_scale(b.view.shape, (b.height, b.width)) @ matrix @ _plane_scale((a.height, a.width), a.view.shape)
    return Confirmation(agreed, full[:2] / full[2, 2], mirrored, reason)
