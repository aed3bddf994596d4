"""The stages of an audit, for your own Apache Beam pipelines.

`ReadImages`, `EmbedImages` and `SketchImages` compute fingerprints. They work with their default settings and take
Chunks, groups of images that travel together; `list_chunks` makes Chunks from inputs. This pipeline computes embeddings
and hands them to a step of yours, here `print`:

    import apache_beam as beam
    from lookalike.stages import EmbedImages, ReadImages, SketchImages, embeddings_of, list_chunks

    with beam.Pipeline() as pipeline:
        chunks = (
            pipeline
            | beam.Create(list_chunks(["photos"]))
            | beam.Reshuffle()
            | ReadImages()
            | EmbedImages()
            | SketchImages()
        )
        chunks | beam.FlatMap(embeddings_of) | beam.Map(print)

Each of the three takes settings, whose values are those of the configuration's block of the same name:
`ReadImages(ReadSettings(max_pixels=50_000_000))`. A network other than the default wants to see pictures of another
size, which `ReadImages` has to know:

    embed = EmbedImages(EmbedSettings(backbone="resnet50", weights="imagenet"))
    read = ReadImages(plane=embed.embedding.plane)

`CollapseDuplicates`, `FindCandidates`, `ConfirmPairs` and `ClusterPairs` search a fingerprints table. `matching` makes
them for the fingerprints of a finished audit. This pipeline finds pairs and clusters again, and hands the rows of the
clusters table to a step of yours:

    import apache_beam as beam
    import lookalike

    stages = lookalike.stages.matching("out/audit", work="out/work")
    with beam.Pipeline() as pipeline:
        numbered = pipeline | beam.Create(stages.parts)
        paths = numbered | "Paths" >> beam.Values()
        equal = paths | stages.collapse
        found = {"paths": paths, "followers": equal["followers"]} | stages.find
        near = {"asked": found["asked"], "followers": equal["followers"]} | stages.confirm
        pairs = (equal["pairs"], near["pairs"]) | beam.Flatten()
        rows = {"pairs": pairs, "paths": numbered} | stages.cluster
        rows["clusters"] | "Rows" >> beam.Values() | beam.Map(print)
"""

import dataclasses
import itertools
import os
from collections.abc import Iterable, Iterator
from typing import NamedTuple

import numpy as np

from lookalike.pipelines.configuration.stages import Corpus, Stages
from lookalike.pipelines.run import manifest
from lookalike.pipelines.run.previous_audit import PreviousAudit
from lookalike.settings import Given, checked
from lookalike.transforms.candidates.chance import measure_chance
from lookalike.transforms.candidates.exact_duplicates import CollapseDuplicates
from lookalike.transforms.candidates.find import FindCandidates
from lookalike.transforms.clustering.cluster import ClusterPairs
from lookalike.transforms.core.records import NOTHING_VANISHED, Chunk, Failure, Source
from lookalike.transforms.core.settings.embed import EmbedSettings
from lookalike.transforms.core.settings.read import ReadSettings
from lookalike.transforms.core.settings.sketch import SketchSettings
from lookalike.transforms.decoding.read_images import ReadImages
from lookalike.transforms.fingerprinting.embed import EmbedImages
from lookalike.transforms.fingerprinting.sketch import SketchImages
from lookalike.transforms.ingest.listing import absolute, list_images
from lookalike.transforms.io.parquet_sink import Part
from lookalike.transforms.storage.errors import OutputError
from lookalike.transforms.verification.confirm import ConfirmPairs

__all__ = [
    "Chunk",
    "ClusterPairs",
    "CollapseDuplicates",
    "ConfirmPairs",
    "EmbedImages",
    "EmbedSettings",
    "Failure",
    "FindCandidates",
    "Matching",
    "ReadImages",
    "ReadSettings",
    "SketchImages",
    "SketchSettings",
    "embeddings_of",
    "list_chunks",
    "matching",
]


def list_chunks(inputs: Iterable[str], size: int = 64) -> Iterator[Chunk]:
    """List images, as an audit does, in Chunks of at most `size` that `ReadImages` takes.

    Args:
        inputs: folders, images, globs and manifests, on this machine or on stores.
        size: images that are read, embedded and sketched together, and held in memory meanwhile.

    Raises:
        InputError: an input is not there, or can't be listed.
    """
    listed = list_images(list(inputs))
    for part in itertools.count():
        records = list(itertools.islice(listed, size))
        if not records:
            return
        sources = [record for record in records if isinstance(record, Source)]
        failures = [record for record in records if isinstance(record, Failure)]
        yield Chunk(part, "", len(sources), sources, NOTHING_VANISHED, [], [], [], failures, None, [])


def embeddings_of(chunk: Chunk) -> Iterator[tuple[str, np.ndarray]]:
    """A Chunk after `EmbedImages` -> the URI and embedding, (dims,) float16 of unit length, of each of its images."""
    vectors = () if chunk.embeddings is None else chunk.embeddings
    return zip((image.source.uri for image in chunk.images), vectors, strict=True)


class Matching(NamedTuple):
    """The stages of the second half, for the fingerprints of one audit.

    Attributes:
        parts: number and path of each part of the fingerprints table.
        collapse: paths -> {"followers", "pairs"}: images of equal pixels are searched for once.
        find: {"paths", "followers"} -> {"asked", "capped"}: groups of pairs that are to be compared.
        confirm: {"asked", "followers"} -> {"pairs", "parts"}: packed pairs that have a relation.
        cluster: {"pairs", "paths"} -> {"clusters", "pairs"}: (part, row) of either table, in the order of its columns.
    """

    parts: list[tuple[int, str]]
    collapse: CollapseDuplicates
    find: FindCandidates
    confirm: ConfirmPairs
    cluster: ClusterPairs


def matching(output: str | os.PathLike[str], work: str | os.PathLike[str], *, config: Given = None) -> Matching:
    """The second half's stages, ready to be applied once each to the fingerprints of a finished audit.

    Args:
        output: the audit, or what `lookalike fingerprint` made; it is only read.
        work: a folder or URL for what the comparison leaves. All workers must reach it; it may go afterwards.
        config: what differs from the defaults; the fingerprints must be those that it would make.

    Raises:
        ConfigError: a value of the configuration that is wrong.
        OutputError: there is no finished audit, or it was made with another configuration; or `work` is in it.
    """
    place, scratch = absolute(os.fspath(output)), absolute(os.fspath(work))
    if f"{scratch}/".startswith(f"{place}/"):
        raise OutputError(f"{scratch} lies in {place}, which is only read; give another folder")
    given = checked(config)
    record = PreviousAudit.open(place, given).record
    corpus = Corpus(scratch, record["listed_rows"], reused=place)
    parts = manifest.numbered_parts(record, place, "fingerprints")
    rates = measure_chance([parts], corpus.images, Stages(given, corpus).collapse, given.pair)
    stages = Stages(given, dataclasses.replace(corpus, rates=rates))
    written = [Part(**part) for part in record["parts"]["fingerprints"]]
    numbered = list(enumerate(parts))
    return Matching(numbered, stages.collapse, stages.pair, stages.comparing(written, ()), stages.cluster)
