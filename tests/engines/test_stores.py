"""From a store to the same store, by real servers: what is found is what is found on a local disk, by relative path; a
store that fails now and then changes nothing; and no key of a store is written anywhere.
"""

import io
import os
from collections import Counter

import fsspec
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from lookalike.pipelines.cli.main import main
from lookalike.transforms.ingest.listing import list_images
from lookalike.transforms.ingest.manifests import lookup
from lookalike.transforms.storage.folders import walk
from lookalike.transforms.storage.folders.pages import pages
from lookalike.transforms.storage.stores import store
from tests.engines.conftest import BANDED
from tests.servers import SECRET, azure, faulty, gcs, s3

OF_THE_STORE = {"modified", "etag"}
TABLES = ("fingerprints", "candidates", "pairs", "clusters", "failures")


@pytest.fixture(params=["s3", "gcs", "azure"])
def place(request, tmp_path):
    """URI of an empty bucket, with the environment that leads to it."""
    servers = {"s3": s3, "gcs": lambda: gcs(tmp_path / "gcs"), "azure": lambda: azure(tmp_path / "azure")}
    with servers[request.param]() as (bucket, settings), pytest.MonkeyPatch.context() as patch:
        for name, value in settings.items():
            patch.setenv(name, value)
        fs, path = fsspec.url_to_fs(bucket, skip_instance_cache=True)
        if request.param != "gcs":  # there it is a folder, and exists
            fs.mkdir(path)
        yield bucket


def upload(images, bucket):
    fs, path = fsspec.url_to_fs(bucket)
    for file in images.iterdir():
        fs.pipe_file(f"{path}/images/{file.name}", file.read_bytes())


def rows(output, name, prefix):
    """All rows of a table, without what is the store's own, URIs from `prefix` on."""
    fs, path = fsspec.url_to_fs(str(output))
    fs.invalidate_cache()
    files = sorted(file for file in fs.find(f"{path}/{name}"))
    tables = [pq.read_table(io.BytesIO(fs.cat_file(file))) for file in files]
    return [
        {
            key: value.removeprefix(prefix) if isinstance(value, str) else value
            for key, value in row.items()
            if key not in OF_THE_STORE
        }
        for row in pa.concat_tables(tables).to_pylist()
    ]


def content(bucket):
    fs, path = fsspec.url_to_fs(bucket)
    fs.invalidate_cache()
    return {name.partition("/")[2]: fs.cat_file(name) for name in fs.find(path)}


def assert_same_bytes(written, *runs):
    for name in TABLES:
        parts = [
            {path.partition("/")[2]: data for path, data in written.items() if path.startswith(f"{run}/{name}/")}
            for run in runs
        ]
        assert parts[0] and parts[0] == parts[1]


def test_folders_and_lists_of_google_cloud_storage_are_listed_by_pages(tmp_path, monkeypatch):
    names = [f"{number:03d}.jpg" for number in range(90)] + ["more/one.jpg", "more-1/two.jpg", "x.txt", "Ü b.jpg"]
    with gcs(tmp_path / "gcs") as (bucket, settings):
        for name, value in settings.items():
            monkeypatch.setenv(name, value)
        fs, path = fsspec.url_to_fs(bucket, skip_instance_cache=True)
        for name in names:
            fs.pipe_file(f"{path}/flat/{name}", name.encode())
        (tmp_path / "rows.txt").write_text("\n".join(f"{bucket}/flat/{name}" for name in names[:90]))
        inputs = [[bucket], [f"{bucket}/flat"], [f"{bucket}/flat/*1?.jpg"], [str(tmp_path / "rows.txt")]]
        with monkeypatch.context() as patch:
            patch.setattr(walk, "is_paged", lambda _: False)
            patch.setattr(lookup, "WORTH", 1_000_000)
            expected = [list(list_images(some)) for some in inputs]
        asked = Counter()
        called = type(fs).call

        def call(self, method, *arguments, **named):
            asked[named.get("prefix")] += 1
            return called(self, method, *arguments, maxResults=40, **named)

        monkeypatch.setattr(type(fs), "call", call)
        monkeypatch.setattr(lookup, "WORTH", 10)
        assert [list(list_images(some)) for some in inputs[:2]] == expected[:2]
        assert [len(records) for records in expected] == [93, 93, 10, 90]
        assert asked == {None: 1, "flat/": 6, "flat/more/": 2, "flat/more-1/": 2}
        assert [list(list_images(some)) for some in inputs[2:]] == expected[2:]
        assert asked["flat/"] == 6 + 3 + 3
        store_of_all, folder = store(bucket)
        with pytest.raises(FileNotFoundError, match="gs://corpus/gone is not there"):
            list(pages(store_of_all, f"{folder}/gone"))
        [page, *_] = pages(store_of_all, f"{folder}/flat", "087.jpg")
        assert [file.uri.rpartition("/")[2] for file in page.files[:2]] == ["088.jpg", "089.jpg"]


