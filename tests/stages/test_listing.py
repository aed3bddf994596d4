import os

import fsspec
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from transforms.listing import InputError, list_images
from transforms.schemas import Failure, Source


def names(inputs):
    return [os.path.basename(record.uri) for record in list_images([str(i) for i in inputs])]


@pytest.fixture
def folder(tmp_path):
    for name in ("b.JPG", "a.png", "sub/c.WebP", "sub/deep/d.heic", ".hidden.jpg", ".cache/e.jpg", "notes.txt", "f"):
        (tmp_path / "in" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "in" / name).write_bytes(b"12345")
    return tmp_path / "in"


def test_folders_are_walked_in_order_without_hidden_and_other_files(folder):
    assert names([folder]) == ["a.png", "b.JPG", "c.WebP", "d.heic"]


def test_sources_tell_size_and_time(folder):
    os.utime(folder / "a.png", (86400, 86400))
    source = next(iter(list_images([str(folder)])))
    assert source == Source(str(folder / "a.png"), 5, "1970-01-02T00:00:00.000000+00:00", "")


def test_loops_of_links_end(folder):
    (folder / "sub" / "up").symlink_to(folder)
    (folder / "sub" / "self").symlink_to(folder / "sub")
    (folder / "dangling.jpg").symlink_to(folder / "nowhere")
    assert names([folder]).count("a.png") == 1


def test_a_folder_that_is_called_like_an_image_is_a_folder(folder):
    (folder / "x.jpg").mkdir()
    (folder / "x.jpg" / "y.png").write_bytes(b"1")
    assert "y.png" in names([folder]) and "x.jpg" not in names([folder])


def test_globs_files_and_several_inputs(folder):
    assert names([folder / "*.png", folder / "f", folder / "sub"]) == ["a.png", "f", "c.WebP", "d.heic"]


def test_manifests_of_all_kinds(folder, tmp_path):
    (tmp_path / "m.txt").write_text(f"# images\nin/a.png\n\n{folder}/f\n")
    (tmp_path / "m.csv").write_text("id,Path\n1,in/b.JPG\n")
    pq.write_table(pa.table({"uri": ["in/sub/c.WebP", None]}), tmp_path / "m.parquet")
    assert names([tmp_path / "m.txt", tmp_path / "m.csv", tmp_path / "m.parquet"]) == ["a.png", "f", "b.JPG", "c.WebP"]


def test_a_manifest_row_that_is_not_there_is_a_failure(tmp_path):
    (tmp_path / "m.txt").write_text("gone.png\n")
    (record,) = list_images([str(tmp_path / "m.txt")])
    assert isinstance(record, Failure) and record.stage == "list" and record.uri.endswith("gone.png")


def test_a_name_that_is_no_text_is_a_failure(tmp_path):
    with open(os.path.join(os.fsencode(tmp_path), b"bad\xff.jpg"), "wb") as file:
        file.write(b"1")
    (record,) = list_images([str(tmp_path)])
    assert isinstance(record, Failure) and record.error == "bad_name" and "\\xff" in record.uri


def test_other_stores():
    fs = fsspec.filesystem("memory")
    fs.pipe_file("/shop/one.jpg", b"123")
    fs.pipe_file("/shop/more/two.png", b"4567")
    assert [r.uri for r in list_images(["memory://shop"])] == ["memory:///shop/one.jpg", "memory:///shop/more/two.png"]


@pytest.mark.parametrize(
    ("name", "message"), [("nowhere", "not found"), ("*.jpg", "no file matches"), ("m.csv", "no column of URIs")]
)
def test_wrong_inputs_are_named(tmp_path, name, message):
    (tmp_path / "m.csv").write_text("id,size\n1,2\n")
    with pytest.raises(InputError, match=message) as error:
        list(list_images([str(tmp_path / name)]))
    assert str(tmp_path) in str(error.value)
