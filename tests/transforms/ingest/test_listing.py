import os
import socket
import tarfile
import time
import zipfile

import fsspec
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from fsspec.implementations.local import LocalFileSystem
from PIL import Image

from lookalike.transforms.core.records import Failure, Source
from lookalike.transforms.decoding.read_images import read_all
from lookalike.transforms.functional.images.formats.opened import OPENED
from lookalike.transforms.ingest.listing import ROWS, InputError, absolute, list_images
from lookalike.transforms.ingest.manifests.rows import read_manifest
from lookalike.transforms.ingest.selection.choice import Choice
from lookalike.transforms.ingest.selection.suffixes import IMAGE_SUFFIXES, OTHER_SUFFIXES
from lookalike.transforms.ingest.selection.tally import Tally, told
from lookalike.transforms.io.archives.names import member_of
from lookalike.transforms.storage import ranges
from lookalike.transforms.storage.folders import walk


def names(inputs):
    return [os.path.basename(record.uri) for record in list_images([str(i) for i in inputs])]


@pytest.fixture
def folder(tmp_path):
    for name in ("b.JPG", "a.png", "sub/c.WebP", "sub/deep/d.heic", ".hidden.jpg", ".cache/e.jpg", "notes.txt", "f"):
        (tmp_path / "in" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "in" / name).write_bytes(b"12345")
    return tmp_path / "in"


def test_folders_are_walked_in_order_without_hidden_and_other_files(folder):
    assert names([folder]) == ["a.png", "b.JPG", "c.WebP", "d.heic"]


def test_sources_tell_size_and_time(folder):
    os.utime(folder / "a.png", (86400, 86400))
    source = next(iter(list_images([str(folder)])))
    assert source == Source(str(folder / "a.png"), 5, "1970-01-02T00:00:00.000000+00:00", "")


def test_loops_of_links_end(folder):
    (folder / "sub" / "up").symlink_to(folder)
    (folder / "sub" / "self").symlink_to(folder / "sub")
    (folder / "dangling.jpg").symlink_to(folder / "nowhere")
    assert names([folder]).count("a.png") == 1


def test_every_suffix_of_a_format_that_is_opened_is_listed(tmp_path):
    suffixes = {suffix for suffix, name in Image.EXTENSION.items() if name in OPENED}
    assert len(suffixes) > 30 and suffixes <= IMAGE_SUFFIXES and not IMAGE_SUFFIXES & OTHER_SUFFIXES
    for suffix in IMAGE_SUFFIXES:
        (tmp_path / f"a{suffix.upper()}").write_bytes(b"1")
    assert len(names([tmp_path])) == len(IMAGE_SUFFIXES)


def test_a_disk_that_answers_a_moment_later_is_asked_again(folder, monkeypatch):
    info, asked = LocalFileSystem.info, []

    def busy(self, path, **options):
        asked.append(path)
        if len(asked) == 2:
            raise TimeoutError
        return info(self, path, **options)

    monkeypatch.setattr(LocalFileSystem, "info", busy)
    monkeypatch.setattr(time, "sleep", lambda _: None)
    assert names([folder / "a.png"]) == ["a.png"] and len(asked) == 3


def test_a_folder_that_is_called_like_an_image_is_a_folder(folder):
    (folder / "x.jpg").mkdir()
    (folder / "x.jpg" / "y.png").write_bytes(b"1")
    assert "y.png" in names([folder]) and "x.jpg" not in names([folder])


def test_globs_files_and_several_inputs(folder):
    assert names([folder / "*.png", folder / "f", folder / "sub"]) == ["a.png", "f", "c.WebP", "d.heic"]


def test_manifests_of_all_kinds(folder, tmp_path):
    (tmp_path / "m.txt").write_text(f"# images\nin/a.png\n\n{folder}/f\n")
    (tmp_path / "m.csv").write_text("id,Path\n1,in/b.JPG\n")
    pq.write_table(pa.table({"uri": ["in/sub/c.WebP", None]}), tmp_path / "m.parquet")
    assert names([tmp_path / "m.txt", tmp_path / "m.csv", tmp_path / "m.parquet"]) == ["a.png", "f", "b.JPG", "c.WebP"]


