"""What `pair.scope` names, and the numbers that stand for scopes."""

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from lookalike.transforms.core.keys import key_of
from lookalike.transforms.core.records import Node
from lookalike.transforms.core.settings.pair import PairSettings
from lookalike.transforms.functional.lsh.scopes import NO_SCOPE, allowed
from lookalike.transforms.ingest.scopes import COLUMN, EVERYWHERE, ScopeRule

URIS = ["/d/a/1.jpg", "/d/a/2.jpg", "/d/b/3.jpg", "tar://a/4.jpg::/d/s.tar"]
SHOPS = ["x", " x ", None, ""]


def node(uri, shop):
    return Node(key_of(uri), uri, b"", b"", 1, 1, 1, "", "PNG", False, columns={"shop": shop})


@pytest.mark.parametrize(
    ("text", "same"),
    [
        ("within:shop", [[0, 1], [], []]),
        ("across:shop", [[0, 1], [], []]),
        ("within:folder", [[0, 1], [2], [3]]),
        ("", [[], [], [], []]),
    ],
)
def test_images_of_one_scope_have_one_number_in_tables_and_as_nodes(text, same, tmp_path):
    rule = ScopeRule.parse(PairSettings(scope=text).scope)
    (tmp_path / "columns").mkdir()
    path = f"{tmp_path}/fingerprints/part-00000-of-00001.parquet"
    pq.write_table(pa.table({"uri": URIS[::-1], "shop": SHOPS[::-1]}), tmp_path / "columns" / path.rsplit("/", 1)[1])
    numbers = rule.of_table(pa.table({"uri": URIS}), path)
    assert numbers.tolist() == [rule.of_node(node(*one)) for one in zip(URIS, SHOPS, strict=True)]
    found = [[i for i, other in enumerate(numbers) if other == number != NO_SCOPE] for number in numbers]
    assert sorted(map(tuple, found)) == sorted(tuple(next((s for s in same if i in s), [])) for i in range(len(URIS)))
    for x in numbers.tolist():
        for y in numbers.tolist():
            assert rule.allows(x, y) == bool(allowed(np.uint64(x), np.uint64(y), rule.within))
    assert (COLUMN in rule.added_to(pa.table({"uri": URIS}), path).column_names) == bool(text)


@pytest.mark.parametrize("text", ["within", "across:", "among:x", "within: x", ":x", "within:a\nb"])
def test_what_is_no_scope_is_refused(text):
    with pytest.raises(ValueError, match="scope"):
        PairSettings(scope=text)


def test_without_a_scope_all_pairs_are_asked_for():
    assert not EVERYWHERE and EVERYWHERE.columns == () and EVERYWHERE.allows(0, 0)
    assert ScopeRule.parse("across:user").columns == ("user",) and ScopeRule.parse("within:folder").columns == ()
