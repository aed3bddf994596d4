import numpy as np
import pytest
import torch

from lookalike.transforms.embedding.model import Embedder, Model
from lookalike.transforms.embedding.settings import DEFAULT_PLANE, Embedding
from lookalike.transforms.fingerprinting.embed import EmbedImages
from lookalike.transforms.functional.embedding.backbones import local_contrast
from lookalike.transforms.functional.images.planes import embedding_plane
from tests.synthetic import grey


@pytest.fixture(scope="module")
def backbone():
    return Model(Embedding(EmbedImages().embedding.backbone, EmbedImages().embedding.pooling)).backbone.eval()


def plane(picture):
    return torch.from_numpy(embedding_plane(picture, DEFAULT_PLANE).astype(np.float32))[None, None]


@pytest.mark.parametrize(
    "symmetry",
    [lambda x: x.flip(3), lambda x: x.flip(2), lambda x: x.rot90(1, (2, 3)), lambda x: x.transpose(2, 3)],
    ids=["mirrored", "flipped", "turned", "transposed"],
)
def test_the_map_of_a_symmetrical_picture_is_the_symmetrical_map(backbone, symmetry):
    picture = plane(grey(1, 384, 288))
    with torch.inference_mode():
        here, there = backbone(picture), backbone(symmetry(picture))
    torch.testing.assert_close(symmetry(here), there, atol=1e-3 * float(here.max()), rtol=0)


def test_the_negative_has_the_same_map(backbone):
    picture = plane(grey(2))
    with torch.inference_mode():
        here, there = backbone(picture), backbone(255 - picture)
    torch.testing.assert_close(here, there, atol=1e-3 * float(here.max()), rtol=0)


def test_local_contrast_is_the_definition():
    picture = torch.rand(1, 1, 40, 33) * 255
    padded = np.pad(picture[0, 0].double().numpy() / 64, 8, mode="reflect")
    windows = np.lib.stride_tricks.sliding_window_view(padded, (17, 17))
    centred = padded[8:-8, 8:-8] - windows.mean((2, 3))
    squares = np.lib.stride_tricks.sliding_window_view(np.pad(centred**2, 8, mode="reflect"), (17, 17)).mean((2, 3))
    np.testing.assert_allclose(local_contrast(picture)[0, 0], centred / np.sqrt(squares + 0.01), atol=1e-4)


def test_copies_are_nearer_than_strangers():
    pictures = [*(grey(seed) for seed in range(6)), grey(0)[::2, ::2]]
    embedder = Embedder(EmbedImages().embedding)
    vectors = embedder.embed([embedding_plane(p, DEFAULT_PLANE) for p in pictures]).astype(np.float32)
    assert vectors[0] @ vectors[6] > 0.85
    assert max(vectors[0] @ vectors[seed] for seed in range(1, 6)) < 0.6


def test_small_planes_are_refused(backbone):
    with pytest.raises(ValueError, match="32 px"):
        backbone(torch.zeros(1, 1, 31, 64))
