"""The embedded network gives the same numbers in integers and in floats, on every kind of processor."""

import hashlib
import os
import subprocess
import sys

import numpy as np
import pytest
import torch

from lookalike.transforms.embedding.model import Embedder, layers_of
from lookalike.transforms.embedding.settings import DEFAULT_PLANE
from lookalike.transforms.fingerprinting.embed import EmbedImages
from lookalike.transforms.functional.drawing.procedural import draw_picture
from lookalike.transforms.functional.embedding.backbones import EmbeddedBackbone, is_exact
from lookalike.transforms.functional.embedding.integers import IntegerNetwork, use_integers
from lookalike.transforms.functional.images.planes import embedding_plane
from lookalike.transforms.weights import embedded

KNOWN = torch.backends.cpu.get_cpu_capability().startswith("AVX")
needs_kernels = pytest.mark.skipif(not KNOWN, reason="the integer kernels of this processor are not known")


def planes():
    """Drawn pictures, and what networks are not made for: noise, extremes, one colour, stripes, long strips."""
    rng = np.random.default_rng(0)
    drawn = [embedding_plane(draw_picture(seed, 320, 240), DEFAULT_PLANE) for seed in range(3)]
    odd = [rng.integers(0, 256, (144, 256, 3)), rng.integers(0, 2, (32, 1152, 3)) * 255]
    odd += [np.full((192, 192, 3), level) for level in (0, 127, 255)]
    odd += [np.indices((240, 160)).sum(0)[..., None].repeat(3, 2) % 2 * 255]
    return drawn + [plane.astype(np.uint8) for plane in odd]


def digest():
    """Of the embeddings of `planes` by both poolings."""
    found = b""
    for pooling in ("gem", "rmac"):
        settings = EmbedImages().settings.model_copy(update={"pooling": pooling})
        found += Embedder(EmbedImages(settings).embedding).embed(planes()).tobytes()
    return hashlib.sha256(found).hexdigest()


def runs_over():
    """Does the trial find out that sums run over, in a network with weights twice as large?"""
    layers = [layer._replace(weights=layer.weights * 1.98) for layer in layers_of(embedded().layers)]
    whole = [layer._replace(weights=layer.weights.round()) for layer in layers]
    return use_integers(EmbeddedBackbone(whole)) != ""


@pytest.fixture
def backbone():
    return Embedder(EmbedImages().embedding).model.backbone


def test_all_that_is_computed_is_exact(backbone):
    assert all(map(is_exact, backbone.layers))


@pytest.mark.parametrize(
    "wrong",
    [
        lambda layer: {"weights": layer.weights + 0.5},
        lambda layer: {"weights": layer.weights * 2},
        lambda layer: {"weights": torch.full((32, 1100, 1, 1), 64.0)},
        lambda layer: {"scales": layer.scales * 1.0001},
        lambda layer: {"bias": layer.bias * 1.0001},
        lambda layer: {"bias": layer.bias * 2**12},
        lambda _: {"share": 1 / 3},
        lambda _: {"zero": 127},
    ],
)
def test_what_would_be_rounded_on_the_way_is_found_out(backbone, wrong):
    layer = backbone.layers[0]
    assert not is_exact(layer._replace(**wrong(layer)))


@needs_kernels
def test_integers_give_the_map_of_floats(backbone):
    assert backbone.integers is not None
    values = set()
    with torch.inference_mode():
        for plane in planes():
            picture = torch.from_numpy(plane).permute(2, 0, 1)[None].float()
            found = backbone(picture)
            assert found.dtype == torch.uint8 and torch.equal(found, backbone.floats(picture))
            values |= set(found.unique().tolist())
    assert len(values) > 250  # of 256: maps use what they can hold


def test_batches_give_what_single_pictures_give(backbone):
    pictures = torch.from_numpy(np.stack(planes()[:3])).permute(0, 3, 1, 2).float()
    with torch.inference_mode():
        one_by_one = torch.cat([backbone(picture[None]) for picture in pictures])
        assert torch.equal(backbone(pictures), one_by_one)
        assert torch.equal(backbone.floats(pictures), one_by_one)


@pytest.mark.parametrize(
    "limits",
    [
        {"ONEDNN_MAX_CPU_ISA": "AVX2", "ATEN_CPU_CAPABILITY": "avx2"},
        {"ONEDNN_MAX_CPU_ISA": "AVX512_CORE", "ATEN_CPU_CAPABILITY": "avx512"},
        {"ONEDNN_MAX_CPU_ISA": "SSE41", "ATEN_CPU_CAPABILITY": "default"},
    ],
    ids=lambda limits: limits["ONEDNN_MAX_CPU_ISA"],
)
def test_every_kind_of_processor_gives_the_same_bytes(limits):
    """Libraries can be told to do without what a processor has; a limit above what it has changes nothing."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.functional.embedding.test_integers"], env=os.environ | limits, check=True,
        capture_output=True, text=True,
    )  # fmt: skip
    assert done.stdout.split() == [digest(), "True"]


def absent(*_):
    raise AttributeError("no such operator")


def one_more(network, planes):
    found = CALL(network, planes)
    found[0, 0, 0, 0] += 1
    return found


def other_shape(network, planes):
    return CALL(network, planes)[:, :, 1:]


CALL = IntegerNetwork.__call__


@needs_kernels
@pytest.mark.parametrize("call", [absent, one_more, other_shape])
def test_kernels_of_another_version_are_found_out_and_the_network_stays_in_floats(call, monkeypatch):
    expected = Embedder(EmbedImages().embedding).embed(planes()[:1])
    monkeypatch.setattr(IntegerNetwork, "__call__", call)
    embedder = Embedder(EmbedImages().embedding)
    assert embedder.model.backbone.integers is None and torch.__version__ in embedder.why_floats
    assert np.array_equal(embedder.embed(planes()[:1]), expected)


def test_other_processors_compute_in_floats(monkeypatch):
    monkeypatch.setattr(torch.backends.cpu, "get_cpu_capability", lambda: "DEFAULT")
    embedder = Embedder(EmbedImages().embedding)
    assert embedder.model.backbone.integers is None and "processor" in embedder.why_floats


def test_this_version_of_torch_has_the_kernels():
    """At both ends of what setup.py promises (`make test-torch`), on processors whose kernels are known."""
    why = use_integers(EmbeddedBackbone(layers_of(embedded().layers)))
    assert why == "" if KNOWN else "processor" in why


if __name__ == "__main__":
    print(digest(), runs_over())
