"""Verdicts of several reviewers at a time, in one file."""

import csv
import threading

import pytest

from lookalike.pipelines.review import verdict_file
from lookalike.pipelines.review.server.questions import Question
from lookalike.pipelines.review.verdict_file import VerdictError, load
from lookalike.pipelines.run.lock import LockedError, locked
from tests.pipelines.review.server.conftest import opened


def rows(path):
    with open(path, newline="") as file:
        return list(csv.DictReader(file))


def test_a_verdict_is_noted_once_replaced_and_taken_back(session, pictures):
    uris = (pictures["kept.jpg"], pictures["scan.tif"])
    judging = session.judging
    assert judging.judge(uris, "duplicates").verdict == "duplicates"
    assert judging.judge(uris, "not duplicates").verdict == "not duplicates"
    assert [row["author"] for row in rows(judging.path)] == ["ada", "ada"] and judging.noted == 1
    assert judging.judge(uris[::-1], "not duplicates").undoable == len(rows(judging.path)) == 2  # holds already
    assert judging.judge(uris, None).verdict == "duplicates"  # what held before
    assert judging.judge(uris, None).verdict is None and rows(judging.path) == []
    undone = [judging.undo() for _ in range(5)]
    assert [found and (found.verdict, found.undoable) for found in undone] == [
        ("duplicates", 3), ("not duplicates", 2), ("duplicates", 1), (None, 0), None,
    ]  # fmt: skip


def test_a_verdict_that_is_given_now_counts_whatever_the_clock_said_before(session, audit, pictures):
    judging, uris = session.judging, (pictures["kept.jpg"], pictures["scan.tif"])
    judging.judge(uris, "duplicates")
    for later, change in (
        ("2091-12-31T23:59:59.5+02:00", lambda: judging.judge(uris, "not duplicates")),
        ("2092-01-01T00:00:00", lambda: verdict_file.add(judging.path, audit, uris[::-1], "duplicates", "bo", "")),
    ):
        told = rows(judging.path)
        told[-1]["time"] = later
        with open(judging.path, "wb") as file:
            file.write(verdict_file._encoded(told, False))
        change()
        assert rows(judging.path)[-1]["time"] == later
        (row,) = verdict_file.latest_of(verdict_file.rows_so_far(judging.path), judging.path).values()
        assert row == verdict_file.rows_so_far(judging.path)[-1]


def test_columns_and_rows_of_others_stay(audit, pictures, tmp_path):
    given = "content_hash_a,content_hash_b,verdict,author,time,note,page\n" + f"{'0' * 64},{'1' * 64},,bo,,,7\n"
    (tmp_path / "verdicts.csv").write_text(given)
    session = opened(audit, tmp_path)
    session.judging.judge((pictures["kept.jpg"], pictures["copy.jpg"]), "duplicates")
    session.judging.undo()
    assert (tmp_path / "verdicts.csv").read_text().replace("\r", "") == given
    session.close()


def test_what_others_write_is_seen_and_a_verdict_that_they_took_out_is_not_undone(session, audit, pictures):
    judging, uris = session.judging, (pictures["kept.jpg"], pictures["copy.jpg"])
    verdict_file.add(judging.path, audit, uris, "not duplicates", "bo", "")
    assert session.page(Question(verdict="not duplicates"))["total"] == 1
    assert judging.judge((uris[0], pictures["scan.tif"]), "duplicates").noted == 2
    (own,) = [row for row in rows(judging.path) if row["author"] == "ada"]
    verdict_file.change(judging.path, [], [own])
    with pytest.raises(VerdictError, match="somebody else has changed it"):
        judging.undo()
    assert [row["author"] for row in rows(judging.path)] == ["bo"]


def test_verdicts_of_several_at_once_are_all_there(audit, pictures, tmp_path):
    """Two servers and the command write to one file, from several threads each."""
    kept, *others = (pictures[name] for name in ("kept.jpg", "copy.jpg", "scan.tif", "packed.png"))
    (tmp_path / "a").mkdir(), (tmp_path / "b").mkdir()
    sessions = [opened(audit, tmp_path / name) for name in "ab"]
    for one in sessions:
        one.judging.path = str(tmp_path / "verdicts.csv")
    given = [(*one, other) for one in zip(sessions, ("duplicates", "not duplicates"), strict=True) for other in others]
    threads = [threading.Thread(target=s.judging.judge, args=((kept, o), v)) for s, v, o in given]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(rows(tmp_path / "verdicts.csv")) == 6
    found = load(str(tmp_path / "verdicts.csv"))
    assert len(found.together) + len(found.apart) == 3
    for one in sessions:
        one.close()


def test_a_writer_that_takes_long_is_named(session, pictures, monkeypatch):
    monkeypatch.setattr("lookalike.pipelines.review.server.judging.PATIENCE", 0.2)
    with locked(f"{session.judging.path}.run", "verdict add"), pytest.raises(LockedError, match="is being written by"):
        session.judging.judge((pictures["kept.jpg"], pictures["copy.jpg"]), "duplicates")
    assert session.judging.noted == 0
