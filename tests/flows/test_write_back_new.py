"""Folders of images, and what else lies elsewhere, as new shards and tables; by an audit made by hand."""

import datetime
import json
import math
import shutil
import tarfile
import zipfile

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import webdataset
from PIL import Image

from lookalike.pipelines.cli.main import main
from lookalike.pipelines.materialize.write_back import survey
from lookalike.transforms.io.write_back import write_units
from tests.flows.test_audit import ONE
from tests.flows.test_write_back import TWO, tree
from tests.packed import members, pictures, sample, shard
from tests.planned import finished_audit

ODD = ("x.y/a.jpg", "x.y/a.b.jpg", "ä ö.jpeg", "two\nlines.jpg", "no-suffix", "UPPER.JPG", '"quoted", too.jpg')
SCHEMA = pa.schema(
    [("label", pa.string()), ("score", pa.float64()), ("tags", pa.list_(pa.string())), ("taken", pa.timestamp("us"))]
)
TAKEN = datetime.datetime(2026, 1, 2, 3, 4, 5)


@pytest.fixture(scope="module")
def corpus(tmp_path_factory):
    """Files with odd names, a zip, a shard, and a file that is no image; the audit, and what is to be of each image:
    its bytes, what it is a copy of, and its columns.
    """
    place = tmp_path_factory.mktemp("new")
    groups, names = pictures(9), iter(ODD)
    inside, packed, clusters, truth = [], {}, [], {}
    (place / "in" / "x.y").mkdir(parents=True)
    for number, group in enumerate(groups):
        uris = []
        for step, image in enumerate(group):
            if number == 7:
                name, uri = f"{step}.jpg", f"zip://{step}.jpg::{place}/in/p.zip"
                packed[name] = image
            elif number == 8:
                inside.append((f"{step}", sample(image, f"{step}")))
                uri = f"tar://{step}.jpg::{place}/in/s.tar"
            else:
                name = next(names, f"{number}-{step}.jpg")
                (place / "in" / name).write_bytes(image)
                uri = f"{place}/in/{name}"
            score = math.nan if step else number / 3
            said = {"label": f"of {number}" if step < 2 else None, "score": score, "tags": ["a", "b"][:step]}
            truth[uri] = (image, uris[0] if uris else None, {**said, "taken": TAKEN if step else None})
            uris.append(uri)
        clusters.append(uris)
    shard(place / "in" / "s.tar", inside)
    with zipfile.ZipFile(place / "in" / "p.zip", "w") as archive:
        for name, image in packed.items():
            archive.writestr(name, image)
    (place / "in" / "broken.jpg").write_bytes(b"no image")
    rows = [{"uri": uri, **said} for uri, (_, _, said) in truth.items()]
    rows.append({"uri": f"{place}/in/broken.jpg", "label": "broken"})
    columns = pa.Table.from_pylist(rows, pa.schema([("uri", pa.string()), *SCHEMA]))
    failure = {"uri": f"{place}/in/broken.jpg", "stage": "read", "error": "undecodable", "message": "m"}
    finished_audit(str(place / "audit"), clusters, failures=[failure], columns=columns)
    return place, truth


def written(corpus, to, *more):
    return main(["materialize", str(corpus[0] / "audit"), "--to", str(to), *map(str, more), *ONE])


def elsewhere(corpus, kind, kept=True):
    """Images that lie in no container of a kind, by their path below the folder of all."""
    place, truth = corpus
    return {
        uri.removeprefix(f"{place}/in/") if "::" not in uri else f"p.zip/{uri[6:11]}" if "zip" in uri else uri: told
        for uri, told in truth.items()
        if not uri.startswith(f"{kind}:") and (not kept or told[1] is None)
    }


def as_json(said):
    score = said["score"]
    return {
        **said, "score": None if math.isnan(score) else score, "taken": str(said["taken"]) if said["taken"] else None,
    }  # fmt: skip