def test_a_manifest_row_that_is_not_there_is_a_failure(tmp_path):
    (tmp_path / "m.txt").write_text("gone.png\n")
    (record,) = list_images([str(tmp_path / "m.txt")])
    assert isinstance(record, Failure) and record.stage == "list" and record.uri.endswith("gone.png")


def test_a_name_that_is_no_text_is_a_failure(tmp_path):
    with open(os.path.join(os.fsencode(tmp_path), b"bad\xff.jpg"), "wb") as file:
        file.write(b"1")
    (record,) = list_images([str(tmp_path)])
    assert isinstance(record, Failure) and record.error == "bad_name" and "\\xff" in record.uri


def test_other_stores():
    fs = fsspec.filesystem("memory")
    fs.pipe_file("/shop/one.jpg", b"123")
    fs.pipe_file("/shop/more/two.png", b"4567")
    assert [r.uri for r in list_images(["memory://shop"])] == ["memory:///shop/one.jpg", "memory:///shop/more/two.png"]


@pytest.mark.parametrize(
    ("name", "message"), [("nowhere", "not found"), ("*.jpg", "no file matches"), ("m.csv", "no column of URIs")]
)
def test_wrong_inputs_are_named(tmp_path, name, message):
    (tmp_path / "m.csv").write_text("id,size\n1,2\n")
    with pytest.raises(InputError, match=message) as error:
        list(list_images([str(tmp_path / name)]))
    assert str(tmp_path) in str(error.value)


def failures(inputs):
    return {
        os.path.basename(r.uri): (r.error, r.message)
        for r in list_images(list(map(str, inputs)))
        if isinstance(r, Failure)
    }


@pytest.fixture
def odd(tmp_path, monkeypatch):
    """A folder of things that are named like images, and one that is one."""
    folder = tmp_path / "odd"
    folder.mkdir()
    (folder / "good.jpg").write_bytes(b"1")
    os.mkfifo(folder / "pipe.jpg")
    monkeypatch.chdir(folder)  # names of sockets are short
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind("socket.jpg")
    for name, target in (("zero", "/dev/zero"), ("broken", "nowhere"), ("loop", "loop.jpg"), ("soft", "good.jpg")):
        (folder / f"{name}.jpg").symlink_to(target)
    return folder


WRONG = {
    "pipe.jpg": ("not_a_file", "named pipe"),
    "socket.jpg": ("not_a_file", "socket"),
    "zero.jpg": ("not_a_file", "device"),
    "broken.jpg": ("broken_link", "'nowhere', which is not there"),
    "loop.jpg": ("broken_link", "back to itself"),
}


def test_what_is_no_file_is_told_of_and_never_opened(odd, tmp_path):
    (tmp_path / "m.txt").write_text("".join(f"odd/{name}\n" for name in ["good.jpg", "soft.jpg", *WRONG]))
    ways = (
        [odd],
        [odd / "*.jpg"],
        [odd / name for name in os.listdir(odd)],
        [tmp_path / "m.txt"],
        [tmp_path / "**/*.jpg"],
    )
    for inputs in ways:
        found = failures(inputs)
        assert found.keys() == WRONG.keys(), inputs
        for name, (error, word) in WRONG.items():
            assert found[name][0] == error and word in found[name][1], (inputs, name)
        assert sorted(n for n in names(inputs) if n not in WRONG) == ["good.jpg", "soft.jpg"]


def test_archives_tables_and_manifests_that_are_pipes(tmp_path):
    for name in ("a.tar", "b.zip", "c.parquet", "d.txt", "e.csv"):
        os.mkfifo(tmp_path / name)
        assert failures([tmp_path / name])[name][0] == "not_a_file"
    assert failures([tmp_path / "*"]).keys() == {"a.tar", "b.zip", "c.parquet"}


