"""With its memory Beam finds what it finds without."""

import apache_beam as beam
import pytest
from apache_beam.options.pipeline_options import DebugOptions, DirectOptions, PipelineOptions, TypeOptions
from apache_beam.transforms import core
from apache_beam.typehints.decorators import get_signature

from lookalike.pipelines.engines.runners import pipeline_options, run


class Several(beam.DoFn):
    def process(self, element, other=1, window=beam.DoFn.WindowParam, *rest, only=2):
        yield element

    def all_have_defaults(self=0, first=1, second=2):
        return self, first, second

    def anything(*rest, **named):
        return rest, named

    @classmethod
    def of_the_class(cls, last=3):
        return cls, last

    @staticmethod
    def of_none(first, last=3):
        return first, last


def asked(function):
    """Names and defaults of the parameters that can be given by place, from the signature."""
    by_place = [
        p for p in get_signature(function).parameters.values() if p.kind in (p.POSITIONAL_OR_KEYWORD, p.POSITIONAL_ONLY)
    ]
    return [p.name for p in by_place], [p.default for p in by_place if p.default is not p.empty]


@pytest.mark.parametrize(
    "name", ["process", "all_have_defaults", "anything", "of_the_class", "of_none", "setup", "from_callable"]
)
def test_parameters(name):
    for function in (getattr(Several(), name), getattr(Several, name)):
        for _ in range(2):
            found = core.get_function_args_defaults(function)
            assert found == asked(function)
            found[0].append("what a caller adds is its own")
            found[1].append("as well")


def test_views_of_options_are_of_the_same_options():
    given = PipelineOptions(["--direct_num_workers=3", "--experiments=one"], allow_unsafe_triggers=True)
    other = PipelineOptions(["--direct_num_workers=3", "--experiments=one"])
    for _ in range(2):
        assert given.view_as(DirectOptions).direct_num_workers == 3
        assert given.view_as(TypeOptions).allow_unsafe_triggers and not other.view_as(TypeOptions).allow_unsafe_triggers
    given.view_as(DebugOptions).experiments.append("two")
    assert given.view_as(DebugOptions).experiments == ["one", "two"]
    assert other.view_as(DebugOptions).experiments == ["one"]
    given.view_as(DirectOptions).direct_num_workers = 4
    assert given.get_all_options()["direct_num_workers"] == 4 and other.view_as(DirectOptions).direct_num_workers == 3
    assert type(given.view_as(DirectOptions)) is DirectOptions


class Built(beam.PTransform):
    """Sees how Beam asks while it is built."""

    def expand(self, root):
        self.asks = core.get_function_args_defaults, PipelineOptions.view_as
        return root | beam.Create([1])


def test_pipelines_are_built_with_it_and_then_beam_is_as_before():
    before = core.get_function_args_defaults, PipelineOptions.view_as
    built = Built()
    run(built, pipeline_options("local", ["--direct_num_workers=1"]))
    assert all(ask is not own for ask, own in zip(built.asks, before, strict=True))
    assert (core.get_function_args_defaults, PipelineOptions.view_as) == before
