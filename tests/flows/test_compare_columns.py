"""Comparisons of labelled images: sets by a column, columns in the matches, and what people have decided of pairs."""

import csv
import json
import shutil

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv
import pyarrow.parquet as pq
import pytest

from lookalike.pipelines import compare
from lookalike.pipelines.matching import sides
from lookalike.pipelines.review import verdict_file
from lookalike.transforms.core.schemas import MATCHES
from tests.faults.schedules import command, rows
from tests.results import digests
from tests.synthetic import make_corpus

pytestmark = pytest.mark.usefixtures("without_engine")


def name(uri):
    return uri.rpartition("/")[2]


def write_list(path, images, columns):
    """A list of images with columns: of each file a dictionary of what they say."""
    names = sorted({key for values in columns.values() for key in values})
    with open(path, "w", newline="") as file:
        lines = csv.writer(file)
        lines.writerow(["path", *names])
        for image, values in columns.items():
            lines.writerow([images / image, *(values.get(key, "") for key in names)])


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    """Images in one folder, and what a list says of each: the split, the label, which is rare, and a number that is
    another for each. One image is of no split.
    """
    root = tmp_path_factory.mktemp("columns")
    truth = make_corpus(root / "images", groups=4, singles=3)
    said = {}
    for number, (file, group) in enumerate(truth.items()):
        split = "train" if "-" not in file or file == "g3-jpeg.jpg" else "val" if file == "g1-mirror.jpg" else "test"
        said[file] = {"split": split, "label": f"of {group}" if group == "g1" else "", "id": f"{number}"}
    said["s0.png"]["split"] = ""
    write_list(root / "list.csv", root / "images", said)
    return root, truth, said


def order_of(said):
    """Splits, the one with fewer images first."""
    count = {split: sum(one["split"] == split for one in said.values()) for split in ("train", "val", "test")}
    return sorted(count, key=lambda split: (count[split], split))


def planted(data):
    """Pairs of two splits, the one that asks first."""
    _, truth, said = data
    order = order_of(said)
    place = {file: order.index(one["split"]) for file, one in said.items() if one["split"]}
    return {(a, b) for a in place for b in place if truth[a] == truth[b] and place[a] < place[b]}


@pytest.fixture(scope="module")
def audited(data, tmp_path_factory):
    output = tmp_path_factory.mktemp("audited") / "audit"
    columns = ("--columns", "split,label,id")
    assert command("audit", f"{data[0]}/list.csv", *columns, "--output", str(output)).code == 0
    return output


@pytest.fixture(scope="module")
def compared(data, audited, tmp_path_factory):
    """All splits of the audit with one another."""
    output = tmp_path_factory.mktemp("compared") / "out"
    assert command("compare", str(audited), "--sets", "split", "--columns", "label,split", "--output",
                   str(output)).code == 0  # fmt: skip
    return output


def test_one_run_tells_what_leaks_from_split_to_split(data, compared):
    said = data[2]
    found = rows(compared, "matches")
    assert {(name(row["query"]), name(row["match"])) for row in found} == planted(data)
    assert len(found) == len(planted(data)) > 8
    assert len({(row["query_set"], row["match_set"]) for row in found}) > 1
    for row in found:
        for side in ("query", "match"):
            own = said[name(row[side])]
            assert (row[f"{side}_set"], row[f"{side}_split"]) == (own["split"], own["split"])
            assert row[f"{side}_label"] == (own["label"] or None)
    record = json.loads((compared / "audit.json").read_text())
    assert record["sides"]["query"]["sets"] == order_of(said)


@pytest.mark.parametrize("way", ["read", "bands"])
def test_a_list_that_is_read_now_and_a_banded_one_give_the_same(way, data, audited, compared, tmp_path):
    """A column that makes the sets comes along without being named."""
    inputs = f"{data[0]}/list.csv" if way == "read" else str(audited)
    columns = ("--columns", "label") if way == "read" else ("--columns", "label,split", "--set", "pair.exhaustive=0")
    told = command("compare", inputs, "--sets", "split", *columns, "--output", f"{tmp_path}/out")
    assert told.code == 0 and rows(tmp_path / "out", "matches") == rows(compared, "matches")


def test_columns_of_either_side_come_along_with_their_types(data, audited, tmp_path):
    root = data[0]
    (root / "some").mkdir(exist_ok=True)
    for file in ("g1-mirror.jpg", "g0-half.jpg"):
        shutil.copy(root / "images" / file, root / "some" / file)
    paths = [f"{root}/some/{file}" for file in ("g1-mirror.jpg", "g0-half.jpg")]
    table = pa.table({"path": paths, "score": pa.array([1, None], pa.int16()), "set": ["x", "y"]})
    pq.write_table(table, root / "some.parquet")
    told = command("compare", f"{root}/some.parquet", "--columns", "score,set", "--against", f"{root}/images",
                   "--output", f"{tmp_path}/one")  # fmt: skip
    assert told.code == 0 and "'set' is not in matches/" in told.said[0] and len(told.said) == 1
    schema = pq.read_schema(next((tmp_path / "one" / "matches").iterdir()))
    assert schema.names == [*MATCHES.names, "query_score"]
    assert schema.field("query_score").type == pa.int16()
    found = rows(tmp_path / "one", "matches")
    assert found and {(name(row["query"]), row["query_score"]) for row in found} == {
        ("g1-mirror.jpg", 1),
        ("g0-half.jpg", None),
    }
    assert command("compare", f"{root}/some", "--against", str(audited), "--output", f"{tmp_path}/two").code == 0
    schema = pq.read_schema(next((tmp_path / "two" / "matches").iterdir()))
    assert schema.names == [*MATCHES.names, "match_split", "match_label", "match_id"]
    assert {row["match_label"] for row in rows(tmp_path / "two", "matches")} == {"of g1", None}


