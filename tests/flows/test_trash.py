"""Deleting is moving to a trash: what is undone is as it was, whatever was killed where, and on whatever disk."""

import errno
import multiprocessing
import os
import random
import re
import shutil

import fsspec
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from lookalike.pipelines.cli.main import main
from lookalike.pipelines.materialize import apply as applying
from lookalike.pipelines.materialize import files, journal, plan_file
from lookalike.pipelines.materialize import trash as trashes
from lookalike.pipelines.materialize.plan_file import PlanError
from lookalike.transforms.storage.errors import OutputError
from tests.flows.test_audit import run, table
from tests.planned import facts, finished_audit, planned
from tests.synthetic import make_corpus

OLD = 10**18 + 123_456_789
COPIES = ("a.jpg", "deep/b.jpg", "deep/c.tif")
DISKS = {"one disk": None, "two disks": errno.EXDEV, "a disk without links": errno.EPERM}


@pytest.fixture
def place(tmp_path):
    """A corpus of one cluster: an exact copy, one that is only near, and a larger one, each unlike the others."""
    images = tmp_path / "images"
    (images / "deep").mkdir(parents=True)
    (images / "kept.jpg").write_bytes(b"kept")
    for name, data, mode in zip(COPIES, (b"kept", b"near", b"pages" * 999), (0o640, 0o604, 0o400), strict=True):
        (images / name).write_bytes(data)
        os.chmod(images / name, mode)
    aged(images)
    members = [str(images / name) for name in ("kept.jpg", *COPIES)]
    finished_audit(str(tmp_path / "audit"), [members])
    return tmp_path


def aged(images):
    for name in COPIES:
        os.setxattr(images / name, "user.lookalike", name.encode())
        os.utime(images / name, ns=(OLD + len(name), OLD))


def on(disk, monkeypatch):
    if DISKS[disk]:

        def link(source, target, **more):
            if os.path.lexists(target):
                raise FileExistsError(errno.EEXIST, "exists")
            raise OSError(DISKS[disk], os.strerror(DISKS[disk]))

        monkeypatch.setattr(os, "link", link)


def everything(place):
    """What lies below a place, as bytes, but for the kept copy's own name."""
    return {path.read_bytes() for path in place.rglob("*") if path.is_file() and path.name != "kept.jpg"}


def steady(images):
    """All facts but the time of the last access, which these tests change by looking."""
    return {name: (*one[:3], *one[4:]) for name, one in facts(images).items()}


def ways(place):
    return [
        {"action": "delete"},
        {"action": "quarantine", "to": str(place / "to" / "there")},
        {"action": "rename", "name": "{index}-{stem}{ext}", "images": "all"},
    ]


@pytest.mark.parametrize("disk", DISKS)
@pytest.mark.parametrize("way", range(3))
def test_what_is_undone_is_as_it_was(place, monkeypatch, disk, way):
    """Bytes, mode, owner, times and extended attributes; of exact copies, near ones and documents alike."""
    on(disk, monkeypatch)
    plan = str(place / "plan.parquet")
    aged(place / "images")
    before = facts(place / "images")
    aged(place / "images")  # looking at it was an access
    inodes = {name: os.stat(place / "images" / name).st_ino for name in COPIES}
    rows = planned(str(place / "audit"), plan, **ways(place)[way])
    assert applying.apply(plan) == (len(rows), []) == applying.apply(plan)
    gone = {os.path.relpath(row["source"], place / "images") for row in rows}
    assert gone >= set(COPIES) and not gone & facts(place / "images").keys()
    moved = [facts_ for facts_ in facts(place).values() if facts_[-1] == b"near"]
    assert [(one[0] & 0o777, one[4]) for one in moved] == [(0o604, OLD)]
    assert applying.undo(plan) == (len(rows), [])
    assert facts(place / "images") == before
    for name in COPIES:
        assert os.getxattr(place / "images" / name, "user.lookalike") == name.encode()
        assert not os.path.samefile(place / "images" / name, place / "images" / "kept.jpg")
        assert disk == "two disks" or os.stat(place / "images" / name).st_ino == inodes[name]
    assert sorted(path.name for path in place.iterdir()) == ["audit", "images", "plan.parquet", "plan.parquet.journal"]
    # and once more
    assert applying.apply(plan) == (len(rows), []) and applying.undo(plan) == (len(rows), [])
    assert {name: one[-1] for name, one in facts(place / "images").items()} == {n: one[-1] for n, one in before.items()}


