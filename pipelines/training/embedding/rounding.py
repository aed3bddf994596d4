"""From learned convolutions to whole numbers of which every processor computes the same (`backbones.Layer`).

What ships has weights of one bit less than were rehearsed, so that no processor's sums run over. As in GPTQ (Frantar
et al. 2023) a kernel's weights are rounded one by one, and those that are left make up for the error of each as far as
the layer's inputs allow; the scale of the kernel is the best of a few, and the bias takes what is left in the mean.
Layers are rounded in order: inputs are what the layers rounded before give, outputs should be those that were learned.
"""

from collections.abc import Sequence
from typing import NamedTuple

import torch
from torch.nn import functional

from lookalike.pipelines.training.embedding.trunk import BYTES, SIX, Stored
from lookalike.transforms.functional.embedding.backbones import FLOAT_BITS, LARGEST_WEIGHT, Layer, is_exact
from lookalike.transforms.functional.embedding.layers import MEAN

DEVIATION = 128
"""Of pictures, as the trunk takes them."""
PLACES, SEED = 128, 0
"""Places of each map that are looked at, chosen by chance."""
SHARES = 256
"""Of a block's input are added in whole numbers of this part."""
ROOM = 16
"""So far the bias may move."""
SCALES = range(-3, 9)
"""Scales that are tried, from the one at which the largest weight just fits."""
DAMPING = 0.01
"""Of the inputs' mean variance: keeps directions that they don't have from being used."""


class Wanted(NamedTuple):
    """A learned convolution in units of its output. weights: (out, in * side * side) float64. bias: (out,) float64.
    units: (out, 1), of which scales and bias are whole numbers.
    """

    weights: torch.Tensor
    bias: torch.Tensor
    units: torch.Tensor


def learned(blocks: Sequence[Sequence[Stored]], picture: torch.Tensor) -> list[torch.Tensor]:
    """Blocks of a checkpoint and (1, 3, h, w) -> what each convolution gives before it is rounded."""
    found = []
    x = (picture - MEAN) / DEVIATION
    for block in blocks:
        entered = x
        for weights, bias, stride, step, adds in block:
            steps = weights.flatten(1).abs().amax(1).clamp(min=1e-9)[:, None, None, None] / BYTES
            x = functional.conv2d(x, (weights / steps).round() * steps, bias, stride, weights.shape[-1] // 2,
                                  groups=_groups(weights))  # fmt: skip
            x = x + entered if adds else x
            found.append(x)
            x = (x / step).round().clamp(-BYTES - 1, BYTES) * step if step else (x / SIX).round().clamp(0, 255) * SIX
    return found


