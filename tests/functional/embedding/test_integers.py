"""The embedded network gives the same numbers in integers and in floats, on every kind of processor."""

import subprocess
import sys

import numpy as np
import pytest
import torch

from lookalike.transforms.core.settings.embed import EmbedSettings
from lookalike.transforms.embedding.embedder import IntegerEmbedder, embedder_of, may_have_gpu
from lookalike.transforms.embedding.model import TorchEmbedder, layers_of
from lookalike.transforms.embedding.settings import DEFAULT_PLANE, embedding_of
from lookalike.transforms.functional.drawing.procedural import draw_picture
from lookalike.transforms.functional.embedding import integers
from lookalike.transforms.functional.embedding.backbones import EmbeddedBackbone, is_exact
from lookalike.transforms.functional.embedding.integers import IntegerNetwork
from lookalike.transforms.functional.images.planes import embedding_plane
from lookalike.transforms.functional.native.kernels import compiled
from lookalike.transforms.weights import embedded

LANES = [lanes for lanes in (8, 16) if compiled is not None and lanes <= compiled.lanes()]


def planes():
    """Drawn pictures, and what networks are not made for: noise, extremes, one colour, stripes, long strips."""
    rng = np.random.default_rng(0)
    drawn = [embedding_plane(draw_picture(seed, 320, 240), DEFAULT_PLANE) for seed in range(3)]
    odd = [rng.integers(0, 256, (144, 256, 3)), rng.integers(0, 2, (32, 1152, 3)) * 255]
    odd += [np.full((192, 192, 3), level) for level in (0, 127, 255)]
    odd += [np.indices((240, 160)).sum(0)[..., None].repeat(3, 2) % 2 * 255]
    return drawn + [plane.astype(np.uint8) for plane in odd]


@pytest.fixture
def backbone():
    return EmbeddedBackbone(layers_of(embedded().layers))


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


def floats(backbone, plane):
    with torch.inference_mode():
        return backbone(torch.from_numpy(plane).permute(2, 0, 1)[None].float())[0].permute(1, 2, 0).numpy()


@pytest.mark.parametrize("lanes", LANES)
def test_integers_give_the_map_of_floats(backbone, lanes):
    """With vectors of either width, by which processors differ."""
    network, values = IntegerNetwork(embedded().layers, lanes), set()
    for plane in planes():
        found = network(plane)
        assert found.dtype == np.uint8 and np.array_equal(found, floats(backbone, plane))
        values |= set(np.unique(found).tolist())
    assert len(values) > 250  # of 256: maps use what they can hold


def layer(rng, inputs, outputs, side, stride, zero, block, share=0.0):
    """As they may be, but of chance weights: channels of which groups have some left over, sums at their ends."""
    shape = (outputs, inputs, side, side)
    scales = (rng.integers(1, 50, outputs) / 2**15).astype(np.float32)
    bias = (rng.integers(-9999, 9999, outputs) / 2**8).astype(np.float32)
    weights = rng.integers(-64, 65, shape).astype(np.int8)
    weights[::7] = 64
    return integers.EmbeddedLayer(weights, scales, bias, stride, zero, block, share)


@pytest.mark.parametrize("lanes", LANES)
@pytest.mark.parametrize("channels", [32, 48, 80, 96, 112, 144])
@pytest.mark.parametrize("side", [3, 5])
def test_layers_of_any_size_give_the_same(lanes, channels, side):
    rng = np.random.default_rng(channels + side)
    few = channels // 2 - 8
    layers = [
        layer(rng, 3, channels, side, 2, 0, 0),
        layer(rng, 1, channels, side, 1, 0, 1),
        layer(rng, channels, few, 1, 1, 128, 1),
        layer(rng, few, channels, 1, 1, 128, 2),
        layer(rng, 1, channels, side, 2, 0, 2),
        layer(rng, channels, few, 1, 1, 128, 2),
        layer(rng, few, few, 1, 1, 128, 3, 0.75),
    ]
    backbone = EmbeddedBackbone(layers_of(layers))
    assert all(map(is_exact, backbone.layers))
    for height, width in ((33, 70), (32, 32), (47, 38), (90, 64)):
        plane = rng.integers(0, 256, (height, width, 3), np.uint8)
        found = IntegerNetwork(layers, lanes)(plane)
        assert np.array_equal(found, floats(backbone, plane)) and len(np.unique(found)) > few