def test_a_run_that_was_killed_goes_on_with_the_same_sets_only(data, audited, compared, tmp_path):
    """What was compared by other values is not taken for these."""
    output, moved = tmp_path / "out", tmp_path / "audit"
    shutil.copytree(audited, moved)
    words = ("compare", str(moved), "--sets", "split", "--columns", "label,split", "--output", str(output))
    with pytest.MonkeyPatch.context() as patch:
        real = sides.written_parts
        patch.setattr(sides, "written_parts", lambda *_: real("/nowhere", ("matches-0",)))
        assert command(*words).code == 1
    assert (output / ".run").is_dir() and not (output / "audit.json").exists()
    assert command(*words).code == 0
    assert digests(output, ("matches", "candidates")) == digests(compared, ("matches", "candidates"))


@pytest.fixture(scope="module")
def verdicts(data, audited, tmp_path_factory):
    """Two pictures are not duplicates, and two that have nothing in common are."""
    root = data[0]
    file = tmp_path_factory.mktemp("verdicts") / "verdicts.csv"
    for one, other, verdict in (("g1-mirror.jpg", "g1.jpg", "not duplicates"), ("g2-turn.jpg", "s1.png", "duplicates")):
        verdict_file.add(str(file), str(audited), (f"{root}/images/{one}", f"{root}/images/{other}"), verdict, "", "")
    return file


def ends(found):
    return {(name(row["query"]), name(row["match"])): row["kind"] for row in found}


def test_verdicts_have_the_last_word(data, audited, compared, verdicts, tmp_path):
    told = command("compare", str(audited), "--sets", "split", "--verdicts", str(verdicts), "--output",
                   f"{tmp_path}/out")  # fmt: skip
    assert told.code == 0
    before, after = ends(rows(compared, "matches")), ends(rows(tmp_path / "out", "matches"))
    assert ("g1-mirror.jpg", "g1.jpg") in before
    assert after == {pair: kind for pair, kind in before.items() if pair != ("g1-mirror.jpg", "g1.jpg")} | {
        ("s1.png", "g2-turn.jpg"): "verdict"
    }
    record = json.loads((tmp_path / "out" / "audit.json").read_text())
    assert record["verdicts"] == {"duplicates": 1, "not duplicates": 1}


def test_a_query_has_columns_and_respects_verdicts(data, audited, verdicts, tmp_path):
    root = data[0]
    asked = [f"{root}/images/{file}" for file in ("g1-mirror.jpg", "g2-turn.jpg")]
    find = ("find", *asked, "--in", str(audited), "--index", f"{tmp_path}/index", "--output")
    assert command(*find, f"{tmp_path}/plain.parquet", "--refused").code == 0
    assert command(*find, f"{tmp_path}/judged.parquet", "--verdicts", str(verdicts)).code == 0
    assert command(*find, f"{tmp_path}/judged.csv", "--verdicts", str(verdicts)).code == 0
    plain = pq.read_table(tmp_path / "plain.parquet")
    assert plain.schema.names[-3:] == ["match_split", "match_label", "match_id"]
    before = ends(plain.filter(pc.is_valid(plain["relation"])).to_pylist())
    after = pq.read_table(tmp_path / "judged.parquet").to_pylist()
    assert ends(after) == {pair: kind for pair, kind in before.items() if pair != ("g1-mirror.jpg", "g1.jpg")} | {
        ("g2-turn.jpg", "s1.png"): "verdict"
    }
    labels = {name(row["match"]): row["match_label"] for row in after}
    assert labels["g1-mirror.jpg"] == "of g1" and labels["s1.png"] is None
    assert pyarrow.csv.read_csv(tmp_path / "judged.csv").num_rows == len(after)


def test_what_cannot_be_compared_is_refused_before_anything_is_read(data, audited, tmp_path, monkeypatch):
    root = data[0]
    other, plain = tmp_path / "other", tmp_path / "plain"
    assert command("fingerprint", f"{root}/images", "--output", str(plain)).code == 0
    shutil.copytree(plain, other)
    record = json.loads((other / "audit.json").read_text())
    record["digests"]["fingerprint"] = "of other weights"
    (other / "audit.json").write_text(json.dumps(record))
    read = []
    monkeypatch.setattr(compare, "fingerprint_corpus", lambda *_: read.append(_))
    images, out = f"{root}/images", ("--output", f"{tmp_path}/out")
    wrong = "was fingerprinted by another version of Lookalike, or with other weights"
    for words, said in (
        ((images, "--against", str(other)), f"{other} {wrong}; `lookalike audit` with --refresh"),
        ((images, "--against", str(plain), "--set", "read.max_pixels=1000"), "read.max_pixels was"),
        ((str(audited), "--sets", "id"), "2 to 64 different values among the images, and there are 17"),
        ((str(audited), "--sets", "colour"), "no column 'colour' along; it has split, label, id"),
        ((str(plain), "--sets", "split"), "audit it with --columns split"),
        ((images, "--sets", "split"), "no column 'split' in"),
        ((images, "--columns", "colour", "--against", str(audited)), "no column 'colour' along; it has split"),
        ((images, "--columns", "colour", "--against", str(plain)), "no column 'colour' in"),
        ((images, "--columns", "colour", "--against", f"{root}/list.csv"), "has no column 'colour'"),
    ):  # fmt: skip
        if "17" in said:
            monkeypatch.setattr("lookalike.pipelines.run.steps.sides.MOST_SETS", 16)
            said = said.replace("64", "16")
        told = command("compare", *words, *out)
        assert told.code == 2 and said in told.said[-1] and len(told.said) == 1, told
        assert not read and not (tmp_path / "out" / "audit.json").exists()
