"""Files that are whole or absent, and reads that are as long as their store says."""

import errno
import os

import fsspec
import pyarrow as pa
import pytest
from fsspec.implementations.memory import MemoryFileSystem

from lookalike.transforms.core.records import Failure, Source
from lookalike.transforms.decoding.read_images import read_all
from lookalike.transforms.fingerprinting.fingerprints_table import write_table
from lookalike.transforms.ingest.listing import InputError, list_images
from lookalike.transforms.io.parquet_sink import Part, holds, read_record, written_parts
from lookalike.transforms.storage import reading, retries, stores, writing
from lookalike.transforms.storage.patient_store import LOCAL_TRIES, PatientStore
from lookalike.transforms.storage.retries import StoreError, StoreFullError, is_transient


@pytest.fixture(autouse=True)
def no_waiting(monkeypatch):
    monkeypatch.setattr(retries.tenacity.nap.time, "sleep", lambda _: None)


def failing(monkeypatch, owner, name, errors, after=False):
    """The first calls of `owner.name` raise `errors`, before or after they did their work -> the calls."""
    real, left, calls = getattr(owner, name), list(errors), []

    def call(*arguments, **named):
        calls.append(arguments)
        if left and not after:
            raise left.pop(0)
        result = real(*arguments, **named)
        if left:
            raise left.pop(0)
        return result

    monkeypatch.setattr(owner, name, call)
    return calls


@pytest.mark.parametrize("number", [errno.EIO, errno.ESTALE, errno.ETIMEDOUT, errno.EBUSY, errno.EAGAIN])
def test_what_a_network_drive_says_while_its_server_is_away(number, tmp_path, monkeypatch):
    (tmp_path / "a").write_bytes(b"bytes")
    failing(monkeypatch, stores, "open_regular", [OSError(number, "away")] * 2)
    assert reading.read_file(str(tmp_path / "a")) == b"bytes"


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EDQUOT, errno.EACCES, errno.EROFS, errno.ENAMETOOLONG])
def test_what_stays(number):
    assert not is_transient(OSError(number, "no"))


@pytest.mark.parametrize("status", [501, 507])
def test_statuses_that_stay(status):
    error = retries.StoreError("no")
    error.status_code = status
    assert not is_transient(error)


@pytest.mark.parametrize("errors", [1, LOCAL_TRIES], ids=["once", "to the end"])
@pytest.mark.parametrize("after", [False, True], ids=["before", "after it was done"])
def test_a_rename_that_fails(after, errors, tmp_path, monkeypatch):
    target = tmp_path / "x" / "part"
    writing.write_bytes(str(target), b"old")
    failing(monkeypatch, writing.os, "replace", [OSError(errno.EIO, "Input/output error")] * errors, after)
    try:
        writing.write_bytes(str(target), b"new")
    except StoreError as error:
        assert errors == LOCAL_TRIES and str(error) == f"{target}: Input/output error"
    assert target.read_bytes() == (b"new" if after or errors < LOCAL_TRIES else b"old")
    assert list(target.parent.iterdir()) == [target]


def test_no_room(tmp_path, monkeypatch):
    target = tmp_path / "part"
    target.write_bytes(b"old")

    class Full:
        def __enter__(self):
            return self

        def __exit__(self, *_):
            return None

        def write(self, data):
            (draft,) = tmp_path.glob(".part.*")
            draft.write_bytes(data[:3])
            raise OSError(errno.ENOSPC, "No space left on device")

    real = fsspec.filesystem("file").open
    fs = type(fsspec.filesystem("file"))
    monkeypatch.setattr(fs, "open", lambda _, path, mode="rb": (real(path, mode).close(), Full())[1])
    with pytest.raises(StoreFullError, match=f"no room for {target}: make some, and give the same command again"):
        writing.write_bytes(str(target), b"new bytes")
    assert target.read_bytes() == b"old" and list(tmp_path.iterdir()) == [target]


def test_a_write_that_was_cut_is_written_again(monkeypatch):
    real, cuts = MemoryFileSystem.pipe_file, [1, 1]

    def cut(self, path, data, mode="overwrite"):
        real(self, path, data[:-1] if cuts and cuts.pop() else data, mode)

    monkeypatch.setattr(MemoryFileSystem, "pipe_file", cut)
    writing.write_bytes("memory://cut/a", b"all of it")
    assert reading.read_file("memory://cut/a") == b"all of it"
    cuts.extend([1] * retries.TRIES)
    with pytest.raises(StoreError, match="memory://cut/a: holds 8 of 9 bytes that were written"):
        writing.write_bytes("memory://cut/a", b"all of it")