def test_a_folder_becomes_shards_with_columns(corpus, tmp_path, capsys, monkeypatch):
    monkeypatch.setattr(survey, "SHARD_BYTES", 8_000)
    to = tmp_path / "shards"
    with monkeypatch.context() as patch:  # killed when some are written
        real, calls = write_units.write_new_tar, []

        def fail(*arguments):
            calls.append(1)
            if len(calls) == 3:
                raise RuntimeError("killed")
            return real(*arguments)

        patch.setattr(write_units, "write_new_tar", fail)
        assert written(corpus, to, "--as", "webdataset") == 1
    before = {name: (to / name).stat().st_mtime_ns for name in tree(to) if name.endswith(".tar")}
    assert before
    capsys.readouterr()
    assert written(corpus, to, "--as", "webdataset") == 1  # one image could not be read
    said = capsys.readouterr()
    assert "broken.jpg could not be taken along: the audit could not read it" in said.err
    assert "of 3 images in .zip archives the image and its columns were taken" in said.out
    assert "units were there from an earlier try" in said.out
    assert {name: (to / name).stat().st_mtime_ns for name in before} == before
    new = sorted(name for name in tree(to) if name != "s.tar")
    assert len(new) > 3 and new == [f"part-{n:05d}-of-{len(new):05d}.tar" for n in range(len(new))]
    assert list(members(to / "s.tar")) == ["0.jpg", "0.txt", "0.json"]  # the shard of the corpus, without copies
    wanted, found = elsewhere(corpus, "tar"), {}
    for name in new:
        for one in webdataset.WebDataset(str(to / name), shardshuffle=False, empty_check=False):
            told = json.loads(one["json"])
            (suffix,) = {key for key in one if not key.startswith("__")} - {"json"}
            found[told.pop("file_name")] = (one[suffix], told)
            assert suffix in ("jpg", "jpeg") and one["__key__"].startswith(f"{int(name[5:10]):05d}-")
    assert found == {path: (image, as_json(said)) for path, (image, _, said) in wanted.items()}
    whole = tmp_path / "whole"
    assert main(["materialize", str(corpus[0] / "audit"), "--to", str(whole), "--as", "webdataset", *TWO]) == 1
    assert tree(whole) == tree(to)
    with tarfile.open(to / new[0]) as archive:
        assert {(info.mtime, info.uid, info.mode) for info in archive} <= {(0, 0, 0o644)}


def test_a_folder_becomes_a_table_that_is_loaded_as_images(corpus, tmp_path):
    from datasets import load_dataset

    to = tmp_path / "tables"
    assert written(corpus, to, "--as", "parquet", "--images", "all") == 1
    (name,) = tree(to)
    table = pq.read_table(to / name)
    assert table.schema.names == ["image", *SCHEMA.names, "duplicate_of"]
    assert table.schema.field("taken").type == SCHEMA.field("taken").type
    place, truth = corpus
    wanted = {spelling: truth for spelling, truth in elsewhere(corpus, "parquet", kept=False).items()}
    assert len(wanted) == len(truth) == table.num_rows
    for row in table.to_pylist():
        path = row["image"]["path"]
        uri = f"tar://{path[6:]}::{place}/in/s.tar" if path.startswith("s.tar/") else path
        image, kept, said = wanted[uri]
        assert row["image"]["bytes"] == image and row["duplicate_of"] == kept
        assert str({key: row[key] for key in SCHEMA.names}) == str(said)  # NaN equals nothing
    data = load_dataset("parquet", data_files=str(to / name), split="train", cache_dir=str(tmp_path / "cache"))
    assert isinstance(data[0]["image"], Image.Image) and data.features["tags"].feature.dtype == "string"
    assert written(corpus, to, "--as", "parquet", "--images", "all") == 1 and list(tree(to)) == [name]


def test_files_and_lists_say_what_images_carry_along(corpus, tmp_path):
    place, truth = corpus
    to = tmp_path / "files"
    assert written(corpus, to, "--as", "imagefolder", "--images", "all") == 0
    lines = [json.loads(line) for line in (to / "metadata.jsonl").read_text().splitlines()]
    there = {name for name in tree(to) if name != "metadata.jsonl"}
    assert {line["file_name"] for line in lines} == there and len(lines) == len(truth) + 1
    told = {line["file_name"]: line for line in lines}
    assert told["broken.jpg"]["label"] == "broken" and told["broken.jpg"]["duplicate_of"] is None
    for uri, (_, kept, said) in truth.items():
        if "::" not in uri:
            line = told[uri.removeprefix(f"{place}/in/")]
            assert line["duplicate_of"] == kept and {name: line[name] for name in said} == as_json(said)


