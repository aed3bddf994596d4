import types

import numpy as np
import pytest
import torch

from lookalike.transforms.embedding.model import Embedder, Model
from lookalike.transforms.embedding.settings import DEFAULT_PLANE
from lookalike.transforms.fingerprinting.embed import EmbedImages
from lookalike.transforms.functional.embedding.backbones import INTEGERS, Kernels, local_contrast, steps
from lookalike.transforms.functional.embedding.integers import IntegerConvolution, ranges_of, trouble
from lookalike.transforms.functional.images.planes import embedding_plane
from lookalike.transforms.weights import embedded
from tests.synthetic import grey

needs_kernels = pytest.mark.skipif(bool(trouble()), reason="this machine's PyTorch has no such kernels")


def planes(count):
    return [embedding_plane(grey(seed), DEFAULT_PLANE) for seed in range(count)]


@needs_kernels
@pytest.mark.parametrize("side", [3, 4])
def test_sums_are_those_of_the_quantised_values(side):
    torch.manual_seed(side)
    kernels = Kernels(torch.randn(16, 8, side, side), torch.randn(16))
    x = (torch.rand(1, 8, 24, 32) * 9).contiguous(memory_format=torch.channels_last)
    step, scales = 9 / 255, kernels.weights.flatten(1).abs().amax(1) / 127
    whole = (x / step).round().double(), (kernels.weights / scales[:, None, None, None]).round().double()
    sums = torch.nn.functional.conv2d(*whole, None, *steps(side))  # exact: whole numbers in 64 bits
    expected = sums * step * scales[:, None, None].double() + kernels.bias[:, None, None].double()
    with torch.inference_mode():
        found = IntegerConvolution(kernels, 9.0)(x)
    torch.testing.assert_close(found.double(), expected.clamp(min=0), atol=1e-4, rtol=1e-5)


@needs_kernels
def test_greater_inputs_are_cut():
    kernels = Kernels(torch.ones(1, 1, 3, 3) / 9, torch.zeros(1))
    found = IntegerConvolution(kernels, 2.0)(torch.full((1, 1, 8, 8), 5.0))
    assert float(found.max()) == pytest.approx(2.0, rel=0.01)


def test_every_layer_has_the_range_that_it_was_fitted_with():
    ranges = embedded().ranges
    assert set(ranges) == set(INTEGERS) and min(ranges.values()) > 0
    model = Model(EmbedImages().embedding)
    here = ranges_of(model.backbone, torch.from_numpy(planes(1)[0].astype(np.float32))[None, None])
    assert all(0.1 < here[name] / most < 10 for name, most in ranges.items())


@needs_kernels
def test_the_embedding_is_that_of_floats_but_for_little():
    pictures = planes(12)
    embedder = Embedder(EmbedImages().embedding)
    assert set(embedder.model.backbone.integers) == set(INTEGERS)
    ours = embedder.embed(pictures).astype(np.float32)
    embedder.model.backbone.integers = {}  # as where there are no kernels
    cosine = (ours * embedder.embed(pictures).astype(np.float32)).sum(1)
    assert cosine.min() > 0.995 and np.median(cosine) > 0.999


def absent(*_):
    raise AttributeError("no such operator")


def other_arguments(*_):
    raise TypeError("takes 19 arguments")


def other_meaning(found):
    return found * 1.01


def not_numbers(found):
    return found * float("nan")


def other_shape(found):
    return found[:, :, 1:]


@pytest.fixture
def tried_anew():
    """What a process found out of its kernels is forgotten, before and after."""
    trouble.cache_clear()
    yield
    trouble.cache_clear()


@pytest.mark.parametrize("change", [absent, other_arguments, other_meaning, not_numbers, other_shape])
def test_kernels_of_another_version_are_found_out_and_layers_stay_in_floats(change, monkeypatch, tried_anew):
    """Whatever a later PyTorch does to its private operators, embeddings are those of floats, and it is told."""
    floats = Embedder(EmbedImages().embedding)
    floats.model.backbone.integers = {}
    monkeypatch.setattr(torch.backends.cpu, "get_cpu_capability", lambda: "AVX2")
    monkeypatch.setattr(IntegerConvolution, "__init__", prepare)
    monkeypatch.setattr(IntegerConvolution, "__call__", lambda self, x: change(self.floats.rectified(x)))
    trouble.cache_clear()
    embedder = Embedder(EmbedImages().embedding)
    assert embedder.model.backbone.integers == {}
    assert torch.__version__ in embedder.why_floats
    assert (embedder.embed(planes(2)) == floats.embed(planes(2))).all()


def prepare(self, kernels, most):
    """A layer that computes in floats what the integers stand for."""
    step = most / 255
    self.scales = kernels.weights.flatten(1).abs().amax(1) / 127
    scales = self.scales[:, None, None, None]
    rounded = Kernels((kernels.weights / scales).round() * scales, kernels.bias)
    self.floats = types.SimpleNamespace(rectified=lambda x: rounded.rectified((x / step).round() * step))


def test_kernels_that_do_what_they_should_pass_the_trial(monkeypatch, tried_anew):
    """The trial finds nothing in a layer that is right: it is not what turns integers off."""
    monkeypatch.setattr(torch.backends.cpu, "get_cpu_capability", lambda: "AVX2")
    monkeypatch.setattr(IntegerConvolution, "__init__", prepare)
    monkeypatch.setattr(IntegerConvolution, "__call__", lambda self, x: self.floats.rectified(x))
    assert trouble() == ""


def test_other_processors_compute_in_floats(monkeypatch, tried_anew):
    monkeypatch.setattr(torch.backends.cpu, "get_cpu_capability", lambda: "DEFAULT")
    embedder = Embedder(EmbedImages().embedding)
    assert embedder.model.backbone.integers == {} and "processor" in embedder.why_floats
    assert embedder.embed(planes(1)).shape == (1, 256)


def test_this_version_of_torch_has_the_kernels(tried_anew):
    """At both ends of what setup.py promises (`make test-torch`), on processors whose kernels are known."""
    known = torch.backends.cpu.get_cpu_capability().startswith("AVX")
    assert trouble() == "" if known else "processor" in trouble()


def test_a_turned_picture_has_the_turned_map():
    backbone = Embedder(EmbedImages().embedding).model.backbone
    picture = torch.from_numpy(planes(2)[1].astype(np.float32))[None, None]
    with torch.inference_mode():
        here, there = backbone(picture), backbone(picture.rot90(1, (2, 3)))
    assert local_contrast(picture).std() > 0.1
    torch.testing.assert_close(here.rot90(1, (2, 3)), there, atol=2e-2 * float(here.max()), rtol=0)
