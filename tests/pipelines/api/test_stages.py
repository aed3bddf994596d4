"""The stages in somebody's own pipeline, as `lookalike.stages` tells."""

import re
import textwrap

import apache_beam as beam
import numpy as np
import pyarrow.dataset as ds
import pytest
from apache_beam.testing import test_pipeline
from apache_beam.testing.util import assert_that, equal_to

from lookalike import errors, stages
from lookalike.stages import EmbedImages, ReadImages, SketchImages, embeddings_of, list_chunks, matching
from lookalike.transforms.core.keys import key_of
from lookalike.transforms.core.pairs import pack, unpack

RUNNER = "apache_beam.runners.portability.fn_api_runner.FnApiRunner"


def told(uri, vector):
    return uri, vector.astype(float).round(6).tolist()


def test_all_of_an_audit_in_pipelines_of_ones_own(audit, tmp_path):
    """Its images are fingerprinted, and its fingerprints matched, with the same result."""
    table = audit.fingerprints.to_arrow(["embedding"])
    uris = sorted(audit._names)
    broken = next(uri for uri, name in audit._names.items() if name == "broken")
    expected = dict(zip((u for u in uris if u != broken), table["embedding"].to_pylist(), strict=True))
    clusters = [tuple(row.values()) for row in audit.clusters.to_arrow().to_pylist()]
    by_name = {name: uri for uri, name in audit._names.items()}
    clusters = [(c, by_name[uri], best, by_name[kept], *rest) for c, uri, best, kept, *rest in clusters]
    match = matching(audit.output, tmp_path / "work")

    with test_pipeline.TestPipeline(RUNNER) as pipeline:
        chunks = (
            pipeline
            | "Chunks" >> beam.Create(list(list_chunks(uris, size=6)))
            | ReadImages()
            | EmbedImages()
            | SketchImages()
        )
        vectors = chunks | "Embeddings" >> beam.FlatMap(embeddings_of) | beam.MapTuple(told)
        failures = chunks | "Failures" >> beam.FlatMap(lambda chunk: [(f.uri, f.error) for f in chunk.failures])
        keypoints = chunks | "Sketches" >> beam.FlatMap(lambda chunk: [len(s.minhash) for s in chunk.sketches])
        assert_that(vectors, equal_to([told(u, np.array(v)) for u, v in expected.items()]), "vectors")
        assert_that(failures, equal_to([(broken, "undecodable")]), "failures")
        assert_that(keypoints, equal_to([320] * len(expected)), "keypoints")

        numbered = pipeline | "Parts" >> beam.Create(match.parts)
        paths = numbered | beam.Values()
        equal = paths | match.collapse
        found = {"paths": paths, "followers": equal["followers"]} | match.find
        near = {"asked": found["asked"], "followers": equal["followers"]} | match.confirm
        pairs = (equal["pairs"], near["pairs"]) | beam.Flatten()
        rows = {"pairs": pairs, "paths": numbered} | match.cluster
        assert_that(rows["clusters"] | "Cluster" >> beam.Values() | beam.Map(tuple), as_floats(clusters), "clusters")
        numbers = rows["pairs"] | "Pair" >> beam.Values() | beam.combiners.Count.Globally()
        assert_that(numbers, equal_to([len(audit.pairs)]), "pairs")
    assert {path.name for path in (tmp_path / "work").iterdir()} == {"candidates", ".run"}


def test_the_examples_are_pipelines_that_beam_accepts(audit, tmp_path, monkeypatch):
    built = []
    monkeypatch.setattr(beam.Pipeline, "__exit__", lambda pipeline, *_: built.append(pipeline.to_runner_api()))
    monkeypatch.chdir(tmp_path)
    examples = re.findall(r"(?m)^ {4}import apache_beam.*\n(?:(?: {4}.*)?\n)+", stages.__doc__)
    for example in examples:
        exec(textwrap.dedent(example).replace('"photos"', repr(__file__)).replace("out/audit", audit.output), {})
    assert len(examples) == len(built) == 2


