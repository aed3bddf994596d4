"""A process that dies at any change of a file: the old result stands or the new one, and the same act ends it."""

import hashlib
import json
import shutil

import fsspec
import pytest
from fsspec.implementations.memory import MemoryFileSystem

from lookalike.pipelines.review.verdict_file import add, load
from lookalike.pipelines.run import manifest
from lookalike.pipelines.run.commit import drop_work
from lookalike.pipelines.run.output_folder import (
    begin,
    claim_output,
    finish,
    finish_staged,
    is_begun,
    refuse_strange_work,
    strangers,
    writing,
)
from lookalike.transforms.io.parquet_sink import RUN
from lookalike.transforms.storage.errors import OutputError
from lookalike.transforms.storage.reading import read_file
from lookalike.transforms.storage.writing import move_file, write_bytes
from tests.crashes import Objects, every_death

fsspec.register_implementation("objects", Objects, clobber=True)
CONTENT_HASHES = "lookalike.pipelines.review.verdict_file.content_hashes"
TABLES = ("fingerprints", "failures", "clusters")


def make(root, text, parts, tables=TABLES):
    """A run's files below `root`, whose contents say `text` -> its record."""
    named = {}
    for table in tables:
        named[table] = []
        for number in range(parts):
            path, data = f"{table}/part-{number:05d}-of-{parts:05d}.parquet", f"{text} {table} {number}".encode()
            write_bytes(f"{root}/{path}", data)
            digest = hashlib.sha256(data).hexdigest()
            named[table].append({"path": path, "rows": 1, "bytes": len(data), "sha256": digest})
    write_bytes(f"{root}/report.html", text.encode())
    return {name: kind() for name, kind in manifest.NEEDED.items()} | {
        "format": manifest.FORMAT,
        "parts": named,
        "text": text,
    }


def whole(folder, output):
    """The finished run in `folder`, every part of which is what its record says."""
    record = manifest.read(output)
    for parts in record["parts"].values():
        for part in parts:
            assert hashlib.sha256((folder / part["path"]).read_bytes()).hexdigest() == part["sha256"], part
    assert (folder / "report.html").read_text() == record["text"]
    return record


def left(folder):
    return sorted(str(p.relative_to(folder)) for p in folder.rglob("*") if p.is_file())


@pytest.fixture(params=["", "objects://"])
def place(request, tmp_path):
    """A folder, and how an output in it is called on a local disk or an object store."""
    return tmp_path / "out", f"{request.param}{tmp_path / 'out'}"


@pytest.mark.parametrize("reused", [(), ("fingerprints",)])
def test_a_finished_run_is_replaced_as_a_whole(place, reused):
    folder, output = place
    root = f"{output}/{RUN}/audit"

    def prepare():
        shutil.rmtree(folder, ignore_errors=True)
        manifest.write(output, make(output, "old", 2))
        (folder / "clusters" / "notes.txt").write_text("mine")
        (folder / "clusters" / "part-mine.parquet").write_text("mine")
        begin(output, "audit")
        record = make(root, "new", 1, [name for name in TABLES if name not in reused])
        for name in reused:
            record["parts"][name] = manifest.read(output)["parts"][name]
        (folder / RUN / "new.json").write_text(json.dumps(record))

    def act():
        with writing(output, "audit", False) as lock:
            record = json.loads((folder / RUN / "new.json").read_text())
            lock.check()
            finish_staged(output, "audit", record, manifest.read(output), reused)

    texts = []
    for _ in every_death(prepare, act):
        texts.append(whole(folder, output)["text"])
        if texts[-1] == "old":
            act()
        with writing(output, "report", False):  # whoever comes next clears away what is left
            assert whole(folder, output)["text"] == "new"
        mine = ["clusters/notes.txt", "clusters/part-mine.parquet"]
        parts = [part["path"] for parts in manifest.read(output)["parts"].values() for part in parts]
        assert left(folder) == sorted(["audit.json", "report.html", *mine, *parts])
        assert "objects" in output or not (folder / RUN).exists()
    assert texts == sorted(texts, reverse=True) and set(texts) == {"old", "new"} and len(texts) > 15


