import numpy as np
import pytest
import torch

from tests.synthetic import grey
from transforms.embed import EmbedImages
from transforms.embedding import DEFAULT_PLANE
from transforms.functional.backbones import EmbeddedBackbone
from transforms.functional.planes import embedding_plane
from transforms.model import Embedder
from transforms.weights import embedded


@pytest.fixture(scope="module")
def backbone():
    return EmbeddedBackbone(torch.from_numpy(embedded().centroids))


def plane(picture):
    return torch.from_numpy(embedding_plane(picture, DEFAULT_PLANE).astype(np.float32))[None, None]


def test_the_map_of_a_mirrored_picture_is_the_mirrored_map(backbone):
    picture = grey(1, 384, 384)
    here, there = backbone(plane(picture)), backbone(plane(np.ascontiguousarray(picture[:, ::-1])))
    np.testing.assert_allclose(here.flip(3).numpy(), there.numpy(), atol=2e-3)


def test_copies_are_nearer_than_strangers():
    pictures = [*(grey(seed) for seed in range(6)), grey(0)[::2, ::2]]
    embedder = Embedder(EmbedImages().embedding)
    vectors = embedder.embed([embedding_plane(p, DEFAULT_PLANE) for p in pictures]).astype(np.float32)
    assert vectors[0] @ vectors[6] > 0.85
    assert max(vectors[0] @ vectors[seed] for seed in range(1, 6)) < 0.6


def test_small_planes_are_refused(backbone):
    with pytest.raises(ValueError, match="32 px"):
        backbone(torch.zeros(1, 1, 31, 64))
