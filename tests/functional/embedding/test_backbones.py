import numpy as np
import pytest
import torch

from lookalike.transforms.embedding.embedder import embedder_of
from lookalike.transforms.embedding.model import Model
from lookalike.transforms.embedding.settings import DEFAULT_PLANE
from lookalike.transforms.fingerprinting.embed import EmbedImages
from lookalike.transforms.functional.drawing.procedural import draw_picture
from lookalike.transforms.functional.images.planes import embedding_plane


def test_copies_are_nearer_than_strangers():
    first = draw_picture(0)
    copies = [first[::2, ::2], first[:, ::-1], np.rot90(first), 255 - first, first[60:300, 80:400]]
    pictures = [first, *copies, *(draw_picture(seed) for seed in range(1, 6))]
    embedder = embedder_of(EmbedImages().embedding)
    vectors = embedder.embed([embedding_plane(np.ascontiguousarray(p), DEFAULT_PLANE) for p in pictures])
    cosines = vectors[0].astype(np.float32) @ vectors.astype(np.float32).T
    assert cosines[1:6].min() > cosines[6:].max() + 0.1


def test_small_planes_are_refused():
    with pytest.raises(ValueError, match="32 px"):
        Model(EmbedImages().embedding).backbone(torch.zeros(1, 3, 31, 64))
