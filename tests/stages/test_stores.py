"""Patience with stores: what may pass is tried again, what will not is told at once, and in words."""

import asyncio
import time

import aiohttp
import fsspec
import pytest
from azure.core.exceptions import HttpResponseError, ServiceRequestError
from botocore.exceptions import EndpointConnectionError
from gcsfs.retry import HttpError

from transforms import stores
from transforms.ahead import ahead
from transforms.images import failure_of
from transforms.stores import PatientStore, StoreError, is_transient, patiently, store


class Answer:
    status_code, reason, headers = 503, "busy", {}

    def text(self):
        return "busy"


@pytest.fixture(autouse=True)
def no_waiting(monkeypatch):
    monkeypatch.setattr(stores.tenacity.nap.time, "sleep", lambda _: None)


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

    assert is_transient(error) and patiently(call) == "answer" and not left


@pytest.mark.parametrize("error", FINAL, ids=repr)
def test_what_will_not_is_told_at_once(error):
    calls = []

    def call():
        calls.append(1)
        raise error

    with pytest.raises((type(error), StoreError)):
        patiently(call)
    assert len(calls) == 1


def test_patience_ends_and_the_store_is_quoted():
    calls = []

    def call():
        calls.append(1)
        raise HttpError({"code": 503, "message": "please slow down"})

    with pytest.raises(StoreError, match="slow down") as caught:
        patiently(call)
    assert len(calls) == stores.TRIES
    assert "slow down" in failure_of("gs://b/a.jpg", caught.value).message


def test_no_answer_is_not_a_no():
    class Down(fsspec.AbstractFileSystem):
        protocol = "down"

        def info(self, path, **_):
            raise ConnectionResetError

    assert not Down().isdir("x")  # what fsspec makes of it
    for ask in ("exists", "isdir", "isfile"):
        with pytest.raises(ConnectionResetError):
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

    results = ahead(call, items(), 4)
    assert next(results) == 0 and len(asked) <= 8
    assert list(results) == [-item for item in range(1, 50)] and sorted(done) == asked == list(range(50))


def test_ahead_raises_what_a_call_raised():
    with pytest.raises(ZeroDivisionError):
        list(ahead(lambda item: 1 // item, [1, 0], 2))
