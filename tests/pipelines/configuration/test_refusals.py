"""Every key of the configuration against values that are wrong: refused by name before anything is read or written."""

import numpy as np
import pytest

from lookalike.pipelines.cli.main import main
from lookalike.pipelines.configuration.config import RENAMED, Config, ConfigError, load
from lookalike.pipelines.configuration.stages import Corpus, Stages
from lookalike.pipelines.engines.runners import pipeline_options
from lookalike.transforms.candidates.find import FindCandidates
from lookalike.transforms.core.settings.confirm import ConfirmSettings
from lookalike.transforms.core.settings.pair import PairSettings
from lookalike.transforms.core.settings.read import ReadSettings
from lookalike.transforms.decoding.read_images import ReadImages

KEYS = [f"{block}.{key}" for block, keys in Config().plain().items() for key in keys]
VALUES = (
    *("-1", "-0.5", "0", "0.5", "1", "2", "100000", str(10**30), "7.5", ".nan", ".inf", "-.inf"),
    *(
        "[]",
        "[[1]]",
        "[a]",
        "[.nan]",
        "{a: 1}",
        "!!set {a}",
        "word",
        "''",
        "'1'",
        "true",
        "false",
        "2026-01-02",
        "null",
    ),
)
COUNT = ("1", "2", "100000")
SHARE = ("0", "0.5", "1")
COSINE = ("-1", "-0.5", "0", "0.5", "1")
RIGHT = {
    "confirm.cosine": COSINE,
    "confirm.max_hamming": COUNT,
    "confirm.probability": ("0.5", "1"),
    **{f"pair.{name}": COUNT for name in ("chance_collisions", "chance_candidates", "bucket")},
    **{f"pair.{name}": ("0", *COUNT) for name in ("exhaustive", "assumed_corpus_size", "seed")},
    "pair.scope": ("''",),
    "pair.chance_cosines": (),
    "pair.crowd": ("2", "100000"),
    "pair.heads": ("1", "2"),
    "read.max_bytes": COUNT,
    "read.max_pixels": COUNT,
    "read.seconds": ("0.5", "1", "2", "7.5"),
    "read.memory": (),
    "read.pdq": ("true", "false"),
    "read.sniff": ("true", "false"),
    "read.connections": ("1", "2"),
    **{f"embed.{name}": ("''",) for name in ("sha256", "layer", "whitening")},
    **{f"embed.{name}": ("0",) for name in ("classes", "side")},
    **{f"embed.{name}": ("[]",) for name in ("input_shape", "region_weights", "scales")},
    **{f"embed.{name}": () for name in ("backbone", "pooling", "device", "precision")},
    "embed.include_top": ("false",),
    "embed.weights": ("null",),
    "embed.seed": ("0", *COUNT),
    "embed.levels": ("1", "2"),
    "embed.overlap": ("0", "0.5"),
    "embed.power": ("0.5", "1", "2", "7.5"),
    "embed.batch": ("1", "2"),
    "embed.accelerator": ("word", "''", "'1'"),  # engines have names of their own
    **{f"sketch.{name}": ("1", "2") for name in ("keypoints", "permutations", "thumbnail_quality")},
    "sketch.seed": ("0", *COUNT),
    "collapse.textured": SHARE,
    "collapse.keypoints": ("0", *COUNT),
    **{f"cluster.{name}": ("[]",) for name in ("prefer", "reclaim")},
    "cluster.join": (),
    "cluster.certainty": SHARE,
    "cluster.detail": SHARE,
    **{f"cluster.{name}": ("[]", "[a]") for name in ("protected", "paths", "columns")},
    **{f"columns.{name}": ("[]", "[a]") for name in ("carry", "conflicts")},
    "columns.label_from": (),
    "cluster.formats": ("[]",),
    "output.rows_per_part": COUNT,
    "output.folders": ("true", "false"),
    "output.folder_share": SHARE,
    "report.members": COUNT,
    "report.clusters": ("0", *COUNT),
    "report.pairs": ("0", *COUNT),
    "report.failures": ("0", *COUNT),
}
"""What of VALUES each key can be; all else is wrong."""


