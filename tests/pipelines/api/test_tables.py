"""Tables of a finished audit as Arrow, pandas and DuckDB."""

import shutil
import sys
from pathlib import Path

import duckdb
import pandas
import pyarrow as pa
import pytest

import lookalike
from lookalike import errors
from lookalike.tables import named
from lookalike.transforms.core.schemas import CLUSTERS, FAILURES, PAIRS


def test_they_have_the_columns_that_the_page_tells(audit):
    assert (audit.clusters.schema, audit.pairs.schema, audit.failures.schema) == (CLUSTERS, PAIRS, FAILURES)
    assert audit.pairs.to_arrow(["relation", "uri_b"]).column_names == ["relation", "uri_b"]
    assert len(audit.pairs) == audit.pairs.to_arrow().num_rows == audit.counts["pairs"]
    assert repr(audit.pairs) == f"<lookalike.Table pairs: {len(audit.pairs)} rows in 1 files>"
    with pytest.raises(ValueError, match="pairs has no column 'uri'"):
        audit.pairs.to_arrow(["uri"])


def test_what_takes_arrow_takes_them(audit):
    assert pa.table(audit.failures).equals(audit.failures.to_arrow())
    pairs = audit.pairs
    assert duckdb.sql("SELECT count(*) FROM pairs").fetchall() == [(len(pairs),)]


def test_pandas(audit):
    frame = audit.clusters.to_pandas(["uri", "is_representative"])
    assert isinstance(frame, pandas.DataFrame)
    assert frame.is_representative.sum() == audit.counts["clusters"]


def test_duckdb_joins_them_by_name(audit):
    connection = duckdb.connect()
    audit.clusters.to_duckdb(connection)
    audit.fingerprints.to_duckdb(connection, ["uri", "format", "embedding"])
    query = "SELECT uri, format, len(embedding) FROM clusters JOIN fingerprints USING (uri) WHERE uri = 'a/moving'"
    assert connection.sql(query).fetchall() == [("a/moving", "GIF", 512)]
    assert audit.pairs.to_duckdb().filter("relation = 'whole'").shape[0] >= 1


@pytest.mark.parametrize(("package", "method"), [("pandas", "to_pandas"), ("duckdb", "to_duckdb")])
def test_what_is_not_installed_is_named_with_its_extra(package, method, audit, monkeypatch):
    monkeypatch.setitem(sys.modules, package, None)
    with pytest.raises(ImportError, match=r"install lookalike\[tables\]"):
        getattr(audit.clusters, method)()


def test_a_damaged_or_missing_file_is_told(audit, tmp_path):
    place = tmp_path / "copy"
    shutil.copytree(audit.output, place)
    copy = lookalike.Audit.open(place)
    (path,) = map(Path, copy.pairs.files)
    path.write_bytes(path.read_bytes()[:100])
    with pytest.raises(errors.OutputError, match=r"pairs/part-00000-of-00001\.parquet can't be read"):
        copy.pairs.to_arrow()
    path.unlink()
    with pytest.raises(errors.OutputError, match="can't be read"):
        copy.pairs.to_pandas()


def test_names_stand_for_uris_wherever_images_are_named():
    table = pa.table(
        {
            "uri_a": ["/1", "/3"],
            "added": pa.array([["/2", "/3"], None], pa.list_(pa.string())),
            "relation": ["/1", "same"],
        }
    )
    assert named(table, {"/1": "one", "/2": "two"}).to_pylist() == [
        {"uri_a": "one", "added": ["two", "/3"], "relation": "/1"},
        {"uri_a": "/3", "added": None, "relation": "same"},
    ]
