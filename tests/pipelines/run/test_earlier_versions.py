"""Results of an earlier version: refused in one line that says what to do, and blames nothing that its user chose."""

import json

import pytest

from lookalike.pipelines.cli.main import main
from lookalike.pipelines.configuration.config import Config, load
from lookalike.pipelines.configuration.stages import fingerprint_digest
from lookalike.pipelines.run import manifest
from lookalike.pipelines.run.errors import OutputError
from lookalike.pipelines.run.previous_audit import PreviousAudit


def record(**changes):
    """What 0.7 left: no `read.seconds`, nothing reclaimable, other digests."""
    configuration = Config().plain()
    del configuration["read"]["seconds"]
    return {key: {} for key in manifest.NEEDED} | {
        "configuration": configuration, "digests": {"fingerprint": "0.7"}, "inputs": [],
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
    told = record(digests={"fingerprint": fingerprint_digest(config)})
    (tmp_path / "audit.json").write_text(json.dumps(told))
    assert PreviousAudit.open(str(tmp_path), config).record == told


def test_its_report_is_not_written_again(tmp_path, capsys):
    (tmp_path / "audit.json").write_text(json.dumps(record(parts={"clusters": []})))
    assert main(["report", str(tmp_path)]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert line.endswith("was written by an earlier version; run `lookalike audit` again")
    assert [path.name for path in tmp_path.iterdir()] == ["audit.json"]
