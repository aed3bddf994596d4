"""Groups of candidates in, confirmed Pairs out; every pair that was aligned leaves a record in the candidates table."""

import collections
import dataclasses
import functools
import hashlib
import json
from collections.abc import Iterator, Sequence
from typing import Literal, NamedTuple, TypedDict

import apache_beam as beam
import numpy as np

from lookalike.transforms.candidates.asked import CANDIDATE, Asked
from lookalike.transforms.candidates.exact_duplicates import CollapseDuplicates
from lookalike.transforms.core.partitions import overlapping, part_of
from lookalike.transforms.core.runtime import prepare_worker
from lookalike.transforms.core.schemas import Features
from lookalike.transforms.core.settings.confirm import ConfirmSettings
from lookalike.transforms.core.settings.pair import PairSettings
from lookalike.transforms.core.stage import Stage, count
from lookalike.transforms.fingerprinting.fingerprints_table import features_of
from lookalike.transforms.functional.keypoints.shingles import jaccard
from lookalike.transforms.functional.lsh.exhaustive import NO_PARITY, Proposals, screen, without_crowds
from lookalike.transforms.functional.lsh.ranks import NO_RANK, parity_of
from lookalike.transforms.functional.lsh.scopes import Scopes
from lookalike.transforms.functional.registration.affine import inverse
from lookalike.transforms.functional.verification.decision import decide
from lookalike.transforms.functional.verification.evidence import Evidence
from lookalike.transforms.functional.verification.picture import Picture
from lookalike.transforms.functional.verification.relations import RELATIONS
from lookalike.transforms.ingest.scopes import ScopeRule
from lookalike.transforms.io.generate import part_path
from lookalike.transforms.io.pair_records import (
    RECORD,
    TABLE,
    Group,
    group_number,
    pairs_of,
    read_records,
    to_table,
)
from lookalike.transforms.io.parquet_sink import RUN, Part, holds, read_record, write_table
from lookalike.transforms.io.progress_files import ProgressFile
from lookalike.transforms.storage.stores import read_parquet, write_bytes
from lookalike.transforms.weights import decision_models, keypoint_axes

PARTS = "parts"
HELD, FEW_BLOCKS = 2, 8
"""Blocks of images that a worker keeps; twice as many where there are few, and they are small."""
MADE = 8192
"""Pictures of which a worker keeps what alignment makes of them, and which takes a seventh of a millisecond to make
again: 0.7 GB, whatever a block holds.
"""
DECIDED_AT_ONCE = 256
"""Pairs that are decided at once."""


class AskedPairs(TypedDict):
    """asked: groups and their pairs, as `FindCandidates` makes them. followers: as `CollapseDuplicates` makes it."""

    asked: beam.PCollection[Asked]
    followers: beam.PCollection[int]


class Confirmed(TypedDict):
    """pairs: PAIR records of what each group confirmed. parts: of the candidates table, each when it is written."""

    pairs: beam.PCollection[bytes]
    parts: beam.PCollection[Part]


@dataclasses.dataclass(frozen=True)
class ComparisonRules:
    """What pairs are aligned, and which of these count as copies.

    confirm, pair: the blocks of the configuration; of the latter, what is done with crowds.
    """

    confirm: ConfirmSettings = ConfirmSettings()
    pair: PairSettings = PairSettings()


@dataclasses.dataclass(eq=False)
class ConfirmPairs(Stage):
    """Aligns candidate pairs and decides what the pictures of each are to one another.

    rules: what is compared and when it counts. store: where fingerprints are read and results are committed. progress:
    local folder for progress files, or ''.

    Where all pairs of a group are asked for, they are screened first (`functional.lsh.exhaustive`); then come alignment
    and SSIM (`functional.verification.evidence`), and a decision on many pairs at once.
    """

    rules: ComparisonRules
    store: "GroupStore"
    progress: str = ""

    def expand(self, inputs: AskedPairs) -> Confirmed:
        """Compare the images of each group."""
        done = (
            inputs["asked"]
            # one element is minutes of work on many pairs: let the runner place each by itself
            | "Spread" >> beam.Reshuffle()
            | "Confirm"
            >> beam.ParDo(Confirm(self), followers=beam.pvalue.AsSingleton(inputs["followers"])).with_outputs(
                PARTS, main="pairs"
            )
        )
        return {"pairs": done.pairs, "parts": done[PARTS]}


