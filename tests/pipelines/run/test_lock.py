"""One writer at a time, on a disk and on a store; the lock of a dead process is taken over, others are explained."""

import dataclasses
import errno
import json
import multiprocessing
import os
import signal
import threading
import time

import fsspec
import pytest

from lookalike.pipelines.run import holder as holders
from lookalike.pipelines.run import lock
from lookalike.pipelines.run.lock import LockedError, locked, refuse_locked
from lookalike.transforms.storage import writing
from lookalike.transforms.storage.errors import OutputError
from lookalike.transforms.storage.writing import write_bytes

SPAWNED = multiprocessing.get_context("fork")


@pytest.fixture(params=["disk", "memory"])
def place(request, tmp_path):
    if request.param == "disk":
        yield str(tmp_path / "out" / ".run")
        return
    yield "memory://locks/out/.run"
    fs = fsspec.filesystem("memory")
    if fs.exists("/locks"):
        fs.rm("/locks", recursive=True)


def holder(place):
    return lock.read(place)


def put(place, **changes):
    """A lock of somebody else: as this process would hold it, but for `changes`."""
    with locked(place, "audit") as held:
        other = dataclasses.replace(held.holder, token="other", **changes)
    write_bytes(f"{place}/lock", json.dumps(dataclasses.asdict(other)).encode())


def gone():
    """The number of a process that has ended, and when it began."""
    child = os.fork()
    if child == 0:
        time.sleep(60)
    begun = holders.begun_at(child)
    assert (
        begun
        and not holders.Holder(
            "", "", **holders.this_machine(), process=child, begun=begun, since="", seen=""
        ).is_gone()
    )
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    return {"process": child, "begun": begun}


def test_the_second_is_told_who_is_first(place):
    with locked(place, "audit") as held:
        held.check()
        who = rf"`lookalike audit` \(process {os.getpid()} on .*, since 20"
        with pytest.raises(LockedError, match=who) as told, locked(place, "match"):
            raise AssertionError
        assert "wait for its end" in str(told.value) and "out is being written" in str(told.value)
        refuse_locked(place)  # its own
        assert holder(place) == held.holder
    assert holder(place) is None
    with locked(place, "match"):
        pass


def test_nothing_is_left_behind(tmp_path):
    with locked(str(tmp_path / "a" / "b" / ".run"), "audit"):
        assert (tmp_path / "a" / "b" / ".run" / "lock").exists()
    assert not list(tmp_path.iterdir())
    (tmp_path / "mine").mkdir()
    with locked(str(tmp_path / "mine" / ".run"), "audit"):
        pass
    assert [p.name for p in tmp_path.iterdir()] == ["mine"]


def test_what_lies_beside_a_lock_stays_whatever_its_folder_is_called(tmp_path):
    place = tmp_path / ".lock.d" / "out" / ".run"
    place.mkdir(parents=True)
    (place / "commit.json").write_text("{}")
    with locked(str(place), "audit"):
        pass
    assert [path.name for path in place.iterdir()] == ["commit.json"]


def test_a_dead_process_of_this_machine_is_followed_at_once(place):
    put(place, **gone())
    refuse_locked(place)
    with locked(place, "audit") as held:
        assert holder(place) == held.holder


def test_another_process_with_the_number_of_a_dead_one_does_not_hold_its_lock(place):
    put(place, process=os.getpid(), begun="1")
    with locked(place, "audit"):
        pass


def test_a_machine_that_was_started_again_has_no_old_processes(place, monkeypatch):
    alive = {"process": os.getppid(), "begun": holders.begun_at(os.getppid())}  # by its number, which says nothing now
    put(place, boot="before", numbers=holders.FIRST_NAMESPACE, **alive)
    here = holders.this_machine() | {"numbers": holders.FIRST_NAMESPACE}
    monkeypatch.setattr(holders, "this_machine", lambda: here)
    with locked(place, "audit"):
        pass
    put(place, numbers=holders.FIRST_NAMESPACE, **alive)
    with pytest.raises(LockedError, match="wait for its end"), locked(place, "audit"):
        raise AssertionError
    lock._remove(place)
    # in a container the same may be another machine
    here["numbers"] = "pid:[1]"
    put(place, boot="before", numbers="pid:[1]")
    with pytest.raises(LockedError, match="steal-lock"), locked(place, "audit"):
        pass


