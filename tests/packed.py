"""Images packed as data sets have them: WebDataset's shards with captions, Hugging Face's tables."""

import io
import json
import tarfile
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from tests.synthetic import draw_picture, encoded


def pictures(count: int = 6, copies: int = 2) -> list[list[bytes]]:
    """Groups of encoded pictures: the first of each is the best, the others are copies of it."""
    groups = []
    for seed in range(count):
        pixels = draw_picture(700 + seed, 96, 72)
        groups.append([encoded(pixels, quality=95 - 10 * step) for step in range(1 + (copies if seed % 2 else 0))])
    return groups


def shard(path: Path, samples: list[tuple[str, dict[str, bytes]]]) -> None:
    """A tar of samples: key, and bytes by extension, in that order."""
    with tarfile.open(path, "w") as archive:
        for number, (key, members) in enumerate(samples):
            for extension, data in members.items():
                info = tarfile.TarInfo(f"{key}.{extension}")
                info.size, info.mtime, info.mode = len(data), 1_600_000_000 + number, 0o640
                archive.addfile(info, io.BytesIO(data))


def sample(image: bytes, text: str) -> dict[str, bytes]:
    """An image with a caption and JSON."""
    return {"jpg": image, "txt": f"caption of {text}".encode(), "json": json.dumps({"name": text}).encode()}


def members(path: Path) -> dict[str, bytes]:
    """All members of a tar, in order."""
    with tarfile.open(path) as archive:
        return {info.name: archive.extractfile(info).read() for info in archive}


def table(path: Path, rows: list[tuple[bytes, str]], **writing: object) -> None:
    """Images and captions as Hugging Face's `datasets` writes them."""
    features = {
        "image": {"_type": "Image"},
        "caption": {"dtype": "string", "_type": "Value"},
        "score": {"dtype": "float64", "_type": "Value"},
    }
    schema = pa.schema(
        [
            ("image", pa.struct([("bytes", pa.binary()), ("path", pa.string())])),
            ("caption", pa.string()),
            ("score", pa.float64()),
        ],
        {"huggingface": json.dumps({"info": {"features": features}})},
    )
    values = [
        {"image": {"bytes": image, "path": f"{text}.jpg"}, "caption": text, "score": number / 3}
        for number, (image, text) in enumerate(rows)
    ]
    pq.write_table(pa.Table.from_pylist(values, schema), path, **writing)
