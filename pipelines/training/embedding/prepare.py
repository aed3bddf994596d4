"""Photographs of folders in one file, small, each with what the training uses it for.

    python -m lookalike.pipelines.training.embedding.prepare FOLDER ... --output FILE

Give folders without copies of one picture: two of them would be learned to be strangers (`lookalike audit` finds them).
"""

import argparse
from pathlib import Path

import cv2
import numpy as np

from lookalike.pipelines.training.photographs import files_below
from lookalike.transforms.functional.images.planes import fitted, resized

SIDE, QUALITY, LEAST = 256, 82, 200
"""Root of the area in px, JPEG quality, and the shortest side of a picture that is taken."""
BESIDE, EVERY = 300, 13
"""Photographs that are only shown beside others; and one of so many is held out, to measure on."""
SEED = 0


def pack(folders: list[Path], output: Path) -> dict[str, int]:
    """Write the file -> how many photographs have each role: learn, beside, hold."""
    pictures = [cv2.imread(str(path), cv2.IMREAD_COLOR) for path in files_below(folders)]
    large = [picture for picture in pictures if picture is not None and min(picture.shape[:2]) >= LEAST]
    data = [_jpeg(picture) for picture in large]
    roles = np.full(len(data), "learn", object)
    roles[::EVERY] = "hold"
    learned = np.flatnonzero(roles == "learn")
    chosen = np.random.default_rng(SEED).choice(learned, min(BESIDE, len(learned) // 4), replace=False)
    roles[chosen] = "beside"
    np.savez(
        output, role=roles.astype(str), off=np.cumsum([0, *map(len, data)]),
        data=np.frombuffer(b"".join(data), np.uint8),
    )  # fmt: skip
    return {role: int((roles == role).sum()) for role in ("learn", "beside", "hold")}


def _jpeg(picture: np.ndarray) -> bytes:
    small = resized(picture, fitted(picture.shape[1], picture.shape[0], SIDE, 1.0))
    return bytes(cv2.imencode(".jpg", small, [cv2.IMWRITE_JPEG_QUALITY, QUALITY])[1].tobytes())


def read(path: Path) -> dict[str, list[np.ndarray]]:
    """Role -> RGB pictures."""
    with np.load(path) as opened:
        arrays = dict(opened)
    found: dict[str, list[np.ndarray]] = {}
    for number, role in enumerate(arrays["role"].tolist()):
        data = arrays["data"][arrays["off"][number] : arrays["off"][number + 1]]
        found.setdefault(role, []).append(np.asarray(cv2.imdecode(data, cv2.IMREAD_COLOR_RGB)))
    return found


def main() -> None:
    """Command line; see the module."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folders", type=Path, nargs="+")
    parser.add_argument("--output", type=Path, required=True)
    options = parser.parse_args()
    print(options.output, pack(options.folders, options.output))


if __name__ == "__main__":
    main()