def test_folders_that_a_pattern_matches_are_told_of(folder):
    (folder / "x.jpg").mkdir()
    choice = Choice()
    listed = list(list_images([str(folder / "*")], choice))
    assert [(os.path.basename(r.uri), r.error) for r in listed if isinstance(r, Failure)] == [("x.jpg", "not_a_file")]
    assert choice.left_out.counts() == {"folder": 2, "": 1, ".txt": 1}
    (folder / "x.jpg" / "in.png").write_bytes(b"1")
    assert "in.png" in names([folder / "**"]) and not failures([folder / "**"])


def test_a_folder_that_cannot_be_looked_into_is_told_of(folder, monkeypatch):
    scandir, closed = os.scandir, {str(folder / "sub")}

    def guarded(path):
        if path in closed:
            raise PermissionError(13, "Permission denied", path)
        return scandir(path)

    monkeypatch.setattr(os, "scandir", guarded)
    assert failures([folder]) == failures([folder / "**"]) == {"sub": ("PermissionError", "Permission denied")}
    assert names([folder]) == ["a.png", "b.JPG", "sub"]
    closed.add(str(folder))
    for way in (folder, folder / "*.png"):
        with pytest.raises(InputError, match="Permission denied"):
            names([way])


def test_what_vanishes_while_it_is_listed_is_told_of(folder):
    records = list_images([str(folder)])
    assert next(records).uri.endswith("a.png")
    os.unlink(folder / "b.JPG")
    (gone,) = (r for r in records if isinstance(r, Failure))
    assert gone.uri.endswith("b.JPG") and gone.error == "FileNotFoundError"


NAMES = [
    "dbl::colon",
    "http:",
    "hash#1",
    "a%20b",
    "wh?t",
    "st*r",
    "[br]",
    "{cu}",
    "new\nline",
    " lead",
    "file:x",
    "~t",
    "-d",
]


def test_local_names_may_have_any_character(tmp_path):
    for name in NAMES:
        (tmp_path / "in" / name).mkdir(parents=True)
        (tmp_path / "in" / name / f"{name}.jpg").write_bytes(name.encode())
        with zipfile.ZipFile(tmp_path / "in" / name / f"{name}.zip", "w") as archive:
            archive.writestr("z.jpg", name.encode())
    everything = list(list_images([str(tmp_path / "in")]))
    assert {r.uri: data for r, data in read_all(everything, 100, 1)} == {
        str(tmp_path / "in" / name / f"{name}.jpg"): name.encode() for name in NAMES
    }
    for name in NAMES:
        place = tmp_path / "in" / name
        assert (
            names([place]) == names([place / f"{name}.jpg"]) == names([f"file://{place}/{name}.jpg"]) == [f"{name}.jpg"]
        )
        (member,) = list_images([str(place / f"{name}.zip")])
        assert member_of(member.uri) == ("zip", "z.jpg", str(place / f"{name}.zip"))
        assert dict(read_all([member], 100, 1)) == {member: name.encode()}
        assert list(list_images([member.uri])) == [member]
    (tmp_path / "in" / "m.txt").write_text("".join(f"{name}/{name}.jpg\n" for name in NAMES if "\n" not in name))
    assert names([tmp_path / "in" / "m.txt"]) == [f"{name}.jpg" for name in NAMES if "\n" not in name]


