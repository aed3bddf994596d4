"""What can go: shown whole by the kept copy, a file of its own, and nobody's protected one."""

import os

import pytest

from lookalike.transforms.clustering.keep_policy import A_FILE, Policy
from lookalike.transforms.clustering.reclaiming import EdgeToKept, reclaim
from lookalike.transforms.core.keys import key_of
from lookalike.transforms.core.records import Node, Pair, Source
from lookalike.transforms.core.settings.cluster import ClusterSettings
from lookalike.transforms.functional.images.pixels.detail import Detail
from lookalike.transforms.ingest.listing import list_images
from lookalike.transforms.storage.links import is_symbolic, name_of

POLICY = Policy(ClusterSettings(prefer=("pixels", "uri"), protected=("/safe",)))
SAME = (1.0, 0.0, 0.0, 0.0, 1.0, 0.0)


def node(uri, size=100, file="", frames=1, content=b"c", pixels=b"p", samples="RGB", kind="JPEG", width=400):
    height = width * 3 // 4
    return Node(key_of(uri), uri, content, pixels, width, height, size, "", kind, False, frames, samples, file)


def blunt(uri, share=0.5, **more):
    """A file that has a share of the finest detail that it could have."""
    return node(uri, **more)._replace(detail=Detail(400, (8.0 * share, 12.0, 16.0, 20.0)))


def near(match="near", overlap=1.0, covered=1.0, transform=SAME, relation="same", laid=0, cut=True, sure=1.0):
    measures = (1.0, 1.0, 1.0, 1.0, 1.0, 1.0, overlap, covered)
    return Pair(
        b"", b"", match, ("embedding",), *measures, False, transform, 0.0, 1.0, relation, sure, laid=laid, cut=cut
    )


def reclaimed(kept, *others, policy=POLICY, kept_is_a=True):
    ties = [EdgeToKept(i, one, pair, kept_is_a) for i, (one, pair) in enumerate(others)]
    members, size = reclaim(kept, ties, policy)
    return sorted(members), size


def test_equal_pixels_and_whole_pictures_go():
    kept = node("/k")
    assert reclaimed(kept, (node("/a", 10), None), (node("/b", 20), near()), (node("/c", 40), near(overlap=0.9))) == (
        [0, 1],
        30,
    )


@pytest.mark.parametrize(
    ("kept", "other"),
    [
        *(("RGB", "RGB"), ("RGBA", "RGB"), ("grey16", "RGB"), ("RGB16", "RGB"), ("RGB+", "RGB"), ("RGBA16", "RGBA")),
        *(("RGB16", "grey16"), ("CMYK", "CMYK"), ("float", "float")),
    ],
)
def test_what_has_no_more_in_its_values_goes(kept, other):
    assert reclaimed(node("/k", samples=kept), (node("/a", 10, samples=other), near())) == ([0], 10)


@pytest.mark.parametrize(
    ("kept", "other", "pair"),
    [
        (node("/k", 100), node("/a", 10), near()),
        (node("/k", 1, kind="PNG"), node("/a", 10), near()),
        (blunt("/k", 1.0), blunt("/a", size=10), near()),
        (blunt("/k", kind="PNG"), blunt("/a", 1.0, size=10), None),
        (node("/k", 1, kind="PNG"), node("/a", 10, kind="PNG"), near()),
        (node("/k", 1, kind="PNG"), node("/a", 10, kind="GIF"), near()),
        (node("/k", 1, kind="GIF"), node("/a", 10, kind="GIF"), near()),
        (node("/k", 100), node("/a", 10, kind="WEBP"), near()),
        # as far as other encodings and sizes differ
        (node("/k"), node("/a", 10), near(overlap=0.98, covered=0.98)),
        (node("/k"), node("/a", 10), near()._replace(recoloured=5.0)),
        (node("/k"), node("/a", 10), near()._replace(ssim=0.95)),
        (node("/k"), node("/a", 10), near()._replace(least=0.76)),
        # a reduced copy, of a few more bytes a pixel
        (node("/k", 300, width=800), node("/a", 10), near(transform=(0.5, 0, 0, 0, 0.5, 0))),
        (node("/k", 300, width=800), node("/a", 10, width=401), near(transform=(0.5, 0, 0, 0, 0.5, 0))),
        # of a larger picture, fewer bytes a pixel are as much
        (node("/k", 30, width=800), node("/a", 10), near(transform=(0.5, 0, 0, 0, 0.5, 0))),
    ],
)
def test_what_is_kept_as_well_elsewhere_goes(kept, other, pair):
    assert reclaimed(kept, (other, pair)) == ([0], 10)


