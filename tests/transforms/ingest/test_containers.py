"""Images inside of archives and Parquet files: each listed once by a name that says where it is, and read alone."""

import errno
import io
import tarfile
import zipfile

import fsspec
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lookalike.pipelines.materialize.naming import Named, relative, target
from lookalike.transforms.core.keys import ROWS_READ_TOGETHER, key_of
from lookalike.transforms.core.partitions import part_of
from lookalike.transforms.core.records import Failure, Source
from lookalike.transforms.decoding.read_images import read_all
from lookalike.transforms.ingest.archives.containers import list_members
from lookalike.transforms.ingest.listing import InputError, list_images
from lookalike.transforms.io.archives.contents import read_member, read_named
from lookalike.transforms.io.archives.names import member_of
from lookalike.transforms.storage import ranges
from lookalike.transforms.storage.reading import MachineError


def add(archive, name, data):
    info = tarfile.TarInfo(name)
    info.size = len(data)
    archive.addfile(info, io.BytesIO(data))


def read(sources):
    return {source.uri: data for source, data in read_all(sorted(sources), 1 << 30, 4)}


def everything(_):
    return True


members = st.dictionaries(
    st.text("abcdé /.-_", min_size=1, max_size=120).map(lambda name: f"{name}.jpg"), st.binary(), max_size=6
)


@given(members=members, deflate=st.booleans())
def test_zip_members_are_what_was_packed(members, deflate, tmp_path_factory):
    path = tmp_path_factory.mktemp("zip") / "a.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED if deflate else zipfile.ZIP_STORED) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    listed = list(list_members(Source(str(path), 1, "", ""), everything))
    assert {member_of(s.uri).name: read_member(s) for s in listed} == members
    assert [s.bytes for s in listed] == [len(data) for data in members.values()]


@given(members=members, style=st.sampled_from([tarfile.USTAR_FORMAT, tarfile.GNU_FORMAT, tarfile.PAX_FORMAT]))
def test_tar_members_are_what_was_packed(members, style, tmp_path_factory):
    if style == tarfile.USTAR_FORMAT:
        members = {name: data for name, data in members.items() if len(name.encode()) < 100}
    path = tmp_path_factory.mktemp("tar") / "a.tar"
    with tarfile.open(path, "w", format=style) as archive:
        for name, data in members.items():
            add(archive, name, data)
    listed = list(list_members(Source(str(path), 1, "", ""), everything))
    assert {member_of(s.uri).name: read_member(s) for s in listed} == members


@pytest.mark.parametrize("form", ["struct", "binary", "large"])
def test_rows_of_parquet(form, tmp_path):
    values = [bytes([n % 251]) * (n + 1) for n in range(300)]
    if form == "struct":
        column = pa.array([{"bytes": v, "path": f"{n}.jpg"} for n, v in enumerate(values)])
    else:
        column = pa.array(values, pa.binary() if form == "binary" else pa.large_binary())
    path = tmp_path / "a.parquet"
    pq.write_table(pa.table({"url": ["x"] * 300, "image": column}), path, row_group_size=70)
    listed = list(list_images([str(path)]))
    assert [member_of(s.uri).name for s in listed] == [f"image/{n}" for n in range(300)]
    assert [read([listed[n]])[listed[n].uri] for n in (0, 69, 70, 299)] == [values[n] for n in (0, 69, 70, 299)]
    assert read(listed) == {s.uri: v for s, v in zip(listed, values, strict=True)}


def test_neighbouring_rows_stay_together():
    uris = [f"parquet://image/{n}::s3://b/a.parquet" for n in range(10 * ROWS_READ_TOGETHER)]
    keys = [key_of(uri) for uri in uris]
    assert len(set(keys)) == len(keys)
    runs = [
        {part_of(key, 1 << 20) for key in keys[n : n + ROWS_READ_TOGETHER]}
        for n in range(0, len(keys), ROWS_READ_TOGETHER)
    ]
    assert all(len(run) == 1 for run in runs) and len(set.union(*runs)) == 10


def test_what_is_no_image_or_cannot_be_read(tmp_path):
    with zipfile.ZipFile(tmp_path / "a.zip", "w", zipfile.ZIP_BZIP2) as archive:
        archive.writestr("old.jpg", b"packed with bzip2")
        archive.writestr("notes.txt", b"no image")
        archive.writestr("__MACOSX/._old.jpg", b"hidden")
    (tmp_path / "b.zip").write_bytes(b"PK, but no more")
    with tarfile.open(tmp_path / "c.tar", "w:gz") as archive:
        add(archive, "a.jpg", b"x")
    listed = list(list_images([str(tmp_path / "*.[zt]*")]))
    assert all(isinstance(one, Failure) for one in listed)
    assert {(one.uri.rpartition("/")[2], one.error) for one in listed} == {
        ("a.zip", "bad_member"), ("b.zip", "bad_container"), ("c.tar", "bad_container"),
    }  # fmt: skip
    assert "gunzip" in next(one.message for one in listed if one.uri.endswith(".tar"))


