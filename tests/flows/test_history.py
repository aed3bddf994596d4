"""What an audit of a corpus that changed overnight does, and what it tells of the night."""

import json
import os
import shutil

import numpy as np
import pytest

from lookalike.pipelines.run import manifest
from lookalike.pipelines.run.steps import reuse
from lookalike.transforms.incremental import diff as changes
from tests.flows.test_audit import digests, run, table
from tests.synthetic import draw_picture, encoded, make_corpus

pytestmark = pytest.mark.usefixtures("without_engine")

BANDED = ("--set", "pair.exhaustive=0", "--set", "pair.assumed_corpus_size=1000000")


@pytest.fixture(scope="module")
def nights(tmp_path_factory):
    """A corpus before and after a night, audited with --since: two copies came, one changed, one went, one moved."""
    place = tmp_path_factory.mktemp("nights")
    folder = place / "images"
    make_corpus(folder, groups=5)
    for path in folder.iterdir():
        os.utime(path, (10**9, 10**9))
    assert run("audit", folder, "--output", place / "first", *BANDED) == 0
    (folder / "g1-copy.jpg").write_bytes((folder / "g1.jpg").read_bytes())
    (folder / "new.png").write_bytes(encoded(draw_picture(5000, 400, 300), "PNG", compress_level=1))
    (folder / "g2.jpg").write_bytes(encoded(draw_picture(77, 400, 300)))
    (folder / "g3.jpg").unlink()
    (folder / "g4.jpg").rename(folder / "moved.jpg")
    assert run("audit", folder, "--output", place / "second", "--since", place / "first", *BANDED) == 0
    return place


def test_only_what_changed_is_read(nights, monkeypatch, tmp_path):
    from lookalike.transforms.decoding import read_images as images

    seen = []
    real = images.read_bytes
    monkeypatch.setattr(images, "read_bytes", lambda source, most: seen.append(source.uri) or real(source, most))
    since = ("--since", nights / "first")
    assert run("audit", nights / "images", "--output", tmp_path / "again", *since, *BANDED) == 0
    assert sorted(map(os.path.basename, seen)) == ["g1-copy.jpg", "g2.jpg", "moved.jpg", "new.png"]
    assert digests(tmp_path / "again") == digests(nights / "second")


def test_changes_are_looked_at_in_batches(nights, monkeypatch, tmp_path, capsys):
    """With room for one image, those of every part are a batch; and the result is the same."""
    batches = []
    real = changes.changes_of
    monkeypatch.setattr(changes, "changes_of", lambda *given: batches.append(real(*given)) or batches[-1])
    monkeypatch.setattr(changes, "BATCH_BYTES", 1)
    monkeypatch.setattr(reuse, "MANY", 1.0)
    since = ("--since", nights / "first", "--set", "output.rows_per_part=4")
    assert run("audit", nights / "images", "--output", tmp_path / "again", *since, *BANDED) == 0
    assert len(batches[0].batches) > 1 and "whole corpus" not in capsys.readouterr().err
    found, whole = (digests(output) for output in (tmp_path / "again", nights / "second"))
    assert {name: digest for name, digest in whole.items() if "fingerprints" not in name}.items() <= found.items()


def test_a_renamed_image_is_not_decoded_again(nights, monkeypatch, tmp_path):
    from lookalike.transforms.decoding import read_images as images

    seen = []
    real = images.image_of
    monkeypatch.setattr(images, "image_of", lambda source, *rest: seen.append(source.uri) or real(source, *rest))
    since = ("--since", nights / "first")
    assert run("audit", nights / "images", "--output", tmp_path / "again", *since, *BANDED) == 0
    assert sorted(map(os.path.basename, seen)) == ["g1-copy.jpg", "g2.jpg", "new.png"]


