"""What is written is apart from what is read, however either is spelled."""

import os

import fsspec
import pytest

from lookalike.transforms.ingest.listing import list_images
from lookalike.transforms.ingest.overlap import HOLDS, INSIDE, SAME, outside, place_of, refuse_overlap, relation
from lookalike.transforms.storage.errors import OutputError


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """images/ with one picture and a link to it, other/, and links to both folders; it is the current directory."""
    for name in ("images/inner", "other"):
        (tmp_path / name).mkdir(parents=True)
    (tmp_path / "images" / "a.jpg").write_bytes(b"x")
    (tmp_path / "images" / "a.tar").write_bytes(b"x")
    (tmp_path / "link").symlink_to(tmp_path / "images")
    (tmp_path / "up").symlink_to(tmp_path)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path))
    return tmp_path


@pytest.mark.parametrize(
    ("read", "written", "found"),
    [
        ("images", "images", SAME),
        ("images", "images/", SAME),
        ("images", "./images/../images", SAME),
        ("images", "{tmp}/images", SAME),
        ("images", "file://{tmp}/images", SAME),
        ("FILE://{tmp}/images", "local://{tmp}/images", SAME),
        ("~/images", "images", SAME),
        ("images", "link", SAME),
        ("link", "images/new", INSIDE),
        ("images", "link/new/deep", INSIDE),
        ("images/inner", "images", HOLDS),
        ("images", ".", HOLDS),
        ("images", "up", HOLDS),
        ("up/link", "images", SAME),
        ("images/a.jpg", "images", HOLDS),
        ("images/a.jpg", "link/a.jpg", SAME),
        ("tar://x.jpg::{tmp}/images/a.tar", "link", HOLDS),
        ("images/*.jpg", "images", HOLDS),
        ("images/*.jpg", ".", HOLDS),
        ("images/*", "images/new", INSIDE),
        ("images/**/*.jpg", "images/new/deep", INSIDE),
        ("*/*.jpg", "new", INSIDE),
        ("images/*.jpg", "images/new", ""),
        ("*.jpg", "new", ""),
        ("images/a.jpg", "images/new", ""),
        ("images", "images2", ""),
        ("images2", "images", ""),
        ("images", "other", ""),
        ("images", "memory://images", ""),
        ("memory://a", "memory:///a/", SAME),
        ("memory://a/b", "MEMORY://a", HOLDS),
        ("memory://a/", "memory://a/x/../b", INSIDE),
        ("memory://a/*.jpg", "memory://a/out", ""),
        ("memory://a", "memory://ab", ""),
    ],
)
def test_every_spelling_is_seen_through(folder, read, written, found):
    read, written = read.format(tmp=folder), written.format(tmp=folder)
    assert relation(place_of(read), place_of(written)) == found
    if found:
        with pytest.raises(OutputError, match="only read"):
            refuse_overlap([read], [None, written])
    else:
        refuse_overlap([read], [None, written])


def test_another_name_of_the_same_folder_is_the_same(folder, monkeypatch):
    """A mount, or a file system that ignores case: other paths, one identity."""
    real = os.stat
    monkeypatch.setattr(os, "stat", lambda path, **o: real(str(path).replace("IMAGES", "images"), **o))
    assert relation(place_of("images"), place_of("IMAGES")) == SAME
    assert relation(place_of("images"), place_of("IMAGES/new")) == INSIDE
    assert relation(place_of("IMAGES/inner"), place_of("images")) == HOLDS


def listed(inputs, output):
    return list(outside(list_images(inputs), inputs, output))


def test_links_and_rows_that_lead_into_the_output_are_seen_while_listing(folder):
    (folder / "other" / "b.jpg").write_bytes(b"x")
    assert len(listed(["images", "other"], "new")) == 2
    (folder / "images" / "c.jpg").symlink_to(folder / "other" / "b.jpg")
    with pytest.raises(OutputError, match=r"holds .*c\.jpg"):
        listed(["images"], "other")
    (folder / "list.txt").write_text("other/b.jpg\n")
    with pytest.raises(OutputError, match=r"b\.jpg"):
        listed(["list.txt"], "other")
    assert len(listed(["list.txt"], "other/new")) == 1  # beside an image, in a folder that nobody searches
    (folder / "images" / "c.jpg").unlink()
    (folder / "images" / "there").symlink_to(folder / "other")
    with pytest.raises(OutputError, match=r"b\.jpg"):
        listed(["images"], "other/new")


def test_images_of_a_store_that_lie_in_the_output_are_seen_while_listing(folder):
    fs = fsspec.filesystem("memory")
    fs.pipe_file("/overlap/out/a.jpg", b"x")
    (folder / "list.txt").write_text("memory://overlap/out/a.jpg\n")
    try:
        with pytest.raises(OutputError, match=r"a\.jpg"):
            listed(["list.txt"], "memory://overlap/out")
        assert len(listed(["list.txt"], "memory://overlap/other")) == 1
    finally:
        fs.rm("/overlap", recursive=True)


def test_what_is_there_and_what_is_written_are_no_patterns(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for folder in ("in[0]", "in0"):
        (tmp_path / folder).mkdir()
    refuse_overlap(["in[0]", "in0", "in[0]/*.jpg"], ["o[1]", "o*", "in*", "[i]n0"])
    for output in ("in[0]", "in[0]/x.jpg"):
        with pytest.raises(OutputError):
            refuse_overlap(["in[0]/*.jpg"], [output])
    refuse_overlap(["memory://b/in0"], ["memory://b/in[0]"])