@dataclasses.dataclass(frozen=True)
class GroupStore:
    """Where the comparison reads and writes. root: the output. parts: paths of the fingerprints table. blocks: of keys.
    digest: of the fingerprints and of all that the comparison depends on. earlier: paths of the candidates table of an
    audit with the same blocks and the same rules, or (). collapse: which images are searched.
    """

    root: str
    parts: Sequence[str]
    blocks: int
    digest: str
    earlier: Sequence[str]
    collapse: CollapseDuplicates

    def commit_path(self, group: Group) -> str:
        """Where the commit of a group is recorded until the run is finished."""
        return f"{self.root}/{RUN}/groups/{self.number(group):05d}.json"

    @property
    def groups(self) -> int:
        """How many there are."""
        return self.blocks * (self.blocks + 1) // 2

    def number(self, group: Group) -> int:
        """The place of a group in the order of all."""
        return group_number(group, self.blocks)

    def committed(self, group: Group) -> Part | None:
        """The part that an earlier try of this run wrote for a group, if there is one."""
        record = read_record(self.commit_path(group))
        if record is None or record["digest"] != self._digest(group):
            return None
        part = Part(**record["part"])
        return part if holds(self.root, part) else None

    def commit(self, group: Group, records: np.ndarray) -> Part:
        """Write the part of a group, and then its commit."""
        path = part_path(TABLE, self.number(group), self.groups)
        part = write_table(self.root, path, to_table(records))
        record = {"digest": self._digest(group), "part": part._asdict()}
        write_bytes(self.commit_path(group), json.dumps(record).encode())
        return part

    def known(self, group: Group) -> np.ndarray:
        """Records of the group in the earlier audit."""
        return read_records(self.earlier[self.number(group)]) if self.earlier else np.zeros(0, RECORD)

    def prepared_images(self, block: int) -> "list[PreparedImage]":
        """The searched images of a block, in order of key."""
        return images_of_block(block, self.blocks, self.parts, self.collapse)[0]

    def _digest(self, group: Group) -> str:
        return hashlib.blake2b(f"{self.digest} {group}".encode(), digest_size=16).hexdigest()


FEATURE_COLUMNS = [
    *("uri", "textured", "keypoint_count", "embedding", "pixel_hash", "width", "height", "keypoints", "thumbnail"),
]


def images_of_block(
    block: int, blocks: int, parts: Sequence[str], collapse: CollapseDuplicates
) -> "tuple[list[PreparedImage], np.ndarray]":
    """The searched images of a block of a fingerprints table, in order of key, and (n,) the set of each."""
    found: list[tuple[Features, int]] = []
    for number in overlapping(block, blocks, len(parts)):
        table = collapse.scope.added_to(read_parquet(parts[number], FEATURE_COLUMNS), parts[number])
        rows = collapse.searched_rows(table)
        found += zip(features_of(rows), collapse.sets_of(rows).tolist(), strict=True)
    own = sorted((one for one in found if part_of(one[0].key, blocks) == block), key=lambda one: one[0].key)
    return prepared_images([features for features, _ in own]), np.array([number for _, number in own], np.int64)


