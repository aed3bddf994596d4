"""Learns a PCA-whitening of the region vectors of a corpus, for `lookalike fit`."""

import dataclasses
import io
from typing import Any

import apache_beam as beam
import numpy as np
from apache_beam.options.pipeline_options import PipelineOptions

from lookalike.pipelines.configuration.config import Config, ConfigError
from lookalike.pipelines.configuration.stages import Corpus, Stages
from lookalike.pipelines.configuration.versions import versions
from lookalike.pipelines.engines.runners import run
from lookalike.pipelines.evaluate.sample import choose
from lookalike.pipelines.run.lock import locked
from lookalike.pipelines.run.output_folder import begin, is_begun, others
from lookalike.transforms.embedding.settings import resolve
from lookalike.transforms.embedding.whitening import WhiteningError, read_whitening, to_bytes
from lookalike.transforms.fingerprinting.sum_moments import Seen, SumMoments
from lookalike.transforms.functional.embedding.moments import Moments, pca_whitening
from lookalike.transforms.ingest.listing import absolute
from lookalike.transforms.ingest.overlap import refuse_overlap
from lookalike.transforms.ingest.written_listing import ReadListing, write_listing
from lookalike.transforms.io.parquet_sink import RUN
from lookalike.transforms.storage.errors import OutputError
from lookalike.transforms.storage.reading import read_file
from lookalike.transforms.storage.stores import remove_tree, store
from lookalike.transforms.storage.writing import write_bytes

ROWS = 256
"""Images in one unit of work."""
DIMS = 256
"""Usual length of an embedding, if the backbone has so many channels."""


@dataclasses.dataclass(frozen=True)
class FitRequest:
    """What is to be fitted.

    Attributes:
        inputs: images, as for an audit.
        output: path or URL of the file to write.
        config: the configuration; its block `embed` names the network.
        options: of Beam.
        sample: most images to use.
        dims: length of the whitened vectors; 0: DIMS, or the channels of the backbone if those are fewer.
        shrinkage: see `pca_whitening`.
        overwrite: replace a whitening that is there.
        steal_lock: take the output's lock over from a process that shows no sign of life.
    """

    inputs: tuple[str, ...]
    output: str
    config: Config
    options: PipelineOptions
    sample: int = 20_000
    dims: int = 0
    shrinkage: float = 1e-3
    overwrite: bool = False
    steal_lock: bool = False


def fit(request: FitRequest) -> dict[str, Any]:
    """Fit a whitening and write it.

    Returns:
        What the file records: what the whitening was fitted on and with.

    Raises:
        ConfigError: a value is out of range, or there are too few images for it.
        InputError: an input does not exist, or has no images.
        OutputError: the output exists already.
    """
    output = absolute(request.output)
    refuse_overlap(request.inputs, [output, f"{output}{RUN}"])
    _check_output(request.output, request.overwrite)
    if request.dims < 0 or request.shrinkage < 0 or request.sample < 2:
        raise ConfigError("--dims and --shrinkage are not negative, and --sample is at least 2")
    work = f"{output}{RUN}"
    with locked(work, "fit", request.steal_lock) as lock:
        if not is_begun(work, "fit") and list(others(work)):
            raise OutputError(f"{work} holds files that no run wrote; move them, or give another --output")
        begin(work, "fit")
        try:
            data, about = _fitted(request, work)
            lock.check()
            write_bytes(output, data)
        finally:
            lock.check()  # another process may have taken the output over
            fs, folder = store(f"{work}/{RUN}")
            remove_tree(fs, folder)
    return about


def _check_output(output: str, overwrite: bool) -> None:
    fs, path = store(absolute(output))
    if not fs.exists(path):
        return
    if not overwrite:
        raise OutputError(f"{output} is there already; --overwrite replaces it")
    try:
        read_whitening(absolute(output))
    except WhiteningError:
        raise OutputError(f"{output} is there and no whitening; only one that `fit` made is replaced") from None


def _fitted(request: FitRequest, work: str) -> tuple[bytes, dict[str, Any]]:
    """Make the contents of the file, and what it records about itself. work: folder for what is needed meanwhile."""
    # the new whitening replaces one that the configuration names
    config = request.config.changed(embed={"whitening": ""}, output={"rows_per_part": ROWS})
    sample = choose(list(request.inputs), request.sample, config.read.sniff)
    stages = Stages(config, Corpus(work, len(sample.chosen)))
    resolved = resolve(stages.embed.embedding)
    shards, _ = write_listing(iter(sample.chosen), work)
    run(FitWhitening(stages, resolved.channels, shards), request.options)
    seen = read_seen(work)
    dims = request.dims or min(DIMS, resolved.channels)
    try:
        mean, projection, share = pca_whitening(seen.moments, dims, request.shrinkage)
    except ValueError as error:
        raise ConfigError(str(error)) from error
    about = {
        "inputs": list(request.inputs),
        "listed": sample.listed,
        "images": seen.images,
        "unreadable": seen.unreadable,
        "vectors": seen.moments.count,
        "dims": dims,
        "shrinkage": request.shrinkage,
        "variance": round(float(share.sum()), 4),
        "with": resolved.made_with,
        "versions": versions(),
    }
    return to_bytes(mean, projection, about), about


@dataclasses.dataclass(eq=False)
class FitWhitening(beam.PTransform):
    """Sums up the moments of the images' region vectors, and writes them into a file of the work folder."""

    stages: Stages
    channels: int
    shards: list[str]

    def expand(self, root):
        """Apply the stage to the root of a pipeline."""
        stages = self.stages
        listed = root | "List" >> ReadListing(self.shards)
        grouped = listed["sources"] | "Group" >> stages.chunks(None)
        images = grouped["chunks"] | "ReadImages" >> stages.read
        seen = images | "SumMoments" >> SumMoments(stages.embed, self.channels)
        _ = seen | "Write" >> beam.Map(write_seen, work=stages.corpus.output)


def write_seen(seen: Seen, work: str) -> None:
    """Write the sums into the work folder, for the launcher."""
    file = io.BytesIO()
    counts = np.array([seen.moments.count, seen.images, seen.unreadable])
    np.savez(file, total=seen.moments.total, products=seen.moments.products, counts=counts)
    write_bytes(f"{work}/{RUN}/moments.npz", file.getvalue())


def read_seen(work: str) -> Seen:
    """Read what `write_seen` wrote."""
    with np.load(io.BytesIO(read_file(f"{work}/{RUN}/moments.npz"))) as arrays:
        count, images, unreadable = arrays["counts"].tolist()
        return Seen(Moments(count, arrays["total"], arrays["products"]), images, unreadable)
