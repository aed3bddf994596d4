"""Audits from Python: what they say, whose files they are, and what they leave alone."""

import gc
import json
import shutil
from pathlib import Path

import numpy as np
import pytest

import lookalike
from lookalike import errors, running
from tests.pipelines.api.guest import HOSTILE, images


def test_it_changes_nothing_in_the_process_and_says_nothing(finished):
    """The program itself looks at its process; see `guest`."""
    _, done = finished
    assert (done.stdout, done.stderr) == ("", "")


def test_the_public_names_are_there_and_documented():
    assert dir(lookalike) == sorted(lookalike.__all__)
    for name in set(lookalike.__all__) - {"__version__"}:
        assert len(getattr(lookalike, name).__doc__.splitlines()) >= 3, name
    with pytest.raises(AttributeError, match="no attribute 'audits'"):
        lookalike.audits  # noqa: B018


def test_images_in_memory_are_called_by_their_names(audit):
    members = audit.clusters.to_arrow(["uri", "representative_uri"]).to_pylist()
    assert {row["uri"] for row in members if row["representative_uri"].startswith("b")} == {"b", HOSTILE}
    (failure,) = audit.failures.to_arrow().to_pylist()
    assert (failure["uri"], failure["error"]) == ("broken", "undecodable")
    assert set(audit.fingerprints.to_arrow(["uri"])["uri"].to_pylist()) == images().keys() - {"broken"}
    assert audit.counts["listed"] == len(images()) and "2 clusters" in audit.summary


def test_what_may_go_and_what_is_kept_is_the_whole_corpus(audit):
    gone, kept = audit.duplicates(), audit.keep()
    assert sorted(gone + kept) == sorted(images().keys() - {"broken"})
    assert {"a/half", HOSTILE} <= set(gone) and {"c", "blank"} <= set(kept)
    assert len(gone) == audit.counts["reclaimable"]


def test_clusters_are_pictures_whose_names_are_only_text(audit):
    page = audit._repr_html_()
    assert page.count('src="data:image/jpeg;base64,/9j/') == len(audit.clusters)
    assert "&lt;script&gt;alert(1)" in page and "<script" not in page and "http" not in page
    assert audit.to_html(clusters=1, members=2).count("<img") == 2


def test_only_what_is_finished_is_opened(audit, tmp_path):
    with pytest.raises(errors.OutputError, match="holds no finished run"):
        lookalike.Audit.open(tmp_path)
    with pytest.raises(errors.OutputError, match="without an earlier audit, so it has no delta"):
        _ = audit.delta
    record = json.loads(Path(audit.output, "audit.json").read_text())
    del record["parts"]["clusters"], record["counts"]["clusters"]
    (tmp_path / "audit.json").write_text(json.dumps(record))
    half = lookalike.Audit.open(tmp_path)
    with pytest.raises(errors.OutputError, match="holds fingerprints only, so it has no clusters"):
        half.to_html()
    assert half._repr_html_().startswith("<pre>")


def test_a_finished_audit_is_not_replaced_and_its_images_stay(audit):
    beside = Path(f"{audit.output}.images")
    before = {path: path.stat().st_mtime_ns for path in beside.iterdir()}
    with pytest.raises(errors.OutputError, match="holds a finished run"):
        lookalike.audit({"other": np.zeros((9, 9), np.uint8)}, audit.output)
    assert {path: path.stat().st_mtime_ns for path in beside.iterdir()} == before


@pytest.mark.parametrize(
    ("given", "error", "message"),
    [
        ({"inputs": {}}, "InputError", "is empty"),
        ({"inputs": {"x": 7}}, "InputError", "'x' is a int"),
        ({"inputs": "nowhere"}, "InputError", "input not found: nowhere"),
        ({"runner": "flinck"}, "ConfigError", "--runner is 'flinck'"),
        ({"beam_options": ["--direct_num_wrkers=1"]}, "ConfigError", "did you mean --direct_num_workers"),
        ({"config": {"confirm": {"probability": 2}}}, "ConfigError", "confirm.probability is 2"),
        ({"config": {"confirm": 1}}, "ConfigError", "must hold keys and values"),
        ({"config": {"confirm": {"probability": object()}}}, "ConfigError", "no value of a configuration"),
        ({"config": "nowhere.yaml"}, "ConfigError", "no configuration file nowhere.yaml"),
        ({"since": "nowhere"}, "OutputError", "holds no finished run"),
    ],
)
def test_what_is_wrong_is_an_exception_of_one_line_and_leaves_nothing(given, error, message, tmp_path, monkeypatch):
    monkeypatch.setattr(running.tempfile, "tempdir", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    (tmp_path / "in").mkdir()
    with pytest.raises(getattr(errors, error), match=message) as raised:
        lookalike.audit(**{"inputs": "in", "progress": False} | given)
    assert isinstance(raised.value, ValueError) and "\n" not in str(raised.value)
    assert [path.name for path in tmp_path.iterdir()] == ["in"]


def test_an_audit_without_an_output_owns_its_files(audit, monkeypatch):
    asked = []

    def run_audit(request):
        asked.append(request)
        shutil.copytree(audit.output, request.output)
        return json.loads(Path(request.output, "audit.json").read_text())

    monkeypatch.setattr(running, "run_audit", run_audit)
    with lookalike.audit({"x": np.zeros((9, 9), np.uint8)}, progress=False) as own:
        assert len(own.clusters) == len(audit.clusters)
        folder = Path(own.output).parent
        assert Path(*asked[0].inputs).exists() and folder in Path(*asked[0].inputs).parents
    assert not folder.exists()
    with pytest.raises(errors.OutputError, match="can't be read"):
        own.clusters.to_arrow()
    dropped = lookalike.audit("in")
    folder = Path(dropped.output).parent
    assert folder.exists() and asked[1].inputs == ("in",) and asked[1].log == "text"
    del dropped
    gc.collect()
    assert not folder.exists()
    audit.close()
    assert Path(audit.output).exists()
