"""A corpus in archives and in Parquet files: the same clusters as in a folder, and best copies taken out."""

import io
import json
import os
import tarfile
import zipfile

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tests.flows.test_audit import digests, run, table
from tests.synthetic import draw_picture, encoded, make_corpus

pytestmark = pytest.mark.usefixtures("without_engine")


@pytest.mark.parametrize("form", ["folder", "tar", "zip", "parquet"])
def test_an_audit_finds_the_same_clusters_however_the_images_are_packed(form, tmp_path, capsys):
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
        told = capsys.readouterr().err
        assert f"the first is {form}://" in told and f"Give --protect {packed}/" in told
        kept_there = [f"--protect={archive}" for archive in packed.iterdir()]
        assert run(*refused[:-1], tmp_path / "none.parquet", *kept_there, workers=()) == 0
        assert pq.read_table(tmp_path / "none.parquet").num_rows == 0
    assert run("materialize", output, "--to", copies, "--plan", plan, workers=()) == 0
    assert run("materialize", "--apply", plan, workers=()) == 0
    kept = {path.read_bytes() for path in copies.rglob("*") if path.is_file()}
    reclaimable = sum(row["reclaimable"] for row in table(output, "clusters"))
    assert reclaimable >= 6 and len(kept) == len(files) - reclaimable
    assert kept <= {file.read_bytes() for file in files}


def hostile(folder):
    """What people have beside their pictures: URIs of what can be read, and of what can't with the failure's name."""
    pictures = [encoded(draw_picture(seed, 200, 150)) for seed in range(9)]
    good, bad = [], []
    folder.mkdir()
    for name, data in zip(("dbl::colon.jpg", "a b?.jpg", "[x].jpg"), pictures, strict=False):
        (folder / name).write_bytes(data)
        good.append(f"{folder}/{name}")
    for name, data in (("notes.txt", b"x"), ("more.txt", b"x"), ("README", b"x"), (".hidden.jpg", pictures[0])):
        (folder / name).write_bytes(data)
    os.mkfifo(folder / "pipe.jpg")
    (folder / "broken.jpg").symlink_to("nowhere")
    bad += [(f"{folder}/pipe.jpg", "not_a_file"), (f"{folder}/broken.jpg", "broken_link")]
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as archive:
        for number in (3, 4, 5):
            info = tarfile.TarInfo(f"{number}.jpg")
            info.size = len(pictures[number])
            archive.addfile(info, io.BytesIO(pictures[number]))
    data = bytearray(buffer.getvalue())
    data[data.index(b"4.jpg\0")] ^= 255
    (folder / "t[1].tar").write_bytes(data)
    good += [f"tar://{number}.jpg::{folder}/t[1].tar" for number in (3, 5)]
    bad.append((f"{folder}/t[1].tar", "bad_container"))
    rows = [{"bytes": pictures[6]}, None, {"bytes": pictures[7]}]
    pq.write_table(pa.table({"image": rows}), folder / "p.parquet")
    good += [f"parquet://image/{row}::{folder}/p.parquet" for row in (0, 2)]
    bad.append((f"parquet://image/1::{folder}/p.parquet", "ContainerError"))
    (folder / "q.parquet").write_bytes(b"PAR1 and no more")
    bad.append((f"{folder}/q.parquet", "bad_container"))
    with zipfile.ZipFile(folder / "z.zip", "w", zipfile.ZIP_LZMA) as archive:
        archive.writestr("z.jpg", pictures[8])
    bad.append((f"zip://z.jpg::{folder}/z.zip", "bad_member"))
    (folder / "m.txt").write_text("dbl::colon.jpg\ngone.jpg\n")
    bad.append((f"{folder}/gone.jpg", "FileNotFoundError"))
    return sorted(good), sorted(bad)


def test_whatever_lies_around_ends_in_a_fingerprint_or_a_failure_and_once(tmp_path, capsys):
    folder, output = tmp_path / "in[0]", tmp_path / "o[1]::"
    good, bad = hostile(folder)
    (tmp_path / "o1::").mkdir()
    (tmp_path / "o1::" / "mine").write_text("not to be touched")
    inputs = [folder, folder / "[!.]*.jpg", f"{folder}/../in[[]0]/*.[ptz]*", folder / "m.txt", folder / "pipe.jpg"]
    assert run("audit", *inputs, "--output", output) == 0
    assert "12 files were left out: 6 .txt, 2 .parquet, 1 without" in capsys.readouterr().out
    assert [row["uri"] for row in sorted(table(output, "fingerprints"), key=lambda row: row["uri"])] == good
    failures = table(output, "failures")
    assert sorted((row["uri"], row["error"]) for row in failures) == bad
    assert all(row["message"] and "\n" not in row["message"] for row in failures)
    record = json.loads((output / "audit.json").read_text())
    assert record["counts"]["listed"] == len(good) + len(bad) == len(table(output, "fingerprints")) + len(failures)
    assert record["left_out"] == {".txt": 6, ".parquet": 2, "": 1, ".tar": 1, ".zip": 1, "hidden": 1}
    assert "12 files were left out" in (output / "report.html").read_text()
    first = digests(output)
    assert run("audit", *inputs, "--output", output, "--overwrite") == 0
    assert digests(output) == first and (tmp_path / "o1::" / "mine").exists()
