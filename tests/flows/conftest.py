import pytest

from tests.faults.eager import Runner
from tests.faults.schedules import cheap


@pytest.fixture(scope="module")
def without_engine():
    """All runs of a module in a fraction of a second each; see `cheap`."""
    with cheap(runner=Runner()):
        yield
