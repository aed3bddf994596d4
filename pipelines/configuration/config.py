"""Configuration: a file and --set overrides in, one checked Config out. What there is to set, the blocks say, in
`lookalike.transforms.core.settings`.
"""

import difflib
from collections.abc import Callable, Iterable
from importlib import resources
from typing import Any

import yaml
from pydantic import ValidationError

from lookalike.pipelines.configuration.strict_yaml import parse
from lookalike.transforms.core.settings.cluster import ClusterSettings
from lookalike.transforms.core.settings.collapse import CollapseSettings
from lookalike.transforms.core.settings.columns import ColumnsSettings
from lookalike.transforms.core.settings.confirm import ConfirmSettings
from lookalike.transforms.core.settings.embed import EmbedSettings
from lookalike.transforms.core.settings.kinds import Settings
from lookalike.transforms.core.settings.output import OutputSettings, ReportSettings
from lookalike.transforms.core.settings.pair import PairSettings
from lookalike.transforms.core.settings.read import ReadSettings
from lookalike.transforms.core.settings.sketch import SketchSettings
from lookalike.transforms.core.settings.values import RIGHT, wrong
from lookalike.transforms.ingest.prefixes import spelled
from lookalike.transforms.storage.reading import read_file
from lookalike.transforms.storage.stores import store

RENAMED = {
    "read.most_bytes": "read.max_bytes",
    "read.most_pixels": "read.max_pixels",
    "pair.sized": "pair.assumed_corpus_size",
    "pair.meetings": "pair.chance_collisions",
    "pair.candidates": "pair.chance_candidates",
    "confirm.differ": "confirm.max_hamming",
}
"""Keys that had another name before 0.10."""


class ConfigError(ValueError):
    """A key or value that is wrong; the message names it and the remedy."""


class Config(Settings):
    """All blocks, in the order of the flow."""

    read: ReadSettings = ReadSettings()
    columns: ColumnsSettings = ColumnsSettings()
    embed: EmbedSettings = EmbedSettings()
    sketch: SketchSettings = SketchSettings()
    collapse: CollapseSettings = CollapseSettings()
    pair: PairSettings = PairSettings()
    confirm: ConfirmSettings = ConfirmSettings()
    cluster: ClusterSettings = ClusterSettings()
    output: OutputSettings = OutputSettings()
    report: ReportSettings = ReportSettings()

    def changed(self, **blocks: dict[str, Any]) -> "Config":
        """Another one, with other values: `config.changed(confirm={"probability": 0.9})`.

        Raises:
            ConfigError: a value that can't be.
        """
        own = self.plain()
        return _checked({name: values | blocks.get(name, {}) for name, values in own.items()})

    def uncarried(self) -> "Config":
        """The same for a corpus of our own making, whose images have no columns."""
        nothing = ColumnsSettings().plain()
        return self.changed(columns=nothing, cluster={"columns": ()}, pair={"scope": ""})


BLOCKS: dict[str, type[Settings]] = {name: type(block) for name, block in Config()}


def load(file: str | None = None, overrides: Iterable[str] = ()) -> Config:
    """Defaults, changed by a YAML file, changed by 'block.key=value' strings.

    Raises:
        ConfigError: an unknown block or key, a value that can't be, or an unreadable file.
    """
    values: dict[str, dict[str, Any]] = {name: {} for name in BLOCKS}
    for name, block in _read(file).items() if file else ():
        if not isinstance(block, dict):
            raise ConfigError(f"{file}: {name} must hold keys and values, such as 'probability: 0.9' below 'confirm:'")
        for key, value in block.items():
            known_block, known_key = named(f"{name}.{key}")
            values[known_block][known_key] = value
    for override in overrides:
        path, equals, text = override.partition("=")
        if not equals or "." not in path:
            raise ConfigError(f"--set takes BLOCK.KEY=VALUE, such as confirm.probability=0.9, not {override!r}")
        block, key = named(path)
        try:
            values[block][key] = parse(text)
        except yaml.YAMLError as error:
            raise ConfigError(f"--set {override!r} has a value that is not YAML: {error}") from error
    config = _checked(values)
    # a prefix counts for what is spelled so and for what lies there; of an order, each has one rank
    return config.changed(
        cluster={
            "protected": _prefixes(config.cluster.protected, spelled),
            "paths": _prefixes(config.cluster.paths, lambda prefix: spelled(prefix)[-1:]),
        }
    )


def named(path: str) -> tuple[str, str]:
    """'block.key' -> the two, if there is such a key.

    Raises:
        ConfigError: there is none; the message has what was perhaps meant.
    """
    block, _, key = path.partition(".")
    if block not in BLOCKS:
        raise ConfigError(f"unknown block {block!r} in the configuration{_nearest(block, BLOCKS)}")
    if path in RENAMED:
        raise ConfigError(f"{path} is called {RENAMED[path]} now; its values mean the same")
    if not key:
        keys = ", ".join(f"{block}.{name}" for name in BLOCKS[block].model_fields)
        raise ConfigError(f"{block} is a block of the configuration; name one of its keys: {keys}")
    if key not in BLOCKS[block].model_fields:
        every = [f"{b}.{k}" for b, settings in BLOCKS.items() for k in settings.model_fields]
        raise ConfigError(f"unknown key {path} in the configuration{_nearest(path, every)}")
    return block, key


def runner_options(name: str) -> dict[str, Any]:
    """Beam options of a runner: configs/runners/NAME.yaml, or the bare name for any other runner of Beam."""
    file = resources.files("lookalike.configs.runners").joinpath(f"{name}.yaml")
    return yaml.safe_load(file.read_text()) if file.is_file() else {"runner": name}


def _checked(values: dict[str, dict[str, Any]]) -> Config:
    try:
        return Config.model_validate(values)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        block, key = str(first["loc"][0]), str(first["loc"][1])
        right = first["ctx"]["right"] if first["type"] == RIGHT else BLOCKS[block].right(key)
        # all of a list, and not only what is wrong in it
        value = values[block].get(key, first["input"])
        raise ConfigError(wrong(f"{block}.{key}", value, right)) from None


def _nearest(name: str, names: Iterable[str]) -> str:
    close = difflib.get_close_matches(name, sorted(names), n=1, cutoff=0.5)
    return f"; did you mean {close[0]}?" if close else f"; there are {', '.join(sorted(names))}"


def _prefixes(prefixes: Iterable[str], places: Callable[[str], list[str]]) -> list[str]:
    """Prefixes as workers compare them."""
    return list(dict.fromkeys(place for prefix in prefixes for place in places(prefix)))


def _read(file: str) -> dict[str, Any]:
    try:
        fs, path = store(file)
        if fs.exists(path) and not fs.isfile(path):
            raise ConfigError(f"{file} is no file; --config takes one in YAML")
        blocks = parse(read_file(file).decode()) or {}
    except FileNotFoundError:
        raise ConfigError(f"no configuration file {file}") from None
    except UnicodeDecodeError as error:
        raise ConfigError(f"{file} is not YAML in UTF-8: {error}") from error
    except yaml.YAMLError as error:
        raise ConfigError(f"{file} is not YAML: {error}") from error
    except OSError as error:
        raise ConfigError(f"the configuration file {file} can't be read: {error}") from error
    if not isinstance(blocks, dict):
        raise ConfigError(f"{file} must hold blocks such as 'confirm:'")
    return blocks