@pytest.mark.parametrize(
    ("why", "kept", "other", "pair"),
    [
        ("protected", node("/k"), node("/safe/a"), None),
        ("protected as it is spelled", node("/k"), node("/safe/a", file="/elsewhere/a"), None),
        ("protected where it lies", node("/k"), node("/a", file="/safe/a"), None),
        ("a person's word", node("/k"), node("/a"), near("verdict")),
        ("doubt", node("/k"), node("/a"), near(sure=0.89)),
        ("frames", node("/k"), node("/a", frames=2), near()),
        ("transparency", node("/k"), node("/a", samples="RGBA"), near()),
        ("bits", node("/k"), node("/a", samples="grey16"), near()),
        ("colours of print", node("/k"), node("/a", samples="CMYK"), near()),
        ("colours", node("/k", samples="grey16"), node("/a", samples="RGB16"), near()),
        ("values that are not shown", node("/k", samples="grey16~"), node("/a", samples="grey16~"), near()),
        ("values that the kept one doesn't show", node("/k", samples="grey16~"), node("/a"), near()),
        ("what else the file holds", node("/k", samples="RGB+"), node("/a", samples="RGB+"), near()),
        ("frames of the kept one", node("/k", frames=2), node("/a"), near()),
        ("a picture in a collage", node("/k"), node("/a"), near(relation="whole", cut=False)),
        ("a whole", node("/k"), node("/a"), near(relation="part")),
        ("a picture with something over it", node("/k"), node("/a"), near(relation="overlaid", laid=2)),
        ("what scrolled on", node("/k"), node("/a"), near(relation="overlap")),
        ("other content", node("/k"), node("/a"), near(relation="variant")),
        ("another shot", node("/k"), node("/a"), near(relation="view")),
        ("more than is kept", node("/k"), node("/a"), near(overlap=0.96)),
        ("a part of which more is shown", node("/k"), node("/a"), near(relation="whole", overlap=0.96)),
        ("other colours", node("/k"), node("/a"), near()._replace(recoloured=7.0)),
        ("print too fine to be told apart", node("/k"), node("/a"), near()._replace(least=0.74)),
        ("blur, noise, a pattern", node("/k"), node("/a"), near()._replace(ssim=0.93)),
        ("a picture for a turned one", node("/k"), node("/a"), near(transform=(0, 1.0, 0, -1.0, 0, 300))),
        ("a picture for a mirrored one", node("/k"), node("/a"), near(transform=(-1.0, 0, 400, 0, 1.0, 0))),
        ("a picture for a squeezed one", node("/k"), node("/a"), near(transform=(0.5, 0, 0, 0, 0.7, 0))),
        ("a picture for a framed one", node("/k"), node("/a"), near(covered=0.8)),
        ("the better one", node("/k"), node("/a", width=401), near()),
        ("a lossless one", node("/k", 900), node("/a", kind="PNG"), near()),
        ("all colours", node("/k", 900, kind="GIF"), node("/a"), near()),
        ("better quality", node("/k", 100), node("/a", 101), near()),
        # four times the pixels, and half a byte more for each of the others'
        ("what was enlarged", node("/k", 150, width=800), node("/a", 100), near(transform=(0.5, 0, 0, 0, 0.5, 0))),
        ("what was enlarged less", node("/k", 240, width=800), node("/a", 100), near(transform=(0.5, 0, 0, 0, 0.5, 0))),
        ("a blurred one", blunt("/k", kind="PNG"), blunt("/a", 1.0), near()),
        ("fewer pixels", node("/k"), node("/a"), near(transform=(2.0, 0, 0, 0, 2.0, 0))),
        ("a symbolic link", node("/k"), node("/a", file="@/elsewhere/a"), None),
        ("a symbolic link to the kept one", node("/k"), node("/a", file="@/k"), None),
        ("what the kept one is a link to", node("/k", file="@/a"), node("/a"), None),
        ("a file for a link to another", node("/k", file="@/elsewhere"), node("/a"), None),
        ("a hard link to the kept one", node("/k", file="7:2"), node("/a", file="7:2"), None),
        ("another spelling of the kept one", node("/k"), node("/a/k", file="/k"), None),
        ("a hard link with a name elsewhere", node("/k"), node("/a", file="7:2"), None),
    ],
)
def test_what_stays(why, kept, other, pair):
    assert reclaimed(kept, (other, pair)) == ([], 0), why