def test_the_delta_tells_what_became_of_each_cluster(nights):
    def names(uris):
        return [os.path.basename(uri) for uri in uris]

    rows = table(nights / "second", "delta")
    told = [(r["change"], r["previous_size"], r["size"], names(r["added"]), names(r["removed"])) for r in rows]
    assert sorted(told) == [
        ("changed", 3, 3, ["moved.jpg"], ["g4.jpg"]),
        ("grown", 3, 4, ["g1-copy.jpg"], []),
        ("new", 0, 2, ["new.png", "s0.png"], []),
        ("shrunk", 3, 2, [], ["g2.jpg"]),
        ("shrunk", 3, 2, [], ["g3.jpg"]),
    ]
    record = manifest.read(str(nights / "second"))
    assert sum(record["delta"].values()) == len(rows) and record["since"] == str(nights / "first")


def test_nothing_changed_is_no_delta(nights, tmp_path):
    since = ("--since", nights / "second")
    assert run("audit", nights / "images", "--output", tmp_path / "third", *since, *BANDED) == 0
    assert table(tmp_path / "third", "delta") == []
    assert digests(tmp_path / "third") == digests(nights / "second")


def test_a_disk_that_is_not_mounted_does_not_become_the_latest_audit(nights, tmp_path, capsys):
    catalog, images = tmp_path / "catalog", tmp_path / "images"
    shutil.copytree(nights / "first", catalog / "2026-01-01T000000Z")
    images.mkdir()
    assert run("audit", images, "--catalog", catalog, *BANDED) == 2
    assert "is a disk not mounted?" in capsys.readouterr().err
    assert [path.name for path in catalog.iterdir()] == ["2026-01-01T000000Z"]
    assert run("audit", images, "--output", tmp_path / "empty", *BANDED) == 0


def test_one_of_several_folders_that_is_empty_tonight_is_told(nights, tmp_path, capsys):
    """Its images are gone: perhaps they were moved, perhaps a disk is not mounted."""
    one, other = tmp_path / "one", tmp_path / "other"
    shutil.copytree(nights / "images", one)
    shutil.copytree(nights / "images", other)
    assert run("audit", one, other, "--output", tmp_path / "first", *BANDED) == 0
    since = ("--since", tmp_path / "first", *BANDED)
    assert run("audit", one, other, "--output", tmp_path / "second", *since) == 0
    assert "mounted" not in capsys.readouterr().err
    shutil.rmtree(other)
    other.mkdir()
    assert run("audit", one, other, "--output", tmp_path / "third", *since) == 0
    said = [line for line in capsys.readouterr().err.splitlines() if "mounted" in line]
    had = manifest.read(str(tmp_path / "first"))["counts"]["fingerprints"] // 2
    assert len(said) == 1 and f"{other}: no images are there" in said[0] and f"first had {had};" in said[0]


def test_an_earlier_audit_of_another_configuration(nights, tmp_path, capsys):
    others = ("--since", nights / "first", *BANDED, "--set", "sketch.keypoints=100")
    assert run("audit", nights / "images", "--output", tmp_path / "out", *others) == 2
    error = capsys.readouterr().err
    assert "sketch.keypoints was 250 and is 100" in error and "--refresh" in error
    assert run("audit", nights / "images", "--output", tmp_path / "out", *others, "--refresh") == 0
    assert run("audit", nights / "images", "--output", tmp_path / "whole", *others[2:]) == 0
    assert digests(tmp_path / "out") == digests(tmp_path / "whole")


def test_other_rules_match_the_whole_corpus_again(nights, tmp_path, capsys):
    others = (*BANDED, "--set", "confirm.probability=0.6")
    assert run("audit", nights / "images", "--output", tmp_path / "out", "--since", nights / "first", *others) == 0
    assert "matching the whole corpus" in capsys.readouterr().err
    assert run("audit", nights / "images", "--output", tmp_path / "whole", *others) == 0
    assert digests(tmp_path / "out") == digests(tmp_path / "whole")


