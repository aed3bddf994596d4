"""What is compiled and what stands in for it give the same bytes."""

import cv2
import numpy as np
import pytest

from lookalike.transforms.functional.embedding import descriptors
from lookalike.transforms.functional.images import ssim
from lookalike.transforms.functional.images.pixels import areas, detail, panels, plain, triangles
from lookalike.transforms.functional.keypoints import blobs, keypoints, patches, peaks, scale_space, shingles, sift
from lookalike.transforms.functional.lsh import buckets, collisions
from lookalike.transforms.functional.lsh.codes import cross_polytopes, minhash
from lookalike.transforms.functional.native import kernels
from lookalike.transforms.functional.registration import (
    agreement,
    least_squares,
    refine,
    resampling,
    shown,
)
from lookalike.transforms.functional.registration.agreement import Maps
from lookalike.transforms.functional.verification import colours, trees
from lookalike.transforms.functional.verification.measures import colours as colour_measures
from lookalike.transforms.functional.verification.measures import fine, windows
from lookalike.transforms.weights import decision_models, keypoint_axes
from tests.synthetic import grey

SHAPES = [(220, 220), (16, 400), (97, 31), (16, 16)]


def noise(height, width):
    return np.random.default_rng(height).integers(0, 256, (height, width), np.uint8)


PICTURES = [*(noise(*shape) for shape in SHAPES), *(grey(seed) for seed in range(6)), np.zeros((40, 40), np.uint8)]


CODES = {
    "none": [],
    "one": [7],
    "equal": [3] * 9,
    "last digit": np.arange(999) * 7 % 5,
    "two digits": np.arange(999) * 7 % 5000,
    "first digit": (np.arange(999) * 7 % 5) << 24,
    "all": np.random.default_rng(0).integers(0, 2**32, 5000),
    "greatest": [2**32 - 1, 0, 2**32 - 1],
}


@pytest.mark.parametrize("codes", CODES.values(), ids=CODES)
def test_codes_are_put_in_the_same_order(without, codes):
    codes = np.array(codes, np.uint32)
    ours, theirs = buckets.runs(codes), without(buckets.runs, codes)
    for one, other in zip(ours, theirs, strict=True):
        np.testing.assert_array_equal(one, other)
        assert one.dtype == other.dtype == np.int64
    np.testing.assert_array_equal(ours[0], np.argsort(codes, kind="stable"))


@pytest.mark.parametrize("dtype", [np.int64, np.uint64])
def test_numbers_of_64_bits_are_put_in_order(dtype):
    numbers = (np.random.default_rng(0).integers(0, 50, 999).astype(dtype) << dtype(31)) + np.arange(
        999, dtype=dtype
    ) % 7
    np.testing.assert_array_equal(buckets.order_of(numbers), np.argsort(numbers, kind="stable"))


def test_they_were_built_here():
    assert kernels.compiled is not None, "make kernels"


def test_keypoints_are_the_same(without):
    axes = keypoint_axes()
    found = [keypoints.pack(keypoints.detect(picture, axes, 250)) for picture in PICTURES]
    assert found == [without(lambda p: keypoints.pack(keypoints.detect(p, axes, 250)), picture) for picture in PICTURES]
    assert sum(map(len, found)) > 22 * 1000


@pytest.mark.parametrize("shape", [(33, 70), (5, 5), (1, 40), (40, 1), (2, 3), (64, 300), (9, 16), (9, 17), (9, 63)])
def test_blurred_planes_are_the_same(without, shape):
    plane = np.random.default_rng(1).integers(0, 255 * scale_space.UNIT + 1, shape).astype(np.int16)
    for level in range(1, scale_space.LEVELS):
        kernel = scale_space._step(level)
        ours, theirs = np.empty_like(plane), np.empty_like(plane)
        scale_space.blur(plane, ours, kernel)
        without(scale_space.blur, plane, theirs, kernel)
        np.testing.assert_array_equal(ours, theirs)


@pytest.mark.parametrize("reach", range(13))
def test_planes_blurred_by_kernels_of_any_reach_are_the_same(without, reach):
    """The largest values there are, among others."""
    rng = np.random.default_rng(reach)
    plane = rng.choice(np.array([0, 1, 254, 255 * scale_space.UNIT], np.int16), (29, 75))
    sides = rng.integers(1, 20, reach)
    kernel = np.array([scale_space.TAPS - 2 * sides.sum(), *sides], np.float32)
    ours, theirs = np.empty_like(plane), np.empty_like(plane)
    scale_space.blur(plane, ours, kernel)
    without(scale_space.blur, plane, theirs, kernel)
    np.testing.assert_array_equal(ours, theirs)


def test_blobs_are_the_same_where_many_extrema_are_alike(without):
    """Plateaus, steps of one, values at the ends of the range."""
    rng = np.random.default_rng(2)
    flat = rng.integers(0, 3, (6, 40, 52)) * 255 * scale_space.UNIT // 2
    near = flat[:1] // 2 + rng.integers(0, 2000, (6, 40, 52))
    for levels in (flat.astype(np.int16), near.astype(np.int16)):
        ours, theirs = blobs.blobs(levels), without(blobs.blobs, levels)
        assert len(ours) > 20
        # every one of the same, in no order
        np.testing.assert_array_equal(ours[np.lexsort(ours.T)], theirs[np.lexsort(theirs.T)])