def test_the_trash_is_emptied_by_a_command_of_its_own(place, capsys):
    plan = str(place / "the plan.parquet")
    assert main(["materialize", str(place / "audit"), "--action", "delete", "--plan", plan]) == 0
    assert main(["materialize", "--apply", plan]) == 0
    assert f"--empty-trash '{plan}'" in capsys.readouterr().out and everything(place / "the plan.parquet.trash")
    assert main(["materialize", "--empty-trash", plan]) == 0 and main(["materialize", "--empty-trash", plan]) == 0
    assert "3 steps emptied from the trash\n" in capsys.readouterr().out
    assert not (place / "the plan.parquet.trash").exists() and list(facts(place / "images")) == ["kept.jpg"]
    assert main(["materialize", "--apply", plan]) == 0 and "in the trash" not in capsys.readouterr().out
    assert main(["materialize", "--undo", plan]) == 1
    said = capsys.readouterr().err
    assert said.count("was emptied from the trash, and can't come back") == 3
    assert f"its kept copy is {place}/images/kept.jpg" in said


@pytest.mark.parametrize(
    ("change", "why"),
    [
        (lambda images, trash: os.unlink(images / "kept.jpg"), "is gone or was changed"),
        (lambda images, trash: (images / "kept.jpg").write_bytes(b"KEPT"), "is gone or was changed"),
        (lambda images, trash: relinked(images / "kept.jpg", trash / "0.jpg"), "the same file by another name"),
        (lambda images, trash: moved_into(images / "kept.jpg", trash / "k.jpg"), "lies in a trash itself"),
    ],
)
def test_the_trash_is_not_emptied_without_the_kept_copy(place, change, why):
    plan = str(place / "plan.parquet")
    planned(str(place / "audit"), plan, action="delete")
    assert applying.apply(plan).done == 3
    (folder,) = (place / "plan.parquet.trash").iterdir()
    change(place / "images", folder)
    outcome = applying.empty(plan)
    refused = 1 if why.startswith("the same file") else 3
    assert len(outcome.refused) == refused and all(why in reason for _, reason in outcome.refused)
    assert len(everything(folder)) == refused


def relinked(kept, other):
    os.unlink(kept)
    os.link(other, kept)


def moved_into(kept, trash):
    kept.rename(trash)
    kept.symlink_to(trash)


def test_what_was_changed_in_the_trash_stays(place):
    plan = str(place / "plan.parquet")
    planned(str(place / "audit"), plan, action="delete")
    applying.apply(plan)
    (folder,) = (place / "plan.parquet.trash").iterdir()
    os.chmod(folder / "1.jpg", 0o600)
    (folder / "1.jpg").write_bytes(b"other")
    os.unlink(folder / "2.tif")
    assert [why.split("/")[-1] for _, why in applying.empty(plan).refused] == [
        "1.jpg was changed in the trash", "2.tif is no longer in the trash",
    ]  # fmt: skip
    outcome = applying.undo(plan)
    assert len(outcome.refused) == 3 and outcome.done == 0
    assert (folder / "1.jpg").read_bytes() == b"other"


class Crash(BaseException):
    """What kill -9 is to a test in one process."""


POINTS = {
    os: ("link", "symlink", "unlink", "rename", "mkdir", "rmdir", "chmod", "chown", "utime", "fsync"),
    shutil: ("copystat",),
    journal.Journal: ("_append",),
    files: ("_copy_all",),
}


