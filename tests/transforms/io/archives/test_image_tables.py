"""Parquet files of images: every form of the column, and what is damaged costs no more than it must."""

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lookalike.transforms.core.records import Failure, Source
from lookalike.transforms.decoding.read_images import read_all
from lookalike.transforms.functional.images.decode import TooLargeError
from lookalike.transforms.functional.parquet_pages import pages
from lookalike.transforms.ingest.listing import InputError, list_images
from lookalike.transforms.io.archives.image_columns import image_column
from lookalike.transforms.io.archives.image_tables import rows_of

VALUES = [bytes([number + 1]) * (50 + number) for number in range(40)]
STRUCT = pa.array([{"bytes": value, "path": f"{number}.jpg"} for number, value in enumerate(VALUES)])


def had(path, max_bytes=1 << 30):
    """The rows of a table, in order: bytes or what went wrong."""
    listed = list(list_images([str(path)]))
    assert all(isinstance(one, Source) for one in listed)
    found = {source.uri: value for source, value in read_all(listed, max_bytes, 1)}
    return [found[source.uri] for source in listed]


def dictionary(kind):
    return pa.DictionaryArray.from_arrays(pa.array(range(40), pa.int16()), pa.array(VALUES, kind))


FORMS = {
    "binary": pa.array(VALUES, pa.binary()),
    "large": pa.array(VALUES, pa.large_binary()),
    "view": pa.array(VALUES, pa.binary_view()),
    "dictionary": dictionary(pa.binary()),
    "struct": STRUCT,
    "struct of large": pa.StructArray.from_arrays([pa.array(VALUES, pa.large_binary())], ["bytes"]),
    "struct of dictionary": pa.StructArray.from_arrays([dictionary(pa.binary())], ["bytes"]),
}


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("name", ["image", "im/a.ge%"])
def test_columns_of_every_form_are_read(form, name, tmp_path):
    if "struct" not in form and name != "image":
        name = "JPG"
    pq.write_table(pa.table({"other": [1] * 40, name: FORMS[form]}), tmp_path / "a.parquet", row_group_size=16)
    assert had(tmp_path / "a.parquet") == VALUES


def test_a_column_of_equally_long_images(tmp_path):
    values = [bytes([number]) * 9 for number in range(5)]
    pq.write_table(pa.table({"image": pa.array(values, pa.binary(9))}), tmp_path / "a.parquet")
    assert had(tmp_path / "a.parquet") == values


@pytest.mark.parametrize(
    ("column", "word"),
    [
        (pa.array([{"bytes": "text"}]), "'bytes' of column 'pic' is string"),
        (pa.array([{"bytes": [1, 2]}]), "list<"),
        (pa.array([{"bytes": 7}]), "int64"),
        (pa.array([[{"bytes": b"x"}]]), "lists of images"),
    ],
)
def test_columns_that_should_hold_images_and_do_not_are_told_of(column, word, tmp_path):
    pq.write_table(pa.table({"pic": column}), tmp_path / "a.parquet")
    for name in (tmp_path / "a.parquet", tmp_path / "*.parquet"):
        (failure,) = list_images([str(name)])
        assert (
            failure.error == "bad_container" and failure.uri == str(tmp_path / "a.parquet") and word in failure.message
        )
    both = pa.schema([("pic", column.type), ("bytes", pa.binary())])
    assert image_column(both).name == "bytes"


def test_names_that_cannot_be_told_apart_are_told_of(tmp_path):
    pq.write_table(pa.table({"a::b": STRUCT}), tmp_path / "a.parquet")
    pq.write_table(pa.Table.from_arrays([FORMS["binary"]] * 2, ["image", "image"]), tmp_path / "b.parquet")
    first, second = list_images([str(tmp_path / "a.parquet"), str(tmp_path / "b.parquet")])
    assert "'::'" in first.message and "two columns" in second.message


def test_rows_without_an_image_and_too_large_ones_fail_alone(tmp_path):
    column = pa.array([{"bytes": b"1" * 10}, None, {"bytes": None}, {"bytes": b""}, {"bytes": b"2" * 11}])
    pq.write_table(pa.table({"image": column}), tmp_path / "a.parquet")
    found = had(tmp_path / "a.parquet", max_bytes=10)
    assert found[0] == b"1" * 10 and all("no bytes of an image" in str(value) for value in found[1:4])
    assert isinstance(found[4], TooLargeError) and "read.max_bytes" in str(found[4])


def written_in_pages(path, **options):
    """A table of 40 noisy rows, 10 in a row group, 2 in a page; the bytes of the file, and the rows."""
    values = [np.random.default_rng(n).bytes(4000) for n in range(40)]
    table = pa.table({"image": pa.array([{"bytes": v, "path": "x"} for v in values])})
    pq.write_table(
        table,
        path,
        row_group_size=10,
        data_page_size=1,
        write_batch_size=2,
        use_dictionary=False,
        write_statistics=False,
        **options,
    )
    return bytearray(path.read_bytes()), values


