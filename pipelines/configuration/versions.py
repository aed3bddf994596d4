"""Versions of all that a result depends on."""

import platform
from importlib import metadata

from lookalike.transforms.core.version import VERSION
from lookalike.transforms.weights import DECISION_FILE, EMBEDDED_FILE, KEYPOINTS_FILE, sha256

PACKAGES = ("apache-beam", "numpy", "opencv-python-headless", "pillow", "pyarrow", "scipy", "torch")


def versions() -> dict[str, str]:
    """Versions of this program, of Python and of packages, and the SHA-256, in hex, of the weights that it carries."""
    packages = {name: metadata.version(name) for name in PACKAGES}
    weights = {file: sha256(file) for file in (KEYPOINTS_FILE, EMBEDDED_FILE, DECISION_FILE)}
    return {"lookalike": VERSION, "python": platform.python_version(), **weights, **packages}
