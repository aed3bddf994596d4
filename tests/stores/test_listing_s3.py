"""Folders and lists of files on S3 are listed by pages: what is asked for, and that nothing else comes out."""

import os
from collections import Counter

import pytest
from s3fs import S3FileSystem

from lookalike.transforms.core.records import Failure, Source
from lookalike.transforms.ingest.listing import InputError, list_images
from lookalike.transforms.ingest.manifests import lookup
from lookalike.transforms.ingest.selection.choice import Choice
from lookalike.transforms.storage.folders import walk
from lookalike.transforms.storage.folders.pages import pages
from lookalike.transforms.storage.stores import store
from tests import servers

NAMES = [f"{number:03d}.jpg" for number in range(200)] + ["more/one.jpg", "more-1/two.jpg", "x.txt", "y/", "Ü b.jpg"]
PAGE = 40


@pytest.fixture(scope="module")
def bucket():
    with servers.s3() as (_, settings), pytest.MonkeyPatch.context() as patch:
        for name, value in settings.items():
            patch.setenv(name, value)
        fs = S3FileSystem(skip_instance_cache=True)
        fs.mkdir("corpus")
        for name in NAMES:
            fs.call_s3("put_object", Bucket="corpus", Key=f"flat/{name}", Body=name.encode())
        yield "s3://corpus"


@pytest.fixture
def asked(monkeypatch):
    """Requests by kind. Pages have no more than PAGE entries."""
    counts = Counter()
    real, called = S3FileSystem._call_s3, S3FileSystem.call_s3

    def paged(method, named):
        counts[method] += 1
        return named | ({"MaxKeys": PAGE} if method == "list_objects_v2" else {})

    async def call_s3(self, method, *arguments, **named):
        return await real(self, method, *arguments, **paged(method, named))

    monkeypatch.setattr(S3FileSystem, "_call_s3", call_s3)
    monkeypatch.setattr(S3FileSystem, "call_s3", lambda self, m, *a, **n: called(self, m, *a, **paged(m, n)))
    monkeypatch.setattr(lookup, "WORTH", 10)
    return counts


def one_by_one(monkeypatch, inputs):
    """What is listed where every row is asked for by itself."""
    with monkeypatch.context() as patch:
        patch.setattr(lookup, "WORTH", 1_000_000)
        return list(list_images(inputs))


def test_a_folder_comes_page_by_page(bucket, asked, monkeypatch):
    choice = Choice()
    records = list_images([f"{bucket}/flat"], choice)
    first = next(records)
    assert first.uri == f"{bucket}/flat/000.jpg" and asked["list_objects_v2"] == 3  # is it a folder, and a page
    rest = list(records)
    assert asked["list_objects_v2"] == 3 + 205 // PAGE + 3  # the last page, and three folders
    assert choice.left_out.counts() == {".txt": 1}
    with monkeypatch.context() as patch:
        patch.setattr(walk, "is_paged", lambda fs: False)
        assert [first, *rest] == list(list_images([f"{bucket}/flat"])) and len(rest) == 202
    assert [record.uri.rpartition("/")[2] for record in list_images([f"{bucket}/flat/*1?.jpg"])] == [
        f"{tens}1{ones}.jpg" for tens in range(2) for ones in range(10)
    ]


def test_a_folder_that_is_gone_is_no_empty_one(bucket):
    fs, path = store(f"{bucket}/gone")
    with pytest.raises(FileNotFoundError, match="s3://corpus/gone is not there"):
        list(pages(fs, path))


def test_a_page_that_fails_is_told(bucket, asked, monkeypatch):
    called = S3FileSystem.call_s3

    def failing(self, method, *arguments, **named):
        if "ContinuationToken" in named and named["Prefix"] == "flat/":
            raise PermissionError(13, "not this page")
        return called(self, method, *arguments, **named)

    monkeypatch.setattr(S3FileSystem, "call_s3", failing)
    with pytest.raises(InputError, match="not this page"):
        list(list_images([f"{bucket}/flat"]))
    *listed, failure = list_images([bucket])
    assert len(listed) == PAGE and isinstance(failure, Failure) and failure.uri == f"{bucket}/flat"


def test_rows_of_one_folder_cost_a_request_a_page(bucket, asked, monkeypatch, tmp_path):
    rows = [f"{bucket}/flat/{name}" for name in NAMES[:200]]
    (tmp_path / "m.txt").write_text("\n".join(rows))
    listed = list(list_images([str(tmp_path / "m.txt")]))
    assert asked["list_objects_v2"] + asked["head_object"] <= 2 * (200 // PAGE + 1)
    assert [record.uri for record in listed] == rows and listed == one_by_one(monkeypatch, [str(tmp_path / "m.txt")])


def test_rows_that_no_page_tells_of_are_asked_for_one_by_one(bucket, asked, monkeypatch, tmp_path):
    rows = [f"{bucket}/flat/{name}" for name in reversed(NAMES[:120])]
    rows[10:10] = [
        f"{bucket}/flat/050a.jpg", f"{bucket}/flat/more", f"{bucket}/flat//001.jpg", f"{bucket}/flat/Ü b.jpg",
        f"{bucket}/flat/003.jpg", "s3://nobody/flat/1.jpg", os.fspath(tmp_path / "none.jpg"),
    ]  # fmt: skip
    (tmp_path / "m.txt").write_text("\n".join(rows))
    listed = list(list_images([str(tmp_path / "m.txt")]))
    assert listed == one_by_one(monkeypatch, [str(tmp_path / "m.txt")]) and len(listed) == len(rows)
    assert sum(isinstance(record, Source) for record in listed) == 122
    doubled = [f"{bucket}/flat//{name}" for name in NAMES[:20]]
    (tmp_path / "m.txt").write_text("\n".join(doubled))
    assert {record.error for record in list_images([str(tmp_path / "m.txt")])} == {"FileNotFoundError"}
    assert [record.error for record in listed if isinstance(record, Failure)] == [
        "FileNotFoundError", "not_a_file", "FileNotFoundError", "FileNotFoundError", "FileNotFoundError"
    ]  # fmt: skip


def test_pages_that_are_not_worth_it_are_not_asked_for(bucket, asked, tmp_path):
    far_apart = [f"{bucket}/flat/{name}" for name in NAMES[:200:8]]
    (tmp_path / "m.txt").write_text("\n".join(far_apart))
    assert len(list(list_images([str(tmp_path / "m.txt")]))) == 25
    assert asked["list_objects_v2"] == 1 and asked["head_object"] == 25 - 4 - 1