class Confirm(beam.DoFn):
    """A group and its pairs -> its part of the candidates table, and what is told of its pairs."""

    def __init__(self, stage: ConfirmPairs) -> None:
        self.rules, self.store, self.folder = stage.rules, stage.store, stage.progress

    def setup(self) -> None:
        """Prepare the worker."""
        prepare_worker()
        self.progress = ProgressFile(self.folder, "pairs")
        # a block takes part in many groups, which come in order
        self.recent = Recent()
        self.prepared_images = functools.lru_cache(HELD if self.store.blocks > FEW_BLOCKS else 2 * HELD)(
            self.store.prepared_images
        )

    def process(
        self, asked: Asked, followers: int
    ) -> Iterator[bytes | beam.pvalue.TaggedOutput[Literal["parts"], Part]]:
        """Compare the images of a group, unless an earlier try of this run did."""
        group, pairs = asked
        part = self.store.committed(group)
        if part is None:
            records = self._compare(group, pairs)
            part = self.store.commit(group, records)
        else:
            count("ConfirmPairs", "resumed-groups")
            records = read_records(f"{self.store.root}/{part.path}")
        count_pairs(records)
        self.progress.add(int(np.count_nonzero(records["relation"])))
        self.progress.flush()
        yield beam.pvalue.TaggedOutput(PARTS, part)
        yield self._told(records)

    def _told(self, records: np.ndarray) -> bytes:
        return pairs_of(records)

    def _compare(self, group: Group, pairs: bytes | None) -> np.ndarray:
        if pairs == b"":
            return np.zeros(0, RECORD)
        own, other = group
        images = self.prepared_images(own)
        start = 0 if other == own else len(images)
        if other != own:
            images = images + self.prepared_images(other)
        comparison = Comparison(images, self.rules, self.recent)
        if pairs is None:
            wanted = pairs_across(images, own, other, self.store.blocks)
            proposals = comparison.screened(in_scope(wanted, images, self.store.collapse.scope))
        else:
            listed = np.frombuffer(pairs, CANDIDATE)
            ends = np.stack([listed["a"].astype(np.int64), listed["b"].astype(np.int64) + start], 1)
            proposals = comparison.listed(ends, listed["rank"])
        records = comparison.records(proposals, self.store.known(group))
        count("ConfirmPairs", "aligned-pairs", comparison.aligned)
        return records


def count_pairs(records: np.ndarray) -> None:
    """Add the records of a group to the counters: all, the refused, and those of each relation."""
    count("ConfirmPairs", "candidate-pairs", len(records))
    number = np.bincount(records["relation"], minlength=len(RELATIONS)).tolist()
    count("ConfirmPairs", "refused-pairs", number[0])
    for relation, confirmed in zip(RELATIONS[1:], number[1:], strict=True):
        if confirmed:
            count("ConfirmPairs", f"confirmed-pairs-{relation}", confirmed)


class PreparedImage(NamedTuple):
    """One image that is compared with others."""

    features: Features
    picture: Picture


def prepared_images(features: list[Features]) -> list[PreparedImage]:
    """Features -> the same, ready to be compared."""
    axes = keypoint_axes()
    return [PreparedImage(f, Picture(f.keypoints, f.thumbnail, f.width, f.height, axes)) for f in features]


def pairs_across(images: list[PreparedImage], own: int, other: int, blocks: int) -> np.ndarray:
    """N images in order of their keys -> (n, n) bool, true at i < j for the pairs across two blocks, or inside one."""
    block = np.array([part_of(image.features.key, blocks) for image in images], np.int64)
    return np.triu((block[:, None] == own) & (block[None, :] == other), 1)


def in_scope(wanted: np.ndarray, images: list[PreparedImage], rule: ScopeRule) -> np.ndarray:
    """(n, n) bool, pairs i < j of n images -> those of them that are asked for; the others are counted."""
    if not rule:
        return wanted
    scopes = Scopes(np.array([image.features.scope for image in images], np.uint64), rule.within)
    places = np.arange(len(images))
    asked = scopes.kept(wanted, places[:, None], places)
    count("ConfirmPairs", "out-of-scope-pairs", scopes.left_out)
    # images of equal pixels and different scopes are tied already
    pixels = np.frombuffer(b"".join(image.features.pixels for image in images), "<u8")
    return asked & (pixels[:, None] != pixels)


class Recent:
    """The pictures that were aligned last; those before them forget what was made of them, about 90 KB each."""

    def __init__(self, most: int = MADE) -> None:
        self.most = most
        self.pictures: collections.OrderedDict[int, Picture] = collections.OrderedDict()

    def use(self, picture: Picture) -> None:
        """A picture is aligned now."""
        self.pictures[id(picture)] = picture
        self.pictures.move_to_end(id(picture))
        if len(self.pictures) > self.most:
            self.pictures.popitem(last=False)[1].forget()


