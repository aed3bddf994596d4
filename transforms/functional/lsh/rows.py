"""Rows of numbers that are had by their places, wherever they are."""

from typing import Protocol

import numpy as np


class Rows(Protocol):
    """Rows that are had by their numbers: an array, or something that looks them up."""

    def __getitem__(self, rows: np.ndarray) -> np.ndarray:
        """The rows of these numbers."""


class RowsAt:
    """Some of the rows, by numbers of their own. places: (n,), the number of each among all rows."""

    def __init__(self, rows: Rows, places: np.ndarray) -> None:
        self.rows, self.places = rows, places

    def __getitem__(self, at: np.ndarray) -> np.ndarray:
        """The rows of these numbers."""
        return self.rows[self.places[at]]
