"""Benchmarks call what is inside of stages, as nobody else does: they still run."""

import cv2

from tests.benchmarks import stages
from tests.synthetic import grey


def test_every_stage_is_timed(tmp_path):
    for seed in range(2):
        cv2.imwrite(str(tmp_path / f"{seed}.jpg"), grey(seed, 200, 300))
        cv2.imwrite(str(tmp_path / f"{seed}-again.jpg"), grey(seed, 200, 300)[10:, 10:])
    clock = stages.Clock()
    features = stages.fingerprint(str(tmp_path), clock)
    assert len(features) == 4 and stages.match(features, clock) == 2
    timed = {"decode", "embedding (R-MAC)", "keypoints", "keypoints of panels", "shingles", "screening", "measures"}
    assert timed <= set(clock.seconds) and min(clock.seconds.values()) >= 0