def whole_layers(blocks: Sequence[Sequence[Stored]], pictures: Sequence[torch.Tensor]) -> list[Layer]:
    """Blocks of a checkpoint, and (1, 3, h, w) pictures to round them on -> layers."""
    draw = torch.Generator().manual_seed(SEED)
    targets = [learned(blocks, picture) for picture in pictures]
    maps, step = [picture - MEAN for picture in pictures], 1 / DEVIATION
    layers: list[Layer] = []
    for number, block in enumerate(blocks):
        entered, entered_step = maps, step
        for weights, bias, stride, own, adds in block:
            # the step of a sum is chosen so that what is added is a whole number of parts of the input's
            share = round(entered_step / own * SHARES) / SHARES if adds else 0.0
            output = entered_step / share if adds else own or SIX
            shape = Layer(weights, bias, bias / output, stride, BYTES + 1 if own else 0, number, share)
            inputs, outputs = [], []
            for place, x in enumerate(maps):
                wanted = targets[place][len(layers)] / output - (entered[place] * share if adds else 0)
                side = weights.shape[-1]
                columns, values = functional.unfold(x, side, 1, side // 2, stride)[0], wanted[0].flatten(1)
                some = torch.randperm(values.shape[1], generator=draw)[:PLACES]
                inputs.append(columns[:, some])
                outputs.append(values[:, some])
            units = 2.0 ** (FLOAT_BITS - (shape.largest + ROOM).double().log2().ceil())
            real = weights.double().flatten(1) * step / output
            layer = _rounded(shape, Wanted(real, shape.bias.double(), units[:, None]), inputs, outputs)
            assert is_exact(layer), f"layer {len(layers)} can't be computed exactly"
            maps = [_output(layer, x, e) for x, e in zip(maps, entered, strict=True)]
            layers.append(layer)
            step = output
    return layers


def _groups(weights: torch.Tensor) -> int:
    return len(weights) if weights.shape[1] == 1 else 1


def _output(layer: Layer, x: torch.Tensor, entered: torch.Tensor) -> torch.Tensor:
    """What a layer gives, less its zero."""
    sums = functional.conv2d(x, layer.weights, None, layer.stride, layer.padding, groups=layer.groups)
    y = sums * layer.scales[:, None, None] + layer.bias[:, None, None] + (entered * layer.share if layer.share else 0)
    return y.round().clamp(-layer.zero, 255 - layer.zero)


def _rounded(shape: Layer, wanted: Wanted, inputs: list[torch.Tensor], outputs: list[torch.Tensor]) -> Layer:
    """shape: what the layer is but for its weights, scales and bias. inputs, outputs: (in * side * side, places) and
    (out, places) of each picture.
    """
    x, y = torch.cat(inputs, 1).double(), torch.cat(outputs, 1).double()
    # kernels with inputs of their own, or all with the same: (kernels or 1, elements, places)
    x = x.reshape(shape.groups, -1, x.shape[1])
    kernels = wanted.weights.reshape(shape.groups, -1, x.shape[1])
    units = wanted.units.reshape(shape.groups, -1, 1)
    centred = x - x.mean(2, keepdim=True)
    covariance = centred @ centred.transpose(1, 2) / x.shape[2]
    least = (kernels.abs().amax(2, keepdim=True) / LARGEST_WEIGHT * units - 1e-9).ceil()
    best = None
    for more in SCALES:
        scales = (least + more).clamp(min=1) / units
        weights = _compensated(kernels, scales, covariance)
        missed = weights * scales - kernels
        error = ((missed @ covariance) * missed).sum(2, keepdim=True)
        if best is None:
            best = error, scales, weights
        else:
            better = error < best[0]
            found = error, scales, weights
            best = tuple(torch.where(better, new, old) for new, old in zip(found, best, strict=True))  # type: ignore[assignment]
    assert best is not None
    _, scales, weights = best
    bias = (y - ((weights @ x) * scales).reshape(y.shape)).mean(1)
    units = wanted.units[:, 0]
    return shape._replace(
        weights=weights.reshape(shape.weights.shape).float(), scales=scales.flatten().float(),
        bias=((bias.clamp(wanted.bias - ROOM, wanted.bias + ROOM) * units).round() / units).float(),
    )  # fmt: skip


def _compensated(kernels: torch.Tensor, scales: torch.Tensor, covariance: torch.Tensor) -> torch.Tensor:
    """(groups, kernels, elements) and their scales -> whole numbers, each rounded after those before it."""
    size = covariance.shape[1]
    damped = DAMPING * covariance.diagonal(dim1=1, dim2=2).mean(1).clamp(min=1e-6)
    inverse = torch.linalg.inv(covariance + damped[:, None, None] * torch.eye(size, dtype=torch.float64))
    factor = torch.linalg.cholesky(inverse, upper=True)
    left, found = kernels.clone(), torch.zeros_like(kernels)
    for place in range(size):
        found[..., place] = (left[..., place] / scales[..., 0]).round().clamp(-LARGEST_WEIGHT, LARGEST_WEIGHT)
        error = (left[..., place] - found[..., place] * scales[..., 0]) / factor[:, place, place][:, None]
        left[..., place + 1 :] -= error[..., None] * factor[:, None, place, place + 1 :]
    return found
