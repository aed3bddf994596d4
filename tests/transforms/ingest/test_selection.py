"""Files whose names say nothing, listed by their first bytes where that is asked for."""

import io
import os
import tarfile
import threading
import zipfile

import fsspec
import pytest

from lookalike.transforms.core.records import Failure, Source
from lookalike.transforms.decoding.read_images import read_all
from lookalike.transforms.ingest.listing import InputError, list_images
from lookalike.transforms.ingest.selection import choice as choosing
from lookalike.transforms.ingest.selection.choice import Choice
from lookalike.transforms.io.archives import contents
from tests.synthetic import draw_picture, encoded

JPEG = encoded(draw_picture(3, 120, 90))
FILES = {
    "a.jpg": JPEG,
    "bare": JPEG,
    "b.gif.part": JPEG[:4000],
    "c.2019": JPEG,
    "d.JPG~": JPEG,
    "sub/e": JPEG,
    "empty": b"",
    "README": b"BMW is no bitmap",
    "f.part": b"\0" * 999,
    "g.txt": JPEG,
    "h.crw": JPEG,
    ".hidden": JPEG,
}
TAKEN = ["a.jpg", "b.gif.part", "bare", "c.2019", "d.JPG~", "sub/e"]
SNIFFED = {"": 2, ".2019": 1, ".jpg~": 1, ".part": 1}
LEFT_OUT = {"": 2, ".crw": 1, ".part": 1, ".txt": 1, "hidden": 1}


def chosen(inputs, sniff=True):
    """Records, counts of what was taken for its first bytes, and of what was left out."""
    choice = Choice(sniff)
    records = list(list_images([str(name) for name in inputs], choice))
    return records, choice.sniffed.counts(), choice.left_out.counts()


def fill(folder):
    for name, data in FILES.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(data)
    return folder


def pack_tar(path, files=FILES):
    with tarfile.open(path, "w") as archive:
        for name, data in files.items():
            info = tarfile.TarInfo(name)
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
    return path


def pack_zip(path, how):
    with zipfile.ZipFile(path, "w", how) as archive:
        for name, data in FILES.items():
            archive.writestr(name, data)
    return path


@pytest.fixture
def places(tmp_path):
    """The same files in a folder, archives and a store, and patterns for them: each way with the prefix of URIs."""
    fill(tmp_path / "in")
    fs = fsspec.filesystem("memory")
    for name, data in FILES.items():
        fs.pipe_file(f"/sniffed/in/{name}", data)
    tar = pack_tar(tmp_path / "a.tar")
    stored, packed = (
        pack_zip(tmp_path / "b.zip", zipfile.ZIP_STORED),
        pack_zip(tmp_path / "c.zip", zipfile.ZIP_DEFLATED),
    )
    for path in (tar, stored, packed):
        fs.pipe_file(f"/sniffed/{path.name}", path.read_bytes())
    yield (
        [tmp_path / "in", "memory://sniffed/in"],
        [
            *(tar, stored, packed),
            *("memory://sniffed/a.tar", "memory://sniffed/b.zip", "memory://sniffed/c.zip"),
        ],
    )
    fs.rm("/sniffed", recursive=True)


def base(uri):
    return uri.partition("::")[0].rpartition("://")[2].rpartition("/in/")[2]


def test_folders_archives_and_stores_give_the_same(places):
    folders, archives = places
    for way in (*folders, *archives):
        records, sniffed, left_out = chosen([way])
        assert sorted(base(record.uri) for record in records) == TAKEN, way
        assert sniffed == SNIFFED and left_out == LEFT_OUT
        assert records == chosen([way])[0] and all(isinstance(record, Source) for record in records)
        contents = {base(source.uri): data for source, data in read_all(records, 1 << 20, 4)}
        assert contents == {name: FILES[name] for name in TAKEN}
        plain, sniffed, left_out = chosen([way], sniff=False)
        assert [base(record.uri) for record in plain] == ["a.jpg"] and not sniffed
        assert sum(left_out.values()) == len(FILES) - 1


def test_patterns_look_into_what_they_match(places):
    folders, _ = places
    for way in folders:
        records, sniffed, left_out = chosen([f"{way}/*"])
        names = [".hidden", *(name for name in TAKEN if "/" not in name)]  # as patterns take hidden images, too
        assert [base(record.uri) for record in records] == names
        assert sniffed == SNIFFED | {"": 1, "hidden": 1}
        assert left_out == {"": 2, ".crw": 1, ".part": 1, ".txt": 1, "folder": 1}
    everything = [f"{folders[0].parent}/**", f"{folders[0].parent}/*.tar"]
    # a folder with a hidden file, and three archives, one of them twice
    assert len(chosen(everything)[0]) == 5 * len(TAKEN) + 1


