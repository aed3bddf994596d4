"""State dicts of networks from any store: bytes in, tensors out."""

import hashlib
import io

import torch

from lookalike.transforms.storage.reading import read_file

WRAPPERS = ("state_dict", "model", "model_state_dict")
"""Keys under which training scripts keep the state dict among other things."""
PREFIX = "module."
"""What data-parallel training writes before every name."""


class WeightsError(ValueError):
    """Weights that can't be used; the message names the file and the remedy."""


def read_weights(uri: str, sha256: str = "") -> bytes:
    """The bytes of a file of weights.

    Raises:
        WeightsError: there is no such file, or its SHA-256 is another.
    """
    try:
        data = read_file(uri)
    except OSError as error:
        raise WeightsError(f"embed.weights is {uri}, which can't be read: {error}") from error
    found = hashlib.sha256(data).hexdigest()
    if sha256 and found != sha256.lower():
        raise WeightsError(f"embed.sha256 is {sha256}; that of embed.weights, {uri}, is {found}")
    return data


def state_dict_of(uri: str, data: bytes) -> dict[str, torch.Tensor]:
    """The bytes of a .safetensors file, or else of what `torch.save` wrote -> tensors by name. No code of it is run.

    Raises:
        WeightsError: it holds no state dict.
    """
    try:
        if uri.endswith(".safetensors"):
            import safetensors.torch

            return safetensors.torch.load(data)
        loaded = torch.load(io.BytesIO(data), map_location="cpu", weights_only=True)
    except Exception as error:
        raise WeightsError(f"embed.weights is {uri}, which holds no state dict: {error}") from error
    for name in WRAPPERS:
        if isinstance(loaded, dict) and isinstance(loaded.get(name), dict):
            loaded = loaded[name]
    if not isinstance(loaded, dict) or not all(isinstance(value, torch.Tensor) for value in loaded.values()):
        raise WeightsError(
            f"embed.weights is {uri}, which holds no state dict, which is a dictionary of tensors by name"
        )
    return {name.removeprefix(PREFIX): value for name, value in loaded.items()}
