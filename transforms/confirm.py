"""Groups of candidates in, confirmed Pairs out; every pair that was aligned leaves a record in the candidates table."""

import dataclasses
import functools
import hashlib
import json
from collections.abc import Iterator, Sequence
from typing import Any

import apache_beam as beam
import numpy as np
from apache_beam.metrics import Metrics

from transforms.candidates import PAIR, Asked
from transforms.collapse import CollapseDuplicates
from transforms.fingerprints import features_of
from transforms.functional import screening
from transforms.functional.confirmation import Evidence, Picture, Rules, stricter
from transforms.functional.words import jaccard
from transforms.output import RUN, Part, write_table
from transforms.partitions import overlapping, part_of
from transforms.records import RECORD, Group, group_number, pairs_of, part_path, read_records, to_table
from transforms.runtime import prepare_worker
from transforms.schemas import Features
from transforms.stores import read_file, read_parquet, write_bytes
from transforms.ticks import Ticks
from transforms.weights import keypoint_axes

PARTS = "parts"


@dataclasses.dataclass(eq=False)
class ConfirmPairs(beam.PTransform):
    """{'asked', 'followers', 'hot'} -> {'pairs', 'parts'}: confirmed Pairs, and the parts of the candidates table.

    What each threshold means stands in configs/default.yaml. `place`, filled in at launch, says where things are.

    Screening first (`functional.screening`, about a microsecond a pair), then alignment and SSIM
    (`functional.confirmation`, about a millisecond).
    """

    cosine: float = 0.28
    word_images: int = 128
    word_bits: int = 22
    ticks: str = ""
    place: "Place | None" = None
    strictness: float = 0.0
    margins: bool = False
    inliers: int = 7
    share: float = 0.21
    structure: float = 0.5
    page_textured: float = 0.7
    page_share: float = 0.4
    page_disagreement: float = 0.05
    few_inliers: int = 5
    few_share: float = 0.25
    few_structure: float = 0.85
    few_disagreement: float = 0.05
    faithful_share: float = 0.04
    faithful_structure: float = 0.9
    faithful_disagreement: float = 0.004
    worn_textured: float = 0.8
    worn_share: float = 0.1
    worn_inliers: int = 20
    worn_disagreement: float = 0.08
    direct_cosine: float = 0.32
    direct_structure: float = 0.92
    direct_disagreement: float = 0.002
    direct_textured: float = 0.85
    covered: float = 0.6
    disagreement: float = 0.3
    faint: float = 0.3
    faint_share: float = 0.4
    part_disagreement: float = 0.15
    part_spread: float = 0.68
    view_drift: float = 0.2
    view_disagreement: float = 0.03
    view_structure: float = 0.88

    def __post_init__(self) -> None:
        """Refuse thresholds out of range."""
        if self.few_inliers < 4:
            raise ValueError(
                f"confirm.few_inliers must be at least 4, not {self.few_inliers}: three points fit anything"
            )
        for field in dataclasses.fields(self):
            value = getattr(self, field.name)
            if field.name == "strictness" and not 0 <= value < 1:
                raise ValueError(f"confirm.strictness must lie in 0..1, not {value}")
            if field.type is float and not -1 <= value <= 1:
                raise ValueError(f"confirm.{field.name} must lie in -1..1, not {value}")
            if field.type is int and value < 1:
                raise ValueError(f"confirm.{field.name} must be at least 1, not {value}")

    def rules(self) -> Rules:
        """The thresholds of `functional.confirmation`."""
        return stricter(Rules(**{name: getattr(self, name) for name in Rules._fields}), self.strictness)

    def expand(self, inputs):
        """See the class."""
        done = (
            inputs["asked"]
            # one element is minutes of work on many pairs: let the runner place each by itself
            | "Spread" >> beam.Reshuffle()
            | "Confirm"
            >> beam.ParDo(
                _Confirm(self),
                followers=beam.pvalue.AsSingleton(inputs["followers"]),
                hot=beam.pvalue.AsSingleton(inputs["hot"]),
            )
            .with_output_types(Any)
            .with_outputs(PARTS, main="pairs")
        )
        return {"pairs": done.pairs, PARTS: done[PARTS]}