def test_a_run_that_is_made_in_place_is_finished_or_goes_on(place):
    folder, output = place

    def prepare():
        shutil.rmtree(folder, ignore_errors=True)
        begin(output, "audit")
        make(output, "left by an earlier try", 2)
        (folder / "clusters" / "notes.txt").write_text("mine")
        (folder / RUN / "new.json").write_text(json.dumps(make(output, "new", 1)))

    def act():
        with writing(output, "audit", False):
            if not manifest.exists(output):
                assert not claim_output(output, False)
                finish(output, json.loads((folder / RUN / "new.json").read_text()))

    for _ in every_death(prepare, act):
        if not manifest.exists(output):
            act()
        assert whole(folder, output)["text"] == "new"
        assert len(left(folder)) - len(left(folder / RUN)) == 2 + len(TABLES) + 1
        assert (folder / "clusters" / "notes.txt").read_text() == "mine"


def test_a_verdict_is_noted_or_not(tmp_path, monkeypatch):
    file = tmp_path / "verdicts.csv"
    monkeypatch.setattr(CONTENT_HASHES, lambda _, uris: [name * 64 for name in uris])

    def prepare():
        file.unlink(missing_ok=True)
        add(str(file), "audit", ("a", "b"), "duplicates", "ada", "")

    def act():
        add(str(file), "audit", ("c", "d"), "not duplicates", "ada", "")

    for _ in every_death(prepare, act):
        assert len(load(str(file)).together) == 1
        act()
        found = load(str(file))
        assert len(found.together) == len(found.apart) == 1 and not list(tmp_path.glob("*.run"))


def test_a_file_with_a_parts_name_that_no_run_wrote_is_not_replaced(tmp_path):
    output = str(tmp_path / "out")
    manifest.write(output, make(output, "old", 2))
    mine = tmp_path / "out" / "clusters" / "part-00001-of-00003.parquet"
    mine.write_text("mine")
    assert strangers(output, manifest.read(output)) == ["clusters/part-00001-of-00003.parquet"]
    record = make(f"{output}/{RUN}/audit", "new", 3)
    with pytest.raises(OutputError, match="part-00001-of-00003"):
        finish_staged(output, "audit", record, manifest.read(output), ())
    assert mine.read_text() == "mine" and whole(tmp_path / "out", output)["text"] == "old"


def test_a_record_that_was_tampered_with_removes_nothing(tmp_path):
    output = str(tmp_path / "out")
    (tmp_path / "thesis.txt").write_text("mine")
    (tmp_path / "out" / "clusters").mkdir(parents=True)
    (tmp_path / "out" / "clusters" / "notes.txt").write_text("mine")
    old = make(output, "old", 1)
    for path in ("../thesis.txt", "clusters/notes.txt", "/etc/hostname"):
        old["parts"]["clusters"].append({"path": path})
    finish_staged(output, "audit", make(f"{output}/{RUN}/audit", "new", 1), old, ())
    assert (tmp_path / "thesis.txt").exists() and (tmp_path / "out" / "clusters" / "notes.txt").exists()


@pytest.mark.parametrize("change", [{"staging": "../.."}, {"moves": ["../thesis.txt", "audit.json"]}, {"moves": []},
                                    {"removes": ["../thesis.txt"]}, {"removes": ["/etc/hostname"]},
                                    {"removes": ["notes.txt"]}, {"moves": 1}, {"removes": [None]}])  # fmt: skip
def test_a_replacement_that_was_tampered_with_moves_and_removes_nothing(tmp_path, change):
    output = str(tmp_path / "out")
    manifest.write(output, make(output, "old", 1))
    (tmp_path / "thesis.txt").write_text("mine")
    (tmp_path / "out" / "notes.txt").write_text("mine")
    write_bytes(f"{output}/{RUN}/audit/audit.json", b"new")
    told = {"staging": "audit", "moves": ["audit.json"], "removes": []} | change
    write_bytes(f"{output}/{RUN}/commit.json", json.dumps(told).encode())
    before = [path for path in left(tmp_path) if "lock" not in path]
    for act in (lambda: manifest.read(output), lambda: writing(output, "match", False).__enter__()):
        with pytest.raises(OutputError, match=r"commit\.json .* it was changed"):
            act()
    assert [path for path in left(tmp_path) if "lock" not in path] == before


