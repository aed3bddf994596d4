"""How a feature map becomes a vector: the settings, checked. The arithmetic is in `descriptors`."""

import dataclasses

from lookalike.transforms.functional.embedding.regions import OVERLAP

POOLINGS = ("rmac", "max", "avg", "gem")


@dataclasses.dataclass(frozen=True)
class Pooling:
    """How a map becomes a vector.

    kind: one of POOLINGS. levels, overlap: of R-MAC's grid. weights: of the regions of each of its levels; none: all
    count the same. power: p of generalised-mean pooling (Radenovic, Tolias, Chum 2019, equation 3).
    """

    kind: str = "rmac"
    levels: int = 3
    overlap: float = OVERLAP
    weights: tuple[float, ...] = ()
    power: float = 3.0

    def __post_init__(self) -> None:
        """Refuse weights that make no vector."""
        if self.weights and (len(self.weights) != self.levels or min(self.weights) < 0 or not any(self.weights)):
            raise ValueError(f"embed.region_weights must be {self.levels} numbers from 0, one a level, or none")