def test_an_archive_that_changed_is_a_failure_and_never_other_bytes(tmp_path):
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a.jpg", b"one " * 100)
        archive.writestr("b.jpg", b"two " * 100)
    first, second = list_images([str(path)])
    data = bytearray(path.read_bytes())
    data[40] ^= 255
    path.write_bytes(data)
    results = read([first, second])
    assert isinstance(results[first.uri], OSError) and results[second.uri] == b"two " * 100
    path.write_bytes(data[:60])
    assert isinstance(read([second])[second.uri], OSError)
    table_path = tmp_path / "t.parquet"
    pq.write_table(pa.table({"jpg": [b"1", None]}), table_path)
    rows = list(list_images([str(table_path)]))
    results = read([*rows, rows[0]._replace(uri=rows[0].uri.replace("jpg/0", "jpg/7"))])
    assert sorted(type(value).__name__ for value in results.values()) == ["ContainerError", "ContainerError", "bytes"]


def test_names_can_be_opened_with_fsspec(tmp_path):
    with tarfile.open(tmp_path / "a.tar", "w") as archive:
        add(archive, "x/a.jpg", b"from a tar")
    with zipfile.ZipFile(tmp_path / "b.zip", "w") as archive:
        archive.writestr("x/a.jpg", b"from a zip")
    for source in list_images([str(tmp_path / "*.*")]):
        with fsspec.open(source.uri) as file:
            assert file.read() == read_member(source) == read_named(source.uri)


def test_a_manifest_is_told_from_a_table_of_images(tmp_path):
    (tmp_path / "a.jpg").write_bytes(b"x")
    pq.write_table(pa.table({"image": ["a.jpg"], "thumbnail": [b"x"]}), tmp_path / "manifest.parquet")
    assert [s.uri for s in list_images([str(tmp_path / "manifest.parquet")])] == [str(tmp_path / "a.jpg")]


def test_a_folder_of_archives_is_told_of(tmp_path):
    with tarfile.open(tmp_path / "a.tar", "w") as archive:
        add(archive, "a.jpg", b"x")
    with pytest.raises(InputError, match=r"1 archives.*\*\.tar"):
        list(list_images([str(tmp_path)]))
    (tmp_path / "b.jpg").write_bytes(b"x")
    assert [s.uri for s in list_images([str(tmp_path)])] == [str(tmp_path / "b.jpg")]


def test_a_member_can_be_named_alone_and_in_a_manifest(tmp_path):
    with tarfile.open(tmp_path / "a.tar", "w") as archive:
        add(archive, "x/a.jpg", b"one")
        add(archive, "b.jpg", b"two")
    pq.write_table(pa.table({"image": [b"three", b"four"]}), tmp_path / "c.parquet")
    wanted = [f"tar://x/a.jpg::{tmp_path}/a.tar", f"parquet://image/1::{tmp_path}/c.parquet"]
    (tmp_path / "list.txt").write_text(
        "\n".join([*wanted, f"tar://no.jpg::{tmp_path}/a.tar", "tar://b.jpg::/none.tar"])
    )
    *found, missing, gone = list_images([str(tmp_path / "list.txt")])
    assert [source.uri for source in found] == wanted and sorted(read(found).values()) == [b"four", b"one"]
    assert missing.error == gone.error == "FileNotFoundError"
    assert list(list_images([wanted[0]])) == found[:1]


def test_a_name_that_is_no_text(tmp_path):
    with tarfile.open(tmp_path / "a.tar", "w", format=tarfile.GNU_FORMAT) as archive:
        add(archive, b"caf\xe9.jpg".decode(errors="surrogateescape"), b"x")
        add(archive, "ok.jpg", b"x")
    bad, good = list_images([str(tmp_path / "a.tar")])
    assert (bad.error, member_of(good.uri).name) == ("bad_name", "ok.jpg") and r"caf\xe9" in bad.uri


def test_targets_of_members_stay_below_their_archive():
    uris = [f"tar://{name}::/data/a.tar" for name in ("../../etc/x.jpg", "/abs.jpg", "./b.jpg", "c/../d.jpg")]
    assert sorted(relative(uris).values()) == ["abs.jpg", "b.jpg", "d.jpg", "etc/x.jpg"]
    assert target("{path}", Named(1, relative(uris)[uris[0]], "0" * 64, "", "")) == "etc/x.jpg"


def test_a_machine_without_open_files_is_no_fault_of_an_archive(tmp_path, monkeypatch):
    with tarfile.open(tmp_path / "a.tar", "w") as archive:
        add(archive, "a.jpg", b"x")
    records = list_members(Source(str(tmp_path / "a.tar"), -1, "", ""), everything)

    def full(path):
        raise OSError(errno.EMFILE, "Too many open files")

    monkeypatch.setattr(ranges, "open_regular", full)
    with pytest.raises(MachineError, match=r"a\.tar: Too many open files"):
        list(records)
