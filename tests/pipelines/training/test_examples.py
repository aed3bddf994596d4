"""The pairs that the decision learns from: what is true of each, how much it counts, what is left out with its kind."""

import collections
import itertools

import numpy as np
import pytest
from PIL import Image

from lookalike.pipelines.training.decision import examples as making
from lookalike.pipelines.training.decision.examples import LABELS, NO_SCENE, Examples, Shown, corpus, examples, label_of
from lookalike.pipelines.training.decision.leave_one_out import (
    PARTS,
    Left,
    Taken,
    families_of,
    holds,
    kinds_of,
    parts_of,
    table,
)
from lookalike.pipelines.training.decision.train import (
    Line,
    asked,
    exported,
    fit,
    load,
    merged,
    recall_at,
    save,
    weights,
)
from lookalike.pipelines.training.kinds.edits import EDITS
from lookalike.pipelines.training.kinds.kept.series import MAKES
from lookalike.pipelines.training.kinds.scenes import SCENES
from lookalike.pipelines.training.kinds.sets import SETS
from lookalike.pipelines.training.kinds.shifts import SHIFTS
from lookalike.pipelines.training.kinds.templates import TEMPLATES
from lookalike.transforms.functional.verification.relations import RELATIONS
from lookalike.transforms.functional.verification.trees import log_odds
from tests.synthetic import draw_picture

FEW = {
    "EDITS": ("resize", "sticker"),
    "TEMPLATES": ("form",),
    "SCENES": ("burst", "captions"),
    "SHIFTS": ("dragged_map",),
    "SETS": ("motifs",),
}
EVERY = {"EDITS": EDITS, "TEMPLATES": TEMPLATES, "SCENES": SCENES, "SHIFTS": SHIFTS, "SETS": SETS}


@pytest.fixture(scope="module")
def small():
    """A corpus of two originals and few kinds, twice."""
    with pytest.MonkeyPatch.context() as patch:
        for name, every in EVERY.items():
            patch.setattr(making, name, {kind: every[kind] for kind in FEW[name]})
        patch.setattr(making, "LIGHT", ("resize",))
        patch.setattr(making, "chained", lambda image, *_: (image.resize((90, 80)), ["resize", "sticker"]))
        patch.setattr(making, "TOUCHED", 0)
        for share in ("WORN_PAGES", "WORN_SCENES", "WORN_SETS"):
            patch.setattr(making, share, 1)
        patch.setattr(making, "TEMPLATE_SHARE", 1)
        patch.setattr(making, "SETS_DRAWN", 1)
        photographs = [Image.fromarray(draw_picture(seed, 320, 240)) for seed in range(70)]
        return [list(corpus(photographs, 3, originals=2)) for _ in range(2)]


def test_a_corpus_is_drawn_from_its_seed_alone(small):
    assert small[0] == small[1] and len(small[0]) > 10
    assert len({one.data for one in small[0]}) == len(small[0])


def test_copies_and_look_alikes_of_a_corpus_are_labelled_by_how_they_were_made(small):
    found = examples(small[0])
    assert found.measures.shape == (len(found.label), len(found.names)) and np.isfinite(found.measures).all()
    named = {(kind, LABELS[label]) for kind, label in zip(found.kind.tolist(), found.label.tolist(), strict=True)}
    assert {("resize", "clean"), ("sticker", "overlaid"), ("set:motifs", "clean"), ("set:motifs", "variant")} <= named
    worn = "drawn+chained+resize+sticker"
    assert {(worn, "overlaid"), (f"page:form|{worn}", "variant"), (f"set:motifs|{worn}", "variant")} <= named
    for kind, label in named:
        source, _, name = kind.partition("|")[0].partition(":")
        if source == "other":
            assert label == ""
        elif source in ("page", "scene"):
            table = TEMPLATES if source == "page" else SCENES
            assert label == table[name][0].replace("overlap", "clean")


def test_things_in_several_colours_are_variants_and_each_is_kept_twice(monkeypatch):
    monkeypatch.setattr(making, "TOUCHED", 0)
    monkeypatch.setattr(making, "THINGS", 4)
    photographs = [Image.fromarray(draw_picture(seed, 320, 240)) for seed in range(6)]
    shown = list(making.in_colours(photographs, 5))
    groups, series = collections.Counter(one.group for one in shown), {one.series for one in shown}
    assert set(groups.values()) == {2} and len(series) == 4 and len(groups) > 8
    found = examples(shown)
    labels = collections.Counter(LABELS[label] for label in found.label.tolist())
    assert labels["variant"] >= 8 and labels["clean"] >= 6
    assert set(found.kind[found.label > 0].tolist()) == {"set:repainted"}


