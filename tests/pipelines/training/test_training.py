"""How the embedded weights are made: the pictures, the edits, the loss, and what is saved."""

import numpy as np
import pytest
import torch
from PIL import Image

from lookalike.pipelines.training.embedding.artefact import layers_of, save
from lookalike.pipelines.training.embedding.copies import LEFT, chain
from lookalike.pipelines.training.embedding.moved import moved
from lookalike.pipelines.training.embedding.originals import Originals
from lookalike.pipelines.training.embedding.prepare import pack, read
from lookalike.pipelines.training.embedding.ring import make_pair
from lookalike.pipelines.training.embedding.scenes import draw_scene
from lookalike.pipelines.training.embedding.train import loss_of
from lookalike.pipelines.training.embedding.trunk import Trunk
from lookalike.pipelines.training.kinds.edits import EDITS, LEAST
from lookalike.transforms.functional.drawing.procedural import draw_picture
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


def test_what_is_saved_is_the_trunk_that_was_trained(tmp_path, photographs, monkeypatch):
    trunk: Trunk = small_trunk()
    trunk.prepare(torch.float32)
    pictures = torch.randint(0, 256, (1, 3, 64, 64)).float()
    with torch.inference_mode():
        expected = trunk(pictures, fit=True)
    monkeypatch.setattr("lookalike.pipelines.training.embedding.artefact.DIMS", 4)
    save(layers_of(trunk.stored()), photographs["learn"], tmp_path / "weights.npz")
    monkeypatch.setattr("lookalike.transforms.weights._read", lambda _: dict(np.load(tmp_path / "weights.npz")))
    from lookalike.transforms.embedding.model import layers_of as stored_layers
    from lookalike.transforms.functional.embedding.backbones import EmbeddedBackbone

    saved = embedded.__wrapped__()
    with torch.inference_mode():
        found = EmbeddedBackbone(stored_layers(saved.layers))(pictures)
    steps = ((found - expected) / saved.layers[-1].step).abs()
    assert found.shape == expected.shape and float(steps.mean()) < 0.05 and float(expected.max()) > 0.5
    assert saved.gem.projection.shape == saved.rmac.projection.shape == (24, 4)
