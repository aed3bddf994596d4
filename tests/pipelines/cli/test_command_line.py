"""Missing, odd and wrong arguments of every command: one line, exit code 2, and nothing that wasn't there before."""

import json
import os
import signal
import subprocess
import sys

import fsspec
import pyarrow.parquet as pq
import pytest

from lookalike.pipelines.cli.main import main, parser
from lookalike.pipelines.cli.measuring import demo
from lookalike.pipelines.evaluate import calibrate as calibration
from lookalike.pipelines.run import manifest
from lookalike.pipelines.run.lock import locked
from lookalike.transforms.core.version import VERSION
from tests import reference
from tests.planned import finished_audit

NAMING_AN_AUDIT = {
    "match": ["match", "{}"],
    "report": ["report", "{}"],
    "review": ["review", "{}"],
    "materialize": ["materialize", "{}", "--action", "delete"],
    "evaluate": ["evaluate", "{}", "--truth", "truth.csv"],
    "since": ["audit", "in", "--output", "out", "--since", "{}"],
    "refresh": ["audit", "in", "--output", "out", "--since", "{}", "--refresh"],
    "verdict": ["verdict", "add", "new.csv", "a", "b", "--audit", "{}", "--verdict", "duplicates"],
}
RECORD = {
    "format": manifest.FORMAT, "parts": {}, "counts": {}, "configuration": {}, "digests": {"fingerprint": ""},
    "inputs": [], "started": "2026-01-02T03:04:05", "versions": {},
}  # fmt: skip
AUDITS = {
    "empty": ("", "damaged or no record"),
    "cut": ('{"parts": {"clus', "damaged or no record"),
    "binary": ("\0\1", "damaged or no record"),
    "deep": ("[" * 100_000, "damaged or no record"),
    "list": ("[]", "no record of a run of this program"),
    "other": ('{"name": "mine"}', "no record of a run of this program: it has no 'parts'"),
    "later": (json.dumps(RECORD | {"format": 99}), "written by a later version"),
    "pathless": (json.dumps(RECORD | {"parts": {"failures": [{"name": "x"}]}}), "its parts have no paths"),
    "null": (json.dumps(RECORD | {"configuration": None}), "its 'configuration' is null"),
    "outside": (json.dumps(RECORD | {"parts": {"failures": [{"path": "../in/a.png"}]}}), "'../in/a.png' as a part"),
    "absolute": (json.dumps(RECORD | {"parts": {"failures": [{"path": "/etc/passwd"}]}}), "'/etc/passwd' as a part"),
}


@pytest.fixture
def place(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "a.png").write_bytes(b"mine")
    (tmp_path / "file").write_text("mine")
    (tmp_path / "truth.csv").write_text("file,group\na,1\n")
    return tmp_path


def refused(place, capfd, arguments):
    """The one line that a command is refused with."""
    before = {path: path.read_bytes() if path.is_file() else b"" for path in place.rglob("*")}
    assert main(arguments) == 2
    lines = [line for line in capfd.readouterr().err.splitlines() if line.strip()]
    assert len(lines) == 1 and lines[0].startswith("lookalike: ") and "Traceback" not in lines[0], lines
    assert {path: path.read_bytes() if path.is_file() else b"" for path in place.rglob("*")} == before
    return lines[0]


@pytest.mark.parametrize("name", AUDITS)
@pytest.mark.parametrize("command", NAMING_AN_AUDIT)
def test_audits_that_are_none(command, name, place, capfd):
    content, message = AUDITS[name]
    (place / name).mkdir()
    (place / name / "audit.json").write_text(content)
    assert message in refused(place, capfd, [word.format(name) for word in NAMING_AN_AUDIT[command]])


@pytest.mark.parametrize(("audit", "message"), [("", "it must be text that is not empty"), ("file", "no finished run"),
                                                ("nowhere", "no finished run"), ("in", "no finished run"),
                                                ("a\0b", "it must be text"), ("nosuch://x", "no store")])  # fmt: skip
@pytest.mark.parametrize("command", NAMING_AN_AUDIT)
def test_audits_that_are_not_there(command, audit, message, place, capfd):
    assert message in refused(place, capfd, [word.format(audit) for word in NAMING_AN_AUDIT[command]])