def test_what_is_made_in_series_are_variants_and_most_have_a_copy(monkeypatch):
    monkeypatch.setattr(making, "SERIES", 8)
    photographs = [Image.fromarray(draw_picture(seed, 320, 240)) for seed in range(6)]
    shown = list(making.in_series(photographs, 5))
    groups, series = collections.Counter(one.group for one in shown), {one.series for one in shown}
    assert set(groups.values()) <= {1, 2} and len(series) == 8 and 20 < len(groups) < len(shown)
    found = examples(shown)
    labels = collections.Counter(LABELS[label] for label in found.label.tolist())
    assert labels["variant"] >= 20 and labels["clean"] + labels["overlaid"] >= 10
    kinds = set(found.kind[found.label > 0].tolist())
    assert "set:series" in kinds and all("set:series" in kind or kind.startswith(f"{NO_SCENE}+") for kind in kinds)
    again = list(making.in_series(photographs, 5))
    assert [one.data for one in again] == [one.data for one in shown]


@pytest.mark.parametrize("make", MAKES)
def test_each_of_a_series_has_most_in_common_with_the_others(make):
    photographs = [Image.fromarray(draw_picture(seed, 320, 240)) for seed in range(3)]
    for seed in range(4):
        drawn = make(np.random.default_rng(seed), photographs)
        some = [np.asarray(picture, float).mean(-1) for picture in itertools.islice(drawn, 3)]
        other = np.asarray(next(make(np.random.default_rng(seed + 100), photographs)).resize(some[0].shape[::-1]))
        apart = [np.abs(some[a] - some[b]).mean() for a, b in ((0, 1), (0, 2), (1, 2))]
        assert min(apart) > 0.05 and max(apart) < np.abs(some[0] - other.mean(-1)).mean()


def test_a_photograph_on_pages_of_several_designs_makes_no_copies_of_them(monkeypatch):
    monkeypatch.setattr(making, "SHOWN", 2)
    shown = list(making.on_pages([Image.fromarray(draw_picture(seed, 320, 240)) for seed in range(2)], 5))
    assert len(shown) == 6 == len({one.group for one in shown}) and not any(one.series for one in shown)
    assert {label_of(a, b)[0] for a, b in itertools.combinations(shown, 2)} == {""}


FORM = {"series": "s", "relation": "variant", "kind": "page:form"}
SHIFT = {"series": "s", "relation": "overlap", "kind": "shift:x"}


@pytest.mark.parametrize(
    ("a", "b", "label"),
    [
        ({"group": "g"}, {"group": "g", "copied": "same", "edit": "resize"}, ("clean", "resize")),
        (
            {"group": "g", "copied": "same", "edit": "resize"},
            {"group": "g", "copied": "overlaid", "edit": "sticker"},
            ("overlaid", "resize|sticker"),
        ),
        (
            {"group": "g", "copied": "overlaid", "edit": "sticker"},
            {"group": "g", "copied": "same+overlaid", "edit": "c"},
            ("unclear", "c|sticker"),
        ),
        (FORM | {"group": "g"}, FORM | {"group": "h"}, ("variant", "page:form")),
        (FORM | {"group": "g"}, FORM | {"group": "g", "copied": "overlaid", "edit": "mark"}, ("overlaid", "mark")),
        (
            FORM | {"group": "g"},
            FORM | {"group": "h", "copied": "overlaid", "edit": "mark"},
            ("variant", "page:form|mark"),
        ),
        (SHIFT | {"group": "g"}, SHIFT | {"group": "h"}, ("clean", "shift:x")),
        ({"group": "g"}, {"group": "h"}, ("", "other:original|original")),
        (FORM | {"group": "g"}, FORM | {"group": "h", "series": "t"}, ("", "other:page:form|page:form")),
    ],
)
def test_what_a_pair_is(a, b, label):
    assert label_of(Shown(b"", **a), Shown(b"", **b)) == label


def made(kinds, labels, names=("inliers",), measures=None):
    count = len(kinds)
    measures = np.zeros((count, len(names)), np.float32) if measures is None else measures
    return Examples(
        list(names), measures, np.array([LABELS.index(label) for label in labels]), np.array(kinds),
        np.zeros((count, 2), int), np.full(count, RELATIONS.index("same")),
    )  # fmt: skip


def test_what_is_rare_or_hardly_seen_counts_less_and_what_is_everywhere_more():
    kinds = ["resize", "lens", "scene:doodles", "other:original|original", "scene:burst", "page:form", "page:form|lens"]
    found = made(kinds, ["clean", "clean", "variant", "", "view", "variant", "variant"])
    plain, rare, faint, other, view, page, worn = weights("copy", found)
    assert rare < plain > faint and other > faint and view > other and page == worn > 1
    assert (weights("variant", found) == 1).all()


def test_a_drawing_in_other_colours_is_not_learnt_as_a_copy():
    kinds = ["hue", "drawn+hue", "drawn+chained+lens+hue", "drawn+resize|drawn+hue", "drawn+resize", "set:icons"]
    photograph, *painted, drawn, kept = weights("copy", made(kinds, ["clean"] * len(kinds)))
    assert not any(painted) and photograph > drawn > kept > 0


