"""The configuration for readers: as YAML with its explanations, as a page of the reference, and key by key."""

import os
import re
import textwrap
from typing import Any

import yaml

from lookalike.pipelines.configuration.config import BLOCKS, Config

WIDTH, MARGIN = 120, 31
"""Columns of the YAML, and that in which comments begin."""
FOLDER = "docs/reference"
"""Where the page lies."""
HEAD = """\
# What is computed: one block for each stage, in the order of the flow. Every key can be set on the command line,
# `--set confirm.probability=0.9`, or in a file of your own, `--config my.yaml`, that holds only what differs.
# `lookalike config --explain confirm.probability` tells what a key can be."""
PAGE = """\
# Configuration

What is computed follows from one block for each stage, in the order of the flow. Every key can be set on the command
line, `--set confirm.probability=0.9`, or in a file of your own, `--config my.yaml`, that holds only what differs.
`lookalike config` prints what both come to, and `lookalike config --explain confirm.probability` the row of one key.
A value that a key can't be is refused before anything is read.

This page and `configs/default.yaml` are made from `transforms/core/settings/` by `make generated`."""


def as_yaml(config: Config) -> str:
    """All values, each with its explanation as a comment."""
    lines = [HEAD]
    for block, settings in config:
        lines += ["", *_wrapped(_one_line(BLOCKS[block].__doc__), "# "), f"{block}:"]
        for key, value in settings.plain().items():
            choices = right(block, key)
            told = explanation(block, key) + (f" It is {choices}." if choices.startswith("one of") else "")
            lines += _commented(f"  {key}: {in_yaml(value)}", told)
    return "\n".join(lines) + "\n"


def as_page() -> str:
    """The reference of all keys, in Markdown."""
    lines = [PAGE]
    for block, settings in BLOCKS.items():
        lines += ["", f"## `{block}`", "", *_wrapped(_linked(_one_line(settings.__doc__))), ""]
        lines += ["| key | it is | default | what it does |", "|---|---|---|---|"]
        for key in settings.model_fields:
            explained = _linked(explanation(block, key))
            cells = (f"`{block}.{key}`", right(block, key), f"`{default(block, key)}`", explained)
            lines.append(f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in cells)} |")
    return "\n".join(lines) + "\n"


def as_text(block: str, key: str, config: Config) -> str:
    """One key for a person at a terminal."""
    value = in_yaml(getattr(config, block).plain()[key])
    kind = right(block, key)
    lines = [f"{block}.{key}: {value}", f"{kind[:1].upper()}{kind[1:]}; the default is {default(block, key)}."]
    return "\n".join([*lines, *_wrapped(explanation(block, key))])


def explanation(block: str, key: str) -> str:
    """What a key does, in one line."""
    return _one_line(BLOCKS[block].model_fields[key].description)


def right(block: str, key: str) -> str:
    """What a key can be."""
    return BLOCKS[block].right(key)


def default(block: str, key: str) -> str:
    """The default of a key in YAML."""
    return in_yaml(BLOCKS[block]().plain()[key])


def in_yaml(value: Any) -> str:
    """A value as `--set` takes it."""
    text = yaml.safe_dump(value, default_flow_style=True, width=float("inf"), allow_unicode=True)
    return text.removesuffix("\n...\n").strip()


def _commented(line: str, comment: str) -> list[str]:
    """A line with its comment beside it, or above it where there is no room."""
    beside = _on_one_line(line, comment)
    if len(beside) <= WIDTH:
        return [beside]
    return [*_wrapped(comment, line[: len(line) - len(line.lstrip())] + "# "), line]


def _on_one_line(line: str, comment: str) -> str:
    return f"{line:<{MARGIN - 2}}  # {comment}"


def _wrapped(text: str, indent: str = "") -> list[str]:
    wide = textwrap.TextWrapper(WIDTH, indent, indent, break_long_words=False, break_on_hyphens=False)
    return wide.wrap(text)


def _linked(text: str) -> str:
    """Pages that are named, as links from the page of the reference."""
    return re.sub(r"docs/[\w/-]+\.md", lambda page: f"[{page[0]}]({os.path.relpath(page[0], FOLDER)})", text)


def _one_line(text: str | None) -> str:
    return " ".join((text or "").split())
