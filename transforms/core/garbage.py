"""How often Python looks for objects that hold one another, and are held by nothing else."""

import atexit
import contextlib
import functools
import gc
from collections.abc import Iterator

SELDOM = 10_000
"""Objects that come to be, beyond those that go, between two looks; Python's own figure is 700."""


def collect_seldom() -> None:
    """Have this process look for them seldom, and not at its end. Each look goes through what is young, and some
    through all that is there: loading Beam and torch took a fifth longer for it, what came after a thirtieth, and
    ending a process half a second, in which all that was loaded was looked through twice more.

    For processes that are ours alone.
    """
    gc.set_threshold(SELDOM, *gc.get_threshold()[1:])
    _not_at_the_end()


@functools.cache
def _not_at_the_end() -> None:
    atexit.register(gc.freeze)


@contextlib.contextmanager
def loading() -> Iterator[None]:
    """No look is taken inside, where modules are loaded, and none ever at what came to be there: it stays.

    For processes that are ours alone.
    """
    gc.disable()
    try:
        yield
    finally:
        _keep()
        gc.enable()


@functools.cache
def _keep() -> None:
    """Once: who calls a command again has loaded everything, and what he has lost since is to be found."""
    gc.freeze()
