"""The compiled kernels, or None where they were not built: there was no compiler. Whoever calls them does the same
without them, in more time, with the same bytes.
"""

try:
    from lookalike.transforms.functional.native import compiled
except ImportError:
    compiled = None  # type: ignore[assignment]

__all__ = ["compiled"]
