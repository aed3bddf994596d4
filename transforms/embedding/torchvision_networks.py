"""Networks of torchvision and others as backbones: a checked wish in, a module from pictures to maps or logits out."""

import logging
import warnings
from typing import Any, NamedTuple

import torch
from torch.fx.experimental.optimization import fuse
from torchvision import models
from torchvision.models.feature_extraction import create_feature_extractor, get_graph_node_names

from lookalike.transforms.embedding.backbone import SSCD, Backbone
from lookalike.transforms.embedding.other_networks import (
    LITE,
    LITE_DEVIATION,
    LITE_MEAN,
    SSCD_DIMS,
    SSCD_PREFIX,
    EfficientNetLite,
    GeM,
    package_of,
)
from lookalike.transforms.embedding.state_dicts import WeightsError, read_weights, state_dict_of

CLASSES = 1000
CLASSIFIERS = ("fc.", "classifier.", "head.", "heads.", "AuxLogits.", "aux1.", "aux2.", "_fc.")
"""What state dicts of torchvision may lack where the classifier is not asked for."""
IMAGENET_MEAN, IMAGENET_DEVIATION = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
OUT = "out"
USUAL = (224, 224)
"""A size that every network takes, and that leaves a map behind its last layer."""


class Network(torch.nn.Module):
    """Pictures (n, 3, h, w), float32 RGB in 0..255 -> (n, channels, h', w') maps, or (n, classes) logits."""

    def __init__(self, body: torch.nn.Module, mean: tuple[float, ...], deviation: tuple[float, ...]) -> None:
        """`body`: takes normalised pictures. `mean`, `deviation`: of the network's own normalisation, in 0..1."""
        super().__init__()
        self.body = body
        self.scale: torch.Tensor
        self.shift: torch.Tensor
        deviations = torch.tensor(deviation).view(1, -1, 1, 1)
        self.register_buffer("scale", 1 / (255 * deviations))
        self.register_buffer("shift", -torch.tensor(mean).view(1, -1, 1, 1) / deviations)

    def forward(self, pictures: torch.Tensor) -> torch.Tensor:
        """(n, 3, h, w) float32 RGB in 0..255 -> (n, channels, h', w') maps, or (n, classes) logits, float32."""
        normalised = pictures * self.scale + self.shift
        out = self.body(normalised.to(next(self.body.parameters()).dtype))
        return (out[OUT] if isinstance(out, dict) else out).float()


class Output(NamedTuple):
    """What a network gives. node: whose output it is; '' of the classifier. channels: of it."""

    node: str
    channels: int


def names() -> list[str]:
    """Every network that there is: those of torchvision that have a feature map, and others."""
    return [name for name in models.list_models(module=models) if not name.startswith("vit_")] + [*LITE, SSCD]


def build_network(backbone: Backbone, node: str) -> Network:
    """The network with its weights, ready for inference, cut after `node` ('': the whole).

    Raises:
        WeightsError: the weights can't be had, or are another network's.
    """
    if backbone.is_named and backbone.name not in LITE:
        model = _model(backbone, _named_weights(backbone))
    else:
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(backbone.seed)
            model = _model(backbone, None)
    if backbone.is_file:
        assert backbone.weights is not None
        _load(model, backbone, state_dict_of(backbone.weights, read_weights(backbone.weights, backbone.sha256)))
    elif backbone.is_named and backbone.name in LITE:
        packaged = str(_named_weights(backbone))
        _load(model, backbone, state_dict_of(packaged, read_weights(packaged)))
    model.eval().requires_grad_(False)
    body = _cut(model, node)
    if isinstance(body, torch.fx.GraphModule):  # batch normalisation goes into the convolution before it
        body = fuse(body, inplace=True, no_trace=True)
    return Network(body, *_normalisation(backbone))


def probe(backbone: Backbone, shapes: list[tuple[int, int]]) -> Output:
    """What the network gives for pictures of these (height, width), found without weights or arithmetic.

    Raises:
        ValueError: no such network or layer, it has no feature map, or it refuses one of the shapes.
    """
    if backbone.name not in names():
        raise ValueError(_unknown(backbone.name))
    if backbone.is_named:
        _named_weights(backbone)
    model = _without_weights(backbone).eval()
    if backbone.name == SSCD:
        output = Output("", SSCD_DIMS)
    elif backbone.include_top:
        output = Output("", backbone.classes or CLASSES)
    else:
        output = _output(model, backbone)
    body = _cut(model, output.node)
    for shape in shapes:
        try:
            body(torch.empty(1, 3, *shape, device="meta"))
        except Exception as error:
            raise ValueError(
                f"embed.backbone is {backbone.name}, which does not take pictures of {shape[0]} x {shape[1]} px "
                f"({error}); set embed.side, or embed.input_shape such as [224, 224]"
            ) from error
    return output


def _without_weights(backbone: Backbone) -> torch.nn.Module:
    """The network's modules with shapes and no values."""
    try:
        with torch.device("meta"):
            return _model(backbone, None)
    except NotImplementedError:  # RegNet computes its widths with tensors
        return _model(backbone, None).to("meta")


def _unknown(name: str) -> str:
    if name.startswith("vit_"):
        return f"embed.backbone is {name!r}, which works on tokens and has no feature map"
    return f"embed.backbone is {name!r}; it can be embedded, {', '.join(names())}"