def crash_at(point, command, plan, monkeypatch):
    """Run a command, and fall over at the n-th call of what changes files: before it and after it by turns."""
    left = [point]

    def fragile(real):
        def call(*args, **kwargs):
            left[0] -= 1
            if left[0] == 0 and point % 2:
                raise Crash
            last = left[0] == 0
            try:
                return real(*args, **kwargs)
            finally:
                if last:
                    raise Crash

        return call

    with monkeypatch.context() as patch:
        for owner, names in POINTS.items():
            for name in names:
                patch.setattr(owner, name, fragile(getattr(owner, name)))
        try:
            command(plan)
        except Crash:
            return True
    return False


@pytest.mark.parametrize(
    ("disk", "way"), [("one disk", 0), ("two disks", 0), ("a disk without links", 1), ("two disks", 2), ("one disk", 2)]
)
def test_a_crash_at_any_call_of_apply_and_undo_loses_nothing(place, monkeypatch, disk, way):
    monkeypatch.setattr(os, "fsync", lambda handle: None)  # still a place to crash at, and fast
    on(disk, monkeypatch)
    plan, images = str(place / "plan.parquet"), place / "images"
    rows = planned(str(place / "audit"), plan, **ways(place)[way])
    before, whole = steady(images), everything(images)
    for command in (applying.apply, applying.undo):
        crashed, point = True, 0
        while crashed:
            point += 1
            if command is applying.undo:
                assert applying.apply(plan) == (len(rows), [])
            crashed = crash_at(point, command, plan, monkeypatch)
            assert everything(place) >= whole
            if point % 3 == 0:
                assert applying.apply(plan) == (len(rows), [])
                assert everything(place) >= whole
            assert applying.undo(plan).refused == []
            assert steady(images) == before
            os.unlink(f"{plan}.journal")
            assert not (place / "to").exists() and not (place / "plan.parquet.trash").exists()
            aged(images)
        assert point > 20


def test_a_crash_at_any_call_of_emptying_loses_no_kept_copy(place, monkeypatch):
    monkeypatch.setattr(os, "fsync", lambda handle: None)
    plan, images = str(place / "plan.parquet"), place / "images"
    planned(str(place / "audit"), plan, action="delete")
    before = steady(images)
    shutil.copytree(images, place / "backup")
    crashed, point = True, 0
    while crashed:
        point += 1
        assert applying.apply(plan).done == 3
        crashed = crash_at(point, applying.empty, plan, monkeypatch)
        assert (images / "kept.jpg").read_bytes() == b"kept"
        if point % 2:
            assert applying.empty(plan) == (3, []) and not (place / "plan.parquet.trash").exists()
        gone = {
            os.path.relpath(source, images) for source, why in applying.undo(plan).refused if "can't come back" in why
        }
        assert steady(images) == {name: one for name, one in before.items() if name not in gone}
        assert point % 2 == 0 or gone == set(COPIES)
        shutil.rmtree(images)
        shutil.copytree(place / "backup", images)
        aged(images)
        os.unlink(f"{plan}.journal")
    assert point > 10


def journal_size(plan):
    """Bytes of a plan's journal, 0 where there is none."""
    return os.path.getsize(f"{plan}.journal") if os.path.exists(f"{plan}.journal") else 0


