"""Alignment and agreement on planted transforms, and what must not be confirmed."""

import cv2
import numpy as np
import pytest
from PIL import Image, ImageDraw

from lookalike.transforms.functional.images.planes import keypoint_plane, panel_plane, thumbnail
from lookalike.transforms.functional.keypoints import keypoints
from lookalike.transforms.functional.verification import decision, registered
from lookalike.transforms.functional.verification import evidence as evidence_of
from lookalike.transforms.functional.verification.decision import Models, Odds, decide
from lookalike.transforms.functional.verification.evidence import Evidence
from lookalike.transforms.functional.verification.near_misses import NearMisses
from lookalike.transforms.functional.verification.picture import Picture
from lookalike.transforms.functional.verification.relations import COPIES, JOINING, turned
from lookalike.transforms.functional.verification.showing import LEGIBLE, showing
from lookalike.transforms.weights import decision_models, keypoint_axes
from tests.decisions import by_itself
from tests.synthetic import draw_picture

AXES = keypoint_axes()


def picture(rgb, most=250):
    height, width = rgb.shape[:2]
    points = keypoints.detect(keypoint_plane(cv2.cvtColor(rgb, cv2.COLOR_RGB2GRAY), width, height), AXES, 250)
    points = points._make(values[:most] for values in points)
    jpeg = cv2.imencode(".jpg", thumbnail(rgb)[..., ::-1])[1].tobytes()
    return Picture(keypoints.pack(points), keypoints.Panels(), jpeg, width, height, AXES)


def composed(rgb, with_panels=True):
    """The same with the keypoints of its panels."""
    height, width = rgb.shape[:2]
    grey = cv2.cvtColor(rgb, cv2.COLOR_RGB2GRAY)
    plane = keypoint_plane(grey, width, height)
    larger = panel_plane(grey, plane, width, height)
    usual, packed = (keypoints.pack(keypoints.detect(one, AXES, most)) for one, most in ((plane, 250), (larger, 2000)))
    jpeg = cv2.imencode(".jpg", thumbnail(rgb)[..., ::-1])[1].tobytes()
    panels = keypoints.Panels(*larger.shape[::-1], packed) if with_panels else keypoints.Panels()
    return Picture(usual, panels, jpeg, width, height, AXES)


def decided(a, b, parity=-1, cosine=1.0):
    evidence = Evidence(picture(a), picture(b), AXES, parity, cosine)
    evidence.gather()
    (decision,) = decide([evidence], decision_models(), 0.5)
    return by_itself(decision), evidence


def both(a, b, parity=-1, cosine=1.0):
    """What is recorded of two pictures, or None where they have no relation."""
    decision, evidence = decided(a, b, parity, cosine)
    return evidence.measured() if decision.relation else None


def warped(rgb, matrix, size):
    return cv2.warpAffine(rgb, np.float64(matrix), size, flags=cv2.INTER_AREA)


ORIGINAL = draw_picture(11, 480, 360)
PLANTED = {
    "same": [[1, 0, 0], [0, 1, 0]],
    "half": [[0.5, 0, 0], [0, 0.5, 0]],
    "turn": [[0.91, -0.35, 90], [0.35, 0.91, -30]],
    "stretch": [[1.25, 0, 0], [0, 0.9, 0]],
    "shift": [[1, 0, -100], [0, 1, -60]],
}


@pytest.mark.parametrize("name", PLANTED)
def test_the_planted_transform_comes_back(name):
    matrix = np.float64(PLANTED[name])
    found = both(ORIGINAL, warped(ORIGINAL, matrix, (480, 360)))
    assert found is not None
    corners = np.array([[0, 0, 1], [480, 0, 1], [0, 360, 1], [480, 360, 1], [240, 180, 1]], float)
    error = np.linalg.norm(corners @ found.matrix.T - corners @ matrix.T, axis=1)
    assert error.max() < 6 and error[-1] < 2
    assert not found.mirrored


def test_of_a_perspective_the_transform_of_its_middle_is_told():
    corners = np.float32([[0, 0], [480, 0], [480, 360], [0, 360]])
    matrix = cv2.getPerspectiveTransform(corners, np.float32([[0, 0], [480, 40], [480, 320], [0, 360]]))
    found = both(ORIGINAL, cv2.warpPerspective(ORIGINAL, matrix, (480, 360)))
    assert found is not None
    x, y, depth = matrix @ (240, 180, 1)
    assert found.matrix @ (240, 180, 1) == pytest.approx((x / depth, y / depth), abs=3)
    # the right side is smaller than it was, and so is the middle: the copy has less detail
    assert showing(found.matrix.ravel(), 1.0, 1.0, False).detail < 0.9


