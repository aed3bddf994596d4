"""The corpus of kinds: drawn the same every time, and scored family by family."""

import collections
import csv
import io
import itertools
import math

import cv2
import numpy as np
import pyarrow as pa
import pytest
from PIL import Image, ImageChops, ImageOps

from lookalike.pipelines.run import manifest
from lookalike.pipelines.training.decision import examples
from lookalike.pipelines.training.kinds.appearance import tiny
from lookalike.pipelines.training.kinds.edits import EDITS, LEAST, LEFT, REPAINTED, chained
from lookalike.pipelines.training.kinds.kept import ways
from lookalike.pipelines.training.kinds.scenery.alone import thing_alone
from lookalike.pipelines.training.kinds.scenes import SCENES
from lookalike.pipelines.training.kinds.sets import SETS
from lookalike.pipelines.training.kinds.shifts import SHIFTS
from lookalike.pipelines.training.kinds.templates import PICTURED, TEMPLATES
from lookalike.pipelines.training.kinds.tools import fields, lettering
from lookalike.transforms.functional.drawing.procedural import draw_picture
from lookalike.transforms.io.parquet_sink import write_table
from tests.benchmarks.kinds import corpus

PHOTOGRAPHS = [Image.fromarray(draw_picture(seed, 240, 180)) for seed in range(6)]


@pytest.mark.parametrize("name", EDITS)
def test_an_edit_changes_a_picture_and_the_same_way_every_time(name):
    _, edit = EDITS[name]
    drawn = [edit(PHOTOGRAPHS[0], np.random.default_rng(5), PHOTOGRAPHS[1:]) for _ in range(2)]
    assert drawn[0].mode == "RGB" and drawn[0].tobytes() == drawn[1].tobytes()
    assert drawn[0].size != PHOTOGRAPHS[0].size or drawn[0].tobytes() != PHOTOGRAPHS[0].tobytes()


@pytest.mark.parametrize("name", EDITS)
def test_an_edit_takes_strips_and_icons(name):
    relation, edit = EDITS[name]
    assert relation in ("same", "overlaid", "part", "whole")
    for size in ((16, 16), (150, 18), (18, 150)):
        assert min(edit(PHOTOGRAPHS[1].resize(size), np.random.default_rng(2), PHOTOGRAPHS[2:]).size) > 0


def test_things_alone_stand_on_plain_ground_and_are_each_another():
    drawn = [thing_alone(np.random.default_rng(seed), PHOTOGRAPHS[seed % 6]) for seed in range(24)]
    assert drawn[3].tobytes() == thing_alone(np.random.default_rng(3), PHOTOGRAPHS[3]).tobytes()
    assert len({picture.tobytes() for picture in drawn}) == 24
    bare = 0
    for picture in drawn:
        pixels = np.asarray(picture)
        edge = np.concatenate([pixels[0], pixels[-1], pixels[:, 0], pixels[:, -1]])
        bare += np.mean((edge == edge[0]).all(1)) > 0.9
        assert pixels.std() > 3
    assert bare >= 20


def test_a_chain_cuts_first_sets_among_others_last_and_leaves_enough():
    assert set(LEAST) <= set(EDITS)
    lengths = set()
    for seed in range(200):
        icon = PHOTOGRAPHS[0].resize((48, 36))
        edited, names = chained(icon, np.random.default_rng(seed), PHOTOGRAPHS[1:], 2 + seed % 2)
        relations = [EDITS[name][0] for name in names]
        assert edited.mode == "RGB" and len(set(names)) == len(names) == 2 + seed % 2
        assert relations.count("part") <= 1 and relations.count("whole") <= 1
        assert "part" not in relations[1:] and "whole" not in relations[:-1]
        shares = [LEAST[name] for name in names if name in LEAST]
        assert len(shares) < 2 or math.prod(shares) >= LEFT
        lengths.add(len(shares))
    assert lengths >= {0, 1, 2}


def likeness(a, b):
    grey = [np.asarray(picture.convert("L").resize((8, 8)), float).ravel() for picture in (a, b)]
    return np.corrcoef(grey)[0, 1]


