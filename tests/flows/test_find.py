"""A few images are looked up in an audit: what a comparison says, from an index that is written once."""

import io
import json
import shutil

import pyarrow.parquet as pq
import pytest
from PIL import Image

import lookalike
from lookalike.pipelines.matching import find as finding
from lookalike.transforms.clustering.verdicts import NOT_DUPLICATES
from lookalike.transforms.core.keys import content_hash
from tests.faults.schedules import command, rows
from tests.synthetic import draw_picture, encoded, make_corpus

pytestmark = pytest.mark.usefixtures("without_engine")


@pytest.fixture(scope="module")
def images(tmp_path_factory):
    """Originals in one folder, their edits and strangers in another."""
    root = tmp_path_factory.mktemp("find")
    for file in make_corpus(root / "all", groups=5, singles=3):
        known = "-" not in file and file != "s0.png"
        (root / ("known" if known else "new")).mkdir(exist_ok=True)
        shutil.copy(root / "all" / file, root / ("known" if known else "new") / file)
    shutil.copy(root / "all" / "g0.jpg", root / "known" / "g0-again.jpg")
    (root / "known" / "blank.png").write_bytes(encoded(draw_picture(1, 40, 40)[:4, :4] * 0, "PNG"))
    shutil.copy(root / "known" / "blank.png", root / "new" / "blank-too.png")
    return root


@pytest.fixture(scope="module", params=[10_000, 0], ids=["all pairs", "bands"])
def audited(request, images, tmp_path_factory):
    output = tmp_path_factory.mktemp("audited") / "audit"
    exhaustive = f"pair.exhaustive={request.param}"
    assert command("audit", f"{images}/known", "--output", str(output), "--set", exhaustive).code == 0
    compared = output.parent / "compared"
    assert command("compare", f"{images}/new", "--against", str(output), "--output", str(compared), "--set", exhaustive,
                   "--relations", "same,overlaid,part,whole,overlap,variant,view").code == 0  # fmt: skip
    return output, compared


def index_of(output):
    return {path.name: path.read_bytes() for path in (output / "index").iterdir()}


def test_what_is_found_is_what_a_comparison_says(images, audited, tmp_path):
    output, compared = audited
    told = command("find", f"{images}/new", "--in", str(output), "--output", f"{tmp_path}/found.parquet", "--refused",
                   "--fail-on", "matches>0")  # fmt: skip
    assert told.code == 3 and any("writing an index" in line for line in told.said)
    found = pq.read_table(tmp_path / "found.parquet").to_pylist()
    named = sorted((row for row in found if row["relation"]), key=lambda row: (row["query"], row["match"]))
    wanted = [{k: v for k, v in row.items() if not k.endswith("_set")} for row in rows(compared, "matches")]
    assert len(named) > 10 and named == wanted
    refused = [row for row in found if not row["relation"]]
    candidates = rows(compared, "candidates")
    assert len(refused) == sum(not row["relation"] for row in candidates)
    assert all(row["proposed_by"] and row["probability"] < 0.5 and row["transform"] is None for row in refused)


def test_the_index_is_written_once_and_always_the_same(images, audited):
    output, _ = audited
    command("find", f"{images}/new/g0-half.jpg", "--in", str(output))
    before = index_of(output)
    told = command("find", f"{images}/new/g0-half.jpg", "--in", str(output))
    assert told.code == 0 and not told.said and index_of(output) == before
    (output / "index" / "index.json").write_text(json.dumps({"format": 1, "digest": "of another audit"}))
    assert "writing an index" in command("find", f"{images}/new/g0-half.jpg", "--in", str(output)).said[0]
    assert index_of(output) == before
    (output / "index" / "index.json").unlink()  # killed before its end
    assert command("find", f"{images}/new/g0-half.jpg", "--in", str(output)).code == 0
    assert index_of(output) == before