@pytest.mark.parametrize("command", ["match", "report", "evaluate"])
def test_a_store_that_nobody_may_ask_is_named_at_once(command, place, capfd, monkeypatch):
    for name in os.environ.keys() & {"AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_PROFILE", "AWS_ENDPOINT_URL"}:
        monkeypatch.delenv(name)
    # another test may have been to a store of its own in this process
    fsspec.get_filesystem_class("s3").clear_instance_cache()
    for name in ("AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"):
        monkeypatch.setenv(name, str(place / "nowhere"))
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    said = refused(place, capfd, [word.format("s3://bucket/audit") for word in NAMING_AN_AUDIT[command]])
    assert "s3://bucket/audit/audit.json can't be read: NoCredentialsError: Unable to locate credentials" in said


READING_PARTS = {
    "report": ["report", "audit"],
    "materialize": ["materialize", "audit", "--action", "delete"],
    "lists": ["materialize", "audit", "--as", "lists", "--to", "to"],
    "evaluate": ["evaluate", "audit", "--truth", "truth.csv"],
    "embedding": ["evaluate", "audit", "--truth", "truth.csv", "--embedding"],
    "verdict": ["verdict", "add", "new.csv", "a", "b", "--audit", "audit", "--verdict", "duplicates"],
}


@pytest.mark.parametrize("damage", ["missing", "cut"])
@pytest.mark.parametrize("command", READING_PARTS)
def test_a_part_of_an_audit_that_is_missing_or_damaged_is_named(command, damage, place, capfd):
    (place / "b.png").write_bytes(b"mine")
    finished_audit(str(place / "audit"), [[str(place / "in" / "a.png"), str(place / "b.png")]])
    for table in ("fingerprints", "clusters"):
        path = place / "audit" / table / "part-0.parquet"
        path.write_bytes(path.read_bytes()[:50]) if damage == "cut" else path.unlink()
    said = refused(place, capfd, READING_PARTS[command])
    assert "audit/" in said and "/part-0.parquet " in said and "run `lookalike audit` again" in said


def rewrite(path):
    """As a program may that changes a value."""
    table = pq.read_table(path)
    pq.write_table(table.set_column(0, table.column_names[0], table.column(0)[::-1]), path, compression="gzip")


@pytest.mark.parametrize("command", READING_PARTS)
def test_a_part_of_an_audit_that_was_changed_is_named(command, place, capfd):
    (place / "b.png").write_bytes(b"mine")
    finished_audit(str(place / "audit"), [[str(place / "in" / "a.png"), str(place / "b.png")]])
    for table in ("fingerprints", "clusters"):
        rewrite(place / "audit" / table / "part-0.parquet")
    assert "was changed since the audit; run `lookalike audit` again" in refused(place, capfd, READING_PARTS[command])


@pytest.mark.parametrize("table", ["clusters", "pairs", "failures"])
def test_what_a_write_back_reads_is_looked_at_before_anything_is_written(table, place, capfd):
    finished_audit(str(place / "audit"), [[str(place / "in" / "a.png")]])
    (place / "audit" / table / "part-0.parquet").unlink()
    said = refused(place, capfd, READING_PARTS["lists"])
    assert f"audit/{table}/part-0.parquet is not there or was changed" in said


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ("a.png,\n", "truth.csv, row 1 has no group"),
        ("a.png\n", "truth.csv, row 1 has no group"),
        ("b.png,1\n,1\n", "truth.csv, row 2 has no file"),
        ("a.png,1\nb.png,1\na.png,2\n", "truth.csv, row 3 names a.png again"),
    ],
)
def test_a_truth_that_says_nothing_or_two_things_of_a_file(rows, message, place, capfd):
    (place / "b.png").write_bytes(b"mine")
    finished_audit(str(place / "audit"), [[str(place / "in" / "a.png"), str(place / "b.png")]])
    (place / "truth.csv").write_text(f"file,group\n{rows}")
    assert message in refused(place, capfd, ["evaluate", "audit", "--truth", "truth.csv"])