def test_a_tiny_picture_that_is_made_again_shows_the_same():
    for number, photograph in enumerate(PHOTOGRAPHS):
        first = tiny.squared(photograph, 32)
        again = [tiny.squared_again(photograph, 32, np.random.default_rng((number, n))) for n in range(12)]
        assert {(picture.mode, picture.size) for picture in again} == {("RGB", (32, 32))}
        for picture in again:
            assert picture.tobytes() != first.tobytes()
            assert max(likeness(first, picture), likeness(first, ImageOps.mirror(picture))) > 0.4
        others = [tiny.squared(other, 32) for other in PHOTOGRAPHS if other is not photograph]
        assert max(likeness(first, other) for other in others) < 0.4


def test_photographs_made_tiny_have_copies_which_are_no_other_views(tmp_path, monkeypatch):
    for folder, number in (("shop", 0), ("shop", 1), ("home", 2), ("home", 3), ("home", 4), ("home", 5)):
        (tmp_path / folder).mkdir(exist_ok=True)
        PHOTOGRAPHS[number].save(tmp_path / folder / f"{number}.png")
    monkeypatch.setattr(examples, "examples", lambda shown: shown)
    monkeypatch.setattr(examples, "COPIED", 1.0)
    shown = examples.photographed([tmp_path], [tmp_path / "shop"], examples.Tiny(32, 2))
    assert len({one.group for one in shown}) == 4 * len(PHOTOGRAPHS) < len(shown)
    assert {Image.open(io.BytesIO(one.data)).size for one in shown} == {(32, 32)}
    for a, b in itertools.combinations(shown, 2):
        both_in_shop = "shop" in a.group and "shop" in b.group
        expected = "clean" if a.group == b.group else "view" if both_in_shop else ""
        label, kind = examples.label_of(a, b)
        assert label == expected and "tiny" in kind
    assert len(examples.photographed([tmp_path], [])) == len(PHOTOGRAPHS)


@pytest.mark.parametrize("name", TEMPLATES)
def test_contents_of_one_design_differ_to_a_beholder(name):
    def drawn(content, *photographs):
        return TEMPLATES[name][1](np.random.default_rng(3), np.random.default_rng(content), *photographs)

    first, other = drawn(1, *PHOTOGRAPHS[:2]), drawn(2, PHOTOGRAPHS[0], PHOTOGRAPHS[2])
    again = drawn(1, *(PHOTOGRAPHS[:2] if name in PICTURED else PHOTOGRAPHS[4:6]))
    assert first.mode == "RGB" and first.tobytes() == again.tobytes() and first.size == other.size
    assert (np.asarray(ImageChops.difference(first, other)).max(-1) > 40).any()


def filled(level, content, *makers, pictured=True):
    photographs = PHOTOGRAPHS[0], PHOTOGRAPHS[1]
    rngs = np.random.default_rng(1), np.random.default_rng(content)
    return fields.Fields(*rngs, *photographs, {level: 1.0}, pictured).fill(*makers)


def of_the_design(*makers):
    contents = [filled("one", content, *makers) for content in range(40)]
    return [collections.Counter(map(str, values)).most_common(1)[0][0] for values in zip(*contents, strict=True)]


@pytest.mark.parametrize(("level", "least", "most"), [("one", 1, 1), ("few", 2, 4), ("half", 3, 3), ("all", 6, 6)])
def test_a_content_has_as_many_fields_of_its_own_as_its_level_says(level, least, most):
    makers = [lettering.name, fields.share, fields.flag, fields.colour(), fields.one_of(3), lettering.date]
    base = of_the_design(*makers)
    for content in range(20):
        own = map(str, filled(level, content, *makers))
        assert least <= sum(a != b for a, b in zip(base, own, strict=True)) <= most


@pytest.mark.parametrize(("level", "most"), [("letter", 1), ("word", 4)])
def test_another_letter_or_word_is_of_the_same_sort_and_length(level, most):
    makers = [lettering.codes(4), fields.share, fields.photograph]
    base = of_the_design(*makers[:2])
    for content in range(20):
        own, share, _ = filled(level, content, *makers)
        assert str(share) == base[1]
        assert 1 <= sum(a != b for a, b in zip(base[0], own, strict=True)) <= most
        assert [letter.isdigit() for letter in own] == [letter.isdigit() for letter in base[0]]


