"""Beam in a notebook, without what its interactive runner needs."""

import contextlib
from collections.abc import Iterator
from typing import Any

import apache_beam.pipeline
from apache_beam.utils import interactive_utils


@contextlib.contextmanager
def outside_notebooks() -> Iterator[None]:
    """While this lasts, Beam does not see that it is in a notebook.

    There it loads its interactive runner for every pipeline, which needs pandas of a certain age, names transforms by
    the cell that they are applied in, keeps the pipeline as long as the notebook, and leaves its temporary folder.
    """
    modules: tuple[Any, ...] = (apache_beam.pipeline, interactive_utils)
    theirs = [module.is_in_ipython for module in modules]
    for module in modules:
        module.is_in_ipython = bool
    try:
        yield
    finally:
        for module, own in zip(modules, theirs, strict=True):
            module.is_in_ipython = own
