"""Which failures are tried again by the same command."""

import pytest

from lookalike.transforms.core.records import Failure
from lookalike.transforms.io.failures_table import may_pass


@pytest.mark.parametrize(
    ("stage", "error", "again"),
    [
        ("read", "FileNotFoundError", True),
        ("read", "StoreError", True),
        ("read", "undecodable", False),
        ("read", "too_large", False),
        ("list", "FileNotFoundError", False),
    ],
)
def test_what_a_store_refused_may_pass_and_what_an_image_is_does_not(stage, error, again):
    assert may_pass(Failure("/a", stage, error, "")) == again
