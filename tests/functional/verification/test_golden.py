"""A table of evidence and relations of pairs of every kind: no measure can change, or be taken for another, unseen."""

import json

import numpy as np
import pytest

from lookalike.pipelines.training.decision.train import FALLS, RISES
from lookalike.transforms.functional.verification.decision import decide, odds
from lookalike.transforms.functional.verification.relations import COPIES
from lookalike.transforms.functional.verification.trees import log_odds, probability
from lookalike.transforms.weights import decision_models
from tests.decisions import by_itself
from tests.functional.verification.golden import EDITED, FILE, PAGED, REDRAWN, SCENED, SHIFTED, gathered

GOLDEN = json.loads(FILE.read_text())
EXPECTED = {name: relation for relation, names in EDITED.items() for name in names}


ONE_MATCH = 0.15
"""Of the few keypoints of a cell: pictures that are drawn on another kind of processor have another match now and
then."""


@pytest.fixture(scope="module")
def evidence():
    return gathered()


@pytest.fixture(scope="module")
def rows():
    """(n, m) measures of the table."""
    names = decision_models().names
    return np.array([[row["measures"][name] for name in names] for row in GOLDEN.values() if row["measures"]])


def test_what_is_measured_is_what_was(evidence):
    assert list(evidence) == list(GOLDEN)
    for name, found in evidence.items():
        if GOLDEN[name]["measures"] is None:
            assert found.measures is None, name
        else:
            assert found.measures.keys() == GOLDEN[name]["measures"].keys()
            for measure, value in GOLDEN[name]["measures"].items():
                let_pass = ONE_MATCH if measure.startswith("cell_") else 0.01
                told = found.measures[measure]
                assert told == pytest.approx(value, rel=0.02, abs=let_pass), (name, measure)


def test_no_measure_is_too_small_to_be_seen():
    """Of each there is one that could not be lost within what is let pass above."""
    rows = [row["measures"] for row in GOLDEN.values() if row["measures"]]
    for name in rows[0]:
        assert max(abs(row[name]) for row in rows) > 0.03, name


def test_what_keypoints_do_not_place_is_registered(evidence):
    assert all(evidence[name].measures for name in REDRAWN)
    assert evidence["emboss"].measures["derived"] > 0.4 and evidence["edges"].measures["derived"] > 0.4


MISTAKEN = {"placed", "shared_caption", "step_aside"}
"""Of these, one in nine is taken for a copy by the decision that ships; three that are here, and none of them surely.
"""


def test_each_relation_is_told(evidence):
    found = decide(list(evidence.values()), decision_models(), 0.5)
    decisions = dict(zip(evidence, map(by_itself, found), strict=True))
    for name, decision in decisions.items():
        assert decision.relation == GOLDEN[name]["relation"], name
        assert decision.probability == pytest.approx(GOLDEN[name]["probability"], abs=0.1), name
    assert {name: decisions[name].relation for name in EXPECTED} == {
        name: {"part": "whole", "whole": "part"}.get(relation, relation) for name, relation in EXPECTED.items()
    }
    taken = {name for name in (*SCENED, *PAGED, *SHIFTED) if decisions[name].relation in set(COPIES) - {"overlap"}}
    assert taken == MISTAKEN
    assert decisions["unrelated"].relation == ""


def test_decisions_do_not_depend_on_what_else_is_decided(evidence):
    everything = list(evidence.values())
    together = decide(everything, decision_models(), 0.5)
    assert together == [decide([one], decision_models(), 0.5)[0] for one in everything]
    assert together[::-1] == decide(everything[::-1], decision_models(), 0.5)


def answers(models, rows):
    """(4, n) log-odds of all questions."""
    return np.stack([log_odds(trees, rows) for trees in models[1:-1]])


def test_only_what_matters_is_asked(rows):
    """Of what may be copies whether something is laid over them, of what may be none what else they are; as the trees
    say by themselves.
    """
    models = decision_models()
    log_odds = answers(models, rows)
    copy, overlaid, variant, view = probability(log_odds)
    lowest, highest = models.near_misses.bounds()
    for least in (0.0, 0.5, 0.9, 1.01):
        found = odds(models, rows, least)
        may_be, may_not_be = probability(log_odds[0] + highest) >= least, probability(log_odds[0] + lowest) < least
        assert (may_be | may_not_be).all() and (least in (0.0, 1.01)) != (may_be & may_not_be).any()
        np.testing.assert_array_equal(found.copy, log_odds[0])
        np.testing.assert_array_equal(found.may_be, may_be)
        np.testing.assert_array_equal(found.overlaid, np.where(may_be, overlaid, 0))
        np.testing.assert_array_equal([found.variant, found.view], np.where(may_not_be, [variant, view], 0))
    assert (copy > 0).any()


def test_every_measure_is_looked_at(rows):
    """Made as small or as large as can be, something else comes out."""
    models = decision_models()
    before = answers(models, rows)
    for column, name in enumerate(models.names):
        changed = np.repeat(rows[None], 2, 0)
        changed[:, :, column] = [[-1e6], [1e6]]
        assert any((answers(models, some) != before).any() for some in changed), name


def test_more_agreement_is_never_evidence_against_a_copy(rows):
    models = decision_models()
    before = log_odds(models.copy, rows)
    for column, name in enumerate(models.names):
        for way in (name in RISES) * [1] + (name in FALLS) * [-1]:
            for step in (0.05, 0.3, 2.0, 50.0):
                changed = rows.copy()
                changed[:, column] += way * step
                assert (log_odds(models.copy, changed) >= before).all(), name