def test_another_machine_is_explained_and_taken_over_only_if_it_shows_no_life(place, monkeypatch):
    monkeypatch.setattr(lock, "WATCH", 0.3)
    put(place, host="elsewhere", seen="2026-01-01T00:00:00+00:00")
    who = r"on elsewhere.*last sign of life [\d,]+ s ago.*--steal-lock"
    with pytest.raises(LockedError, match=who), locked(place, "audit"):
        raise AssertionError
    refuse_locked(place)  # readers need not wait for ever
    alive = holder(place)

    def beat(seconds):
        write_bytes(f"{place}/lock", json.dumps(dataclasses.asdict(alive) | {"seen": holders._now()}).encode())

    with monkeypatch.context() as patch:
        patch.setattr(lock.time, "sleep", beat)
        with pytest.raises(LockedError, match="elsewhere"), locked(place, "audit", steal=True):
            raise AssertionError
    with pytest.raises(LockedError, match="wait for its end"):
        refuse_locked(place)  # it was seen just now
    with locked(place, "audit", steal=True) as held:
        assert holder(place) == held.holder


def test_a_holder_shows_signs_of_life_and_notices_that_it_was_robbed(place, monkeypatch):
    monkeypatch.setattr(lock, "BEAT", 0.01)
    with locked(place, "audit") as held:
        first, end = holder(place).seen, time.monotonic() + 30
        while holder(place).seen == first:
            assert time.monotonic() < end
        robber = dataclasses.replace(held.holder, token="robber", command="match")
        held._ended.set()
        held._thread.join()
        write_bytes(f"{place}/lock", json.dumps(dataclasses.asdict(robber)).encode())
        with pytest.raises(LockedError, match=r"taken over by `lookalike match`.*nothing is replaced"):
            held.check()
    assert holder(place) == robber, "the lock of another is not given back"


def test_a_holder_that_was_robbed_does_not_take_its_lock_back_with_a_sign_of_life(place, monkeypatch):
    monkeypatch.setattr(lock, "BEAT", 0.01)
    with locked(place, "audit") as held:
        robber, check, looked = dataclasses.replace(held.holder, token="robber"), held.check, threading.Semaphore(0)

        def robbed():
            write_bytes(f"{place}/lock", robber.encoded())
            looked.release()
            check()

        monkeypatch.setattr(held, "check", robbed)
        for _ in range(3):
            assert looked.acquire(timeout=10), "no sign of life is shown without a look at the lock"
            assert holder(place) == robber


def test_a_lock_that_can_not_be_read_is_named(place):
    write_bytes(f"{place}/lock", b"")
    with pytest.raises(LockedError, match="lock can't be read"), locked(place, "audit"):
        raise AssertionError


def test_a_place_that_can_not_be_written_is_named():
    with pytest.raises(OutputError, match="/proc/lookalike can't be written"), locked("/proc/lookalike/.run", "audit"):
        raise AssertionError


def test_on_a_full_disk_no_folder_is_left(tmp_path, monkeypatch):
    def full(*_):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(writing, "_link", full)
    with (
        pytest.raises(OutputError, match="can't be written: No space"),
        locked(f"{tmp_path}/a/v.csv.run", "audit"),
    ):
        raise AssertionError
    assert not list(tmp_path.iterdir())


def test_of_many_that_find_a_dead_process_one_follows_at_a_time(tmp_path):
    place, inside = str(tmp_path / ".run"), tmp_path / "inside"
    put(place, **gone())

    def follow():
        end = time.monotonic() + 60
        while time.monotonic() < end:
            try:
                with locked(place, "audit"):
                    os.close(os.open(inside, os.O_CREAT | os.O_EXCL))
                    time.sleep(0.01)
                    os.unlink(inside)
                os._exit(0)
            except LockedError:
                time.sleep(0.005)
        os._exit(1)

    children = [SPAWNED.Process(target=follow) for _ in range(8)]
    for child in children:
        child.start()
    for child in children:
        child.join()
    assert [child.exitcode for child in children] == [0] * 8


def test_a_lock_that_was_given_back_and_that_the_store_kept_holds_nobody_up(place, monkeypatch):
    with monkeypatch.context() as patch, locked(place, "audit"):
        patch.setattr(lock, "_remove", lambda _: (_ for _ in ()).throw(OSError("no answer")))
        patch.setattr(lock, "_remove_empty", lambda *_: None)
    assert holder(place) is not None and holder(place).process == os.getpid()
    refuse_locked(place)
    with locked(place, "audit") as held:
        held.check()
