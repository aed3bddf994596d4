"""Stages are checked where they are wired, and the graph shows what they were set to."""

import copy
import inspect
import logging
import typing

import apache_beam as beam
import pytest
from apache_beam.typehints.decorators import TypeCheckError
from apache_beam.typehints.typehints import AnyTypeConstraint

from lookalike.pipelines import fingerprint
from lookalike.pipelines.configuration.config import load
from lookalike.pipelines.configuration.stages import Corpus, Stages
from lookalike.pipelines.matching.corpus import MatchCorpus
from lookalike.transforms.core.stage import Stage
from lookalike.transforms.incremental.confirm_changes import ConfirmChanges
from lookalike.transforms.incremental.diff import FindChanges
from lookalike.transforms.incremental.invalidation import FindEffects
from lookalike.transforms.ingest.work_units import Known
from lookalike.transforms.ingest.written_listing import ReadListing
from lookalike.transforms.io.parquet_sink import Part

KNOWN = Known(["earlier.parquet"], "2026-01-01")
PARTS = [Part("fingerprints/part-00000-of-00001.parquet", 1, 1, "")]


def stages(*overrides):
    return Stages(load(None, list(overrides)), Corpus("/nowhere", 20_000))


def collections(pipeline, stage, **others):
    """One PCollection of the right type for each input of a stage, others as they are given."""
    inputs, _ = stage._annotated()
    named = typing.get_type_hints(inputs) if typing.is_typeddict(inputs) else {"": inputs}
    made = {
        name: pipeline
        | f"{name} of {type(stage).__name__}" >> beam.Create([]).with_output_types(typing.get_args(of)[0])
        for name, of in named.items()
    }
    made |= others
    return made if typing.is_typeddict(inputs) else made[""]


def every_stage():
    built = stages()
    confirm = built.comparing(PARTS, ())
    return [
        *(built.read, built.embed, built.sketch, built.collapse, built.pair, built.cluster, built.judge, confirm),
        *(built.chunks(KNOWN), built.commit(None), built.failures_table(0)),
        *(
            FindChanges(built.collapse, built.earlier_collapse(), KNOWN, 1, "/nowhere"),
            FindEffects(built.pair),
            ConfirmChanges(built.pair, confirm),
        ),
    ]


@pytest.mark.parametrize("stage", every_stage(), ids=lambda stage: type(stage).__name__)
def test_every_stage_gives_what_it_promises_and_takes_nothing_else(stage, caplog):
    """Its outputs have types of their own, down to what is inside; each input alone, if it is another, is refused."""
    with caplog.at_level(logging.WARNING):
        pipeline = beam.Pipeline()
        outputs = collections(pipeline, stage) | "As wired" >> copy.copy(stage)
    assert not [record for record in caplog.records if "type hint" in record.getMessage()]
    promised = inspect.signature(stage.expand).return_annotation
    assert promised is not inspect.Signature.empty
    for output in outputs.values() if isinstance(outputs, dict) else filter(None, [outputs]):
        assert not isinstance(output.element_type, AnyTypeConstraint)
    inputs, _ = stage._annotated()
    for name in typing.get_type_hints(inputs) if typing.is_typeddict(inputs) else [""]:
        pipeline = beam.Pipeline()
        wrong = pipeline | "Wrong" >> beam.Create([]).with_output_types(frozenset[float])
        with pytest.raises(TypeCheckError):
            _ = collections(pipeline, stage, **{name: wrong}) | "Miswired" >> copy.copy(stage)


def test_two_stages_in_the_wrong_order_are_refused_before_anything_runs():
    built, pipeline = stages(), beam.Pipeline()
    listed = pipeline | ReadListing(["shard"])
    with pytest.raises(TypeCheckError, match=r"Chunk.*Source"):
        _ = listed["sources"] | "ReadImages" >> built.read
    numbered = pipeline | "Parts" >> beam.Create([(0, "a.parquet")])
    with pytest.raises(TypeCheckError, match="input paths: expected <class 'str'>"):
        _ = {"paths": numbered, "followers": pipeline | beam.Create([0])} | "Pair" >> built.pair
    with pytest.raises(TypeCheckError, match="FindCandidates has no input followers"):
        _ = {"paths": numbered | beam.Values()} | "Pairs" >> built.pair


def test_a_promise_that_is_not_kept_is_refused():
    class Named(typing.TypedDict):
        text: beam.PCollection[str]

    class Breaks(Stage):
        def expand(self, numbers: beam.PCollection[int]) -> Named:
            return {"text": numbers}

    with pytest.raises(TypeCheckError, match="Breaks promises <class 'str'> as text"):
        _ = beam.Pipeline() | beam.Create([1]) | Breaks()


def test_the_graph_shows_what_the_stages_were_set_to():
    built = stages("confirm.probability=0.7", "cluster.prefer=[oldest,largest]", "pair.bucket=32")
    pipeline = beam.Pipeline()
    _ = pipeline | "First" >> fingerprint.FingerprintCorpus(built, ["shard"], "/nowhere")
    _ = pipeline | "Second" >> MatchCorpus(built, built.comparing(PARTS, ()), "/nowhere")
    shown = {}
    for transform in pipeline.to_runner_api().components.transforms.values():
        found = [
            beam.portability.api.beam_runner_api_pb2.LabelledPayload.FromString(d.payload)
            for d in transform.display_data
        ]
        shown[transform.unique_name] = {item.key: getattr(item, item.WhichOneof("value")) for item in found}
    assert shown["First/ReadImages"]["settings.max_pixels"] == 200_000_000
    assert shown["First/Sketch"]["settings.permutations"] == 320
    assert shown["Second/Confirm"]["rules.confirm.probability"] == 0.7
    assert shown["Second/Confirm"]["rules.pair.crowd"] == 64
    assert (shown["Second/Pair"]["settings.bucket"], shown["Second/Pair"]["context.images"]) == (32, 20_000)
    assert shown["Second/Finish/Cluster"]["policy.settings.prefer"] == "['oldest', 'largest']"
