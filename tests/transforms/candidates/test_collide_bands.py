"""Tasks of bands, each read from the files of all batches: the same pairs however the codes are divided."""

import numpy as np
import pytest

from lookalike.transforms.candidates import band_files
from lookalike.transforms.candidates.band_files import BandFiles
from lookalike.transforms.candidates.bands import POLYTOPES, Banded, BandPlan, Cut, tasks_of
from lookalike.transforms.candidates.candidate_groups import CANDIDATE
from lookalike.transforms.candidates.collide_bands import CollideBands
from lookalike.transforms.candidates.join import Merge
from lookalike.transforms.core.settings.pair import PairSettings
from lookalike.transforms.functional.lsh.buckets import hamming
from lookalike.transforms.functional.lsh.candidate_rule import ANY, CandidateRule
from lookalike.transforms.functional.lsh.codes import cross_polytopes, hyperplanes
from lookalike.transforms.functional.lsh.codes.banding import Bands
from lookalike.transforms.functional.lsh.codes.cross_polytopes import Width
from lookalike.transforms.ingest.scopes import EVERYWHERE
from lookalike.transforms.io.generate import parts_of

PLAN = BandPlan(1 << 18, 2, Bands(20, 1, 1, 0), Width(2, 2, 0), 0, CandidateRule((ANY,) * 4, 0.8))
CROWD, BATCHES = 150, 4
BY_SHINGLES = PLAN._replace(rule=CandidateRule((ANY,) * 4, 1.0))
SETTINGS = PairSettings(crowd=8, heads=2)


def images(count=400):
    """A crowd of noise on one picture, and pictures by themselves, in order of key."""
    rng = np.random.default_rng(3)
    vectors = rng.standard_normal((count, 64))
    signatures, residual = rng.integers(0, 2**32, (2, count, 20), np.uint32)
    crowd = rng.permutation(count)[:CROWD]
    vectors[crowd] = vectors[crowd[0]] + 0.1 * rng.standard_normal((CROWD, 64))
    same = rng.random((CROWD, 20)) < 0.6
    signatures[crowd] = np.where(same, signatures[crowd[0]], signatures[crowd])
    residual[crowd] = residual[crowd[0]]
    vectors = (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float16)
    keys = np.sort(rng.integers(0, 2**63, count)).astype(">u8")
    keys = np.frombuffer(b"".join(key.tobytes() * 2 for key in keys * 2), "V16")
    zeros = np.zeros(count, np.int64)
    return Banded(keys, vectors, signatures, residual, zeros, zeros.astype(np.uint64)), np.sort(crowd)


def found(root, plan, cut):
    """Pairs of places that all tasks find, the crowd, and all images."""
    every, crowd = images()
    files = BandFiles(str(root), parts_of(str(root), "fingerprints", BATCHES), plan, cut)
    assert files.batches == BATCHES
    batches = np.array_split(np.arange(len(every.keys)), BATCHES)
    counts = [files.write(n, Banded(*(v[rows] for v in every)), 7) for n, rows in enumerate(batches)]
    done = [
        one for task in tasks_of(plan, cut) for one in CollideBands(SETTINGS, files, EVERYWHERE).process(task, counts)
    ]
    assert done == [1] * len(tasks_of(plan, cut))
    starts = np.r_[0, np.cumsum(band_files.block_sizes(counts, PLAN.blocks))]
    pairs = set()
    for block in range(PLAN.blocks):
        for (own, other), packed in Merge(files, False).process(block, counts, sum(done)):
            ends = np.frombuffer(packed, CANDIDATE)
            pairs |= set(zip((starts[own] + ends["a"]).tolist(), (starts[other] + ends["b"]).tolist(), strict=True))
    return pairs, set(crowd.tolist()), every


@pytest.mark.parametrize("plan", [PLAN, BY_SHINGLES])
@pytest.mark.parametrize("cut", [Cut(16, 1), Cut(5, 1), Cut(16, 8), Cut(1, 64)])
def test_all_that_are_in_no_crowd_meet_and_crowds_are_stars(plan, cut, tmp_path):
    pairs, crowd, every = found(tmp_path, plan, cut)
    looks = hyperplanes.sketches(every.vectors)
    codes = cross_polytopes.codes(every.vectors, PLAN.polytopes, 7)
    i, j = np.triu_indices(len(looks), 1)
    agree = hamming(looks[i], looks[j]) <= plan.apart(POLYTOPES)[0]
    agree[agree] = (codes[i[agree], :, :, None] == codes[j[agree], :, None]).any((1, 2, 3))
    agree |= (every.signatures[i] == every.signatures[j]).any(1) & np.isin(i, list(crowd)) & np.isin(j, list(crowd))
    expected = set(zip(i[agree].tolist(), j[agree].tolist(), strict=True))
    inside = {pair for pair in expected if crowd.issuperset(pair)}
    assert pairs <= expected and pairs - inside == expected - inside
    # all in the crowd were compared with one of the first few, and not with one another
    assert {b for _, b in pairs & inside} == crowd - {min(crowd)}
    assert len(pairs & inside) < len(inside) / 4


@pytest.mark.parametrize("few", [0, 1000])
def test_sketches_are_looked_up_alike_row_by_row_and_whole(few, tmp_path, monkeypatch):
    monkeypatch.setattr(band_files, "FEW_ROWS", few)
    files = BandFiles(str(tmp_path), parts_of(str(tmp_path), "fingerprints", BATCHES), PLAN, Cut(16, 8))
    every, _ = images()
    batches = np.array_split(np.arange(len(every.keys)), BATCHES)
    counts = [files.write(n, Banded(*(v[rows] for v in every)), 7) for n, rows in enumerate(batches)]
    places = np.array([399, 0, 17, 17, 250, 101, 100, 99])
    assert (files.looks(counts)[places] == hyperplanes.sketches(every.vectors)[places]).all()
    assert files.looks(counts)[np.zeros(0, np.int64)].shape == (0, 4)


def test_a_batch_without_images_is_read_too(tmp_path):
    files = BandFiles(str(tmp_path), parts_of(str(tmp_path), "fingerprints", 1), PLAN, Cut(16, 4))
    every, _ = images()
    counts = [files.write(0, Banded(*(values[:0] for values in every)), 7)]
    assert counts[0].images == []
    for task in tasks_of(PLAN, files.cut):
        assert list(CollideBands(SETTINGS, files, EVERYWHERE).found(task, counts)) == []
