"""The reference page of the command line, written from its parser; `make generated` writes it again."""

import argparse
from collections.abc import Iterator

from lookalike.pipelines.cli.main import parser
from tests.architecture import ROOT

PAGE = ROOT / "docs" / "reference" / "cli.md"
HEAD = """# Command line

<!-- Written by `make generated` from the parser of the command line. -->

    lookalike COMMAND [ARGUMENTS] [-- BEAM OPTIONS]

What follows `--` goes to Beam as it stands, and wins over `configs/runners/NAME.yaml`. `lookalike COMMAND --help`
shows what is on this page. Every value that `--set` changes is a key of the
[configuration](configuration.md).

| exit code | meaning |
|---|---|
| 0 | done |
| 1 | failed; one line says why, and names the file that has the traceback |
| 2 | wrong use; one line says what is wrong and how to mend it |
| 3 | done, and `--fail-on` found something |
| 4 | another command writes there, and nothing was done; the same one will do later |
"""


def commands(of: argparse.ArgumentParser) -> Iterator[tuple[str, str, argparse.ArgumentParser]]:
    """Name, summary and parser of each command, those of a group of commands one by one."""
    for group in (action for action in of._actions if isinstance(action, argparse._SubParsersAction)):
        for choice in group._choices_actions:
            command = group.choices[choice.dest]
            inner = list(commands(command))
            yield from inner or [(command.prog, choice.help or "", command)]


def arguments(of: argparse.ArgumentParser) -> list[argparse.Action]:
    """Of a command, without its help."""
    return [action for action in of._actions if action.dest != "help"]


def spelled(action: argparse.Action) -> str:
    """An argument as one writes it, such as `--split NAME=SHARE,...`."""
    value = action.metavar or (f"{{{','.join(map(str, action.choices))}}}" if action.choices else action.dest.upper())
    if not action.option_strings:
        return str(value)
    return " ".join([", ".join(action.option_strings), *([str(value)] if action.nargs != 0 else [])])


def row(action: argparse.Action) -> str:
    """One line of a command's table."""
    meaning = (action.help or "") % vars(action)
    if action.required and action.option_strings:
        meaning = f"required; {meaning}" if meaning else "required"
    return f"| `{spelled(action)}` | {meaning} |"


def page() -> str:
    """The whole page."""
    parts = [HEAD]
    for name, summary, command in commands(parser()):
        table = ["| argument | meaning |", "|---|---|", *map(row, arguments(command))]
        parts.append("\n".join([f"## {name}", "", f"{summary[:1].upper()}{summary[1:]}.", "", *table, ""]))
    return "\n".join(parts)