class Comparison:
    """Some images, in order of key, ready to be compared with one another. aligned: pairs that were. recent: pictures
    that this worker has compared before.
    """

    def __init__(self, images: list[PreparedImage], rules: ComparisonRules, recent: Recent | None = None) -> None:
        self.images, self.rules, self.recent = images, rules, recent or Recent()
        self.axes, self.aligned = keypoint_axes(), 0

    def screened(self, wanted: np.ndarray) -> Proposals:
        """The pairs of `wanted`, (n, n) bool, that are worth aligning."""
        vectors = np.stack([image.features.embedding for image in self.images] or [np.zeros(1, np.float16)])
        found = [image.picture.shingles for image in self.images]
        proposals = screen(found, vectors, wanted, self.rules.confirm.max_hamming, self.rules.confirm.cosine)
        return without_crowds(proposals, vectors, self.rules.pair.crowd, self.rules.pair.heads)

    def listed(self, pairs: np.ndarray, rank: np.ndarray) -> Proposals:
        """(k, 2) pairs i < j that met, in order, and their ranks -> those that are worth aligning."""
        parity = np.where(rank == NO_RANK, NO_PARITY, parity_of(rank))
        near = np.array([self._cosine(i, j) >= self.rules.confirm.cosine for i, j in pairs.tolist()], bool)
        # images of equal pixels and different scopes are tied already
        same = [self.images[i].features.pixels == self.images[j].features.pixels for i, j in pairs.tolist()]
        worth = (near | (parity >= 0)) & ~np.array(same, bool)
        return Proposals(pairs[worth], parity[worth], near[worth])

    def records(
        self, proposals: Proposals, known: np.ndarray, guesses: Sequence[np.ndarray] | None = None
    ) -> np.ndarray:
        """The records of the proposed pairs, in order.

        known: records of earlier comparisons, which hold where both pictures and what proposes the pair are the same.
        guesses: (3, 3) of each pair, where it is known nearly how its first picture lies on the second.
        """
        earlier = {ends: at for at, ends in enumerate(zip(known["a"].tolist(), known["b"].tolist(), strict=True))}
        out = np.zeros(len(proposals.pairs), RECORD)
        out["parity"], out["near"] = proposals.parity, proposals.near
        waiting: list[tuple[np.void, Evidence]] = []
        for number, (i, j) in enumerate(proposals.pairs.tolist()):
            record = out[number]
            a, b = self.images[i].features, self.images[j].features
            record["a"], record["b"], record["pixels_a"], record["pixels_b"] = a.key, b.key, a.pixels, b.pixels
            at = earlier.get((a.key, b.key))
            if at is not None and all(known[at][name] == record[name] for name in IDENTITY):
                out[number] = known[at]
            else:
                waiting.append((record, self._evidence(record, i, j, None if guesses is None else guesses[number])))
            if len(waiting) == DECIDED_AT_ONCE:
                self._decide(waiting)
                waiting.clear()
        self._decide(waiting)
        return out

    def _cosine(self, i: int, j: int) -> float:
        # float16 products add up exactly in float64
        a, b = (self.images[end].features.embedding.astype(np.float64) for end in (i, j))
        return float(a @ b)

    def _evidence(self, record: np.void, i: int, j: int, guess: np.ndarray | None) -> Evidence:
        self.aligned += 1
        # which of two is aligned to the other changes the last digits: their content decides, not where they lie
        if self.images[j].features.pixels < self.images[i].features.pixels:
            i, j = j, i
            guess = None if guess is None else inverse(guess)
        a, b = self.images[i].picture, self.images[j].picture
        self._use(a, b)
        cosine = record["cosine"] = self._cosine(i, j)
        evidence = Evidence(a, b, self.axes, int(record["parity"]), cosine, guess)
        evidence.gather()
        return evidence

    def _decide(self, waiting: list[tuple[np.void, Evidence]]) -> None:
        decisions = decide([evidence for _, evidence in waiting], decision_models(), self.rules.confirm.probability)
        for (record, evidence), decision in zip(waiting, decisions, strict=True):
            record["probability"] = decision.probability
            a, b = evidence.a, evidence.b
            self._use(a, b)
            measured = evidence.measured() if decision.relation else None
            if measured is None:
                continue
            record["relation"], record["mirrored"] = RELATIONS.index(decision.relation), measured.mirrored
            record["jaccard"] = jaccard(a.shingles.tokens, b.shingles.tokens)
            record["transform"], record["recoloured"] = measured.matrix.ravel(), measured.recoloured
            record["worst"], record["laid"], record["cut"] = evidence.worst, evidence.laid, evidence.cut
            for name in ("ssim", "luminance", "contrast", "structure", "overlap", "covered"):
                record[name] = getattr(measured.agreement, name)

    def _use(self, a: Picture, b: Picture) -> None:
        self.recent.use(a)
        self.recent.use(b)


IDENTITY = ("pixels_a", "pixels_b", "parity", "near")
