"""From an audit to files: nothing lost, nothing overwritten, whatever is killed where."""

import hashlib
import json
import os
import shutil
from pathlib import Path

import fsspec
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from lookalike.pipelines.cli.main import main
from lookalike.pipelines.materialize import apply as applying
from lookalike.pipelines.materialize import plan_file
from lookalike.pipelines.materialize.plan import Request, make, split_of
from lookalike.pipelines.materialize.plan_file import PlanError, read
from lookalike.pipelines.review.summary import summarise
from tests.flows.test_audit import run, table
from tests.synthetic import make_corpus

pytestmark = pytest.mark.usefixtures("without_engine")


@pytest.fixture(scope="module")
def original(tmp_path_factory):
    place = tmp_path_factory.mktemp("materialize")
    make_corpus(place / "images", groups=5, singles=6, width=240, height=180)
    (place / "images" / "deep").mkdir()
    (place / "images" / "s0.png").rename(place / "images" / "deep" / "s0.png")
    shutil.copy2(place / "images" / "g1.jpg", place / "images" / "deep" / "g1.jpg")
    protected = f"cluster.protected=['file://{place}/nowhere/']"
    assert run("audit", place / "images", "--output", place / "audit", "--set", protected) == 0
    return place


@pytest.fixture
def place(original, monkeypatch):
    """The audited corpus, restored after each test: plans name its paths."""
    kept = original / "kept"
    shutil.copytree(original / "images", kept)
    before = state(original / "images")
    yield original
    shutil.rmtree(original / "images")
    kept.rename(original / "images")
    assert state(original / "images") == before
    for name in ("plan.parquet", "plan.parquet.journal"):
        (original / name).unlink(missing_ok=True)
    shutil.rmtree(original / "to", ignore_errors=True)


def state(folder):
    """Relative path -> digest of every file below a folder."""
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def planned(place, **request):
    if request["action"] in (*plan_file.MAKES, "quarantine"):
        request.setdefault("to", str(place / "to"))
    path = str(place / "plan.parquet")
    plan_file.write(path, make(str(place / "audit"), Request(**request)), str(place / "audit"))
    return path


def duplicates(place):
    return {os.path.relpath(r["uri"], place / "images") for r in table(place / "audit", "clusters") if r["reclaimable"]}


def test_a_plan_touches_nothing_and_is_reviewable(place, capsys):
    (place / "images" / f"{Path(min(duplicates(place))).stem}.txt").write_text("a caption")
    before = state(place / "images")
    path = place / "plan.parquet"
    assert main(["materialize", str(place / "audit"), "--action", "delete", "--plan", str(path)]) == 0
    said = capsys.readouterr()
    assert "nothing was touched" in said.out and state(place / "images") == before
    assert "1 file was found beside these images under the same names, and left there: 1 .txt" in said.err
    rows = pq.read_table(path).to_pylist()
    assert {os.path.relpath(row["source"], place / "images") for row in rows} == duplicates(place)
    assert all(row["reason"] and row["keeper"] != row["source"] for row in rows)
    assert main(["materialize", str(place / "audit"), "--action", "delete", "--plan", str(path)]) == 2
    assert "is there already" in capsys.readouterr().err


@pytest.mark.parametrize("action", ["copy", "hardlink", "symlink"])
def test_the_corpus_without_duplicates(place, action):
    before = state(place / "images")
    path = planned(place, action=action)
    assert applying.apply(path) == (len(before) - len(duplicates(place)), [])
    assert state(place / "to") == {name: data for name, data in before.items() if name not in duplicates(place)}
    assert state(place / "images") == before
    again = applying.apply(path)
    assert again == (len(state(place / "to")), [])
    assert applying.undo(path).refused == [] and state(place / "to") == {}


def test_quarantine_and_back(place):
    before, gone = state(place / "images"), duplicates(place)
    path = planned(place, action="quarantine")
    assert applying.apply(path) == (len(gone), [])
    assert state(place / "to") == {name: before[name] for name in gone}
    assert state(place / "images") == {name: data for name, data in before.items() if name not in gone}
    assert applying.undo(path) == (len(gone), []) and state(place / "images") == before


def test_deleting_and_back(place):
    before, gone = state(place / "images"), duplicates(place)
    path = planned(place, action="delete")
    assert applying.apply(path) == (len(gone), [])
    assert state(place / "images") == {name: data for name, data in before.items() if name not in gone}
    assert applying.undo(path) == (len(gone), []) and state(place / "images") == before


