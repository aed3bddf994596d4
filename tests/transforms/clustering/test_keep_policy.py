import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lookalike.transforms.clustering.keep_policy import Policy
from lookalike.transforms.core.records import Node
from lookalike.transforms.core.settings.cluster import CRITERIA, ClusterSettings
from lookalike.transforms.functional.images.pixels.detail import Detail


def node(uri="/a/x.jpg", width=100, height=100, size=1000, modified="2020-01-01", kind="JPEG", exif=False):
    return Node(uri.encode(), uri, uri.encode(), b"", width, height, size, modified, kind, exif)


SHARP = node(kind="PNG")._replace(detail=Detail(100, (5.0, 7.0, 9.0, 11.0)))
ENLARGED = node(width=200, height=200, kind="PNG")._replace(detail=Detail(200, (1.5, 5.0, 7.0, 9.0)))


@pytest.mark.parametrize(
    ("criterion", "better", "worse"),
    [
        ("protected", node("/safe/x"), node("/other/x")),
        ("path", node("/first/x"), node("/second/x")),
        ("path", node("/second/x"), node("/other/x")),
        ("pixels", node(width=101), node()),
        ("resolution", node(width=101, size=5050), node(size=5000)),
        ("resolution", node(size=5000), node(width=200, size=6000)),  # an enlarged copy
        ("resolution", node(size=4000), node(width=50, size=2500)),  # a reduced one
        ("resolution", node(width=101, kind="PNG"), node(kind="PNG")),
        ("resolution", SHARP, ENLARGED),
        ("pixels", ENLARGED, SHARP),
        ("resolution", node(width=500, size=500), node(kind="PNG")),  # a flat page, and a reduced copy
        ("format", node(kind="TIFF"), node(kind="JPEG")),
        ("format", node(kind="JPEG"), node(kind="GIF")),
        ("exif", node(exif=True), node()),
        ("compression", node(size=1001), node()),
        ("compression", node(size=10, kind="PNG"), node()),
        ("compression", node(), node(size=5000, kind="GIF")),
        ("oldest", node(modified="2019-12-31"), node()),
        ("oldest", node(), node(modified="")),
        ("newest", node(modified="2020-01-02"), node()),
        ("newest", node(), node(modified="")),
        ("largest", node(size=1001), node()),
        ("smallest", node(size=999), node()),
        ("uri", node("/a"), node("/b")),
    ],
)
def test_each_criterion_prefers_what_it_says_and_is_the_reason(criterion, better, worse):
    policy = Policy(
        ClusterSettings(
            prefer=(criterion,), protected=("/safe",), paths=("/first", "/second"), formats=("TIFF", "JPEG")
        )
    )
    assert sorted([worse, better], key=policy) == [better, worse]
    assert policy.reason(better, worse) == policy.reason(worse, better) == CRITERIA[criterion]


NODES = st.builds(
    node,
    st.sampled_from(["/a/1", "/a/2", "/b/1", "/c/9"]),
    st.integers(1, 3),
    st.integers(1, 3),
    st.integers(0, 3),
    st.sampled_from(["", "2020", "2021"]),
    st.sampled_from(["PNG", "GIF"]),
    st.booleans(),
)


@given(st.lists(NODES, min_size=2, unique_by=lambda n: n.uri), st.permutations(sorted(CRITERIA)))
def test_any_policy_is_a_total_order_that_does_not_depend_on_the_input_order(nodes, prefer):
    policy = Policy(ClusterSettings(prefer=tuple(prefer), protected=("/b",), paths=("/c",), formats=("GIF",)))
    assert sorted(nodes, key=policy) == sorted(reversed(nodes), key=policy)
    for a, b in itertools.combinations(sorted(nodes, key=policy), 2):
        assert policy(a) <= policy(b) and policy.reason(a, b) in CRITERIA.values()


def test_values_of_columns_go_before_pixels():
    policy = Policy(ClusterSettings(columns=("split=train", "caption")))
    small, large = node("a", 10, 10), node("b", 20, 20)

    def order(of_small, of_large):
        nodes = [small._replace(columns=of_small), large._replace(columns=of_large)]
        best, other = sorted(nodes, key=policy)
        return best.uri, policy.reason(best, other)

    assert order({"split": "train"}, {"split": "test", "caption": "x"}) == ("a", "a preferred value")
    assert order({"split": " train ", "caption": " "}, {"split": "train", "caption": "x"}) == ("b", "a preferred value")
    assert order({"caption": "x"}, {}) == ("a", "a preferred value")
    assert order({"split": ["dev", "train"]}, {"split": ["dev"]}) == ("a", "a preferred value")
    assert order({}, None) == ("b", "a higher effective resolution")
    spaced = Policy(ClusterSettings(columns=("split= train",)))
    assert spaced.tier(small._replace(columns={"split": "train"})) < spaced.tier(large._replace(columns={}))
    assert ClusterSettings().columns_named == ()
    assert ClusterSettings(columns=("a=1", "a=2", "b")).columns_named == ("a", "b")
    assert ClusterSettings(columns=("a",), prefer=("uri",)).columns_named == ()


def test_bytes_do_not_tell_of_lossless_pictures():
    # noise has more of them, and so has a lossless copy of a lossy picture
    plain, noisy = node("a", size=100, kind="PNG"), node("b", size=9000, kind="PNG")
    assert sorted([noisy, plain], key=Policy()) == [plain, noisy]


def test_what_goes_before_likeness_makes_tiers():
    policy = Policy(ClusterSettings(protected=("/safe",)))
    assert policy.tier(node("/safe/a")) < policy.tier(node("/a", 10)) == policy.tier(node("/b", 20))
    # who leaves likeness out decides by the other criteria alone
    assert len({Policy(ClusterSettings(prefer=("uri",))).tier(node(uri)) for uri in ("/a", "/b")}) == 2


def test_a_name_is_nothing_to_prefer():
    policy = Policy()
    assert not policy.prefers(node("/a"), node("/b")) and not policy.prefers(node("/b"), node("/a"))
    link = node("/b")._replace(file="@/elsewhere")
    assert policy.prefers(node("/a"), link) and not policy.prefers(link, node("/a"))
    assert policy.prefers(node("/b", exif=True), node("/a")) and not policy.prefers(node("/a"), node("/b", exif=True))