@pytest.mark.parametrize("command", ["apply", "undo", "empty"])
def test_kill_9_at_ten_moments(tmp_path, command):
    images, rng = tmp_path / "images", random.Random(command)
    images.mkdir()
    names = [str(images / f"{number}.jpg") for number in range(12)]
    clusters = [names[at : at + 4] for at in range(0, 12, 4)]
    for number, name in enumerate(names):
        with open(name, "wb") as file:
            file.write(b"%d" % number * 1000)
    finished_audit(str(tmp_path / "audit"), clusters)
    plan, before = str(tmp_path / "plan.parquet"), facts(images)
    planned(str(tmp_path / "audit"), plan, action="delete")
    contents = {name: one[-1] for name, one in before.items()}
    shutil.copytree(images, tmp_path / "backup")
    server = multiprocessing.get_context("forkserver")
    server.set_forkserver_preload(["lookalike.pipelines.materialize.apply"])
    killed, whole = 0, 0
    for attempt in range(11):
        if command != "apply":
            assert applying.apply(plan).refused == []
        before_it = journal_size(plan)
        process = server.Process(target=getattr(applying, command), args=(plan,))
        process.start()
        # the first one ends by itself, and tells how much is written; the others are killed somewhere on the way
        until = before_it + rng.uniform(0, 0.8) * whole if attempt else float("inf")
        while process.is_alive() and journal_size(plan) <= until:
            pass
        process.kill()
        process.join()
        whole = whole or journal_size(plan) - before_it
        killed += process.exitcode != 0
        held = {one[-1] for one in facts(tmp_path).values() if one}
        if command != "empty":
            assert held >= set(contents.values())
        assert all((images / os.path.basename(group[0])).exists() for group in clusters)
        outcome = applying.undo(plan)
        assert all("can't come back" in why for _, why in outcome.refused) and (
            command == "empty" or not outcome.refused
        )
        gone = {os.path.basename(source) for source, _ in outcome.refused}
        back = {name: one[-1] for name, one in facts(images).items()}
        assert back == {name: data for name, data in contents.items() if name not in gone}
        os.unlink(f"{plan}.journal")
        shutil.rmtree(images)
        shutil.copytree(tmp_path / "backup", images)
        shutil.rmtree(f"{plan}.trash", ignore_errors=True)
    assert killed >= 5


def test_another_disk_than_the_plans_has_its_trash_beside_the_files(place, monkeypatch):
    """Where the plan lies elsewhere, files stay on their disk: below the folder that they have in common."""
    monkeypatch.setattr(trashes, "_device", lambda folder: 2 if folder.startswith(str(place / "images")) else 1)
    plan = str(place / "plan.parquet")
    planned(str(place / "audit"), plan, action="delete")
    before = steady(place / "images")
    assert applying.apply(plan).done == 3
    (folder,) = (path for path in (place / "images").iterdir() if path.name.startswith(".lookalike-trash-"))
    assert sorted(os.listdir(folder)) == ["0.jpg", "1.jpg", "2.tif"] and not (place / "plan.parquet.trash").exists()
    # disks that were mounted elsewhere since make no difference
    monkeypatch.undo()
    assert applying.undo(plan) == (3, []) and steady(place / "images") == before


def test_a_folder_that_can_not_be_written_is_a_refusal_and_changes_nothing(place, monkeypatch):
    plan = str(place / "plan.parquet")
    planned(str(place / "audit"), plan, action="delete")
    before, real = steady(place / "images"), os.unlink

    def refuse(path, **more):
        if str(path).startswith(str(place / "images" / "deep")):
            raise PermissionError(errno.EACCES, "Permission denied", path)
        real(path, **more)

    monkeypatch.setattr(os, "unlink", refuse)
    outcome = applying.apply(plan)
    assert outcome.done == 1 and all("Permission denied" in why for _, why in outcome.refused)
    (folder,) = (place / "plan.parquet.trash").iterdir()
    assert os.listdir(folder) == ["0.jpg"]
    assert applying.undo(plan).refused == [] and steady(place / "images") == before