def test_a_mirrored_copy_is_confirmed_as_one():
    found = both(ORIGINAL, np.ascontiguousarray(ORIGINAL[:, ::-1]), parity=1)
    assert found is not None and found.mirrored
    assert found.matrix[0, 0] == pytest.approx(-1, abs=0.01) and found.matrix[0, 2] == pytest.approx(480, abs=3)


@pytest.mark.parametrize("mirrored", [False, True])
def test_what_only_a_guess_registers_is_mirrored_where_its_transform_mirrors(mirrored):
    smooth = cv2.GaussianBlur(ORIGINAL, (0, 0), 24)
    smooth = cv2.normalize(smooth, None, 0, 255, cv2.NORM_MINMAX)
    copy = np.ascontiguousarray(smooth[:, ::-1]) if mirrored else smooth
    guess = np.array([[-1.0, 0, 480], [0, 1, 0], [0, 0, 1]]) if mirrored else np.eye(3)
    evidence = Evidence(picture(smooth, 0), picture(copy, 0), AXES, -1, 0.0, guess)
    evidence.gather()
    assert evidence.found is None and not evidence.direct, "keypoints and embeddings say nothing"
    assert evidence.measures["mirrored"] == mirrored and evidence.measures["inverted"] == 0
    told = evidence.measured()
    assert told.mirrored == mirrored
    np.testing.assert_allclose(told.matrix, guess[:2], atol=1e-9)


def test_a_negative_is_confirmed():
    assert both(ORIGINAL, 255 - ORIGINAL, parity=2) is not None


def test_a_picture_in_a_picture_is_confirmed_and_its_overlap_said():
    page = np.full((700, 900, 3), 240, np.uint8)
    page[150:510, 200:680] = ORIGINAL
    found = both(ORIGINAL, page)
    assert found is not None
    assert found.agreement.overlap == pytest.approx(480 * 360 / (700 * 900), abs=0.02)
    assert found.agreement.covered == pytest.approx(1, abs=0.02)


def test_ssim_of_an_unchanged_copy_is_nearly_one():
    found = both(ORIGINAL, ORIGINAL)
    assert found is not None and found.agreement.ssim > 0.99
    assert min(found.agreement.luminance, found.agreement.contrast, found.agreement.structure) > 0.99


