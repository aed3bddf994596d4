"""How the embedded weights are made: the pictures, the edits, the loss, and what is saved."""

import numpy as np
import pytest
import torch
from PIL import Image

from lookalike.pipelines.training.embedding.artefact import TINY, TRAINED, save, tensor_of, without_common_direction
from lookalike.pipelines.training.embedding.copies import LEFT, chain
from lookalike.pipelines.training.embedding.moved import moved
from lookalike.pipelines.training.embedding.originals import Originals
from lookalike.pipelines.training.embedding.prepare import pack, read
from lookalike.pipelines.training.embedding.ring import make_pair
from lookalike.pipelines.training.embedding.rounding import _compensated, learned, whole_layers
from lookalike.pipelines.training.embedding.scenes import draw_scene
from lookalike.pipelines.training.embedding.train import loss_of
from lookalike.pipelines.training.embedding.trunk import SIX, Trunk
from lookalike.pipelines.training.kinds.appearance.tiny import squared
from lookalike.pipelines.training.kinds.edits import EDITS, LEAST
from lookalike.transforms.embedding.embedder import embedder_of
from lookalike.transforms.embedding.model import layers_of
from lookalike.transforms.embedding.settings import DEFAULT_PLANE
from lookalike.transforms.fingerprinting.embed import EmbedImages
from lookalike.transforms.functional.drawing.procedural import draw_picture
from lookalike.transforms.functional.embedding.backbones import EmbeddedBackbone, is_exact
from lookalike.transforms.functional.images.planes import embedding_plane
from lookalike.transforms.weights import embedded
from tests.pipelines.training.small_trunk import small_trunk


@pytest.fixture(scope="module")
def photographs(tmp_path_factory):
    folder = tmp_path_factory.mktemp("photographs")
    for seed in range(14):
        Image.fromarray(draw_picture(seed, 260, 220)).save(folder / f"{seed:02d}.jpg")
    counts = pack([folder], folder / "packed.npz")
    assert counts == {"learn": 9, "beside": 3, "hold": 2}
    return read(folder / "packed.npz")


def test_scenes_are_drawn_from_their_seed_alone():
    np.testing.assert_array_equal(draw_scene(5, 96), draw_scene(5, 96))
    assert not np.array_equal(draw_scene(5, 96), draw_scene(6, 96))


def test_pairs_are_drawn_from_their_seed_alone(photographs):
    def some():
        originals = Originals(photographs["learn"], photographs["beside"], 1, 0.8)
        rng = np.random.default_rng(2)
        return [make_pair(originals, rng) for _ in range(8)]

    for (a, b, name), (c, d, other) in zip(some(), some(), strict=True):
        np.testing.assert_array_equal(a, c)
        np.testing.assert_array_equal(b, d)
        assert name == other and a.dtype == np.uint8


def test_a_chain_leaves_enough_of_a_picture():
    rng = np.random.default_rng(0)
    for _ in range(200):
        names = chain(rng, 3)
        relations = [EDITS[name][0] for name in names]
        assert relations.count("part") <= 1 and relations.count("whole") <= 1
        assert len(names) == 1 or np.prod([LEAST.get(name, 1.0) for name in names]) >= LEFT


def test_moved_copies_have_their_size_and_name_what_lies_beside():
    torch.manual_seed(0)
    copies, aspects, under = moved(torch.rand(24, 3, 64, 64) * 255, torch.full((24,), 1.3))
    assert copies.shape == (24, 3, 64, 64) and copies.min() >= 0 and copies.max() <= 255
    assert aspects.min() > 0.3 and aspects.max() < 3.4 and (under >= 0).any() and (under < 0).any()


def test_the_loss_is_least_where_copies_are_alike_and_strangers_apart():
    apart, names, under = torch.eye(8), torch.arange(8), torch.full((8,), -1)
    alike = loss_of(torch.cat([apart, apart, apart]), names, under)
    mixed = loss_of(torch.cat([apart, apart.roll(1, 0), apart]), names, under)
    crowded = loss_of(torch.nn.functional.normalize(torch.cat([apart] * 3) + 3, dim=1), names, under)
    assert alike[0] < mixed[0] and alike[1] < crowded[1]


def test_what_is_no_stranger_is_no_negative():
    apart = torch.eye(8)
    twice = torch.cat([apart[:4], apart[:4]])
    names, under = torch.arange(4).repeat(2), torch.full((8,), -1)
    told = loss_of(torch.cat([twice] * 3), names, under)[0]
    assert told < loss_of(torch.cat([twice] * 3), torch.arange(8), under)[0] - 0.1