def test_a_copy_that_was_never_compared_with_the_kept_picture_is_found_through_another_copy(audit, tmp_path):
    pairs = {(row["uri_a"], row["uri_b"]): row for row in rows_of(audit, "pairs")}
    near = {frozenset(ends) for ends, row in pairs.items() if row["match"] == "near" and row["relation"] == "same"}
    clusters = rows_of(audit, "clusters")
    kept = {row["uri"]: row["representative_uri"] for row in clusters}
    best = next(iter(kept.values()))
    lost, through = sorted(uri for uri in kept if frozenset((uri, best)) in near)[:2]
    assert frozenset((lost, through)) in near
    row = pairs[min(lost, best), max(lost, best)]
    # all that tells of the one is the other, and of that, the kept picture
    told = [{key_of(lost), key_of(through)}, {key_of(through), key_of(best)}]
    few = {key_of(lost), key_of(through)}
    match = matching(audit.output, tmp_path / "work")
    with test_pipeline.TestPipeline(RUNNER) as pipeline:
        numbered = pipeline | "Parts" >> beam.Create(match.parts)
        paths = numbered | beam.Values()
        equal = paths | match.collapse
        found = {"paths": paths, "followers": equal["followers"]} | match.find
        confirmed = {"asked": found["asked"], "followers": equal["followers"]} | match.confirm
        fewer = confirmed["pairs"] | beam.Map(without, few, told)
        rows = {"pairs": (equal["pairs"], fewer) | beam.Flatten(), "paths": numbered} | match.cluster
        members = rows["clusters"] | "Members" >> beam.MapTuple(lambda _, row: (row[1], row[3]))
        assert_that(members, equal_to(sorted(kept.items())), "clusters")
        again = (
            rows["pairs"]
            | "Again" >> beam.MapTuple(lambda _, row: (*row[:4], row[5], row[14]))
            | beam.Filter(lambda row: row[4] == ["copies"])
        )
        assert_that(again, near_to((*list(row.values())[:4], ["copies"], row["transform"]), set(pairs)), "again")


def rows_of(audit, table):
    return ds.dataset(f"{audit.output}/{table}").to_table().to_pylist()


def without(packed, keys, kept):
    """PAIR records -> those that have none of some keys, and those of `kept`."""
    return b"".join(pack([pair]) for pair in unpack(packed) if {pair.a, pair.b} in kept or not {pair.a, pair.b} & keys)


def near_to(expected, pairs):
    """One row, whose last value is a transform: nearly the same. Others are of pairs that an audit confirms."""

    def same(found):
        assert {row[:2] for row in found} <= pairs
        ((*values, transform),) = (row for row in found if row[:2] == expected[:2])
        assert tuple(values) == expected[:-1]
        np.testing.assert_allclose(transform, expected[-1], rtol=0.02, atol=1.0)

    return same


def as_floats(rows):
    """Equal, where the table holds 32 bits of a number."""

    def rounded(row):
        return tuple(float(np.float32(value)) if isinstance(value, float) else value for value in row)

    def same(found):
        assert sorted(map(rounded, found)) == sorted(map(rounded, rows))

    return same


def test_every_stage_that_is_told_is_there():
    for name in stages.__all__:
        assert getattr(stages, name).__doc__


def test_what_can_not_be_matched_is_refused(audit, tmp_path):
    with pytest.raises(errors.OutputError, match="was fingerprinted with another configuration"):
        matching(audit.output, tmp_path, config={"sketch": {"keypoints": 100}})
    with pytest.raises(errors.OutputError, match="which is only read"):
        matching(audit.output, f"{audit.output}/work")
    with pytest.raises(errors.OutputError, match="holds no finished run"):
        matching(tmp_path / "none", tmp_path / "work")
    with pytest.raises(errors.InputError, match="input not found"):
        list(list_chunks([str(tmp_path / "none")]))


def test_chunks_are_as_large_as_asked_for_and_carry_what_could_not_be_listed(tmp_path):
    for number in range(5):
        (tmp_path / f"{number}.png").write_bytes(b"")
    (tmp_path / "gone.png").symlink_to(tmp_path / "nowhere.png")
    chunks = list(list_chunks([str(tmp_path)], size=4))
    assert [len(chunk.sources) + len(chunk.failures) for chunk in chunks] == [4, 2]
    assert [f.error for chunk in chunks for f in chunk.failures] == ["broken_link"]
    assert sum(chunk.listed for chunk in chunks) == 5


def test_stages_take_settings_that_are_exported_with_them():
    embed = EmbedImages(stages.EmbedSettings(backbone="resnet18"))
    read = ReadImages(stages.ReadSettings(max_pixels=1_000_000), plane=embed.embedding.plane)
    assert read.limits.max_pixels == 1_000_000 and read.plane.colour
    assert SketchImages(stages.SketchSettings(keypoints=100)).settings.keypoints == 100
    with pytest.raises(ValueError, match="max_pixels"):
        stages.ReadSettings(max_pixels=0)
