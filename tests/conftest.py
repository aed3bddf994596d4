import multiprocessing.util

import numpy as np
import pytest
from hypothesis import settings

from lookalike.pipelines.engines.quick_beam import quick_beam
from lookalike.pipelines.engines.scratch import scratch_folder

# machines are shared: how long an example takes says nothing
settings.register_profile("shared", deadline=None)
settings.load_profile("shared")


@pytest.fixture(scope="session", autouse=True)
def _scratch(tmp_path_factory):
    """Pipelines that are built and not run leave folders behind, too."""
    tmp_path_factory.getbasetemp()  # is looked at after the tests
    multiprocessing.util.get_temp_dir()  # is removed by its owner, at the very end
    with scratch_folder([]):
        yield


@pytest.fixture(scope="session", autouse=True)
def _quick_beam():
    """Hundreds of pipelines are built here."""
    with quick_beam():
        yield


@pytest.fixture(scope="session")
def photographs() -> list[np.ndarray]:
    """(h, w, 3) uint8: free ones that come with scikit-image, sharp and without loss."""
    import skimage.data  # not there with every Python that tests run on

    return [np.asarray(getattr(skimage.data, name)()) for name in ("astronaut", "coffee", "cat")]
