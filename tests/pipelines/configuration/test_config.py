import dataclasses

import pytest

from lookalike.pipelines.configuration.config import Config, ConfigError, defaults, load
from lookalike.pipelines.configuration.stages import Corpus, Stages
from lookalike.pipelines.engines.runners import cores, pipeline_options
from lookalike.transforms.core.settings import kinds_of


def test_the_shipped_file_says_what_the_code_does():
    """Each key of default.yaml is a field of its stage with the same default, and no field is missing."""
    from lookalike.pipelines.configuration.stages import Page, Tables
    from lookalike.transforms.candidates.exact_duplicates import CollapseDuplicates
    from lookalike.transforms.candidates.find import FindCandidates
    from lookalike.transforms.clustering.keep_policy import Policy
    from lookalike.transforms.decoding.read_images import ReadImages
    from lookalike.transforms.fingerprinting.embed import EmbedImages
    from lookalike.transforms.fingerprinting.sketch import SketchImages
    from lookalike.transforms.verification.confirm import ComparisonRules

    stages = {
        "read": (ReadImages, ("_", "progress", "plane")),
        "embed": (EmbedImages, ()),
        "sketch": (SketchImages, ()),
        "collapse": (CollapseDuplicates, ("policy", "partitions")),
        "pair": (FindCandidates, ("context",)),
        "confirm": (ComparisonRules, ("crowd", "heads")),
        "cluster": (Policy, ("prefer",)),
        "output": (Tables, ()),
        "report": (Page, ()),
    }
    assert set(stages) == set(defaults())
    for block, (stage, at_launch) in stages.items():
        # and what each may be is noted beside it
        assert set(kinds_of(stage)) == set(defaults()[block]) - ({"crowd", "heads"} if block == "confirm" else set())
        fields = {f.name: f.default for f in dataclasses.fields(stage) if f.name not in at_launch}
        fields = {name: list(value) if isinstance(value, tuple) else value for name, value in fields.items()}
        shipped = {name: value for name, value in defaults()[block].items() if name not in at_launch}
        assert fields == shipped, block


def test_files_and_overrides_change_only_what_they_name(tmp_path):
    (tmp_path / "my.yaml").write_text("confirm: {probability: 0.3, differ: 9}\n")
    config = load(str(tmp_path / "my.yaml"), ["confirm.probability=0.4", "cluster.prefer=[oldest]"])
    assert (config.confirm["probability"], config.confirm["differ"], config.cluster["prefer"]) == (0.4, 9, ["oldest"])
    assert config.read == defaults()["read"]


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
        ("pair.cosine=0.01", "pair.cosine is 0.01; it must be above pair.chance_cosine, which is 0.04"),
        ("sketch.permutations=0", "sketch.permutations is 0; it must be a whole number from 1 to 65,536"),
        ("read.most_bytes=0", "read.most_bytes is 0; it must be a whole number from 1 below 2"),
        ("confirm.probability=7", "confirm.probability is 7.0; it must be a number above 0 and at most 1"),
        ("confirm.probability='0.3'", "confirm.probability is '0.3'; it must be a number"),
        ("confirm.differ=0", "confirm.differ is 0; it must be a whole number from 1"),
        ("cluster.join=[same, copy]", r"cluster.join is \['same', 'copy'\]; it must be a list, each one of same, ov"),
        ("cluster.join=[part]", r"cluster.join is \['part'\]; it must be a list with 'same'"),
        ("cluster.reclaim=[whole]", "it must be a list, each one of same, overlaid, part"),
        ("cluster.detail=1.1", "cluster.detail is 1.1; it must be a number from 0 to 1"),
        ("embed.layer=null", "embed.layer is null; it must be text"),
        ("embed.include_top=1", "embed.include_top is 1; it must be true or false"),
        ("pair.chance_cosines=[0.4, 0.2]", "each is above the one before"),
        ("embed.scales=[a]", r"embed.scales is \['a'\]; it must be a list of at least 1, each a number above 0"),
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


def test_every_block_is_in_the_record():
    assert set(defaults()) == {field.name for field in dataclasses.fields(Config)}


def test_arguments_of_beam_win_over_the_runners_file():
    options = pipeline_options("local", ["--direct_num_workers=1"]).get_all_options()
    assert (options["direct_num_workers"], options["runner"]) == (1, "local")
    assert pipeline_options("local", ["--direct_num_workers=3"]).get_all_options()["direct_num_workers"] == 3
    assert pipeline_options("PrismRunner", []).get_all_options()["runner"] == "PrismRunner"
    assert pipeline_options("flink", ["--parallelism=8"]).get_all_options()["parallelism"] == 8


def test_cores_are_counted_where_the_system_has_no_affinity(monkeypatch):
    assert cores() >= 1
    monkeypatch.delattr("os.sched_getaffinity", raising=False)
    monkeypatch.setattr("os.cpu_count", lambda: 12)
    assert cores() == 12
    assert pipeline_options("local", []).get_all_options()["direct_num_workers"] == 12