@pytest.mark.parametrize("disk", ["one disk", "two disks"])
def test_what_a_user_writes_while_a_file_is_moved_is_not_lost(place, monkeypatch, disk):
    """The file is saved anew, as editors do, just before it is removed."""
    plan, edited = str(place / "plan.parquet"), place / "images" / "a.jpg"
    planned(str(place / "audit"), plan, action="delete")
    on(disk, monkeypatch)
    real = files.sync

    def sync(folder):
        real(folder)
        if edited.exists() and edited.read_bytes() == b"kept":
            (place / "new").write_bytes(b"edited")
            os.replace(place / "new", edited)

    with monkeypatch.context() as patched:
        patched.setattr(files, "sync", sync)
        outcome = applying.apply(plan)
    assert outcome.done == 2 and "was changed while it was moved" in outcome.refused[0][1]
    assert edited.read_bytes() == b"edited" and applying.undo(plan).refused == []
    assert edited.read_bytes() == b"edited"


def test_what_is_refused_is_told_in_a_line_that_no_terminal_obeys(tmp_path, capsys):
    kept, copy, plan = tmp_path / "kept.jpg", tmp_path / "a\n\x1b[2J.jpg", str(tmp_path / "plan.parquet")
    for path in (kept, copy):
        path.write_bytes(b"kept")
    planned(finished_audit(str(tmp_path / "audit"), [[str(kept), str(copy)]]), plan, action="delete")
    copy.write_bytes(b"edited")
    assert main(["materialize", "--apply", plan]) == 1
    (said,) = capsys.readouterr().err.splitlines()
    assert said.isprintable() and said.startswith(f"lookalike: {tmp_path}/a\\n\\x1b[2J.jpg stays as it is")


def test_a_step_is_refused_where_its_kept_copy_is_none(place):
    images, plan = place / "images", str(place / "plan.parquet")
    rows = planned(str(place / "audit"), plan, action="delete")
    whole = everything(images)
    (images / "other").mkdir()
    os.link(images / "a.jpg", images / "other" / "hard.jpg")
    (images / "other" / "soft.jpg").symlink_to(images / "deep" / "b.jpg")
    (images / ".lookalike-trash-x").mkdir()
    (images / ".lookalike-trash-x" / "0.jpg").write_bytes(b"near")
    near = rows[1]["content_hash"]
    keepers = [
        ("other/hard.jpg", rows[0]["content_hash"], "the same file by another name"),
        ("other/soft.jpg", near, "is a link to it"),
        (".lookalike-trash-x/0.jpg", near, "lies in a trash itself"),
        ("other/soft.jpg", near, "leads to a file that this plan removes"),
    ]
    for number, (keeper, hash_, why) in enumerate(keepers):
        row = rows[0 if number != 1 else 1] | {"keeper": str(images / keeper), "keeper_hash": hash_}
        others = [rows[1]] if number == 3 else []
        path = f"{plan}.{number}.parquet"
        pq.write_table(pa.Table.from_pylist([row, *others], schema=plan_file.SCHEMA), path)
        outcome = applying.apply(path)
        assert any(source == row["source"] and why in reason for source, reason in outcome.refused), why
        assert applying.undo(path).refused == []
        assert everything(images) >= whole


def test_symbolic_links_are_not_removed(place):
    images, plan = place / "images", str(place / "plan.parquet")
    rows = planned(str(place / "audit"), plan, action="delete")
    (images / "a.jpg").rename(images / "elsewhere.jpg")
    (images / "a.jpg").symlink_to(images / "elsewhere.jpg")
    outcome = applying.apply(plan)
    assert outcome.done == 2 and "is a symbolic link" in outcome.refused[0][1] and rows[0]["source"].endswith("a.jpg")
    assert os.path.islink(images / "a.jpg")


def test_protection_holds_when_a_plan_is_applied(place):
    """Whatever a reviewer wrote into it, and wherever links lead by then."""
    images, plan = place / "images", str(place / "plan.parquet")
    (place / "safe").mkdir()
    rows = planned(str(place / "audit"), plan, action="delete", protected=(f"file://{place}/safe/",))
    assert len(rows) == 3
    shutil.move(images / "deep", place / "safe" / "deep")
    (images / "deep").symlink_to(place / "safe" / "deep")
    outcome = applying.apply(plan)
    assert (
        outcome.done == 1
        and [why for _, why in outcome.refused] == ["it, or its target, lies below a protected prefix"] * 2
    )
    assert everything(place / "safe") == {b"near", b"pages" * 999}


