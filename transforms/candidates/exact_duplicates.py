"""Images whose pixels are equal in, one of them out: it stands for all in the search."""

import dataclasses
from collections.abc import Iterable, Iterator, Sequence
from typing import Literal, NamedTuple, TypedDict

import apache_beam as beam
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from lookalike.transforms.candidates.followers import NOBODY_FOLLOWS, FollowerFiles
from lookalike.transforms.candidates.sets import ALL_ONE, NO_SET, Sets
from lookalike.transforms.clustering.keep_policy import Policy
from lookalike.transforms.core.pairs import pack
from lookalike.transforms.core.partitions import part_of
from lookalike.transforms.core.records import Node, Pair
from lookalike.transforms.core.settings.collapse import CollapseSettings
from lookalike.transforms.core.stage import Stage, count
from lookalike.transforms.fingerprinting.fingerprints_table import keys_of, nodes_of, read_light
from lookalike.transforms.functional.lsh.scopes import NO_SCOPE
from lookalike.transforms.ingest.scopes import EVERYWHERE, ScopeRule
from lookalike.transforms.io.generate import GenerateOnWorkers

_PAIRS = "pairs"


class Collapsed(TypedDict):
    """followers: one value, how many images are not searched since their leader is, when their files are written.
    pairs: PAIR records that tie each of them to its leader, as 'exact' where the bytes are equal too.
    """

    followers: beam.PCollection[int]
    pairs: beam.PCollection[bytes]


@dataclasses.dataclass(eq=False)
class CollapseDuplicates(Stage):
    """Groups images of equal pixels, of which only the best copy, the leader, is searched; of each scope one.

    Leaders with almost no texture and keypoints (blank pages, flat colours) match by pixels only.

    policy: which copy is best. settings: the block `collapse` of the configuration. files: where the keys of all others
    than leaders are written. partitions: among which the groups are divided. sets: those that copies are looked for
    across, each of which has leaders of its own. scope: which pairs are asked for.
    """

    policy: Policy
    settings: CollapseSettings = CollapseSettings()
    _: dataclasses.KW_ONLY
    files: FollowerFiles = NOBODY_FOLLOWS
    partitions: int = 1
    sets: Sets = ALL_ONE
    scope: ScopeRule = EVERYWHERE

    @property
    def columns(self) -> tuple[str, ...]:
        """Carried columns that it needs."""
        named = (*self.policy.settings.columns_named, *self.scope.columns, *self.sets.columns)
        return tuple(dict.fromkeys(named))

    def expand(self, paths: beam.PCollection[str]) -> Collapsed:
        """Group the rows of the fingerprints table, whose paths come in, by their pixels."""
        led = (
            paths
            | "Light" >> beam.FlatMap(by_pixels, self.partitions, self.columns)
            | "EqualPixels" >> beam.GroupByKey()
            | "Lead" >> beam.ParDo(_Lead(self)).with_outputs(_PAIRS, main="followers")
        )
        # every file is written, so that none is left of an earlier try
        nobody = paths.pipeline | "Nobody" >> GenerateOnWorkers(tuple[int, bytes], _nobody, (self.files.count,))
        followers = (
            (led.followers, nobody)
            | "All" >> beam.Flatten()
            | "ByRange" >> beam.GroupByKey()
            | "Write" >> beam.MapTuple(self.files.write)
            | "Count" >> beam.CombineGlobally(sum).with_output_types(int)
        )
        return {"followers": followers, "pairs": led[_PAIRS]}

    def alone(self, sets: Sets) -> "CollapseDuplicates":
        """The same for images of which none follows another; sets: which set each belongs to."""
        return dataclasses.replace(self, files=NOBODY_FOLLOWS, sets=sets)

    def searched(self, table: pa.Table, path: str, keys: list[bytes]) -> np.ndarray:
        """Rows of the part of the fingerprints table at `path`, and their keys -> (n,) bool: those that are searched.
        The files are there.
        """
        follow = self.files.among(keys)
        leads = np.array([key not in follow for key in keys], bool)
        return leads & ~self.structureless(table) & (self.sets.of(table, path) != NO_SET)

    def searched_rows(self, table: pa.Table, path: str) -> pa.Table:
        """Rows of the part of the fingerprints table at `path` -> those that are searched."""
        return table.filter(self.searched(table, path, keys_of(table).tolist()))

    def structureless(self, table: pa.Table) -> np.ndarray:
        """Rows -> (n,) bool."""
        plain = table["textured"].to_numpy() < self.settings.textured
        return plain & (table["keypoint_count"].to_numpy() < self.settings.keypoints)


