"""Which visual words too many images have: a logo, the frame of a screenshot, a halftone. They say nothing of a pair.

Weighing a word by how rare it is in the corpus (tf-idf; Chum, Philbin, Zisserman 2008), in its simplest form.
"""

import dataclasses
from collections.abc import Iterable, Iterator

import apache_beam as beam
import numpy as np

from transforms.collapse import CollapseDuplicates
from transforms.functional.keypoints import PACKED, unpack
from transforms.functional.words import canonical_words, parity_masks
from transforms.stores import read_parquet
from transforms.weights import keypoint_axes

COLUMNS = ["uri", "textured", "keypoint_count", "keypoints"]

_COUNT = np.dtype([("word", "<u4"), ("images", "<u4")])


@dataclasses.dataclass(eq=False)
class FindHotWords(beam.PTransform):
    """{'paths', 'followers'} -> one value: the words that more than `most` searched images have, uint32, joined.

    collapse: what is searched. bits: word length. partitions: among which the words are divided.
    """

    collapse: CollapseDuplicates
    bits: int
    most: int
    partitions: int = 1

    def expand(self, inputs):
        """See the class."""
        followers = beam.pvalue.AsSingleton(inputs["followers"])
        nothing = inputs["paths"].pipeline | "NoWords" >> beam.Create([b""])
        hot = (
            inputs["paths"]
            | "Words" >> beam.FlatMap(self._count, followers=followers)
            | "Partition" >> beam.GroupByKey()
            | "Hot" >> beam.MapTuple(self._hot)
        )
        return (
            (hot, nothing)
            | "All" >> beam.Flatten()
            | "OneKey" >> beam.Map(lambda words: (0, words)).with_output_types(tuple[int, bytes])
            | "OnePlace" >> beam.GroupByKey()
            | "Join" >> beam.MapTuple(lambda _, blobs: np.sort(np.frombuffer(b"".join(blobs), "<u4")).tobytes())
        )

    def _count(self, path: str, followers: bytes) -> Iterator[tuple[int, bytes]]:
        table = self.collapse.searched_rows(read_parquet(path, COLUMNS), followers)
        words, _ = distinct_words(table["keypoints"].to_pylist(), self.bits)
        values, images = np.unique(words, return_counts=True)
        counts = np.zeros(len(values), _COUNT)
        counts["word"], counts["images"] = values, images
        owner = values % np.uint32(self.partitions)
        for partition in np.unique(owner).tolist():
            yield partition, counts[owner == partition].tobytes()

    def _hot(self, _: int, blobs: Iterable[bytes]) -> bytes:
        counts = np.frombuffer(b"".join(blobs), _COUNT)
        words, place = np.unique(counts["word"], return_inverse=True)
        images = np.bincount(place, counts["images"], len(words))
        return words[images > self.most].tobytes()


def distinct_words(packed: list[bytes], bits: int) -> tuple[np.ndarray, np.ndarray]:
    """Packed keypoints of n images -> their words, each once an image, and the index of its image, both (m,)."""
    points = unpack(b"".join(packed))
    words = canonical_words(points.code, parity_masks(keypoint_axes(), bits), bits)
    image = np.repeat(np.arange(len(packed), dtype=np.uint64), [len(p) // PACKED.itemsize for p in packed])
    both = np.unique(image << np.uint64(32) | words)
    return (both & np.uint64(0xFFFFFFFF)).astype(np.uint32), (both >> np.uint64(32)).astype(np.int64)
