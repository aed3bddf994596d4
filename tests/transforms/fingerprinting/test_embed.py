"""The embedding stage: settings, batches, devices, and whitening, on small networks."""

from pathlib import Path

import numpy as np
import pytest
import torch

from lookalike.pipelines.configuration.config import ConfigError, load
from lookalike.pipelines.configuration.stages import Corpus, Stages, fingerprint_digest
from lookalike.transforms.core.settings.embed import EmbedSettings
from lookalike.transforms.embedding.batches import batches
from lookalike.transforms.embedding.embedder import embedder_of
from lookalike.transforms.embedding.model import TorchEmbedder, found_device
from lookalike.transforms.embedding.settings import EMBEDDED_SCALES, resolve
from lookalike.transforms.embedding.whitening import WhiteningError, read_whitening, to_bytes
from lookalike.transforms.fingerprinting.embed import EmbedImages
from lookalike.transforms.functional.images.pixels.triangles import smoothed
from lookalike.transforms.functional.images.planes import EmbeddingPlane, embedding_plane
from tests.synthetic import grey

SMALL = {"backbone": "squeezenet1_1", "side": 96}


def planes_of(embedding, count=5):
    sizes = ((300, 200), (200, 300), (240, 240))
    rgb = [np.repeat(grey(n, *sizes[n % 3])[..., None], 3, 2) for n in range(count)]
    return [embedding_plane(p if embedding.plane.colour else p[..., 0], embedding.plane) for p in rgb]


@pytest.mark.parametrize(
    "settings",
    [
        {},
        SMALL,
        SMALL | {"pooling": "gem", "scales": (1.0, 0.7071, 1.4142)},
        SMALL | {"include_top": True, "classes": 10},
        SMALL | {"input_shape": (96, 64), "side": 0, "layer": "features.7", "region_weights": (1.0, 2.0, 0.5)},
    ],
)
def test_embeddings_are_of_unit_length_and_half_precision(settings):
    embedding = EmbedImages(EmbedSettings(**settings)).embedding
    vectors = embedder_of(embedding).embed(planes_of(embedding))
    assert vectors.dtype == np.float16 and vectors.shape == (5, resolve(embedding).dims)
    np.testing.assert_allclose(np.linalg.norm(vectors.astype(np.float64), axis=1), 1, atol=1e-2)


def test_pictures_come_in_the_shape_that_is_asked_for():
    kept = EmbeddingPlane(96, 32, True)
    assert kept.size(300, 200) == (128, 64) and kept.size(4000, 100) == (608, 32)
    assert EmbeddingPlane(96, 32, True, (64, 160)).size(300, 200) == (160, 64)


def test_several_scales_are_the_normalised_sum_of_each():
    one = [EmbedImages(EmbedSettings(**SMALL, scales=(s,))).embedding for s in (1.0, 0.6667)]
    both = EmbedImages(EmbedSettings(**SMALL, scales=(1.0, 0.6667))).embedding
    (plane,) = planes_of(both, 1)
    large = torch.from_numpy(plane).permute(2, 0, 1)[None].float()
    small = torch.nn.functional.interpolate(large, both.sizes(*large.shape[2:])[1], mode="bilinear", antialias=True)
    with torch.inference_mode():
        total = TorchEmbedder(one[0]).model([large]) + TorchEmbedder(one[1]).model([small.round()])
    expected = total / np.linalg.norm(total)
    np.testing.assert_allclose(TorchEmbedder(both).embed([plane]).astype(np.float32), expected, atol=1e-3)


