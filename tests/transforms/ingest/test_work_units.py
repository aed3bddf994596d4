"""What moved since an earlier audit: recognised by content, in work that grows with what moved."""

import hashlib
from collections import Counter

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lookalike.transforms.core.keys import key_of
from lookalike.transforms.core.partitions import part_of
from lookalike.transforms.core.records import NOTHING_VANISHED, Chunk, Failure, Moved, Source
from lookalike.transforms.core.schemas import fingerprints_schema
from lookalike.transforms.decoding.read_images import ReadImages, _Read
from lookalike.transforms.fingerprinting import fingerprints_table as fingerprints
from lookalike.transforms.fingerprinting.fingerprints_table import kept_rows
from lookalike.transforms.functional.images.pixels.detail import Detail
from lookalike.transforms.ingest.work_units import (
    GONE,
    Commit,
    Known,
    commit_path,
    gone_from,
    indexed,
    read_commit,
    sources_digest,
)
from lookalike.transforms.io.parquet_sink import table_of, write_table
from lookalike.transforms.storage.writing import write_bytes
from tests.synthetic import draw_picture, encoded

DIMS = PERMUTATIONS = 4
SCHEMA = fingerprints_schema(DIMS, PERMUTATIONS)
PARTS = 4


def content(name):
    return hashlib.blake2b(name.encode(), digest_size=32).digest()


def row(uri, size=-1, held=None):
    """Of the fingerprints table; the width tells which row it was."""
    vector, words = np.zeros(DIMS, np.float16), np.zeros(PERMUTATIONS, np.uint32)
    own = content(uri) if held is None else held
    made = vector, words, words, 0, b"", 0, 0, b"", b"", 1.0
    return (uri, size, "", "", "", own, own, len(uri), 1, "JPEG", False, 1, "RGB", *Detail(8), *made)


def earlier_audit(root, rows):
    """Rows as the fingerprints table of an earlier audit."""
    paths = []
    for part in range(PARTS):
        chosen = sorted(one for one in rows if part_of(key_of(one[0]), PARTS) == part)
        path = f"fingerprints/{part}.parquet"
        write_table(str(root), path, table_of(chosen, SCHEMA))
        paths.append(f"{root}/{path}")
    return Known(paths, "2000")


def chunk(**fields):
    empty = Chunk(0, "", 0, [], NOTHING_VANISHED, [], [], [], [], None, [])
    return empty._replace(**fields)


def index_of(known, sources):
    """The index of what vanished, as a pipeline makes it, and how many bytes it shuffled."""
    packed = [
        gone_from((part, [s for s in sources if part_of(key_of(s.uri), PARTS) == part]), known, PARTS)[1]
        for part in range(PARTS)
    ]
    return indexed(packed), sum(map(len, packed))


@given(st.lists(st.tuples(st.integers(0, 9), st.integers(0, 5)), max_size=30), st.integers(0, 8), st.randoms())
def test_the_index_knows_each_content_by_its_first_part(gone, most, random):
    records = [(content(str(number)), part) for number, part in gone]
    random.shuffle(records)
    found = indexed([np.array(records[:7], GONE).tobytes(), np.array(records[7:], GONE).tobytes()], most)
    known = sorted({number for number, _ in gone}, key=lambda number: content(str(number)))
    for place, number in enumerate(known):
        first = min(part for other, part in gone if other == number)
        assert found.part_of(content(str(number))) == (first if place < most else None)
    assert found.part_of(content("another")) is None


def test_contents_that_share_half_of_what_is_kept_are_told_apart():
    alike = [b"same8byt" + bytes([other]) * 24 for other in range(5)]
    found = indexed([np.array([(one, part) for part, one in enumerate(alike)], GONE).tobytes()])
    assert [found.part_of(one) for one in alike] == list(range(5))
    assert found.part_of(b"same8byt" + bytes([9]) * 24) is None


def test_what_is_sent_of_renames_grows_with_the_renames(tmp_path):
    """All of one size, as rows of Parquet files are, whose sizes are unknown."""
    sent = {}
    for count in (100, 400):
        known = earlier_audit(tmp_path / str(count), [row(f"/old/{number}") for number in range(count)])
        found, sent[count] = index_of(known, [Source(f"/new/{n}", -1, "", "") for n in range(count)])
        assert len(found.heads) == count
        assert all(found.part_of(content(f"/old/{n}")) == part_of(key_of(f"/old/{n}"), PARTS) for n in range(count))
        assert sum(column.nbytes for column in found) == 20 * count
    assert sent[400] == 4 * sent[100]


def test_what_is_still_there_or_new_has_not_vanished(tmp_path):
    known = earlier_audit(tmp_path, [row("/a"), row("/b"), row("/c")])
    found, _ = index_of(known, [Source("/b", 7, "", ""), Source("/d", -1, "", "")])
    assert sorted(found.heads.tolist()) == sorted(int.from_bytes(content(uri)[:8], "big") for uri in ("/a", "/c"))


