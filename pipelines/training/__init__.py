"""What made the weights that ship: pairs, trees, networks. None of it is installed."""

from pathlib import Path

WEIGHTS = Path(__file__).parents[2] / "transforms" / "weights"
"""Where the package reads them."""