def figure(side, at=0, swapped=False):
    """A symmetric figure of 16 x 16 cells, `side` px wide; at: cells by which its lower part is moved."""
    half = np.random.default_rng(4).integers(0, 3, (16, 8))
    cells = np.hstack([half, half[:, ::-1]])
    cells[10:] = np.roll(cells[10:], at, 1)
    colours = np.uint8([(250, 250, 250), (200, 40, 40), (30, 30, 30)])
    seen = colours[:, ::-1] if swapped else colours
    return seen[cells].repeat(side // 16, 0).repeat(side // 16, 1)


def measured(a, b, parity=-1, cosine=1.0):
    evidence = Evidence(picture(a), picture(b), AXES, parity, cosine)
    evidence.gather()
    return evidence


@pytest.mark.parametrize("parity", [-1, 0, 1])
@pytest.mark.parametrize("side", [16, 32, 64])
def test_tiny_pictures_are_registered_as_a_whole_whatever_their_keypoints_say(side, parity):
    same, moved = (measured(figure(16), figure(side, at), parity) for at in (0, 3))
    assert same.measures is not None and (moved.measures is None or moved.measures["weighted"] < 0.7)
    assert same.measures["pixels"] == 16 * 16 and same.measures["weighted"] > 0.99


def test_keypoints_that_bear_out_the_stretching_still_speak_for_it_and_others_do_not():
    icon, smaller = (np.asarray(Image.fromarray(ORIGINAL).resize(size)) for size in ((40, 30), (30, 22)))
    borne_out = measured(icon, smaller)
    assert borne_out.direct and borne_out.measures["inliers"] >= 12
    ends = borne_out.a.view, borne_out.b.view, borne_out.matrix
    assert registered._bears_out(borne_out.found, *ends)
    assert not registered._bears_out(borne_out.found._replace(parity=1), *ends)
    assert not registered._bears_out(borne_out.found, *ends[:2], ends[2] @ np.diag([0.7, 1, 1]))


def test_colours_of_tiny_pictures_are_compared():
    swapped = measured(figure(16), figure(16, swapped=True))
    assert swapped.measures["chroma"] > 10 + measured(figure(16), figure(32)).measures["chroma"]


@pytest.mark.parametrize("seed", range(12, 20))
def test_strangers_are_not_confirmed(seed):
    for parity in (-1, 1, 2, 3):
        assert both(ORIGINAL, draw_picture(seed, 480, 360), parity) is None


def test_colours_lie_where_they_are_whatever_the_thumbnails_sizes():
    """Half of an odd number of pixels is not a number of pixels."""
    squares = np.random.default_rng(0).integers(0, 255, (21, 28, 3), np.uint8)
    chequered = cv2.resize(squares, (333, 250), interpolation=cv2.INTER_NEAREST)
    whole = cv2.addWeighted(draw_picture(11, 333, 250), 0.5, chequered, 0.5, 0)
    part = np.ascontiguousarray(whole[83:])
    _, evidence = decided(whole, part)
    assert evidence.a.grey.shape[0] % 2 and evidence.b.grey.shape[1] % 2
    assert evidence.measured().recoloured < 4


def page(seed):
    """A page of a form: the same rules and heads on all, other words on each."""
    rng = np.random.default_rng(seed)
    sheet = Image.new("RGB", (600, 780), "white")
    draw = ImageDraw.Draw(sheet)
    draw.rectangle((0, 0, 600, 60), fill=(40, 90, 160))
    draw.text((20, 20), "MONTHLY STATEMENT", fill="white")
    for line in range(24):
        top = 90 + line * 28
        draw.line((20, top + 22, 580, top + 22), fill=(200, 200, 200))
        words = [
            "".join(rng.choice(list("abcdefghijklmnoprstuvw"), rng.integers(2, 11))) for _ in range(rng.integers(3, 9))
        ]
        draw.text((24, top), " ".join(words), fill="black")
    return np.asarray(sheet)


@pytest.mark.parametrize("other", range(2, 7))
def test_pages_of_one_template_are_not_copies(other):
    assert decided(page(1), page(other))[0].relation not in COPIES


def test_a_page_is_a_copy_of_itself_though():
    assert decided(page(1), np.asarray(Image.fromarray(page(1)).resize((450, 585))))[0].relation == "same"


def test_what_is_least_alike_of_two_pages_is_told_where_print_can_be_compared():
    changed = Image.fromarray(page(1))
    ImageDraw.Draw(changed).rectangle((24, 370, 60, 382), fill="white")
    copy = both(page(1), np.asarray(Image.fromarray(page(1)).resize((450, 585))))
    other = both(page(1), np.asarray(changed))
    assert copy.least > LEGIBLE > other.least
    assert both(ORIGINAL, ORIGINAL).least == 1  # a photograph has no larger thumbnail


def test_two_collages_that_share_a_tile_are_not_copies():
    tile = draw_picture(30, 300, 300)
    left = np.hstack([tile, draw_picture(31, 300, 300), draw_picture(32, 300, 300)])
    right = np.hstack([draw_picture(33, 300, 300), tile, draw_picture(34, 300, 300)])
    assert decided(left, right)[0].relation not in JOINING
    assert decided(tile, left)[0].relation == "part"


def test_two_pictures_on_one_backdrop_are_not_copies():
    backdrop = draw_picture(40, 480, 360)
    shots = []
    for seed, (left, top, width, height) in ((41, (20, 20, 260, 195)), (42, (190, 130, 270, 200))):
        shot = backdrop.copy()
        shot[top : top + height, left : left + width] = draw_picture(seed, width, height)
        shots.append(shot)
    assert decided(*shots)[0].relation not in COPIES
    covered = backdrop.copy()
    covered[200:320, 300:460] = draw_picture(43, 160, 120)
    assert decided(backdrop, covered)[0].relation in ("same", "overlaid")


class Told:
    """Evidence of a pair, for trees that ask for no measure."""

    def __init__(self, containment):
        self.measures, self.containment = {}, containment


def told(containment, monkeypatch, **probabilities):
    """What is decided where the trees say so, from either side."""
    none = dict.fromkeys(Odds._fields, 0.0)
    found = Odds(**{name: np.array([value]) for name, value in (none | probabilities).items()})
    found = found._replace(copy=np.log(found.copy / (1 - found.copy)), may_be=found.copy >= 0.5)
    monkeypatch.setattr(decision, "odds", lambda models, rows, least: found)
    models = Models((), *[None] * 4, NearMisses(0.0, 0.0))
    (forth,), (back,) = (decide([Told(way)], models, 0.5) for way in (containment, turned(containment)))
    return by_itself(forth), by_itself(back)


@pytest.mark.parametrize(
    ("containment", "relation"),
    [("same", "overlaid"), ("part", "overlaid"), ("whole", "overlaid"), ("overlap", "overlap")],
)
def test_something_laid_over_is_told_from_either_side(containment, relation, monkeypatch):
    forth, back = told(containment, monkeypatch, copy=0.9, overlaid=0.8)
    assert (forth, back) == ((relation, 0.9), (turned(relation), 0.9))
    forth, back = told(containment, monkeypatch, copy=0.9, overlaid=0.2)
    assert (forth, back) == ((containment, 0.9), (turned(containment), 0.9))


def test_refused_pairs_keep_the_probability_of_a_copy(monkeypatch):
    assert told("same", monkeypatch, copy=0.4, view=0.3)[0] == ("", 0.4)
    assert told("same", monkeypatch, copy=0.4, view=0.7)[0] == ("view", 0.7)


def test_the_longest_picture_has_a_thumbnail():
    row = np.repeat(draw_picture(3, 250, 1), 1000, 1)
    assert picture(row).grey.shape == (16, 65_500)
    assert picture(row.transpose(1, 0, 2).copy()).grey.shape == (65_500, 16)


def collage(count=3, width=420, height=320):
    """So many drawn pictures on a side, each as large as by itself, with gaps between them."""
    rows = [
        np.hstack(
            [np.pad(draw_picture(count * y + x + 60, width, height), ((0, 9), (0, 9), (0, 0))) for x in range(count)]
        )
        for y in range(count)
    ]
    return np.vstack(rows)


@pytest.mark.parametrize("turned", [False, True])
def test_a_panel_is_not_cut_out_of_the_picture_whatever_its_edges_look_like(turned, monkeypatch):
    monkeypatch.setattr(evidence_of, "is_cut_out", lambda *_: True)
    tile = draw_picture(3 * 1 + 2 + 60, 420, 320)
    for whole, part, is_cut in (
        (composed(collage()), tile, False),
        (picture(ORIGINAL), ORIGINAL[40:300, 60:400], True),
    ):
        pair = (picture(part), whole) if turned else (whole, picture(part))
        evidence = Evidence(*pair, AXES, 0, 0.3)
        evidence.gather()
        assert evidence.containment == ("part" if turned else "whole")
        assert evidence.cut == is_cut


@pytest.mark.parametrize("turned", [False, True])
def test_a_picture_is_found_by_the_keypoints_of_panels_where_those_of_all_are_too_few(turned):
    whole, tile = collage(), draw_picture(3 * 1 + 2 + 60, 420, 320)  # the last of the second row
    usual, panelled, part = picture(whole), composed(whole), picture(tile)
    pair = (part, usual) if turned else (usual, part)
    assert Evidence(*pair, AXES, 0, 0.3).found is None
    pair = (part, panelled) if turned else (panelled, part)
    evidence = Evidence(*pair, AXES, 0, 0.3)
    assert len(evidence.found.inliers) > 60
    evidence.gather()
    assert evidence.containment == ("part" if turned else "whole")
    corner, place = ((0, 0), (2 * 429, 329)) if turned else ((2 * 429, 329), (0, 0))
    assert evidence.measured().matrix @ (*corner, 1) == pytest.approx(place, abs=4)


@pytest.mark.parametrize("turned", [False, True])
def test_of_two_composed_pictures_that_of_more_panels_is_aligned_by_them(turned):
    tiles = [np.pad(draw_picture(number, 420, 320), ((0, 9), (0, 9), (0, 0))) for number in (65, 99)]
    pair = composed(collage()), composed(np.hstack(tiles))
    evidence = Evidence(*(pair[::-1] if turned else pair), AXES, 0, 0.3)
    assert len(evidence.found.inliers) > 12
    assert (evidence.panels_a, evidence.panels_b) == (not turned, turned)


def test_panels_change_nothing_where_all_of_two_pictures_is_much_alike():
    whole = collage()
    pictures = whole, cv2.GaussianBlur(whole, (0, 0), 2)
    usual, again = (Evidence(*(composed(one, more) for one in pictures), AXES, 0, 0.9) for more in (False, True))
    for one in (usual, again):
        one.gather()
    assert usual.measures == again.measures
    np.testing.assert_array_equal(usual.matrix, again.matrix)


def test_shingles_of_panels_are_those_of_the_picture():
    whole = collage()
    usual, panelled = picture(whole).shingles.tokens, composed(whole).shingles.tokens
    assert np.isin(usual, panelled).all()
    tile = picture(draw_picture(60, 420, 320)).shingles.tokens
    assert np.isin(tile, panelled).mean() > 0.1 > 0.05 > np.isin(tile, usual).mean()
