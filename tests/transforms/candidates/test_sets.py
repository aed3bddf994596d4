import pyarrow as pa
import pytest

from lookalike.transforms.candidates.sets import NO_SET, ColumnSets, FolderSets, OneSet
from lookalike.transforms.io.parquet_sink import write_table


@pytest.mark.parametrize(
    "uri, number",
    [
        ("/data/test/a.jpg", 0),
        ("/data/train/cat/a.jpg", 1),
        ("/data/a.jpg", NO_SET),
        ("/data/other/a.jpg", NO_SET),
        ("/data/testing/a.jpg", NO_SET),
        ("/elsewhere/test/a.jpg", NO_SET),
        ("tar://train/cat/a.jpg::/data/both.tar", 1),
        ("zip:///test/a.jpg::/data/both.tar", 0),
        ("tar://a.jpg::/data/both.tar", NO_SET),
        ("tar://x/a.jpg::/data/train/shard-0.tar", 1),
        ("tar://train/a.jpg::/data/shard.tar", NO_SET),
    ],
)
def test_the_folder_right_below_an_input_is_the_set(uri, number):
    sets = FolderSets(("/data/", "/data/both.tar"), ("test", "train"))
    assert sets.of(pa.table({"uri": [uri]}), "").tolist() == [number]


def test_names_are_those_of_the_folders():
    assert FolderSets(("/data",), ("test", "train")).name(1) == "train"
    assert OneSet(1).of(pa.table({"uri": ["/a", "/b"]}), "").tolist() == [1, 1] and not OneSet(1).name(1)


@pytest.mark.parametrize(
    "values, names",
    [
        (["test ", "train", "other", None, " "], ("test", "train")),
        ([0, 1, 2, None, None], ("0", "1")),
        ([["a", "b"], ["b"], [], None, None], ('["a", "b"]', '["b"]')),
        ([True, False, None, None, None], ("true", "false")),
    ],
)
def test_values_of_a_column_are_sets_wherever_they_are_read_from(tmp_path, values, names):
    """Rows in another order than the table of columns has, and rows that have the column beside them."""
    sets = ColumnSets("split", names)
    uris = [f"/{number}.jpg" for number in range(len(values))]
    write_table(str(tmp_path), "columns/part-0.parquet", pa.table({"uri": uris, "split": values}))
    path = f"{tmp_path}/fingerprints/part-0.parquet"
    backwards = pa.table({"uri": uris[::-1]})
    assert sets.of(backwards, path).tolist() == [NO_SET, NO_SET, NO_SET, 1, 0]
    assert sets.of(pa.table({"uri": uris, "carried:split": values}), "").tolist() == [0, 1, NO_SET, NO_SET, NO_SET]
    assert sets.columns == ("split",) and sets.several and sets.name(0) == names[0]
