"""Columns that come along with what is listed: of every kind of input, with their types, or refused."""

import datetime
import io
import json
import tarfile

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from lookalike.transforms.core.records import Failure, Source
from lookalike.transforms.ingest.listing import InputError, list_images
from lookalike.transforms.ingest.selection.choice import Choice
from lookalike.transforms.ingest.written_listing import LISTING, write_listing
from lookalike.transforms.io.columns_beside import CARRIED

DAY = datetime.date(2026, 1, 2)


def listed(*inputs, columns):
    """Names of images -> their values, and the types of the columns."""
    choice = Choice(columns=columns)
    records = list(list_images([str(name) for name in inputs], choice))
    found = {record.uri.partition("::")[0].rsplit("/", 1)[-1]: record.columns for record in records}
    assert all(isinstance(record, Source) for record in records), records
    return found, dict(zip(choice.carried.schema().names, choice.carried.schema().types, strict=True))


@pytest.fixture
def place(tmp_path):
    for name in ("a.jpg", "b.jpg", "c.jpg"):
        (tmp_path / name).write_bytes(b"x")
    return tmp_path


def packed(path, members):
    with tarfile.open(path, "w") as archive:
        for name, content in members.items():
            info = tarfile.TarInfo(name)
            info.size = len(content)
            archive.addfile(info, io.BytesIO(content))


def test_a_csv_has_text_and_an_empty_cell_is_no_value(place):
    (place / "m.csv").write_text('path,label,id\na.jpg,cat,007\nb.jpg,,2\n"c.jpg"\n')
    found, types = listed(place / "m.csv", columns=("id", "label"))
    assert found == {"a.jpg": ("007", "cat"), "b.jpg": ("2", None), "c.jpg": (None, None)}
    assert types == {"id": pa.string(), "label": pa.string()}


def test_json_lines_have_the_types_of_json(place):
    rows = [{"file_name": "a.jpg", "n": 1, "tags": ["x", "y"], "more": {"b": 1, "a": [2]}, "ok": True},
            {"file_name": "b.jpg", "n": 2.5, "tags": []}, {"file_name": "c.jpg", "n": None}]  # fmt: skip
    (place / "m.jsonl").write_text("\n".join(map(json.dumps, rows)) + "\n\n")
    found, types = listed(place / "m.jsonl", columns=("n", "tags", "more", "ok"))
    assert found["a.jpg"] == (1, ["x", "y"], '{"a": [2], "b": 1}', True)
    assert found["b.jpg"] == (2.5, [], None, None) and found["c.jpg"] == (None,) * 4
    assert types == {"n": pa.float64(), "tags": pa.list_(pa.string()), "more": pa.string(), "ok": pa.bool_()}


def test_a_list_in_parquet_keeps_the_types_of_arrow(place):
    table = pa.table(
        {
            "label": pa.array([1, None, 3], pa.int16()),
            "uri": ["a.jpg", "b.jpg", "c.jpg"],
            "day": pa.array([DAY, DAY, None], pa.date32()),
            "kind": pa.array(["x", "y", "x"]).dictionary_encode(),
            "when": pa.array([1_000, 2_000, None], pa.timestamp("ns", "UTC")),
        }
    )
    pq.write_table(table, place / "m.parquet")
    found, types = listed(place / "m.parquet", columns=("label", "day", "kind", "when"))
    assert found["a.jpg"][:3] == (1, DAY, "x") and found["b.jpg"][:3] == (None, DAY, "y")
    assert found["a.jpg"][3].microsecond == 1
    assert list(types.values()) == [pa.int16(), pa.date32(), pa.string(), pa.timestamp("us", "UTC")]


def test_rows_of_a_table_of_images_bring_their_own(tmp_path):
    images = [{"bytes": b"1"}, {"bytes": b"2"}]
    pq.write_table(pa.table({"image": images, "label": pa.array([7, 8], pa.int8())}), tmp_path / "t.parquet")
    found, types = listed(tmp_path / "t.parquet", columns=("label",))
    assert found == {"0": (7,), "1": (8,)} and types == {"label": pa.int8()}


def test_what_lies_beside_an_image_of_a_webdataset_is_its_own(tmp_path):
    members = {
        "x/000.jpg": b"1", "x/000.json": b'{"caption": "in json", "n": 3}', "x/000.cls": b"12\n",
        "x/000.txt": b" said ",
        "y/000.jpg": b"2", "y/000.json": b"no json", "y/000.cls": b"13", "y/001.seg.png": b"3", "y/001.png": b"4",
        "y/001.txt": b"of the second",
    }  # fmt: skip
    packed(tmp_path / "s.tar", members)
    choice = Choice(columns=("cls", "txt", "caption", "n"))
    records = list(list_images([str(tmp_path / "s.tar")], choice))
    found = {record.uri.removeprefix("tar://").partition("::")[0]: record.columns for record in records}
    assert found == {
        "x/000.jpg": ("12", "said", "in json", 3), "y/000.jpg": ("13", None, None, None),
        "y/001.seg.png": (None, "of the second", None, None), "y/001.png": (None, "of the second", None, None),
    }  # fmt: skip
    assert choice.carried.schema().field("n").type == pa.int64()