@pytest.fixture(scope="module")
def trained(photographs):
    """A trunk, pictures, and its map of the last of them in whole numbers."""
    trunk: Trunk = small_trunk()
    trunk.prepare(torch.float32)
    pictures = [tensor_of(embedding_plane(picture, TRAINED)) for picture in photographs["learn"]]
    with torch.inference_mode():
        trunk(pictures[0], fit=True)
        expected = trunk(pictures[-1]) / SIX
    return trunk, pictures, expected


def test_what_is_rounded_towards_is_what_was_trained(trained):
    trunk, pictures, expected = trained
    with torch.inference_mode():
        last = learned(trunk.stored(), pictures[-1])[-1]
    torch.testing.assert_close((last / SIX).round().clamp(0, 255), expected.round(), atol=1.001, rtol=0)


def test_what_is_saved_is_the_trunk_that_was_trained(tmp_path, photographs, monkeypatch, trained):
    """Rounded on all pictures but the last."""
    trunk, pictures, expected = trained
    monkeypatch.setattr("lookalike.pipelines.training.embedding.artefact.DIMS", 4)
    with torch.inference_mode():
        layers = whole_layers(trunk.stored(), pictures[:-1])
    save(layers, photographs["learn"], tmp_path / "weights.npz")
    monkeypatch.setattr("lookalike.transforms.weights._read", lambda _: dict(np.load(tmp_path / "weights.npz")))
    saved = embedded.__wrapped__()
    stored = layers_of(saved.layers)
    with torch.inference_mode():
        found = EmbeddedBackbone(stored)(pictures[-1])
    assert found.shape == expected.shape
    # random weights multiply what is lost by rounding in each layer, and send half of the map beyond its ends
    assert np.corrcoef(found.flatten(), expected.flatten())[0, 1] > 0.94
    assert all(map(is_exact, stored))
    assert saved.gem.projection.shape == saved.rmac.projection.shape == (24, 4)


def test_what_tiny_pictures_have_in_common_is_taken_out():
    rng = np.random.default_rng(1)
    common = np.array([3.0, 0, 0, 0])
    regions, far = rng.normal(0, 1, (2, 400, 2, 4)) + common
    mean, projection = np.array([0.1, 0.2, 0, 0]), rng.normal(0, 1, (4, 3))

    def unit(vectors):
        return vectors / np.linalg.norm(vectors, axis=-1, keepdims=True)

    def cosines(by):
        found = unit(sum(unit(unit((scale - mean) @ by).sum(1)) for scale in (regions, far)))
        return found, (found @ found.T)[np.triu_indices(400, 1)].mean()

    without = without_common_direction([regions, far], mean, projection)
    assert cosines(projection)[1] > 0.5 > 0.1 > abs(cosines(without)[1])
    assert np.linalg.matrix_rank(without) == 2
    # what is not common is left as it was
    other = np.linalg.svd(projection - without)[2][1:]
    np.testing.assert_allclose(projection @ other.T, without @ other.T, atol=1e-9)


def test_tiny_pictures_that_ship_have_little_in_common():
    """Drawn ones resemble one another; they did by .395 when this direction was left in, and do by .300."""
    planes = [
        embedding_plane(np.asarray(squared(Image.fromarray(draw_picture(seed, 260, 220)), TINY)), DEFAULT_PLANE)
        for seed in range(40)
    ]
    vectors = embedder_of(EmbedImages().embedding).embed(planes).astype(np.float32)
    assert (vectors @ vectors.T)[np.triu_indices(40, 1)].mean() < 0.31


def test_weights_that_are_left_make_up_for_those_that_are_rounded():
    draw = torch.Generator().manual_seed(0)
    inputs = torch.randn((1, 24, 400), generator=draw).double() + 2 * torch.randn((1, 1, 400), generator=draw).double()
    covariance = inputs @ inputs.transpose(1, 2) / 400
    kernels, scales = torch.randn((1, 16, 24), generator=draw).double(), torch.full((1, 16, 1), 0.1).double()

    def error(weights):
        return float(((weights * scales - kernels) @ inputs).square().mean())

    assert error(_compensated(kernels, scales, covariance)) < 0.4 * error((kernels / scales).round())