def test_a_file_that_a_listed_symbolic_link_leads_to_stays():
    kept, file, link = node("/k"), node("/a", 10), node("/album/best", 10, file="@/a")
    other = (node("/b", 20), None)
    for pair in (None, near()):
        assert reclaimed(kept, (file, pair), (link, pair), other) == ([2], 20)
        assert reclaimed(kept, (link, pair), (file, pair), other) == ([2], 20)
    # of a file with two names, neither goes if a link leads to one of them
    names = (node("/a", 10, file="7:2"), None), (node("/c", 10, file="7:2"), None)
    assert reclaimed(kept, *names, other) == ([0, 1, 2], 30)
    assert reclaimed(kept, *names, other, (node("/album/best", 10, file="@7:2/a"), None)) == ([2], 20)


def test_a_part_goes_and_a_whole_stays_whichever_was_measured_first():
    kept, other = node("/k"), node("/a", 10)
    for kept_is_a, relation, goes in (
        *((True, "whole", True), (True, "part", False), (False, "part", True), (False, "whole", False)),
        *((True, "same", True), (False, "same", True)),
    ):
        less = 1.0 if relation == "same" else 0.3
        found = reclaimed(kept, (other, near(relation=relation, covered=less, overlap=1.0)), kept_is_a=True)
        turned = near(relation=relation, covered=1.0, overlap=less)
        found = reclaimed(kept, (other, turned), kept_is_a=False) if not kept_is_a else found
        assert found == (([0], 10) if goes else ([], 0)), (kept_is_a, relation)


def test_how_sure_it_must_be_is_the_users_to_say():
    pair = near(sure=0.6)
    assert reclaimed(node("/k"), (node("/a", 10), pair)) == ([], 0)
    assert reclaimed(node("/k"), (node("/a", 10), pair), policy=Policy(ClusterSettings(certainty=0.6))) == ([0], 10)