def test_the_embedded_backbone_looks_from_near_and_from_far():
    usual = EmbedImages(EmbedSettings()).embedding
    assert usual.scales == EMBEDDED_SCALES == EmbedImages(EmbedSettings(scales=EMBEDDED_SCALES)).embedding.scales
    assert EmbedImages(EmbedSettings(**SMALL)).embedding.scales == (1.0,)
    plane = planes_of(usual, 1)[0]
    shapes = [scaled.shape for scaled in usual.at_scales(plane)]
    assert shapes[0] == plane.shape and shapes[1] == (*usual.sizes(*plane.shape[:2])[1], 3) != plane.shape
    near = EmbedImages(EmbedSettings(scales=(1.0,))).embedding
    both, one = (embedder_of(embedding).embed([plane])[0].astype(np.float32) for embedding in (usual, near))
    assert 0.5 < both @ one < 0.999


def test_planes_are_made_smaller_by_triangles():
    plane = np.zeros((8, 32), np.uint8)
    plane[:, 16:18] = 200
    assert smoothed(plane, (4, 16)).tolist() == [[0] * 7 + [25, 150, 25] + [0] * 6] * 4


def test_batches_hold_one_shape_and_every_place_once():
    shapes = [(4, 4), (4, 8), (4, 4), (4, 4), (4, 8)]
    assert list(batches(shapes, 2)) == [[0, 2], [3], [1, 4]]
    assert list(batches([(4, 4)] * 7, 8, halved=True)) == [[0, 1, 2, 3], [4, 5], [6]]
    assert list(batches([(4, 4)] * 11, 4, halved=True)) == [[0, 1, 2, 3], [4, 5, 6, 7], [8, 9], [10]]
    assert list(batches([(4, 4)] * 5, 3, halved=True)) == [[0, 1, 2], [3], [4]]


class Batched(TorchEmbedder):
    """As on a GPU, on this machine: batches, and memory for only so many pictures."""

    def __init__(self, embedding, batch, memory=1000):
        super().__init__(embedding)
        self.batch, self.sizes, model = batch, [], self.model

        def limited(pictures):
            if len(pictures[0]) > memory:
                raise torch.OutOfMemoryError("pretended")
            self.sizes.append(len(pictures[0]))
            return model(pictures)

        self.model = limited


def test_a_batch_gives_what_each_picture_gives_alone():
    embedding = EmbedImages(EmbedSettings(**SMALL)).embedding
    planes = planes_of(embedding, 8)
    alone = TorchEmbedder(embedding).embed(planes).astype(np.float32)
    batched = Batched(embedding, 4)
    np.testing.assert_allclose(batched.embed(planes).astype(np.float32), alone, atol=2e-3)
    assert set(batched.sizes) == {4}, "every batch is filled up to one size"
    shuffled = np.random.default_rng(0).permutation(8)
    again = Batched(embedding, 4).embed([planes[i] for i in shuffled])
    assert np.array_equal(again, Batched(embedding, 4).embed(planes)[shuffled])


def test_batches_get_smaller_where_memory_runs_out():
    embedding = EmbedImages(EmbedSettings(**SMALL)).embedding
    planes = planes_of(embedding, 9)
    tight = Batched(embedding, 8, memory=2)
    vectors = tight.embed(planes).astype(np.float32)
    assert tight.batch == 2 and set(tight.sizes) == {2}
    np.testing.assert_allclose(vectors, TorchEmbedder(embedding).embed(planes).astype(np.float32), atol=2e-3)
    with pytest.raises(torch.OutOfMemoryError):
        Batched(embedding, 4, memory=0).embed(planes)


def test_sixteen_bits_are_nearly_the_same_or_refused():
    embedding = EmbedImages(EmbedSettings(**SMALL)).embedding
    planes = planes_of(embedding)
    full = TorchEmbedder(embedding).embed(planes).astype(np.float32)
    flags = Path("/proc/cpuinfo").read_text()
    if "avx512_bf16" in flags or "amx_bf16" in flags:
        half = TorchEmbedder(embedding, half=True, batch=4).embed(planes).astype(np.float32)
        assert (full * half).sum(1).min() > 0.999
    else:
        with pytest.raises(RuntimeError, match="this worker has none"):
            TorchEmbedder(embedding, half=True)


