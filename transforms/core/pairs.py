"""Confirmed pairs as they travel between stages: many of them in one value, in numbers."""

from collections.abc import Iterable, Iterator

import numpy as np

from lookalike.transforms.core.records import Pair
from lookalike.transforms.functional.verification.relations import RELATIONS

MATCHES = ("exact", "pixels", "near", "verdict", "tie")
ALIGNED = ("near", "part")
"""How pairs match in the tables that were aligned."""
PROPOSER_BIT = {
    name: 1 << number for number, name in enumerate(("content", "pixels", "embedding", "minhash", "verdict", "copies"))
}
MEASURES = ("cosine", "jaccard", "ssim", "luminance", "contrast", "structure", "overlap", "covered")
PAIR = np.dtype(
    [
        *(("a", "V16"), ("b", "V16"), ("match", "u1"), ("proposed_by", "u1"), ("mirrored", "?")),
        *((name, "<f8") for name in MEASURES),
        *(("transform", "<f8", (6,)), ("recoloured", "<f8"), ("least", "<f8")),
        *(("relation", "u1"), ("probability", "<f8"), ("worst", "<f8", (4,)), ("laid", "u1"), ("cut", "?")),
        ("near_misses", "u4"),
    ]
)
"""A `schemas.Pair`. match: index into MATCHES. proposed_by: of PROPOSER_BIT. relation: index into RELATIONS."""

LOOK = np.dtype([("a", "V16"), ("b", "V16"), ("guess", "<f8", (6,))])
"""A pair, a < b, that is to be compared though nothing proposed it. guess: a `PAIR`'s transform, but not exactly."""

_MATCH = {name: number for number, name in enumerate(MATCHES)}
_NAMES = [tuple(name for name, bit in PROPOSER_BIT.items() if bits & bit) for bits in range(1 << len(PROPOSER_BIT))]


def pack(pairs: Iterable[Pair]) -> bytes:
    """Pairs -> PAIR records."""
    rows = [
        (
            *(p.a, p.b, _MATCH[p.match], _bits(p.proposed_by), p.mirrored, *p[4:12], p.transform, p.recoloured),
            *(p.least, RELATIONS.index(p.relation), p.probability, p.worst, p.laid, p.cut, p.near_misses),
        )
        for p in pairs
    ]
    return np.array(rows, PAIR).tobytes()


def _bits(names: tuple[str, ...]) -> int:
    return sum(PROPOSER_BIT[name] for name in names)


def unpack(packed: bytes) -> Iterator[Pair]:
    """PAIR records -> Pairs. Floats are Python's: Beam pickles each of NumPy's wherever rows go between stages."""
    for row in np.frombuffer(packed, PAIR).tolist():
        *found, least, relation, probability, worst, laid, cut, near_misses = row
        a, b, match, proposed, mirrored, *measures, transform, recoloured = found
        yield Pair._make(
            (
                *(a, b, MATCHES[match], _NAMES[proposed], *measures, mirrored, tuple(transform.tolist()), recoloured),
                *(least, RELATIONS[relation], probability, tuple(worst.tolist()), laid, cut, near_misses),
            )
        )


def with_relations(packed: bytes, relations: Iterable[str], without: bool = False) -> bytes:
    """PAIR records -> those of these relations; without: of all others."""
    pairs = np.frombuffer(packed, PAIR)
    chosen = np.isin(pairs["relation"], [RELATIONS.index(relation) for relation in relations], invert=without)
    return pairs[chosen].tobytes()


def ends_of(packed: bytes) -> np.ndarray:
    """PAIR records -> (k, 2) V16, the keys."""
    pairs = np.frombuffer(packed, PAIR)
    return np.stack([pairs["a"], pairs["b"]], 1)
