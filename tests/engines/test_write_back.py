"""Shards and tables on S3, written back by several engines: the same bytes."""

import fsspec
import pytest

from lookalike.pipelines.cli.main import main
from lookalike.pipelines.materialize.write_back.claim import RECORD
from tests.packed import pictures, sample, shard, table
from tests.planned import finished_audit
from tests.servers import s3


@pytest.fixture(scope="module")
def bucket(tmp_path_factory):
    """URI of a bucket with two shards and a table, and audits of them."""
    folder = tmp_path_factory.mktemp("bucket")
    groups = pictures(8)
    with s3() as (bucket, settings), pytest.MonkeyPatch.context() as patch:
        for name, value in settings.items():
            patch.setenv(name, value)
        fs = fsspec.filesystem("s3", skip_instance_cache=True)
        fs.mkdir("corpus")
        halves = ([], [])
        clusters = []
        for number, group in enumerate(groups):
            uris = []
            for step, image in enumerate(group):
                half, key = (number + step) % 2, f"{number}-{step}"
                halves[half].append((key, sample(image, key)))
                uris.append(f"tar://{key}.jpg::{bucket}/in/{half}.tar")
            clusters.append(uris)
        for half in (0, 1):
            shard(folder / f"{half}.tar", halves[half])
            fs.put_file(str(folder / f"{half}.tar"), f"corpus/in/{half}.tar")
        table(folder / "t.parquet", [(image, f"{n}") for n, group in enumerate(groups) for image in group])
        fs.put_file(str(folder / "t.parquet"), "corpus/in/t.parquet")
        rows = iter(range(100))
        finished_audit(f"{bucket}/tars", clusters)
        tables = [[f"parquet://image/{next(rows)}::{bucket}/in/t.parquet" for _ in group] for group in groups]
        finished_audit(f"{bucket}/tables", tables)
        yield bucket


def content(uri):
    fs, path = fsspec.url_to_fs(uri)
    fs.invalidate_cache()
    return {name.removeprefix(path): fs.cat_file(name) for name in fs.find(path) if not name.endswith(RECORD)}


@pytest.mark.parametrize("engine", ["flink-embedded"], indirect=True)
def test_the_same_bytes_by_every_engine(engine, bucket, capsys):
    for form, audit, files in (("webdataset", "tars", 2), ("parquet", "tables", 1)):
        command = ["materialize", f"{bucket}/{audit}", "--as", form, "--to"]
        assert main([*command, f"{bucket}/{form}-1", "--", "--direct_num_workers=1"]) == 0
        assert main([*command, f"{bucket}/{form}-2", *engine]) == 0
        assert capsys.readouterr().out.count("; left out 8 copies") == 2
        one, other = content(f"{bucket}/{form}-1"), content(f"{bucket}/{form}-2")
        assert one == other and len(one) == files