def test_what_the_configuration_lets_go():
    kept, other = node("/k"), node("/a", 10)
    part, less = near(relation="whole"), near(transform=(1.25, 0, 0, 0, 1.25, 0))
    assert reclaimed(kept, (other, part), policy=Policy(ClusterSettings(prefer=("uri",), reclaim=("same",)))) == ([], 0)
    assert reclaimed(kept, (other, less)) == ([], 0)
    assert reclaimed(kept, (other, less), policy=Policy(ClusterSettings(prefer=("uri",), detail=0.8))) == ([0], 10)
    # of two of which one has something laid over it, the clean one is kept, if it is known which that is
    asked = Policy(ClusterSettings(prefer=("uri",), reclaim=("overlaid",)))
    for laid, kept_is_a, goes in (
        (2, True, True),
        (1, True, False),
        (1, False, True),
        (2, False, False),
        (0, True, False),
    ):
        over = near(relation="overlaid", laid=laid)
        found = reclaimed(kept, (other, over), policy=asked, kept_is_a=kept_is_a)
        assert found == (([0], 10) if goes else ([], 0))
    assert reclaimed(kept, (other, near()), policy=asked) == ([], 0)
    # nor is one with something over it given up for a collage that shows it clean
    for covered, cut, goes in ((0.95, False, True), (0.3, True, True), (0.3, False, False)):
        tile = near(relation="overlaid", laid=2, covered=covered, cut=cut)
        assert reclaimed(kept, (other, tile), policy=asked) == (([0], 10) if goes else ([], 0))


def test_bytes_are_counted_once_a_file():
    kept, names = node("/k"), [(node(f"/{name}", 10, "7:2"), None) for name in "ab"]
    assert reclaimed(kept, *names) == ([0, 1], 10)
    assert reclaimed(kept, *names, (node("/c", 5), None)) == ([0, 1, 2], 15)
    # one of the names is protected: nothing is gained by the other
    assert reclaimed(kept, names[0], (node("/safe/b", 10, "7:2"), None)) == ([], 0)
    # two files of one inode on two disks differ in what they hold
    others = [(node(f"/{name}", size, "7:1", content=name.encode()), near()) for name, size in (("a", 10), ("b", 20))]
    assert reclaimed(kept, *others) == ([0, 1], 30)
    assert reclaimed(node("/k", file="7:1"), (node("/a", 10, "7:1", content=b"a"), near())) == ([0], 10)
    # all names that were listed are the kept file's
    assert reclaimed(node("/k", file="7:2"), *names) == ([], 0)
    # two spellings of one place
    assert reclaimed(kept, (node("/a", 10), None), (node("/link/a", 10, "/a"), None)) == ([0], 10)


def test_names_of_files_are_listed(tmp_path):
    folder = tmp_path / "in"
    folder.mkdir()
    for name in ("a.jpg", "z.jpg"):
        (folder / name).write_bytes(b"1")
    os.link(folder / "a.jpg", folder / "b.jpg")
    (folder / "c.jpg").symlink_to("a.jpg")
    (folder / "d.jpg").symlink_to("z.jpg")
    (folder / "e.jpg").symlink_to("nowhere.jpg")
    (tmp_path / "link").symlink_to("in")
    records = list(list_images([str(folder), str(tmp_path / "link")]))
    listed = {s.uri.removeprefix(f"{tmp_path}/"): s.file for s in records if isinstance(s, Source)}
    inode = os.stat(folder / "a.jpg").st_ino
    assert listed["in/a.jpg"] == listed["in/b.jpg"] == f"{inode}:2" and listed["in/z.jpg"] == ""
    assert listed["in/c.jpg"] == f"@{inode}:2{folder}/a.jpg" and listed["in/d.jpg"] == f"@{folder}/z.jpg"
    assert "in/e.jpg" not in listed  # it leads nowhere, and is a failure
    assert listed["link/z.jpg"] == f"{folder}/z.jpg" and listed["link/d.jpg"] == f"@{folder}/z.jpg"
    link = name_of("/x/c.jpg", listed["in/c.jpg"])
    assert link == (True, str(inode), 2, f"{folder}/a.jpg") and is_symbolic(listed["in/c.jpg"])
    assert name_of("/x/z.jpg", "") == (False, "", 1, "/x/z.jpg")


def test_a_link_is_kept_only_where_there_is_no_file():
    file, link = node("/z", 1), node("/a", 100, file="@/z")
    for policy in (POLICY, Policy(ClusterSettings(prefer=("largest",)))):
        assert sorted([link, file], key=policy) == [file, link] and policy.reason(file, link) == A_FILE
