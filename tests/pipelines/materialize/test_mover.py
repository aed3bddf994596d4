"""What a single move leaves behind."""

from lookalike.pipelines.materialize.journal import Journal
from lookalike.pipelines.materialize.mover import Mover
from lookalike.pipelines.materialize.protection import Protection


def test_of_folders_only_those_that_were_made_for_the_plan_go_and_only_empty_ones(tmp_path):
    made, full, theirs = (tmp_path / name for name in ("made", "full", "theirs"))
    for folder in (made, full, theirs):
        folder.mkdir()
    (full / "a.jpg").write_bytes(b"1")
    with Journal(str(tmp_path / "plan")) as journal:
        for folder in (made, full, tmp_path / "gone"):
            journal.note_folder(str(folder))
        Mover(journal, Protection(()), set()).remove_folders([*journal.made, str(theirs)])
    assert not made.exists() and full.exists() and theirs.exists()
