"""Ranges of bucket codes: nobody is lost, equal codes stay together, and ranges are about equally large."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lookalike.transforms.functional.lsh.codes.code_ranges import divided, range_of

RNG = np.random.default_rng(0)
CODES = {
    "minima": RNG.integers(0, 2**32, (1 << 14, 64), np.uint32).min(1),
    "few bits": RNG.integers(0, 2**14, 1 << 14, np.uint32),
    "even bits": RNG.integers(0, 2**14, 1 << 14, np.uint32) << np.uint32(18),
}
ENTRY = np.dtype([("place", "<u4"), ("code", "<u4")])


@pytest.mark.parametrize("name", CODES)
def test_ranges_are_about_equally_large(name):
    sizes = np.bincount(range_of(CODES[name], 64), minlength=64)
    assert len(sizes) == 64 and sizes.max() < 1.5 * sizes.mean()


@given(st.integers(1, 4), st.integers(0, 30), st.integers(0, 5), st.data())
def test_entries_are_divided_by_range_and_band_in_order(bands, count, power, data):
    entries = np.zeros((bands, count), ENTRY)
    entries["place"] = np.arange(count)
    codes = data.draw(
        st.lists(st.sampled_from([0, 1, 2**31, 2**32 - 1]), min_size=bands * count, max_size=bands * count)
    )
    entries["code"] = np.array(codes, np.uint32).reshape(bands, count)
    ordered, counts = divided(entries, 1 << power)
    assert counts.shape == (1 << power, bands)
    pieces = np.split(ordered, np.cumsum(counts.ravel())[:-1])
    for cell, piece in enumerate(pieces):
        number, band = divmod(cell, bands)
        expected = entries[band][range_of(entries[band]["code"], 1 << power) == number]
        assert piece.tolist() == expected.tolist()