@pytest.mark.parametrize("settings", [{}, {"pooling": "rmac"}, {"pooling": "avg"}, {"scales": (1.0, 0.7)}])
def test_embeddings_are_the_same_by_integers_and_by_torch(settings):
    embedding = embedding_of(EmbedSettings(**settings))
    given = planes()[:4] + [planes()[4]] * 2
    ours, theirs = embedder_of(embedding), TorchEmbedder(embedding)
    assert isinstance(ours, IntegerEmbedder)
    found = ours.embed(given)
    assert found.tobytes() == theirs.embed(given).tobytes()
    assert ours.vectors(given[:1]).tobytes() == theirs.vectors(given[:1]).tobytes()
    one_by_one = np.concatenate([ours.embed([plane]) for plane in given])
    assert found.tobytes() == one_by_one.tobytes()


def test_torch_is_not_loaded_for_it():
    """It takes two seconds and 600 MB."""
    program = (
        "import sys, numpy as np; from lookalike.transforms.fingerprinting.embed import EmbedImages, Forward;"
        "stage = Forward(EmbedImages()); stage.setup();"
        "stage.embedder.embed([np.zeros((192, 192, 3), np.uint8)]); print('torch' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", program], check=True, capture_output=True, text=True)
    assert done.stdout.split() == [str(may_have_gpu())]


def test_where_the_kernels_do_not_run_it_is_floats_that_are_computed(monkeypatch):
    embedding = embedding_of(EmbedSettings())
    expected = embedder_of(embedding).embed(planes()[:1])
    for without, why in ((None, "nothing was compiled"), (WithoutVectors, "no AVX2")):
        with monkeypatch.context() as patch:
            patch.setattr(integers, "compiled", without)
            embedder = embedder_of(embedding)
            with pytest.raises(RuntimeError, match=why):
                IntegerNetwork(embedded().layers)
        assert isinstance(embedder, TorchEmbedder) and why in embedder.why_floats
        assert np.array_equal(embedder.embed(planes()[:1]), expected)


class WithoutVectors:
    """The kernels on a processor that is old."""

    @staticmethod
    def lanes():
        return 0


def test_torch_is_asked_where_there_may_be_a_gpu(monkeypatch):
    embedding = embedding_of(EmbedSettings())
    monkeypatch.setattr("lookalike.transforms.embedding.embedder.may_have_gpu", lambda: True)
    found = embedder_of(embedding, "auto")
    assert isinstance(found, TorchEmbedder) and found.device.type == ("cuda" if torch.cuda.is_available() else "cpu")
    assert isinstance(embedder_of(embedding, "cpu"), IntegerEmbedder)


def test_what_does_not_fit_is_refused():
    network = IntegerNetwork(embedded().layers)
    with pytest.raises(ValueError, match="32 px"):
        network(np.zeros((31, 64, 3), np.uint8))
    network.told[0, 0] = 4
    with pytest.raises(ValueError, match="arranged for this processor"):
        network(np.zeros((32, 64, 3), np.uint8))
    network.told[0, :4] = 3, 32, 3, 0
    with pytest.raises(ValueError, match="arranged for this processor"):
        network(np.zeros((32, 64, 3), np.uint8))
    odd = layer(np.random.default_rng(0), 3, 12, 3, 2, 0, 0)
    with pytest.raises(ValueError, match="arranged for this processor"):
        IntegerNetwork([odd])(np.zeros((32, 64, 3), np.uint8))
