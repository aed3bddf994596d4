"""Patience with stores: what may pass is tried again, what will not is told at once, and in words."""

import asyncio
import os
import time

import aiohttp
import fsspec
import pytest
from azure.core.exceptions import HttpResponseError, ServiceRequestError
from botocore.exceptions import EndpointConnectionError
from gcsfs.retry import HttpError

from lookalike.transforms.core.records import Source
from lookalike.transforms.decoding.read_images import failure_of, read_bytes
from lookalike.transforms.storage import retries, stores, writing
from lookalike.transforms.storage.prefetch import prefetch
from lookalike.transforms.storage.regular import NotAFileError
from lookalike.transforms.storage.retries import StoreError, is_transient, with_retries
from lookalike.transforms.storage.stores import PatientStore, is_path, remove_tree, store


class Answer:
    status_code, reason, headers = 503, "busy", {}

    def text(self):
        return "busy"


@pytest.fixture(autouse=True)
def no_waiting(monkeypatch):
    monkeypatch.setattr(retries.tenacity.nap.time, "sleep", lambda _: None)


def azure_error(status):
    error = HttpResponseError("no")
    error.status_code = status
    return error


TRANSIENT = [
    OSError(16, "SlowDown"),
    ConnectionResetError(),
    TimeoutError(),
    asyncio.TimeoutError(),
    aiohttp.ServerDisconnectedError(),
    EndpointConnectionError(endpoint_url="x"),
    HttpError({"code": 503, "message": "busy"}),
    HttpError({"code": 429, "message": "too many"}),
    azure_error(500),
    ServiceRequestError("no answer"),
]
FINAL = [
    FileNotFoundError("x"),
    PermissionError("x"),
    HttpError({"code": 400, "message": "bad"}),
    azure_error(403),
    ValueError("a mistake of ours"),
]


@pytest.mark.parametrize("error", TRANSIENT, ids=repr)
def test_what_may_pass_is_tried_again(error):
    left = [error, error, None]

    def call():
        found = left.pop(0)
        if found is not None:
            raise found
        return "answer"

    assert is_transient(error) and with_retries(call) == "answer" and not left


@pytest.mark.parametrize("error", FINAL, ids=repr)
def test_what_will_not_is_told_at_once(error):
    calls = []

    def call():
        calls.append(1)
        raise error

    with pytest.raises((type(error), StoreError)):
        with_retries(call)
    assert len(calls) == 1


def test_patience_ends_and_the_store_is_quoted():
    calls = []

    def call():
        calls.append(1)
        raise HttpError({"code": 503, "message": "please slow down"})

    with pytest.raises(StoreError, match="slow down") as caught:
        with_retries(call)
    assert len(calls) == retries.TRIES
    assert "slow down" in failure_of("gs://b/a.jpg", caught.value).message


def test_no_answer_is_not_a_no():
    class Down(fsspec.AbstractFileSystem):
        protocol = "down"

        def info(self, path, **_):
            raise ConnectionResetError

    assert not Down().isdir("x")  # what fsspec makes of it
    for ask in ("exists", "isdir", "isfile"):
        with pytest.raises(StoreError, match="down://x: ConnectionResetError"):
            getattr(PatientStore(Down(), "down"), ask)("x")


def test_a_store_is_called_as_the_user_called_it():
    fs, path = store("memory://bucket/a.jpg")
    assert fs.unstrip_protocol(path) == "memory:///bucket/a.jpg"
    assert not fs.exists(path) and not fs.isdir(path)
    fs.pipe_file(path, b"x")
    assert fs.isfile(path) and fs.cat_file(path) == b"x"
    fs.rm(path)


def test_ahead_keeps_the_order_and_few_results():
    asked, done = [], []

    def call(item):
        time.sleep(0.001 * (item % 3))
        done.append(item)
        return -item

    def items():
        for item in range(50):
            asked.append(item)
            yield item

    results = prefetch(call, items(), 4)
    assert next(results) == 0 and len(asked) <= 8
    assert list(results) == [-item for item in range(1, 50)] and sorted(done) == asked == list(range(50))


def test_ahead_raises_what_a_call_raised():
    with pytest.raises(ZeroDivisionError):
        list(prefetch(lambda item: 1 // item, [1, 0], 2))


@pytest.mark.parametrize(
    ("name", "local"),
    [("/a/dbl::colon.jpg", True), ("dbl::colon.jpg", True), ("/a/http:/b::c.jpg", True), ("file:x.jpg", True),
     ("s3://b/dbl::colon.jpg", False), ("tar://a.jpg::/x.tar", False), ("simplecache::s3://b/x", False)],
)  # fmt: skip
def test_local_names_may_look_like_urls(name, local):
    assert is_path(name) == local


@pytest.mark.parametrize("name", ["dbl::colon", "a#b", "a%20b", "a?b", "a*b", "a[1]b", "a\nb", " a", "file:b", "s3:"])
def test_any_name_can_be_written_and_read(name, tmp_path):
    for root in (str(tmp_path), "memory://odd"):
        uri = f"{root}/{name}/{name}.jpg"
        writing.write_bytes(uri, b"12")
        fs, path = store(uri)
        assert path.endswith(f"/{name}/{name}.jpg") and fs.cat_file(path) == b"12"
        assert read_bytes(Source(uri, 2, "", ""), 10) == b"12"
        assert stores.names_in(fs, path.rsplit("/", 1)[0], ".jpg") == [path]


def test_what_is_removed_is_no_pattern(tmp_path):
    for root in (str(tmp_path), "memory://gone"):
        for folder in ("o1", "o[1]"):
            writing.write_bytes(f"{root}/{folder}/a/x", b"1")
        fs, path = store(f"{root}/o[1]/a")
        remove_tree(fs, path)
        assert not fs.exists(path) and fs.exists(path.replace("[1]", "1") + "/x")


def test_a_file_that_becomes_a_pipe_is_not_waited_for(tmp_path, monkeypatch):
    (tmp_path / "a.jpg").write_bytes(b"1")
    os.mkfifo(tmp_path / "b.jpg")
    source = Source(str(tmp_path / "b.jpg"), 1, "", "")
    with pytest.raises(NotAFileError, match="named pipe"):
        read_bytes(source, 10)
    regular = os.stat(tmp_path / "a.jpg")
    monkeypatch.setattr(os, "stat", lambda *_, **__: regular)  # as if it had been a file a moment ago
    with pytest.raises(NotAFileError, match="named pipe") as caught:
        read_bytes(source, 10)
    assert failure_of(source.uri, caught.value).error == "not_a_file"


def test_ahead_begins_nothing_after_a_failure():
    begun = []

    def call(item):
        begun.append(item)
        time.sleep(0.05)
        return 1 // item

    with pytest.raises(ZeroDivisionError):
        list(prefetch(call, [0, *range(1, 20)], 2))
    assert len(begun) < 4 + 1