@pytest.mark.parametrize("row", [0, 1, 13, 18, 39])
@pytest.mark.parametrize("version", ["1.0", "2.0"])
def test_a_damaged_page_costs_its_own_rows(row, version, tmp_path):
    path = tmp_path / "a.parquet"
    data, values = written_in_pages(path, compression="none", write_page_checksum=True, data_page_version=version)
    at = bytes(data).index(values[row][100:200])
    data[at : at + 50] = b"\xff" * 50
    path.write_bytes(data)
    found = had(path)
    page = {row // 2 * 2, row // 2 * 2 + 1}
    assert {n for n, value in enumerate(found) if value != values[n]} == page
    assert all("page is damaged" in str(found[n]) for n in page)


def test_a_damaged_header_of_a_page_costs_what_follows_in_its_row_group(tmp_path):
    path = tmp_path / "a.parquet"
    data, values = written_in_pages(path, compression="none")
    chunk = pq.ParquetFile(path).metadata.row_group(1).column(0)
    start, end = chunk.data_page_offset, chunk.data_page_offset + chunk.total_compressed_size
    found = list(pages(lambda offset, size: bytes(data[offset : offset + size]), start, end))
    assert [page.values for page in found] == [2] * 5 and found[-1].end == end
    data[found[2].start : found[2].start + 4] = b"\xff" * 4
    path.write_bytes(data)
    found = had(path)
    assert found[:14] == values[:14] and found[20:] == values[20:]
    assert all("page is damaged" in str(value) for value in found[14:20])


def test_pages_that_need_no_dictionary_survive_it(tmp_path):
    path = tmp_path / "a.parquet"
    values = [np.random.default_rng(n).bytes(4000) for n in range(20)]
    pq.write_table(
        pa.table({"image": values}), path, write_batch_size=2, data_page_size=1, dictionary_pagesize_limit=8000,
        compression="none", write_page_checksum=True, write_statistics=False,
    )  # fmt: skip
    data = bytearray(path.read_bytes())
    data[100:150] = b"\xff" * 50
    path.write_bytes(data)
    found = had(path)
    assert 0 < sum(value == found[n] for n, value in enumerate(values)) < 20 and found[-10:] == values[-10:]
    assert all(value == values[n] or "page is damaged" in str(value) for n, value in enumerate(found))


def test_footers_that_are_damaged_or_lie_are_told_of(tmp_path):
    path = tmp_path / "a.parquet"
    data, _ = written_in_pages(path)
    footer = len(data) - 8 - int.from_bytes(data[-8:-4], "little")
    for change in (footer, footer + 20, len(data) - 6):
        broken = bytearray(data)
        broken[change : change + 2] = b"\xff\xff"
        path.write_bytes(broken)
        for name in (path, tmp_path / "*.parquet"):
            (failure,) = list_images([str(name)])
            assert (
                isinstance(failure, Failure)
                and failure.error == "bad_container"
                and "fetch it again" in failure.message
            )
    path.write_bytes(b"PAR1")
    (failure,) = list_images([str(path)])
    assert failure.error == "bad_container"


def test_a_file_cannot_have_more_rows_than_bytes(tmp_path):
    pq.write_table(pa.table({"image": pa.nulls(100_000, pa.binary())}), tmp_path / "a.parquet")
    (failure,) = list_images([str(tmp_path / "a.parquet")])
    assert failure.error == "bad_container" and "100,000 rows" in failure.message


def test_a_table_without_images_is_no_container(tmp_path):
    pq.write_table(pa.table({"pixels": [b"an image"]}), tmp_path / "a.parquet")
    with pytest.raises(InputError, match=r"no column of URIs: .* has pixels; .*'image' if it holds images"):
        list(list_images([str(tmp_path / "a.parquet")]))


@given(data=st.binary(max_size=300))
def test_whatever_stands_for_a_header_ends(data):
    assert all(0 <= page.start < page.end <= 300 for page in pages(lambda at, size: data[at : at + size], 0, len(data)))


def test_a_long_name_of_a_column_is_told_once(tmp_path):
    column = pa.array([{"bytes": b"1"}] * 100)
    pq.write_table(pa.table({"a" * 100_000: column}), tmp_path / "a.parquet")
    (failure,) = list_images([str(tmp_path / "a.parquet")])
    assert failure.error == "bad_container" and "100,000 characters" in failure.message


def test_a_large_value_that_many_rows_share_is_unpacked_for_few_at_once(tmp_path):
    shared = pa.DictionaryArray.from_arrays(pa.array([0] * 64, pa.int32()), pa.array([bytes(10_000_000)]))
    pq.write_table(pa.table({"image": shared}), tmp_path / "a.parquet", compression="zstd", store_schema=False)
    before = pa.total_allocated_bytes()
    for _, value in rows_of(str(tmp_path / "a.parquet"), "image", range(64), 20_000_000):
        assert len(value) == 10_000_000
        assert pa.total_allocated_bytes() - before < 100_000_000
