"""Configuration: defaults, a file and --set overrides in, one checked Config out."""

import copy
import dataclasses
import difflib
import functools
from collections.abc import Callable
from importlib import resources
from typing import Any

import yaml

from lookalike.transforms.core.settings import shown
from lookalike.transforms.ingest.prefixes import spelled
from lookalike.transforms.storage.stores import read_file, store

EXACT = 2**53
"""Up to here whole numbers are floats too."""


class ConfigError(ValueError):
    """A key or value that is wrong; the message names it and the remedy."""


@dataclasses.dataclass(frozen=True)
class Config:
    """One dictionary a stage, every key present."""

    read: dict[str, Any]
    embed: dict[str, Any]
    sketch: dict[str, Any]
    collapse: dict[str, Any]
    pair: dict[str, Any]
    confirm: dict[str, Any]
    cluster: dict[str, Any]
    output: dict[str, Any]
    report: dict[str, Any]


def defaults() -> dict[str, dict[str, Any]]:
    """configs/default.yaml as it ships."""
    return copy.deepcopy(_shipped())


def load(file: str | None = None, overrides: list[str] | None = None) -> Config:
    """Defaults, changed by a YAML file, changed by 'block.key=value' strings.

    Raises:
        ConfigError: an unknown block or key, or an unreadable file. What values can be, `Stages` knows.
    """
    blocks = defaults()
    for name, block in _read(file).items() if file else ():
        if not isinstance(block, dict):
            raise ConfigError(f"{file}: {name} must hold keys and values, such as 'probability: 0.9' below 'confirm:'")
        for key, value in block.items():
            _set(blocks, str(name), str(key), value)
    for override in overrides or []:
        path, equals, text = override.partition("=")
        block_name, dot, key = path.partition(".")
        if not equals or not dot:
            raise ConfigError(f"--set takes BLOCK.KEY=VALUE, such as confirm.probability=0.9, not {override!r}")
        try:
            _set(blocks, block_name, key, _parse(text))
        except yaml.YAMLError as error:
            raise ConfigError(f"--set {override!r} has a value that is not YAML: {error}") from error
    cluster = blocks["cluster"]
    # a prefix counts for what is spelled so and for what lies there; of an order, each has one rank
    cluster["protected"] = _prefixes(cluster["protected"], spelled)
    cluster["paths"] = _prefixes(cluster["paths"], lambda prefix: spelled(prefix)[-1:])
    return Config(**blocks)


def _prefixes(value: Any, places: Callable[[str], list[str]]) -> Any:
    """Prefixes as workers compare them; what is no list of them is refused with all other values."""
    if not isinstance(value, list) or not all(isinstance(prefix, str) and prefix for prefix in value):
        return value
    return list(dict.fromkeys(place for prefix in value for place in places(prefix)))


@functools.cache
def _shipped() -> dict[str, dict[str, Any]]:
    return yaml.safe_load(resources.files("lookalike.configs").joinpath("default.yaml").read_text(encoding="utf-8"))


def runner_options(name: str) -> dict[str, Any]:
    """Beam options of a runner: configs/runners/NAME.yaml, or the bare name for any other runner of Beam."""
    file = resources.files("lookalike.configs.runners").joinpath(f"{name}.yaml")
    return yaml.safe_load(file.read_text()) if file.is_file() else {"runner": name}


class _Loader(yaml.SafeLoader):
    """YAML without what hides mistakes, a key that is there twice, and what grows without end, aliases."""

    def compose_node(self, parent: Any, index: Any) -> Any:
        """Refuse aliases."""
        if self.check_event(yaml.AliasEvent):
            raise yaml.YAMLError(f"it has an alias, *{self.peek_event().anchor}; write the value out")
        return super().compose_node(parent, index)

    def construct_mapping(self, node: Any, deep: bool = False) -> Any:
        """Refuse keys that are there twice."""
        keys = [key.value for key, _ in node.value]
        twice = next((key for place, key in enumerate(keys) if key in keys[:place]), None)
        if twice is not None:
            raise yaml.YAMLError(f"it has the key {shown(twice)} twice")
        return super().construct_mapping(node, deep)


def _parse(text: str) -> Any:
    """Text -> what it is in YAML.

    Raises:
        YAMLError: in one line, whatever is wrong.
    """
    try:
        return yaml.load(text, _Loader)
    # of values that look like dates or numbers and are none, and of depths that no configuration has
    except (yaml.YAMLError, ValueError, TypeError, LookupError, AttributeError, RecursionError) as error:
        raise yaml.YAMLError(" ".join(str(error).split())) from error


def _read(file: str) -> dict[str, Any]:
    try:
        fs, path = store(file)
        if fs.exists(path) and not fs.isfile(path):
            raise ConfigError(f"{file} is no file; --config takes one in YAML")
        blocks = _parse(read_file(file).decode()) or {}
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


def _set(blocks: dict[str, dict[str, Any]], block: str, key: str, value: Any) -> None:
    if block not in blocks:
        raise ConfigError(f"unknown block {block!r} in the configuration{_nearest(block, blocks)}")
    if key not in blocks[block]:
        every = {f"{b}.{k}" for b in blocks for k in blocks[b]}
        raise ConfigError(f"unknown key {block}.{key} in the configuration{_nearest(f'{block}.{key}', every)}")
    blocks[block][key] = _as_float(value, blocks[block][key])


def _nearest(name: str, names: Any) -> str:
    close = difflib.get_close_matches(name, sorted(names), n=1, cutoff=0.5)
    return f"; did you mean {close[0]}?" if close else f"; there are {', '.join(sorted(names))}"


def _as_float(value: Any, like: Any) -> Any:
    """Whole numbers as floats where the default is one, or a list of them; else as it is, for the stage to judge."""
    if isinstance(like, list) and isinstance(value, list) and like:
        return [_as_float(each, like[0]) for each in value]
    return float(value) if isinstance(like, float) and type(value) is int and abs(value) <= EXACT else value
