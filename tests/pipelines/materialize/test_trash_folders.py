"""Where deleted files go that lie on another disk than the plan."""

import os

import pytest

from lookalike.pipelines.materialize import trash


@pytest.fixture
def disk(tmp_path, monkeypatch):
    """A folder that is a disk of its own."""
    other = tmp_path / "disk"
    monkeypatch.setattr(trash, "_device", lambda folder: 2 if f"{folder}/".startswith(f"{other}/") else 1)
    for name in ("one/deep", "two"):
        (other / name).mkdir(parents=True)
    return other


def test_files_of_another_disk_go_to_their_common_folder_there(tmp_path, disk):
    plan, here = str(tmp_path / "plan"), str(tmp_path / "a.jpg")
    sources = [str(disk / "one" / "deep" / "b.jpg"), str(disk / "two" / "c.jpg")]
    for given in (sources, sources[::-1]):
        chosen = trash.Trash(plan, "mark", [*given, here])
        folders = [os.path.dirname(chosen.place(source, 7)) for source in (*sources, here)]
        assert folders == [f"{disk}/.lookalike-trash-mark"] * 2 + [f"{plan}.trash/.lookalike-trash-mark"]


def test_a_common_folder_that_lies_on_no_such_disk_is_not_taken(tmp_path, monkeypatch):
    """Two folders of one disk that are mounted in different places have a common folder on another one."""
    places = [str(tmp_path / name) for name in ("one", "two")]
    for place in places:
        os.mkdir(place)
    monkeypatch.setattr(trash, "_device", lambda folder: 2 if folder in places else 1)
    chosen = trash.Trash(str(tmp_path / "plan"), "mark", [f"{place}/a.jpg" for place in places])
    assert [chosen.place(f"{place}/a.jpg", 3) for place in places] == [
        f"{place}/.lookalike-trash-mark/3.jpg" for place in places
    ]