def test_each_part_is_read_once_for_all_that_moved(tmp_path, monkeypatch):
    uris = [f"/old/{'x' * (number % 7)}{number}" for number in range(60)]
    known = earlier_audit(tmp_path, [row(uri) for uri in uris] + [row("/copy", held=content(uris[0]))])
    read = Counter()
    real = fingerprints.read_parquet
    monkeypatch.setattr(fingerprints, "read_parquet", lambda path: (read.update([path]), real(path))[1])
    moved = [
        Moved(Source(f"/new/{number}", number, "2020", f"e{number}"), content(uri), part_of(key_of(uri), PARTS))
        for number, uri in enumerate(uris)
    ]
    rows = pa.concat_tables(kept_rows(chunk(moved=moved), known, PARTS, SCHEMA)).to_pylist()
    assert set(read.values()) == {1}
    rows.sort(key=lambda one: one["bytes"])
    names = ("uri", "bytes", "modified", "etag", "file")
    assert [tuple(one[name] for name in names) for one in rows] == [m.source.row for m in moved]
    assert [one["content_hash"] for one in rows] == [m.content_hash for m in moved]
    assert [one["width"] for one in rows[1:]] == [len(uri) for uri in uris[1:]]


def test_a_vanished_image_is_not_decoded_again(tmp_path):
    data = [encoded(draw_picture(number, 64, 48)) for number in range(2)]
    sources = []
    for number, some in enumerate(data):
        path = tmp_path / f"{number}.jpg"
        path.write_bytes(some)
        sources.append(Source(str(path), len(some), "", ""))
    known = hashlib.blake2b(data[0], digest_size=32).digest()
    vanished = indexed([np.array([(known, 3)], GONE).tobytes()])
    reader = _Read(ReadImages())
    reader.setup()
    (done,) = reader.process(chunk(sources=sources, vanished=vanished))
    assert done.moved == [Moved(sources[0], known, 3)]
    assert [image.source for image in done.images] == sources[1:]


def test_a_resumed_chunk_tells_what_the_first_try_told(tmp_path):
    """How many images are as they were decides whether the whole corpus is matched again."""
    part = write_table(str(tmp_path), "fingerprints/x", pa.table({"uri": ["/v"]}))
    commit = Commit(part, 9, 3, [Failure("/u", "read", "E", "m")])
    write_bytes(commit_path(str(tmp_path), 0), commit.dumped("digest"))
    assert read_commit(str(tmp_path), 0, "digest") == commit
    (tmp_path / "fingerprints" / "x").write_bytes(b"")  # it was not on the disk yet when the power went
    assert read_commit(str(tmp_path), 0, "digest") is None
    assert read_commit(str(tmp_path), 0, "another") is None


WAS = Source("/a", 9, "2020-01-01T10:00:00", "", file="7:2")


@pytest.mark.parametrize(
    ("was", "now", "is_known"),
    [
        (WAS, WAS, True),
        (WAS, WAS._replace(at="12:34"), True),  # where it lies in an archive is no matter of what it is
        (WAS, WAS._replace(uri="/b"), False),
        (WAS, WAS._replace(bytes=8), False),
        (WAS, WAS._replace(modified="2019-01-01T10:00:00"), False),
        (WAS, WAS._replace(etag="e"), False),
        (WAS, WAS._replace(file=""), False),
        # written while the earlier audit was listing: perhaps once more since then, within one tick of the clock
        (WAS._replace(modified="2020-01-01T12:00:00"), WAS._replace(modified="2020-01-01T12:00:00"), False),
        (WAS._replace(modified="2020-01-02"), WAS._replace(modified="2020-01-02"), False),
        (WAS._replace(modified=""), WAS._replace(modified=""), False),
        # a version says what a time does not
        (WAS._replace(modified="2020-01-02", etag="e"), WAS._replace(modified="2020-01-02", etag="e"), True),
        (WAS._replace(modified="", etag="e"), WAS._replace(modified="", etag="e"), True),
    ],
)
def test_what_counts_as_unchanged(was, now, is_known):
    known = Known((), "2020-01-01T12:00:00")
    assert known.holds(now, {was.uri: (was, b"")}) == is_known


def test_a_chunk_is_done_again_where_anything_differs_that_it_was_made_from():
    made = sources_digest([WAS], "configuration", 8)
    assert made == sources_digest([WAS], "configuration", 8)
    others = [([WAS, WAS], "configuration", 8), ([WAS], "another", 8), ([WAS], "configuration", 16)]
    others += [([WAS._replace(**{name: "x"})], "configuration", 8) for name in ("uri", "modified", "etag", "at")]
    assert made not in [sources_digest(*other) for other in others]
