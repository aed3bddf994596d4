import numpy as np
import pytest
from datasketch import MinHash
from hypothesis import given
from hypothesis import strategies as st

from lookalike.transforms.functional.lsh.codes import minhash

tokens_of = st.lists(st.integers(0, 2**32 - 1), max_size=60)


def reference(tokens, count, seed):
    sketch = MinHash(num_perm=count, seed=seed, hashfunc=int, scheme="affine32")
    sketch.update_batch(tokens)
    return sketch.hashvalues


@given(tokens_of, st.sampled_from([1, 16, 128]), st.integers(1, 5))
def test_signature_equals_datasketch_bit_for_bit(tokens, count, seed):
    ours = minhash.signature(np.array(tokens, np.uint32), count, seed)
    theirs = reference(tokens, count, seed)
    assert ours.dtype == theirs.dtype == np.uint32
    assert (ours == theirs).all()


@given(st.lists(st.integers(0, 2**32 - 1), min_size=1, max_size=40), st.randoms())
def test_order_and_repeats_do_not_matter(tokens, random):
    shuffled = tokens + tokens[: len(tokens) // 2]
    random.shuffle(shuffled)
    once = minhash.signature(np.array(tokens, np.uint32), 64, 1)
    assert (once == minhash.signature(np.array(shuffled, np.uint32), 64, 1)).all()


def test_equal_values_estimate_jaccard():
    rng = np.random.default_rng(0)
    universe = rng.permutation(2**20)[:900].astype(np.uint32)
    a, b = universe[:600], universe[300:]
    estimate = (minhash.signature(a, 2048, 1) == minhash.signature(b, 2048, 1)).mean()
    assert estimate == pytest.approx(1 / 3, abs=0.04)


def test_the_empty_set_has_a_signature_of_its_own():
    empty = minhash.signature(np.zeros(0, np.uint32), 8, 1)
    assert (empty == minhash.EMPTY).all()


def test_what_stands_beside_a_value_is_its_tokens():
    rng = np.random.default_rng(5)
    tokens = rng.choice(2**32, 400, replace=False).astype(np.uint32)
    residual = rng.integers(0, 2**32, 400, np.uint32)
    values, kept = minhash.signature_of(tokens, residual, 64, 3)
    assert (values == minhash.signature(tokens, 64, 3)).all()
    for value, found, one in zip(values, kept, range(64), strict=True):
        alone = [minhash.signature(token[None], 64, 3)[one] for token in tokens]
        assert found == residual[alone.index(value)]
    assert not minhash.signature_of(tokens[:0], residual[:0], 8, 3)[1].any()