def test_protection_is_in_the_rows_which_any_program_may_filter(place):
    """Programs that write Parquet drop the file's metadata; a row that somebody added says nothing."""
    plan = str(place / "plan.parquet")
    planned(str(place / "audit"), plan, action="delete", protected=(str(place / "safe"),))
    shutil.move(place / "images" / "deep", place / "safe")
    (place / "images" / "deep").symlink_to(place / "safe")
    pq.write_table(pq.read_table(plan).replace_schema_metadata(), plan)
    assert applying.apply(plan).done == 1 and everything(place / "safe") == {b"near", b"pages" * 999}
    for told in (None, "", "null", "[1]"):
        rows = [row | {"protected": told} for row in pq.read_table(plan).to_pylist()]
        pq.write_table(pa.Table.from_pylist(rows, schema=plan_file.SCHEMA), f"{plan}.bare")
        with pytest.raises(PlanError, match="does not say in 'protected' what is protected"):
            applying.apply(f"{plan}.bare")
    rows = pq.read_table(plan).drop_columns(["protected"])  # as earlier versions wrote it
    pq.write_table(rows.replace_schema_metadata({"lookalike.protected": f'["{place}/safe"]'}), plan)
    assert applying.undo(plan) == (1, [])
    assert applying.apply(plan).done == 1 and len(os.listdir(place / "safe")) == 2


@pytest.mark.parametrize(
    ("column", "value", "message"),
    [
        *(("source", none, "delete needs a source, and it is empty") for none in (None, "")),
        ("content_hash", None, "needs a content_hash"),
        ("keeper", None, "needs a keeper, and"),
        ("keeper_hash", "", "needs a keeper_hash"),
        ("step", None, "a row without a step"),
        ("step", "../../0", "of another type"),
        ("step", 0.5, "of another type"),
        ("action", None, "no action is called ''"),
        ("action", "rename", "rename needs a target"),
        ("action", "quarantine", "quarantine needs a target"),
    ],
)
def test_a_plan_with_a_row_that_lacks_something_is_refused(place, column, value, message):
    plan, before = str(place / "plan.parquet"), steady(place / "images")
    rows = planned(str(place / "audit"), plan, action="delete")
    values = [value, *(row[column] if value is None else type(value)(row[column]) for row in rows[1:])]
    table_ = pq.read_table(plan)
    pq.write_table(table_.set_column(table_.column_names.index(column), column, pa.array(values)), plan)
    with pytest.raises(PlanError, match=re.escape(message)):
        applying.apply(plan)
    assert steady(place / "images") == before


def test_zeros_at_the_end_of_a_journal_are_a_line_that_a_loss_of_power_cut_off(place):
    plan, before = str(place / "plan.parquet"), steady(place / "images")
    planned(str(place / "audit"), plan, action="delete")
    done = applying.apply(plan).done
    with open(f"{plan}.journal", "ab") as file:
        file.write(b"\0" * 4096)
    assert applying.undo(plan) == (done, []) and steady(place / "images") == before


@pytest.mark.parametrize("act", [applying.undo, applying.empty])
def test_a_plan_without_its_journal_is_not_taken_for_one_that_did_nothing(place, act):
    plan = str(place / "plan.parquet")
    planned(str(place / "audit"), plan, action="delete")
    applying.apply(plan)
    os.rename(plan, f"{plan}.renamed")
    with pytest.raises(PlanError, match="its journal has to follow"):
        act(f"{plan}.renamed")
    assert not os.path.exists(f"{plan}.renamed.journal")