def test_of_a_run_that_is_finished_nothing_strange_is_left_wherever_its_end_is_cut_short(tmp_path):
    """Else what a killed run left would be taken for the user's, and hold up the next."""
    output = str(tmp_path / "out")

    def prepare():
        shutil.rmtree(tmp_path / "out", ignore_errors=True)
        for name in ("a.json", "started", "z.count", "listing/0"):
            write_bytes(f"{output}/{RUN}/{name}", b"match")
        manifest.write(output, make(output, "old", 1))

    for _ in every_death(prepare, lambda: drop_work(output)):
        refuse_strange_work(output)
    write_bytes(f"{output}/{RUN}/mine.txt", b"mine")
    with pytest.raises(OutputError, match="holds files that no run wrote"):
        refuse_strange_work(output)


def test_what_a_run_left_that_was_killed_while_it_began_is_not_strange(tmp_path):
    output = str(tmp_path / "out")
    write_bytes(f"{output}/{RUN}/.started.{'0f' * 16}", b"")
    refuse_strange_work(output)


def test_a_report_that_no_run_wrote_is_not_replaced(tmp_path):
    output = str(tmp_path / "out")
    record = make(output, "old", 1, ("fingerprints", "failures"))
    manifest.write(output, record)
    (tmp_path / "out" / "report.html").write_text("mine")
    with pytest.raises(OutputError, match=r"report\.html was not written by the run that is replaced"):
        finish_staged(output, "match", make(f"{output}/{RUN}/match", "new", 1), record, ("fingerprints",))
    assert (tmp_path / "out" / "report.html").read_text() == "mine"


def test_what_says_that_a_run_is_begun_is_written_through_no_link(tmp_path):
    (tmp_path / "thesis.txt").write_text("mine")
    (tmp_path / "out" / RUN).mkdir(parents=True)
    (tmp_path / "out" / RUN / "started").symlink_to(tmp_path / "thesis.txt")
    begin(str(tmp_path / "out"), "match")
    assert (tmp_path / "thesis.txt").read_text() == "mine" and is_begun(str(tmp_path / "out"), "match")


def test_verdicts_go_to_where_a_link_leads_and_nobody_else_may_read_them_than_before(tmp_path, monkeypatch):
    monkeypatch.setattr(CONTENT_HASHES, lambda _, uris: [name * 64 for name in uris])
    (tmp_path / "shared").mkdir()
    file, link = tmp_path / "shared" / "verdicts.csv", tmp_path / "verdicts.csv"
    add(str(file), "audit", ("a", "b"), "duplicates", "ada", "")
    file.chmod(0o600)
    link.symlink_to(file)
    add(str(link), "audit", ("c", "d"), "duplicates", "ada", "")
    assert link.is_symlink() and file.stat().st_mode & 0o777 == 0o600 and len(load(str(file)).together) == 2


def test_a_store_that_says_once_that_a_staged_file_is_gone_loses_nothing(tmp_path, monkeypatch):
    output = f"memory://{tmp_path}/out"
    root = f"{output}/{RUN}/audit"
    old = make(output, "old", 2)
    manifest.write(output, old)
    new = make(root, "new", 2)
    real, lies = MemoryFileSystem.cp_file, [1]

    def absent(self, path, to, **options):
        if path.endswith("clusters/part-00001-of-00002.parquet") and lies:
            lies.pop()
            raise FileNotFoundError(path)
        return real(self, path, to, **options)

    monkeypatch.setattr(MemoryFileSystem, "cp_file", absent)
    with pytest.raises(FileNotFoundError):
        finish_staged(output, "audit", new, old, ())
    assert manifest.read(output)["text"] == "new" and not lies
    for part in (part for parts in new["parts"].values() for part in parts):
        assert hashlib.sha256(read_file(f"{output}/{part['path']}")).hexdigest() == part["sha256"]


def test_a_copy_that_a_store_cut_is_made_again(monkeypatch):
    write_bytes("memory://moved/a", b"0123456789")
    real, cuts = MemoryFileSystem.cp_file, [1]

    def cut(self, path, to, **options):
        real(self, path, to, **options)
        if cuts and cuts.pop():
            self.pipe_file(to, b"01234")

    monkeypatch.setattr(MemoryFileSystem, "cp_file", cut)
    move_file("memory://moved/a", "memory://moved/b")
    assert read_file("memory://moved/b") == b"0123456789"
    with pytest.raises(FileNotFoundError):
        read_file("memory://moved/a")
