"""Which files belong to an image by their names."""

from lookalike.pipelines.materialize.companions import companions


def test_companions_are_called_as_an_image_is_and_are_none(tmp_path):
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    theirs = {"a/1.txt", "a/1.JPG.xmp", "a/1.mov", "b/x.y.json"}
    others = {"a/1.png", "a/10.txt", "a/.1.txt", "a/2.txt", "a/1", "b/x.txt", "b/1.txt"}
    for name in theirs | others:
        (tmp_path / name).write_bytes(b"")
    found = companions([f"{tmp_path}/b/x.y.jpg", f"{tmp_path}/a/1.JPG", f"tar://2.jpg::{tmp_path}/a/s.tar"])
    assert list(found) == sorted(name[2:] for name in theirs)
    assert not list(companions([f"{tmp_path}/gone/1.jpg"]))
