"""What becomes of one shard: samples stay whole, whatever lies in them."""

import io
import tarfile

import pytest

from lookalike.transforms.core.keys import content_hash
from lookalike.transforms.io.parquet_sink import ChangedError
from lookalike.transforms.io.write_back.fates import Fate
from lookalike.transforms.io.write_back.tar_shards import key_of_sample, write_tar
from lookalike.transforms.storage.drafts import drafted
from tests.packed import members


def packed(path, files):
    """A tar of (name, bytes); links where the bytes are a name."""
    with tarfile.open(path, "w") as archive:
        for name, data in files:
            info = tarfile.TarInfo(name)
            if isinstance(data, str):
                info.type, info.linkname = tarfile.SYMTYPE, data
                archive.addfile(info)
                continue
            info.size, info.mtime, info.mode, info.uname = len(data), 1_500_000_000, 0o604, "me"
            archive.addfile(info, io.BytesIO(data))
    return path


def fate(path, name, data, kept=""):
    return Fate(f"tar://{name}::{path}", content_hash(data), len(data), "", "", "JPEG", kept, bool(kept))


def written(path, fates, mark=False):
    target = path.parent / "new" / path.name
    with drafted(str(target), str(path.parent / "drafts")) as draft:
        outcome = write_tar(str(path), fates, mark, draft)
    assert target.stat().st_size == draft.bytes and not draft.bytes % 10240
    return target, outcome


def test_a_sample_goes_only_if_all_of_its_images_do(tmp_path):
    files = [
        *(("a.jpg", b"1"), ("a.seg.png", b"2"), ("a.txt", b"of a")),
        *(("b.jpg", b"3"), ("b.seg.png", b"4"), ("b.txt", b"of b")),
        *(("c.jpg", b"not audited"), ("c.png", b"5")),
        *(
            ("README", b"stays"),
            ("d/.x.jpg", b"6"),
            ("sub.d/e.jpg", b"7"),
            ("sub.d/e.cls", b"0"),
            ("sub.d/f.txt", b"f"),
        ),
    ]
    path = packed(tmp_path / "t.tar", files)
    data = dict(files)
    gone = {"a.jpg", "a.seg.png", "b.jpg", "c.png", "sub.d/e.jpg"}
    fates = [fate(path, name, data[name], "k" if name in gone else "") for name in [*gone, "b.seg.png", "d/.x.jpg"]]
    fates.append(Fate(f"tar://c.jpg::{path}", b"", -1, "", "", ""))  # it could not be read
    target, outcome = written(path, fates)
    left = [(name, value) for name, value in files if not name.startswith(("a.", "sub.d/e"))]
    assert list(members(target).items()) == left
    assert (outcome.images, outcome.dropped, outcome.left) == (5, 3, [])
    with tarfile.open(target) as archive:
        assert {(i.mtime, i.mode, i.uname) for i in archive} == {(1_500_000_000, 0o604, "me")}


@pytest.mark.parametrize(
    ("name", "key"),
    [
        ("a.jpg", "a"),
        ("x.y/a.seg.png", "x.y/a"),
        ("x/README", "x/README"),
        ("./a.txt", "./a"),
    ],
)
def test_keys_are_those_of_webdataset(name, key):
    from webdataset.tariterators import base_plus_ext

    assert key_of_sample(name) == key
    assert base_plus_ext(name)[0] in (key, None)
    assert key_of_sample("x/.hidden") == "x/.hidden"  # shadows of other files, which belong to no sample


def test_links_and_long_names_are_taken_along_and_what_is_none_is_told(tmp_path):
    long = f"{'n' * 150}/{'ü' * 60}.jpg"
    path = packed(tmp_path / "t.tar", [(long, b"1"), ("a.jpg", long), ("b.jpg", "nowhere")])
    target, outcome = written(path, [fate(path, long, b"1"), fate(path, "a.jpg", b"1")])
    assert members(target) == {long: b"1", "a.jpg": b"1"}
    assert outcome.images == 2 and [name for name, _ in outcome.left] == ["b.jpg"]


def test_a_shard_that_was_changed_is_not_written(tmp_path):
    path = packed(tmp_path / "t.tar", [("a.jpg", b"1"), ("b.jpg", b"2")])
    for wrong in (fate(path, "a.jpg", b"other"), fate(path, "b.jpg", b"other", "k"), fate(path, "c.jpg", b"1", "k")):
        with pytest.raises(ChangedError, match="lookalike audit"):
            written(path, [wrong])
    assert not (tmp_path / "new").exists() and not list((tmp_path / "drafts").iterdir())


def test_the_later_of_two_members_of_one_name_counts(tmp_path):
    path = packed(tmp_path / "t.tar", [("a.jpg", b"old"), ("a.jpg", b"new"), ("b.jpg", b"2")])
    target, _ = written(path, [fate(path, "a.jpg", b"new"), fate(path, "b.jpg", b"2", "k")])
    with tarfile.open(target) as archive:
        assert [archive.extractfile(info).read() for info in archive] == [b"old", b"new"]


def test_marks_follow_their_sample_and_replace_nothing(tmp_path):
    path = packed(tmp_path / "t.tar", [("a.jpg", b"1"), ("a.txt", b"x"), ("b.jpg", b"2"), ("c.txt", b"no image")])
    fates = [fate(path, "a.jpg", b"1", "s3://other/k.jpg"), fate(path, "b.jpg", b"2")]
    target, outcome = written(path, fates, mark=True)
    assert list(members(target).items()) == [
        *(("a.jpg", b"1"), ("a.txt", b"x"), ("a.duplicate_of.txt", b"s3://other/k.jpg")),
        *(("b.jpg", b"2"), ("b.duplicate_of.txt", b""), ("c.txt", b"no image")),
    ]
    assert (outcome.images, outcome.dropped) == (2, 0)
    with pytest.raises(ChangedError, match="already holds a"):
        written(target, [fate(target, "a.jpg", b"1")], mark=True)
