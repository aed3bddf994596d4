"""Reads images from the fingerprints table, and makes them ready to be compared."""

import functools
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from lookalike.transforms.candidates.exact_duplicates import CollapseDuplicates
from lookalike.transforms.core.partitions import overlapping, part_of
from lookalike.transforms.core.records import Features
from lookalike.transforms.fingerprinting.fingerprints_table import FEATURES, features_of
from lookalike.transforms.functional.lsh.exhaustive import Screened, posting
from lookalike.transforms.functional.verification.picture import Picture
from lookalike.transforms.storage.reading import read_parquet
from lookalike.transforms.weights import keypoint_axes

FEATURE_COLUMNS = [*FEATURES, "textured", "keypoint_count"]


class PreparedImage(NamedTuple):
    """One image that is compared with others."""

    features: Features
    picture: Picture


def prepared_images(features: list[Features]) -> list[PreparedImage]:
    """Features -> the same, ready to be compared."""
    axes = keypoint_axes()
    return [PreparedImage(f, Picture(f.keypoints, f.panels, f.thumbnail, f.width, f.height, axes)) for f in features]


def screened_of(images: list[PreparedImage]) -> Screened:
    """What is screened of images, one at least."""
    vectors = np.stack([image.features.embedding for image in images])
    return Screened(posting([image.picture.shingles for image in images]), vectors)


class Block:
    """The searched images of a block of a fingerprints table, in order of key. sets: (n,), the set of each."""

    def __init__(self, images: list[PreparedImage], sets: np.ndarray) -> None:
        """Ready to be compared."""
        self.images, self.sets = images, sets

    @functools.cached_property
    def screened(self) -> Screened:
        """What is screened of them, which all groups of work with this block share."""
        return screened_of(self.images)


def block_of(block: int, blocks: int, parts: Sequence[str], collapse: CollapseDuplicates) -> Block:
    """The searched images of a block of a fingerprints table."""
    found: list[tuple[Features, int]] = []
    for number in overlapping(block, blocks, len(parts)):
        table = collapse.scope.added_to(read_parquet(parts[number], FEATURE_COLUMNS), parts[number])
        rows = collapse.searched_rows(table, parts[number])
        found += zip(features_of(rows), collapse.sets.of(rows, parts[number]).tolist(), strict=True)
    own = sorted((one for one in found if part_of(one[0].key, blocks) == block), key=lambda one: one[0].key)
    return Block(prepared_images([features for features, _ in own]), np.array([number for _, number in own], np.int64))
