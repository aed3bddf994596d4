"""What the fingerprints of images find when no pair is aligned: a part of this package beside the whole, for `peers`.

Distances rise as two images resemble one another less, so that one run tells what any threshold finds.
"""

from collections.abc import Iterator

import numpy as np

from lookalike.pipelines.configuration.config import load
from lookalike.pipelines.configuration.stages import Corpus, Stages
from lookalike.transforms.core.keys import key_of
from lookalike.transforms.core.records import Failure
from lookalike.transforms.core.runtime import prepare_worker
from lookalike.transforms.decoding.read_images import read_bytes
from lookalike.transforms.embedding.embedder import embedder_of
from lookalike.transforms.fingerprinting.embed import EmbedImages
from lookalike.transforms.functional.images.decode import decode
from lookalike.transforms.functional.images.reduction import picture_of
from lookalike.transforms.ingest.listing import list_images
from lookalike.transforms.verification.comparison import Comparison
from lookalike.transforms.verification.prepared_images import prepared_images, screened_of
from tests.benchmarks import stages

Found = Iterator[tuple[str, str, float]]
SIZES = (10**10, 10**8, 10**6)
"""Images of corpora, for which the rule of candidates is strict, and less so."""


def embeddings(folder: str, farthest: float) -> Found:
    """Pairs of names, and 1 minus the cosine of the embeddings; those up to `farthest`."""
    prepare_worker()
    wanted = EmbedImages().embedding
    embedder = embedder_of(wanted)
    names, vectors = [], []
    for source in list_images([folder]):
        if isinstance(source, Failure):
            continue
        try:
            picture = picture_of(decode(read_bytes(source, 10**9), 10**9), wanted.plane)
        except ValueError:
            continue
        names.append(_name(source.uri))
        vectors.append(embedder.embed([picture.planes.embedding])[0])
    units = np.stack(vectors).astype(np.float32)
    distance = 1 - units @ units.T
    for i, j in np.argwhere(np.triu(distance <= farthest, 1)).tolist():
        yield names[i], names[j], float(distance[i, j])


def both(folder: str, farthest: float) -> Found:
    """Pairs of names that are candidates in a corpus of one of SIZES, and the number of the first of which they are, up
    to `farthest`.
    """
    features = stages.fingerprint(folder, stages.Clock())
    sources = [source for source in list_images([folder]) if not isinstance(source, Failure)]
    names = {key_of(source.uri): _name(source.uri) for source in sources}
    wanted = np.triu(np.ones((len(features), len(features)), bool), 1)
    images = prepared_images(features)
    side = screened_of(images)
    for distance, size in enumerate(SIZES):
        if distance > farthest:
            return
        rules = Stages(load(overrides=["pair.exhaustive=0"]), Corpus("", size)).rules
        for i, j in Comparison(images, rules).screened(side, side, wanted).pairs.tolist():
            wanted[i, j] = False
            yield names[features[i].key], names[features[j].key], float(distance)


def _name(uri: str) -> str:
    return uri.rsplit("/", 1)[-1]
