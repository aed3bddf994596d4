import os

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lookalike.pipelines.configuration.config import load
from lookalike.pipelines.materialize.protection import Protection
from lookalike.transforms.clustering.keep_policy import Policy
from lookalike.transforms.core.records import Node
from lookalike.transforms.ingest.listing import absolute
from lookalike.transforms.ingest.prefixes import is_below, place_of, spelled, without_images


@pytest.fixture
def data(tmp_path, monkeypatch):
    (tmp_path / "data" / "a" / "deep").mkdir(parents=True)
    (tmp_path / "data" / "ab").mkdir()
    for name in ("a/x.jpg", "a/deep/x.jpg", "ab/x.jpg"):
        (tmp_path / "data" / name).write_bytes(b"1")
    (tmp_path / "link").symlink_to("data/a")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path))
    return tmp_path


SPELLINGS = [
    "{data}/a", "{data}/a/", "{data}//a", "{data}/ab/../a", "{data}/./a/deep/..", "data/a", "./data/a/", "~/data/a",
    "file://{data}/a", "FILE://{data}/a/", "local://{data}/a", "file://~/data/a", "link", "{data}/../link/", "~/link",
]  # fmt: skip


@pytest.mark.parametrize("spelling", SPELLINGS)
def test_every_spelling_of_a_prefix_protects_the_same(data, spelling):
    prefix = spelling.format(data=data / "data")
    config = load(None, [f"cluster.protected=['{prefix}']", f"cluster.paths=['{prefix}']"])
    policy, protection = Policy(config.cluster), Protection.of([prefix])
    assert config.cluster.paths == (f"{data}/data/a",)
    for uri in (f"{data}/data/a/x.jpg", f"{data}/data/a/deep/x.jpg"):
        assert policy.is_protected(uri) and protection.holds(uri)
        assert policy.is_protected(f"tar://b/x.jpg::{uri}.tar") and protection.holds(f"tar://b/x.jpg::{uri}.tar")
    for uri in (f"{data}/data/ab/x.jpg", f"{data}/data/x.jpg", f"{data}/data", "/x.jpg", "s3://data/a/x.jpg"):
        assert not policy.is_protected(uri) and not protection.holds(uri)
    node = Node(b"", f"{data}/other/x.jpg", b"", b"", 1, 1, 1, "", "JPEG", False, 1, "RGB", f"@{data}/data/a/x.jpg")
    assert policy(node) < policy(node._replace(file="@/elsewhere/x.jpg"))


def test_links_into_a_protected_folder_are_protected_and_so_are_links_in_it(data):
    protection = Protection.of([str(data / "data" / "a")])
    (data / "into.jpg").symlink_to("data/a/x.jpg")
    (data / "data" / "a" / "out.jpg").symlink_to("../ab/x.jpg")
    (data / "other").symlink_to("data/a")
    for name in ("into.jpg", "data/a/out.jpg", "other/out.jpg", "other/x.jpg"):
        assert protection.holds(str(data / name)), name
    assert protection.holds("/gone/x.jpg", f"@7:2{data}/data/a/x.jpg")
    assert not protection.holds(str(data / "data" / "ab" / "x.jpg")) and not Protection(()).holds(str(data))


def test_archives_and_stores():
    def below(uri, prefix):
        return any(is_below(uri, place) for place in spelled(prefix))

    assert below("tar://a/b.jpg::/data/x.tar", "/data/x.tar") and below("zip://b.jpg::s3://b/x.zip", "S3://b/")
    assert below("tar://a/b.jpg::/data/x.tar", "tar://a::/data/x.tar")
    assert not below("tar://a/b.jpg::/data/x.tar", "/data/x") and not below("/data/x.tar", "tar://a::/data/x.tar")
    assert below("gs://b/x/1.jpg", "gcs://b/x") and below("s3://b/x/1.jpg", "s3a://b/x/")
    assert below("memory:///in/1.jpg", "memory://in") and not below("memory:///inside/1.jpg", "memory://in")
    assert not below("s3://bucket-2/1.jpg", "s3://bucket") and below("/any/1.jpg", "/")


@given(st.text("abc/.~: ", min_size=1), st.sampled_from(["", "file://", "s3://", "MEMORY://"]))
def test_one_spelling_is_final(text, scheme):
    once = absolute(f"{scheme}{text}")
    assert absolute(once) == once and place_of(place_of(once)) == place_of(once)
    for place in spelled(f"{scheme}{text}"):
        assert spelled(place)[0] == place


def test_prefixes_without_images_are_told(data):
    images = [(f"{data}/data/a/x.jpg", f"{data}/data/a/x.jpg"), (f"{data}/l.jpg", f"{data}/data/ab/x.jpg")]
    prefixes = [place for name in ("link", "data/ab", "data/b", "data/a/x") for place in spelled(name)]
    assert without_images(prefixes, iter(images)) == [f"{data}/data/b", f"{data}/data/a/x"]
    asked = []
    assert without_images(spelled("data"), (asked.append(one) or one for one in images)) == [] and len(asked) == 1
    assert os.path.realpath("link") == f"{data}/data/a"