@dataclasses.dataclass(frozen=True)
class Place:
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
        return f"{self.root}/{RUN}/groups/{group_number(group, self.blocks):05d}.json"

    def committed(self, group: Group) -> Part | None:
        """The part that an earlier try of this run wrote for a group, if there is one."""
        try:
            record = json.loads(read_file(self.commit_path(group)))
        except FileNotFoundError:
            return None
        return Part(**record["part"]) if record["digest"] == self._digest(group) else None

    def commit(self, group: Group, records: np.ndarray) -> Part:
        """Write the part of a group, and then its commit."""
        part = write_table(self.root, part_path(group, self.blocks), to_table(records))
        record = {"digest": self._digest(group), "part": part._asdict()}
        write_bytes(self.commit_path(group), json.dumps(record).encode())
        return part

    def known(self, group: Group) -> np.ndarray:
        """Records of the group in the earlier audit."""
        return read_records(self.earlier[group_number(group, self.blocks)]) if self.earlier else np.zeros(0, RECORD)

    def features(self, block: int, followers: bytes) -> list[Features]:
        """The searched images of a block, in order of key."""
        found = []
        for number in overlapping(block, self.blocks, len(self.parts)):
            table = read_parquet(self.parts[number], FEATURE_COLUMNS)
            found += features_of(self.collapse.searched_rows(table, followers))
        return sorted((f for f in found if part_of(f.key, self.blocks) == block), key=lambda f: f.key)

    def _digest(self, group: Group) -> str:
        return hashlib.blake2b(f"{self.digest} {group}".encode(), digest_size=16).hexdigest()


FEATURE_COLUMNS = [
    *("uri", "textured", "keypoint_count", "embedding", "pixel_hash", "width", "height", "keypoints", "thumbnail"),
]


class _Confirm(beam.DoFn):
    def __init__(self, stage: ConfirmPairs) -> None:
        assert stage.place is not None
        self.stage, self.place = stage, stage.place
        self.counters = {name: Metrics.counter("ConfirmPairs", name) for name in ("candidates", "aligned", "resumed")}

    def setup(self) -> None:
        prepare_worker()
        self.ticks = Ticks(self.stage.ticks, "pairs")
        # a block takes part in many groups, which come in order
        self.features = functools.lru_cache(maxsize=2)(self.place.features)

    def process(self, asked: Asked, followers: bytes, hot: bytes) -> Iterator[Any]:
        group, pairs = asked
        part = self.place.committed(group)
        if part is None:
            records = self._compare(group, pairs, followers, hot)
            part = self.place.commit(group, records)
        else:
            self.counters["resumed"].inc()
            records = read_records(f"{self.place.root}/{part.path}")
        self.counters["candidates"].inc(len(records))
        self.ticks.add(int(records["confirmed"].sum()))
        self.ticks.flush()
        yield beam.pvalue.TaggedOutput(PARTS, part)
        yield from pairs_of(records)

    def _compare(self, group: Group, pairs: bytes | None, followers: bytes, hot: bytes) -> np.ndarray:
        if pairs == b"":
            return np.zeros(0, RECORD)
        own, other = group
        features = self.features(own, followers)
        start = 0 if other == own else len(features)
        if other != own:
            features = features + self.features(other, followers)
        if pairs is None:
            wanted = pairs_across(features, own, other, self.place.blocks)
        else:
            features, wanted = pairs_listed(features, start, pairs)
        comparison = Comparison(features, self.stage, np.frombuffer(hot, "<u4"))
        known = self.place.known(group)
        records = comparison.records(wanted, known)
        self.counters["aligned"].inc(comparison.aligned)
        return records


def pairs_across(features: list[Features], own: int, other: int, blocks: int) -> np.ndarray:
    """N images in order of their keys -> (n, n) bool, true at i < j for the pairs across two blocks, or inside one."""
    block = np.array([part_of(f.key, blocks) for f in features], np.int64)
    return np.triu((block[:, None] == own) & (block[None, :] == other), 1)


