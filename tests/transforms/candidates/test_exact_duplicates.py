"""The images that others stand for: found among all of the corpus in steps that hardly grow with it."""

import pickle
from pathlib import Path

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lookalike.transforms.candidates import followers as kept
from lookalike.transforms.candidates.exact_duplicates import CollapseDuplicates
from lookalike.transforms.candidates.followers import NOBODY_FOLLOWS, FollowerFiles, keys_within
from lookalike.transforms.candidates.sets import FolderSets
from lookalike.transforms.clustering.keep_policy import Policy
from lookalike.transforms.core.keys import KEY_BYTES, key_of
from lookalike.transforms.core.settings.collapse import CollapseSettings

KEYS = st.lists(st.binary(min_size=KEY_BYTES, max_size=KEY_BYTES), unique=True, max_size=40)


@given(KEYS, KEYS)
def test_those_within_the_range_of_some_keys(followers, keys):
    found = keys_within(b"".join(sorted(followers)), keys)
    assert found == {key for key in followers if keys and min(keys) <= key <= max(keys)}


def written(files, *several):
    """Some lists of keys as the stage writes them."""
    divided = [files.divide(keys) for keys in several]
    return [files.write(number, [some[number] for some in divided if number in some]) for number in range(files.count)]


@pytest.mark.parametrize("count", [1, 4, 64])
def test_a_worker_reads_the_files_of_its_own_range_alone(tmp_path, monkeypatch, count):
    files = FollowerFiles(str(tmp_path), "followers", count)
    keys = sorted(key_of(str(number)) for number in range(400))
    assert sum(written(files, keys[::4], keys[2::4])) == 200
    own = keys[120:170]
    read = []
    monkeypatch.setattr(kept, "read_file", lambda path: read.append(path) or Path(path).read_bytes())
    assert files.among(own) == set(own[::2])
    assert read == [files.path(n) for n in range(own[0][0] * count // 256, own[-1][0] * count // 256 + 1)]
    assert not files.among([]) and not NOBODY_FOLLOWS.among(own)


def test_a_file_is_read_once_for_many_parts_and_never_again_by_another_worker(tmp_path, monkeypatch):
    files = FollowerFiles(str(tmp_path), "followers", 1)
    keys = sorted(key_of(str(number)) for number in range(100))
    written(files, keys)
    read = []
    monkeypatch.setattr(kept, "read_file", lambda path: read.append(path) or Path(path).read_bytes())
    for first in range(0, 100, 10):
        assert files.among(keys[first : first + 10]) == set(keys[first : first + 10])
    assert len(read) == 1
    written(files, keys[:1])  # another run of the same process
    assert pickle.loads(pickle.dumps(files)).among(keys) == {keys[0]}
    assert len(pickle.dumps(files)) < 400


class Watched:
    """Joined keys that count how often some are taken, and can't be had whole."""

    def __init__(self, joined):
        self.joined, self.taken = joined, 0

    def __len__(self):
        return len(self.joined)

    def __getitem__(self, place):
        self.taken += len(self.joined[place]) // KEY_BYTES
        return self.joined[place]


@pytest.mark.parametrize("corpus", [1_000, 64_000])
def test_a_part_looks_at_no_more_than_its_own(corpus):
    followers = sorted(key_of(str(number)) for number in range(corpus))
    own = followers[corpus // 2 : corpus // 2 + 10]
    watched = Watched(b"".join(followers))
    assert keys_within(watched, own) == set(own)
    assert watched.taken <= 10 + 2 * corpus.bit_length() + 2


def test_images_without_texture_and_keypoints_are_not_searched():
    table = pa.table(
        {
            "uri": list("abcd"),
            "textured": [0.01, 0.009, 0.009, 0.2],
            "keypoint_count": [0, 5, 4, 0],
        }
    )
    stage = CollapseDuplicates(Policy(), CollapseSettings(textured=0.01, keypoints=5))
    assert stage.structureless(table).tolist() == [False, False, True, False]
    assert stage.searched_rows(table, "")["uri"].to_pylist() == ["a", "b", "d"]


def test_images_of_no_set_are_not_searched():
    names = [f"/data/{name}/{number}.jpg" for number, name in enumerate(("test", "other", "train"))]
    table = pa.table({"uri": names, "textured": [1.0] * 3, "keypoint_count": [99] * 3})
    stage = CollapseDuplicates(Policy(), sets=FolderSets(("/data",), ("test", "train")))
    assert stage.searched_rows(table, "")["uri"].to_pylist() == [names[0], names[2]]
