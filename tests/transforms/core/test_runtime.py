import os

from lookalike.transforms.core.runtime import as_guest, hold_torch

KERNELS = "ONEDNN_PRIMITIVE_CACHE_CAPACITY"


def test_kernels_are_kept_in_workers_and_nothing_is_set_in_processes_of_others(monkeypatch):
    monkeypatch.setenv(KERNELS, "")
    monkeypatch.delenv(KERNELS)
    with as_guest():
        hold_torch()
        assert KERNELS not in os.environ
    hold_torch()
    assert int(os.environ[KERNELS]) > 1024
    monkeypatch.setenv(KERNELS, "10")
    hold_torch()
    assert os.environ[KERNELS] == "10"
