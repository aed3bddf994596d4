"""Tar archives that are damaged, joined or made to mislead: what can be had is had, and the rest is told of."""

import io
import tarfile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lookalike.transforms.core.records import Failure, Source
from lookalike.transforms.ingest.archives.containers import list_members
from lookalike.transforms.io.archives import tar_headers, tars
from lookalike.transforms.io.archives.contents import read_member
from lookalike.transforms.io.archives.names import member_of
from lookalike.transforms.io.archives.tar_headers import SPARSE
from lookalike.transforms.io.archives.tars import list_tar

STYLES = [tarfile.USTAR_FORMAT, tarfile.GNU_FORMAT, tarfile.PAX_FORMAT]
FILES = {f"{name}.jpg": bytes([code]) * (300 * code) for code, name in enumerate("abcdef", 1)}


def packed(files, style=tarfile.GNU_FORMAT):
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", format=style) as archive:
        for name, data in files.items():
            info = data if isinstance(data, tarfile.TarInfo) else tarfile.TarInfo(name)
            info.name, data = name, b"" if isinstance(data, tarfile.TarInfo) else data
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
    return buffer.getvalue()


def special(kind, link=""):
    info = tarfile.TarInfo()
    info.type, info.linkname = kind, link
    return info


def members_of(data):
    with tarfile.open(fileobj=io.BytesIO(data)) as archive:
        return archive.getmembers()


def offset_of(data, name):
    return next(m.offset for m in members_of(data) if m.name == name)


def had(data, tmp_path):
    """Bytes of an archive -> the members that can be read, and the failures."""
    path = tmp_path / "a.tar"
    path.write_bytes(data)
    listed = list(list_members(Source(str(path), len(data), "", ""), lambda name: name.endswith(".jpg")))
    found = {member_of(one.uri).name: read_member(one) for one in listed if isinstance(one, Source)}
    return found, [one for one in listed if isinstance(one, Failure)]


@pytest.mark.parametrize("style", STYLES)
def test_a_bad_header_costs_its_member_alone_and_is_told_of(style, tmp_path):
    data = bytearray(packed(FILES, style))
    at = offset_of(bytes(data), "c.jpg")
    data[at + 10] ^= 255
    found, (failure,) = had(bytes(data), tmp_path)
    assert found == {name: value for name, value in FILES.items() if name != "c.jpg"}
    assert failure.uri == str(tmp_path / "a.tar") and failure.error == "bad_container"
    assert f"{at:,}" in failure.message and f"{offset_of(packed(FILES, style), 'd.jpg'):,}" in failure.message


def test_the_first_header_may_be_the_bad_one(tmp_path):
    data = bytearray(packed(FILES))
    data[5] ^= 255
    found, (failure,) = had(bytes(data), tmp_path)
    assert found == {name: value for name, value in FILES.items() if name != "a.jpg"} and "byte 0" in failure.message


@given(at=st.integers(0, 12_000), length=st.integers(1, 3000), byte=st.integers(1, 255))
def test_whatever_is_overwritten_nothing_else_is_lost_and_nothing_in_silence(at, length, byte, tmp_path_factory):
    whole = packed(FILES)
    data = whole[:at] + bytes([byte]) * min(length, max(0, len(whole) - at)) + whole[at + length :]
    found, failures = had(data, tmp_path_factory.mktemp("tar"))
    members = members_of(whole)
    untouched = {m.name for m in members if m.offset_data + m.size <= at or m.offset >= at + length}
    assert {name: FILES[name] for name in untouched} == {name: found.get(name) for name in untouched}
    missing = FILES.keys() - found.keys()
    assert not missing or failures


@given(size=st.integers(0, 16_000))
def test_wherever_it_is_cut_off_it_is_told(size, tmp_path_factory):
    whole = packed(FILES)
    members = members_of(whole)
    found, failures = had(whole[:size], tmp_path_factory.mktemp("tar"))
    assert found == {m.name: FILES[m.name] for m in members if m.offset_data + m.size <= size}
    assert failures or len(found) == len(FILES)


def test_joined_archives_are_read_to_the_last(tmp_path):
    first, second = dict(list(FILES.items())[:3]), dict(list(FILES.items())[3:])
    assert had(packed(first) + packed(second), tmp_path) == (FILES, [])
    cut = packed(first)[: offset_of(packed(first), "c.jpg") + 700]  # the joint at no multiple of a block
    found, failures = had(cut + packed(second), tmp_path)
    assert found.keys() >= FILES.keys() - {"c.jpg"} and failures
    assert {name: found[name] for name in second} == second


