"""Audits of files whose names say nothing: by their first bytes, night after night, and told of."""

import json
import os

import pytest

from tests.flows.test_audit import digests, run, table
from tests.synthetic import draw_picture, encoded
from tests.transforms.ingest.test_selection import pack_tar

pytestmark = pytest.mark.usefixtures("without_engine")

SNIFF = ("--set", "read.sniff=true")


def test_nights_of_files_without_suffixes(tmp_path, capsys):
    folder, tar = tmp_path / "in", tmp_path / "a.tar"
    folder.mkdir()
    pictures = [encoded(draw_picture(seed, 240, 180)) for seed in range(4)]
    files = {
        "one": pictures[0],
        "two.cache": pictures[1],
        "three.jpg": pictures[2],
        "README": b"text",
        "n.txt": b"text",
    }
    for name, data in files.items():
        (folder / name).write_bytes(data)
        os.utime(folder / name, (1, 1))
    pack_tar(tar, {"0000": pictures[0], "0001.cls": b"7", "0002": b"text"})
    inputs, first, second, fresh = (folder, tar), *(tmp_path / name for name in ("first", "second", "fresh"))
    assert run("audit", *inputs, "--output", first, *SNIFF) == 0
    said = capsys.readouterr().out
    assert "3 files were listed by their first bytes: 2 without a suffix, 1 .cache\n" in said
    assert "4 files were left out: 2 without a suffix, 1 .cls, 1 .txt\n" in said
    record, page = json.loads((first / "audit.json").read_text()), (first / "report.html").read_text()
    assert record["sniffed"] == {"": 2, ".cache": 1} and record["left_out"] == {"": 2, ".cls": 1, ".txt": 1}
    assert "3 files were listed by their first bytes" in page and "4 files were left out" in page
    assert {row["uri"] for row in table(first, "clusters")} == {f"{folder}/one", f"tar://0000::{tar}"}

    (folder / "two.cache").unlink()
    (folder / "four").write_bytes(pictures[3])
    (folder / "five~").write_bytes(pictures[3])
    assert run("audit", *inputs, "--output", second, "--since", first, *SNIFF) == 0
    assert run("audit", *inputs, "--output", fresh, *SNIFF) == 0
    assert digests(second) == digests(fresh) and len(table(second, "clusters")) == 4
    assert json.loads((second / "audit.json").read_text())["sniffed"] == {"": 4}
