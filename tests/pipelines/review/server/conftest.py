"""An audit of real files, and one of many clusters, each with a session that serves it."""

import io
import tarfile
from pathlib import Path

import pyarrow as pa
import pytest
from PIL import Image

from lookalike.pipelines.configuration.config import Config
from lookalike.pipelines.review.server.session import Session
from lookalike.pipelines.run import manifest
from lookalike.transforms.core.keys import content_hash
from lookalike.transforms.core.schemas import CLUSTERS, CONFLICTS, PAIRS
from lookalike.transforms.io.parquet_sink import write_table
from tests.flows.test_report import confirmed, row
from tests.synthetic import draw_picture, encoded
from tests.synthetic_audit import synthetic_audit


@pytest.fixture(scope="module")
def pictures(tmp_path_factory):
    """Name -> path of a picture: `kept.jpg`, a copy of it, an equal one, a TIFF, one in an archive."""
    folder = tmp_path_factory.mktemp("pictures")
    pixels = draw_picture(1, 320, 240)
    files = {
        "kept.jpg": encoded(pixels, quality=95),
        "copy.jpg": encoded(pixels, quality=50),
        "equal.jpg": encoded(pixels, quality=95),
        "scan.tif": encoded(pixels, "TIFF"),
    }
    for name, data in files.items():
        (folder / name).write_bytes(data)
    (folder / "secret.txt").write_text("not for the browser")
    (folder / "other.jpg").write_bytes(encoded(draw_picture(2, 320, 240)))  # beside the audit's, and none of them
    packed = encoded(pixels, "PNG")
    with tarfile.open(folder / "more.tar", "w") as archive:
        member = tarfile.TarInfo("a/packed.png")
        member.size = len(packed)
        archive.addfile(member, io.BytesIO(packed))
    paths = {name: str(folder / name) for name in files}
    return paths | {"packed.png": f"tar://a/packed.png::{folder / 'more.tar'}"}


@pytest.fixture(scope="module")
def audit(pictures, tmp_path_factory):
    """Path of an audit in which all of these are copies of `kept.jpg`, and `copy.jpg` and `scan.tif` are variants."""
    root = str(tmp_path_factory.mktemp("audit"))
    kept, packed = pictures["kept.jpg"], pictures["packed.png"]
    clusters = [row("c1", uri, kept, len(pictures)) for uri in pictures.values()]
    near = [confirmed(*sorted((kept, pictures[name])), "same", 0.9) for name in ("copy.jpg", "scan.tif")]
    near.append(confirmed(*sorted((kept, packed)), "same", 0.6))
    beside = confirmed(*sorted((pictures["copy.jpg"], pictures["scan.tif"])), "variant", 0.7)
    shown = []
    for name, uri in pictures.items():
        data = Path(uri).read_bytes() if name != "packed.png" else encoded(draw_picture(1, 320, 240), "PNG")
        with Image.open(io.BytesIO(data)) as image:
            kind = image.format
        shown.append(
            {
                "uri": uri, "content_hash": content_hash(data), "width": 320, "height": 240, "bytes": len(data),
                "format": kind, "thumbnail": b"\xff\xd8" + name.encode(),
            }
        )  # fmt: skip
    tables = {
        "clusters": pa.Table.from_pylist(clusters, CLUSTERS),
        "pairs": pa.Table.from_pylist([*near, beside], PAIRS),
        "fingerprints": pa.Table.from_pylist(shown),
        "conflicts": pa.Table.from_pylist(
            [
                {"cluster_id": "c1", "column": "label", "uri": pictures[name], "value": value}
                for name, value in (("kept.jpg", "cat"), ("copy.jpg", "<dog>"))
            ],
            CONFLICTS,
        ),
    }
    parts = {name: [write_table(root, f"{name}/part-0.parquet", found)._asdict()] for name, found in tables.items()}
    counts = {"listed": 5, "clusters": 1, "duplicates": 4, "reclaimable_bytes": 1, "failures": 0, "conflicts": 1}
    record = {name: kind() for name, kind in manifest.NEEDED.items()} | {
        "format": manifest.FORMAT, "parts": parts, "counts": counts, "configuration": Config().plain(),
        "inputs": ["<in>"], "started": "2026-01-02T03:04:05", "since": None, "left_out": {}, "sniffed": {},
        "versions": {"lookalike": "0"},
    }  # fmt: skip
    manifest.write(root, record)
    return root


def opened(audit, folder):
    """A session with an audit, whose verdicts go to a file of the folder."""
    return Session(str(folder), str(audit), manifest.read(str(audit)), str(folder / "verdicts.csv"), "ada")


@pytest.fixture
def session(audit, tmp_path):
    made = opened(audit, tmp_path)
    yield made
    made.close()


@pytest.fixture(scope="module")
def large(tmp_path_factory):
    """Path of an audit of 400 clusters."""
    return str(synthetic_audit(tmp_path_factory.mktemp("many") / "audit", 400))


@pytest.fixture(scope="module")
def many(large, tmp_path_factory):
    """A session with it."""
    made = opened(large, tmp_path_factory.mktemp("session"))
    yield made
    made.close()
