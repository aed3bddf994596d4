"""Images on which codecs crash, hang, ask for all memory and print, among good ones, through a whole audit."""

import os
import sys

import pyarrow.parquet as pq

from lookalike.pipelines.cli.main import main
from lookalike.pipelines.engines import worker_processes
from lookalike.transforms.decoding import isolation, process
from tests import poison
from tests.results import digests
from tests.synthetic import draw_picture, encoded

NAMES = {
    "segfault": "crashed", "abort": "crashed", "exit": "crashed", "babble": "crashed", "bomb": "too_much_memory",
    "sleep": "too_slow", "complain": "undecodable", "panic": "undecodable", "unexpected": "undecodable",
}  # fmt: skip


def test_poison_costs_itself_alone_and_the_bytes_are_the_same(tmp_path, monkeypatch, capfd):
    folder = tmp_path / "in"
    folder.mkdir()
    for number in range(12):
        (folder / f"good{number}.jpg").write_bytes(encoded(draw_picture(number, 96, 72)))
    for what in NAMES:
        (folder / f"{what}.jpg").write_bytes(poison.poison(what))
    monkeypatch.setattr(process, "PROGRAM", poison.PROGRAM)
    monkeypatch.setattr(worker_processes, "COMMAND", (sys.executable, "-m", "tests.poison"))
    isolation.decoder().close()
    limits = ["--set", "read.seconds=0.8", "--set", "read.memory=100000000", "--set", "output.rows_per_part=8"]
    tables = []
    for workers in (1, 2):
        output = tmp_path / str(workers)
        command = ["audit", str(folder), "--output", str(output), *limits, "--", f"--direct_num_workers={workers}"]
        assert main(command) == 0
        tables.append(digests(output))
    isolation.decoder().close()
    assert tables[0] == tables[1] and len(tables[0]) > 5
    failed = pq.ParquetDataset(tmp_path / "2" / "failures").read().to_pylist()
    assert {os.path.basename(row["uri"])[:-4]: row["error"] for row in failed} == NAMES
    assert pq.ParquetDataset(tmp_path / "2" / "fingerprints").read().num_rows == 12
    assert "libtiff" not in capfd.readouterr().err
