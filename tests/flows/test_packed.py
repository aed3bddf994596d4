"""A corpus in archives and in Parquet files: the same clusters as in a folder, and best copies taken out."""

import tarfile
import zipfile

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tests.flows.test_audit import run, table
from tests.synthetic import make_corpus


@pytest.mark.parametrize("form", ["folder", "tar", "zip", "parquet"])
def test_an_audit_finds_the_same_clusters_however_the_images_are_packed(form, tmp_path):
    folder, packed = tmp_path / "images", tmp_path / "packed"
    make_corpus(folder, groups=5, singles=4)
    files = sorted(folder.iterdir())
    packed.mkdir()
    halves = files[: len(files) // 2], files[len(files) // 2 :]
    for number, half in enumerate(halves):
        path = packed / f"{number}.{form}"
        if form == "tar":
            with tarfile.open(path, "w") as archive:
                for file in half:
                    archive.add(file, file.name)
        elif form == "zip":
            with zipfile.ZipFile(path, "w") as archive:
                for file in half:
                    archive.write(file, file.name)
        elif form == "parquet":
            pq.write_table(pa.table({"image": [{"bytes": file.read_bytes()} for file in half]}), path)
    name = packed / f"*.{form}" if form != "folder" else folder
    output, copies = tmp_path / "out", tmp_path / "copies"
    assert run("audit", name, "--output", output) == 0
    clusters = {}
    for row in table(output, "clusters"):
        clusters.setdefault(row["cluster_id"], set()).add((row["width"], row["height"], row["is_representative"]))
    assert len(clusters) == 5 and len(table(output, "clusters")) == 17
    plan = tmp_path / "plan.parquet"
    if form != "folder":
        refused = ("materialize", output, "--action", "quarantine", "--to", tmp_path / "q", "--plan", plan)
        assert run(*refused, workers=()) == 2
    assert run("materialize", output, "--to", copies, "--plan", plan, workers=()) == 0
    assert run("materialize", "--apply", plan, workers=()) == 0
    kept = {path.read_bytes() for path in copies.rglob("*") if path.is_file()}
    assert len(kept) == 9 and kept <= {file.read_bytes() for file in files}
