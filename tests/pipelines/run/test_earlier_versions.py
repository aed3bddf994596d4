"""Results of an earlier version: refused in one line that says what to do, and blames nothing that its user chose."""

import json

import pytest
from apache_beam.options.pipeline_options import PipelineOptions

from lookalike.pipelines.cli.main import main
from lookalike.pipelines.configuration.config import Config, load
from lookalike.pipelines.configuration.stages import fingerprint_digest
from lookalike.pipelines.run import manifest
from lookalike.pipelines.run.output_folder import read_replaced
from lookalike.pipelines.run.previous_audit import PreviousAudit
from lookalike.pipelines.run.steps.job import AuditRequest, _previous
from lookalike.transforms.storage.errors import OutputError


def record(**changes):
    """What a version of this format left, whose fingerprints are others."""
    return {name: kind() for name, kind in manifest.NEEDED.items()} | {
        "format": manifest.FORMAT, "configuration": Config().plain(), "digests": {"fingerprint": "other"}, "inputs": [],
        "started": "2026-01-02T03:04:05+00:00", **changes,
    }  # fmt: skip


def refused(folder, told, config):
    (folder / "audit.json").write_text(json.dumps(told))
    with pytest.raises(OutputError) as caught:
        PreviousAudit.open(str(folder), config)
    return str(caught.value)


def test_an_earlier_version_is_called_that(tmp_path):
    config = load(None, ["read.memory=900000000"])
    assert "by another version of Lookalike" in refused(tmp_path, record(), config)
    other = config.changed(sketch={"keypoints": 9})
    assert "(sketch.keypoints was 250 and is 9)" in refused(tmp_path, record(), other)
    hashed = record(configuration=config.changed(read={"pdq": True}).plain())
    assert "(read.pdq was true and is false)" in refused(tmp_path, hashed, config)  # as --set takes them
    told = record(digests={"fingerprint": fingerprint_digest(config)})
    (tmp_path / "audit.json").write_text(json.dumps(told))
    assert PreviousAudit.open(str(tmp_path), config).record == told


@pytest.mark.parametrize("format_", [{}, {"format": manifest.FORMAT - 1}])
@pytest.mark.parametrize(
    "command",
    [
        *(["report", "{}"], ["match", "{}"], ["materialize", "{}", "--action", "delete"]),
        ["audit", "in", "--output", "out", "--since", "{}"],
    ],
    ids=lambda command: command[0],
)
def test_an_earlier_format_is_refused_and_how_to_go_on_is_said(format_, command, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    told = {key: value for key, value in record(parts={"clusters": []}).items() if key != "format"} | format_
    (tmp_path / "old").mkdir()
    (tmp_path / "old" / "audit.json").write_text(json.dumps(told))
    assert main([word.format("old") for word in command]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert "old was written by an earlier version" in line
    assert "--overwrite" in line and "--refresh" in line
    assert sorted(path.name for path in tmp_path.rglob("*")) == ["audit.json", "old"]


def test_what_an_earlier_format_left_can_be_replaced_and_compared_with(tmp_path):
    old = record(format=manifest.FORMAT - 1, parts={})
    (tmp_path / "audit.json").write_text(json.dumps(old))
    assert read_replaced(str(tmp_path)) == old
    request = AuditRequest((), str(tmp_path / "new"), load(), PipelineOptions([]), str(tmp_path), refresh=True)
    assert _previous(request).record == old


@pytest.mark.parametrize("outdated", [False, True])
def test_what_a_later_version_wrote_is_left_to_that(tmp_path, outdated):
    (tmp_path / "audit.json").write_text(json.dumps(record(format=manifest.FORMAT + 1, parts={})))
    with pytest.raises(OutputError, match="was written by a later version"):
        manifest.read(str(tmp_path), outdated)