def test_short_reads(monkeypatch):
    writing.write_bytes("memory://short/a", b"0123456789")
    real, cuts = MemoryFileSystem.cat_file, [1, 1]

    def short(self, path, start=None, end=None, **_):
        data = real(self, path, start, end)
        return data[:-1] if cuts and cuts.pop() else data

    monkeypatch.setattr(MemoryFileSystem, "cat_file", short)
    assert reading.read_file("memory://short/a") == b"0123456789"
    cuts.append(1)
    assert reading.read_range("memory://short/a", 2, 3) == b"234"
    assert reading.read_range("memory://short/a", 8, 5) == b"89"
    cuts.extend([1] * retries.TRIES)
    ((_, read),) = read_all([Source("memory://short/a", 10, "", "")], 100, 1)
    assert isinstance(read, OSError) and str(read) == "gave 9 of 10 bytes"


def test_a_file_that_changed_since_it_was_listed_is_what_was_read():
    writing.write_bytes("memory://changed/a", b"longer than it was")
    ((_, read),) = read_all([Source("memory://changed/a", 3, "", "")], 100, 1)
    assert read == b"longer than it was"


def test_a_local_file_that_grew_is_not_read_far_beyond_the_limit(tmp_path):
    (tmp_path / "a").write_bytes(b"x" * 1000)
    assert len(reading.read_file(str(tmp_path / "a"), listed=10, most=20)) == 21


def test_what_this_machine_lacks_is_no_fault_of_a_file(tmp_path, monkeypatch):
    (tmp_path / "a").write_bytes(b"x")
    error = OSError(errno.EMFILE, "Too many open files")
    failing(monkeypatch, stores, "open_regular", [error] * LOCAL_TRIES)
    ((_, read),) = read_all([Source(str(tmp_path / "a"), 1, "", "")], 100, 1)
    assert isinstance(read, reading.MachineError)


def test_a_damaged_page_is_told_from_a_good_one(tmp_path):
    part = write_table(str(tmp_path), "t/part-0.parquet", pa.table({"a": [f"row {n}" for n in range(100)]}))
    path = tmp_path / part.path
    data = bytearray(path.read_bytes())
    assert reading.read_parquet(str(path)).num_rows == 100 and holds(str(tmp_path), part)
    data[60] ^= 1
    path.write_bytes(data)
    with pytest.raises((StoreError, pa.ArrowInvalid), match=str(path)):
        reading.read_parquet(str(path))
    assert not holds(str(tmp_path), part)
    path.unlink()
    assert not holds(str(tmp_path), part)


def test_what_was_not_on_the_disk_when_the_power_went_is_done_again(tmp_path):
    assert read_record(str(tmp_path / "none.json")) is None
    (tmp_path / "empty.json").write_bytes(b"")
    assert read_record(str(tmp_path / "empty.json")) is None


def test_the_record_is_written_after_its_parts_are_on_the_disk(tmp_path, monkeypatch):
    from lookalike.pipelines.run import manifest

    part = write_table(str(tmp_path), "t/part-0.parquet", pa.table({"a": [1]}))
    order = []
    real_sync, real_replace = os.fsync, os.replace
    monkeypatch.setattr(os, "fsync", lambda fd: (order.append(os.readlink(f"/proc/self/fd/{fd}")), real_sync(fd))[1])
    monkeypatch.setattr(os, "replace", lambda a, b: (order.append(f"-> {b}"), real_replace(a, b))[1])
    manifest.write(str(tmp_path), {"parts": {"t": [part._asdict()]}})
    draft = order[2]
    assert draft.startswith(f"{tmp_path}/.audit.json.")
    parts = [str(tmp_path / "t" / "part-0.parquet"), str(tmp_path / "t")]
    assert order == [*parts, draft, f"-> {tmp_path}/audit.json", str(tmp_path)]


