"""Zip archives with odd, damaged and hostile directories: one member's fault is its own."""

import io
import stat
import struct
import zipfile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lookalike.transforms.core.records import Failure, Source
from lookalike.transforms.ingest.archives.containers import list_members
from lookalike.transforms.io.archives.contents import read_member
from lookalike.transforms.io.archives.names import member_of

FILES = {f"{name}.jpg": bytes([code]) * (300 * code) for code, name in enumerate("abc", 1)}


def packed(files, **options):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED, **options) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return buffer.getvalue()


def had(data, tmp_path, suffix=".jpg"):
    """Bytes of an archive -> the members, each with its bytes or what went wrong, and the failures of listing."""
    path = tmp_path / "a.zip"
    path.write_bytes(data)
    listed = list(list_members(Source(str(path), len(data), "", ""), lambda name: name.endswith(suffix)))
    found = {}
    for source in listed:
        if isinstance(source, Source):
            try:
                found[member_of(source.uri).name] = read_member(source)
            except OSError as error:
                found[member_of(source.uri).name] = str(error)
    return found, [one for one in listed if isinstance(one, Failure)]


def central(data, name):
    """The offset of a member's record in the directory."""
    return data.index(name, data.index(b"PK\1\2")) - 46


def patched(data, name, at, form, value):
    """The archive with one field of a member's record in the directory replaced."""
    changed = bytearray(data)
    struct.pack_into(form, changed, central(data, name) + at, value)
    return bytes(changed)


def without(*names):
    return {name: data for name, data in FILES.items() if name not in names}


def test_a_version_that_nobody_knows_is_read_all_the_same(tmp_path):
    assert had(patched(packed(FILES), b"b.jpg", 6, "<H", 99), tmp_path) == (FILES, [])


@pytest.mark.parametrize(
    ("at", "form", "value", "word"),
    [(8, "<H", 1, "encrypted"), (10, "<H", 93, "deflate"), (34, "<H", 7, "volume"), (42, "<I", 0, "over another")],
)
def test_members_that_cannot_be_had_are_told_of_one_by_one(at, form, value, word, tmp_path):
    found, (failure,) = had(patched(packed(FILES), b"b.jpg", at, form, value), tmp_path)
    assert found == without("b.jpg") and member_of(failure.uri).name == "b.jpg" and word in failure.message


@pytest.mark.parametrize(("at", "form", "value"), [(16, "<I", 1), (24, "<I", 601), (24, "<I", 5)])
def test_promises_that_are_not_kept_are_failures_of_reading(at, form, value, tmp_path):
    found, failures = had(patched(packed(FILES), b"b.jpg", at, form, value), tmp_path)
    assert not failures and "checksum" in found.pop("b.jpg") and found == without("b.jpg")


def test_a_member_that_claims_gigabytes_unpacks_none(tmp_path):
    found, _ = had(patched(packed(FILES), b"b.jpg", 24, "<I", 1 << 31), tmp_path)
    assert "checksum" in found["b.jpg"] and found["a.jpg"] == FILES["a.jpg"]


def test_a_bomb_of_overlapping_members_is_one_member(tmp_path):
    data = packed({f"{n}.jpg": bytes(10_000) for n in range(50)})
    for n in range(1, 50):
        data = patched(data, f"{n}.jpg".encode(), 42, "<I", 0)
    found, failures = had(data, tmp_path)
    assert list(found) == ["0.jpg"] and len(failures) == 49


def test_a_name_that_is_not_what_its_flag_says(tmp_path):
    data = packed({"aé.jpg": b"1", "b.jpg": b"2"}).replace("aé.jpg".encode(), b"a\xff\xfe.jpg")
    found, failures = had(data, tmp_path)
    assert found["b.jpg"] == b"2" and len(found) == 2 and not failures
    assert "a\udcff\udcfe.jpg" in found  # `list_images` makes a failure of what is no text