def test_a_content_that_may_not_have_a_photograph_of_its_own_has_something_else():
    for content in range(10):
        shown, who = filled("one", content, fields.photograph, lettering.name, pictured=False)
        assert shown is PHOTOGRAPHS[0] and who != of_the_design(fields.photograph, lettering.name)[1]
    assert filled("all", 1, fields.photograph)[0] is PHOTOGRAPHS[1]


def test_a_field_that_can_not_differ_is_refused():
    with pytest.raises(ValueError, match="draws nothing but"):
        filled("all", 1, lambda rng: 7)


def test_a_font_that_is_not_installed_is_named(monkeypatch):
    monkeypatch.setitem(lettering.FACES, "rare", ("no_such_package", "a.ttf"))
    with pytest.raises(ModuleNotFoundError, match=r"no_such_package .*lookalike\[dev\]"):
        lettering.font(12, "rare")


@pytest.mark.parametrize("name", SHIFTS)
def test_views_of_one_page_share_what_has_moved(name):
    relation, shift = SHIFTS[name]
    first, second = shift(np.random.default_rng(4), np.random.default_rng(6), PHOTOGRAPHS[0], PHOTOGRAPHS[1])
    assert relation == "overlap" and first.mode == "RGB" and first.size == second.size
    one, two = np.asarray(first), np.asarray(second)
    height, width = one.shape[:2]
    top, left = int(height * 0.55), int(width * 0.3)
    patch = one[top : top + height // 6, left : left + width // 3]
    likeness = cv2.matchTemplate(two, patch, cv2.TM_CCOEFF_NORMED)
    where = np.unravel_index(likeness.argmax(), likeness.shape)
    assert patch.std() > 4 and np.array_equal(patch, two[where[0] :, where[1] :][: patch.shape[0], : patch.shape[1]])
    assert where != (top, left) and (name == "dragged_map" or where[1] == left)


@pytest.mark.parametrize("name", SETS)
@pytest.mark.parametrize("seed", [1, 2])
def test_a_set_keeps_some_pictures_more_than_once_and_tells_them_apart(name, seed):
    relation, drawn = SETS[name]
    groups, again = (drawn(np.random.default_rng(seed), PHOTOGRAPHS[0], PHOTOGRAPHS[1:]) for _ in range(2))
    assert relation in ("", "variant", "view") and len(groups) >= 2 and min(map(len, groups)) >= 3
    assert [one.tobytes() for group in groups for one in group] == [one.tobytes() for group in again for one in group]
    for group in groups:
        assert all(one.mode == "RGB" for one in group) and len({(one.size, one.tobytes()) for one in group}) > 2
    firsts = [group[0] for group in groups]
    if name != "faint":  # what is seen there is told apart by more than levels
        assert all(ways.told_apart(a, b) for a, b in itertools.combinations(firsts, 2))


def test_so_much_of_two_small_pictures_differs_that_they_are_told_apart():
    icon = Image.new("RGB", (16, 16), "white")
    dotted, spotted = icon.copy(), icon.copy()
    dotted.paste((0, 0, 0), (4, 4, 6, 6))
    spotted.paste((0, 0, 0), (4, 4, 7, 7))
    assert not ways.told_apart(icon, dotted) and ways.told_apart(icon, spotted)
    assert not ways.told_apart(icon, icon.resize((64, 64)))
    assert not ways.told_apart(spotted.resize((2, 2), Image.Resampling.BOX), icon)  # too small to show it


def test_pairs_of_a_set_are_copies_or_have_its_relation(monkeypatch):
    monkeypatch.setattr(examples, "SETS_DRAWN", 1)
    beside = examples.Beside(PHOTOGRAPHS, 3, np.random.default_rng(1))
    shown = [one for one in examples._set_series(itertools.cycle(PHOTOGRAPHS), beside, 1) if not one.edit]
    assert {one.kind for one in shown} == {f"set:{name}" for name in SETS}
    prints = [one for one in shown if one.series == "prints-1-0"]
    labels = [examples.label_of(a, b)[0] for a, b in itertools.combinations(prints, 2)]
    assert collections.Counter(labels) == {"clean": 12, "view": 16}


def test_what_is_drawn_is_not_learnt_to_be_a_copy_in_other_colours(monkeypatch):
    monkeypatch.setattr(examples, "PAGES", 1.0)
    monkeypatch.setattr(examples, "EDITS", {name: EDITS[name] for name in (*REPAINTED, *examples.LIGHT)})
    monkeypatch.setattr(examples, "chained", lambda image, *_: (image, ["hue", "trim"]))
    photographs = itertools.cycle(PHOTOGRAPHS)
    beside = examples.Beside(PHOTOGRAPHS, 3, np.random.default_rng(1))
    kinds = {one.edit or one.kind for one in examples._copies(photographs, photographs, beside, 1, 6)}
    assert {"original", "drawn+trim"} < kinds <= {"original", *(f"drawn+{name}" for name in examples.LIGHT)}


def test_kinds_have_names_of_their_own():
    kinds = TEMPLATES, EDITS, SCENES, SHIFTS, SETS
    assert len({name for kind in kinds for name in kind}) == sum(map(len, kinds))


def test_every_file_of_the_corpus_is_in_the_truth(tmp_path, monkeypatch):
    monkeypatch.setattr(corpus, "DESIGNS", 1)
    monkeypatch.setattr(corpus, "CONTENTS", 2)
    monkeypatch.setattr(corpus, "SHIFTED", 1)
    monkeypatch.setattr(corpus, "TAKES", 1)
    monkeypatch.setattr(corpus, "SETS", {name: SETS[name] for name in ("sprites", "prints")})
    few = ("form", "playing_card", "product_card")
    monkeypatch.setattr(corpus, "SCENES", {name: SCENES[name] for name in ("captions", "panned")})
    monkeypatch.setattr(corpus, "SHIFTS", {name: SHIFTS[name] for name in ("scrolled_feed", "dragged_map")})
    monkeypatch.setattr(corpus, "TEMPLATES", {name: TEMPLATES[name] for name in few})
    rows = corpus.make(tmp_path / "corpus", PHOTOGRAPHS, 1, 4)
    assert sorted(row.file for row in rows) == sorted(path.name for path in (tmp_path / "corpus/images").iterdir())
    assert {row.role for row in rows} == {"original", "copy", "lookalike"}
    with (tmp_path / "corpus/truth.csv").open(newline="", encoding="utf-8") as file:
        assert [corpus.Row(**row) for row in csv.DictReader(file)] == rows
    with pytest.raises(FileExistsError):
        corpus.make(tmp_path / "corpus", PHOTOGRAPHS, 1, 4)


def test_copies_that_are_found_and_look_alikes_that_are_merged_and_lost_are_counted(tmp_path):
    truth = [
        corpus.Row("a.jpg", "a", "original", "", ""),
        corpus.Row("a-blur.jpg", "a", "copy", "blur", "same"),
        corpus.Row("a-crop.jpg", "a", "copy", "crop", "part"),
        corpus.Row("form-1.jpg", "form-1", "lookalike", "form", "variant"),
        corpus.Row("form-2.jpg", "form-2", "lookalike", "form", "variant"),
        corpus.Row("form-3.jpg", "form-3", "lookalike", "form", "variant"),
    ]
    with (tmp_path / "truth.csv").open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([corpus.COLUMNS, *truth])
    members = [("1", "a.jpg", "a.jpg"), ("1", "a-blur.jpg", "a.jpg")]
    members += [("2", f"form-{n}.jpg", "form-1.jpg") for n in (1, 2, 3)]
    rows = [
        {"cluster_id": c, "uri": f"/x/{uri}", "representative_uri": f"/x/{kept}", "reclaimable": uri == "form-2.jpg"}
        for c, uri, kept in members
    ]
    output = str(tmp_path / "out")
    part = write_table(output, "clusters/part-0.parquet", pa.Table.from_pylist(rows))
    record = {name: kind() for name, kind in manifest.NEEDED.items()} | {
        "format": manifest.FORMAT,
        "parts": {"clusters": [part._asdict()]},
    }
    manifest.write(output, record)
    assert corpus.score(tmp_path, output) == {
        "blur": corpus.Kind(1, 1, 0, 0),
        "crop": corpus.Kind(1, 0, 0, 0),
        "form": corpus.Kind(3, 0, 3, 1),
        "original": corpus.Kind(1, 0, 0, 0),
    }
