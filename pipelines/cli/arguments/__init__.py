"""What the commands' arguments have in common: how they are parsed, what they may be, and those that several take."""

import argparse
import json
import sys
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Annotated, Any, NoReturn

from lookalike.transforms.core.settings.values import LARGEST, right_of, shown

if TYPE_CHECKING:
    from lookalike.pipelines.configuration.config import Config
    from lookalike.pipelines.engines.fail_on import Condition
    from lookalike.transforms.clustering.verdicts import Verdicts

DONE, FAILED, WRONG_USE, FOUND, BUSY = 0, 1, 2, 3, 4
"""Exit codes: done, failed, wrong use, done, and `--fail-on` found what it was told to find, and another command writes
there: later the same one will do.
"""


class Parser(argparse.ArgumentParser):
    """One whose errors are one line, and whose words are never empty."""

    def __init__(self, **settings: Any) -> None:
        """As of argparse; text is looked at wherever no type is named."""
        super().__init__(**settings)
        self.register("type", None, word)

    def error(self, message: str) -> NoReturn:
        """Say what is wrong, and where help is."""
        self.exit(WRONG_USE, f"lookalike: {message}; see `{self.prog} --help`\n")


class Commands(argparse._SubParsersAction):  # it takes no types at run time
    """Commands of which each begins its own help with what it does, as the list of all does."""

    def add_parser(self, name: str, **settings: Any) -> Any:
        """As of argparse, which shows `help` in the list only."""
        says = str(settings["help"])
        return super().add_parser(name, description=f"{says[:1].upper()}{says[1:]}.", **settings)

    def __call__(self, parser: Any, namespace: Any, values: Any, option_string: str | None = None) -> None:
        """As of argparse, but what a command does not know is refused where its own help is named."""
        super().__call__(parser, namespace, values, option_string)
        if unknown := getattr(namespace, argparse._UNRECOGNIZED_ARGS_ATTR, None):
            self.choices[values[0]].error(f"unrecognized arguments: {' '.join(unknown)}")


def word(text: str) -> str:
    """A type of arguments: words that are not empty. Names of files may contain all but NUL."""
    if not text or "\0" in text:
        raise argparse.ArgumentTypeError(f"it must be text that is not empty, not {shown(text)}")
    return text


def number(kind: type[int] | type[float], **bounds: float) -> Callable[[str], int | float]:
    """A type of arguments: numbers within bounds, which are called as of `pydantic.Field`: gt, ge, lt, le."""

    def read(text: str) -> int | float:
        # here, not above: the help is shown without it
        from pydantic import Field, TypeAdapter

        limits: dict[str, Any] = {"le": LARGEST, **bounds}
        kind_within: Any = Annotated[kind, Field(**limits)]
        within = TypeAdapter(kind_within)
        try:
            return within.validate_python(kind(text))
        except ValueError:  # pydantic's is one too
            right = right_of(within.json_schema())
            raise argparse.ArgumentTypeError(f"it must be {right}, not {shown(text)}") from None

    return read


FROM_0, FROM_1, FROM_2 = (number(int, ge=least) for least in range(3))
"""Types of arguments: whole numbers from there."""


def add_values(command: argparse.ArgumentParser) -> None:
    """Those of a command that is configured."""
    command.add_argument("--config", metavar="FILE", help="YAML file of the settings that differ from the defaults")
    command.add_argument(
        "--set", action="append", default=[], metavar="BLOCK.KEY=VALUE", help="change one setting; repeatable"
    )


def add_configuration(command: argparse.ArgumentParser) -> None:
    """Those of a command that runs a pipeline."""
    add_values(command)
    add_runner(command)


def add_columns(command: argparse.ArgumentParser) -> None:
    """Those of a command that lists images; `configuration` reads them."""
    command.add_argument(
        "--columns", metavar="A,B", help="carry these columns of the inputs along to the result, such as label,caption"
    )
    command.add_argument("--label-from", choices=("folder",), help="use the name of each image's folder as its label")


def add_verdicts(command: argparse.ArgumentParser) -> None:
    """That of a command whose clusters people have a say in; `judged` reads it."""
    command.add_argument(
        "--verdicts", metavar="FILE", help="CSV or Parquet file of decisions that people made about pairs"
    )


def add_runner(command: argparse.ArgumentParser) -> None:
    """That of a command whose work an engine does."""
    command.add_argument(
        "--runner", default="local", metavar="NAME", help="local (default), flink, dataflow, or any of Beam's"
    )


def add_lock(command: argparse.ArgumentParser) -> None:
    """That of a command that writes."""
    command.add_argument(
        "--steal-lock",
        action="store_true",
        help="take over the lock of a process that died on another machine, after a minute",
    )


def refuse_others(args: argparse.Namespace, mode: str, names: Sequence[str]) -> None:
    """See that arguments that a mode of a command would ignore were not given. args: with the parser's `default_of`.

    Raises:
        ConfigError: one was.
    """
    from lookalike.pipelines.configuration.config import ConfigError

    for name in names:
        if getattr(args, name) != args.default_of(name):
            raise ConfigError(f"{mode} takes no --{name.replace('_', '-')}")


def configuration(args: argparse.Namespace, last: Sequence[str] = ()) -> "Config":
    """What --config, --set, --columns, --label-from and after them `last` come to, every value looked at before
    anything else is.

    Raises:
        ConfigError: a key or a value that is wrong.
    """
    from lookalike.pipelines.configuration.config import load
    from lookalike.pipelines.configuration.stages import Corpus, Stages

    config = load(args.config, [*args.set, *_columns(args), *last])
    Stages(config, Corpus(""))
    return config


def _columns(args: argparse.Namespace) -> Iterator[str]:
    """Overrides that stand for the arguments of `add_columns`."""
    if getattr(args, "columns", None):
        names = [name.strip() for name in args.columns.split(",")]
        yield f"columns.carry={json.dumps(names)}"
    if getattr(args, "label_from", None):
        yield f"columns.label_from={args.label_from}"


def judged(args: argparse.Namespace) -> "Verdicts":
    """What people decided of pairs, if --verdicts names a file of it.

    Raises:
        VerdictError: a file that can't be read, or a line of it that is wrong.
    """
    from lookalike.pipelines.review import verdict_file
    from lookalike.transforms.clustering.verdicts import Verdicts

    named = getattr(args, "verdicts", None)  # a first half has no pairs
    return verdict_file.load(named) if named else Verdicts()


def exit_code(conditions: "Sequence[Condition]", record: dict[str, Any]) -> int:
    """The exit code of a finished run; which conditions of `--fail-on` it meets is said."""
    found = [condition.name for condition in conditions if condition.holds(record)]
    if found:
        print(f"lookalike: found {', '.join(found)}", file=sys.stderr)
    return FOUND if found else DONE