def test_renaming_never_meets_a_name_that_is_in_use(place):
    """1.jpg -> 2.jpg while 2.jpg is still to become 3.jpg: the loop that everybody writes first loses pictures."""
    folder = place / "images"
    before = state(folder)
    path = planned(place, action="rename", name="{index}{ext}", images="all")
    rows = read(path)
    targets = [os.path.basename(row["target"]) for row in rows]
    assert len(set(targets)) == len(rows) == len(before)
    assert applying.apply(path) == (len(rows), [])
    assert sorted(state(folder).values()) == sorted(before.values())
    assert {os.path.basename(name) for name in state(folder)} == set(targets)
    assert applying.undo(path).refused == [] and state(folder) == before
    # and in a circle: each takes the next one's name
    names = [row["source"] for row in rows if os.path.dirname(row["source"]) == str(folder)]
    circle = [
        row | {"target": names[(names.index(row["source"]) + 1) % len(names)]} for row in rows if row["source"] in names
    ]
    (place / "plan.parquet").unlink()
    (place / "plan.parquet.journal").unlink()
    plan_file.write(path, pa.Table.from_pylist(circle, schema=plan_file.SCHEMA), str(place / "audit"))
    assert applying.apply(path) == (len(names), [])
    after = state(folder)
    for row in circle:
        source, target = (os.path.relpath(row[end], folder) for end in ("source", "target"))
        assert after[target] == before[source]


def test_what_changed_since_the_audit_is_left_as_it_is(place, capsys):
    path = planned(place, action="quarantine")
    rows = read(path)
    changed, gone = rows[0], rows[1]
    keeper = next(r for r in rows if r["keeper"] not in (changed["keeper"], gone["keeper"]))["keeper"]
    with open(changed["source"], "ab") as file:
        file.write(b"more")
    os.unlink(gone["source"])
    with open(keeper, "ab") as file:
        file.write(b"more")
    assert main(["materialize", "--apply", path]) == 1
    error = capsys.readouterr().err
    assert f"{changed['source']} stays as it is" in error and "was changed since the audit" in error
    assert "is gone since the audit" in error and f"the kept copy {keeper} is gone or was changed" in error
    for row in rows:
        assert os.path.exists(row["source"]) == (row is changed or row["keeper"] == keeper)


def test_nothing_is_overwritten(place, capsys):
    path = planned(place, action="copy")
    target = read(path)[0]["target"]
    os.makedirs(os.path.dirname(target), exist_ok=True)
    with open(target, "wb") as file:
        file.write(b"mine")
    assert len(applying.apply(path).refused) == 1 and Path(target).read_bytes() == b"mine"
    assert applying.undo(path).refused == [] and Path(target).read_bytes() == b"mine"
    with pytest.raises(PlanError, match="is there already"):
        make(str(place / "audit"), Request("copy", str(place / "to")))


def test_a_kept_copy_that_is_a_link_to_its_duplicate_saves_it(place):
    path = planned(place, action="delete")
    row = read(path)[0]
    os.unlink(row["keeper"])
    shutil.copy(row["source"], place / "other")
    os.symlink(row["source"], row["keeper"])
    rows = [row | {"keeper_hash": row["content_hash"]}]
    os.unlink(path)
    plan_file.write(path, pa.Table.from_pylist(rows, schema=plan_file.SCHEMA), str(place / "audit"))
    ((_, why),) = applying.apply(path).refused
    assert "is a link to it" in why and os.path.exists(row["source"])


def test_protected_prefixes_are_never_touched(place, monkeypatch):
    monkeypatch.chdir(place)
    (place / "link").symlink_to("images")
    for spelling in (f"{place}/images", f"file://{place}/images/", "images", "./audit/../images/", "link"):
        for action in ("delete", "quarantine"):
            to = str(place / "to") if action == "quarantine" else ""
            assert make("audit", Request(action, to, protected=(spelling,))).num_rows == 0, spelling
    (place / "link").unlink()
    assert make("audit", Request("delete", protected=(f"{place}/image",))).num_rows == len(duplicates(place))
    with pytest.raises(PlanError, match="below a protected prefix"):
        make("audit", Request("copy", "to/safe", protected=("to",)))
    request = Request("rename", name="{index}{ext}", protected=(str(place / "images" / "deep"),))
    assert not any("/deep/" in row["source"] for row in make(str(place / "audit"), request).to_pylist())


def test_prefixes_that_protect_nothing_are_said(place, capsys):
    record = json.loads((place / "audit" / "audit.json").read_text())
    assert record["configuration"]["cluster"]["protected"] == [f"{place}/nowhere"]
    assert record["prefixes_without_images"] == [f"{place}/nowhere"]
    assert f"no image lies below {place}/nowhere:" in summarise(record, "out")
    protect = ["--protect", str(place / "image"), "--protect", str(place / "images" / "deep")]
    plan = ["--action", "delete", "--plan", str(place / "plan.parquet")]
    assert main(["materialize", str(place / "audit"), *plan, *protect]) == 0
    said = capsys.readouterr().err
    assert f"--protect {place}/image has no effect" in said and "deep" not in said