@pytest.mark.parametrize("layout", ["annotations/instances_val2017.json", "images/_annotations.coco.json"])
def test_coco_names_categories_and_captions(layout, tmp_path):
    folder = tmp_path / ("val2017" if "val2017" in layout else "images")
    folder.mkdir()
    for name in ("1.jpg", "2.jpg"):
        (folder / name).write_bytes(b"x")
    found = {
        "images": [{"id": 5, "file_name": "1.jpg", "license": 3}, {"id": 6, "file_name": "2.jpg"}],
        "categories": [{"id": 1, "name": "dog"}, {"id": 2, "name": "cat"}],
        "annotations": [{"image_id": 5, "category_id": 1}, {"image_id": 5, "category_id": 2},
                        {"image_id": 5, "category_id": 1}, {"image_id": 6, "caption": "two"}],
    }  # fmt: skip
    path = tmp_path / layout
    path.parent.mkdir(exist_ok=True)
    path.write_text(json.dumps(found))
    values, types = listed(path, columns=("label", "caption", "license"))
    assert values == {"1.jpg": (["cat", "dog"], None, 3), "2.jpg": (None, ["two"], None)}
    assert types["label"] == pa.list_(pa.string())


def test_a_row_that_names_an_archive_speaks_for_its_members(place):
    packed(place / "s.tar", {"1.jpg": b"1", "2.jpg": b"2"})
    (place / "m.csv").write_text("path,label\ns.tar,cat\n")
    assert listed(place / "m.csv", columns=("label",))[0] == {"1.jpg": ("cat",), "2.jpg": ("cat",)}


def test_inputs_without_columns_may_stand_beside_such_with(place):
    (place / "m.csv").write_text("path,label\na.jpg,cat\n")
    records = list(list_images([f"{place}/m.csv", f"{place}/b.jpg"], choice := Choice(columns=("label",))))
    assert [record.columns for record in records] == [("cat",), ()]
    shards, rows = write_listing(iter([*records, Failure("c", "list", "x", "y")]), str(place / "out"), choice.carried)
    table = pq.read_table(shards[0])
    assert rows == 3 and table.column_names == [*LISTING.names, f"{CARRIED}label"]
    assert table[f"{CARRIED}label"].to_pylist() == ["cat", None, None]


WRONG = {
    "csv": ("path,label\na.jpg,cat\n", "has no column 'split'; there are path, label"),
    "jsonl": ('{"path": "a.jpg", "label": "cat"}\n', "no column 'split' in .*; there are path, label"),
    "txt": ("a.jpg\n", "no column 'split' in .*; lists .* have columns"),
    "json": ('{"images": [{"file_name": "a.jpg", "id": 1}]}', "has no column 'split'; there are file_name, id, label"),
    "twice.csv": ("path,split,split\na.jpg,x,y\n", "has 2 columns named 'split'"),
    "mixed.jsonl": (
        '{"path": "a.jpg", "split": 1}\n{"path": "b.jpg", "split": "x"}\n',
        "'split' of .* holds int64 and",
    ),
    "list.jsonl": ("[1]\n", "line 1 is no JSON object"),
    "cut.jsonl": ('{"path": \n', "line 1: "),
    "number.jsonl": ('{"path": 7, "split": 1}\n', "line 1: 'path' is 7, not text"),
    "empty.jsonl": ("\n", "manifest is empty"),
    "other.json": ('{"name": "x"}', "is no COCO file of annotations"),
    "text.json": ("x", "is no COCO file of annotations"),
    "odd.json": ('{"images": [{"file_name": 3}]}', "'file_name' is not text"),
}


@pytest.mark.parametrize("name", WRONG)
def test_what_is_not_there_is_refused_with_what_is(name, place):
    content, message = WRONG[name]
    (place / f"m.{name}").write_text(content)
    with pytest.raises(InputError, match=message):
        list(list_images([str(place / f"m.{name}")], Choice(columns=("split",))))


def test_tables_and_archives_that_lack_a_column_are_refused(tmp_path):
    pq.write_table(pa.table({"image": [{"bytes": b"1"}], "text": ["x"]}), tmp_path / "t.parquet")
    with pytest.raises(InputError, match=r"t\.parquet has no column 'label'; there are image, text"):
        list(list_images([f"{tmp_path}/t.parquet"], Choice(columns=("label",))))
    pq.write_table(pa.table({"image": [{"bytes": b"1"}], "label": ["x"]}), tmp_path / "a.parquet")
    with pytest.raises(InputError, match=r"t\.parquet has no column 'label'; there are image, text"):
        list(list_images([f"{tmp_path}/*.parquet"], Choice(columns=("label",))))
    packed(tmp_path / "s.tar", {"0.jpg": b"1", "0.json": b'{"caption": "x"}'})
    with pytest.raises(InputError, match=r"no column 'label' in .*s\.tar; there are caption"):
        list(list_images([f"{tmp_path}/s.tar"], Choice(columns=("label",))))


def test_one_column_of_two_inputs_has_one_type(place):
    pq.write_table(pa.table({"uri": ["a.jpg"], "label": pa.array([1], pa.int8())}), place / "n.parquet")
    pq.write_table(pa.table({"uri": ["b.jpg"], "label": pa.array([2], pa.int32())}), place / "w.parquet")
    (place / "m.csv").write_text("path,label\nc.jpg,cat\n")
    assert listed(place / "n.parquet", place / "w.parquet", columns=("label",))[1] == {"label": pa.int32()}
    with pytest.raises(InputError, match=r"'label' of .*n.parquet and of .*m.csv holds int8 and string"):
        listed(place / "n.parquet", place / "m.csv", columns=("label",))
