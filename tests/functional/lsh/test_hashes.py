import numpy as np
import pytest

from lookalike.transforms.functional.lsh import between
from lookalike.transforms.functional.lsh.hashes import HashList


def flipped(rng, hashes, bits):
    out = np.unpackbits(hashes, axis=1)
    for row in out:
        row[rng.choice(256, bits, replace=False)] ^= 1
    return np.packbits(out, axis=1)


@pytest.mark.parametrize("at_once", [1, 1000, 1 << 22])
def test_pairs_are_those_of_all_against_all(at_once, monkeypatch):
    monkeypatch.setattr(between, "_AT_ONCE", at_once)
    rng = np.random.default_rng(1)
    known = rng.integers(0, 256, (300, 32), np.uint8)
    asked = np.concatenate([flipped(rng, known[:40], bits) for bits in (0, 1, 30, 31, 32, 40)] + [known[:0]])
    found = HashList(known).within(asked, 31)
    distance = np.unpackbits(asked[:, None] ^ known, axis=2).sum(2)
    assert found.pairs.tolist() == np.argwhere(distance <= 31).tolist() and len(found.pairs) == 160
    assert found.distance.tolist() == distance[distance <= 31].tolist()


def test_nothing_meets_nothing_and_too_many_bits_are_refused():
    nothing, one = np.zeros((0, 32), np.uint8), np.zeros((1, 32), np.uint8)
    assert not len(HashList(nothing).within(one, 31).pairs) and not len(HashList(one).within(nothing, 31).pairs)
    with pytest.raises(ValueError, match="31 bits"):
        HashList(one).within(one, 32)