def test_a_device_that_is_not_there_is_named():
    if torch.cuda.is_available():
        assert found_device("auto") == "cuda"
    else:
        assert found_device("auto") in ("cpu", "mps")
        with pytest.raises(RuntimeError, match=r"embed\.device is cuda, and this worker has none"):
            found_device("cuda")


def test_accelerators_are_asked_for():
    import apache_beam as beam

    pipeline = beam.Pipeline()
    chunks = pipeline | beam.Create([])
    _ = chunks | EmbedImages(EmbedSettings(accelerator="type:nvidia-tesla-t4;count:1;install-nvidia-driver"))
    assert b"nvidia-tesla-t4" in pipeline.to_runner_api().SerializeToString()


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"device": "tpu"}, "'auto', 'cpu', 'cuda' or 'mps'"),
        ({"precision": "int8"}, "'full' or 'half'"),
        ({"precision": "half"}, "is for torchvision's networks"),
        ({"batch": 0}, "greater than or equal to 1"),
        ({"pooling": "none"}, "'rmac', 'max', 'avg' or 'gem'"),
        ({"scales": (1.0,) * 17}, "at most 16 items"),
        ({"scales": (0.1,)}, "pictures of 32 to 4096 px"),
        ({"backbone": "resnet18", "include_top": True, "whitening": "w.npz"}, "gives logits"),
    ],
)
def test_wrong_settings_are_refused(settings, message):
    with pytest.raises(ValueError, match=message):
        EmbedImages(EmbedSettings(**settings))


def whitening_for(embedding, path, dims=16):
    rng = np.random.default_rng(0)
    channels = resolve(embedding).channels
    projection = rng.standard_normal((channels, dims))
    path.write_bytes(to_bytes(np.zeros(channels), projection, {"with": resolve(embedding).made_with}))
    return str(path)


def test_a_whitening_changes_the_embedding_and_its_size(tmp_path):
    plain = EmbedImages(EmbedSettings(**SMALL)).embedding
    file = whitening_for(plain, tmp_path / "w.npz")
    whitened = EmbedImages(EmbedSettings(**SMALL, whitening=file)).embedding
    assert TorchEmbedder(whitened).embed(planes_of(whitened)).shape == (5, 16)
    config = load(None, ["embed.backbone=squeezenet1_1", "embed.side=96", f"embed.whitening={file}"])
    assert Stages(config, Corpus("/nowhere")).dims == 16
    other = load(None, ["embed.backbone=squeezenet1_1", "embed.side=96"])
    assert fingerprint_digest(config) != fingerprint_digest(other)
    assert fingerprint_digest(load(None, ["embed.batch=8", "embed.device=cpu"])) == fingerprint_digest(load())


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"seed": 1}, "fitted with weights 'random, seed 0', and the configuration has 'random, seed 1'"),
        ({"backbone": "squeezenet1_0"}, "fitted with backbone 'squeezenet1_1'"),
        ({"levels": 2}, "fitted with levels 3"),
        ({"side": 128}, "fitted with side 96"),
        ({"layer": "features.7"}, "fitted with layer 'features.12"),
    ],
)
def test_a_whitening_of_something_else_is_refused(change, message, tmp_path):
    file = whitening_for(EmbedImages(EmbedSettings(**SMALL)).embedding, tmp_path / "w.npz")
    with pytest.raises(WhiteningError, match=message):
        resolve(EmbedImages(EmbedSettings(**(SMALL | change), whitening=file)).embedding)
    with pytest.raises(ConfigError, match="fit it again"):
        Stages(load(None, [f"embed.whitening={file}"]), Corpus("/nowhere"))


def test_what_is_no_whitening_is_told(tmp_path):
    (tmp_path / "w.npz").write_bytes(b"PK\x03\x04 not quite")
    with pytest.raises(WhiteningError, match="`lookalike fit` makes one"):
        read_whitening(str(tmp_path / "w.npz"))
    with pytest.raises(WhiteningError, match="can't be read"):
        read_whitening(str(tmp_path / "none.npz"))