def test_a_journal_that_can_not_be_written_is_named_and_nothing_is_done(place, monkeypatch):
    plan, before = str(place / "plan.parquet"), steady(place / "images")
    planned(str(place / "audit"), plan, action="delete")

    def full(_):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with monkeypatch.context() as patched:
        patched.setattr(journal.os, "fsync", full)
        with pytest.raises(PlanError, match=r"plan\.parquet\.journal can't be written \(No space left on device\)"):
            applying.apply(plan)
    assert steady(place / "images") == before and applying.apply(plan).done == 3 == applying.undo(plan).done
    os.unlink(f"{plan}.journal")
    os.mkdir(f"{plan}.journal")
    with pytest.raises(PlanError, match="Is a directory"):
        applying.apply(plan)


def test_plans_and_audits_that_were_changed_are_refused(place):
    audit, plan = str(place / "audit"), str(place / "plan.parquet")
    planned(audit, plan, action="delete")
    applying.apply(plan)
    os.rename(plan, f"{plan}.first")
    with pytest.raises(PlanError, match=r"plan\.parquet\.journal is there already"):
        planned(audit, plan, action="quarantine", to=str(place / "to"))
    rows = [row | {"source": row["source"] + "x"} for row in plan_file.read(f"{plan}.first")]
    pq.write_table(pa.Table.from_pylist(rows, schema=plan_file.SCHEMA), plan)
    with pytest.raises(PlanError, match="belongs to another plan"):
        applying.undo(plan)
    os.rename(f"{plan}.first", plan)
    with open(f"{plan}.journal", "r+b") as file:
        file.write(b"[")
    with pytest.raises(PlanError, match="journal, line 1, is damaged"):
        applying.undo(plan)
    pq.write_table(pa.Table.from_pylist([rows[0] | {"action": "burn"}], schema=plan_file.SCHEMA), f"{plan}.burn")
    with pytest.raises(PlanError, match="no action is called 'burn'"):
        applying.apply(f"{plan}.burn")
    part = place / "audit" / "clusters" / "part-0.parquet"
    table_ = pq.read_table(part)
    pq.write_table(table_.slice(0, 2), part)
    with pytest.raises(OutputError, match=r"part-0\.parquet is not there or was changed since the audit"):
        planned(audit, f"{plan}.2", action="delete")
    os.unlink(place / "audit" / "audit.json")
    assert main(["materialize", audit, "--action", "delete", "--plan", f"{plan}.2"]) == 2


@pytest.mark.parametrize("text", [b"no newline", b'{"move": "0-delete", "state": "done"}\nno newline', b"notes\nmore"])
def test_a_file_called_as_a_journal_that_is_none_stays_as_it_is(place, text):
    plan = place / "plan.parquet"
    planned(str(place / "audit"), str(plan), action="delete")
    (place / "plan.parquet.journal").write_bytes(text)
    for act in (applying.apply, applying.undo, applying.empty):
        with pytest.raises(PlanError, match=r"plan\.parquet\.journal"):
            act(str(plan))
    assert (place / "plan.parquet.journal").read_bytes() == text


def test_undoing_what_was_only_begun_removes_nobody_elses_file(place):
    plan = str(place / "plan.parquet")
    move = planned(str(place / "audit"), plan, action="quarantine", to=str(place / "to"))[0]
    with journal.Journal(plan) as noted:  # and killed
        like = files.appearance(move["source"])
        noted.note(f"{move['step']}-move", journal.BEGUN, source=move["source"], target=move["target"], **like)
    os.makedirs(os.path.dirname(move["target"]))
    with open(move["target"], "wb") as file:
        file.write(b"theirs")
    before = steady(place / "images"), steady(place / "to")
    assert applying.undo(plan) == (1, [])
    assert (steady(place / "images"), steady(place / "to")) == before