def test_relative_names_that_look_like_urls(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name in ("a::b.jpg", "file:c.jpg", "s3:d.jpg"):
        (tmp_path / name).write_bytes(b"1")
        assert names([name]) == [name]
    assert absolute("s3://b/a::b.jpg") == "s3://b/a::b.jpg" and absolute("file:///a//b/../c") == "/a/c"


def test_names_on_stores_may_have_colons():
    fs = fsspec.filesystem("memory")
    fs.pipe_file("/colons/a::b/c::d.jpg", b"123")
    (source,) = list_images(["memory://colons"])
    assert list(list_images([source.uri])) == [source] and dict(read_all([source], 9, 2)) == {source: b"123"}


def test_what_is_there_wins_over_a_pattern(tmp_path):
    for name in ("x[1]/a[2].jpg", "x1/a2.jpg"):
        (tmp_path / name).parent.mkdir()
        (tmp_path / name).write_bytes(b"1")
    assert names([tmp_path / "x[1]"]) == names([tmp_path / "x[1]" / "a[2].jpg"]) == ["a[2].jpg"]
    assert names([tmp_path / "x[12]" / "*"]) == ["a2.jpg"] and names([tmp_path / "x[1]" / "*"]) == ["a[2].jpg"]


def test_patterns(folder):
    assert names([folder / "**"]) == names([folder / "**" / "*"]) != []
    assert names([folder / "**" / "*.heic"]) == names([folder / "*" / "d?ep" / "[a-e].heic"]) == ["d.heic"]
    assert names([folder / ".cache" / "*"]) == ["e.jpg"] and names([folder / ".*"]) == [".hidden.jpg"]
    (folder / "sub" / "up").symlink_to(folder)
    assert names([folder / "**" / "a.png"]) == ["a.png"]
    for pattern in ("**.jpg", "nothing/*.jpg", "sub/*/none.*"):
        with pytest.raises(InputError, match=r"no file matches|can't be read") as error:
            names([folder / pattern])
        assert pattern in str(error.value)


def test_names_that_are_no_text_by_every_way(tmp_path):
    bad = os.path.join(os.fsencode(tmp_path), b"bad\xff")
    os.mkdir(bad)
    for name in (b"a.jpg", b"b\xfe.jpg"):
        with open(os.path.join(bad, name), "wb") as file:
            file.write(b"1")
    with tarfile.open(os.path.join(bad, b"t.tar"), "w") as archive:
        archive.add(os.path.join(bad, b"a.jpg"), "a.jpg")
    for way in (tmp_path, tmp_path / "*" / "*.jpg", tmp_path / "**", os.fsdecode(os.path.join(bad, b"a.jpg"))):
        records = list(list_images([str(way)]))
        assert records and {r.error for r in records} == {"bad_name"} and all(r.uri.encode() for r in records)
    (record,) = list_images([str(tmp_path / "*" / "*.tar")])
    assert record.error == "bad_name" and record.uri.endswith("bad\\xff/t.tar")


def test_times_beyond_the_calendar(folder, monkeypatch):
    for when in (-1e12, 1e18, 4102444800):
        monkeypatch.setattr(walk, "source_of", lambda fs, info, when=when: real(fs, {**info, "mtime": when}))
        assert len(next(iter(list_images([str(folder)]))).modified) in (0, 32)


real = walk.source_of


def test_what_is_left_out_is_counted(folder, tmp_path):
    with tarfile.open(tmp_path / "a.tar", "w") as archive:
        for name in ("a.png", "notes.txt", "f", ".hidden.jpg"):
            archive.add(folder / name, name)
    (tmp_path / "m.csv").write_text('uri\nin/a.png\n\n""\n')
    choice = Choice()
    listed = list(list_images([str(folder), str(tmp_path / "a.tar"), str(tmp_path / "m.csv")], choice))
    assert len(listed) == 6
    assert choice.left_out.counts() == {"hidden": 3, "": 2, ".txt": 2, "empty row": 1}


def test_kinds_of_what_is_left_out_are_bounded():
    tally = Tally()
    for number in range(3000):
        tally.add(f"a.s{number}")
    tally.add("a." + "x" * 50)
    tally.add("a.\x1b[2J")
    tally.add("a.b\nc")
    assert len(tally.counts()) == 1001 and tally.counts()["other"] == 2003
    odd = Tally()
    odd.add("a.\x1b[2J")
    odd.add("a.gif.part")
    assert told(odd.counts(), "left out") == "2 files were left out: 1 .part, 1 other"


def test_a_large_flat_folder_is_listed_a_name_at_a_time(tmp_path, monkeypatch):
    """Only names are held; what else is to be known of a file is asked when its turn comes."""
    for number in range(300):
        (tmp_path / f"{number:03}.jpg").write_bytes(b"")
    looked = []
    monkeypatch.setattr(walk, "source_of", lambda fs, info: looked.append(1) or real(fs, info))
    records = list_images([str(tmp_path)])
    for _ in range(10):
        next(records)
    assert len(looked) == 10 and len(list(records)) == 290


# manifests


def test_encodings_that_a_mark_tells(folder, tmp_path):
    (folder / "é.png").write_bytes(b"1")
    for encoding in ("utf-8", "utf-8-sig", "utf-16", "utf-32"):
        for suffix, text in ((".txt", "in/é.png\r\nin/a.png\r\n"), (".csv", "uri,n\r\nin/é.png,1\r\nin/a.png,2\r\n")):
            path = tmp_path / f"{encoding}{suffix}"
            path.write_bytes(text.encode(encoding))
            assert names([path]) == ["é.png", "a.png"], path
    for mark, encoding in ((b"\xfe\xff", "utf-16-be"), (b"\xff\xfe", "utf-16-le")):
        (tmp_path / "m.txt").write_bytes(mark + "in/é.png".encode(encoding))
        assert names([tmp_path / "m.txt"]) == ["é.png"]


@pytest.mark.parametrize(
    ("name", "data", "words"),
    [
        ("m.txt", b"in/a.png\nin/\xe9.png\n", "not UTF-8: .*m.txt, line 2: byte 0xe9.*Save it as UTF-8"),
        ("m.csv", b"uri\nin/a.png\nin/\xe9.png\n", "not UTF-8: .*m.csv, line 3"),
        ("m.txt", "in/a.png".encode("utf-16-le"), "m.txt, line 1 holds a NUL.*byte order mark"),
        ("m.txt", b"\xff\xfea\x00\n\x00b", "m.txt, after line 1"),
        ("m.txt", b"x" * 2_000_000, "m.txt, line 1 is too long"),
        ("m.csv", b"uri,uri\na,b\n", "2 columns named 'uri': .*m.csv; rename all but one"),
        ("m.csv", b"Path,path \na,b\n", "2 columns named 'path'"),
        ("m.csv", b"", "manifest is empty: .*m.csv"),
        ("m.csv", b'uri\n"open', "m.csv, line 2"),
        ("m.csv", b"uri\n" + b"y" * 200_000, "m.csv, line 2"),
        ("m.csv", b"a;b\n1;2\n", "no column of URIs: .*m.csv has a;b; .*divide them by commas"),
        ("m.parquet", b"PAR1 and no more", ""),
    ],
)
def test_manifests_that_cannot_be_read_are_one_line(name, data, words, tmp_path):
    (tmp_path / name).write_bytes(data)
    if name.endswith(".parquet"):
        assert failures([tmp_path / name])[name][0] == "bad_container"
        return
    with pytest.raises(InputError, match=words) as error:
        list(list_images([str(tmp_path / name)]))
    assert "\n" not in str(error.value) and str(tmp_path) in str(error.value)


def test_tables_that_name_images(folder, tmp_path):
    for kind in (pa.string(), pa.large_string(), pa.string_view(), pa.dictionary(pa.int8(), pa.string())):
        pq.write_table(
            pa.table({"n": [1], "uri": pa.array(["in/a.png"], pa.string()).cast(kind)}), tmp_path / "m.parquet"
        )
        assert names([tmp_path / "m.parquet"]) == ["a.png"]
    for column in (pa.array([1]), pa.array([b"x"]), pa.array([["x"]])):
        pq.write_table(pa.table({"uri": column}), tmp_path / "m.parquet")
        with pytest.raises(InputError, match=r"column 'uri' of .*m.parquet holds .*, not text"):
            names([tmp_path / "m.parquet"])


def test_quotes_and_short_rows(folder, tmp_path):
    (folder / 'a "b", c.png').write_bytes(b"1")
    (folder / "two\nlines.png").write_bytes(b"1")
    text = 'n,uri\n1,"in/a ""b"", c.png"\n2\n3,"in/two\nlines.png"\n'
    (tmp_path / "m.csv").write_text(text)
    assert names([tmp_path / "m.csv"]) == ['a "b", c.png', "two\nlines.png"]


def test_rows_are_told_of_by_manifest_and_number(folder, tmp_path):
    (folder / " lead.png").write_bytes(b"1")
    with tarfile.open(tmp_path / "t.tar", "w") as archive:
        archive.add(folder / "a.png", "member.png")
    rows = [
        "in/gone.png",
        "in",
        "m.txt",
        "t.tar",
        "tar://no.png::t.tar",
        " in/a.png ",
        "in/ lead.png",
        "s9://x/y.jpg",
        "x" * 300,
    ]
    (tmp_path / "m.txt").write_text("# first\n" + "\n".join(rows))
    listed = list(list_images([str(tmp_path / "m.txt")]))
    assert [os.path.basename(r.uri) for r in listed if isinstance(r, Source)] == ["t.tar", "a.png", " lead.png"]
    told = [(r.error, r.message) for r in listed if isinstance(r, Failure)]
    assert [error for error, _ in told] == [
        "FileNotFoundError", "not_a_file", "not_a_file", "FileNotFoundError", "UnknownStoreError", "OSError"
    ]  # fmt: skip
    assert [
        f"row {n} of {tmp_path}/m.txt: " in message for n, (_, message) in zip((2, 3, 4, 6, 9, 10), told, strict=True)
    ] == [True] * 6
    assert "itself" in told[2][1] and "a folder" in told[1][1]


def test_a_manifest_of_any_length_is_read_as_it_goes(folder, tmp_path, monkeypatch):
    (tmp_path / "m.txt").write_text("in/a.png\n" * 20_000)
    begun = []
    monkeypatch.setattr(walk, "source_of", lambda fs, info: begun.append(1) or real(fs, info))
    records = list_images([str(tmp_path / "m.txt")])
    next(records)
    assert len(begun) <= 1 + 2 * ROWS  # the manifest itself, and rows
    records.close()


@pytest.mark.parametrize("name", ["s9://bucket", "a\0b", "x" * 300, "memory://none/at-all"])
def test_inputs_that_cannot_be_are_one_line(name):
    with pytest.raises(InputError, match=r"input (not found|can't be read)") as error:
        list(list_images([name]))
    assert name in str(error.value) and "\n" not in str(error.value)


def test_a_store_is_asked_by_ranges_and_patiently(monkeypatch):
    fs = fsspec.filesystem("memory")
    monkeypatch.setattr(ranges, "AT_ONCE", 100)
    fs.pipe_file("/ranges/a.bin", bytes(range(250)))
    asked = []
    cat = type(fs).cat_file

    def busy(self, path, start=None, end=None, **options):
        asked.append((start, end))
        if len(asked) % 2:
            raise ConnectionResetError
        return cat(self, path, start, end, **options)

    monkeypatch.setattr(type(fs), "cat_file", busy)
    monkeypatch.setattr(time, "sleep", lambda _: None)
    with ranges.open_ranges("memory://ranges/a.bin") as file:
        assert file.seek(-50, 2) == 200 and file.read() == bytes(range(200, 250)) and file.tell() == 250
        assert file.seek(10) == 10 and file.read(5) == bytes(range(10, 15))
    assert all(end - start <= 100 for start, end in asked)


@pytest.mark.parametrize("suffix", ["txt", "parquet"])
def test_a_name_too_long_for_a_file_is_told_in_few_letters(suffix, tmp_path):
    names = ["a" * 100_000 + ".jpg"] * 1000
    if suffix == "txt":
        (tmp_path / "m.txt").write_text("\n".join(names))
    else:
        pq.write_table(pa.table({"uri": names}), tmp_path / "m.parquet")
    records = list(list_images([str(tmp_path / f"m.{suffix}")]))
    assert [record.error for record in records] == ["bad_name"] * 1000
    assert records[-1].message.startswith("row 1,000 of ") and records[-1].message.endswith("100,004 characters")
    assert len(records[-1].uri) < 200


def test_a_text_that_a_table_repeats_is_held_once(tmp_path):
    before = pa.total_allocated_bytes()
    pq.write_table(pa.table({"uri": ["a" * 100_000] * 800}), tmp_path / "m.parquet")
    rows = read_manifest(str(tmp_path / "m.parquet"))
    assert len(next(rows).name) == 100_000
    assert pa.total_allocated_bytes() - before < 20_000_000
    rows.close()
