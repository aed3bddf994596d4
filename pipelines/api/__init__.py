"""Lookalike: finds, confirms and clusters near-duplicate images at corpus scale."""

from lookalike.transforms.core.version import VERSION as __version__

__all__ = ["__version__"]
