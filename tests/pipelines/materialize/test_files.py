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


def test_what_is_written_to_a_store_while_an_object_is_moved_in_it_is_not_lost(monkeypatch):
    store = fsspec.filesystem("memory")
    store.pipe_file("/moving/a.jpg", b"old")
    copy = type(store).cp_file

    def copying(self, source, target, **options):
        copy(self, source, target, **options)
        self.pipe_file(source, b"edited")

    monkeypatch.setattr(type(store), "cp_file", copying)
    with pytest.raises(OSError, match="was changed while it was moved"):
        files.relocate("memory://moving/a.jpg", "memory://moving/b.jpg", b"old")
    assert store.cat_file("/moving/a.jpg") == b"edited" and not store.exists("/moving/b.jpg")