def by_pixels(path: str, partitions: int, columns: Sequence[str] = ()) -> Iterator[tuple[int, bytes]]:
    """A part of the fingerprints table -> its light columns, and the carried ones that decide which copy is best, by
    partition of pixel hashes, as Arrow streams.
    """
    table = read_light(path, columns)
    number = np.array([part_of(pixels, partitions) for pixels in table["pixel_hash"].to_pylist()], np.int64)
    for partition in np.unique(number).tolist():
        sink = pa.BufferOutputStream()
        chosen = table.filter(pa.array(number == partition))
        with pa.ipc.new_stream(sink, chosen.schema) as stream:
            stream.write_table(chosen)
        yield partition, sink.getvalue().to_pybytes()


def _nobody(files: int) -> Iterator[tuple[int, bytes]]:
    return ((number, b"") for number in range(files))


class _Lead(beam.DoFn):
    def __init__(self, stage: CollapseDuplicates) -> None:
        self.stage = stage

    def process(
        self, element: tuple[int, Iterable[bytes]]
    ) -> Iterator[tuple[int, bytes] | beam.pvalue.TaggedOutput[Literal["pairs"], bytes]]:
        table = pa.concat_tables(pa.ipc.open_stream(blob).read_all() for blob in element[1])
        counts = table.group_by("pixel_hash").aggregate([("uri", "count")])
        several = counts.filter(pc.greater(counts["uri_count"], 1))["pixel_hash"]
        groups: dict[tuple[int, bytes], list[Node]] = {}
        equal = table.filter(pc.is_in(table["pixel_hash"], several))
        for node, own in zip(nodes_of(equal), self.stage.sets.of(equal, "").tolist(), strict=True):
            groups.setdefault((own, node.pixel_hash), []).append(node)
        followers, pairs = [], []
        for members in groups.values():
            found = choose_leaders(sorted(members, key=self.stage.policy), self.stage.scope)
            followers += [node.key for node in found.followers]
            pairs += found.pairs
        if pairs:
            yield beam.pvalue.TaggedOutput(_PAIRS, pack(pairs))
        # equal pixels are equally structureless: count each group once
        blank = table.filter(pa.array(self.stage.structureless(table)))
        count("CollapseDuplicates", "structureless-images", pc.count_distinct(blank["pixel_hash"]).as_py())
        count("CollapseDuplicates", "follower-images", len(followers))
        yield from self.stage.files.divide(followers).items()


class EqualPixels(NamedTuple):
    """Images of equal pixels: those that are not searched, and what ties all of them that belong together."""

    followers: list[Node]
    pairs: list[Pair]


def choose_leaders(members: list[Node], scope: ScopeRule) -> EqualPixels:
    """Images of equal pixels, best first -> of each scope, the others than the first follow it.

    Across scopes the leaders are paired with the best of them. The followers belong to their leaders all the same,
    though no pair of one scope is asked for. Within scopes, images without one are paired with nothing.
    """
    by_scope: dict[int, list[Node]] = {}
    for node in members:
        by_scope.setdefault(scope.of_node(node), []).append(node)
    if scope.within:
        by_scope.pop(NO_SCOPE, None)
    found = EqualPixels([], [])
    for number, (leader, *others) in by_scope.items():
        found.followers.extend(others)
        pairs = (equal_pair(leader, node) for node in others)
        found.pairs.extend(pairs if scope.allows(number, number) else (pair._replace(match="tie") for pair in pairs))
    leaders = [some[0] for some in by_scope.values()]
    if not scope.within:
        found.pairs.extend(equal_pair(leaders[0], leader) for leader in leaders[1:])
    return found


def equal_pair(leader: Node, node: Node) -> Pair:
    """Two images of equal pixels -> their Pair. All similarities are 1, which is what a picture has with itself: files
    of one pixel hash have the same picture (`functional.images.picture.Properties`), and so the same fingerprint.
    """
    exact = leader.content_hash == node.content_hash
    a, b = sorted((leader, node), key=lambda n: n.key)
    return Pair(
        a.key, b.key, "exact" if exact else "pixels", ("content",) if exact else ("pixels",),
        1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, False, (1.0, 0.0, 0.0, 0.0, 1.0, 0.0),
    )  # fmt: skip
