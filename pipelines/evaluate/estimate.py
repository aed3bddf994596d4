"""What an audit would cost, from a sample of its images, before anything is started."""

import dataclasses
import tempfile
import time
from collections.abc import Callable
from typing import Any, NamedTuple, TypeVar

import numpy as np

from lookalike.pipelines.configuration.config import Config
from lookalike.pipelines.configuration.stages import Corpus, Stages
from lookalike.pipelines.engines.runners import LOCAL, pipeline_options, run
from lookalike.pipelines.evaluate.sample import choose
from lookalike.pipelines.fingerprint import RECORDS, FingerprintCorpus
from lookalike.pipelines.review.sizes import human_bytes
from lookalike.transforms.candidates.bands import AllPairs, BandPlan, entries_of, joined, read_banded
from lookalike.transforms.candidates.find import CANDIDATE
from lookalike.transforms.candidates.followers import NOBODY_FOLLOWS
from lookalike.transforms.core.partitions import parts_for
from lookalike.transforms.core.runtime import prepare_worker
from lookalike.transforms.core.schemas import Source
from lookalike.transforms.decoding.isolation import decoder
from lookalike.transforms.fingerprinting.fingerprints_table import features_of
from lookalike.transforms.functional.lsh.collisions import collide_across
from lookalike.transforms.ingest.listing import InputError
from lookalike.transforms.ingest.written_listing import write_listing
from lookalike.transforms.io.pair_records import RECORD
from lookalike.transforms.io.parquet_sink import Part, written_parts
from lookalike.transforms.storage.stores import read_parquet
from lookalike.transforms.verification.confirm import Comparison, prepared_images

Result = TypeVar("Result")

WARM = 8
"""Images of the first, unmeasured try, which pays for loading the model."""
LOOK = 1e-8
"""CPU seconds of a look at two images in one bucket, about."""
TAKE = 5e-5
"""CPU seconds in which the features of one image are read from the table, about."""
ROW_OF_NODE = 200
"""Bytes of an image where it takes part in clustering, about."""


class Estimate(NamedTuple):
    """images: that will be read. size: bytes of all. sample: images measured. unreadable: share of them.
    fingerprint: CPU seconds of one image. kept: bytes of its fingerprint. search, candidates: CPU seconds and pairs of
    the whole corpus. align: CPU seconds of one candidate. shuffled: bytes of the match half. plan: of the search.
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
    """Measure `sample` of the inputs' images, chosen by chance but the same every time, in this process.

    images: of the corpus, where the inputs are a part of it; 0: the inputs are all.

    Raises:
        InputError: an input is not there, or has no image that can be read.
    """
    listed, size, chosen = choose(inputs, sample, config.read.sniff)
    total = images or listed
    prepare_worker()
    with tempfile.TemporaryDirectory(prefix="lookalike-") as folder:
        _fingerprint(chosen[:WARM], config, f"{folder}/warm")
        parts, spent = _timed(lambda: _fingerprint(chosen, config, f"{folder}/sample"))
        read = sum(part.rows for part in parts)
        if not read:
            raise InputError(f"none of {len(chosen)} images of {', '.join(inputs)} can be read; an audit tells why")
        _, again = _timed(lambda: _fingerprint(chosen[:WARM], config, f"{folder}/again"))
        cost = max(0.0, spent - again) / max(1, len(chosen) - WARM) if len(chosen) > WARM else spent / len(chosen)
        stages = Stages(config, Corpus(folder, total))
        paths = [f"{folder}/sample/{part.path}" for part in parts]
        match = _match(paths, stages, listed * read / len(chosen), total / listed)
    kept = sum(part.bytes for part in parts) / read
    return Estimate(total, round(size * total), len(chosen), 1 - read / len(chosen), cost, kept, *match)


def _timed(call: Callable[[], Result]) -> tuple[Result, float]:
    """The result, and CPU seconds of this process and of its decoder's."""
    begun = time.process_time() + decoder().seconds
    return call(), time.process_time() + decoder().seconds - begun


def _fingerprint(sources: list[Source], config: Config, output: str) -> list[Part]:
    config = config.changed(output={"rows_per_part": max(1, len(sources))})
    shards, listed = write_listing(iter(sources), output)
    stages = Stages(config, Corpus(output, listed))
    run(FingerprintCorpus(stages, shards, output), pipeline_options(LOCAL, ["--direct_num_workers=1"]))
    return written_parts(output, RECORDS)["fingerprints"]


def _match(
    paths: list[str], stages: Stages, listed: float, beyond: float
) -> tuple[float, float, float, float, AllPairs | BandPlan]:
    """Parts of a sample, the readable images that it was taken from, and how many times as many the corpus has -> the
    last fields of an Estimate.
    """
    features = [f for path in paths for f in features_of(read_parquet(path))]
    features.sort(key=lambda f: f.key)
    count = len(features)
    wanted = np.triu(np.ones((count, count), bool), 1)
    comparison = Comparison(prepared_images(features), stages.rules)
    proposals, screened = _timed(lambda: comparison.screened(wanted))
    records, spent = _timed(lambda: comparison.records(proposals, np.zeros(0, RECORD)))
    align = spent / len(records) if len(records) else 0.0
    # a pair is in the sample where both its images are; beyond what is listed, copies are taken to grow with the
    # corpus, and pairs that only look alike grow with its square
    grown, total, plan = listed / count * beyond, listed * beyond, stages.pair.plan()
    weights = np.where(records["relation"] > 0, grown**2 / beyond, grown**2)
    if isinstance(plan, AllPairs):
        return screened * grown**2, float(weights.sum()), align, total * ROW_OF_NODE, plan
    every = dataclasses.replace(stages.collapse, files=NOBODY_FOLLOWS)
    images = joined([read_banded(path, every) for path in paths])
    entries, banding = _timed(lambda: entries_of(images, plan, stages.pair.settings.seed))
    written = sum(e.code.nbytes + e.residual.nbytes for e in entries.values()) / count
    keys = images.keys.tolist()
    met: set[tuple[bytes, bytes]] = set()
    for e in entries.values():
        for band in range(e.code.shape[1]):
            met.update((keys[i], keys[j]) for i, j in collide_across(e, e, band).pairs.tolist() if i < j)
    meets = [ends in met for ends in zip(records["a"].tolist(), records["b"].tolist(), strict=True)]
    candidates = float(weights[np.array(meets, bool)].sum())
    # one in so many looks at a pair in a bucket costs a few nanoseconds; each block is read for those after it
    search = banding * grown + LOOK * plan.minhash.chance * total**2 / 2 + TAKE * total * (plan.blocks + 1) / 2
    return search, candidates, align, total * (written + ROW_OF_NODE) + candidates * 2 * CANDIDATE.itemsize, plan


def format_estimate(found: Estimate, config: Config, cores: int, price: float) -> str:
    """An Estimate as lines for a person. price: of one core for one hour, in whatever currency."""
    first, second = found.hours
    plan, size = found.plan, human_bytes(found.size)
    if isinstance(plan, AllPairs):
        search = "every pair is compared"
    else:
        words, vectors = plan.minhash, plan.hyperplanes
        search = f"{words.bands} x {words.rows} bands of MinHash, {vectors.bands} x {vectors.rows} of hyperplanes"
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
    """An Estimate for machines."""
    first, second = found.hours
    return {**found._asdict(), "plan": found.plan._asdict(), "cpu_hours": first + second}
