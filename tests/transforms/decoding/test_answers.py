"""What a decoder process answers is believed only if it could be true."""

import numpy as np
import pytest

from lookalike.transforms.decoding.answers import picture_in, reduced_in, shapes_in
from lookalike.transforms.decoding.wire import WireError
from lookalike.transforms.functional.images import planes

WANTED = planes.EmbeddingPlane(side=192, multiple=16, colour=True)
PROPERTIES = {
    "pixel_hash": "ab" * 32, "width": 400, "height": 300, "format": "JPEG", "exif": True, "frames": 2, "samples": "RGB",
}  # fmt: skip
DETAIL = {"decoded_width": 200, "detail": [4.0, 5.5, 6.0, 7.0], "grid": 1.25, "few_colours": False}
KEYPOINTS = planes.keypoint_size(400, 300)[::-1]
SHAPES = [[160, 224, 3], [*KEYPOINTS], [108, 144, 3]]
"""Of the planes for the embedding, for keypoints, and of the thumbnail."""


def answer(shapes=SHAPES, **changed):
    told = {"arrays": shapes, "properties": PROPERTIES, "detail": DETAIL, "pdq": ["cd" * 32, 100]}
    size = sum(int(np.prod(shape)) for shape in shapes if all(type(side) is int for side in shape))
    return told | changed, np.arange(size).astype(np.uint8)


def test_an_answer_that_can_be_is_the_picture():
    told, data = answer()
    picture = picture_in(told, data, WANTED)
    assert picture.properties == (bytes.fromhex("ab" * 32), 400, 300, "JPEG", True, 2, "RGB")
    assert picture.detail == (200, (4.0, 5.5, 6.0, 7.0), 1.25, False)
    assert picture.pdq == (bytes.fromhex("cd" * 32), 100)
    assert [list(plane.shape) for plane in picture.planes[:3]] == SHAPES
    assert picture.planes.panels is None
    np.testing.assert_array_equal(np.concatenate([plane.ravel() for plane in picture.planes[:3]]), data)
    del told["pdq"]
    assert picture_in(told, data, WANTED).pdq is None


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("pixel_hash", "ab" * 31),
        ("width", 0),
        ("width", 401.0),
        ("height", 1 << 31),
        ("height", 500),  # other keypoints than were sent
        ("frames", True),
        ("format", "JPEG\n"),
        ("format", ""),
        ("exif", 1),
        ("samples", "RGB!"),
    ],
)
def test_properties_that_no_picture_has_are_refused(name, value):
    told, data = answer(properties=PROPERTIES | {name: value})
    with pytest.raises(WireError, match="an answer that can't be"):
        picture_in(told, data, WANTED)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        *(("decoded_width", 0), ("detail", [4.0] * 3), ("detail", 4.0), ("detail", [4.0, 5.0, float("nan"), 7.0])),
        *(("detail", [4.0, -5.0, 6.0, 7.0]), ("grid", float("inf")), ("grid", 1), ("few_colours", 0)),
    ],
)
def test_details_that_no_picture_has_are_refused(name, value):
    told, data = answer(detail=DETAIL | {name: value})
    with pytest.raises(WireError, match="an answer that can't be"):
        picture_in(told, data, WANTED)


@pytest.mark.parametrize(
    "pdq", [["cd" * 31, 100], ["cd" * 33, 100], ["cd" * 32, 101], ["cd" * 32, -1], ["cd" * 32, 9.5]]
)
def test_hashes_that_can_not_be_are_refused(pdq):
    told, data = answer(pdq=pdq)
    with pytest.raises(WireError, match="an answer that can't be"):
        picture_in(told, data, WANTED)


@pytest.mark.parametrize(
    ("plane", "shape"),
    [
        (0, [160, 224]),
        (0, [160, 225, 3]),
        (0, [160, 224, 4]),
        (1, [KEYPOINTS[0], KEYPOINTS[1] + 1]),
        (2, [108, 144]),
        (2, [108, 144, 4]),
    ],
)
def test_planes_of_other_shapes_are_refused(plane, shape):
    told, data = answer([shape if number == plane else own for number, own in enumerate(SHAPES)])
    with pytest.raises(WireError, match="an answer that can't be"):
        picture_in(told, data, WANTED)


@pytest.mark.parametrize(
    ("times", "another", "is_taken"),
    [(1.0, (), False), (1.8, (), True), (9.0, (), True), (10.0, (), False), (4.0, (3,), False), (4.0, None, False)],
)
def test_a_plane_of_panels_is_larger_and_not_too_large(times, another, is_taken):
    size = planes.keypoint_size(400 * 9, 300 * 9, times)[::-1]
    large = PROPERTIES | {"width": 400 * 9, "height": 300 * 9}
    usual = [SHAPES[0], [*planes.keypoint_size(400 * 9, 300 * 9)[::-1]], SHAPES[2]]
    told, data = answer([*usual, *([[*size, *another]] if another is not None else [[*size]] * 2)], properties=large)
    if is_taken:
        assert picture_in(told, data, WANTED).planes.panels.shape == size
    else:
        with pytest.raises(WireError, match="an answer that can't be"):
            picture_in(told, data, WANTED)


@pytest.mark.parametrize("shape", [[3, 0], [3, -1], [3, 2.0], [3, True], "33", [1 << 31, 1]])
def test_shapes_are_of_whole_numbers_above_zero(shape):
    assert shapes_in({"arrays": [[2, 3], [4]]}) == [(2, 3), (4,)]
    with pytest.raises(WireError, match="an answer that can't be"):
        shapes_in({"arrays": [[2, 3], shape]})


def test_a_reduced_picture_is_no_larger_than_was_asked_for():
    told, data = {"arrays": [[20, 30, 3]]}, np.zeros(20 * 30 * 3, np.uint8)
    assert reduced_in(told, data, 30).shape == (20, 30, 3)
    with pytest.raises(WireError, match="an answer that can't be"):
        reduced_in(told, data, 29)
