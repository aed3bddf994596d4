"""Estimates what an audit would cost, from a sample of its images."""

import dataclasses
import functools
import math
import tempfile
import time
from collections.abc import Callable
from typing import Any, NamedTuple, TypeVar

import numpy as np

from lookalike.pipelines.configuration.config import Config
from lookalike.pipelines.configuration.stages import Corpus, Stages, refuse_uncarried
from lookalike.pipelines.engines.runners import LOCAL, pipeline_options, run
from lookalike.pipelines.evaluate.sample import choose
from lookalike.pipelines.fingerprint import RECORDS, FingerprintCorpus
from lookalike.pipelines.review.sizes import human_bytes
from lookalike.transforms.candidates.bands import MINHASH, AllPairs, Banded, BandPlan, entries_of, joined, read_banded
from lookalike.transforms.candidates.candidate_groups import CANDIDATE
from lookalike.transforms.candidates.chance import measure_chance
from lookalike.transforms.candidates.followers import NOBODY_FOLLOWS
from lookalike.transforms.candidates.rules import candidate_rule
from lookalike.transforms.core.partitions import parts_for
from lookalike.transforms.core.records import Source
from lookalike.transforms.core.runtime import prepare_worker
from lookalike.transforms.decoding.isolation import decoder
from lookalike.transforms.fingerprinting.fingerprints_table import features_of
from lookalike.transforms.functional.lsh.between import collide_across
from lookalike.transforms.functional.lsh.buckets import Entries
from lookalike.transforms.functional.lsh.codes.cross_polytopes import ROTATIONS
from lookalike.transforms.functional.lsh.exhaustive import Proposals
from lookalike.transforms.functional.lsh.ranks import NO_RANK, best_of, rank_of
from lookalike.transforms.ingest.listing import InputError
from lookalike.transforms.ingest.selection.carried import Carried
from lookalike.transforms.ingest.written_listing import write_listing
from lookalike.transforms.io.pair_records import RECORD
from lookalike.transforms.io.parquet_sink import Part, written_parts
from lookalike.transforms.storage.reading import read_parquet
from lookalike.transforms.verification.block_reader import MANY_BLOCKS
from lookalike.transforms.verification.comparison import Comparison, in_scope
from lookalike.transforms.verification.prepared_images import prepared_images, screened_of

Result = TypeVar("Result")

WARM = 8
"""Images of a first run that is not measured, since it includes loading the model."""
LOOK = 1e-8
"""Approximate CPU seconds to compare the residual bits of two images of one bucket."""
TAKE = 5e-5
"""Approximate CPU seconds to read what one image is compared by from the table, and to prepare it."""
PASS = 2.5e-5
"""The same for one that is read, and not kept since nobody asks for it."""
MEASURED = 500
"""Candidates that are measured at most of copies, and of others."""
ROW_OF_NODE = 200
"""Approximate bytes of an image that takes part in clustering."""


class Estimate(NamedTuple):
    """The estimated cost of an audit.

    Attributes:
        images: number of images that will be read.
        size: bytes of all of them.
        sample: number of images that were measured.
        unreadable: share of these that can't be read.
        fingerprint: CPU seconds to fingerprint one image.
        kept: bytes of the fingerprint of one image.
        search: CPU seconds to search the whole corpus.
        candidates: number of pairs of the whole corpus to be aligned.
        align: CPU seconds to align one candidate.
        shuffled: bytes that the second half sends between workers.
        plan: how the corpus would be searched.
    """

    images: int
    size: int
    sample: int
    unreadable: float
    fingerprint: float
    kept: float
    search: float
    candidates: float
    align: float
    shuffled: float
    plan: AllPairs | BandPlan

    @property
    def hours(self) -> tuple[float, float]:
        """CPU hours of the first and of the second half."""
        return self.images * self.fingerprint / 3600, (self.search + self.candidates * self.align) / 3600