def test_links_are_what_they_refer_to(tmp_path):
    files = {
        "d/a.jpg": b"one",
        "hard.jpg": special(tarfile.LNKTYPE, "d/a.jpg"),
        "d/soft.jpg": special(tarfile.SYMTYPE, "../late.jpg"),
        "twice.jpg": special(tarfile.SYMTYPE, "d/soft.jpg"),
        "late.jpg": b"two",
        "out.jpg": special(tarfile.SYMTYPE, "/etc/passwd"),
        "loop.jpg": special(tarfile.SYMTYPE, "loop.jpg"),
        "pipe.jpg": special(tarfile.FIFOTYPE),
        "odd.jpg": special(b"Z"),
        "folder.jpg": special(tarfile.DIRTYPE),
    }
    found, failures = had(packed(files), tmp_path)
    assert found == {
        "d/a.jpg": b"one", "hard.jpg": b"one", "d/soft.jpg": b"two", "twice.jpg": b"two", "late.jpg": b"two"
    }  # fmt: skip
    assert {(member_of(f.uri).name, f.error) for f in failures} == {
        ("out.jpg", "bad_member"), ("loop.jpg", "bad_member"), ("pipe.jpg", "not_a_file"), ("odd.jpg", "bad_member")
    }  # fmt: skip


def test_a_name_twice_is_the_last_and_the_first_is_told_of(tmp_path):
    data = packed({"a.jpg": b"old"})[:1024] + packed({"a.jpg": b"new"})
    found, (failure,) = had(data, tmp_path)
    assert found == {"a.jpg": b"new"} and failure.error == "replaced"


def test_names_that_lead_elsewhere_are_only_names(tmp_path):
    files = {"/etc/a.jpg": b"1", "../../b.jpg": b"2", "./c.jpg": b"3", "x::y.jpg": b"4"}
    found, (failure,) = had(packed(files), tmp_path)
    assert found == {name: value for name, value in files.items() if "::" not in name}
    assert failure.error == "bad_name"


def pax(*records, kind=b"x"):
    """An extended header with records as they are given."""
    info = tarfile.TarInfo("pax")
    body = b"".join(records)
    info.type, info.size = kind, len(body)
    return info.tobuf(tarfile.USTAR_FORMAT) + body + bytes(-len(body) % 512)


def record(key, value):
    length = len(key) + len(value) + 3
    return f"{length + len(str(length + len(str(length))))} {key}={value}\n".encode()


