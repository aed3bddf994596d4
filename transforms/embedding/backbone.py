"""What is asked of a network, checked as far as it can be without building it. Nothing here needs torch."""

import dataclasses

from lookalike.transforms.core.settings.embed import EMBEDDED

SSCD = "sscd_resnet50"
"""ResNet50 whose end is a descriptor (Pizzi et al. 2022), not a map."""


@dataclasses.dataclass(frozen=True)
class Backbone:
    """A network and which of its outputs is wanted, in the words that Keras uses.

    name: 'embedded', a model of torchvision, or another of `other_networks`. weights: of the latter two None (random,
    from `seed`), 'imagenet' (torchvision's best, or a package's), the name of one of torchvision's such as
    'IMAGENET1K_V1', or the path or URL of a state dict. sha256: of that file, in hex, or '' for whatever it is.
    include_top: the classifier's logits instead of a feature map. classes: how many of them; 0 is 1000. input_shape:
    (height, width) of every picture, which is then distorted; none: its aspect ratio is kept. side: root of the area in
    px otherwise; 0 is the network's usual. layer: the node whose output is the feature map; '' is the last that is one.
    """

    name: str = EMBEDDED
    weights: str | None = None
    sha256: str = ""
    seed: int = 0
    include_top: bool = False
    classes: int = 0
    input_shape: tuple[int, ...] = ()
    side: int = 0
    layer: str = ""

    def __post_init__(self) -> None:
        """Refuse wrong combinations, with the reason."""
        if self.input_shape and self.side:
            raise ValueError("embed.input_shape and embed.side both set the size; give one of them")
        if self.classes and not self.include_top:
            raise ValueError("embed.classes is the size of the classifier; it needs embed.include_top: true")
        if self.include_top and self.layer:
            raise ValueError("embed.include_top ends at the classifier and embed.layer before it; give one of them")
        if self.name == SSCD and (self.include_top or self.layer):
            raise ValueError(f"embed.backbone is {SSCD}, which gives descriptors; it has no embed.layer or classifier")
        if self.name == EMBEDDED:
            self._check_embedded()
        elif self.sha256 and not self.is_file:
            raise ValueError("embed.sha256 is of a file; torchvision's own weights carry their hash in their name")
        if self.classes and self.classes != 1000 and self.is_named:
            raise ValueError(f"embed.classes must be 1000 with embed.weights: {self.weights}, which knows ImageNet's")

    def _check_embedded(self) -> None:
        wrong = [name for name in ("weights", "sha256", "include_top", "layer") if getattr(self, name)]
        if wrong:
            raise ValueError(
                f"embed.{wrong[0]} is for torchvision's models; the embedded backbone comes with its own weights and "
                "ends in its feature map"
            )

    @property
    def gives_vectors(self) -> bool:
        """Does it end in logits or descriptors, and not in a feature map?"""
        return self.include_top or self.name == SSCD

    @property
    def is_file(self) -> bool:
        """Do the weights come from a file?"""
        return self.weights is not None and ("/" in self.weights or "." in self.weights)

    @property
    def is_named(self) -> bool:
        """Are the weights torchvision's?"""
        return self.weights is not None and not self.is_file
