"""Every rule of confirmation at its edge: evidence that just suffices and evidence that just does not, by hand.

The table is also tried on mutants of the module, in each of which one comparison is decided beforehand, or its edge or
a number is moved: a mutant under which every row still holds is a rule that could be switched off unnoticed.
"""

import ast
import types
from pathlib import Path
from types import SimpleNamespace
from typing import NamedTuple

import pytest

from transforms.functional import confirmation
from transforms.functional.agreement import Agreement
from transforms.functional.confirmation import RULES, Rules

NOTHING = Agreement(0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 1000, 0.0, 0.0)

# what is measured of two pictures, in each case just enough for one rule and for no other
KEYPOINTS = {
    "inliers": 7, "share": 0.21, "weighted_structure": 0.5, "disagreeing": 0.3, "textured": 0.7, "overlap": 1.0,
    "spread": 1.0,
}  # fmt: skip
PAGE = KEYPOINTS | {"textured": 0.5, "share": 0.4}
VIEW = KEYPOINTS | {"disagreeing": 0.1}
FEW = KEYPOINTS | {"inliers": 5, "share": 0.25, "weighted_structure": 0.85, "disagreeing": 0.05}
FAITHFUL = KEYPOINTS | {"share": 0.04, "weighted_structure": 0.9, "disagreeing": 0.004}
WORN = KEYPOINTS | {"inliers": 20, "share": 0.1, "disagreeing": 0.08, "textured": 0.8}
DIRECT = {
    "inliers": None, "cosine": 0.32, "direct_weighted_structure": 0.92, "direct_disagreeing": 0.002,
    "direct_textured": 0.85, "direct_faint": 0.1,
}  # fmt: skip


class Row(NamedTuple):
    """rule: by which the evidence `base` is a copy, as long as `name` is `inside`; with `outside` it is none. key: of
    the threshold between, or '' for what is no setting.
    """

    rule: str
    base: dict
    name: str
    inside: float
    outside: float
    key: str


TABLE = [
    Row("keypoints", KEYPOINTS, "inliers", 7, 6, "inliers"),
    Row("keypoints", KEYPOINTS, "share", 0.21, 0.209, "share"),
    Row("keypoints", KEYPOINTS, "weighted_structure", 0.5, 0.499, "structure"),
    Row("few", FEW, "inliers", 5, 4, "few_inliers"),
    Row("few", FEW, "share", 0.25, 0.249, "few_share"),
    Row("few", FEW, "weighted_structure", 0.85, 0.849, "few_structure"),
    Row("few", FEW, "disagreeing", 0.05, 0.051, "few_disagreement"),
    Row("faithful", FAITHFUL, "inliers", 7, 6, "inliers"),
    Row("faithful", FAITHFUL, "share", 0.04, 0.039, "faithful_share"),
    Row("faithful", FAITHFUL, "weighted_structure", 0.9, 0.899, "faithful_structure"),
    Row("faithful", FAITHFUL, "disagreeing", 0.004, 0.0041, "faithful_disagreement"),
    Row("worn", WORN, "textured", 0.8, 0.799, "worn_textured"),
    Row("worn", WORN, "inliers", 20, 19, "worn_inliers"),
    Row("worn", WORN, "share", 0.1, 0.099, "worn_share"),
    Row("worn", WORN, "weighted_structure", 0.5, 0.499, "structure"),
    Row("worn", WORN, "disagreeing", 0.08, 0.081, "worn_disagreement"),
    Row("direct", DIRECT, "cosine", 0.32, 0.319, "direct_cosine"),
    Row("direct", DIRECT, "direct_weighted_structure", 0.92, 0.919, "direct_structure"),
    Row("direct", DIRECT, "direct_disagreeing", 0.002, 0.0021, "direct_disagreement"),
    Row("direct", DIRECT, "direct_textured", 0.85, 0.849, "direct_textured"),
    Row("direct", DIRECT, "direct_faint", 0.1, 0.101, ""),
    # an alignment that shows no copy, or has too little in common to be looked at, is no obstacle
    Row("direct", DIRECT | KEYPOINTS | {"share": 0.0}, "cosine", 0.32, 0.319, "direct_cosine"),
    Row("direct", DIRECT | KEYPOINTS | {"agreed": False}, "cosine", 0.32, 0.319, "direct_cosine"),
    # covered: either picture mostly shown in the other
    Row("keypoints", KEYPOINTS | {"overlap": 0.1}, "covered", 0.6, 0.599, "covered"),
    Row("keypoints", KEYPOINTS | {"covered": 0.1}, "overlap", 0.6, 0.599, "covered"),
    Row("keypoints", KEYPOINTS, "disagreeing", 0.3, 0.301, "disagreement"),
    Row("keypoints", KEYPOINTS, "faint", 0.3, 0.301, "faint"),
    Row("keypoints", KEYPOINTS | {"faint": 0.5}, "share", 0.4, 0.399, "faint_share"),
    # part: a shared tile or backdrop
    Row("keypoints", KEYPOINTS | {"spread": 0.5}, "disagreeing", 0.15, 0.151, "part_disagreement"),
    Row("keypoints", KEYPOINTS | {"disagreeing": 0.2}, "spread", 0.68, 0.679, "part_spread"),
    # view: another photograph of the scene
    Row("keypoints", KEYPOINTS | {"drift": 0.5}, "disagreeing", 0.03, 0.031, "view_disagreement"),
    Row(
        "keypoints", KEYPOINTS | {"drift": 0.5, "disagreeing": 0.1}, "weighted_structure", 0.88, 0.879, "view_structure"
    ),
    Row("keypoints", VIEW, "drift", 0.2, 0.201, "view_drift"),
    # page: on mostly blank ground the more disagrees, the more keypoints must agree
    Row("keypoints", KEYPOINTS, "textured", 0.7, 0.699, "page_textured"),
    Row("keypoints", PAGE, "share", 0.4, 0.399, "page_share"),
    Row("keypoints", PAGE | {"disagreeing": 0.075}, "share", 0.3051, 0.3049, "page_disagreement"),
    Row("keypoints", PAGE | {"disagreeing": 0.0}, "share", 0.2291, 0.2289, ""),
]


