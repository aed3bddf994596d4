"""What all stages have in common: their inputs and outputs are typed by name, and the graph shows their settings."""

import dataclasses
import typing
from typing import Any

import apache_beam as beam
from apache_beam.metrics import Metrics
from apache_beam.typehints.decorators import IOTypeHints, TypeCheckError
from apache_beam.typehints.native_type_compatibility import convert_to_beam_type
from apache_beam.typehints.typehints import is_consistent_with

from lookalike.transforms.core.settings.kinds import Settings
from lookalike.transforms.core.settings.values import shown


class Stage(beam.PTransform):
    """A PTransform, written as a dataclass, that is checked where it is applied and says what it was set to.

    A stage of several inputs or outputs annotates `expand` with a `TypedDict` of PCollections:

        class Searched(TypedDict):
            paths: beam.PCollection[str]
            followers: beam.PCollection[int]

        def expand(self, inputs: Searched) -> Candidates: ...

    Beam by itself checks single PCollections only, and ignores such an annotation with a warning.
    """

    def default_type_hints(self) -> Any:
        """The types of named inputs are hints by keyword, as Beam checks dictionaries; else what Beam finds."""
        inputs, output = self._annotated()
        if not typing.is_typeddict(inputs) and not typing.is_typeddict(output):
            return super().default_type_hints()
        hints = IOTypeHints.empty()
        if typing.is_typeddict(inputs):
            hints = hints.with_input_types(**_element_types(inputs))
        elif args := typing.get_args(inputs):
            hints = hints.with_input_types(convert_to_beam_type(args[0]))
        if not typing.is_typeddict(output) and (args := typing.get_args(output)):
            hints = hints.with_output_types(convert_to_beam_type(args[0]))
        return hints

    def type_check_inputs(self, inputs: Any) -> None:
        """Refuse inputs of other types than `expand` takes, and those that lack one.

        Raises:
            TypeCheckError: while the pipeline is built.
        """
        wanted, _ = self._annotated()
        if typing.is_typeddict(wanted) and (missing := wanted.__required_keys__ - inputs.keys()):
            raise TypeCheckError(f"{type(self).__name__} has no input {', '.join(sorted(missing))}")
        super().type_check_inputs(inputs)

    def type_check_outputs(self, outputs: Any) -> None:
        """Refuse outputs of other types than `expand` promises. Raises as `type_check_inputs`."""
        _, promised = self._annotated()
        if not typing.is_typeddict(promised):
            super().type_check_outputs(outputs)
            return
        for name, kind in _element_types(promised).items():
            if not is_consistent_with(outputs[name].element_type, kind):
                found = outputs[name].element_type
                raise TypeCheckError(f"{type(self).__name__} promises {kind} as {name}, and gives {found}")

    def display_data(self) -> dict[str, str | int | float | bool]:
        """Settings by name, for whoever looks at the graph: those of parts of a stage as 'policy.detail'."""
        return dict(_displayed(self))

    def _annotated(self) -> tuple[Any, Any]:
        """The annotations of the input and of the output of `expand`."""
        hints = typing.get_type_hints(self.expand)
        output = hints.pop("return", None)
        return next(iter(hints.values()), None), output


def count(stage: str, name: str, number: int = 1) -> None:
    """Add to a counter of a stage, which the record of a run tells of. name: '<which>-<what>', as 'failed-images'."""
    Metrics.counter(stage, name).inc(number)


def _element_types(collections: Any) -> dict[str, Any]:
    """A TypedDict of PCollections -> the types of their elements, as Beam spells them."""
    named = typing.get_type_hints(collections)
    return {name: convert_to_beam_type(typing.get_args(kind)[0]) for name, kind in named.items()}


def _displayed(part: Any, prefix: str = "") -> typing.Iterator[tuple[str, str | int | float | bool]]:
    fields = part if isinstance(part, Settings) else [(f.name, getattr(part, f.name)) for f in dataclasses.fields(part)]
    for own, value in fields:
        name = f"{prefix}{own}"
        if isinstance(value, (bool, int, float, str)):
            yield name, value
        elif isinstance(value, (list, tuple)):
            yield name, shown(value)  # not all of it, where it is long
        elif isinstance(value, Settings) or (dataclasses.is_dataclass(value) and not isinstance(value, type)):
            yield from _displayed(value, f"{name}.")
