import gc
import os
import weakref

import pytest

from lookalike.pipelines.cli import main
from lookalike.pipelines.engines import worker
from lookalike.transforms.core import garbage
from lookalike.transforms.core.garbage import SELDOM


@pytest.fixture
def as_python_starts(monkeypatch):
    """And as it was afterwards."""
    before = gc.get_threshold()
    for name in worker.THREADS:
        monkeypatch.setenv(name, os.environ.get(name, "1"))
    monkeypatch.delenv(worker.TOLD, raising=False)
    gc.set_threshold(700, 10, 10)
    yield
    gc.set_threshold(*before)


def test_commands_look_for_garbage_seldom(as_python_starts):
    assert main.main([]) == 2
    assert gc.get_threshold() == (SELDOM, 10, 10)


def test_workers_look_for_garbage_seldom(as_python_starts):
    with pytest.raises(SystemExit):
        worker.main([])
    assert gc.get_threshold() == (SELDOM, 10, 10)


@pytest.fixture
def for_the_first_time(as_python_starts):
    """What is done once a process is done again, and undone."""
    garbage._keep.cache_clear()
    garbage._not_at_the_end.cache_clear()
    gc.unfreeze()
    yield
    gc.unfreeze()


def test_nothing_is_looked_for_while_a_command_loads(for_the_first_time, monkeypatch):
    seen = []
    monkeypatch.setattr(main, "_quiet", lambda: seen.append((gc.isenabled(), gc.get_freeze_count())))
    assert main.main(["config"]) == 0
    assert seen == [(False, 0)]
    assert gc.isenabled() and gc.get_freeze_count()


def test_what_was_lost_since_is_found_by_the_next_command(for_the_first_time):
    class Lost:
        pass

    with garbage.loading():
        pass
    lost = Lost()
    lost.itself, gone = lost, weakref.ref(lost)
    del lost
    with garbage.loading():
        pass
    gc.collect()
    assert gone() is None


def test_looks_are_taken_again_where_loading_fails(for_the_first_time):
    with pytest.raises(ImportError), garbage.loading():
        raise ImportError
    assert gc.isenabled()


def test_nothing_is_looked_for_when_a_process_ends(for_the_first_time, monkeypatch):
    atexit = []
    monkeypatch.setattr(garbage.atexit, "register", atexit.append)
    assert main.main([]) == 2
    assert main.main([]) == 2
    assert atexit == [gc.freeze]