def estimate(inputs: list[str], config: Config, sample: int, images: int = 0) -> Estimate:
    """Measure a sample of the images in this process. The sample is random, but the same every time.

    Args:
        inputs: the images, as for an audit.
        config: the configuration.
        sample: number of images to measure.
        images: size of the corpus that the inputs are a part of; 0: the inputs are all of it.

    Raises:
        InputError: an input does not exist, or has no image that can be read.
    """
    refuse_uncarried(config)
    listed, size, chosen, carried = choose(inputs, sample, config.read.sniff, config.columns.carry)
    total = images or listed
    prepare_worker()
    with tempfile.TemporaryDirectory(prefix="lookalike-") as folder:
        _fingerprint(chosen[:WARM], carried, config, f"{folder}/warm")
        parts, spent = _timed(lambda: _fingerprint(chosen, carried, config, f"{folder}/sample"))
        read = sum(part.rows for part in parts)
        if not read:
            raise InputError(f"none of {len(chosen)} images of {', '.join(inputs)} can be read; an audit reports why")
        _, again = _timed(lambda: _fingerprint(chosen[:WARM], carried, config, f"{folder}/again"))
        cost = max(0.0, spent - again) / max(1, len(chosen) - WARM) if len(chosen) > WARM else spent / len(chosen)
        paths = [f"{folder}/sample/{part.path}" for part in parts]
        rates = measure_chance([paths], total, Stages(config, Corpus(folder, total)).collapse, config.pair)
        stages = Stages(config, Corpus(folder, total, rates=rates))
        match = _match(paths, stages, listed * read / len(chosen), total / listed)
    kept = sum(part.bytes for part in parts) / read
    return Estimate(total, round(size * total), len(chosen), 1 - read / len(chosen), cost, kept, *match)


def _timed(call: Callable[[], Result]) -> tuple[Result, float]:
    """Call a function; return its result and the CPU seconds that this process and its decoder took."""
    begun = time.process_time() + decoder().seconds
    return call(), time.process_time() + decoder().seconds - begun


def _fingerprint(sources: list[Source], carried: Carried, config: Config, output: str) -> list[Part]:
    config = config.changed(output={"rows_per_part": max(1, len(sources))})
    shards, listed = write_listing(iter(sources), output, carried)
    stages = Stages(config, Corpus(output, listed))
    run(
        FingerprintCorpus(stages, shards, output, None, carried.schema()),
        pipeline_options(LOCAL, ["--direct_num_workers=1"]),
    )
    return written_parts(output, RECORDS)["fingerprints"]


