"""Configuration as a caller gives it in, one that is checked out."""

import json
import os
from collections.abc import Mapping
from typing import Any

from lookalike.pipelines.configuration.config import Config, ConfigError, load
from lookalike.pipelines.configuration.stages import Corpus, Stages

Given = Mapping[str, Mapping[str, Any]] | str | os.PathLike[str] | None
"""Blocks with what differs from the defaults, such as {"confirm": {"probability": 0.9}}; or the path or URL of a YAML
file that holds such blocks; or None."""


def checked(given: Given) -> Config:
    """What is given, on top of the defaults.

    Raises:
        ConfigError: a block, key or value that is wrong.
    """
    if given is None or isinstance(given, str | os.PathLike):
        config = load(None if given is None else os.fspath(given))
    else:
        config = load(None, [_override(f"{block}.{key}", value) for block, key, value in _values(given)])
    Stages(config, Corpus(""))
    return config


def _values(blocks: Mapping[str, Mapping[str, Any]]) -> list[tuple[str, str, Any]]:
    for name, block in blocks.items():
        if not isinstance(block, Mapping):
            raise ConfigError(f"config[{name!r}] must hold keys and values, such as {{'probability': 0.9}}")
    return [(name, key, value) for name, block in blocks.items() for key, value in block.items()]


def _override(name: str, value: Any) -> str:
    try:
        return f"{name}={json.dumps(value)}"
    except (TypeError, ValueError):
        raise ConfigError(f"{name} is {value!r}, which is no value of a configuration") from None
