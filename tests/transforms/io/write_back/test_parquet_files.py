"""What becomes of one table: all columns stay, rows of copies go, and `datasets` reads what is left."""

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from lookalike.transforms.core.keys import content_hash
from lookalike.transforms.io.parquet_sink import ChangedError
from lookalike.transforms.io.write_back import parquet_files
from lookalike.transforms.io.write_back.fates import Fate
from lookalike.transforms.io.write_back.parquet_files import write_parquet
from lookalike.transforms.storage.drafts import drafted
from tests.packed import pictures, table

IMAGES = [image for group in pictures(6) for image in group]
GONE = {3, 4, 8}


def fates(path, images=IMAGES, gone=GONE, column="image"):
    names = [f"parquet://{column}/{row}::{path}" for row in range(len(images))]
    return [
        Fate(name, content_hash(image), -1, "", "", "JPEG", "k" if row in gone else "", row in gone)
        for row, (name, image) in enumerate(zip(names, images, strict=True))
    ]


def written(path, given, mark=False):
    target = path.parent / "new" / path.name
    with drafted(str(target), str(path.parent / "drafts")) as draft:
        outcome = write_parquet(str(path), given, mark, draft)
    return target, outcome


@pytest.mark.parametrize("groups", [1000, 4, 1])
def test_rows_stay_with_all_of_their_columns(tmp_path, groups):
    path = tmp_path / "train-00000.parquet"
    rows = [(image, f"caption {number}") for number, image in enumerate(IMAGES)]
    table(path, rows, row_group_size=groups, compression="zstd")
    target, outcome = written(path, fates(path))
    before, after = pq.read_table(path), pq.read_table(target)
    stays = [row not in GONE for row in range(len(IMAGES))]
    assert after.equals(before.filter(pa.array(stays)), check_metadata=True)
    assert (outcome.images, outcome.dropped) == (len(IMAGES) - 3, 3)
    assert pq.ParquetFile(target).metadata.row_group(0).column(0).compression == "ZSTD"
    assert not list((tmp_path / "drafts").iterdir())


def test_datasets_reads_what_is_left(tmp_path):
    from datasets import load_dataset

    path = tmp_path / "train-00000.parquet"
    table(path, [(image, f"caption {number}") for number, image in enumerate(IMAGES)])
    for mark in (False, True):
        target, _ = written(path, fates(path), mark)
        read = load_dataset("parquet", data_files=str(target), split="train", cache_dir=str(tmp_path / f"cache-{mark}"))
        captions = [f"caption {row}" for row in range(len(IMAGES)) if mark or row not in GONE]
        assert read["caption"][:] == captions and read[0]["image"].size == (96, 72)
        if mark:
            assert [row for row, name in enumerate(read["duplicate_of"][:]) if name == "k"] == sorted(GONE)
            assert str(read.features["duplicate_of"]).startswith("Value") and read["duplicate_of"][0] is None


def test_plain_and_dictionary_columns_of_bytes_are_written_as_they_were(tmp_path):
    path = tmp_path / "t.parquet"
    plain = pa.table({"n": list(range(len(IMAGES))), "jpg": pa.array(IMAGES, pa.binary()).dictionary_encode()})
    pq.write_table(plain, path, row_group_size=5, compression="none")
    target, _ = written(path, fates(path, column="jpg"))
    after = pq.read_table(target)
    assert after["n"].to_pylist() == [n for n in range(len(IMAGES)) if n not in GONE]
    assert after.schema == pq.read_table(path).schema
    assert [bytes(value.as_py()) for value in after["jpg"]] == [i for n, i in enumerate(IMAGES) if n not in GONE]


def test_row_groups_depend_on_what_stays_alone(tmp_path, monkeypatch):
    monkeypatch.setattr(parquet_files, "GROUP_BYTES", 8000)
    path = tmp_path / "t.parquet"
    table(path, [(image, "x") for image in IMAGES], row_group_size=3)
    target, _ = written(path, fates(path))
    metadata = pq.ParquetFile(target).metadata
    assert metadata.num_row_groups > 2 and metadata.num_rows == len(IMAGES) - len(GONE)
    data = target.read_bytes()
    assert written(path, fates(path))[0].read_bytes() == data


def test_a_table_that_was_changed_is_not_written(tmp_path):
    path = tmp_path / "t.parquet"
    table(path, [(image, "x") for image in IMAGES])
    wrong = fates(path)
    wrong[3] = wrong[3]._replace(content_hash=content_hash(b"other"))
    more = fates(path, [*IMAGES, b"one more"])
    for given in (wrong, more):
        with pytest.raises(ChangedError, match="lookalike audit"):
            written(path, given)
    marked, _ = written(path, fates(path), mark=True)
    with pytest.raises(ChangedError, match="already has a column 'duplicate_of'"):
        written(marked, fates(marked), mark=True)
    assert [file.name for file in (tmp_path / "new").glob("*.parquet")] == ["t.parquet"]


def test_a_table_of_which_nothing_stays_keeps_its_columns(tmp_path):
    path = tmp_path / "t.parquet"
    table(path, [(image, "x") for image in IMAGES])
    target, outcome = written(path, fates(path, gone=set(range(len(IMAGES)))))
    assert pq.read_schema(target).equals(pq.read_schema(path)) and pq.read_table(target).num_rows == 0
    assert outcome.images == 0
