"""A program of somebody else's that uses the library, and looks at what that changes in its process."""

import sys

BEFORE = set(sys.modules)

import lookalike  # noqa: E402

LOADED = {name.split(".")[0] for name in set(sys.modules) - BEFORE} - sys.stdlib_module_names

import io  # noqa: E402
import logging  # noqa: E402
import os  # noqa: E402
import threading  # noqa: E402
from pathlib import Path  # noqa: E402

import cv2  # noqa: E402
import numpy as np  # noqa: E402
import torch  # noqa: E402
from PIL import Image, ImageFile, ImageOps  # noqa: E402
from threadpoolctl import threadpool_info  # noqa: E402

from tests.synthetic import draw_picture, saved  # noqa: E402

HOSTILE = "b/<script>alert(1)</script>"


def images() -> dict[str, Image.Image | np.ndarray | bytes]:
    """By name, in every form: copies of two pictures, one that stands alone, and one that is none."""
    a, b = draw_picture(1000, 400, 300), Image.fromarray(draw_picture(1001, 400, 300))
    picture, moving = Image.fromarray(a), io.BytesIO()
    picture.save(moving, "GIF", save_all=True, append_images=[b])
    return {
        "a": picture,
        "a/half": cv2.resize(a, (200, 150), interpolation=cv2.INTER_AREA),
        "a/crop": picture.crop((40, 30, 320, 260)),
        "a/mirrored": saved(ImageOps.mirror(picture), "JPEG", quality=85),
        "a/packed": saved(picture, "PNG", compress_level=9),
        "a/moving": moving.getvalue(),
        "b": np.asarray(b),
        HOSTILE: saved(b, "JPEG", quality=70),
        "c": draw_picture(5000, 400, 300),
        "blank": np.full((60, 80), 200, np.uint8),
        "broken": b"nothing at all",
    }


def state() -> dict[str, object]:
    """What a library must leave as it is."""
    root = logging.getLogger()
    return {
        "environment": dict(os.environ),
        "Pillow": (Image.MAX_IMAGE_PIXELS, ImageFile.LOAD_TRUNCATED_IMAGES),
        "logging": (list(root.handlers), root.level, root.filters[:]),
        "threads": sorted(thread.name for thread in threading.enumerate()),
        "cores": (cv2.getNumThreads(), torch.get_num_threads()),
        "BLAS": {pool["filepath"]: pool["num_threads"] for pool in threadpool_info()},
        "hooks": (sys.excepthook, threading.excepthook),
        "folder": os.getcwd(),
    }


def main(output: str) -> None:
    """Import, compare and audit, and see that all is as before."""
    assert {"lookalike"} == LOADED
    cv2.setNumThreads(3)
    torch.set_num_threads(2)
    # what a BLAS is held to is known of those that are loaded
    import scipy.linalg  # noqa: F401

    before = state()

    def changed() -> dict[str, object]:
        return {name: (before[name], value) for name, value in state().items() if value != before[name]}

    found = images()
    assert lookalike.compare(found["a"], found["a/half"]).relation == "same"
    assert not changed(), changed()
    audit = lookalike.audit(found, output, beam_options=["--direct_num_workers=1"], progress=False)
    assert not changed(), changed()
    assert audit.counts["clusters"] == 2
    assert Path(output, "audit.json").exists()


if __name__ == "__main__":
    main(sys.argv[1])
