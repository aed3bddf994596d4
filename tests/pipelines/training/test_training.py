"""How the embedded weights are made: the pictures, the edits, the steps, and what is saved."""

import numpy as np
import pytest
import torch

from lookalike.pipelines.training.embedding.filters import FILTERS, Draw, Mix
from lookalike.pipelines.training.embedding.scenes import draw_scene
from lookalike.pipelines.training.embedding.train import (
    LEVELS,
    STAGES,
    Stage,
    Student,
    _strongest,
    loss_of,
    save,
    train,
)
from lookalike.pipelines.training.embedding.views import SHAPES, view_pairs
from lookalike.transforms.embedding.settings import DEFAULT_PLANE
from lookalike.transforms.functional.embedding.backbones import (
    TOP_PARTS,
    EmbeddedBackbone,
    answers,
    local_contrast,
    of_all_symmetries,
)
from lookalike.transforms.functional.embedding.descriptors import region_vectors
from lookalike.transforms.functional.embedding.pooling import Pooling
from lookalike.transforms.functional.images.planes import embedding_plane
from lookalike.transforms.weights import embedded

STRONG = Mix(1.0, 0.4, 0.3, 0.3)


@pytest.fixture(scope="module")
def pool_of_scenes():
    return np.stack([draw_scene(seed, 208) for seed in range(150)])


def test_scenes_are_drawn_from_their_seed_alone():
    np.testing.assert_array_equal(draw_scene(5, 96), draw_scene(5, 96))
    assert not np.array_equal(draw_scene(5, 96), draw_scene(6, 96))


def test_scenes_show_pieces_of_other_pictures():
    assert any(not np.array_equal(draw_scene(seed, 96, [np.eye(64, dtype=np.uint8) * 255]), draw_scene(seed, 96))
               for seed in range(10))  # fmt: skip


def test_pairs_are_drawn_from_their_seed_alone(pool_of_scenes):
    once, again = (view_pairs(pool_of_scenes, (1, 2), 40, STRONG) for _ in range(2))
    for a, b in zip(once, again, strict=True):
        np.testing.assert_array_equal(a, b)
        assert a.shape[1:] in SHAPES and a.dtype == np.uint8


@pytest.mark.parametrize("edit", [f for f, _ in FILTERS], ids=lambda f: f.__name__.strip("_"))
def test_every_filter_changes_a_view_and_leaves_its_input(pool_of_scenes, edit):
    view = pool_of_scenes[3][:112, :144]
    before = view.copy()
    out = [edit(view, Draw(np.random.default_rng(seed), STRONG, lambda: pool_of_scenes[9])) for seed in range(4)]
    assert all(o.shape == view.shape and o.dtype == np.uint8 for o in out)
    assert any(not np.array_equal(o, before) for o in out)
    np.testing.assert_array_equal(view, before)


def test_the_loss_is_least_where_copies_are_alike_and_strangers_apart():
    apart = torch.eye(8)
    alike, mixed = loss_of(torch.cat([apart, apart])), loss_of(torch.cat([apart, apart.roll(1, 0)]))
    crowded = loss_of(torch.nn.functional.normalize(torch.cat([apart, apart]) + 3, dim=1))
    assert alike < mixed and alike < crowded


def test_edits_get_stronger_and_the_rate_falls():
    for stage in STAGES:
        mixes = [stage.mix_at(step) for step in range(0, stage.steps, 100)]
        assert [m.strength for m in mixes] == sorted(m.strength for m in mixes) and mixes[-1].strength == 1
        assert all(0 < m.cropped + m.placed <= 1 for m in mixes)
        rates = [stage.rate_at(step) for step in range(stage.warmup, stage.steps)]
        assert rates == sorted(rates, reverse=True) and stage.rate_at(0) < rates[0] <= stage.rate


def test_what_is_saved_is_the_students_network_and_a_whitening(tmp_path, pool_of_scenes):
    torch.manual_seed(0)
    student = Student()
    before = student.layers["stem2"].weights.detach().clone()
    losses = [loss for _, loss in train(student, pool_of_scenes, Stage(0, 2, 1e-3, 1, 2), "cpu")]
    assert np.isfinite(losses).all() and not torch.equal(before, student.layers["stem2"].weights)

    save(student, pool_of_scenes, tmp_path / "weights.npz")
    arrays = np.load(tmp_path / "weights.npz")
    shipped = embedded()
    assert arrays["projection"].shape == shipped.projection.shape and arrays["mean"].shape == shipped.mean.shape
    layers = {}
    for name, (weights, bias) in shipped.layers.items():
        layers[name] = torch.from_numpy(arrays[f"{name}_weights"]), torch.from_numpy(arrays[f"{name}_bias"])
        assert layers[name][0].shape == weights.shape and layers[name][1].shape == bias.shape
    backbone = EmbeddedBackbone(layers)
    seen = np.stack([embedding_plane(picture, DEFAULT_PLANE) for picture in pool_of_scenes])
    planes = torch.from_numpy(seen.astype(np.float32))[:, None]
    with torch.inference_mode():
        maps = backbone(planes)
        layers = of_all_symmetries(student.standard())
        torch.testing.assert_close(maps, _strongest(answers(local_contrast(planes), layers), layers[TOP_PARTS[0]].bias))
        regions = region_vectors(maps, Pooling(levels=LEVELS)).flatten(0, 1).numpy()
    whitened = (regions - arrays["mean"]) @ arrays["projection"]
    assert np.abs(whitened.mean(0)).max() < 0.01
    np.testing.assert_allclose(np.cov(whitened[:, :5].T), np.eye(5), atol=0.05)