def test_no_more_than_a_beginning_is_read(places, monkeypatch):
    asked = []

    def counted(uri, start, size):
        asked.append(size)
        return read(uri, start, size)

    read = choosing.read_range
    monkeypatch.setattr(choosing, "read_range", counted)
    monkeypatch.setattr(contents, "read_range", counted)
    folders, archives = places
    for way, most, looks in ((folders[0], 256, 7), (archives[0], 256, 7), (archives[2], 2048, 14 + 2)):
        asked.clear()
        chosen([way])
        assert 0 < len(asked) <= looks and max(asked) <= most
        asked.clear()
        chosen([way], sniff=False)
        assert not asked


@pytest.mark.parametrize("way", ["memory://waiting/in", "memory://waiting/a.tar"])
def test_a_store_is_asked_for_several_beginnings_at_once(way, monkeypatch):
    """Each request waits for another one: one after another, they would wait for ever."""
    files = {f"{number:02}": JPEG if number % 3 else b"text" for number in range(32)}
    fs = fsspec.filesystem("memory")
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as archive:
        for name, data in files.items():
            fs.pipe_file(f"/waiting/in/{name}", data)
            info = tarfile.TarInfo(name)
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
    fs.pipe_file("/waiting/a.tar", buffer.getvalue())
    both = threading.Barrier(2)

    def met(uri, start, size):
        both.wait(20)
        return read(uri, start, size)

    read = choosing.read_range
    monkeypatch.setattr(choosing, "read_range", met)
    monkeypatch.setattr(contents, "read_range", met)
    records, _, left_out = chosen([way])
    assert [base(record.uri) for record in records] == [name for name, data in files.items() if data == JPEG]
    assert left_out == {"": 11}
    fs.rm("/waiting", recursive=True)


def test_what_cannot_be_looked_into_is_told_of(tmp_path, monkeypatch):
    def closed(path, *more):
        if path.endswith("bare"):
            raise PermissionError(13, "Permission denied", path)
        return read(path, *more)

    read = choosing.read_range
    monkeypatch.setattr(choosing, "read_range", closed)
    fill(tmp_path / "in")
    for way in (tmp_path / "in", tmp_path / "in" / "b*"):
        (failure,) = (record for record in chosen([way])[0] if isinstance(record, Failure))
        assert failure == Failure(
            str(tmp_path / "in" / "bare"), "list", "PermissionError", "can't be looked into: Permission denied"
        )


def test_pipes_and_links_to_nothing_are_no_images(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "link").symlink_to("nowhere")
    (tmp_path / "good").write_bytes(JPEG)
    for way in (tmp_path, tmp_path / "*"):
        records, sniffed, left_out = chosen([way])
        assert [os.path.basename(record.uri) for record in records] == ["good"]
        assert (sniffed, left_out) == ({"": 1}, {"": 2})


def test_members_that_cannot_be_had(tmp_path):
    """Names that divide, names that come twice, and members that are damaged: only what is an image matters."""
    with tarfile.open(tmp_path / "a.tar", "w") as archive:
        for name, data in (
            ("twice", JPEG),
            ("twice", JPEG),
            ("x::y", JPEG),
            ("text", b"1"),
            ("text", b"2"),
            ("p::q", b""),
        ):
            info = tarfile.TarInfo(name)
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
        link = tarfile.TarInfo("link")
        link.type, link.linkname = tarfile.SYMTYPE, "twice"
        archive.addfile(link)
        device = tarfile.TarInfo("device")
        device.type = tarfile.CHRTYPE
        archive.addfile(device)
    records, sniffed, left_out = chosen([tmp_path / "a.tar"])
    told = [(base(record.uri), getattr(record, "error", "")) for record in records]
    assert told == [("twice", "replaced"), ("twice", ""), ("x", "bad_name"), ("link", "")]
    assert (sniffed, left_out) == ({"": 4}, {"": 4})
    data = bytearray(pack_zip(tmp_path / "b.zip", zipfile.ZIP_DEFLATED).read_bytes())
    data[data.index(b"PK\3\4", 10)] ^= 255  # the header of the second member, `bare`
    (tmp_path / "b.zip").write_bytes(data)
    (failure,) = (record for record in chosen([tmp_path / "b.zip"])[0] if isinstance(record, Failure))
    assert base(failure.uri) == "bare" and "changed" in failure.message


def test_a_folder_of_archives_and_of_images_by_their_bytes(tmp_path):
    pack_tar(tmp_path / "a.tar")
    (tmp_path / "text").write_bytes(b"no image")
    with pytest.raises(InputError, match="holds no images"):
        chosen([tmp_path])
    (tmp_path / "bare").write_bytes(JPEG)
    assert len(chosen([tmp_path])[0]) == 1
