"""`lookalike fit`: PCA-whitening learned from the region vectors of a corpus's images."""

import dataclasses
import io
from typing import Any

import apache_beam as beam
import numpy as np
from apache_beam.options.pipeline_options import PipelineOptions

from pipelines.audit import versions
from pipelines.config import Config, ConfigError
from pipelines.manifest import OutputError
from pipelines.runners import run
from pipelines.sample import choose
from pipelines.stages import Corpus, Stages
from transforms.embedding import resolve
from transforms.functional.moments import Moments, pca_whitening
from transforms.listing import ReadListing, absolute, write_listing
from transforms.output import RUN
from transforms.stores import read_file, remove_tree, store, write_bytes
from transforms.sum_moments import Seen, SumMoments
from transforms.whitening import to_bytes

ROWS = 256
"""Images of one unit of work."""
DIMS = 256
"""Usual size of an embedding, where the backbone has as many channels."""


@dataclasses.dataclass(frozen=True)
class Wish:
    """What is to be fitted. output: path or URL of the artefact. sample: images at most. dims: 0 is DIMS or, if those
    are fewer, the backbone's channels. shrinkage: see `pca_whitening`. overwrite: an artefact that is there is
    replaced.
    """

    inputs: tuple[str, ...]
    output: str
    config: Config
    options: PipelineOptions
    sample: int = 20_000
    dims: int = 0
    shrinkage: float = 1e-3
    overwrite: bool = False


def fit(wish: Wish) -> dict[str, Any]:
    """Fit, write the artefact, and tell what it was fitted on and with.

    Raises:
        ConfigError: a value that can't be, or too few images for it.
        InputError: an input is not there, or has no images.
        OutputError: the output is there already.
    """
    output = absolute(wish.output)
    fs, path = store(output)
    if fs.exists(path) and not wish.overwrite:
        raise OutputError(f"{wish.output} is there already; --overwrite replaces it")
    if wish.dims < 0 or wish.shrinkage < 0 or wish.sample < 2:
        raise ConfigError("--dims and --shrinkage are not negative, and --sample is at least 2")
    # what is fitted replaces what was there
    config = dataclasses.replace(
        wish.config, embed=wish.config.embed | {"whitening": ""}, output={"rows_per_part": ROWS}
    )
    sample = choose(list(wish.inputs), wish.sample)
    stages = Stages(config, Corpus(f"{output}{RUN}", len(sample.chosen)))
    resolved = resolve(stages.embed.embedding)
    work = stages.corpus.output
    try:
        shards, _ = write_listing(iter(sample.chosen), work)
        run(FitWhitening(stages, resolved.channels, shards), wish.options)
        seen = read_seen(work)
    finally:
        work_fs, folder = store(work)
        if work_fs.exists(folder):
            remove_tree(work_fs, folder)
    dims = wish.dims or min(DIMS, resolved.channels)
    try:
        mean, projection, share = pca_whitening(seen.moments, dims, wish.shrinkage)
    except ValueError as error:
        raise ConfigError(str(error)) from error
    about = {
        "inputs": list(wish.inputs),
        "listed": sample.listed,
        "images": seen.images,
        "unreadable": seen.unreadable,
        "vectors": seen.moments.count,
        "dims": dims,
        "shrinkage": wish.shrinkage,
        "variance": round(float(share.sum()), 4),
        "with": resolved.made_with,
        "versions": versions(),
    }
    write_bytes(output, to_bytes(mean, projection, about))
    return about


@dataclasses.dataclass(eq=False)
class FitWhitening(beam.PTransform):
    """The pipeline's root -> the sums of the images' region vectors, in a file of the working folder."""

    stages: Stages
    channels: int
    shards: list[str]

    def expand(self, root):
        """See the class."""
        stages = self.stages
        listed = root | "List" >> ReadListing(self.shards)
        grouped = listed["sources"] | "Group" >> stages.chunks(None)
        images = grouped["chunks"] | "ReadImages" >> stages.read
        seen = images | "SumMoments" >> SumMoments(stages.embed, self.channels)
        _ = seen | "Write" >> beam.Map(write_seen, work=stages.corpus.output)


def write_seen(seen: Seen, work: str) -> None:
    """Keep the sums for the launcher."""
    file = io.BytesIO()
    counts = np.array([seen.moments.count, seen.images, seen.unreadable])
    np.savez(file, total=seen.moments.total, products=seen.moments.products, counts=counts)
    write_bytes(f"{work}/moments.npz", file.getvalue())


def read_seen(work: str) -> Seen:
    """What `write_seen` wrote."""
    with np.load(io.BytesIO(read_file(f"{work}/moments.npz"))) as arrays:
        count, images, unreadable = arrays["counts"].tolist()
        return Seen(Moments(count, arrays["total"], arrays["products"]), images, unreadable)
