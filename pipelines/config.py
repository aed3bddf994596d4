"""Configuration: defaults, a file and --set overrides in, one checked Config out."""

import dataclasses
import difflib
from importlib import resources
from typing import Any

import yaml

from transforms.stores import read_file


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
    return yaml.safe_load(resources.files("configs").joinpath("default.yaml").read_text())


def load(file: str | None = None, overrides: list[str] | None = None) -> Config:
    """Defaults, changed by a YAML file, changed by 'block.key=value' strings.

    Raises:
        ConfigError: an unknown block or key, a value of the wrong type, an unreadable file.
    """
    blocks = defaults()
    for name, block in _read(file).items() if file else ():
        if not isinstance(block, dict):
            raise ConfigError(f"{file}: {name} must hold keys and values, such as 'share: 0.25' below 'confirm:'")
        for key, value in block.items():
            _set(blocks, str(name), str(key), value)
    for override in overrides or []:
        path, equals, text = override.partition("=")
        block_name, dot, key = path.partition(".")
        if not equals or not dot:
            raise ConfigError(f"--set takes BLOCK.KEY=VALUE, such as confirm.share=0.25, not {override!r}")
        try:
            _set(blocks, block_name, key, yaml.safe_load(text))
        except yaml.YAMLError as error:
            raise ConfigError(f"--set {override!r} has a value that is not YAML: {error}") from error
    return Config(**blocks)


def runner_options(name: str) -> dict[str, Any]:
    """Beam options of a runner: configs/runners/NAME.yaml, or the bare name for any other runner of Beam."""
    file = resources.files("configs.runners").joinpath(f"{name}.yaml")
    return yaml.safe_load(file.read_text()) if file.is_file() else {"runner": name}


def _read(file: str) -> dict[str, Any]:
    try:
        blocks = yaml.safe_load(read_file(file).decode()) or {}
    except FileNotFoundError:
        raise ConfigError(f"no configuration file {file}") from None
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise ConfigError(f"{file} is not YAML: {error}") from error
    if not isinstance(blocks, dict):
        raise ConfigError(f"{file} must hold blocks such as 'confirm:'")
    return blocks


def _set(blocks: dict[str, dict[str, Any]], block: str, key: str, value: Any) -> None:
    if block not in blocks:
        raise ConfigError(f"unknown block {block!r} in the configuration{_nearest(block, blocks)}")
    if key not in blocks[block]:
        every = {f"{b}.{k}" for b in blocks for k in blocks[b]}
        raise ConfigError(f"unknown key {block}.{key} in the configuration{_nearest(f'{block}.{key}', every)}")
    blocks[block][key] = _typed(f"{block}.{key}", value, blocks[block][key])


def _nearest(name: str, names: Any) -> str:
    close = difflib.get_close_matches(name, sorted(names), n=1, cutoff=0.5)
    return f"; did you mean {close[0]}?" if close else f"; there are {', '.join(sorted(names))}"


def _typed(name: str, value: Any, like: Any) -> Any:
    """`value` as the type of the default `like`; whole numbers serve as floats."""
    if isinstance(like, float) and isinstance(value, int) and not isinstance(value, bool):
        return float(value)
    if like is None:
        if value is None or isinstance(value, str):
            return value
        raise ConfigError(f"{name} must be text or null, not {value!r}")
    if type(value) is not type(like):
        raise ConfigError(f"{name} must be of type {type(like).__name__}, such as {like!r}, not {value!r}")
    return value
