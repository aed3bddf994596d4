import sys

import numpy as np
import pytest

from lookalike.transforms.functional.registration.agreement import Maps


def noise(height, width):
    return np.random.default_rng(height).integers(0, 256, (height, width), np.uint8)


@pytest.fixture
def without(monkeypatch):
    """Give what a function gives where nothing was compiled."""

    def call(function, *given):
        callers = [m for name, m in sys.modules.items() if ".functional." in name and hasattr(m, "compiled")]
        with monkeypatch.context() as patch:
            for module in callers:
                patch.setattr(module, "compiled", None)
            return function(*given)

    return call


@pytest.fixture(params=[(97, 144), (144, 61), (11, 13), (1, 121)], ids=str)
def maps(request):
    """Of two planes that are flat, agree, differ and are faint, here and there."""
    height, width = request.param
    a, inside = noise(height, width), noise(width, height).T > 60
    a[: height // 3] = 90
    b = np.clip(a[:, ::-1].astype(int) // 2 + np.arange(width) % 40, 0, 255).astype(np.uint8)
    b[-height // 3 :] = 50
    b[:, width // 2 :] = a[:, width // 2 :]
    return Maps(a, b, np.ones_like(a), np.ascontiguousarray(inside[::2, ::2]), 1.0, 1.0)
