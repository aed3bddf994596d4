"""All commands over all layouts of what is read and written: nothing that the user had is removed or replaced."""

import os
import shutil
from pathlib import Path

import pytest

from lookalike.pipelines.cli.main import main
from tests.crashes import watch
from tests.flows.test_audit import digests, run
from tests.planned import finished_audit
from tests.synthetic import make_corpus

pytestmark = pytest.mark.usefixtures("without_engine")

PLACES = ("in", "in/", "in/new", "in/inner", ".", "link", "link/new", "file://{tmp}/in/new", "FILE://{tmp}", "~/in",
          "in/../in/new", "{tmp}/in", "up/in", "in/a.jpg", "in/b.png")  # fmt: skip
INPUTS = ("in", "link", "in/*", "in/**/*.jpg", "list.txt", "in/a.jpg")
COMMANDS = {
    "audit": "audit {read} --output {write}",
    "audit --overwrite": "audit {read} --output {write} --overwrite --since other",
    "fingerprint": "fingerprint {read} --output {write}",
    "--catalog": "audit {read} --catalog {write}",
    "--metrics": "audit {read} --output new --metrics {write}",
    "calibrate": "calibrate {read} --output {write}",
    "fit --overwrite": "fit {read} --output {write} --overwrite",
    "demo": "demo {write}",
    "report": "report {write}",
    "match": "match {write}",
    "verdict": "verdict add {write} in/a.jpg in/b.png --audit other --verdict duplicates",
    "plan": "materialize {write} --action copy --to {write} --plan {write}",
}


@pytest.fixture
def home(tmp_path, monkeypatch):
    """A user's folder: images, links, notes, and files with the names that our commands give theirs."""
    for name in ("in/a.jpg", "in/b.png", "in/inner/c.jpg", "images/mine.jpg", "in/images/mine.jpg", "other/notes.txt",
                 "truth.csv", "curve.svg", "report.html", "in/clusters/mine.parquet", "in/report.html"):  # fmt: skip
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"the user's {name}")
    (tmp_path / "list.txt").write_text("in/a.jpg\nin/inner/c.jpg\n")
    (tmp_path / "link").symlink_to(tmp_path / "in")
    (tmp_path / "up").symlink_to(tmp_path)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path))
    return tmp_path


def contents(folder):
    return {path: path.read_bytes() for path in folder.rglob("*") if path.is_file() and not path.is_symlink()}


def recorded(monkeypatch):
    """Paths, as they really are, of all that is removed, replaced, or opened to be written from now on."""
    touched = []

    def note(name, arguments):
        paths = arguments[:2] if name in ("replace", "rename", "link") else arguments[:1]
        if name not in ("mkdir", "utime", "chmod"):
            touched.extend(os.path.realpath(os.fsdecode(path)) for path in paths if not isinstance(path, int))

    watch(note, monkeypatch.setattr)
    return touched


@pytest.mark.parametrize("command", COMMANDS)
def test_no_layout_costs_a_file(command, home, monkeypatch, capsys):
    before, places = contents(home), [place.format(tmp=home) for place in PLACES]
    mine = {os.path.realpath(path) for path in before}
    with monkeypatch.context() as patch:
        touched = recorded(patch)
        for read, write in [*(("in", place) for place in places), *((read, ".") for read in INPUTS)]:
            if "new" in write and "{read}" not in COMMANDS[command]:
                continue  # nothing is read, and nothing is there
            words = COMMANDS[command].format(read=read, write=write).split()
            assert main(words) == 2, words
            assert capsys.readouterr().err.count("\n") == 1
    assert not mine & set(touched) and contents(home) == before
    names = {path.relative_to(home).parts[0] for path in before} | {"link", "up"}
    assert {path.name for path in home.iterdir()} == names


def test_what_the_user_put_beside_a_result_outlives_what_replaces_it(home, monkeypatch, capsys):
    shutil.rmtree(home / "images")
    make_corpus(home / "images", groups=3)
    assert run("audit", "images", "--output", "out") == 0
    for name in ("clusters/notes.txt", "fingerprints/part-mine.parquet", "notes.txt", "pairs/.hidden"):
        (home / "out" / name).write_text("mine")
    ours = {home / "out" / name for name in (*digests(home / "out"), "audit.json", "report.html")}
    before = {path: data for path, data in contents(home).items() if path not in ours}
    mine = {os.path.realpath(path) for path in before}
    with monkeypatch.context() as patch:
        touched = recorded(patch)
        (home / "out" / ".run").mkdir()
        (home / "out" / ".run" / "mine.txt").write_text("mine")
        for words in (("match", "out"), ("audit", "images", "--output", "out", "--overwrite")):
            assert run(*words) == 2
            assert "/.run holds files that no run wrote" in capsys.readouterr().err
        os.rename(home / "out" / ".run", home / "out" / "run")
        before[home / "out" / "run" / "mine.txt"] = b"mine"
        with patch.context() as inside:  # where `images` is nothing, or something else
            inside.chdir(home / "out")
            (home / "out" / "images").mkdir()
            assert run("match", ".", "--set", "cluster.prefer=[smallest]") == 0
            (home / "out" / "images").rmdir()
        assert "no run wrote them" in capsys.readouterr().err
        assert run("audit", "images", "--output", "out", "--overwrite", "--metrics", "m.prom") == 0
        told = capsys.readouterr().err
        assert all(name in told for name in ("clusters/notes.txt", "fingerprints/part-mine.parquet", "pairs/.hidden"))
        assert run("report", "out/", workers=[]) == 0
        (home / "m2.prom").write_text("mine")
        before[home / "m2.prom"] = b"mine"
        assert run("audit", "images", "--output", "out", "--overwrite", "--metrics", "m2.prom") == 2
    after = contents(home)
    assert touched and not mine & set(touched) and {path: after.get(path) for path in before} == before
    assert not (home / "out" / ".run").exists()


def test_an_earlier_audit_is_not_where_the_next_one_goes(tmp_path, capsys):
    """Replacing it would take away what is to be taken over."""
    (tmp_path / "images").mkdir()
    names = [str(tmp_path / "images" / f"{number}.jpg") for number in range(2)]
    for name in names:
        Path(name).write_bytes(name.encode())
    output = tmp_path / "out"
    finished_audit(str(output), [names])
    before = {path: path.read_bytes() for path in output.rglob("*") if path.is_file()}
    (tmp_path / "link").symlink_to(output)
    for since in (output, tmp_path / "link", f"file://{output}"):
        command = ["audit", str(tmp_path / "images"), "--output", str(output), "--since", str(since), "--overwrite"]
        assert main(command) == 2
        assert "give an output apart from everything that is read" in capsys.readouterr().err
    assert {path: path.read_bytes() for path in output.rglob("*") if path.is_file()} == before