def test_a_plan_that_would_remove_what_it_keeps_is_refused(place):
    path = planned(place, action="delete")
    rows = read(path)
    rows.append(rows[0] | {"step": len(rows), "source": rows[0]["keeper"], "keeper": rows[0]["source"]})
    os.unlink(path)
    plan_file.write(path, pa.Table.from_pylist(rows, schema=plan_file.SCHEMA), str(place / "audit"))
    with pytest.raises(PlanError, match="would remove the kept copy"):
        applying.apply(path)


def test_splits_never_part_a_cluster(place):
    request = Request("copy", str(place / "to"), images="all", splits=(("train", 0.6), ("test", 0.4)))
    rows = make(str(place / "audit"), request).to_pylist()
    assert {row["split"] for row in rows} == {"train", "test"} and len(rows) == len(state(place / "images"))
    assert all(row["target"].startswith(f"{place}/to/{row['split']}/") for row in rows)
    for cluster in {row["cluster_id"] for row in rows} - {""}:
        assert len({row["split"] for row in rows if row["cluster_id"] == cluster}) == 1


def test_splits_have_their_shares():
    splits = (("train", 0.8), ("validation", 0.1), ("test", 0.1))
    names = [split_of(str(number), splits, 3) for number in range(4000)]
    assert abs(names.count("train") / 4000 - 0.8) < 0.03 and abs(names.count("test") / 4000 - 0.1) < 0.02


def test_limits_and_samples(place):
    audit, to = str(place / "audit"), str(place / "to")
    everything = [row["source"] for row in make(audit, Request("copy", to)).to_pylist()]
    assert [row["source"] for row in make(audit, Request("copy", to, limit=3)).to_pylist()] == everything[:3]

    def sample(seed):
        return [row["source"] for row in make(audit, Request("copy", to, sample=4, seed=seed)).to_pylist()]

    samples = [sample(seed) for seed in range(6)]
    assert all(len(chosen) == 4 and set(chosen) <= set(everything) for chosen in samples)
    assert samples != [samples[0]] * 6 and samples == [sample(seed) for seed in range(6)]


@pytest.mark.parametrize(
    ("flags", "message"),
    [
        (["--action", "copy"], "needs a folder as --to"),
        (["--action", "delete", "--to", "x"], "takes no --to"),
        (["--to", "x", "--name", "{nothing}"], "fields are index"),
        (["--to", "x", "--name", "same.jpg"], "gives every image one name"),
        (["--to", "x", "--name", "../{path}"], "leads out of the folder"),
        (["--to", "x", "--images", "all", "--name", "{stem}"], "would both become"),
        (["--to", "x", "--split", "train=0.5"], "add up to 1"),
        (["--to", "x", "--split", "train"], "NAME=SHARE"),
        (["--to", "x", "--limit", "1", "--sample", "1"], "not both"),
    ],
)
def test_wrong_wishes_are_named(place, capsys, flags, message):
    assert main(["materialize", str(place / "audit"), "--plan", str(place / "plan.parquet"), *flags]) == 2
    assert message in capsys.readouterr().err and not (place / "plan.parquet").exists()


@pytest.mark.parametrize("request_", [("quarantine", "--to"), ("copy", "--to"), ("rename", "--name")])
def test_an_object_store(original, tmp_path, request_):
    """Where moves are copies and deletions, and nothing can be linked."""
    action, flag = request_
    store = fsspec.filesystem("memory")
    store.put(str(original / "images"), f"/{action}/images", recursive=True)

    def content(folder):
        found = store.find(folder) if store.exists(folder) else []
        return {path.removeprefix(folder): store.cat_file(path) for path in found}

    before = content(f"/{action}/images")
    assert run("audit", f"memory://{action}/images", "--output", f"memory://{action}/audit") == 0
    plan = str(tmp_path / "plan.parquet")
    value = f"memory://{action}/to" if flag == "--to" else "{index}{ext}"
    assert main(["materialize", f"memory://{action}/audit", "--action", action, flag, value, "--plan", plan]) == 0
    rows = read(plan)
    assert rows and content(f"/{action}/images") == before
    assert main(["materialize", "--apply", plan]) == 0
    everything = [*content(f"/{action}/images").values(), *content(f"/{action}/to").values()]
    assert set(everything) == set(before.values())
    assert all(store.exists(row["target"]) for row in rows)
    assert main(["materialize", "--undo", plan]) == 0
    assert content(f"/{action}/images") == before and content(f"/{action}/to") == {}
