import pickle
import subprocess
import sys
from importlib import resources
from pathlib import Path

import pytest
import yaml

from lookalike.pipelines.cli.main import main
from lookalike.pipelines.configuration.config import BLOCKS, Config, ConfigError, load
from lookalike.pipelines.configuration.explain import as_page, as_yaml
from lookalike.pipelines.configuration.stages import Corpus, Stages
from lookalike.pipelines.engines.runners import pipeline_options

FILE = Path(str(resources.files("lookalike.configs"))) / "default.yaml"
PAGE = Path(__file__).parents[3] / "docs" / "reference" / "configuration.md"


def test_the_shipped_file_and_the_page_are_made_from_the_models():
    assert FILE.read_text() == as_yaml(Config()), "make generated"
    assert PAGE.read_text() == as_page(), "make generated"


def test_the_shipped_file_is_a_configuration_and_changes_nothing():
    assert load(str(FILE)) == load() == Config()
    for block, keys in yaml.safe_load(FILE.read_text()).items():
        assert set(keys) == set(BLOCKS[block].model_fields)


def test_every_key_is_explained():
    for block, settings in BLOCKS.items():
        assert settings.__doc__.endswith(").") or settings.__doc__.endswith(".")
        for key, field in settings.model_fields.items():
            assert field.description and field.description.endswith((".", "...")), f"{block}.{key}"


def test_what_is_printed_is_what_was_set(tmp_path, capsys):
    (tmp_path / "my.yaml").write_text("cluster: {formats: [TIFF], protected: [a b]}\nembed: {layer: 'null'}\n")
    given = ["--config", str(tmp_path / "my.yaml"), "--set", "embed.backbone=resnet18", "--set", "read.seconds=1.0e-05"]
    assert main(["config", *given, "--set", "embed.layer=''"]) == 0
    (tmp_path / "printed.yaml").write_text(capsys.readouterr().out)
    printed = load(str(tmp_path / "printed.yaml"))
    assert printed.cluster.formats == ("TIFF",) and printed.cluster.protected[0].endswith("a b")
    assert (printed.embed.backbone, printed.embed.layer, printed.read.seconds) == ("resnet18", "", 1e-05)
    assert main(["config", "--explain", "confirm.cosine", "--set", "confirm.cosine=0.5"]) == 0
    first, kind, does = capsys.readouterr().out.splitlines()
    assert first == "confirm.cosine: 0.5" and kind == "A number from -1 to 1; the default is 0.41." and "cosine" in does
    assert main(["config", "--explain", "embed"]) == 2
    assert "embed is a block of the configuration; name one of its keys: embed." in capsys.readouterr().err
    assert main(["config", "--explain", "confirm.cosin"]) == 2
    assert "did you mean confirm.cosine?" in capsys.readouterr().err


def test_the_help_is_shown_without_the_models():
    """They take a fifth of a second."""
    asks = "import sys; from lookalike.pipelines.cli.main import main; main(['--help']); "
    asks += "assert 'pydantic' not in sys.modules"
    subprocess.run([sys.executable, "-c", asks], check=True, stdout=subprocess.DEVNULL)


def test_stages_and_configurations_travel_to_workers():
    config = load(None, ["embed.scales=[1.0, 0.5]", "cluster.paths=[/a]"])
    assert pickle.loads(pickle.dumps(config)) == config


def test_files_and_overrides_change_only_what_they_name(tmp_path):
    (tmp_path / "my.yaml").write_text("confirm: {probability: 0.3, max_hamming: 9}\n")
    config = load(str(tmp_path / "my.yaml"), ["confirm.probability=0.4", "cluster.prefer=[oldest]"])
    assert (config.confirm.probability, config.confirm.max_hamming, config.cluster.prefer) == (0.4, 9, ("oldest",))
    assert config.read == Config().read


@pytest.mark.parametrize(
    ("override", "message"),
    [
        ("confirm.probabilty=1", "unknown key confirm.probabilty .* did you mean confirm.probability"),
        ("conform.share=1", "unknown block 'conform' .* did you mean confirm"),
        ("share=1", "BLOCK.KEY=VALUE"),
        ("confirm.probability", "BLOCK.KEY=VALUE"),
        ("confirm.probability=[", "not YAML"),
    ],
)
def test_wrong_overrides_are_named(override, message):
    with pytest.raises(ConfigError, match=message):
        load(None, [override])


@pytest.mark.parametrize(
    ("override", "message"),
    [
        ("embed.backbone=vgg", "embed.backbone is 'vgg'"),
        (
            "cluster.prefer=[size]",
            r"cluster.prefer is \['size'\]; it must be a list, each one of protected, path",
        ),
        ("sketch.permutations=0", "sketch.permutations is 0; it must be a whole number from 1 to 65,536"),
        ("read.max_bytes=0", "read.max_bytes is 0; it must be a whole number from 1 below 2"),
        ("confirm.probability=7", "confirm.probability is 7; it must be a number above 0 and at most 1"),
        ("confirm.probability='0.3'", "confirm.probability is '0.3'; it must be a number"),
        ("confirm.max_hamming=0", "confirm.max_hamming is 0; it must be a whole number from 1"),
        ("cluster.join=[same, copy]", r"cluster.join is \['same', 'copy'\]; it must be a list, each one of same, ov"),
        ("cluster.join=[part]", r"cluster.join is \['part'\]; it must be a list with 'same'"),
        ("cluster.reclaim=[whole]", "it must be a list, each one of same, overlaid, part"),
        ("cluster.detail=1.1", "cluster.detail is 1.1; it must be a number from 0 to 1"),
        ("embed.layer=null", "embed.layer is null; it must be text"),
        ("embed.include_top=1", "embed.include_top is 1; it must be true or false"),
        ("pair.chance_cosines=[0.4, 0.2]", "each is above the one before"),
        ("embed.scales=[a]", r"embed.scales is \['a'\]; it must be a list of at most 16, each a number above"),
        (
            f"pair.seed=0x{'f' * 9000}",
            "pair.seed is a number of 36,000 bits; it must be a whole number from 0 to",
        ),
        (f"embed.layer=[{'[' * 40}{']' * 40}]", "embed.layer is "),
    ],
)
def test_values_out_of_range_are_refused_at_launch(override, message):
    with pytest.raises(ConfigError, match=message):
        Stages(load(None, [override]), Corpus("/out", 10))


@pytest.mark.parametrize("text", ["[1, 2]", "confirm: 3", "a: [", "confirm: {share: 0.1"])
def test_files_that_are_no_configuration(tmp_path, text):
    (tmp_path / "bad.yaml").write_text(text)
    with pytest.raises(ConfigError, match=r"bad.yaml|unknown block"):
        load(str(tmp_path / "bad.yaml"))


def test_a_missing_file():
    with pytest.raises(ConfigError, match=r"no configuration file nowhere.yaml"):
        load("nowhere.yaml")


def test_arguments_of_beam_win_over_the_runners_file():
    options = pipeline_options("local", ["--direct_num_workers=1"]).get_all_options()
    assert (options["direct_num_workers"], options["runner"]) == (1, "local")
    assert pipeline_options("local", ["--direct_num_workers=3"]).get_all_options()["direct_num_workers"] == 3
    assert pipeline_options("PrismRunner", []).get_all_options()["runner"] == "PrismRunner"
    assert pipeline_options("flink", ["--parallelism=8"]).get_all_options()["parallelism"] == 8
