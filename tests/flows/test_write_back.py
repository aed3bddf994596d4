"""A corpus back into the form that it came in, without its copies: by whole audits, and read by who made the form."""

import csv
import json
import shutil
from pathlib import Path

import pytest
import webdataset
from PIL import Image

from lookalike.pipelines.materialize.write_back import claim
from lookalike.transforms.io.write_back import write_units
from tests.flows.test_audit import run, table
from tests.packed import members, sample, shard
from tests.synthetic import make_corpus

pytestmark = pytest.mark.usefixtures("without_engine")


@pytest.fixture(scope="module")
def shards(tmp_path_factory):
    """Two shards of an audited corpus, among them a copy of a copy; folder and audit."""
    place = tmp_path_factory.mktemp("write_back")
    make_corpus(place / "images", groups=5, singles=4, width=240, height=180)
    for group in range(5):
        with Image.open(place / "images" / f"g{group}.jpg") as image:
            image.save(place / "images" / f"g{group}-again.jpg", quality=75)
    shutil.copy(place / "images" / "g3-again.jpg", place / "images" / "g3-z.jpg")
    files = sorted((place / "images").iterdir())
    (place / "in" / "sub").mkdir(parents=True)
    for name, some in (("a.tar", files[:13]), ("sub/b.tar", files[13:])):
        samples = [(f"x/{n:04d}", sample(file.read_bytes(), file.name)) for n, file in enumerate(some)]
        shard(place / "in" / name, samples)
    assert run("audit", place / "in" / "**" / "*.tar", "--output", place / "audit") == 0
    return place


def going(place):
    """URIs of the images that the kept copy of their cluster shows, and that copy."""
    rows = table(place / "audit", "clusters")
    goes = [r for r in rows if r["reclaimable"] or (not r["is_representative"] and r["match"] in ("exact", "pixels"))]
    assert len(goes) > 5
    return {row["uri"]: row["representative_uri"] for row in goes}


def tree(folder):
    """All files of a folder by their path below it, but for the record."""
    paths = (path for path in Path(folder).rglob("*") if path.is_file() and path.name != claim.RECORD)
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(paths)}


def written(place, to, *more):
    return run("materialize", place / "audit", "--to", to, *more)


def test_shards_keep_their_captions_and_order_and_lose_their_copies(shards, tmp_path):
    to = tmp_path / "new" / "clean"
    assert written(shards, to, "--as", "webdataset") == 0
    gone = going(shards)
    for name in ("a.tar", "sub/b.tar"):
        before = members(shards / "in" / name)
        keys = {uri.partition("://")[2].partition(".")[0] for uri in gone if uri.endswith(f"/in/{name}")}
        assert keys and list(members(to / name).items()) == [
            (member, data) for member, data in before.items() if member.partition(".")[0] not in keys
        ]
        data = webdataset.WebDataset(str(to / name), shardshuffle=False).decode().to_tuple("txt", "json", "__key__")
        read = list(data)
        assert read and all(text == f"caption of {about['name']}" for text, about, _ in read)
    assert not (to / ".run").exists()
    record = json.loads((to / claim.RECORD).read_text())
    assert record["dropped"] == len(gone) and [file["path"] for file in record["files"]] == ["a.tar", "sub/b.tar"]
    # by two workers, and once more into what is finished: the same bytes, and nothing is done again
    other, finished = tmp_path / "other", (to / "a.tar").stat()
    assert run("materialize", shards / "audit", "--as", "webdataset", "--to", other, workers=TWO) == 0
    assert tree(other) == tree(to)
    assert written(shards, to, "--as", "webdataset") == 0 and (to / "a.tar").stat() == finished


TWO = ("--", "--direct_num_workers=2")


def test_all_images_say_of_what_they_are_copies(shards, tmp_path):
    to = tmp_path / "all"
    assert written(shards, to, "--as", "webdataset", "--images", "all") == 0
    gone = going(shards)
    for name in ("a.tar", "sub/b.tar"):
        before, after = members(shards / "in" / name), members(to / name)
        marks = {member: data.decode() for member, data in after.items() if member.endswith(".duplicate_of.txt")}
        assert list(before.items()) == [item for item in after.items() if item[0] not in marks]
        assert marks == {
            f"{member[:-4]}.duplicate_of.txt": gone.get(f"tar://{member}::{shards}/in/{name}", "")
            for member in before
            if member.endswith((".jpg", ".png"))
        }