def reason(evidence: dict, rules: Rules, module=confirmation):
    """The rule by which measurements are those of a copy, or None."""
    found = module.Evidence.__new__(module.Evidence)
    told = {name: evidence[name] for name in Agreement._fields if name in evidence}
    direct = {name.removeprefix("direct_"): value for name, value in evidence.items() if name.startswith("direct_")}
    inliers = evidence.get("inliers")
    found.found = None if inliers is None else SimpleNamespace(inliers=range(inliers), share=evidence["share"])
    found.agreed = NOTHING._replace(**told) if inliers is not None and evidence.get("agreed", True) else None
    found.cosine = evidence.get("cosine", -1.0)
    found.__dict__ |= {"spread": evidence.get("spread", 0.0), "drift": evidence.get("drift", 0.0)}
    found.__dict__["direct"] = NOTHING._replace(**direct) if direct else None
    module.RULES, kept = rules, module.RULES
    try:
        return found.reason
    finally:
        module.RULES = kept


def decisions(rules: Rules, module=confirmation) -> list:
    """What is said of both sides of every row, and of nothing at all."""
    sides = [row.base | {row.name: value} for row in TABLE for value in (row.inside, row.outside)]
    return [reason(side, rules, module) for side in (*sides, {"cosine": 1.0})]


@pytest.mark.parametrize("row", TABLE, ids=lambda row: f"{row.rule}-{row.key or row.name}")
def test_each_rule_holds_up_to_its_edge_and_no_further(row):
    assert reason(row.base | {row.name: row.inside}, RULES) == row.rule
    assert reason(row.base | {row.name: row.outside}, RULES) is None


@pytest.mark.parametrize("key", Rules._fields)
@pytest.mark.parametrize("step", [-1, 1], ids=["less", "more"])
def test_each_threshold_decides_something(key, step):
    """A little more, or a little less, of any, and some row is decided in another way."""
    value = getattr(RULES, key)
    moved = value + step if isinstance(value, int) else value + step * 0.02 * max(value, 0.05)
    assert decisions(RULES._replace(**{key: moved})) != decisions(RULES)


DECIDING = ("reason", "_shares_a_part", "_is_another_view", "_aligned_reason", "_agrees_directly")
SAYS_NOTHING = "self.found is not None"
"""Where two pictures are not aligned, there is no agreement either, and that is asked for beside it."""
SWAPPED = {ast.Lt: ast.LtE, ast.LtE: ast.Lt, ast.Gt: ast.GtE, ast.GtE: ast.Gt}


def places():
    """The comparisons and numbers of the functions that decide, as (function, place in it, what becomes of it)."""
    tree = ast.parse(Path(confirmation.__file__).read_text())
    for function in (n for n in ast.walk(tree) if isinstance(n, ast.FunctionDef) and n.name in DECIDING):
        asserted = {n for part in ast.walk(function) if isinstance(part, ast.Assert) for n in ast.walk(part)}
        for place, node in enumerate(ast.walk(function)):
            if node in asserted or ast.unparse(node) == SAYS_NOTHING:
                continue
            if isinstance(node, ast.Compare):
                yield from ((function.name, place, change) for change in ("always", "never"))
                if type(node.ops[0]) in SWAPPED:
                    yield function.name, place, "edge"
            elif isinstance(node, ast.Constant) and isinstance(node.value, float):
                yield from ((function.name, place, change) for change in ("greater", "smaller"))


def mutant(name: str, place: int, change: str) -> types.ModuleType:
    """The module with one comparison or number of one function changed."""
    tree = ast.parse(Path(confirmation.__file__).read_text())
    function = next(n for n in ast.walk(tree) if isinstance(n, ast.FunctionDef) and n.name == name)
    node = list(ast.walk(function))[place]
    if change == "edge":
        node.ops[0] = SWAPPED[type(node.ops[0])]()
    elif change in ("greater", "smaller"):
        node.value *= 1.2 if change == "greater" else 0.8
    else:
        constant = ast.Constant(change == "always")
        for parent in ast.walk(function):
            for field, value in ast.iter_fields(parent):
                if value is node:
                    setattr(parent, field, constant)
                elif isinstance(value, list) and any(each is node for each in value):
                    setattr(parent, field, [constant if each is node else each for each in value])
    module = types.ModuleType(confirmation.__name__)
    exec(compile(ast.fix_missing_locations(tree), confirmation.__file__, "exec"), module.__dict__)
    return module


def test_no_rule_can_be_switched_off_unnoticed():
    changes = list(places())
    assert len(changes) > 80
    expected, unnoticed = decisions(RULES), []
    for change in changes:
        try:
            same = decisions(RULES, mutant(*change)) == expected
        except (AttributeError, AssertionError, TypeError):  # looks at what is not there
            same = False
        if same:
            unnoticed.append(change)
    assert unnoticed == []
