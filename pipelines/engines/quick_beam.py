"""Beam remembers what it otherwise works out again: a fifth of what it takes to start an audit.

For each pipeline, Beam asks for the parameters of the same functions some ten thousand times, and builds a parser of
its options two thousand times. What it finds is the same every time, and the same with this.
"""

import contextlib
import copy
import functools
import types
from argparse import Namespace
from collections.abc import Callable, Iterator
from typing import Any

from apache_beam.options.pipeline_options import PipelineOptions
from apache_beam.transforms import core


@contextlib.contextmanager
def quick_beam() -> Iterator[None]:
    """Until it is left, in this process. What is remembered of functions is let go of then."""
    beams: tuple[Any, Any] = (core, PipelineOptions)
    parameters, views = core.get_function_args_defaults, PipelineOptions.view_as
    beams[0].get_function_args_defaults, beams[1].view_as = _remembered_parameters(parameters), _remembered_views(views)
    try:
        yield
    finally:
        beams[0].get_function_args_defaults, beams[1].view_as = parameters, views


Found = tuple[list[str], list[Any]]


def _remembered_parameters(ask: Callable[[Any], Found]) -> Callable[[Any], Found]:
    """Names and defaults of a function's parameters; of a method's, without the one that it is bound to."""
    known = functools.lru_cache(maxsize=4096)(ask)

    def parameters(function: Any) -> Found:
        if not isinstance(function, types.MethodType):
            return ask(function)
        names, defaults = known(function.__func__)
        return names[1:], defaults[1:] if len(defaults) == len(names) else defaults[:]

    return parameters


def _remembered_views(real: Callable[[Any, Any], Any]) -> Callable[[Any, Any], Any]:
    """Views of options, whose parsers have read the same arguments before."""
    known: dict[tuple[type, tuple[str, ...]], Namespace] = {}

    def view_as(options: PipelineOptions, cls: type[PipelineOptions]) -> Any:
        if options._flags is None:  # those of `sys.argv`
            return real(options, cls)
        key = cls, tuple(options._flags)
        if key not in known:
            known[key] = copy.deepcopy(real(options, cls)._visible_options)
        view = object.__new__(cls)
        read = copy.deepcopy(known[key])
        view.__dict__.update(_flags=options._flags, _visible_options=read, _all_options=options._all_options)
        for name, value in vars(read).items():
            options._all_options.setdefault(name, value)
        return view

    return view_as
