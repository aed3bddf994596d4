"""The compiled kernels (`native/`), or None where they were not built: there was no compiler."""

try:
    from lookalike.transforms.functional.keypoints import compiled
except ImportError:
    compiled = None  # type: ignore[assignment]

__all__ = ["compiled"]
