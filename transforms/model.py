"""The model behind the embeddings: one plane in, one R-MAC descriptor out. Imported by workers only: torch is large."""

import numpy as np
import torch

from transforms.functional.backbones import EmbeddedBackbone
from transforms.functional.rmac import Whitening, rmac
from transforms.weights import embedded


class Model(torch.nn.Module):
    """Planes -> R-MAC: the backbone and its whitening, (n, 1, h, w) float32 -> (n, dims)."""

    def __init__(self, levels: int) -> None:
        """Load the embedded weights; `levels` as in `EmbedImages`."""
        super().__init__()
        weights = embedded()
        self.levels = levels
        self.backbone = EmbeddedBackbone(torch.from_numpy(weights.centroids))
        self.whitening = Whitening(torch.from_numpy(weights.mean), torch.from_numpy(weights.projection))

    def forward(self, planes: torch.Tensor) -> torch.Tensor:
        """See the class."""
        return rmac(self.backbone(planes), self.levels, self.whitening)


def load_model(levels: int) -> Model:
    """The model, ready for inference on one thread."""
    torch.set_num_threads(1)
    return Model(levels).eval()


def embed(model: Model, plane: np.ndarray) -> np.ndarray:
    """(h, w) uint8 embedding plane -> (dims,) float16.

    One image at a time: convolution kernels differ in the last bits with the shape of the batch, bundles differ
    from runner to runner, and the output is compared byte by byte. On a CPU a batch would gain nothing.
    """
    with torch.inference_mode():
        planes = torch.from_numpy(plane.astype(np.float32))[None, None]
        return model(planes)[0].numpy().astype(np.float16)