def test_large_archives_and_what_lies_before_them(tmp_path):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, data in FILES.items():
            with archive.open(zipfile.ZipInfo(name), "w", force_zip64=True) as file:
                file.write(data)
    assert had(buffer.getvalue(), tmp_path) == (FILES, [])
    data = packed(FILES)
    assert had(b"#!/bin/sh\n" * 50 + data, tmp_path) == (FILES, [])
    start, size = data.index(b"PK\1\2"), len(data) - 22 - data.index(b"PK\1\2")
    end = struct.pack("<4sQ2H2I4Q", b"PK\6\6", 44, 45, 45, 0, 0, 3, 3, size, start)
    end += struct.pack("<4sIQI", b"PK\6\7", 0, start + size, 1)
    end += struct.pack("<4s4H2IH", b"PK\5\6", 0, 0, 0xFFFF, 0xFFFF, 0xFFFFFFFF, 0xFFFFFFFF, 0)
    assert had(data[:-22] + end, tmp_path) == (FILES, [])
    assert had(b"before" + data[:-22] + end, tmp_path) == (FILES, [])


def test_a_data_descriptor_and_a_comment(tmp_path):
    class Stream(io.RawIOBase):
        data = b""

        def writable(self):
            return True

        def write(self, piece):
            self.data += bytes(piece)
            return len(piece)

    stream = Stream()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.comment = b"PK\5\6" + b"c" * 40
        archive.writestr("a.jpg", b"streamed")
    assert had(stream.data, tmp_path) == ({"a.jpg": b"streamed"}, [])


def test_links_are_what_they_refer_to(tmp_path):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("d/a.jpg", b"one")
        for name, target in (
            ("x/l.jpg", "../d/a.jpg"),
            ("m.jpg", "x/l.jpg"),
            ("o.jpg", "/etc/passwd"),
            ("p.jpg", "p.jpg"),
        ):
            info = zipfile.ZipInfo(name)
            info.create_system, info.external_attr = 3, (stat.S_IFLNK | 0o777) << 16
            archive.writestr(info, target)
    found, failures = had(buffer.getvalue(), tmp_path)
    assert found == {"d/a.jpg": b"one", "x/l.jpg": b"one", "m.jpg": b"one"}
    assert [member_of(f.uri).name for f in failures] == ["o.jpg", "p.jpg"]


def test_a_damaged_directory_keeps_what_comes_before(tmp_path):
    data = bytearray(packed(FILES))
    data[central(bytes(data), b"b.jpg")] ^= 255
    found, (failure,) = had(bytes(data), tmp_path)
    assert (
        found == {"a.jpg": FILES["a.jpg"]} and failure.error == "bad_container" and "damaged at byte" in failure.message
    )
    short = bytearray(packed(FILES))
    struct.pack_into("<H", short, len(short) - 12, 9)
    found, (failure,) = had(bytes(short), tmp_path)
    assert found == FILES and "tells of 9 members, its directory has 3" in failure.message


def test_a_name_twice_is_the_last_and_the_first_is_told_of(tmp_path):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive, pytest.warns(UserWarning):
        archive.writestr("a.jpg", b"old")
        archive.writestr("a.jpg", b"new")
    found, (failure,) = had(buffer.getvalue(), tmp_path)
    assert found == {"a.jpg": b"new"} and failure.error == "replaced"


@given(at=st.integers(0, 900), bytes_=st.binary(min_size=1, max_size=40))
def test_whatever_is_overwritten_ends_in_bytes_or_a_failure(at, bytes_, tmp_path_factory):
    whole = packed(FILES)
    data = (whole[:at] + bytes_ + whole[at + len(bytes_) :])[: len(whole)]
    found, failures = had(data, tmp_path_factory.mktemp("zip"), suffix="")
    assert all(found[name] == FILES[name] for name in FILES.keys() & found.keys() if isinstance(found[name], bytes))
    assert failures or len(found) == len(FILES) or b"/" in bytes_


@given(size=st.integers(0, len(packed(FILES)) - 1))
def test_what_is_cut_off_is_told(size, tmp_path_factory):
    found, (failure,) = had(packed(FILES)[:size], tmp_path_factory.mktemp("zip"))
    assert not found and failure.error == "bad_container" and "fetch it again" in failure.message