@pytest.mark.parametrize(
    ("truth", "message"),
    [
        (b"file,group,file\na.png,1,b.png\n", "truth.csv has two columns 'file'"),
        ("file,group\na.png,1\n".encode("utf-16"), "truth.csv is text in UTF-16; save it as CSV in UTF-8"),
    ],
)
def test_a_truth_that_can_be_read_in_two_ways_or_in_none(truth, message, place, capfd):
    finished_audit(str(place / "audit"), [[str(place / "in" / "a.png")]])
    (place / "truth.csv").write_bytes(truth)
    assert message in refused(place, capfd, ["evaluate", "audit", "--truth", "truth.csv"])


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ("--action quarantine --to file", "--to is file, and "),
        ("--action copy --to file/below", "/file is a file"),
        ("--action delete --plan audit/clusters/plan.parquet", "lies among the tables of the audit"),
    ],
)
def test_a_plan_that_could_not_be_carried_out_or_kept(arguments, message, place, capfd):
    (place / "b.png").write_bytes(b"mine")
    finished_audit(str(place / "audit"), [[str(place / "in" / "a.png"), str(place / "b.png")]])
    assert message in refused(place, capfd, ["materialize", "audit", *arguments.split()])


@pytest.mark.parametrize("name", ["5", "null", '["a.png"]'])
def test_annotations_that_name_images_by_no_text(name, place, capfd):
    (place / "b.png").write_bytes(b"mine")
    finished_audit(str(place / "audit"), [[str(place / "b.png")]])
    (place / "coco.json").write_text(f'{{"images": [{{"id": 1, "file_name": {name}}}], "annotations": []}}')
    arguments = ["materialize", "audit", "--as", "coco", "--to", "to", "--annotations", "coco.json"]
    assert "--annotations coco.json can't be read" in refused(place, capfd, arguments)


def test_a_catalog_is_no_audit(place, capfd):
    finished_audit(str(place / "audit"), [[str(place / "in" / "a.png")]])
    assert "audit is a finished run; give a folder" in refused(place, capfd, ["audit", "in", "--catalog", "audit"])


def test_names_of_files_may_have_line_ends(place, capfd):
    assert "input not found: a b.png" in refused(place, capfd, ["plan", "a\nb.png"])


def test_the_version_is_told(capsys):
    assert main(["--version"]) == 0 and capsys.readouterr().out == f"lookalike {VERSION}\n"


