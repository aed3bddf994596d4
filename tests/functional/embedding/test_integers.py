import numpy as np
import pytest
import torch

from lookalike.transforms.embedding.model import Embedder
from lookalike.transforms.embedding.settings import DEFAULT_PLANE
from lookalike.transforms.fingerprinting.embed import EmbedImages
from lookalike.transforms.functional.drawing.procedural import draw_picture
from lookalike.transforms.functional.embedding.integers import IntegerNetwork, trouble
from lookalike.transforms.functional.images.planes import embedding_plane
from lookalike.transforms.weights import embedded

needs_kernels = pytest.mark.skipif(bool(trouble()), reason="this machine's PyTorch has no such kernels")


def planes(count):
    return [embedding_plane(draw_picture(seed, 320, 240), DEFAULT_PLANE) for seed in range(count)]


@pytest.fixture
def tried_anew():
    """What a process found out of its kernels is forgotten, before and after."""
    trouble.cache_clear()
    yield
    trouble.cache_clear()


@needs_kernels
def test_the_map_is_that_of_floats_but_for_roundings():
    backbone = Embedder(EmbedImages().embedding).model.backbone
    plane = torch.from_numpy(planes(1)[0]).permute(2, 0, 1)[None].float()
    with torch.inference_mode():
        found = backbone(plane)
        backbone.integers = None
        expected = backbone(plane)
    steps = (found - expected) / backbone.layers[-1].step
    torch.testing.assert_close(steps, steps.round(), atol=1e-3, rtol=0)
    assert float(steps.abs().mean()) < 0.5 and float(expected.max()) > 3


@needs_kernels
def test_the_embedding_is_that_of_floats_but_for_little():
    pictures = planes(6)
    embedder = Embedder(EmbedImages().embedding)
    ours = embedder.embed(pictures).astype(np.float32)
    embedder.model.backbone.integers = None  # as where there are no kernels
    cosine = (ours * embedder.embed(pictures).astype(np.float32)).sum(1)
    assert cosine.min() > 0.99


def absent(*_):
    raise AttributeError("no such operator")


def other_meaning(network, planes):
    return CALL(network, planes) * 1.01


def not_numbers(network, planes):
    return CALL(network, planes) * float("nan")


def other_shape(network, planes):
    return CALL(network, planes)[:, :, 1:]


CALL = IntegerNetwork.__call__


@needs_kernels
@pytest.mark.parametrize("call", [absent, other_meaning, not_numbers, other_shape])
def test_kernels_of_another_version_are_found_out_and_the_network_stays_in_floats(call, monkeypatch, tried_anew):
    monkeypatch.setattr(IntegerNetwork, "__call__", call)
    embedder = Embedder(EmbedImages().embedding)
    assert embedder.model.backbone.integers is None and torch.__version__ in embedder.why_floats
    assert embedder.embed(planes(1)).shape == (1, embedded().gem.projection.shape[1])


def test_other_processors_compute_in_floats(monkeypatch, tried_anew):
    monkeypatch.setattr(torch.backends.cpu, "get_cpu_capability", lambda: "DEFAULT")
    embedder = Embedder(EmbedImages().embedding)
    assert embedder.model.backbone.integers is None and "processor" in embedder.why_floats


def test_this_version_of_torch_has_the_kernels(tried_anew):
    """At both ends of what setup.py promises (`make test-torch`), on processors whose kernels are known."""
    known = torch.backends.cpu.get_cpu_capability().startswith("AVX")
    assert trouble() == "" if known else "processor" in trouble()
