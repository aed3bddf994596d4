"""Units are there whole or not at all, whenever the process dies, and none is written twice."""

import errno
import hashlib
import os
import shutil
import zipfile

import apache_beam as beam
import pytest

from lookalike.transforms.core.columns import NO_COLUMNS
from lookalike.transforms.core.keys import content_hash
from lookalike.transforms.io.parquet_sink import ChangedError
from lookalike.transforms.io.write_back import reading
from lookalike.transforms.io.write_back.fates import Fate
from lookalike.transforms.io.write_back.image_files import write_images
from lookalike.transforms.io.write_back.write_units import WriteUnits
from tests.crashes import dies
from tests.packed import pictures, sample, shard

RUNNER = "apache_beam.runners.portability.fn_api_runner.FnApiRunner"


@pytest.fixture
def corpus(tmp_path):
    """Two shards, and the fates of their images: every third goes."""
    fates = {}
    for name in ("a", "b"):
        images = [image for group in pictures(4, copies=1) for image in group]
        path = tmp_path / f"{name}.tar"
        shard(path, [(f"{n:02d}", sample(image, f"{name}{n}")) for n, image in enumerate(images)])
        fates[str(path)] = [
            Fate(f"tar://{n:02d}.jpg::{path}", content_hash(image), len(image), "", "", "JPEG", "kept", n % 3 == 2)
            for n, image in enumerate(images)
        ]
    return fates


def whole(folder):
    return {path.name: path.read_bytes() for path in folder.glob("*.tar")}


def test_a_shard_is_whole_or_not_there_whenever_the_process_dies(corpus, tmp_path):
    def write(to, digest="d"):
        stage = WriteUnits(str(to), "webdataset", False, "", f"{tmp_path}/", 4, 0, NO_COLUMNS, digest)
        return [stage._written(name, [fates]) for name, fates in corpus.items()]

    first = write(tmp_path / "whole")
    truth = whole(tmp_path / "whole")
    assert len(truth) == 2 and not any(unit.resumed for unit in first)
    assert {unit.path: unit.sha256 for unit in first} == {p: hashlib.sha256(d).hexdigest() for p, d in truth.items()}
    to, at, resumed = tmp_path / "to", 0, set()
    while dies(lambda: write(to), at):
        there = whole(to)
        assert there.items() <= truth.items()
        times = {path.name: path.stat().st_mtime_ns for path in to.glob("*.tar")}
        units = write(to)
        assert whole(to) == truth and [unit._replace(resumed=False) for unit in units] == first
        for unit in units:
            if unit.resumed:
                assert (to / unit.path).stat().st_mtime_ns == times[unit.path]
                resumed.add(unit.path)
        shutil.rmtree(to)
        at += 1
    assert at > 10 and resumed == {"a.tar"}
    assert not any(unit.resumed for unit in write(tmp_path / "whole", "another job"))
    (tmp_path / "whole" / "a.tar").write_bytes(b"cut")
    assert [unit.resumed for unit in write(tmp_path / "whole", "another job")] == [False, True]
    assert whole(tmp_path / "whole") == truth


def fate(path, data, goes=False):
    return Fate(str(path), content_hash(data), len(data), "", "", "JPEG", "kept" if goes else "", goes)


def test_images_that_changed_are_told_whether_they_stay_or_go(tmp_path):
    for name in ("a.jpg", "b.jpg"):
        (tmp_path / name).write_bytes(name.encode())
    good = [fate(tmp_path / "a.jpg", b"a.jpg"), fate(tmp_path / "b.jpg", b"b.jpg", goes=True)]
    new = str(tmp_path / "new")
    assert write_images(good, False, new, f"{tmp_path}/")[:2] == (1, 1)
    for number in (0, 1):
        wrong = [f._replace(content_hash=b"other") if n == number else f for n, f in enumerate(good)]
        with pytest.raises(ChangedError, match=f"{'ab'[number]}.jpg was changed since"):
            write_images(wrong, False, new, f"{tmp_path}/")


@pytest.mark.parametrize("names", [("x.jpg", "X.JPG"), ("caf\u00e9.jpg", "cafe\u0301.jpg")])
def test_two_images_never_become_one_file(names, tmp_path):
    stage = WriteUnits(str(tmp_path / "new"), "files", False, f"{tmp_path}/", "", 64, 0, NO_COLUMNS, "d")
    fates = []
    for name in names:
        (tmp_path / name).write_bytes(name.encode())
        fates.append(fate(tmp_path / name, name.encode()))
    divided = list(stage._divided(fates))
    assert len(divided) == 1
    with pytest.raises(ChangedError, match="would both become"):
        stage._written(divided[0][0], [divided[0][1]])
    for number in range(8):  # they lie in other units, and would be written before
        (tmp_path / f"{number}.jpg").write_bytes(b"other")
        fates.append(fate(tmp_path / f"{number}.jpg", b"other"))
    with pytest.raises(ChangedError, match="would both become"), beam.Pipeline(RUNNER) as pipeline:
        _ = pipeline | beam.Create([[one] for one in reversed(fates)]).with_output_types(list[Fate]) | stage
    assert not list(tmp_path.rglob("new/*.jpg"))


def test_what_the_audit_could_not_read_is_taken_along_or_told(tmp_path, monkeypatch):
    monkeypatch.setattr(reading, "MOST_UNREAD", 1000)
    (tmp_path / "broken.jpg").write_bytes(b"no picture")
    (tmp_path / "large.jpg").write_bytes(bytes(1001))
    (tmp_path / "loop.jpg").symlink_to("loop.jpg")
    os.mkfifo(tmp_path / "pipe.jpg")
    with zipfile.ZipFile(tmp_path / "a.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("bomb.jpg", bytes(1001))
    names = ["broken.jpg", "gone.jpg", "large.jpg", "loop.jpg", "pipe.jpg"]
    unread = [Fate(str(tmp_path / name), b"", -1, "", "", "") for name in names]
    unread.append(Fate(f"zip://bomb.jpg::{tmp_path}/a.zip", b"", -1, "", "", ""))
    outcome = write_images(unread, False, str(tmp_path / "new"), f"{tmp_path}/")
    assert (tmp_path / "new" / "broken.jpg").read_bytes() == b"no picture"
    assert outcome.images == 1 and [uri for uri, _ in outcome.left] == [fate.uri for fate in unread[1:]]
    assert ["more than 1,000 bytes" in why for _, why in outcome.left] == [False, True, False, False, True]


def test_what_may_be_read_by_another_try_is_not_left_out(tmp_path, monkeypatch):
    (tmp_path / "a.jpg").write_bytes(b"no picture")
    monkeypatch.setattr(reading, "read_file", lambda *_: (_ for _ in ()).throw(OSError(errno.EIO, "away")))
    with pytest.raises(OSError, match="away"):
        write_images([Fate(f"{tmp_path}/a.jpg", b"", -1, "", "", "")], False, str(tmp_path / "new"), f"{tmp_path}/")
