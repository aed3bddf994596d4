"""Moving single files: what is only checked while it happens."""

import fsspec
import pytest

from lookalike.pipelines.materialize import files


def test_what_a_user_writes_while_a_file_goes_to_a_store_is_not_lost(tmp_path, monkeypatch):
    source, target = tmp_path / "a.jpg", "memory://moved/a.jpg"
    source.write_bytes(b"old")
    make = files.make

    def making(place, data):
        make(place, data)
        source.write_bytes(b"edited")

    monkeypatch.setattr(files, "make", making)
    with pytest.raises(OSError, match="was changed while it was moved"):
        files.relocate(str(source), target, b"old")
    assert source.read_bytes() == b"edited" and not fsspec.filesystem("memory").exists("/moved/a.jpg")