def test_an_audit_json_that_is_a_folder(place, capfd):
    (place / "odd" / "audit.json").mkdir(parents=True)
    assert "can't be read: " in refused(place, capfd, ["report", "odd"])


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ("audit", "required: INPUT"),
        ("audit in", "one of the arguments --output --catalog is required"),
        ("audit in --output out --catalog audits", "not allowed with"),
        ("audit in --output out --nosuch", "unrecognized arguments: --nosuch"),
        ("audit nowhere --output out", "input not found: nowhere"),
        ("audit nosuch://x --output out", "no store that can be opened here"),
        ("audit in --output nosuch://x", "no store that can be opened here"),
        ("audit in --output ''", "--output: it must be text that is not empty"),
        ("audit in --catalog ''", "--catalog: it must be text that is not empty"),
        ("audit '' --output out", "INPUT: it must be text that is not empty"),
        ("audit in --output file", "is a file"),
        ("audit in --output /proc/out", "/proc/out can't be written: No such file or directory"),
        ("audit in --output in", "only read"),
        ("audit in --output .", "only read"),
        ("audit in --catalog in/audits", "only read"),
        ("audit in --output out --metrics in/metrics", "only read"),
        ("audit in --output out --metrics out/audit.json", "--metrics out/audit.json lies in "),
        ("audit in --output out --metrics out", "--metrics out lies in "),
        ("fit in --output in/whitening.npz", "only read"),
        ("calibrate in --output .", "only read"),
        ("audit in --output out --verdicts ''", "--verdicts: it must be text"),
        ("audit in --output out --verdicts nowhere", "no file of verdicts: nowhere"),
        ("audit in --output out --verdicts in", "the file of verdicts in can't be read"),
        ("audit in --output out --fail-on failures>-1", "--fail-on takes"),
        ("audit in --output out --metrics in", "--metrics is in, a folder"),
        ("audit in --output out --metrics file/m.prom", "/file is a file"),
        ("audit in --output out --log xml", "invalid choice: 'xml'"),
        ("plan in --sample 0", "--sample: it must be a whole number from 2"),
        ("plan in --sample many", "--sample: it must be a whole number from 2"),
        ("plan in --price nan", "--price: it must be a number from 0"),
        ("plan in --price inf", "--price: it must be a number from 0"),
        ("plan in --cores -1", "--cores: it must be a whole number from 0"),
        ("plan in --images -1", "--images: it must be a whole number from 0"),
        ("plan nowhere", "input not found: nowhere"),
        ("calibrate in --output out --precision nan", "--precision: it must be a number above 0 and below 1"),
        ("calibrate in --output out --precision 1", "--precision: it must be a number above 0 and below 1"),
        ("calibrate in --output out --sample 1", "--sample: it must be a whole number from 2"),
        ("calibrate in --output out --copies 0", "--copies: it must be a whole number from 1 to 14"),
        ("calibrate in --output ''", "--output: it must be text that is not empty"),
        ("fit in --output out --sample 1", "--sample: it must be a whole number from 2"),
        ("fit in --output out --dims -1", "--dims: it must be a whole number from 0"),
        ("fit in --output out --shrinkage nan", "--shrinkage: it must be a number from 0"),
        ("fit in --output file/w.npz", "/file is a file"),
        ("fit in --output in --overwrite", "--output is in, a folder"),
        ("materialize", "is required"),
        ("materialize nowhere --action copy --to to --limit -1", "--limit: it must be a whole number from 1"),
        ("materialize nowhere --action copy --to to --limit 0", "--limit: it must be a whole number from 1"),
        ("materialize nowhere --action copy --to to --sample -1", "--sample: it must be a whole number from 1"),
        ("materialize nowhere --action copy --to to --seed x", "--seed: it must be a whole number from 0"),
        ("materialize nowhere --action copy --to to --split a=nan", "shares above 0 that add up to 1"),
        ("materialize nowhere --action copy --to to --split =1", "must have names"),
        ("materialize nowhere --action copy --to to --name ''", "--name: it must be text that is not empty"),
        ("materialize nowhere --action copy --to to --protect ''", "--protect: it must be text that is not empty"),
        *(
            (f"materialize nowhere --action copy --to to --split {split}", f"can't be called {name!r}")
            for split, name in (("../x=1", "../x"), (".=1", "."), ("a/b=1", "a/b"), ("a=.5,a=.5", "a"))
        ),
        ("materialize nowhere --action copy --to to --split ,", "--split takes NAME=SHARE"),
        ("materialize nowhere --action copy --to to --name ..", "lookalike: --name '..' makes '..' of a/b.jpg, which"),
        ("materialize nowhere --action copy --to to --name {x}", "--name '{x}' has no field 'x'; fields are index"),
        ("materialize nowhere --action copy --to to --name {index:500000000000}", "is no pattern"),
        ("materialize nowhere --action delete --name {index}", "--action delete takes no --name"),
        ("materialize nowhere --action copy --to to --annotations a.json", "a plan takes no --annotations"),
        ("materialize nowhere --action copy --to to --runner flink", "a plan takes no --runner"),
        ("materialize nowhere --action copy --to to --steal-lock", "a plan takes no --steal-lock"),
        ("materialize nowhere --action copy --to to -- --streaming", "goes to Beam, which runs only what --as writes"),
        ("materialize --apply file --protect in", "--apply takes no --protect"),
        ("materialize --apply file --action delete", "--apply takes no --action"),
        ("materialize --undo file --to to", "--undo takes no --to"),
        ("materialize --empty-trash file --limit 3", "--empty-trash takes no --limit"),
        ("materialize nowhere --as lists --to to --name {index}", "--as takes no --name"),
        ("materialize nowhere --as lists --to to --annotated in", "and there are none"),
        ("find in --in nowhere -- --streaming", "`lookalike find` runs without Beam"),
        ("config extra", "unrecognized arguments: extra; see `lookalike config --help`"),
        ("config -- --streaming", "`lookalike config` runs without Beam"),
        ("materialize --apply ''", "--apply: it must be text that is not empty"),
        ("materialize --apply nowhere", "nowhere is no plan"),
        ("materialize --apply file", "file is no plan"),
        ("materialize --undo in", "in is no plan"),
        ("evaluate nowhere --truth truth.csv", "no finished run"),
        ("verdict", "required: ACTION"),
        ("verdict add new.csv a --audit nowhere --verdict duplicates", "required: URI"),
        ("verdict add in a b --audit nowhere --verdict duplicates", "the file of verdicts in can't be read"),
        ("verdict add new.csv a b --audit nowhere --verdict perhaps", "invalid choice: 'perhaps'"),
        ("demo ''", "DIR: it must be text that is not empty"),
        ("demo file", "file is a file"),
        ("demo file/x", "can't be written"),
        ("demo in", "holds other files"),
        ("unknown", "invalid choice: 'unknown'"),
    ],
)
def test_odd_arguments(arguments, message, place, capfd):
    assert message in refused(place, capfd, [word.strip("'") for word in arguments.split()])


