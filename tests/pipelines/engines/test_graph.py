"""A pipeline's graph, as it is sent to an engine, does not grow with the corpus: Dataflow refuses large ones."""

import apache_beam as beam
import pytest
from apache_beam.testing.util import assert_that, equal_to

from lookalike.pipelines.configuration.config import load
from lookalike.pipelines.configuration.stages import Corpus, Stages
from lookalike.pipelines.fingerprint import FingerprintCorpus
from lookalike.pipelines.matching.changes import MatchChanges
from lookalike.pipelines.matching.corpus import MatchCorpus
from lookalike.transforms.ingest.work_units import Known
from lookalike.transforms.io.generate import GenerateOnWorkers, Numbered, part_path, parts_of
from lookalike.transforms.io.parquet_sink import Part

OUTPUT = "gs://bucket/audits/2026-11-23"


def stages_for(images):
    return Stages(load(), Corpus(OUTPUT, images))


def known_for(stages):
    return Known(parts_of("gs://bucket/before", "fingerprints", stages.parts), "2026")


def comparing(stages):
    parts = [Part(path, 1, 1, "0" * 64) for path in parts_of(OUTPUT, "fingerprints", stages.parts)]
    earlier = parts_of("gs://bucket/before", "candidates", stages.blocks * (stages.blocks + 1) // 2)
    return stages.comparing(parts, earlier)


def fingerprint(images):
    stages = stages_for(images)
    return FingerprintCorpus(stages, Numbered("gs://b/", ".parquet", images // 50_000), OUTPUT, known_for(stages))


def match(images):
    stages = stages_for(images)
    return MatchCorpus(stages, comparing(stages), OUTPUT)


def changes(images):
    stages = stages_for(images)
    failures = parts_of("gs://bucket/before", "failures", 2 * stages.table_parts)
    return MatchChanges(stages, comparing(stages), known_for(stages), failures, OUTPUT)


@pytest.mark.parametrize("half", [fingerprint, match, changes])
def test_the_graph_does_not_grow(half):
    def size(images):
        pipeline = beam.Pipeline(runner="BundleBasedDirectRunner")
        _ = pipeline | half(images)
        return len(pipeline.to_runner_api().SerializeToString())

    small, large = size(20_000), size(20_000_000)
    assert large < 1.02 * small < 2_000_000


def test_numbered_is_the_list_that_it_stands_for():
    paths = Numbered("a/", ".b", 3)
    assert (
        list(paths) == ["a/00000.b", "a/00001.b", "a/00002.b"]
        and len(paths) == 3
        and bool(Numbered("", "", 0)) is False
    )
    with pytest.raises(IndexError):
        paths[3]
    assert list(parts_of("r", "t", 2)) == [f"r/{part_path('t', number, 2)}" for number in range(2)]


def test_each_makes_its_elements():
    with beam.Pipeline() as pipeline:
        made = pipeline | GenerateOnWorkers(tuple[int, str], enumerate, (Numbered("a", "", 2),))
        assert_that(made, equal_to([(0, "a00000"), (1, "a00001")]))
