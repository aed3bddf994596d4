import numpy as np
import pytest
import torch

from tests.synthetic import grey
from transforms.functional.backbones import EmbeddedBackbone
from transforms.functional.planes import embedding_plane
from transforms.model import embed, load_model
from transforms.weights import embedded


@pytest.fixture(scope="module")
def backbone():
    return EmbeddedBackbone(torch.from_numpy(embedded().centroids))


def plane(picture):
    return torch.from_numpy(embedding_plane(picture).astype(np.float32))[None, None]


def test_the_map_of_a_mirrored_picture_is_the_mirrored_map(backbone):
    picture = grey(1, 384, 384)
    here, there = backbone(plane(picture)), backbone(plane(np.ascontiguousarray(picture[:, ::-1])))
    np.testing.assert_allclose(here.flip(3).numpy(), there.numpy(), atol=2e-3)


def test_copies_are_nearer_than_strangers():
    model = load_model(3)
    vectors = {seed: embed(model, embedding_plane(grey(seed))).astype(np.float32) for seed in range(6)}
    smaller = embed(model, embedding_plane(grey(0)[::2, ::2])).astype(np.float32)
    assert vectors[0] @ smaller > 0.85
    assert max(vectors[0] @ vectors[seed] for seed in range(1, 6)) < 0.6


def test_embeddings_are_of_unit_length_and_half_precision():
    vector = embed(load_model(3), embedding_plane(grey(7)))
    assert vector.dtype == np.float16 and vector.shape == (256,)
    assert np.linalg.norm(vector.astype(np.float64)) == pytest.approx(1, abs=1e-2)


def test_small_planes_are_refused(backbone):
    with pytest.raises(ValueError, match="32 px"):
        backbone(torch.zeros(1, 1, 31, 64))
