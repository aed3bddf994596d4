"""How often Python looks for objects that hold one another, and are held by nothing else."""

import gc

SELDOM = 10_000
"""Objects that come to be, beyond those that go, between two looks; Python's own figure is 700."""


def collect_seldom() -> None:
    """Have this process look for them seldom. Each look goes through what is young, and some through all that is there:
    loading Beam and torch took a fifth longer for it, and what came after a thirtieth.

    For processes that are ours alone.
    """
    gc.set_threshold(SELDOM, *gc.get_threshold()[1:])
