"""A Beam pipeline evaluated at once, in this thread, in plain Python: the stages as they are, without an engine's cost.

An engine takes more than a second to start a pipeline; a thousand runs under faults can't wait for that. Batch and the
global window only, which is all that we have. The graph of a run may be kept, where the next one has the same. Elements
may come in any order, as from an engine.
"""

import collections
import contextlib
import random
import types
from collections.abc import Callable, Iterable, Iterator
from typing import Any
from unittest import mock

import apache_beam as beam
from apache_beam import pvalue
from apache_beam.internal import util
from apache_beam.metrics import Metrics
from apache_beam.options.pipeline_options import PipelineOptions
from apache_beam.pipeline import PipelineVisitor
from apache_beam.transforms.core import CombinePerKey, Flatten, GroupByKey, Impulse, ParDo
from apache_beam.transforms.util import Reshuffle, ReshufflePerKey

WHOLE = (Reshuffle, ReshufflePerKey, CombinePerKey)
"""Transforms that are evaluated as one, whatever they consist of."""


class _Steps(PipelineVisitor):
    def __init__(self) -> None:
        self.steps: list[Any] = []
        self.inside = 0

    def enter_composite_transform(self, node: Any) -> None:
        if isinstance(node.transform, WHOLE):
            if not self.inside:
                self.steps.append(node)
            self.inside += 1

    def leave_composite_transform(self, node: Any) -> None:
        if isinstance(node.transform, WHOLE):
            self.inside -= 1

    def visit_transform(self, node: Any) -> None:
        if not self.inside:
            self.steps.append(node)


class _Untyped(beam.Pipeline):
    """Elements are never encoded, so that nobody asks for their types."""

    def _infer_result_type(self, *_: Any) -> None:
        """Infer none."""


def steps_of(transform: beam.PTransform) -> list[Any]:
    """The primitive steps of a transform of the pipeline's root, in order."""
    pipeline = _Untyped(options=PipelineOptions([], pipeline_type_check=False))
    _ = pipeline | transform
    visitor = _Steps()
    pipeline.visit(visitor)
    return visitor.steps


def evaluate(steps: list[Any], order: random.Random | None = None) -> None:
    """Run them all; what a step takes is in an `order` by chance, if one is given. Raises what a stage raises."""
    values: dict[Any, list[Any]] = {}
    for node in steps:
        taken = [element for source in node.inputs if source in values for element in values[source]]
        if order:
            order.shuffle(taken)
        if isinstance(node.transform, ParDo):
            _par_do(node, taken, values)
            continue
        (made,) = set(node.outputs.values())
        values[made] = _other(node.transform, taken)


def _other(transform: Any, taken: list[Any]) -> list[Any]:
    if isinstance(transform, Impulse):
        return [b""]
    if isinstance(transform, (Flatten, Reshuffle, ReshufflePerKey)):
        return taken
    if isinstance(transform, GroupByKey):
        return list(_by_key(taken).items())
    if isinstance(transform, CombinePerKey):
        return [(key, transform.fn.apply(group)) for key, group in _by_key(taken).items()]
    raise NotImplementedError(f"{type(transform)} is not among the primitives that our stages use")


def _by_key(pairs: Iterable[tuple[Any, Any]]) -> dict[Any, list[Any]]:
    groups: dict[Any, list[Any]] = collections.defaultdict(list)
    for key, value in pairs:
        groups[key].append(value)
    return groups


def _par_do(node: Any, taken: list[Any], values: dict[Any, list[Any]]) -> None:
    par_do = node.transform
    sides = [_side(view, values) for view in par_do.side_inputs]
    arguments, named = util.insert_values_in_args(par_do.args, par_do.kwargs, sides)
    made: dict[Any, list[Any]] = {tag: values.setdefault(output, []) for tag, output in node.outputs.items()}
    par_do.fn.setup()
    try:
        for element in taken:
            for result in par_do.fn.process(element, *arguments, **named) or ():
                tagged = isinstance(result, pvalue.TaggedOutput)
                made.setdefault(result.tag if tagged else None, []).append(result.value if tagged else result)
    finally:
        par_do.fn.teardown()


def _side(view: Any, values: dict[Any, list[Any]]) -> Any:
    found = values[view.pvalue]
    if isinstance(view, pvalue.AsSingleton):
        return found[0] if found else view.default_value
    if isinstance(view, pvalue.AsDict):
        return dict(found)
    return list(found)


@contextlib.contextmanager
def _counting() -> Iterator[dict[str, int]]:
    """The counters of what runs meanwhile, by name."""
    counts: dict[str, int] = {}

    def counter(_: str, name: str) -> Any:
        return types.SimpleNamespace(inc=lambda number=1: counts.update({name: counts.get(name, 0) + number}))

    with mock.patch.object(Metrics, "counter", counter):
        yield counts


class Runner:
    """Takes the place of `lookalike.pipelines.engines.runners.run`. key: what tells graphs apart; without, each run
    builds its own. order: see `evaluate`.
    """

    def __init__(self, key: Callable[[Any], Any] | None = None, order: random.Random | None = None) -> None:
        self.key, self.order, self.graphs = key, order, {}

    def __call__(self, transform: beam.PTransform, _: Any) -> dict[str, int]:
        with _counting() as counts:
            evaluate(self._steps(transform), self.order)
        return counts

    def _steps(self, transform: beam.PTransform) -> list[Any]:
        if self.key is None:
            return steps_of(transform)
        key = self.key(transform)
        if key not in self.graphs:
            self.graphs[key] = steps_of(transform)
        return self.graphs[key]
