"""A nightly audit and its actions on S3, over a real socket: moto's server on the loopback address."""

import io
import tarfile
import time
import zipfile

import fsspec
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from lookalike.pipelines.cli.main import main
from lookalike.transforms.decoding.read_images import read_all
from lookalike.transforms.ingest.listing import list_images
from lookalike.transforms.ingest.selection.choice import Choice
from tests import servers
from tests.flows.test_audit import run
from tests.synthetic import draw_picture, encoded, make_corpus


@pytest.fixture(scope="module")
def s3(tmp_path_factory):
    with servers.s3() as (_, settings), pytest.MonkeyPatch.context() as patch:
        for name, value in settings.items():
            patch.setenv(name, value)
        store = fsspec.filesystem("s3", skip_instance_cache=True)
        store.mkdir("corpus")
        folder = tmp_path_factory.mktemp("s3") / "images"
        make_corpus(folder, groups=4)
        store.put(str(folder), "corpus/images", recursive=True)
        yield store


def content(store, folder):
    store.invalidate_cache()
    return (
        {path.removeprefix(folder): store.cat_file(path) for path in store.find(folder)} if store.exists(folder) else {}
    )


def tables(store, audit):
    names = ("fingerprints", "candidates", "pairs", "clusters", "failures")
    return {name: content(store, f"{audit}/{name}") for name in names}


def test_nights_and_actions(s3, tmp_path, capsys):
    audit = ("audit", "s3://corpus/images", "--catalog", "s3://corpus/audits")
    assert run(*audit) == 0
    time.sleep(1.1)  # audits of a catalog are named by the second
    s3.pipe_file("corpus/images/new.jpg", encoded(draw_picture(1001, 400, 300), quality=70))
    assert run(*audit, workers=["--", "--direct_num_workers=2"]) == 0
    assert "1 grown" in capsys.readouterr().out
    second = max(s3.ls("corpus/audits", detail=False, refresh=True))
    assert run("audit", "s3://corpus/images", "--output", "s3://corpus/whole") == 0
    assert tables(s3, second) == tables(s3, "corpus/whole") and not s3.exists(f"{second}/.run")
    before, plan = content(s3, "corpus/images"), str(tmp_path / "plan.parquet")
    to = ("--action", "quarantine", "--to", "s3://corpus/quarantine")
    assert main(["materialize", f"s3://{second}", *to, "--plan", plan]) == 0
    assert main(["materialize", "--apply", plan]) == 0
    moved = content(s3, "corpus/quarantine")
    planned = pq.read_metadata(plan).num_rows
    assert 0 < planned == len(moved) and {*moved.values(), *content(s3, "corpus/images").values()} == set(
        before.values()
    )
    assert main(["materialize", "--undo", plan]) == 0
    assert content(s3, "corpus/images") == before and not content(s3, "corpus/quarantine")


def test_no_secret_is_written(s3):
    everything = b"".join(content(s3, "corpus/audits").values())
    assert servers.SECRET.encode() not in everything and b"clusters" in everything


def test_files_without_a_suffix_are_told_by_their_first_bytes(s3):
    files = {
        "a": encoded(draw_picture(1, 120, 90)),
        "b": b"text",
        "c": b"",
        "d.part": b"\xff\xd8\xff",
        "e.txt": b"text",
    }
    for name, data in files.items():
        s3.pipe_file(f"corpus/bare/{name}", data)
    choice = Choice(sniff=True)
    assert [source.uri for source in list_images(["s3://corpus/bare"], choice)] == [
        "s3://corpus/bare/a", "s3://corpus/bare/d.part",
    ]  # fmt: skip
    assert choice.left_out.counts() == {"": 2, ".txt": 1}
    s3.rm("corpus/bare", recursive=True)


def test_archives_and_tables_are_read_in_parts(s3, tmp_path):
    images = {f"{n:03d}.jpg": encoded(draw_picture(n, 120, 90)) for n in range(20)}
    with tarfile.open(tmp_path / "a.tar", "w") as tar, zipfile.ZipFile(tmp_path / "b.zip", "w") as zipped:
        for name, data in images.items():
            info = tarfile.TarInfo(name)
            info.size = len(data)
            tar.addfile(info, io.BytesIO(data))
            zipped.writestr(name, data)
    pq.write_table(pa.table({"image": list(images.values())}), tmp_path / "c.parquet", row_group_size=7)
    for name in ("a.tar", "b.zip", "c.parquet"):
        s3.put_file(str(tmp_path / name), f"corpus/packed/{name}")
    sources = list(list_images(["s3://corpus/packed/*"]))
    assert len(sources) == 60 and all("::s3://corpus/packed/" in source.uri for source in sources)
    assert sorted(data for _, data in read_all(sources, 1 << 20, 4)) == sorted(3 * list(images.values()))
    s3.rm("corpus/packed", recursive=True)
    assert all(isinstance(data, OSError) for _, data in read_all(sources, 1 << 20, 4))
