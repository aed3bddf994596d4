import gc
import os

import pytest

from lookalike.pipelines.cli import main
from lookalike.pipelines.engines import worker
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
