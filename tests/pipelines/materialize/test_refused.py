"""Which steps of a plan are refused, and how often that is said; which plans are not made."""

import os

import pyarrow as pa
import pytest

from lookalike.pipelines.materialize import plan_file
from lookalike.pipelines.materialize.apply import apply, undo
from lookalike.pipelines.materialize.plan import PlanError
from tests.planned import finished_audit, planned


@pytest.fixture
def images(tmp_path):
    folder = tmp_path / "images"
    folder.mkdir()
    return folder


def picture(path, data=b"picture"):
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(data)
    return str(path)


def test_a_refused_step_is_said_once(tmp_path, images):
    one, other = picture(images / "a.jpg"), picture(images / "b.jpg", b"another")
    audit, plan = finished_audit(str(tmp_path / "audit"), [[one], [other]]), str(tmp_path / "plan")
    planned(audit, plan, action="rename", name="{index}-{stem}{ext}")
    picture(images / "a.jpg", b"edited since")
    done, refused = apply(plan)
    assert done == 1 and [source for source, _ in refused] == [one] and "was changed" in refused[0][1]


def test_a_target_that_was_edited_to_be_protected_is_refused(tmp_path, images):
    one, safe = picture(images / "a.jpg"), tmp_path / "safe"
    safe.mkdir()
    audit, plan = finished_audit(str(tmp_path / "audit"), [[one]]), str(tmp_path / "plan")
    (row,) = planned(audit, plan, action="copy", to=str(tmp_path / "to"), protected=(str(safe),))
    os.unlink(plan)
    edited = pa.Table.from_pylist([row | {"target": str(safe / "a.jpg")}], schema=plan_file.SCHEMA)
    plan_file.write(plan, edited, audit)
    ((_, why),) = apply(plan).refused
    assert "below a protected prefix" in why and not list(safe.iterdir())


@pytest.mark.parametrize("other", ["\u00c9.JPG", "e\u0301.jpg"])
def test_names_that_differ_in_case_or_normal_form_only_are_one_name(other, tmp_path, images):
    paths = [picture(images / "x" / "\u00e9.jpg"), picture(images / "y" / other, b"another")]
    audit = finished_audit(str(tmp_path / "audit"), [[path] for path in paths])
    with pytest.raises(PlanError, match="would both become"):
        planned(audit, str(tmp_path / "plan"), action="copy", to=str(tmp_path / "to"), name="{stem}{ext}")


def test_a_file_with_two_names_gives_its_bytes_back_once(tmp_path, images):
    kept, one = picture(images / "a.jpg"), picture(images / "b.jpg", b"a copy")
    os.link(one, images / "c.jpg")
    alone = picture(images / "d.jpg", b"another copy")
    audit = finished_audit(str(tmp_path / "audit"), [[kept, one, str(images / "c.jpg"), alone]])
    rows = planned(audit, str(tmp_path / "plan"), action="delete")
    assert [row["bytes"] for row in rows] == [len(b"a copy"), 0, len(b"another copy")]


def test_a_link_is_not_quarantined_even_within_its_folder(tmp_path, images):
    kept, file = picture(images / "a.jpg"), picture(tmp_path / "file.jpg")
    link = images / "b.jpg"
    link.symlink_to(file)
    audit, plan = finished_audit(str(tmp_path / "audit"), [[kept, str(link)]]), str(tmp_path / "plan")
    planned(audit, plan, action="quarantine", to=str(images), name="{index}-{stem}{ext}")
    ((_, why),) = apply(plan).refused
    assert "a symbolic link" in why and link.is_symlink() and not (images / "1-b.jpg").exists()


@pytest.mark.parametrize("action", ["copy", "hardlink"])
def test_what_was_edited_since_it_was_made_is_not_taken_back(tmp_path, images, action):
    one = picture(images / "a.jpg")
    audit, plan = finished_audit(str(tmp_path / "audit"), [[one]]), str(tmp_path / "plan")
    (row,) = planned(audit, plan, action=action, to=str(tmp_path / "to"))
    assert apply(plan) == (1, [])
    os.unlink(row["target"])
    (tmp_path / "to" / "a.jpg").write_bytes(b"edited")
    ((source, why),) = undo(plan).refused
    assert source == one and "was changed since it was made" in why
    assert (tmp_path / "to" / "a.jpg").read_bytes() == b"edited"