def quarantine(place, plan, before):
    """Move the duplicates away, and back: at no time is a content missing."""
    to = ("--action", "quarantine", "--to", f"{place}/quarantine")
    assert main(["materialize", f"{place}/out", *to, "--plan", str(plan)]) == 0
    assert main(["materialize", "--apply", str(plan)]) == 0
    moved = content(place)
    assert sum(name.startswith("quarantine/") for name in moved) > 10
    assert sorted(moved.values()) == sorted(before.values())
    assert main(["materialize", "--undo", str(plan)]) == 0
    assert content(place) == before


def by_uri(table):
    return sorted(table, key=lambda row: str({k: v for k, v in row.items() if "uri" in k}))


def test_the_same_result(place, images, reference, tmp_path, capfd):
    upload(images, place)
    command = ["audit", f"{place}/images", "--output", f"{place}/out", *BANDED]
    assert main([*command, "--log", "json", "--", "--direct_num_workers=2"]) == 0
    said = capfd.readouterr()
    for name in ("fingerprints", "clusters", "failures"):
        ours = by_uri(rows(f"{place}/out", name, f"{place}/images"))
        assert ours == by_uri(rows(reference, name, str(images))), name
    # a pair is written from the smaller URI to the larger, and prefixes do not change that here
    assert by_uri(rows(f"{place}/out", "pairs", f"{place}/images")) == by_uri(rows(reference, "pairs", str(images)))
    written = content(place)
    assert not [name for name in written if "/.run/" in name]
    quarantine(place, tmp_path / "plan.parquet", written)
    for text in (*written.values(), said.out.encode(), said.err.encode()):
        assert SECRET.encode() not in text and SECRET.rstrip("=").encode() not in text


@pytest.mark.parametrize("engine", ["prism", "flink-embedded"], indirect=True)
@pytest.mark.parametrize("place", ["s3"], indirect=True)
def test_the_same_bytes_by_another_engine(place, engine, images):
    upload(images, place)
    command = ["audit", f"{place}/images", *BANDED, "--output"]
    assert main([*command, f"{place}/local", "--", "--direct_num_workers=2"]) == 0
    assert main([*command, f"{place}/other", *engine]) == 0
    assert_same_bytes(content(place), "local", "other")


@pytest.mark.parametrize("place", ["s3"], indirect=True)
def test_a_store_that_fails_now_and_then(place, images, monkeypatch):
    upload(images, place)
    calm = ["audit", f"{place}/images", "--output", f"{place}/calm", *BANDED, "--", "--direct_num_workers=2"]
    assert main(calm) == 0
    port = int(os.environ["AWS_ENDPOINT_URL"].rpartition(":")[2])
    with faulty(port) as (other, counts):
        monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{other}")
        fsspec.get_filesystem_class("s3").clear_instance_cache()
        stormy = ["audit", f"{place}/images", "--output", f"{place}/stormy", *BANDED, "--", "--direct_num_workers=2"]
        assert main(stormy) == 0
    print(dict(counts))
    assert counts["503"] > 10 and counts["reset"] > 0
    monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{port}")
    fsspec.get_filesystem_class("s3").clear_instance_cache()
    assert_same_bytes(content(place), "calm", "stormy")
