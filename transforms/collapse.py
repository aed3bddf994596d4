"""Images whose pixels are equal in, one of them out: it stands for all in the search."""

import dataclasses
from collections.abc import Iterable, Iterator
from typing import Any

import apache_beam as beam
import numpy as np
from apache_beam.metrics import Metrics

from transforms.candidates import Banded
from transforms.functional.keypoints import PACKED
from transforms.quality import QualityOrder
from transforms.schemas import Features, Node, Pair

Fingerprint = tuple[Node, Features, np.ndarray, float]
"""What `fingerprints.read_part` yields."""

OUTPUTS = ("features", "banded", "pairs", "nodes")


@dataclasses.dataclass(eq=False)
class CollapseDuplicates(beam.PTransform):
    """Fingerprints -> {'features', 'banded', 'pairs', 'nodes'}.

    Equal pixels make one group, whose best copy leads it. Only leaders go on to be searched ('features' and
    'banded'); 'pairs' ties each other member to its leader, as 'exact' where the bytes are equal too. 'nodes' are
    all images. Leaders with almost no texture and keypoints (blank pages, flat colours) match by pixels only.
    """

    prefer: tuple[str, ...]
    textured: float = 0.01
    keypoints: int = 5

    def expand(self, fingerprints: beam.PCollection[Any]):
        """See the class."""
        out = (
            fingerprints
            | "KeyByPixels" >> beam.Map(_by_pixels)
            | "EqualPixels" >> beam.GroupByKey()
            | "Lead" >> beam.ParDo(_Lead(self)).with_output_types(Any).with_outputs(*OUTPUTS)
        )
        return {name: out[name] for name in OUTPUTS}


def _by_pixels(fingerprint: Fingerprint) -> tuple[bytes, Fingerprint]:
    return fingerprint[0].pixel_hash, fingerprint


class _Lead(beam.DoFn):
    def __init__(self, stage: CollapseDuplicates) -> None:
        self.order = QualityOrder(stage.prefer)
        self.textured, self.keypoints = stage.textured, stage.keypoints
        self.structureless = Metrics.counter("CollapseDuplicates", "structureless-images")

    def process(self, element: tuple[bytes, Iterable[Fingerprint]]) -> Iterator[Any]:
        members = sorted(element[1], key=lambda f: self.order(f[0]))
        leader, features, minhash, textured = members[0]
        for node, *_ in members:
            yield beam.pvalue.TaggedOutput("nodes", node)
        for node, *_ in members[1:]:
            yield beam.pvalue.TaggedOutput("pairs", equal_pair(leader, node))
        if textured < self.textured and len(features.keypoints) < self.keypoints * PACKED.itemsize:
            self.structureless.inc()
            return
        yield beam.pvalue.TaggedOutput("features", features)
        yield beam.pvalue.TaggedOutput("banded", Banded(leader.key, features.embedding, minhash))


def equal_pair(leader: Node, node: Node) -> Pair:
    """Two images of equal pixels -> their Pair, all of whose similarities are 1."""
    exact = leader.content_hash == node.content_hash
    a, b = sorted((leader, node), key=lambda n: n.key)
    return Pair(
        a.key, b.key, "exact" if exact else "pixels", ("content",) if exact else ("pixels",),
        1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, False, (1.0, 0.0, 0.0, 0.0, 1.0, 0.0),
    )  # fmt: skip
