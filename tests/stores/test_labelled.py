"""Labelled images, with scopes and folders, on S3 and on a local disk: every table says the same, by relative path."""

import fsspec
import pyarrow.parquet as pq
import pytest

from tests import servers
from tests.faults.schedules import cheap, command
from tests.synthetic import make_corpus

CARRIED = ("--columns", "label,split", "--set", "output.folders=true", "--set", "output.folder_share=0.1")
SCOPED = ("--set", "pair.scope=across:split")
TABLES = ("columns", "clusters", "conflicts", "merges", "folders", "pairs")


def upload(place, files):
    """Images in two folders, and a list that says what each is: files of one group differ in both columns."""
    lines = ["uri,label,split"]
    for number, path in enumerate(files):
        name = f"{place}/in/{'ab'[number % 2]}/{path.name}"
        with fsspec.open(name, "wb", auto_mkdir=True) as file:
            file.write(path.read_bytes())
        lines.append(f"{name},of {number % 3},{('train', 'test')[number % 2]}")
    with fsspec.open(f"{place}/list.csv", "w") as file:
        file.write("\n".join(lines))


def told(place, output, name):
    """All rows of a table, without the place where they lie."""
    fs, path = fsspec.url_to_fs(f"{place}/{output}/{name}")
    fs.invalidate_cache()
    rows = [row for part in sorted(fs.find(path)) for row in pq.read_table(fs.open(part)).to_pylist()]
    return sorted(str(row).replace(f"{place}/", "") for row in rows)


def test_every_table_is_that_of_a_local_disk(tmp_path):
    truth = make_corpus(tmp_path / "drawn", groups=3, singles=1)
    files = [tmp_path / "drawn" / name for name in sorted(truth)]
    with servers.s3() as (bucket, settings), pytest.MonkeyPatch.context() as patch, cheap():
        for name, value in settings.items():
            patch.setenv(name, value)
        fs, path = fsspec.url_to_fs(bucket, skip_instance_cache=True)
        fs.mkdir(path)
        for place in (str(tmp_path), bucket):
            upload(place, files)
            found = command("audit", f"{place}/list.csv", *CARRIED, *SCOPED, "--output", f"{place}/audit")
            assert (found.code, found.said) == (0, [])
            found = command("compare", f"{place}/audit", "--sets", "split", "--output", f"{place}/leaks")
            assert (found.code, found.said) == (0, [])
        for output, names in (("audit", TABLES), ("leaks", ("matches", "query_images", "match_images"))):
            for name in names:
                here, there = (told(place, output, name) for place in (str(tmp_path), bucket))
                assert here == there != [], name
