"""Photographs below folders, which are the caller's: to learn from, to measure on."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

SUFFIXES = (".jpg", ".jpeg", ".png", ".webp")


def files_below(folders: Sequence[Path]) -> list[Path]:
    """All files that may be photographs, in order of their paths."""
    return sorted(path for folder in folders for path in folder.rglob("*") if path.suffix.lower() in SUFFIXES)


class Photographs(Sequence[Image.Image]):
    """Pictures below some folders, in an order by chance, each opened when it is asked for."""

    def __init__(self, folders: Sequence[Path], seed: int) -> None:
        """The same order for the same seed."""
        files = files_below(folders)
        self.files = [files[i] for i in np.random.default_rng(seed).permutation(len(files)).tolist()]

    def __len__(self) -> int:
        return len(self.files)

    def __getitem__(self, number: Any) -> Any:
        return Image.open(self.files[number]).convert("RGB")
