"""The table of carried columns: the same rows in any order of arrival, beside the fingerprints of the same images."""

import itertools

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from lookalike.transforms.core.keys import key_of
from lookalike.transforms.core.partitions import part_of
from lookalike.transforms.core.records import Failure, Source
from lookalike.transforms.ingest.columns_table import WriteColumns
from lookalike.transforms.ingest.folders import folder_of, label_of
from lookalike.transforms.ingest.selection.carried import Carried
from lookalike.transforms.ingest.written_listing import write_listing
from lookalike.transforms.io.columns_beside import beside, schema_of, with_columns

PARTS = 3


def written(root, records, labels=False, backwards=False):
    """The parts of the table of some lists of records, each a shard."""
    carried, shards = Carried(["label"]), []
    carried.declare("label", pa.string(), "m.csv")
    for number, some in enumerate(records):
        shards += write_listing(iter(some), f"{root}/{number}", carried)[0]
    stage = WriteColumns(str(root), carried.schema(), labels, shards, PARTS)
    found = list(itertools.chain.from_iterable(itertools.starmap(stage._divide, enumerate(shards))))
    gathered = [[blob for part, blob in found if part == number] for number in range(PARTS)]
    for number, blobs in enumerate(gathered):
        stage._write(number, [*blobs[::-1], (-1, b"")] if backwards else [(-1, b""), *blobs])
    return [pq.read_table(path) for path in sorted((root / "columns").glob("*.parquet"))]


def test_parts_do_not_depend_on_the_order_of_arrival_and_the_first_row_counts(tmp_path):
    names = [f"/data/{number}.jpg" for number in range(40)]
    first = [Source(name, 1, "", "", columns=(f"first {name}",)) for name in names[:30]]
    second = [Source(name, 1, "", "", columns=(f"second {name}",)) for name in names[20:]]
    records = [[*first, Failure("/data/gone.jpg", "list", "x", "y")], [*second, Source("/data/bare.jpg", 1, "", "")]]
    parts = written(tmp_path / "a", records)
    assert parts == written(tmp_path / "b", records, backwards=True)
    for number, table in enumerate(parts):
        assert table["uri"].to_pylist() == sorted(table["uri"].to_pylist())
        assert {part_of(key_of(uri), PARTS) for uri in table["uri"].to_pylist()} <= {number}
    found = {row["uri"]: row["label"] for table in parts for row in table.to_pylist()}
    expected = {name: f"{'first' if index < 30 else 'second'} {name}" for index, name in enumerate(names)}
    assert found == expected | {"/data/bare.jpg": None}


@pytest.mark.parametrize("labels", [False, True])
def test_a_part_without_images_is_there_with_its_columns(tmp_path, labels):
    """Of a corpus that is empty, and of a small one that is divided into many parts."""
    records = [Failure("/data", "list", "x", "y")]
    carried = ["label"] if not labels else []
    (path,) = write_listing(iter(records), f"{tmp_path}/0", Carried(carried))[0]
    schema = pa.schema([(name, pa.string()) for name in carried])
    WriteColumns(str(tmp_path), schema, labels, [path], 1)._write(0, [(-1, b"")])
    (table,) = (pq.read_table(path) for path in (tmp_path / "columns").glob("*.parquet"))
    assert table.num_rows == 0 and table.schema.names == ["uri", "label"]
    assert with_columns(table.select(["uri"]), f"{tmp_path}/fingerprints/{next((tmp_path / 'columns').iterdir()).name}",
                        ["label"]).num_rows == 0  # fmt: skip


def test_rows_of_fingerprints_find_their_columns(tmp_path):
    names = [f"/data/{number}.jpg" for number in range(9)]
    parts = written(tmp_path, [[Source(name, 1, "", "", columns=(name[6],)) for name in names]])
    for number, table in enumerate(parts):
        path = f"{tmp_path}/fingerprints/part-{number:05d}-of-{PARTS:05d}.parquet"
        assert beside(path).endswith(f"/columns/part-{number:05d}-of-{PARTS:05d}.parquet")
        rows = pa.table({"uri": table["uri"].to_pylist()[::-1][1:]})  # an image that could not be read has none
        found = with_columns(rows, path, ["label"])
        assert found["carried:label"].to_pylist() == [uri[6] for uri in rows["uri"].to_pylist()]
        assert with_columns(rows, path, []) is rows
        assert schema_of(path) == pa.schema([("label", pa.string())])


def test_folders_are_labels(tmp_path):
    records = [[Source(uri, 1, "", "", columns=("x",)) for uri in ("/d/cat/1.jpg", "tar://dog/2.jpg::/d/s.tar")]]
    carried = Carried()
    shards, _ = write_listing(iter(records[0]), str(tmp_path), carried)
    stage = WriteColumns(str(tmp_path), carried.schema(), True, shards, 1)
    ((_, blob),) = stage._divide(0, shards[0])
    stage._write(0, [blob])
    table = pq.read_table(tmp_path / "columns")
    assert table.to_pylist() == [{"uri": "/d/cat/1.jpg", "label": "cat"},
                                 {"uri": "tar://dog/2.jpg::/d/s.tar", "label": "dog"}]  # fmt: skip


@pytest.mark.parametrize(
    ("uri", "folder", "label"),
    [
        ("/data/cat/1.jpg", "/data/cat", "cat"),
        ("s3://bucket/train/dog/1.jpg", "s3://bucket/train/dog", "dog"),
        ("tar://cat/1.jpg::/data/s.tar", "/data/s.tar/cat", "cat"),
        ("tar://1.jpg::/data/s.tar", "/data/s.tar", None),
        ("parquet://image/3::/data/t.parquet", "/data/t.parquet", None),
    ],
)
def test_where_an_image_lies(uri, folder, label):
    assert (folder_of(uri), label_of(uri)) == (folder, label)