def _model(backbone: Backbone, weights: Any) -> torch.nn.Module:
    extra: dict[str, Any] = {"num_classes": backbone.classes} if backbone.classes else {}
    if backbone.name in ("googlenet", "inception_v3") and weights is None:
        extra["init_weights"] = True  # what it will be, and warns of until then
        # states of torchvision expect pictures normalised as all the other networks', and turn that into their own
        extra["transform_input"] = backbone.is_file
    if backbone.name in LITE:
        return EfficientNetLite(*LITE[backbone.name], backbone.classes or CLASSES)
    if backbone.name == SSCD:
        network = models.resnet50(num_classes=SSCD_DIMS)
        network.avgpool = GeM()
        return network
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return models.get_model(backbone.name, weights=weights, **extra)


def _named_weights(backbone: Backbone) -> Any:
    if backbone.name in LITE and backbone.weights == "imagenet":
        return package_of(backbone.name)
    if backbone.name in (*LITE, SSCD):
        raise WeightsError(
            f"embed.weights is {backbone.weights!r}; for {backbone.name} it can be null (random), "
            f"{'imagenet, ' if backbone.name in LITE else ''}or a path or URL"
        )
    every = models.get_model_weights(backbone.name)
    if backbone.weights == "imagenet":
        return every.DEFAULT
    known = [weights.name for weights in every]
    if backbone.weights not in known:
        raise WeightsError(
            f"embed.weights is {backbone.weights!r}; for {backbone.name} it can be null (random), imagenet, "
            f"{', '.join(known)}, or a path or URL"
        )
    return every[backbone.weights]


def weights_name(backbone: Backbone) -> str:
    """The full name of torchvision's weights, such as 'ResNet50_Weights.IMAGENET1K_V2', or of a package's file."""
    found = _named_weights(backbone)
    return found.name if backbone.name in LITE else str(found)


def _normalisation(backbone: Backbone) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """Mean and deviation that the network was trained with."""
    if backbone.name in LITE:
        return LITE_MEAN, LITE_DEVIATION
    if not backbone.is_named:
        return IMAGENET_MEAN, IMAGENET_DEVIATION
    preset = _named_weights(backbone).transforms()
    return tuple(preset.mean), tuple(preset.std)


def _load(model: torch.nn.Module, backbone: Backbone, state: dict[str, torch.Tensor]) -> None:
    """Raises WeightsError where the state is another network's."""
    spare = () if backbone.gives_vectors else CLASSIFIERS
    own = model.state_dict()
    if backbone.name == SSCD:
        state = {name.removeprefix(SSCD_PREFIX): value for name, value in state.items()}
    # a classifier of other classes is no obstacle where none is asked for
    kept = {
        name: value
        for name, value in state.items()
        if not (name.startswith(spare or ("\0",)) and (name not in own or own[name].shape != value.shape))
    }
    shapes = [name for name, value in kept.items() if name in own and own[name].shape != value.shape]
    if shapes:
        theirs, ours = tuple(kept[shapes[0]].shape), tuple(own[shapes[0]].shape)
        raise WeightsError(
            f"embed.weights is {backbone.weights}, which is not of {backbone.name}: {shapes[0]} is {theirs}, not {ours}"
        )
    result = model.load_state_dict(kept, strict=False)
    missing = [n for n in result.missing_keys if not n.startswith(spare or ("\0",)) and "num_batches" not in n]
    wrong = [("lacks", name) for name in missing] + [("has", name) for name in result.unexpected_keys]
    if wrong:
        raise WeightsError(
            f"embed.weights is {backbone.weights}, which is not of {backbone.name}: it {wrong[0][0]} {wrong[0][1]} "
            f"(and {len(wrong) - 1} more)"
        )


def _nodes(model: torch.nn.Module) -> list[str]:
    _, nodes = get_graph_node_names(model, suppress_diff_warning=True)
    return nodes


def _cut(model: torch.nn.Module, node: str) -> torch.nn.Module:
    if not node:
        return model
    # a warning that the graphs of training and inference differ: only one is used
    logging.getLogger("torchvision").setLevel(logging.ERROR)
    return create_feature_extractor(model, return_nodes={node: OUT}, suppress_diff_warning=True).eval()


def _output(model: torch.nn.Module, backbone: Backbone) -> Output:
    """The node that is asked for, or the last that gives a feature map, and its channels."""
    nodes = _nodes(model)
    if backbone.layer:
        fits = [node for node in nodes if node == backbone.layer or node.startswith(f"{backbone.layer}.")]
        if not fits:
            ends = sorted({node.split(".")[0] for node in nodes})
            raise ValueError(
                f"embed.layer is {backbone.layer!r}, which {backbone.name} has not; it has {', '.join(ends)}, and "
                f"finer ones below them, such as {nodes[len(nodes) // 2]}"
            )
        found = _shapes(model, [fits[-1]])[fits[-1]]
        if len(found) != 4:
            raise ValueError(
                f"embed.layer is {backbone.layer!r}, which in {backbone.name} gives {found}, no feature map"
            )
        return Output(fits[-1], found[1])
    # pooling to a fixed size would undo that any size is taken, and SqueezeNet's classifier is convolutional
    pooled = {name for name, module in model.named_modules() if isinstance(module, torch.nn.AdaptiveAvgPool2d)}
    before = [node for node in nodes if node not in pooled and not node.startswith(CLASSIFIERS)]
    shapes = _shapes(model, before)
    maps = [node for node, found in shapes.items() if len(found) == 4 and min(found[2:]) > 1]
    return Output(maps[-1], shapes[maps[-1]][1])


def _shapes(model: torch.nn.Module, nodes: list[str]) -> dict[str, tuple[int, ...]]:
    """Shapes of what nodes give for a picture of a usual size, in the order of the network."""
    extractor = create_feature_extractor(model, return_nodes={n: n for n in nodes}, suppress_diff_warning=True).eval()
    found = extractor(torch.empty(1, 3, *USUAL, device="meta"))
    return {node: tuple(value.shape) for node, value in found.items() if isinstance(value, torch.Tensor)}