def test_no_arguments_at_all_get_the_help(capsys):
    assert main([]) == 2 and parser().format_help() in capsys.readouterr().err


def test_the_help_of_a_command_begins_with_what_it_does(capsys):
    said = {name: (summary, command.description) for name, summary, command in reference.commands(parser())}
    assert len(said) > 10 and "lookalike verdict add" in said
    assert [n for n, (summary, text) in said.items() if not text or text[1:] != f"{summary[1:]}."] == []
    assert main(["find", "--help"]) == 0 and "\n\nLook up the copies of a few images" in capsys.readouterr().out


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_command_is_interrupted_while_it_is_loaded(tmp_path, how):
    (tmp_path / "apache_beam.py").write_text(f"""
import os, signal
signal.signal(signal.SIGINT, signal.default_int_handler)  # which a shell's jobs ignore
os.kill(os.getpid(), {how:d})
""")
    path = os.pathsep.join([str(tmp_path), *sys.path])
    command = [sys.executable, "-m", "lookalike", "report", "out"]
    ended = subprocess.run(command, env=os.environ | {"PYTHONPATH": path}, capture_output=True, text=True, check=False)
    assert (ended.returncode, ended.stderr) == (1, "lookalike: stopped; the output is not finished\n")


def test_a_command_below_nohup_outlives_its_terminal(monkeypatch):
    def run(*_):
        os.kill(os.getpid(), signal.SIGHUP)
        return 0

    monkeypatch.setattr(demo, "run", run)
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        assert main(["demo", "folder"]) == 0 and signal.getsignal(signal.SIGHUP) == signal.SIG_IGN
    finally:
        signal.signal(signal.SIGHUP, before)


@pytest.mark.parametrize("kind", [manifest.OutputError, RuntimeError])
def test_what_a_file_is_called_is_nothing_that_a_terminal_obeys(kind, monkeypatch, capsys):
    def fail(*_):
        raise kind("/in/\x1b[2J\x9b\u202egpj.\ud800 is\n gone")

    monkeypatch.setattr(demo, "run", fail)
    code = main(["demo", "folder"])
    said = capsys.readouterr().err
    assert code == (2 if kind is manifest.OutputError else 1) and said.count("\n") == 1
    assert all(c.isprintable() for c in said.strip()) and "gone" in said


def test_calibrate_asks_for_what_the_command_line_says(place, monkeypatch, capfd):
    asked = []

    def calibrate(request):
        asked.append(request)
        raise calibration.OutputError("that is all")

    monkeypatch.setattr(calibration, "calibrate", calibrate)
    numbers = ["--precision", "0.9", "--sample", "7", "--copies", "3", "--set", "confirm.cosine=0.25"]
    refused(place, capfd, ["calibrate", "in", "file", "--output", "out", *numbers, "--steal-lock"])
    (request,) = asked
    assert (request.inputs, request.output) == (["in", "file"], str(place / "out"))
    assert (request.precision, request.sample, request.copies, request.steal_lock) == (0.9, 7, 3, True)
    assert request.config.confirm.cosine == 0.25 and not request.verdicts.together


def test_whoever_finds_another_command_at_work_may_come_again_and_is_told_apart_from_wrong_use(tmp_path, capsys):
    output = str(tmp_path / "out")
    (tmp_path / "in").mkdir()
    with locked(f"{output}/.run", "match"):
        assert main(["audit", str(tmp_path / "in"), "--output", output]) == 4
    assert "is being written by" in capsys.readouterr().err