def test_lists_have_the_columns(tmp_path):
    import csv

    files = [tmp_path / "in" / f"{n}.jpg" for n in range(3)]
    (tmp_path / "in").mkdir()
    for path in files:
        path.write_bytes(pictures(1)[0][0])
    uris = [str(path) for path in files]
    columns = pa.table({"uri": uris, "label": ["a, b", None, "c"], "tags": [["x"], [], None]})
    finished_audit(str(tmp_path / "audit"), [uris], columns=columns)
    for form in ("lists", "fiftyone", "labelstudio"):
        arguments = ["materialize", str(tmp_path / "audit"), "--to", str(tmp_path / form), "--as", form]
        assert main([*arguments, *ONE]) == 0
    with (tmp_path / "lists" / "keep.csv").open(newline="") as keep, (tmp_path / "lists" / "drop.csv").open() as drop:
        assert list(csv.DictReader(keep)) == [{"uri": uris[0], "label": "a, b", "tags": '["x"]'}]
        assert [(row["label"], row["tags"]) for row in csv.DictReader(drop)] == [("", "[]"), ("c", "")]
    labels = json.loads((tmp_path / "fiftyone" / "labels.json").read_text())["labels"].values()
    assert {one["attributes"]["label"] for one in labels} == {"a, b", None, "c"}
    tasks = json.loads((tmp_path / "labelstudio" / "tasks.json").read_text())
    assert [task["data"]["columns"] for task in tasks] == [{"label": None, "tags": []}, {"label": "c", "tags": None}]


@pytest.mark.parametrize("name", ["image", "duplicate_of"])
def test_a_column_that_a_table_has_already_is_refused(name, tmp_path, capsys):
    (tmp_path / "a.jpg").write_bytes(pictures(1)[0][0])
    uri = str(tmp_path / "a.jpg")
    finished_audit(str(tmp_path / "audit"), [[uri]], columns=pa.table({"uri": [uri], name: ["x"]}))
    assert written((tmp_path,), tmp_path / "to", "--as", "parquet") == 2
    assert f"carries a column {name!r} along" in capsys.readouterr().err and not (tmp_path / "to").exists()


def test_what_would_become_one_file_is_refused_before_anything_is_written(tmp_path, capsys):
    groups = pictures(4, copies=1)
    for folder, image in zip(("a", "b", "B", "c"), groups, strict=True):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "1.jpg").write_bytes(image[0])
        shard(tmp_path / folder / "s.tar", [("1", sample(image[0], "1"))])
    for form, name in (("imagefolder", "1.jpg"), ("webdataset", "s.tar"), ("imagefolder", "s.tar")):
        uris = [f"{tmp_path}/{folder}/{name}" for folder in ("a", "b", "B", "c")]
        inside = [f"tar://1.jpg::{uri}" if name == "s.tar" else uri for uri in uris]
        audit, to = tmp_path / f"{form}-{name}", tmp_path / "to"
        finished_audit(str(audit), [[uri] for uri in inside])
        assert main(["materialize", str(audit), "--to", str(to), "--as", form, *TWO]) == 1
        assert f"B/{name} and {tmp_path}/b/{name} would both become b/{name}; rename one" in capsys.readouterr().err
        assert not [path for path in to.rglob("*") if path.name in ("1.jpg", "s.tar")]
        shutil.rmtree(to)


def test_a_shard_that_is_called_as_a_new_one_is_refused(tmp_path, capsys):
    (image,), (other,) = pictures(2, copies=0)
    (tmp_path / "1.jpg").write_bytes(image)
    own = tmp_path / "part-00000-of-00001.tar"
    shard(own, [("1", sample(other, "1"))])
    finished_audit(str(tmp_path / "audit"), [[f"{tmp_path}/1.jpg"], [f"tar://1.jpg::{own}"]])
    assert main(["materialize", str(tmp_path / "audit"), "--to", str(tmp_path / "to"), "--as", "webdataset", *ONE]) == 1
    assert f"{own} and the new {own.name} would both become {own.name}; rename one" in capsys.readouterr().err
    assert not list((tmp_path / "to").glob("*.tar"))