def test_another_policy_chooses_other_leaders(nights, tmp_path):
    """Of files of equal pixels the smallest is searched then, which came last and was not before."""
    folder = tmp_path / "images"
    shutil.copytree(nights / "images", folder)
    pixels = draw_picture(5000, 400, 300)
    (folder / "new-small.png").write_bytes(encoded(pixels, "PNG", compress_level=9))
    (folder / "new-jpeg.jpg").write_bytes(encoded(pixels, quality=70))
    assert run("audit", folder, "--output", tmp_path / "first", *BANDED) == 0
    others = (*BANDED, "--set", "cluster.prefer=[smallest]")
    assert run("audit", folder, "--output", tmp_path / "out", "--since", tmp_path / "first", *others) == 0
    assert run("audit", folder, "--output", tmp_path / "whole", *others) == 0
    assert digests(tmp_path / "out") == digests(tmp_path / "whole")
    assert digests(tmp_path / "out") != digests(tmp_path / "first")


def test_other_versions_are_told(nights, tmp_path, capsys, monkeypatch):
    monkeypatch.setattr("lookalike.pipelines.configuration.versions.VERSION", "9")
    monkeypatch.setattr(
        "lookalike.pipelines.configuration.versions.metadata.version", lambda name: "9.9" if name == "pillow" else "1"
    )
    run("audit", nights / "images", "--output", tmp_path / "out", "--since", nights / "second", *BANDED)
    assert "other versions of" in capsys.readouterr().err


@pytest.mark.parametrize("setting", ["pair.bucket=2", "pair.crowd=2"])
def test_a_hot_bucket_or_a_crowd_that_changed_matches_the_whole_corpus_again(nights, tmp_path, capsys, setting):
    others = (*BANDED, "--set", setting)
    for night, since in (("a", ()), ("b", ("--since", tmp_path / "a"))):
        assert run("audit", nights / "images", "--output", tmp_path / night, *since, *others) == 0
        shutil.copy(nights / "images" / "g0-jpeg.jpg", nights / "images" / "hot.jpg")
        (nights / "images" / "hot.jpg").write_bytes(encoded(np.asarray(draw_picture(1000, 400, 300)), quality=60))
    assert "effects on other pairs" in capsys.readouterr().err
    (nights / "images" / "hot.jpg").unlink()


def test_json_lines_end_with_the_counters(nights, tmp_path, capsys):
    flags = ("--since", nights / "first", "--log", "json", "--metrics", tmp_path / "m" / "lookalike.prom")
    assert run("audit", nights / "images", "--output", tmp_path / "out", *flags, *BANDED) == 0
    lines = [json.loads(line) for line in capsys.readouterr().err.splitlines() if line.startswith("{")]
    assert [line["stage"] for line in lines if "stage" in line] == ["listed", "fingerprinted", "confirmed", "reported"]
    assert lines[-1]["message"] == "finished" and lines[-1]["counts"]["listed"] == lines[0]["count"]
    assert lines[-1]["delta"]["grown"] == 1
    assert 'lookalike_changed_clusters{change="grown"} 1' in (tmp_path / "m" / "lookalike.prom").read_text()


@pytest.mark.parametrize(
    ("conditions", "code"),
    [
        (["any-duplicates"], 3),
        (["new-duplicates"], 3),
        (["failures>0"], 0),
        (["failures>0", "any-duplicates"], 3),
        (["duplicates"], 2),
    ],
)
def test_fail_on_is_exit_code_3(nights, tmp_path, conditions, code):
    flags = [flag for condition in conditions for flag in ("--fail-on", condition)]
    out = ("--output", tmp_path / "out", "--since", nights / "first")
    assert run("audit", nights / "images", *out, *BANDED, *flags) == code


def test_new_duplicates_need_something_to_be_new_against(nights, tmp_path, capsys):
    assert run("audit", nights / "images", "--output", tmp_path / "out", "--fail-on", "new-duplicates") == 2
    assert "--since" in capsys.readouterr().err and not (tmp_path / "out").exists()