def pairs_listed(features: list[Features], start: int, pairs: bytes) -> tuple[list[Features], np.ndarray]:
    """Images of two blocks, those of the second from `start` on, and packed pairs -> the images that occur in a pair,
    and (n, n) bool as above.
    """
    ends = np.frombuffer(pairs, PAIR)
    a, b = ends["a"].astype(np.int64), ends["b"].astype(np.int64) + start
    asked, place = np.unique(np.concatenate([a, b]), return_inverse=True)
    wanted = np.zeros((len(asked), len(asked)), bool)
    wanted[place[: len(a)], place[len(a) :]] = True
    return [features[i] for i in asked.tolist()], wanted


class Comparison:
    """Some images, in order of key, ready to be compared with one another. aligned: pairs that were."""

    def __init__(self, features: list[Features], rules: ConfirmPairs, hot: np.ndarray) -> None:
        """`hot`: sorted words that say nothing."""
        self.features, self.cosine, self.rules, self.margins = features, rules.cosine, rules.rules(), rules.margins
        self.axes, self.hot, self.aligned = keypoint_axes(), hot, 0
        self.pictures: list[Picture] = [
            Picture(f.keypoints, f.thumbnail, f.width, f.height, self.axes, rules.word_bits) for f in features
        ]

    def records(self, wanted: np.ndarray, known: np.ndarray) -> np.ndarray:
        """The records of the pairs of `wanted`, (n, n) bool, that are worth aligning, in order.

        known: records of earlier comparisons, which hold where both pictures and what proposes the pair are the same.
        """
        if not len(self.features):
            return np.zeros(0, RECORD)
        earlier = {ends: at for at, ends in enumerate(zip(known["a"].tolist(), known["b"].tolist(), strict=True))}
        vectors = np.stack([f.embedding for f in self.features])
        near = set(map(tuple, screening.propose_by_cosine(vectors, wanted, self.cosine).tolist()))
        words = screening.propose_by_words(self._posting(), len(self.features), wanted)
        parity = {(i, j): p for (i, j), p in zip(words.pairs.tolist(), words.parity.tolist(), strict=True)}
        worth = sorted(parity.keys() | near)
        out = np.zeros(len(worth), RECORD)
        for number, (i, j) in enumerate(worth):
            record = out[number]
            a, b = self.features[i], self.features[j]
            record["a"], record["b"], record["pixels_a"], record["pixels_b"] = a.key, b.key, a.pixels, b.pixels
            record["parity"], record["near"] = parity.get((i, j), -1), (i, j) in near
            at = earlier.get((a.key, b.key))
            if at is not None and all(known[at][name] == record[name] for name in IDENTITY):
                out[number] = known[at]
            else:
                self._align(record, i, j)
        return out

    def _posting(self) -> screening.Posting:
        kept = []
        for picture in self.pictures:
            quiet = ~np.isin(picture.words, self.hot, assume_unique=True)
            kept.append((picture.keypoints, picture.words[quiet], picture.word_at[quiet]))
        return screening.posting(kept)

    def _align(self, record: np.void, i: int, j: int) -> None:
        self.aligned += 1
        # which of two is aligned to the other changes the last digits: their content decides, not where they lie
        if self.features[j].pixels < self.features[i].pixels:
            i, j = j, i
        a, b = self.pictures[i], self.pictures[j]
        # float16 products add up exactly in float64
        cosine = float(self.features[i].embedding.astype(np.float64) @ self.features[j].embedding.astype(np.float64))
        evidence = Evidence(a, b, self.axes, int(record["parity"]), cosine, self.rules.few_inliers)
        reason = evidence.reason(self.rules)
        record["cosine"] = cosine
        if reason is not None:
            found = evidence.confirmation(reason)
            agreed = found.agreement
            record["margin"] = evidence.margin(self.rules) if self.margins else 0
            record["confirmed"], record["mirrored"] = True, found.mirrored
            record["jaccard"] = jaccard(a.words, b.words)
            record["transform"] = found.matrix.ravel()
            for name in ("ssim", "luminance", "contrast", "structure", "overlap", "covered"):
                record[name] = getattr(agreed, name)


IDENTITY = ("pixels_a", "pixels_b", "parity", "near")