@pytest.mark.parametrize("action", ["delete", "rename"])
def test_a_plan_is_undone_however_it_is_called_and_wherever_it_went(place, action):
    plan = place / "plan.parquet"
    before = steady(place / "images")
    planned(str(place / "audit"), str(plan), **next(way for way in ways(place) if way["action"] == action))
    (place / "link").symlink_to(place)
    (place / "called.parquet").symlink_to(plan)
    (place / "there").mkdir()
    for undone in ("link/plan.parquet", "called.parquet", "there/plan.parquet"):
        done = applying.apply(str(plan)).done
        if undone.startswith("there"):
            for name in ("plan.parquet", "plan.parquet.journal"):
                os.rename(place / name, place / "there" / name)
        assert steady(place / "images") != before
        assert applying.undo(str(place / undone)) == (done, [])
        assert steady(place / "images") == before


@pytest.mark.parametrize("first", ["a.jpg", "kept.jpg"])
def test_what_can_not_be_renamed_keeps_its_name_or_is_told_where_it_is(place, first):
    """kept.jpg -> a.jpg -> taken.jpg, in both orders: the second has the name of the first by then, or it has not."""
    plan, images = str(place / "plan.parquet"), place / "images"
    before = steady(images)
    rows = planned(str(place / "audit"), plan, action="rename", images="all", name="{index}{ext}")
    targets = {str(images / "a.jpg"): str(images / "taken.jpg"), str(images / "kept.jpg"): str(images / "a.jpg")}
    chosen = [row | {"target": targets[row["source"]]} for row in rows if row["source"] in targets]
    for row in chosen:
        row["step"] = int(not row["source"].endswith(first))
    pq.write_table(pa.Table.from_pylist(chosen, schema=plan_file.SCHEMA), plan)
    (images / "taken.jpg").write_bytes(b"theirs")
    outcome = applying.apply(plan)
    if first == "a.jpg":
        assert (outcome.done, len(outcome.refused)) == (0, 2)
        assert {name: what for name, what in steady(images).items() if name != "taken.jpg"} == before
    else:
        assert outcome.done == 1 and "; it waits as " in outcome.refused[0][1]
        waiting = outcome.refused[0][1].partition("; it waits as ")[2].partition(",")[0]
        assert os.path.exists(waiting) and os.path.exists(images / "a.jpg") and not os.path.exists(images / "kept.jpg")
    (images / "taken.jpg").unlink()
    assert applying.apply(plan) == (2, [])
    assert applying.undo(plan) == (2, [])
    assert steady(images) == before


def test_one_process_at_a_time(place):
    plan = str(place / "plan.parquet")
    planned(str(place / "audit"), plan, action="delete")
    with journal.Journal(plan), pytest.raises(PlanError, match="in use"):
        applying.apply(plan)
    assert applying.apply(plan).done == 3


def test_deleting_in_a_store(tmp_path):
    """By copy and deletion, to a hidden folder beside the files that the next audit leaves out."""
    make_corpus(tmp_path / "images", groups=2, singles=1, width=200, height=150)
    memory = fsspec.filesystem("memory")
    memory.put(str(tmp_path / "images"), "/trash/images", recursive=True)

    def content():
        return {path: memory.cat_file(path) for path in memory.find("/trash/images")}

    before = content()
    assert run("audit", "memory://trash/images", "--output", str(tmp_path / "audit")) == 0
    plan = str(tmp_path / "plan.parquet")
    rows = planned(str(tmp_path / "audit"), plan, action="delete")
    assert rows and sum(row["reclaimable"] for row in table(tmp_path / "audit", "clusters")) == len(rows)
    assert applying.apply(plan) == (len(rows), [])
    now = content()
    assert sorted(now.values()) == sorted(before.values())
    assert sum("/.lookalike-trash-" in path for path in now) == len(rows)
    assert applying.undo(plan) == (len(rows), []) and content() == before
    assert applying.apply(plan) == applying.empty(plan) == (len(rows), [])
    assert content() == {
        path: data for path, data in before.items() if f"memory://{path}" not in {r["source"] for r in rows}
    }
    assert len(applying.undo(plan).refused) == len(rows)