def test_lists_of_parts_are_not_looked_for_in_a_listing(monkeypatch):
    root = "memory://listed/out"
    writing.write_bytes(f"{root}/.run/pairs-0.json", b'[{"path": "pairs/p", "rows": 1, "bytes": 1, "sha256": ""}]')
    monkeypatch.setattr(MemoryFileSystem, "ls", lambda *_, **__: [])
    assert written_parts(root, ["pairs-0"]) == {"pairs": [Part("pairs/p", 1, 1, "")]}
    with pytest.raises(StoreError, match=r"clusters-0\.json: was written by this run, and is not there"):
        written_parts(root, ["pairs-0", "clusters-0"])


def test_what_failed_after_it_was_done_is_done(monkeypatch):
    fs = PatientStore(MemoryFileSystem(), "memory")
    for name, arguments in (("rm_file", ["/once/a"]), ("mv", ["/once/a", "/once/b"])):
        fs.pipe_file("/once/a", b"x")
        with monkeypatch.context() as patch:
            failing(patch, MemoryFileSystem, name, [ConnectionResetError()], after=True)
            getattr(fs, name)(*arguments)
        assert not fs.exists("/once/a")
        with pytest.raises(FileNotFoundError):
            getattr(fs, name)(*arguments)
    with monkeypatch.context() as patch:
        failing(patch, MemoryFileSystem, "pipe_file", [ConnectionResetError()], after=True)
        fs.pipe_file("/once/c", b"mine", mode="create")
    with pytest.raises(FileExistsError):
        fs.pipe_file("/once/c", b"mine", mode="create")


def test_no_answer_of_a_local_drive_is_no_no(tmp_path, monkeypatch):
    fs, path = stores.store(str(tmp_path))
    error = OSError(errno.ESTALE, "Stale file handle")
    failing(monkeypatch, type(fs.fs), "info", [error] * LOCAL_TRIES * 3)
    for ask in (fs.exists, fs.isdir, fs.isfile):
        with pytest.raises(OSError, match="Stale"):
            ask(path)


def test_a_folder_that_a_glob_cannot_list_is_no_empty_one(monkeypatch):
    for name in ("a/1.jpg", "b/c/2.jpg", "b/3.jpg"):
        writing.write_bytes(f"memory://glob/{name}", b"x")
    fs, path = stores.store("memory://glob/**/*.jpg")
    assert sorted(source.uri for source in list_images(["memory://glob/**/*.jpg"])) == [
        fs.unstrip_protocol(name) for name in sorted(fs.fs.glob(path))
    ]
    with pytest.raises(InputError, match="no file matches"):
        list(list_images(["memory://glob/none/*.jpg"]))
    real = MemoryFileSystem.ls

    def ls(self, folder, detail=True, **options):
        if folder == "/glob/b/c":
            raise ConnectionResetError
        return real(self, folder, detail, **options)

    monkeypatch.setattr(MemoryFileSystem, "ls", ls)
    *_, failure = sorted(list_images(["memory://glob/**/*.jpg"]), key=lambda record: isinstance(record, Failure))
    assert (failure.uri, failure.error) == ("memory:///glob/b/c", "StoreError")
    with pytest.raises(InputError, match="memory:///glob/b/c: ConnectionResetError"):
        list(list_images(["memory://glob/b/c/*.jpg"]))


def test_a_file_that_is_made_once_is_not_left_cut(tmp_path, monkeypatch):
    data = b"a token of its own, long enough that nobody else has one that begins like it, and more"
    with monkeypatch.context() as patch:
        patch.setattr(writing, "see", lambda *_: (_ for _ in ()).throw(StoreError("cut")))
        with pytest.raises(StoreError):
            writing.create_bytes(str(tmp_path / "lock"), data)
    assert not list(tmp_path.iterdir())
    real, cuts = MemoryFileSystem.pipe_file, [1]

    def cut(self, path, value, mode="overwrite"):
        real(self, path, value[:70] if cuts and cuts.pop() else value, mode)

    monkeypatch.setattr(MemoryFileSystem, "pipe_file", cut)
    with pytest.raises(StoreError, match="holds 70 of"):
        writing.create_bytes("memory://once/lock", data)
    writing.create_bytes("memory://once/lock", data)
    with pytest.raises(FileExistsError):
        writing.create_bytes("memory://once/lock", data)
    assert reading.read_file("memory://once/lock") == data
