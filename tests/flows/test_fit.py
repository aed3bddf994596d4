"""`lookalike fit`: the same bytes with any number of workers, and an artefact that an audit uses."""

import json

import numpy as np
import pytest

from lookalike.pipelines.cli.main import main
from lookalike.transforms.embedding.embedder import embedder_of
from lookalike.transforms.embedding.settings import EMBEDDED_SCALES
from lookalike.transforms.embedding.whitening import read_whitening
from lookalike.transforms.fingerprinting.embed import EmbedImages
from lookalike.transforms.functional.embedding.moments import Moments, pca_whitening
from lookalike.transforms.functional.images.planes import embedding_plane
from tests.flows.test_audit import run, table
from tests.synthetic import make_corpus

TWO = ["--", "--direct_num_workers=2"]


@pytest.fixture(scope="module")
def corpus(tmp_path_factory):
    folder = tmp_path_factory.mktemp("fit") / "images"
    make_corpus(folder, groups=8, singles=30, width=200, height=150)
    (folder / "broken.jpg").write_bytes(b"no image")
    return folder


@pytest.fixture(scope="module")
def fitted(corpus, tmp_path_factory):
    file = tmp_path_factory.mktemp("fitted") / "whitening.npz"
    assert run("fit", corpus, "--output", file, "--dims", "32") == 0
    return file


def test_two_workers_give_the_same_bytes_and_nothing_else_is_left(corpus, fitted, tmp_path):
    assert run("fit", corpus, "--output", tmp_path / "again.npz", "--dims", "32", workers=TWO) == 0
    assert (tmp_path / "again.npz").read_bytes() == fitted.read_bytes()
    assert [path.name for path in tmp_path.iterdir()] == ["again.npz"]
    assert [path.name for path in fitted.parent.iterdir()] == ["whitening.npz"]


def test_it_tells_what_it_was_fitted_on(corpus, fitted):
    whitening = read_whitening(str(fitted))
    about = whitening.about
    assert about["images"] == about["listed"] - 1 == len(list(corpus.iterdir())) - 1 and about["unreadable"] == 1
    assert about["vectors"] == len(EMBEDDED_SCALES) * about["images"], "GeM takes a map for one region"
    assert about["inputs"] == [str(corpus)] and about["dims"] == 32 and 0.3 < about["variance"] <= 1
    assert about["with"]["backbone"] == "embedded" and about["with"]["levels"] == 3
    assert whitening.mean.shape == (about_channels(whitening),) and whitening.projection.shape[1] == 32


def about_channels(whitening):
    return whitening.projection.shape[0]


def test_it_is_the_whitening_of_these_images(corpus, fitted):
    """Read, embedded and fitted here, one by one."""
    import cv2

    embedding = EmbedImages().embedding
    embedder = embedder_of(embedding)
    moments = None
    for path in sorted(corpus.iterdir()):
        picture = cv2.imread(str(path), cv2.IMREAD_COLOR_RGB)
        if picture is None:
            continue
        plane = embedding_plane(picture, embedding.plane)
        vectors = embedder.vectors([plane])
        moments = moments or Moments.none(vectors.shape[1])
        moments.add(vectors)
    mean, projection, _ = pca_whitening(moments, 32, 1e-3)
    whitening = read_whitening(str(fitted))
    # OpenCV's JPEG decoder is another than Pillow's
    np.testing.assert_allclose(whitening.mean, mean, atol=1e-3)
    cosine = np.abs((whitening.projection * projection).sum(0)) / (
        np.linalg.norm(whitening.projection, axis=0) * np.linalg.norm(projection, axis=0)
    )
    assert cosine[:8].min() > 0.98


def test_an_audit_uses_it(corpus, fitted, tmp_path):
    assert run("audit", corpus, "--output", tmp_path / "out", "--set", f"embed.whitening={fitted}") == 0
    rows = table(tmp_path / "out", "fingerprints")
    assert len(rows[0]["embedding"]) == 32
    record = json.loads((tmp_path / "out" / "audit.json").read_text())
    assert record["configuration"]["embed"]["whitening"] == str(fitted) and record["counts"]["clusters"] >= 7


def test_an_audit_with_a_network_of_torchvision(corpus, tmp_path):
    settings = ["embed.backbone=squeezenet1_1", "embed.side=96", "embed.layer=features.7", "embed.pooling=rmac"]
    fit = ["fit", corpus, "--output", tmp_path / "w.npz", "--sample", "30"]
    assert run(*fit, *(f"--set={s}" for s in settings)) == 0
    settings.append(f"embed.whitening={tmp_path / 'w.npz'}")
    assert run("audit", corpus, "--output", tmp_path / "out", *(f"--set={s}" for s in settings)) == 0
    assert len(table(tmp_path / "out", "fingerprints")[0]["embedding"]) == 256
    assert len({row["cluster_id"] for row in table(tmp_path / "out", "clusters")}) >= 7


def test_what_is_there_is_kept_unless_told(corpus, fitted, capsys):
    before = fitted.read_bytes()
    assert run("fit", corpus, "--output", fitted, "--dims", "8") == 2
    assert "--overwrite" in capsys.readouterr().err and fitted.read_bytes() == before


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--dims", "100000"], "dims must lie in 1.."),
        (["--sample", "2"], "too few to whiten"),
        (["--sample", "1"], "--sample: it must be a whole number from 2"),
        (["--set", "embed.backbone=resnet19"], "embed.backbone is 'resnet19'"),
    ],
)
def test_wrong_use_is_told(corpus, tmp_path, capfd, arguments, message):
    assert run("fit", corpus, "--output", tmp_path / "w.npz", *arguments) == 2
    assert message in capfd.readouterr().err and not list(tmp_path.iterdir())


def test_the_embedding_alone_is_scored(corpus, tmp_path, capsys):
    assert run("fingerprint", corpus, "--output", tmp_path / "out") == 0
    lines = ["file,group,role,tier,edit"]
    for path in sorted(corpus.iterdir()):
        group, _, edit = path.stem.partition("-")
        lines.append(f"{path.name},{group},{'copy' if edit else 'original'},{'light' if edit else ''},{edit}")
    (tmp_path / "truth.csv").write_text("\n".join(lines))
    capsys.readouterr()
    assert main(["evaluate", str(tmp_path / "out"), "--truth", str(tmp_path / "truth.csv"), "--embedding"]) == 0
    said = capsys.readouterr().out
    rows = {line.split()[0]: line.split()[1:] for line in said.splitlines()[1:]}
    assert "unrelated pairs: median" in said
    assert rows["half"][1] == rows["bytes"][1] == rows["lossless"][1] == "1.000" and float(rows["light"][2]) > 0.5
    (tmp_path / "truth.csv").write_text("file,group\ng0.jpg,g0\n")
    assert main(["evaluate", str(tmp_path / "out"), "--truth", str(tmp_path / "truth.csv"), "--embedding"]) == 2
