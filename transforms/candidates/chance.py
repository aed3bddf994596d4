"""Some parts of a fingerprints table in, how often unrelated images of the corpus agree out."""

import dataclasses
from collections.abc import Sequence

from lookalike.transforms.candidates.bands import joined, read_banded
from lookalike.transforms.candidates.exact_duplicates import CollapseDuplicates
from lookalike.transforms.candidates.followers import NOBODY_FOLLOWS
from lookalike.transforms.core.settings.pair import PairSettings
from lookalike.transforms.functional.lsh.chance_rates import ChanceRates, Fingerprinted, measure
from lookalike.transforms.io.pair_records import halves

SAMPLE = 4096
"""Images that are looked at. All their pairs tell what one in a million exceeds."""


def measure_chance(
    tables: Sequence[Sequence[str]], images: int, collapse: CollapseDuplicates, pair: PairSettings
) -> ChanceRates | None:
    """Measure how often unrelated images of a corpus agree; None if the corpus has no more images than are looked at.

    Parts of a table lie in order of key, and keys are hashes: the images whose keys come first are a random sample.

    Args:
        tables: paths of the parts of each fingerprints table that the corpus consists of, in order of key.
        images: number of images of the corpus.
        collapse: which of them are searched.
        pair: the block of the configuration.
    """
    if images <= SAMPLE:
        return None
    every = dataclasses.replace(collapse, files=NOBODY_FOLLOWS)
    in_order = sorted((number / len(paths), path) for paths in tables for number, path in enumerate(paths))
    read, count = [], 0
    for _, path in in_order:
        if count >= SAMPLE:
            break
        read.append(read_banded(path, every))
        count += len(read[-1].keys)
    some = joined(read)
    first = slice(SAMPLE)
    runs = halves(some.keys[first])[:, 0]
    sample = Fingerprinted(some.vectors[first], some.signatures[first], some.residual[first], runs)
    return measure(sample, images, pair.crowd, pair.seed)
