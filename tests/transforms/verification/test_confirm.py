"""What a worker keeps of the pictures that it compares: bounded, and without effect on what it finds."""

import pickle

import numpy as np

from lookalike.transforms.core.pairs import unpack
from lookalike.transforms.core.settings.confirm import ConfirmSettings
from lookalike.transforms.functional.lsh.exhaustive import Proposals
from lookalike.transforms.functional.lsh.ranks import NO_RANK
from lookalike.transforms.functional.registration.agreement import Agreement
from lookalike.transforms.functional.verification.evidence import Evidence, Measured
from lookalike.transforms.functional.verification.relations import RELATIONS
from lookalike.transforms.io.pair_records import RECORD, pairs_of
from lookalike.transforms.verification import comparison
from lookalike.transforms.verification.comparison import Comparison, ComparisonRules, Recent
from lookalike.transforms.verification.prepared_images import prepared_images
from lookalike.transforms.weights import decision_models, keypoint_axes
from tests.decisions import by_itself, of_probability
from tests.transforms.verification.conftest import PICTURES

RULES = ComparisonRules()


def every_pair():
    pairs = np.stack(np.triu_indices(PICTURES, 1), 1)
    return Proposals(pairs, np.full(len(pairs), -1), np.ones(len(pairs), bool))


def test_pictures_compared_long_ago_forget_what_was_made_of_them(features, monkeypatch):
    everything = Comparison(prepared_images(features), RULES).records(every_pair(), np.zeros(0, RECORD))
    assert np.count_nonzero(everything["relation"]) == PICTURES // 2
    few = Comparison(prepared_images(features), RULES, Recent(3))
    most, real = 0, few._use

    def use(*given):
        nonlocal most
        real(*given)
        most = max(most, sum("view" in image.picture.__dict__ for image in few.images))

    monkeypatch.setattr(few, "_use", use)
    assert (few.records(every_pair(), np.zeros(0, RECORD)) == everything).all()
    assert most == 3


def test_what_is_kept_is_kept_across_groups(features):
    """One bound for a worker, whatever it compares one after another."""
    recent, images = Recent(4), prepared_images(features)
    for first in range(0, PICTURES, 4):
        group = Comparison(images[first : first + 4], RULES, recent)
        pairs = np.stack(np.triu_indices(4, 1), 1)
        group.records(Proposals(pairs, np.full(6, -1), np.ones(6, bool)), np.zeros(0, RECORD))
    made = ["view" in image.picture.__dict__ for image in images]
    assert made == [False] * (PICTURES - 4) + [True] * 4
    made_of_it = ("keypoints", "shingles", "view", "grey", "colours", "small")
    assert not any(name in images[0].picture.__dict__ for name in made_of_it)


def test_evidence_that_waits_to_be_decided_is_small(features):
    """Its pictures are bounded by themselves."""

    def size(evidence):
        return len(pickle.dumps({name: value for name, value in vars(evidence).items() if name not in "ab"}))

    picture = prepared_images(features)[0].picture
    evidence = Evidence(picture, picture, keypoint_axes(), -1, 1.0)
    assert size(evidence) > 200_000
    evidence.gather()
    assert size(evidence) < 100_000


def test_how_many_are_decided_at_once_changes_nothing(features, monkeypatch):
    def found():
        return Comparison(prepared_images(features), RULES).records(every_pair(), np.zeros(0, RECORD))

    together = found()
    for count in (1, 7):
        monkeypatch.setattr(comparison, "DECIDED_AT_ONCE", count)
        assert found().tobytes() == together.tobytes()


def test_a_decision_is_recorded_from_the_picture_whose_pixel_hash_is_smaller(features, monkeypatch):
    """Whatever is decided, and in whichever order the keys of the two are."""
    seen = {}

    def decide(evidences, models, least):
        assert models is decision_models()
        assert least == 0.25
        shares = [(n + 0.5) / len(evidences) for n in range(len(evidences))]
        decisions = [of_probability(RELATIONS[n % len(RELATIONS)], share) for n, share in enumerate(shares)]
        seen.update(((id(e.a), id(e.b)), d) for e, d in zip(evidences, decisions, strict=True))
        return decisions

    monkeypatch.setattr(comparison, "decide", decide)

    def gather(evidence):
        evidence.worst, evidence.laid = (0.1, 0.2, 0.3, 0.4), 2

    monkeypatch.setattr(Evidence, "gather", gather)
    monkeypatch.setattr(
        Evidence, "measured", lambda self: Measured(Agreement(*range(11)), np.eye(2, 3), True, 7.0, 0.5)
    )
    images = prepared_images(features)
    wide = Comparison(images, ComparisonRules(ConfirmSettings(probability=0.25)))
    records = wide.records(every_pair(), np.zeros(0, RECORD))
    by_key = {image.features.key: image for image in images}
    turned = 0
    for record in records:
        pair = sorted((by_key[record[end].tobytes()] for end in "ab"), key=lambda image: image.features.pixels)
        turned += pair[0].features.key != record["a"].tobytes()
        decision = seen[id(pair[0].picture), id(pair[1].picture)]
        found = by_itself(decision, 0.25)
        assert (RELATIONS[record["relation"]], record["probability"]) == found
        assert (record["log_odds"], record["likely"]) == (decision.log_odds, decision.likely)
        assert [RELATIONS[record[name]] for name in ("copies", "otherwise")] == [decision.copies, decision.otherwise]
        assert (record["laid"], record["worst"].tolist()) == (
            (2, [0.1, 0.2, 0.3, 0.4]) if decision.copies or decision.otherwise else (0, [0] * 4)
        )
        assert record["least"] == (0.5 if decision.copies or decision.otherwise else 0)
    assert 0 < turned < len(records)
    pairs = list(unpack(pairs_of(records)))
    assert len(pairs) == np.count_nonzero(records["relation"]) > 0
    for pair in pairs:
        a, b = by_key[pair.a], by_key[pair.b]
        assert a.features.pixels < b.features.pixels
        assert (pair.relation, pair.probability) == by_itself(seen[id(a.picture), id(b.picture)], 0.25)


def test_images_of_equal_pixels_that_met_are_not_aligned(features):
    """They are tied already; embeddings that are all alike propose every pair."""
    alike = [one._replace(embedding=np.array([1, 0, 0, 0], np.float16)) for one in features[:3]]
    alike[2] = alike[2]._replace(pixels=alike[0].pixels)
    pairs = np.array([[0, 1], [0, 2], [1, 2]])
    found = Comparison(prepared_images(alike), RULES).listed(pairs, np.full(3, NO_RANK))
    assert found.pairs.tolist() == [[0, 1], [1, 2]]