def test_questions_are_learnt_from_the_pairs_that_they_are_about():
    found = made(["a"] * 5, ["clean", "overlaid", "variant", "view", "unclear"])
    learnt, answer = asked("copy", found.label)
    assert learnt.tolist() == [True, True, True, True, False] and answer.tolist() == [True, True, False, False, False]
    learnt, answer = asked("overlaid", found.label)
    assert learnt.tolist() == [True, True, False, False, False] and answer.tolist() == [
        False,
        True,
        False,
        False,
        False,
    ]
    learnt, answer = asked("view", found.label)
    assert learnt.tolist() == [True, True, True, True, False] and answer.tolist() == [False, False, False, True, False]


def test_examples_are_kept_and_put_together(tmp_path):
    parts = [made(["resize"], ["clean"]), made(["scene:burst", "a"], ["view", "variant"])]
    for number, part in enumerate(parts):
        save(tmp_path / f"{number}.npz", part)
    found, fold = merged([load(tmp_path / f"{number}.npz") for number in range(2)])
    assert fold.tolist() == [0, 1, 1] and found.kind.tolist() == ["resize", "scene:burst", "a"]
    assert found.label.tolist() == [LABELS.index(name) for name in ("clean", "view", "variant")]


def test_examples_of_other_measures_are_not_put_together():
    part = made(["resize"], ["clean"], ("inliers", "drift"))
    with pytest.raises(ValueError, match="remove those of earlier versions"):
        merged([part, part._replace(names=[*part.names[1:], part.names[0]])])


def test_trees_that_are_stored_say_what_the_fitted_ones_say():
    rng = np.random.default_rng(1)
    measures = rng.random((400, 2)).astype(np.float32)
    answer = measures[:, 0] + 0.3 * measures[:, 1] > 0.6
    booster = fit("copy", ["inliers", "drift"], measures, answer, np.ones(400))
    told = log_odds(exported(booster, Line(0.5, 0.25)), measures)
    np.testing.assert_allclose(told, 0.5 * booster.predict(measures, raw_score=True) + 0.25, atol=1e-3)


def test_recall_at_a_precision():
    score, answer = np.array([4.0, 3.0, 2.0, 1.0]), np.array([True, True, False, True])
    assert recall_at(score, answer, 1.0, np.ones(4)) == (pytest.approx(2 / 3), 3.0)
    assert recall_at(score, answer, 0.75, np.ones(4)) == (1.0, 1.0)
    assert recall_at(score, ~answer, 1.0, np.ones(4)) == (0.0, np.inf)


def families(kind):
    return families_of(kinds_of(kind))


def test_a_family_is_left_out_with_all_that_its_module_makes():
    assert families("lens|resize") == {"warps", "encoding"}
    assert families("chained+lens+sticker") == {"warps", "overlays"}
    assert families("page:form") == {"page: papers"} and families("scene:burst") == {"scene:burst"}
    assert families("original") == set() and families("shift:dragged_map") == {"shifted pages"}
    assert families("other:page:form|photographed") == {"other:page:form", "photographed"}


def test_each_kind_is_left_out_once_and_with_few_of_its_family():
    kinds = [{name} for name in EDITS] + [{"other:page:form"}]
    parts = parts_of(kinds)
    assert set(parts) == set(EDITS) and set(parts.values()) == set(range(PARTS))
    for family in {*families("lens"), *families("resize")}:
        own = [parts[name] for name in EDITS if families(name) == {family}]
        assert max(map(own.count, own)) <= -(-len(own) // PARTS)


NONE = Taken(0, 0)


@pytest.mark.parametrize(
    ("row", "left", "held"),
    [
        (Left("k", 100, 0, Taken(90, 0), NONE, NONE), Taken(87, 0), True),
        (Left("k", 100, 0, Taken(90, 0), NONE, NONE), Taken(86, 0), False),
        (Left("k", 0, 50, Taken(0, 5), NONE, NONE), Taken(0, 15), True),
        (Left("k", 0, 50, Taken(0, 5), NONE, NONE), Taken(0, 16), False),
    ],
)
def test_a_family_holds_within_three_points_and_a_thousandth(row, left, held):
    assert holds(row, left, 10_000) == held


def test_the_table_tells_kinds_and_families_apart():
    rows = [
        Left("edits", 100, 0, Taken(90, 0), Taken(88, 0), Taken(60, 0)),
        Left("pages", 0, 50, Taken(0, 5), Taken(0, 6), Taken(0, 7)),
    ]
    text = table(rows, 10_000, -0.5, 0.9)
    assert "| edits | 100 | 0.900 | 0.880 | 0.600 |  |  |  |  |" in text
    assert "| pages |  |  |  |  | 50 | 5 | 6 | 7 |" in text
    assert "Of 2 families 2 hold for a kind that was left out, 1 without all of the family" in text