@pytest.mark.parametrize("key", KEYS)
def test_each_value_is_one_that_can_be_or_is_refused_by_name(key):
    accepted = []
    for value in VALUES:
        try:
            Stages(load(None, [f"{key}={value}"]), Corpus(""))
            accepted.append(value)
        except ConfigError as error:
            assert key in str(error) and "\n" not in str(error), error
    assert set(accepted) == set(RIGHT[key])


def test_keys_of_earlier_versions_are_refused_with_their_new_names():
    for old, new in RENAMED.items():
        assert old not in KEYS and new in KEYS
        with pytest.raises(ConfigError, match=f"^{old} is called {new} now"):
            load(None, [f"{old}=1"])


def test_a_stage_that_is_built_by_hand_takes_no_nonsense():
    with pytest.raises(ValueError, match="greater than or equal to 1"):
        ReadImages(ReadSettings(max_bytes=0))
    with pytest.raises(ValueError, match=r"at most pair\.crowd, which is 1"):
        FindCandidates(PairSettings(crowd=1))
    with pytest.raises(ValueError, match="not permitted"):
        ConfirmSettings(differ=3)


def lines(capfd):
    return [line for line in capfd.readouterr().err.splitlines() if line.strip()]


@pytest.mark.parametrize("wrong", ["embed.scales=[a]", "cluster.protected=[1]", "confirm.probability=.nan"])
@pytest.mark.parametrize(
    "command",
    [
        *(["audit", "{in}", "--output", "{out}"], ["audit", "{in}", "--catalog", "{out}"]),
        *(["fingerprint", "{in}", "--output", "{out}"], ["match", "{out}"], ["report", "{out}"]),
        ["config"],
        *(["plan", "{in}"], ["calibrate", "{in}", "--output", "{out}"], ["fit", "{in}", "--output", "{out}"]),
    ],
    ids=lambda command: "-".join(command[:3:2]),
)
def test_every_command_refuses_before_it_looks_at_anything(command, wrong, tmp_path, capfd):
    """The inputs and results that are named are not there, and nobody has noticed."""
    places = {"in": tmp_path / "in", "out": tmp_path / "out"}
    arguments = [argument.format(**places) for argument in command]
    assert main([*arguments, "--set", wrong]) == 2
    (line,) = lines(capfd)
    key, _, value = wrong.partition("=")
    assert line.startswith(f"lookalike: {key} is ") and "; it must be " in line
    (tmp_path / "my.yaml").write_text("{}: {{{}: {}}}".format(*key.split("."), value))
    assert main([*arguments, "--config", str(tmp_path / "my.yaml")]) == 2
    assert lines(capfd) == [line]
    assert [path.name for path in tmp_path.iterdir()] == ["my.yaml"]


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        (["embed.backbone=vgg"], "embed.backbone is 'vgg'; it can be embedded, alexnet"),
        (["embed.backbone=resnet18", "embed.layer=layer9"], "embed.layer is 'layer9', which resnet18 has not"),
        (["embed.backbone=resnet18", "embed.weights=best"], "embed.weights is 'best'; for resnet18 it can be null"),
        (["embed.backbone=resnet18", "embed.weights={tmp}/w.pth"], "embed.weights is {tmp}/w.pth, which can't be read"),
        (["embed.backbone=resnet18", "embed.weights={tmp}/text"], "embed.weights is {tmp}/text, which holds no state"),
        (["embed.backbone=resnet18", "embed.weights=nostore://w"], "embed.weights is nostore://w, which can't be read"),
        (["embed.whitening={tmp}/w.npz"], "embed.whitening is {tmp}/w.npz, which can't be read"),
        (["embed.whitening={tmp}"], "embed.whitening is {tmp}, which can't be read"),
        (["embed.whitening={tmp}/text"], "embed.whitening is {tmp}/text, no whitening"),
        (["embed.whitening={tmp}/other.npz"], "embed.whitening is {tmp}/other.npz, no whitening"),
        (["embed.whitening={tmp}/pickled.npz"], "embed.whitening is {tmp}/pickled.npz, no whitening"),
        (["embed.whitening=nostore://w"], "embed.whitening is nostore://w, which can't be read"),
        (["embed.side=64", "embed.scales=[0.25]"], "embed.scales is [0.25]"),
    ],
)
def test_what_can_not_be_together_or_is_not_there(settings, message, tmp_path, capfd):
    (tmp_path / "text").write_text("no weights")
    np.savez(tmp_path / "other.npz", about=np.array("[]"), mean=np.zeros(3), projection=np.zeros(3))
    np.savez(tmp_path / "pickled.npz", about=np.array({"with": {}}, object), mean=np.zeros(3), projection=np.zeros(3))
    arguments = [f"--set={setting.format(tmp=tmp_path)}" for setting in settings]
    assert main(["audit", str(tmp_path / "in"), "--output", str(tmp_path / "out"), *arguments]) == 2
    (line,) = lines(capfd)
    assert line.startswith(f"lookalike: {message.format(tmp=tmp_path)}") and not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("confirm: {cosine: 0.3, cosine: 0.4}", "the key 'cosine' twice"),
        ("confirm: {max_hamming: 3}\nconfirm: {cosine: 0.9}", "the key 'confirm' twice"),
        ("a: &a [1, 1]\nb: &b [*a, *a]", "an alias, *a"),
        ("cluster: {paths: [" + "[" * 5000, "is not YAML"),
        ("embed: {layer: 2026-99-99}", "is not YAML: month must be in 1..12"),
        ("embed: {layer: !!python/object/apply:os.getcwd []}", "is not YAML: could not determine a constructor"),
        ("a: 1\n---\nb: 2", "is not YAML: expected a single document"),
        ("- 1", "must hold blocks such as"),
        ("confirm:", "confirm must hold keys and values"),
        (b"confirm: {max_hamming: 3} # \xe4", "is not YAML in UTF-8"),
        (b"\xff\xfec\0o\0", "is not YAML in UTF-8"),
        (None, "is no file; --config takes one in YAML"),
    ],
)
def test_files_that_are_no_configuration_are_named(content, message, tmp_path, capfd):
    file = tmp_path / "my.yaml"
    if content is None:
        file.mkdir()
    else:
        file.write_bytes(content if isinstance(content, bytes) else content.encode())
    assert main(["audit", str(tmp_path / "in"), "--output", str(tmp_path / "out"), "--config", str(file)]) == 2
    (line,) = lines(capfd)
    assert line.startswith(f"lookalike: {file}") and message in line


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--", "--direct_num_workers=two"], "argument --direct_num_workers: invalid int value: 'two'"),
        (["--", "--direct_num_workers=-2"], "--direct_num_workers is -2"),
        (
            ["--", "--direct_num_worker=2"],
            "no option --direct_num_worker; did you mean --direct_num_workers?",
        ),
        (["--", "--nosuch", "3"], "Beam knows no option --nosuch"),
        (["--", "more"], "Beam knows no option more"),
        (["--runner", "dataflow", "--", "--project"], "argument --project: expected one argument"),
        (["--runner", "flink", "--", "--flink_mastr=h:1"], "did you mean --flink_master?"),
        (["--runner", "flnk"], "--runner is 'flnk'; it can be"),
        (["--runner", "../default"], "--runner is '../default'; it can be"),
        (["--", "--runner=nope"], "--runner is 'nope'; it can be"),
    ],
)
@pytest.mark.parametrize("command", [["audit", "{in}", "--output", "{out}"], ["match", "{out}"]])
def test_options_of_beam_are_looked_at_first_too(command, arguments, message, tmp_path, capfd):
    places = {"in": tmp_path / "in", "out": tmp_path / "out"}
    assert main([*(argument.format(**places) for argument in command), *arguments]) == 2
    (line,) = lines(capfd)
    assert message in line and not list(tmp_path.iterdir())


def test_what_another_programs_options_are_is_left_to_it():
    assert pipeline_options("flink", ["--checkpointing_interval=60000"]).get_all_options()["runner"] == "FlinkRunner"