def _match(
    paths: list[str], stages: Stages, listed: float, beyond: float
) -> tuple[float, float, float, float, AllPairs | BandPlan]:
    """Measure the second half on a sample, and scale it to the corpus.

    Args:
        paths: the parts of the sample's fingerprints table.
        stages: the stages of an audit.
        listed: number of readable images that the sample was drawn from.
        beyond: size of the corpus as a multiple of `listed`.

    Returns:
        The fields of an Estimate from `search` on.
    """
    rule = stages.collapse.scope
    features = [f for path in paths for f in features_of(rule.added_to(read_parquet(path), path))]
    features.sort(key=lambda f: f.key)
    count = len(features)
    wanted = np.triu(np.ones((count, count), bool), 1)
    prepared = prepared_images(features)
    wanted = in_scope(wanted, prepared, prepared, rule)
    # images of different scopes share no bucket if pairs are only asked for within one
    asked = 2 * int(np.count_nonzero(wanted)) / max(1, count * (count - 1)) if rule.within else 1.0
    comparison = Comparison(prepared, stages.rules)
    # a pair is in the sample if both of its images are; beyond the listed images, copies are assumed to grow with the
    # corpus, and pairs that only look alike with its square
    grown, total, plan = listed / count * beyond, listed * beyond, stages.pair.plan()
    if isinstance(plan, AllPairs):
        # the shingles of an image are made and put in order wherever it is read, whatever number of pairs it has
        side, made = _timed(lambda: screened_of(prepared))
        proposals, screened = _timed(lambda: comparison.screened(side, side, wanted))
        candidates, align = _aligned(comparison, proposals, proposals, grown, beyond)
        search = screened * grown**2 + made * grown * (plan.blocks + 1) / 2 + reading(total, plan.blocks, candidates)
        return search, candidates, align, total * ROW_OF_NODE, plan
    every = dataclasses.replace(stages.collapse, files=NOBODY_FOLLOWS)
    images = joined([read_banded(path, every) for path in paths])
    entries, banding = _timed(lambda: entries_of(images, plan, stages.pair.settings.seed))
    written = sum(e.code.nbytes + e.residual.nbytes + e.sketches.nbytes / 2 for e in entries.values()) / count
    # what as few images are searched by shows more pairs of strangers, of which one costs the same
    easy = candidate_rule(stages.config.pair, stages.config.confirm, count, stages.pair.rates)
    pairs, rank = _collided(images, entries_of(images, plan._replace(rule=easy), stages.pair.settings.seed))
    place = {image.features.key: number for number, image in enumerate(prepared)}
    pairs = np.array([place[key] for key in images.keys.tolist()], np.int64)[pairs]
    allowed = wanted[pairs[:, 0], pairs[:, 1]]
    met = pairs[allowed], rank[allowed]
    more = _some(Comparison(prepared, dataclasses.replace(stages.rules, candidates=easy)).listed(*met), 2 * MEASURED)
    strangers = stages.pair.share_by_chance() * asked * total**2 / 2 if stages.corpus.rates else None
    candidates, align = _aligned(comparison, comparison.listed(*met), more, grown, beyond, strangers)
    # comparing one pair of a bucket costs a few nanoseconds
    search = banding * grown + LOOK * (plan.minhash.chance + plan.polytopes.chance) * asked * total**2 / 2
    search += reading(total, plan.blocks, candidates)
    return search, candidates, align, total * (written + ROW_OF_NODE) + candidates * 2 * CANDIDATE.itemsize, plan


def reading(images: float, blocks: int, candidates: float) -> float:
    """CPU seconds to read what the candidates of a corpus of so many images are compared by. Small blocks are read
    whole, once for each later one; of both of two large ones that is kept which is asked for.
    """
    if blocks < MANY_BLOCKS:
        return TAKE * images * (blocks + 1) / 2
    return PASS * images * blocks + TAKE * 2 * candidates