def test_no_index_is_written_for_images_that_are_not_there_or_of_changed_fingerprints(images, audited, tmp_path):
    shutil.copytree(audited[0], tmp_path / "audit")
    shutil.rmtree(tmp_path / "audit" / "index", ignore_errors=True)
    asked = "--in", f"{tmp_path}/audit"
    told = command("find", f"{images}/nowhere.jpg", *asked)
    assert told.code == 2 and "input not found" in told.said[-1] and not (tmp_path / "audit" / "index").exists()
    part = min((tmp_path / "audit" / "fingerprints").iterdir())
    pq.write_table(pq.read_table(part), part, compression="gzip")
    told = command("find", f"{images}/new/g0-half.jpg", *asked)
    assert told.code == 2 and f"{part} is not there or was changed" in told.said[-1]
    assert not (tmp_path / "audit" / "index").exists()


def test_files_of_others_stay_and_the_index_goes_elsewhere(images, audited, tmp_path):
    output, _ = audited
    shutil.copytree(output, tmp_path / "audit")
    shutil.rmtree(tmp_path / "audit" / "index", ignore_errors=True)
    (tmp_path / "audit" / "index").mkdir()
    (tmp_path / "audit" / "index" / "mine.txt").write_text("mine")
    asked = ("find", f"{images}/new/g0-half.jpg", "--in", f"{tmp_path}/audit")
    told = command(*asked)
    assert told.code == 2 and "--index" in told.said[-1]
    assert [path.name for path in (tmp_path / "audit" / "index").iterdir()] == ["mine.txt"]
    assert command(*asked, "--index", f"{tmp_path}/elsewhere").code == 0
    assert (tmp_path / "elsewhere" / "index.json").exists()


def test_images_in_memory_are_looked_up_from_python(images, audited):
    output, _ = audited
    audit = lookalike.Audit.open(output)
    picture = Image.open(images / "new" / "g2-crop.jpg")
    (row,) = audit.find(picture).to_pylist()
    assert row["query"] == "image" and row["match"].endswith("/g2.jpg") and row["relation"] == "part"
    both = audit.find({"a": str(images / "new" / "g0-bytes.jpg"), "b": draw_picture(99)})
    assert {(r["query"], r["match"].rpartition("/")[2], r["kind"]) for r in both.to_pylist()} == {
        ("a", "g0.jpg", "exact"), ("a", "g0-again.jpg", "exact")
    }  # fmt: skip
    with pytest.raises(lookalike.errors.InputError, match="can't be read"):
        audit.find(b"no image")


def test_what_people_decided_counts_from_python_too(images, audited, tmp_path):
    output, _ = audited
    audit, asking, verdicts = lookalike.Audit.open(output), images / "new" / "g2-crop.jpg", tmp_path / "verdicts.csv"
    hashes = [content_hash(file.read_bytes()).hex() for file in (asking, images / "known" / "g2.jpg")]
    verdicts.write_text(f"content_hash_a,content_hash_b,verdict\n{','.join(hashes)},{NOT_DUPLICATES}\n")
    assert audit.find(str(asking)).num_rows == 1 and audit.find(str(asking), verdicts=verdicts).num_rows == 0
    with pytest.raises(lookalike.errors.VerdictError, match=r"none\.csv"):
        audit.find(str(asking), verdicts=tmp_path / "none.csv")


def test_what_can_not_be_read_is_told_and_too_many_are_refused(images, audited, tmp_path, monkeypatch):
    output, _ = audited
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "broken.jpg").write_bytes((images / "new" / "g0-half.jpg").read_bytes()[:500])
    buffer = io.BytesIO((images / "new" / "g1-mirror.jpg").read_bytes())
    (tmp_path / "in" / "good.jpg").write_bytes(buffer.getvalue())
    told = command("find", f"{tmp_path}/in", "--in", str(output), "--fail-on", "failures>0", "--output",
                   f"{tmp_path}/found.csv")  # fmt: skip
    assert told.code == 3 and "broken.jpg can't be used: undecodable" in told.said[0]
    header, line = (tmp_path / "found.csv").read_text().splitlines()
    assert header.startswith('"query","match"') and "/g1.jpg" in line
    monkeypatch.setattr(finding, "MOST", 1)
    assert "compare" in command("find", f"{images}/new", "--in", str(output)).said[-1]
    assert command("find", f"{images}/new", "--in", str(output), "--output", f"{tmp_path}/found.txt").code == 2