def test_a_run_that_failed_goes_on_and_writes_no_shard_again(shards, tmp_path, monkeypatch, capsys):
    to, whole = tmp_path / "to", tmp_path / "whole"
    real = write_units.write_tar

    def fail(container, *rest):
        if container.endswith("b.tar"):
            raise RuntimeError("killed")
        return real(container, *rest)

    with monkeypatch.context() as patch:
        patch.setattr(write_units, "write_tar", fail)
        assert written(shards, to, "--as", "webdataset") == 1
    first = (to / "a.tar").stat()
    assert not (to / "sub" / "b.tar").exists() and not (to / claim.RECORD).exists()
    assert written(shards, to, "--as", "imagefolder") == 2
    assert "holds the beginning of something else" in capsys.readouterr().err
    assert written(shards, to, "--as", "webdataset") == 0
    assert "1 of 2 units were there from an earlier try" in capsys.readouterr().out
    assert written(shards, whole, "--as", "webdataset") == 0
    assert (to / "a.tar").stat() == first and tree(to) == tree(whole)


def test_lists_name_every_image_once(shards, tmp_path):
    to = tmp_path / "lists"
    assert written(shards, to, "--as", "lists") == 0
    gone, clusters = going(shards), {row["uri"]: row for row in table(shards / "audit", "clusters")}
    kept = (to / "keep.txt").read_text().splitlines()
    rows = list(csv.DictReader((to / "drop.csv").open()))
    assert [(row["uri"], row["duplicate_of"]) for row in rows] == sorted(gone.items())
    assert kept == sorted(row["uri"] for row in table(shards / "audit", "fingerprints") if row["uri"] not in gone)
    pairs = {frozenset((p["uri_a"], p["uri_b"])): p for p in table(shards / "audit", "pairs")}
    unpaired = 0
    for row in rows:
        member = clusters[row["uri"]]
        pair = pairs.get(frozenset((row["uri"], row["duplicate_of"])))
        assert (row["relation"], row["match"]) == (member["relation"], member["match"])
        if row["match"] in ("exact", "pixels"):
            assert float(row["probability"]) == 1
        elif pair:
            assert row["probability"] == f"{pair['probability']:.4g}"
        else:  # the copy of a copy, of which the other was compared
            unpaired += 1
            assert 0.5 < float(row["probability"]) <= 1
    assert unpaired == 1
    assert run("audit", to / "keep.txt", "--output", tmp_path / "again") == 0
    assert not any(row["reclaimable"] for row in table(tmp_path / "again", "clusters"))


def test_images_out_of_shards_become_files(shards, tmp_path):
    to = tmp_path / "folder"
    assert written(shards, to, "--as", "imagefolder") == 0
    gone = going(shards)
    expected = {}
    for name in ("a.tar", "sub/b.tar"):
        for member, data in members(shards / "in" / name).items():
            if member.endswith((".jpg", ".png")) and f"tar://{member}::{shards}/in/{name}" not in gone:
                expected[f"{name}/{member}"] = data
    assert tree(to) == expected


def test_what_is_there_stays(shards, tmp_path, capsys):
    to = tmp_path / "full"
    to.mkdir()
    (to / "mine.txt").write_text("mine")
    before = tree(shards / "in")
    for place, words in (
        (to, "is not empty, and nothing is overwritten"),
        (shards / "in" / "new", "which is only read"),
        (shards / "audit", "which is only read"),
    ):
        assert written(shards, place, "--as", "webdataset") == 2
        assert words in capsys.readouterr().err
    for more, words in (
        (("--as", "coco"), "needs --annotations"),
        (("--as", "fiftyone"), "FiftyOne opens files"),
        (("--as", "webdataset", "--name", "{index}"), "takes no --name"),
        (("--as", "imagefolder", "--protect", tmp_path), "below a protected prefix"),
    ):
        assert written(shards, tmp_path / "refused", *more) == 2
        assert words in capsys.readouterr().err
    assert not (tmp_path / "refused").exists() and tree(to) == {"mine.txt": b"mine"}
    assert tree(shards / "in") == before
