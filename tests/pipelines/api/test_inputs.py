"""Images in memory, written without loss."""

import io

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from PIL import Image, ImageCms

from lookalike.inputs import encoded, read_names, write_images
from lookalike.transforms.functional.images.decode import decode
from lookalike.transforms.ingest.selection.errors import InputError
from tests.synthetic import draw_picture

RGB = draw_picture(3, 60, 40)


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA", "I;16", "CMYK", "F", "I", "LAB"])
def test_pixels_of_every_mode_are_as_they_were(mode):
    image = Image.fromarray(RGB)
    image = (
        Image.fromarray(RGB[..., 0].astype(np.uint16) * 257)
        if mode == "I;16"
        else ImageCms.profileToProfile(
            image, ImageCms.createProfile("sRGB"), ImageCms.createProfile("LAB"), outputMode="LAB"
        )
        if mode == "LAB"
        else image.convert(mode)
    )
    data, _ = encoded(image, "x")
    again = Image.open(io.BytesIO(data))
    assert again.mode == image.mode and again.tobytes() == image.tobytes()


def test_other_modes_keep_what_is_seen():
    image = Image.fromarray(RGB).convert("HSV")
    data, _ = encoded(image, "x")
    assert np.array_equal(decode(data, 10**6).pixels, np.asarray(image.convert("RGB")))


@pytest.mark.parametrize("array", [RGB[..., 0], RGB, RGB[::2, ::-1], np.dstack([RGB, RGB[..., :1]])])
def test_arrays_are_as_they_were(array):
    data, suffix = encoded(array, "x")
    assert np.array_equal(np.asarray(Image.open(io.BytesIO(data))), array) and suffix == ".png"


def test_orientation_and_profile_count_as_in_the_file_that_it_came_from():
    file = io.BytesIO()
    exif = Image.Exif()
    exif[0x0112] = 6  # turned by a quarter
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    Image.fromarray(RGB).save(file, "PNG", exif=exif, icc_profile=profile)
    data, _ = encoded(Image.open(io.BytesIO(file.getvalue())), "x")
    one, other = decode(file.getvalue(), 10**6), decode(data, 10**6)
    assert (other.properties.width, other.properties.height) == (40, 60)
    assert one.properties.pixel_hash == other.properties.pixel_hash
    assert Image.open(io.BytesIO(data)).info["icc_profile"] == profile


def test_every_name_has_a_file_of_its_own_inside_the_folder(tmp_path):
    names = ["a/b", "a b", "../a", "", ".hidden", "x" * 500, "nül\0", "new\nline", "e.tar"]
    manifest = write_images(dict.fromkeys(names, RGB), str(tmp_path / "in"))
    called = read_names(manifest)
    assert list(called.values()) == names and len(called) == len(names)
    assert sorted(called) == sorted(str(path) for path in (tmp_path / "in").iterdir() if str(path) != manifest)
    assert list(called) == sorted(called), "in the order of the mapping"


def test_another_image_of_the_same_name_leaves_the_first_where_it_is(tmp_path):
    first = read_names(write_images({"a": RGB}, str(tmp_path)))
    second = read_names(write_images({"a": RGB[::-1]}, str(tmp_path)))
    assert first.keys() != second.keys()
    assert np.array_equal(np.asarray(Image.open(next(iter(first)))), RGB)


@pytest.mark.parametrize("theirs", ["no table at all", {"uri": ["a"], "title": ["b"]}])
def test_a_file_of_somebody_elses_is_not_replaced_by_the_names(tmp_path, theirs):
    file = tmp_path / "names.parquet"
    if isinstance(theirs, str):
        file.write_text(theirs)
    else:
        pq.write_table(pa.table(theirs), file)
    before = file.read_bytes()
    with pytest.raises(InputError, match=r"names\.parquet is not of images"):
        write_images({"a": draw_picture(1, 40, 30)}, str(tmp_path))
    assert file.read_bytes() == before and list(tmp_path.iterdir()) == [file]