def test_what_is_counted_is_the_same_outside_of_the_plane_as_well(without):
    rng = np.random.default_rng(3)
    plane = rng.integers(0, 255 * scale_space.UNIT + 1, (30, 50)).astype(np.int16)
    places = np.column_stack([rng.uniform(-20, 70, (40, 2)), rng.uniform(-4, 4, (40, 2))])
    steps = np.linspace(-4, 4, 18)
    for function, weights in (
        (patches.directions, rng.uniform(0, 1, (16, 16))),
        (patches.descriptors, rng.integers(0, 129, (16, 4)).astype(np.float64)),
    ):
        np.testing.assert_array_equal(
            function(plane, places, steps, weights), without(function, plane, places, steps, weights)
        )


@pytest.mark.parametrize("count", [1, 2, 250])
def test_descriptors_are_rooted_the_same(without, count):
    """Many, few and no gradients, in one direction and in all."""
    rng = np.random.default_rng(count)
    cells = np.floor(rng.exponential(10.0 ** rng.integers(0, 9, (count, 1, 1, 1)), (count, 4, 4, 8)))
    cells[count // 2] = 0
    cells[0, :, :, 1:] = 0
    ours = sift._rooted(cells)
    np.testing.assert_array_equal(ours, without(sift._rooted, cells.copy()))
    assert ours[0].any() or count < 2


@pytest.mark.parametrize("shape", [(3, 9, 12, 720), (1, 1, 1, 1), (2, 5, 60, 1030), (0, 9, 12, 720)])
def test_cubes_are_added_up_the_same(without, shape):
    """Also of more places than fit into 32 bits, and where all are the greatest there are."""
    maps = np.random.default_rng(3).integers(0, 256, shape, np.uint8)
    maps[:1] = 255
    ours = descriptors._cubes(maps)
    np.testing.assert_array_equal(ours, without(descriptors._cubes, maps))
    if len(maps):
        assert ours[0, 0] == 255**3 * shape[1] * shape[2]


def test_peaks_are_the_same(without):
    """Also of what is nothing, flat, at either end of the turn, or as high as its neighbours."""
    rng = np.random.default_rng(4)
    some, steps = rng.uniform(0, 9, (300, patches.BINS)), rng.integers(0, 3, (300, patches.BINS)).astype(np.float64)
    ends = np.maximum(0, 20 - np.abs(np.arange(patches.BINS) - rng.choice([0, 0.4, 35, 35.7], (20, 1))))
    for counted in (some, steps, ends, np.zeros((3, patches.BINS)), np.zeros((0, patches.BINS))):
        ours, theirs = peaks.peaks(counted), without(peaks.peaks, counted)
        for one, other in zip(ours, theirs, strict=True):
            np.testing.assert_array_equal(one, other)
        assert ours[0].dtype == theirs[0].dtype and (len(ours[0]) >= len(counted) or not counted.any())


@pytest.mark.parametrize("shape", [(97, 144), (144, 97), (11, 12), (3, 40), (1, 1)])
@pytest.mark.parametrize("stride", [1, 2, 3])
def test_windows_are_compared_the_same(without, shape, stride):
    a = noise(*shape)
    b = np.clip(a.astype(int) + np.random.default_rng(5).integers(-40, 40, shape), 0, 255).astype(np.uint8)
    for one, other in (
        (a, b),
        (b, a),
        (a, 255 - a),
        (a, np.full_like(a, 77)),
        (np.zeros_like(a), np.full_like(a, 255)),
    ):
        ours, theirs = ssim.compare(one, other, stride), without(ssim.compare, one, other, stride)
        np.testing.assert_array_equal(np.stack(ours), np.stack(theirs))


@pytest.mark.parametrize("shape", [(144, 192), (97, 31), (16, 400), (5, 3), (1, 1)])
@pytest.mark.parametrize("size", [(80, 112), (32, 31), (97, 32), (1, 2)])
def test_planes_are_smoothed_the_same(without, shape, size):
    """Smaller, larger, and as they are; the least and the greatest values beside one another, too."""
    plane = np.random.default_rng(3).integers(0, 256, (*shape, 3), np.uint8)
    plane[::3, ::2], plane[1::4] = 255, 0
    for one in (plane, np.full_like(plane, 255)):
        np.testing.assert_array_equal(triangles.smoothed(one, size), without(triangles.smoothed, one, size))


@pytest.mark.parametrize("shape", [(97, 144), (144, 97), (11, 12), (3, 40), (40, 1), (1, 1)])
def test_variances_are_the_same(without, shape):
    for picture in (noise(*shape), np.zeros(shape, np.uint8), np.full(shape, 255, np.uint8)):
        ours = ssim.variance(picture)
        np.testing.assert_array_equal(ours, without(ssim.variance, picture))
        assert (ours.max() > 100) == (picture.std() > 0)


@pytest.mark.parametrize("picture", [*PICTURES, noise(1, 1), noise(3, 40), noise(16, 400) // 8 * 8])
def test_grounds_are_as_plain_and_lit_the_same(without, picture):
    pictures = [picture, picture // 16 * 7, np.maximum(picture, 250)]
    for tiles in (1, 6, 7):
        for one in pictures:
            shares, spread = plain._told(one, tiles)
            slowly = without(plain._told, one, tiles)
            np.testing.assert_array_equal(shares, slowly[0])
            np.testing.assert_array_equal(spread, slowly[1])
    for one in pictures:
        np.testing.assert_array_equal(plain._evenly_lit(one), without(plain._evenly_lit, one))


@pytest.mark.parametrize("picture", [*PICTURES, noise(1, 1), noise(1, 40), noise(40, 2), noise(9, 70)])
def test_rows_and_columns_are_the_same(without, picture):
    for one in (picture, picture // 64 * 64, picture[3:, 1:]):
        if one.size:
            for ours, slow in zip(panels.lines(one), without(panels.lines, one), strict=True):
                assert ours.length == slow.length
                for own, other in zip(ours[1:], slow[1:], strict=True):
                    assert own.dtype == other.dtype == np.int32
                    np.testing.assert_array_equal(own, other)


@pytest.mark.parametrize("picture", [*PICTURES, noise(1, 1), noise(1, 40), noise(40, 1), noise(9, 70)])
def test_detail_is_the_same(without, picture):
    for one in (picture, picture // 64 * 64, picture[3:, 1:]):
        if one.size:
            np.testing.assert_array_equal(detail._added_up(one), without(detail._added_up, one))


def test_colours_are_counted_the_same(without):
    for count in (1, 2, 255, 256, 257):
        colours = np.random.default_rng(count).permutation(1 << 24)[:count]
        picture = np.repeat(colours[:, None] >> np.array([16, 8, 0]) & 255, 3, axis=0).astype(np.uint8)[None]
        assert detail._colours(picture) == without(detail._colours, picture) == count
    many = np.random.default_rng(0).integers(0, 256, (50, 50, 3), np.uint8)
    assert detail._colours(many) > detail.COLOURS < without(detail._colours, many)


def test_all_greys_are_lit_the_same_on_all_grounds(without, monkeypatch):
    grey, around = np.indices((256, 256), np.uint8)
    monkeypatch.setattr(cv2, "morphologyEx", lambda picture, *_: np.maximum(picture, around))
    np.testing.assert_array_equal(plain._evenly_lit(grey), without(plain._evenly_lit, grey))


@pytest.mark.parametrize("size", [(220, 147), (499, 374), (500, 100), (250, 70), (250, 125), (7, 3), (1, 1), (600, 9)])
def test_areas_are_averaged_the_same(without, size):
    """By factors that are whole in one direction, in both or in none, and where one side becomes larger."""
    colours = np.random.default_rng(size).integers(0, 256, (375, 500, 3), np.uint8)
    for picture in (colours, noise(375, 500), grey(1), np.full((9, 700), 255, np.uint8)):
        into = min(size[0], picture.shape[1]), min(size[1], picture.shape[0])
        ours = areas.averaged(picture, into)
        np.testing.assert_array_equal(ours, without(areas.averaged, picture, into))
        assert ours.shape == (*into[::-1], *picture.shape[2:]) and abs(ours.mean() - picture.mean()) < 12


def test_windows_show_the_same(without, maps):
    given = maps.moved, maps.plane, maps.inner
    (terms, ours), (slowly, theirs) = shown.windows_of(*given), without(shown.windows_of, *given)
    for one, other in zip((*terms, *ours[:-1]), (*slowly, *theirs[:-1]), strict=True):
        np.testing.assert_array_equal(one, other)
        assert one.dtype == other.dtype
    assert ours.totals == theirs.totals and ours.totals.weight > 0 and ours.totals.windows == maps.inner.sum()


@pytest.mark.parametrize("shape", [(144, 97), (11, 11), (5, 30), (31, 2), (1, 1)])
@pytest.mark.parametrize("holes", [0, 1, 3, 40, None])
def test_the_same_windows_lie_inside(without, shape, holes):
    """Of masks that are whole, have holes in the middle and at the edges, and are empty."""
    rng = np.random.default_rng(shape)
    mask = np.full(shape, holes is not None, np.uint8)
    mask[rng.integers(0, shape[0], holes or 0), rng.integers(0, shape[1], holes or 0)] = 0
    for one in (mask, mask[::-1], cv2.erode(mask, np.ones((9, 9), np.uint8))):
        (ours, *counts), (theirs, *others) = agreement.windows_inside(one), without(agreement.windows_inside, one)
        np.testing.assert_array_equal(ours, theirs)
        assert ours.dtype == theirs.dtype == bool and counts == others and (counts[0] == mask.size) == bool(one.all())


def test_means_are_those_of_opencv(maps):
    overlap = maps.inner.view(np.uint8)
    for name in ("ssim", "luminance", "contrast", "structure"):
        assert getattr(maps.agreement, name) == cv2.mean(getattr(maps.terms, name), overlap)[0]
    strong = cv2.mean(maps.more, maps.disagreeing.view(np.uint8))[0]
    assert windows.window_measures(maps)["strong_disagreeing"] == pytest.approx(strong)


def test_places_of_a_letter_are_the_same(without, maps):
    ours, theirs = fine.places_of(maps), without(fine.places_of, maps)
    np.testing.assert_array_equal(ours.structure, theirs.structure)
    np.testing.assert_array_equal(ours.left, theirs.left)
    assert ours.structure.dtype == ours.left.dtype == np.float32
    assert ours.texture == theirs.texture > 0 and len(ours.structure) and len(ours.left) == maps.totals.textured


def test_of_nothing_no_place_of_a_letter_is_told(without):
    flat = np.full((40, 50), 90, np.uint8)
    maps = Maps(flat, flat, np.ones_like(flat), np.ones((20, 25), bool), 1.0, 1.0)
    for found in (fine.places_of(maps), without(fine.places_of, maps)):
        assert not len(found.structure) and not len(found.left) and found.texture == 0


@pytest.mark.parametrize("shape", [(216, 216), (15, 70), (1, 40), (40, 1), (1, 1), (3, 2), (20, 900)])
def test_registrations_are_refined_the_same(without, shape):
    """Local contrast, and the motion of what lies a little off, where hardly anything differs, and where much does."""
    rng, steps = np.random.default_rng(shape), []
    soft, flat = cv2.GaussianBlur(noise(*shape), (0, 0), 2), np.full(shape, 255, np.uint8)
    for plane in (noise(*shape), soft, flat):
        ours = refine.local_contrast(plane)
        np.testing.assert_array_equal(ours, without(refine.local_contrast, plane))
        assert ours.dtype == np.float32 and (ours.any() or plane is flat or shape == (1, 1))
        for spread in (0, 8, 40):
            other = np.clip(np.rint(ours + rng.normal(0, spread, shape)), -96, 96).astype(np.float32)
            for matrix in (np.eye(3), np.array([[1.004, 0.003, -1.3], [-0.002, 0.997, 0.4], [1e-5, -1e-5, 1]])):
                found = refine.motion(ours, other, matrix)
                np.testing.assert_array_equal(found, without(refine.motion, ours, other, matrix))
                steps.append(float(np.abs(found - np.eye(3)).max()))
    assert max(steps) > 0.1 or ours.size < refine.FEW


@pytest.mark.parametrize(("size", "onto"), [((216, 150), (150, 216)), ((31, 7), (40, 40)), ((1, 1), (3, 130))])
def test_it_moves_as_much_wherever_a_plane_lies(without, size, onto):
    a = refine.local_contrast(cv2.GaussianBlur(noise(*size), (0, 0), 3))
    for matrix in homographies(np.random.default_rng(size), size, onto):
        off = np.array([[1, 0, 0.7], [0, 1, -0.4], [0, 0, 1]])
        b = np.rint(cv2.warpPerspective(a, off @ matrix, onto[::-1]))
        np.testing.assert_array_equal(refine.motion(a, b, matrix), without(refine.motion, a, b, matrix))


def test_sums_of_the_longest_planes_are_exact(without):
    """Whose thumbnails are larger: half of 17 x 11,311 px."""
    stripes = np.tile(np.uint8([0, 0, 255, 255]), (8, 1414))
    contrast = refine.local_contrast(stripes)
    given = contrast + 1, contrast, np.eye(3)
    np.testing.assert_array_equal(refine.motion(*given), without(refine.motion, *given))
    sums = refine._sums(contrast + 1, np.eye(3), contrast, np.ones(stripes.shape, np.uint8))
    assert 0.8 * 2**53 < sums.normal.max() < 2**53


def homographies(rng, size, onto):
    """Plain scalings, turns, perspectives, one that looks across its horizon, and one that leads elsewhere."""
    (height, width), (rows, columns) = size, onto
    yield np.diag([columns / width, rows / height, 1.0])
    for tilt in (0.0, 1e-4, 3e-3, 5e-2):
        turn, scale = rng.uniform(0, 2 * np.pi), rng.uniform(0.4, 2.5)
        matrix = np.eye(3)
        matrix[:2, :2] = scale * np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])
        matrix[2, :2] = rng.normal(0, 1, 2) * tilt
        x, y, depth = matrix @ (width / 2, height / 2, 1)
        matrix[:2] += np.outer([columns / 2 - x / depth, rows / 2 - y / depth], matrix[2])
        yield matrix
    yield np.array([[1.0, 0, 5 * columns], [0, 1, 0], [0, 0, 1]])


@pytest.mark.parametrize("size", [(144, 100), (31, 97), (1, 40), (40, 1), (1, 1), (2, 2)])
@pytest.mark.parametrize("onto", [(90, 144), (3, 129), (17, 15), (1, 1)])
@pytest.mark.parametrize("channels", [(), (3,)])
def test_planes_are_warped_the_same(without, size, onto, channels):
    plane, lies = np.random.default_rng(size).integers(0, 256, (*size, *channels), np.uint8), 0
    for matrix in homographies(np.random.default_rng((*size, *onto)), size, onto):
        ours, theirs = (
            resampling.warped(plane, matrix, onto, 250),
            without(resampling.warped, plane, matrix, onto, 250),
        )
        for one, other in zip(ours, theirs, strict=True):
            np.testing.assert_array_equal(one, other)
            assert one.dtype == np.uint8
        np.testing.assert_array_equal(resampling.covered(size, matrix, onto, 250), ours[1])
        lies += int(ours[1].sum())
    assert lies or min(size) < 3


@pytest.mark.parametrize("shape", [(72, 54), (9, 40), (4, 4), (1, 30)])
@pytest.mark.parametrize("side", [1, 2, 3, 4])
def test_swatches_are_the_same(without, shape, side):
    rng = np.random.default_rng(shape)
    moved, plane = rng.integers(0, 256, (2, *shape, 3), np.uint8)
    for mask in ((rng.random(shape) > 0.1).astype(np.uint8), np.ones(shape, np.uint8), np.zeros(shape, np.uint8)):
        ours, theirs = colours.swatches(moved, plane, mask, side), without(colours.swatches, moved, plane, mask, side)
        np.testing.assert_array_equal(ours, theirs)
        assert ours.shape[1] <= shape[0] // side * (shape[1] // side)
        assert bool(ours.size) == (mask.any() and min(shape) >= side)


@pytest.mark.parametrize("count", [1, 12, 13, 300])
def test_colours_are_compared_the_same(without, count):
    """Of tinted pictures, of unlike ones, and where one is grey."""
    rng = np.random.default_rng(count)
    a = rng.integers(0, 256, (count, 3), np.uint8)
    tinted = (a * np.array([0.7, 0.9, 0.8]) + 9).astype(np.uint8)
    for b in (tinted, rng.integers(0, 256, (count, 3), np.uint8), np.full_like(a, 128), a):
        lab = np.stack([a, b])
        ours, theirs = colour_measures.colours_apart(lab), without(colour_measures.colours_apart, lab)
        for one, other in zip(ours, theirs, strict=True):
            np.testing.assert_array_equal(one, other)
        apart, left, chroma = ours
        assert (b is a) == (not apart.any()) and chroma.any()
        assert b is not tinted or left.max() < 3


def test_trees_say_the_same(without):
    """What is measured may be a threshold, infinite or not a number."""
    rng = np.random.default_rng(0)
    for model in decision_models()[1:-1]:
        rows = rng.normal(0, 1, (70, len(decision_models().names))).astype(np.float32)
        rows[:30, model.feature[0]] = model.threshold[0]
        rows[30], rows[31], rows[32] = np.inf, -np.inf, np.nan
        for some in (rows, rows[:1], rows[:0], rows.astype(np.float64)[:, ::-1]):
            ours = trees.log_odds(model, some)
            np.testing.assert_array_equal(ours, without(trees.log_odds, model, some))
            assert ours.shape == (len(some),) and ours.dtype == np.float64


@pytest.mark.parametrize("count", [2, 3, 4, 5, 40, 250])
@pytest.mark.parametrize("side", [6, 40, 900])
def test_neighbours_are_the_same(without, count, side):
    """Also where many are as near, or in one place."""
    rng = np.random.default_rng(count)
    xy, octave = rng.integers(0, side, (count, 2), np.int32), rng.integers(0, 90, count, np.int32)
    ours, theirs = shingles._neighbours(xy, octave), without(shingles._neighbours, xy, octave)
    np.testing.assert_array_equal(ours, theirs)
    assert ours.shape[1] == 4 * count or count < 5 or side == 6


@pytest.mark.parametrize("count", [2, 3, 16, 17, 250])
def test_shingles_are_the_same(without, count):
    """Of pictures of every parity, whose keypoints lie in all directions and have all sizes."""
    rng = np.random.default_rng(count)
    packed = np.zeros(count, keypoints.PACKED)
    packed["x"], packed["y"] = rng.integers(0, 220 * 16, (2, count))
    packed["size"], packed["angle"] = rng.integers(0, 200, count), rng.integers(0, 256, count)
    packed["code"] = rng.integers(0, 256, packed["code"].shape)
    some = keypoints.unpack(packed.tobytes())
    ours, theirs = (call(shingles.shingles, some, keypoint_axes()) for call in (lambda f, *given: f(*given), without))
    for one, other in zip(ours, theirs, strict=True):
        np.testing.assert_array_equal(one, other)
        assert one.dtype == other.dtype == np.uint32
    assert (np.diff(ours.tokens.astype(int)) > 0).all() and (ours.tokens < 1 << 31).all()
    assert count < 250 or np.unique(shingles.parities(ours.residual)).tolist() == [0, 1, 2, 3]


@pytest.mark.parametrize("count", [1, 3, 32, 33, 320])
def test_signatures_are_the_same(without, count):
    """Also of tokens that come twice, with other residual bits: the first counts."""
    rng = np.random.default_rng(count)
    tokens = rng.integers(0, 300, 500).astype(np.uint32)
    residual = np.arange(500, dtype=np.uint32)
    ours, theirs = (
        minhash.signature_of(tokens, residual, count, 1),
        without(minhash.signature_of, tokens, residual, count, 1),
    )
    for one, other in zip(ours, theirs, strict=True):
        np.testing.assert_array_equal(one, other)
        assert one.dtype == other.dtype == np.uint32
    assert minhash.signature_of(tokens[:1], residual[7:8], count, 1)[1].tolist() == [7] * count


def points(rng, count, xy=None):
    """Keypoints without descriptors."""
    xy = rng.uniform(0, 200, (count, 2)) if xy is None else xy
    size, angle = rng.uniform(0, 12, count), rng.uniform(0, 2 * np.pi, count)
    return keypoints.Keypoints(*(one.astype(np.float32) for one in (xy, size, angle)), np.zeros((count, 32), np.uint8))


@pytest.mark.parametrize(("size", "given"), [(1, 1), (3, 1), (6, 2), (40, 2)])
def test_the_same_equations_are_solved(without, size, given):
    rng = np.random.default_rng(size)
    terms = rng.normal(size=(size, 2 * size))
    rows = np.hstack([terms @ terms.T + np.eye(size), rng.normal(size=(size, given))])
    before = rows.copy()
    found = least_squares.solved(rows)
    np.testing.assert_array_equal(found, without(least_squares.solved, rows))
    np.testing.assert_allclose(found, np.linalg.solve(rows[:, :size], rows[:, size:]), atol=1e-9)
    np.testing.assert_array_equal(rows, before)


@pytest.mark.parametrize("count", [4, 5, 16, 63, 64, 65, 200, 900])
@pytest.mark.parametrize("noise_of", [0.0, 1.0, 200.0])
def test_homographies_are_fitted_the_same(without, count, noise_of):
    """Also to places in a line, in one place, and to mates that no homography takes them near to."""
    rng = np.random.default_rng(count)
    xy = rng.uniform(0, 220, (count, 2)).astype(np.float32)
    depth = 1 + xy @ (1e-3, -5e-4)
    mates = (xy @ np.array([[0.9, 0.3], [-0.2, 1.1]]) + 9) / depth[:, None] + rng.normal(0, noise_of, (count, 2))
    for places in (xy, xy * np.float32([1, 0]), np.ones_like(xy)):
        ours = least_squares.fit_homography(places, mates)
        np.testing.assert_array_equal(ours, without(least_squares.fit_homography, places, mates))
        assert noise_of or places is not xy or abs(ours[2, :2] - (1e-3, -5e-4)).max() < 1e-9


def test_what_does_not_fit_is_refused():
    plane = np.zeros((10, 12), np.float32)
    whole = np.zeros((10, 12), np.int16)
    with pytest.raises(ValueError, match="an array of 240 bytes"):
        kernels.compiled.blur(whole, np.zeros((9, 12), np.int16), np.ones(1, np.float32), 10, 12)
    with pytest.raises(ValueError, match="1 to 13 taps"):
        kernels.compiled.blur(whole, whole.copy(), np.ones(14, np.float32), 10, 12)
    with pytest.raises(ValueError, match="an array of"):
        kernels.compiled.blobs(whole, np.zeros(5), np.zeros((4, 7)), 10, 12)
    with pytest.raises(ValueError, match="histograms of keypoints"):
        kernels.compiled.rooted(np.zeros(127), np.zeros(127, np.float32), 1.0, 0.2)
    with pytest.raises(ValueError, match="an array of 512 bytes"):
        kernels.compiled.rooted(np.zeros(128), np.zeros(127, np.float32), 1.0, 0.2)
    for places, out, match in (
        (0, 1, "places and"),
        (7, 1, "whole maps"),
        (5, 1, "a sum of each"),
        (5, 9, "a sum of each"),
    ):
        with pytest.raises(ValueError, match=match):
            kernels.compiled.cubes(np.zeros(10, np.uint8), np.zeros(out), places, 2)
    picture = np.zeros((10, 12, 2), np.uint8)
    with pytest.raises(ValueError, match="one channel or three"):
        kernels.compiled.area(picture, np.zeros((5, 6, 2), np.uint8), 10, 12, 5, 6)
    with pytest.raises(ValueError, match="sides become less"):
        kernels.compiled.area(picture, np.zeros((11, 6), np.uint8), 10, 12, 11, 6)
    with pytest.raises(ValueError, match="3 to 18 samples"):
        patches.directions(whole, np.zeros((1, 4)), np.zeros(19), np.zeros((17, 17)))
    with pytest.raises(ValueError, match="an array of 432 bytes"):
        kernels.compiled.plain(plane > 0, np.zeros((3, 35), np.int32), 10, 12, 6, 7)
    with pytest.raises(ValueError, match="tiles and greys"):
        kernels.compiled.plain(plane > 0, np.zeros((3, 0), np.int32), 10, 12, 0, 7)
    for sizes, match in (((11, 10), "192 bytes"), ((12, 9), "160 bytes")):
        columns, rows = (np.zeros((4, size), np.int32) for size in sizes)
        with pytest.raises(ValueError, match=match):
            kernels.compiled.lines(plane > 0, columns, rows, 10, 12, 3)
    with pytest.raises(ValueError, match="a plane is needed"):
        kernels.compiled.lines(plane > 0, np.zeros(48, np.int32), np.zeros(0, np.int32), 0, 12, 3)
    with pytest.raises(ValueError, match="an array of 168 bytes"):
        kernels.compiled.detail(plane > 0, np.zeros(20, np.int64), 10, 12)
    with pytest.raises(ValueError, match="a plane is needed"):
        kernels.compiled.detail(plane > 0, np.zeros(21, np.int64), 0, 12)
    with pytest.raises(ValueError, match="1 to 1024 colours"):
        kernels.compiled.few(plane > 0, 2000)
    with pytest.raises(ValueError, match="greys without 0"):
        kernels.compiled.lit(plane > 0, plane > 0, plane > 0, 10, 12, 0, 240)
    with pytest.raises(ValueError, match="an array of 480 bytes"):
        kernels.compiled.variances(plane > 0, np.ones(6, np.float32), plane[:9], 10, 12)
    with pytest.raises(ValueError, match="an array of 72 bytes"):
        kernels.compiled.motion(plane, plane, np.eye(3), np.zeros(6), 4, 48, 400, 3, 10, 12, 10, 12)
    with pytest.raises(ValueError, match="an array of 440 bytes"):
        kernels.compiled.motion(plane, plane, np.eye(3), np.eye(3), 4, 48, 400, 3, 10, 11, 10, 12)
    with pytest.raises(ValueError, match="planes are needed"):
        kernels.compiled.motion(plane, plane, np.eye(3), np.eye(3), 4, 48, 400, 3, 10, 12, 10, 0)
    with pytest.raises(ValueError, match="an array of 12 bytes"):
        kernels.compiled.contrast(plane > 0, np.zeros(2, np.float32), plane, 10, 12)
    bytes_, back = np.zeros((10, 12), np.uint8), np.eye(3)
    with pytest.raises(ValueError, match="an array of 30 bytes"):
        kernels.compiled.warp(bytes_, back, bytes_.copy(), bytes_.copy(), 10, 12, 5, 6, 250)
    with pytest.raises(ValueError, match="planes are needed"):
        kernels.compiled.covered(back, bytes_, 0, 12, 10, 12, 250)
    with pytest.raises(ValueError, match="an array of 320 bytes"):
        kernels.compiled.homography(np.zeros((4, 9)), np.zeros(8), 10)
    with pytest.raises(ValueError, match="an array of 64 bytes"):
        kernels.compiled.homography(np.zeros((4, 10)), np.zeros(9), 10)
    with pytest.raises(ValueError, match="places are needed"):
        kernels.compiled.homography(np.zeros((4, 0)), np.zeros(8), 0)
    with pytest.raises(ValueError, match="measures of the rows"):
        kernels.compiled.leaves(
            *(np.full((2, 1), 3, np.int32), np.zeros((2, 1), np.float32), np.zeros((2, 1), np.uint32)),
            *(np.zeros((1, 32), int), np.zeros((3, 5), np.float32), np.zeros(5, int)),
        )
    with pytest.raises(ValueError, match="one channel or three"):
        kernels.compiled.warp(picture, back, picture.copy(), bytes_.copy(), 10, 12, 10, 12, 250)
    with pytest.raises(ValueError, match="a side of 1 to 16"):
        kernels.compiled.swatches(picture, picture, bytes_, picture, 10, 12, 17)
    with pytest.raises(ValueError, match="an array of 64 bytes"):
        kernels.compiled.colours(np.zeros((2, 4, 3), np.uint8), np.zeros(4), np.zeros(4), np.zeros(2))
    maps, strengths, kinds = (np.zeros((n, 5, 6), np.float32) for n in (6, 3, 5))
    of_both = (
        bytes_,
        bytes_,
        kinds[0] > 0,
        np.zeros(6, np.float32),
        np.zeros(4, np.float32),
        maps,
        strengths,
        kinds > 0,
    )
    kernels.compiled.windows(*of_both, np.zeros(17), 10, 12)
    with pytest.raises(ValueError, match="an array of 136 bytes"):
        kernels.compiled.windows(*of_both, np.zeros(16), 10, 12)
    with pytest.raises(ValueError, match="an array of 110 bytes"):
        kernels.compiled.windows(*of_both, np.zeros(17), 10, 11)
    with pytest.raises(ValueError, match="an array of 30 bytes"):
        kernels.compiled.inside(bytes_, bytes_.copy(), 10, 12)
    with pytest.raises(ValueError, match="planes are needed"):
        kernels.compiled.inside(bytes_, bytes_.copy(), -10, -12)
    signs, four = np.zeros(5, np.uint32), np.zeros(4, np.int32)
    for bits in ([12, 11, 15], [12, 13, 15]):
        with pytest.raises(ValueError, match="bits that fit into a shingle"):
            kernels.compiled.shingles(
                *(signs, signs, signs, np.array([[0], [5 if bits[1] == 11 else 4]]), signs[:1], four, four, four),
                *(np.array(bits, np.int32), np.zeros(1, np.uint64)),
            )
    with pytest.raises(ValueError, match="room for neighbours"):
        kernels.compiled.neighbours(np.zeros((3, 5), np.int32), four, np.zeros((2, 4), int))
    vectors, corners = np.ones((2, 5), np.int16), np.zeros((2, 2, 32), np.uint32)
    for side in (6, 8192):
        with pytest.raises(ValueError, match="a power of two"):
            kernels.compiled.corners(vectors, np.ones((2, side, 32), np.int16), corners, 5, side, 2, 0.5)
    order, one, most = np.arange(3), np.zeros(3, np.uint64), np.zeros(1, np.int16)
    for wrong, places, size in ((order + 1, order, 3), (order, order - 1, 3), (order, order, 4)):
        with pytest.raises(ValueError, match="images that are not there"):
            kernels.compiled.agree(
                *(wrong, places, np.zeros((3, 1), np.uint32), one, one, most, most, np.zeros(1, int), np.array([size])),
                *(np.zeros((9, 3), np.int32), np.zeros(3, bool), 3, (0, 9, 1)),
            )
    with pytest.raises(ValueError, match="contiguous"):
        kernels.compiled.blur(whole, np.zeros((10, 24), np.int16)[:, ::2], np.ones(1, np.float32), 10, 12)


@pytest.mark.parametrize(("images", "buckets", "words"), [(800, 6, 0), (800, 6, 1), (3000, 300, 0), (3000, 300, 1)])
def test_collisions_are_the_same_in_crowds_too(without, images, buckets, words):
    drawn = np.random.default_rng(images + words)
    code = drawn.integers(0, buckets, images).astype(np.uint32)
    residual = drawn.integers(0, 8, (images, words)).astype(np.uint32)
    sketches = drawn.integers(0, 16, (images, 4)).astype(np.uint64)
    sketches[: images // 2] = 0  # all but the same as one another
    limits = collisions.Limits((7, 6), most=133, near=2, crowd=9, heads=2)
    ours, cut = collisions.collide(code, residual, sketches, limits)
    theirs, same_cut = without(collisions.collide, code, residual, sketches, limits)
    assert in_order(ours) == in_order(theirs) and len(ours.pairs) > 50
    assert len(ours.crowded) and bool(cut) == (buckets == 6)
    assert [bucket.code for bucket in cut] == [bucket.code for bucket in same_cut]


@pytest.mark.parametrize("words", [0, 1, 2])
@pytest.mark.parametrize("wide", [1, 4, 5])
def test_collisions_are_the_same_in_buckets_of_any_size(without, words, wide):
    """Images are compared with some tens of others at once: fewer and more than these are in a bucket."""
    drawn = np.random.default_rng(10 * words + wide)
    code = np.repeat(np.arange(9, dtype=np.uint32), [1, 2, 15, 16, 17, 63, 64, 65, 200])
    drawn.shuffle(code)
    residual = drawn.integers(0, 1 << 4, (len(code), words), np.uint32)
    sketches = drawn.integers(0, 1 << 6, (len(code), wide), np.uint64)
    apart = tuple(3 * wide - bits for bits in range(max(1, 3 * words)))
    limits = collisions.Limits(apart, most=1000, near=0, crowd=1000, heads=1)
    ours, _ = collisions.collide(code, residual, sketches, limits)
    theirs, _ = without(collisions.collide, code, residual, sketches, limits)
    assert in_order(ours) == in_order(theirs)
    assert {7, 8} <= set(code[ours.pairs[:, 0]].tolist()) and len(ours.pairs) < 25_000


@pytest.mark.parametrize(("dims", "nearest"), [(1, 2), (3, 4), (48, 5), (300, 8), (512, 3), (512, 4), (512, 5)])
def test_codes_of_embeddings_are_the_same(without, dims, nearest):
    drawn = np.random.default_rng(dims).standard_normal((40, dims))
    drawn[::3] = np.rint(drawn[::3])  # corners that are equally near
    units = (drawn / np.maximum(np.linalg.norm(drawn, axis=1, keepdims=True), 1)).astype(np.float16)
    width = cross_polytopes.Width(nearest, 2, 0.0)
    ours = cross_polytopes.codes(units, width, 7)
    np.testing.assert_array_equal(ours, without(cross_polytopes.codes, units, width, 7))
    assert len(np.unique(ours)) > 2 and not len(cross_polytopes.codes(units[:0], width, 7))


def in_order(found):
    """Collisions as they are told, whichever was found first."""
    told = zip(*found.pairs.T.tolist(), found.bits.tolist(), strict=True)
    return sorted(told), sorted(found.crowded.tolist())