def _collided(images: Banded, entries: dict[str, Entries]) -> tuple[np.ndarray, np.ndarray]:
    """Images of a sample -> (k, 2) indices of those that collide in a band and agree, i < j, and their ranks."""
    many = len(images.keys)
    codes, ranks = [np.zeros(0, np.int64)], [np.zeros(0, np.uint16)]
    for kind, own in entries.items():
        for band in range(own.code.shape[1]):
            met = collide_across(own, own, band)
            once = met.pairs[:, 0] < met.pairs[:, 1]
            (i, j), bits = met.pairs[once].T, met.bits[once]
            codes.append(i * many + j)
            residual = images.residual[:, band] if kind == MINHASH else None
            ranks.append(np.full(len(i), NO_RANK) if residual is None else rank_of(bits, residual[i], residual[j]))
    code, rank = best_of(np.concatenate(codes), np.concatenate(ranks))
    return np.stack([code // max(1, many), code % max(1, many)], 1), rank


def _aligned(
    comparison: Comparison,
    proposals: Proposals,
    more: Proposals,
    grown: float,
    beyond: float,
    strangers: float | None = None,
) -> tuple[float, float]:
    """Align what a sample proposes -> how many candidates the corpus has, and CPU seconds for one of them.

    Copies take several times as long as other candidates, and grow otherwise, so either kind is measured by itself.

    Args:
        comparison: of the images of the sample.
        proposals: its candidates.
        more: pairs of which those that are no copies are measured.
        grown: size of the corpus as a multiple of the sample.
        beyond: the same, of the listed images.
        strangers: number of candidates of the corpus that are no copies; None: as many as the sample has foretell.
    """
    # what is loaded with the first pair is not measured
    copies, others = (
        np.flatnonzero((_records(comparison, some, np.arange(len(some.pairs)))["relation"] > 0) == related)
        for some, related in ((proposals, True), (more, False))
    )
    if strangers is None:
        strangers = grown**2 * (len(proposals.pairs) - len(copies))
    candidates = seconds = 0.0
    kinds = ((proposals, copies, len(copies) * grown**2 / beyond), (more, others, strangers))
    for some, numbers, many in kinds:
        candidates += many
        if len(numbers):
            chosen = numbers[:: math.ceil(len(numbers) / MEASURED)]
            # a group of a large corpus has few pairs for each picture that is prepared for them
            for image in comparison.images:
                image.picture.forget()
            spent = _timed(functools.partial(_records, comparison, some, chosen))[1]
            seconds += many * spent / len(chosen)
    return candidates, seconds / candidates if candidates else 0.0


def _records(comparison: Comparison, proposals: Proposals, chosen: np.ndarray) -> np.ndarray:
    """Records of some of the proposals."""
    some = Proposals(proposals.pairs[chosen], proposals.parity[chosen], proposals.near[chosen])
    return comparison.records(some, np.zeros(0, RECORD))


def _some(proposals: Proposals, most: int) -> Proposals:
    """At most so many of the proposals, from all over them."""
    step = max(1, math.ceil(len(proposals.pairs) / most))
    return Proposals(*(values[::step] for values in proposals))


def format_estimate(found: Estimate, config: Config, cores: int, price: float) -> str:
    """Describe an estimate in lines of text.

    Args:
        found: the estimate.
        config: the configuration that it is for.
        cores: number of cores that share the work.
        price: of one core for one hour, in any currency; 0: no price is shown.
    """
    first, second = found.hours
    plan, size = found.plan, human_bytes(found.size)
    if isinstance(plan, AllPairs):
        search = "every pair is compared"
    else:
        words, codes = plan.minhash, plan.polytopes.codes
        search = f"{words.bands} x {words.rows} bands of MinHash, {ROTATIONS} x {codes} codes of cross-polytopes"
    parts = parts_for(found.images, config.output.rows_per_part)
    lines = [
        ("images", f"{found.images:,} ({size}); {found.sample:,} measured, {found.unreadable:.1%} of them unreadable"),
        ("fingerprints", f"{1000 * found.fingerprint:.1f} ms an image, {_hours(first)} CPU hours"),
        ("", f"{human_bytes(round(found.images * found.kept))} in {parts:,} parts"),
        ("match", search),
        ("", f"{found.candidates:,.0f} candidates ({found.candidates / found.images:.1f} an image), "
             f"{1000 * found.align:.1f} ms each, {_hours(second)} CPU hours"),
        ("", f"{human_bytes(round(found.shuffled))} shuffled"),
        ("in all", f"{_hours(first + second)} CPU hours, {_hours((first + second) / cores)} hours on {cores} cores"),
    ]  # fmt: skip
    if price:
        lines.append(("price", f"{(first + second) * price:,.2f} at {price} a core and hour"))
    return "\n".join(f"{name:<13}{text}" for name, text in lines)


def _hours(value: float) -> str:
    return f"{value:,.1f}" if value >= 1 else f"{value:.2g}"


def as_json(found: Estimate) -> dict[str, Any]:
    """An estimate as a dictionary of numbers and strings."""
    first, second = found.hours
    return {**found._asdict(), "plan": found.plan._asdict(), "cpu_hours": first + second}