def one(name, data):
    return packed({name: data})[: 512 + -(-len(data) // 512) * 512]


@pytest.mark.parametrize(
    "lie",
    [record("size", "-1024"), record("size", "99999999999999"), record("size", "abc"), b"7 size\n", b"999 size=1\n",
     b"0 size=1\n", b" size=1\n", record("size", "9" * 5000)],
)  # fmt: skip
def test_sizes_that_cannot_be_end_in_a_failure_and_not_in_a_loop(lie, tmp_path):
    data = one("a.jpg", b"1" * 600) + pax(lie) + one("b.jpg", b"2" * 600) + packed({"c.jpg": b"3" * 600})
    found, failures = had(data, tmp_path)
    assert found["a.jpg"] == b"1" * 600 and found["c.jpg"] == b"3" * 600 and failures


def test_a_size_that_swallows_members_does_not_hide_them(tmp_path):
    data = pax(record("size", "1500")) + one("a.jpg", b"1" * 600) + packed({"b.jpg": b"2" * 600, "c.jpg": b"3" * 600})
    found, failures = had(data, tmp_path)
    assert found["b.jpg"] == b"2" * 600 and found["c.jpg"] == b"3" * 600 and failures


def test_long_names_and_their_headers(tmp_path):
    name = "é/" * 90 + "a.jpg"
    for style in (tarfile.GNU_FORMAT, tarfile.PAX_FORMAT):
        assert had(packed({name: b"1", "b.jpg": b"2"}, style), tmp_path) == ({name: b"1", "b.jpg": b"2"}, [])
    sizes = pax(record("size", "1"), kind=b"g") + one("a.jpg", b"1")
    assert had(sizes + packed({"b.jpg": b"2"}), tmp_path)[0] == {"a.jpg": b"1", "b.jpg": b"2"}
    names = pax(record("path", "all.jpg"), kind=b"g") + pax(record("path", "own.jpg")) + one("a.jpg", b"1")
    found, _ = had(names + packed({"b.jpg": b"2"}), tmp_path)
    assert found == {"own.jpg": b"1", "all.jpg": b"2"}, "what a member says goes before what is said of all"
    chain = pax(record("path", "x.jpg")) * 100 + packed({"c.jpg": b"3"})
    found, failures = had(chain, tmp_path)
    assert b"3" in found.values() and failures


def test_sparse_files_are_told_of(tmp_path):
    sparse = pax(record("GNU.sparse.major", "1"), record("GNU.sparse.name", "s.jpg")) + one("x/s.jpg", b"1\n0\n1\n")
    old = tarfile.TarInfo("old.jpg")
    old.type = tarfile.GNUTYPE_SPARSE
    found, failures = had(sparse + old.tobuf(tarfile.GNU_FORMAT) + packed({"b.jpg": b"2"}), tmp_path)
    assert found == {"b.jpg": b"2"}
    assert [member_of(f.uri).name for f in failures] == ["s.jpg", "old.jpg"] and "sparse" in failures[0].message


def test_what_is_no_tar(tmp_path):
    for magic, word in ((b"\x1f\x8b", "gunzip"), (b"BZh", "bunzip2"), (b"\xfd7zXZ", "unxz"), (b"(\xb5/\xfd", "unzstd")):
        found, (failure,) = had(magic + b"1" * 2000, tmp_path)
        assert not found and failure.error == "bad_container" and word in failure.message
    for data in (b"", b"no tar at all" * 100, b"short"):
        found, failures = had(data, tmp_path)
        assert not found and failures[0].error == "bad_container"


def test_behind_the_end_there_may_be_anything(tmp_path):
    assert had(packed(FILES) + b"a signature" * 1000, tmp_path) == (FILES, [])


@pytest.mark.parametrize("name", FILES)
def test_holes_are_no_ends(name, tmp_path):
    data = bytearray(packed(FILES))
    at, size = offset_of(bytes(data), name), 512 + -(-len(FILES[name]) // 512) * 512
    data[at : at + size] = bytes(size)
    found, failures = had(bytes(data), tmp_path)
    assert found == {other: value for other, value in FILES.items() if other != name}
    assert failures or name == "f.jpg"  # zeros before the end are more of the end
    tail = packed(FILES)[:at] + bytes(200_000)  # the space was reserved, and then it was not filled
    found, (failure,) = had(tail, tmp_path)
    assert "zeros" in failure.message and "f.jpg" not in found


def test_damage_without_end_has_one(monkeypatch):
    monkeypatch.setattr(tars, "MOST_DAMAGES", 3)
    for module in (tars, tar_headers):
        monkeypatch.setattr(module, "PIECE", 4096)
    monkeypatch.setattr(tars, "MOST_ZEROS", 8192)
    member = bytearray(one("a.jpg", b"1"))
    member[3] ^= 255
    data = (bytes(member) + one("b.jpg", b"2")) * 10
    entries = list_tar(io.BytesIO(data))
    assert [e.name for e in entries if e.name] == ["b.jpg"] * 2 and "more than 3" in entries[-1].message
    entries = list_tar(io.BytesIO(one("a.jpg", b"1") + bytes(50_000) + one("b.jpg", b"2")))
    assert [e.name for e in entries] == ["a.jpg", ""] and "zeros" in entries[-1].message


def test_one_long_name_for_all_members_is_told_of_in_few_letters():
    name = b"a/" * 200_000 + b"a.jpg"
    record = b"400018 path=" + name + b"\n"
    link = b"400022 linkpath=" + name + b"\n"
    for said, kind in ((record, tarfile.REGTYPE), (link, tarfile.SYMTYPE)):
        assert len(said) == int(said.split()[0])
        common, member = tarfile.TarInfo("all"), tarfile.TarInfo("1.jpg")
        common.type, common.size, member.type = tarfile.XGLTYPE, len(said), kind
        head = common.tobuf(tarfile.USTAR_FORMAT) + said.ljust(-(-len(said) // 512) * 512, b"\0")
        entries = list_tar(io.BytesIO(head + member.tobuf(tarfile.USTAR_FORMAT) * 1000 + bytes(1024)))
        assert len(entries) == 1000 and all(entry.error and entry.name.endswith(".jpg") for entry in entries)
        assert max(len(entry.name) + len(entry.message) for entry in entries) < 300


def test_what_an_archive_says_of_all_its_members_is_kept_in_short():
    records = b"".join(b"31 GNU.sparse.%08d=0123456\n" % number for number in range(10_000))
    assert set(tar_headers._pax(records)) == {(SPARSE, "")}
