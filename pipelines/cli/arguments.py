"""What the commands' arguments have in common: how they are parsed, what they may be, and those that several take."""

import argparse
import math
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, NoReturn

from lookalike.transforms.core.settings import Real, Text, Whole, shown

if TYPE_CHECKING:
    from lookalike.pipelines.configuration.config import Config

DONE, FAILED, WRONG_USE, FOUND = 0, 1, 2, 3
"""Exit codes: done, failed, wrong use, and done, and `--fail-on` found what it was told to find."""


class Parser(argparse.ArgumentParser):
    """One whose errors are one line, and whose words are never empty."""

    def __init__(self, **settings: Any) -> None:
        """As of argparse; text is looked at wherever no type is named."""
        super().__init__(**settings)
        self.register("type", None, word)

    def error(self, message: str) -> NoReturn:
        """Say what is wrong, and where help is."""
        self.exit(WRONG_USE, f"lookalike: {message}; see `{self.prog} --help`\n")


def word(text: str) -> str:
    """A type of arguments: words that are not empty."""
    kind = Text(least=1)
    if not kind.fits(text):
        raise argparse.ArgumentTypeError(f"it must be {kind}, not {shown(text)}")
    return text


def number(kind: Whole | Real) -> Callable[[str], int | float]:
    """A type of arguments: numbers of a kind."""

    def read(text: str) -> int | float:
        try:
            value: int | float = int(text) if isinstance(kind, Whole) else float(text)
        except ValueError:
            value = -math.inf
        if not kind.fits(value):
            raise argparse.ArgumentTypeError(f"it must be {kind}, not {shown(text)}")
        return value

    return read


FROM_0, FROM_1, FROM_2 = (number(Whole(least)) for least in range(3))
"""Types of arguments: whole numbers from there."""


def add_values(command: argparse.ArgumentParser) -> None:
    """Those of a command that is configured."""
    command.add_argument("--config", metavar="FILE", help="YAML with what differs from configs/default.yaml")
    command.add_argument(
        "--set", action="append", default=[], metavar="BLOCK.KEY=VALUE", help="change one value; repeatable"
    )


def add_configuration(command: argparse.ArgumentParser) -> None:
    """Those of a command that runs a pipeline."""
    add_values(command)
    command.add_argument(
        "--runner", default="local", metavar="NAME", help="local (default), flink, dataflow, or any of Beam's"
    )


def add_lock(command: argparse.ArgumentParser) -> None:
    """That of a command that writes."""
    command.add_argument(
        "--steal-lock", action="store_true", help="take over from a dead process on another machine, after a minute"
    )


def configuration(args: argparse.Namespace, last: Sequence[str] = ()) -> "Config":
    """What --config, --set and after them `last` come to, every value looked at before anything else is.

    Raises:
        ConfigError: a key or a value that is wrong.
    """
    from lookalike.pipelines.configuration.config import load
    from lookalike.pipelines.configuration.stages import Corpus, Stages

    config = load(args.config, [*args.set, *last])
    Stages(config, Corpus(""))
    return config
