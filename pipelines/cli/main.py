"""The command line: arguments in, an exit code out.

0 done, 1 failed, 2 wrong use, 3 done, and `--fail-on` found what it was told to find.
"""

import argparse
import contextlib
import logging
import os
import signal
import sys
import threading
from collections.abc import Iterator, Sequence

from lookalike.pipelines.cli import audit, compare, config, find, match, materialize, plan
from lookalike.pipelines.cli.arguments import BUSY, DONE, FAILED, WRONG_USE, Commands, Parser
from lookalike.pipelines.cli.measuring import calibrate, demo, evaluate, fit
from lookalike.pipelines.cli.reviewing import report, review, verdict
from lookalike.pipelines.review.shown.printable import printable
from lookalike.transforms.core.garbage import collect_seldom, loading
from lookalike.transforms.core.version import VERSION

COMMANDS = (
    audit,
    compare,
    find,
    plan,
    match,
    review,
    verdict,
    materialize,
    calibrate,
    fit,
    report,
    evaluate,
    demo,
    config,
)
"""In the order of the help."""
ONE_THREAD = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")
"""Of BLAS in a process: workers are processes, and inherit this."""


def parser() -> argparse.ArgumentParser:
    """The grammar of all commands."""
    top = Parser(
        prog="lookalike",
        description="Finds, confirms and clusters near-duplicate images.",
        epilog="`lookalike COMMAND --help` explains a command. Options of Beam follow after a double dash.",
    )
    top.add_argument("--version", action="version", version=f"lookalike {VERSION}")
    commands = top.add_subparsers(action=Commands, dest="command", required=True, metavar="COMMAND")
    commands.type = str  # what follows a command is its own to look at
    for command in COMMANDS:
        command.add(commands)
    return top


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; what the user can mend is one line on stderr, not a traceback."""
    collect_seldom()
    os.environ |= {**ONE_THREAD, **os.environ}  # before numpy is loaded
    arguments, beam_arguments = _split(list(sys.argv[1:] if argv is None else argv))
    if not arguments:
        parser().print_help(sys.stderr)
        return WRONG_USE
    try:
        commands = parser()
        args = commands.parse_args(arguments)
        if beam_arguments and not hasattr(args, "runner"):
            commands.error(f"`lookalike {args.command}` runs without Beam; leave `--` and what follows it out")
    except SystemExit as exit_:
        return int(exit_.code or 0)
    with _interrupted_by_signals():
        try:
            return _told(args, beam_arguments)
        except KeyboardInterrupt:
            print("lookalike: stopped; the output is not finished", file=sys.stderr)
            return FAILED


def _told(args: argparse.Namespace, beam_arguments: list[str]) -> int:
    """Run a command; what the user can mend is one line."""
    with loading():
        # before Beam and the thousands of modules that come with it: pydantic looks through all for a block's source
        from lookalike.pipelines.configuration.config import ConfigError

        _quiet()
        from lookalike.pipelines.engines.fail_on import FailOnError
        from lookalike.pipelines.evaluate.truth import TruthError
        from lookalike.pipelines.materialize.naming import PatternError
        from lookalike.pipelines.materialize.plan_file import PlanError
        from lookalike.pipelines.review.server.errors import ReviewError
        from lookalike.pipelines.review.verdict_file import VerdictError
        from lookalike.pipelines.run.lock import LockedError
        from lookalike.pipelines.run.manifest import OutputError
        from lookalike.transforms.ingest.listing import InputError
        from lookalike.transforms.storage.stores import UnknownStoreError

    wrong = (
        *(ConfigError, FailOnError, InputError, OutputError, PatternError, PlanError, ReviewError, TruthError),
        *(UnknownStoreError, VerdictError),
    )
    try:
        return _logged(args, beam_arguments, wrong)
    except wrong as error:
        print(f"lookalike: {_line(error)}", file=sys.stderr)
        return BUSY if isinstance(error, LockedError) else WRONG_USE
    except BrokenPipeError:  # whoever read the output has enough of it
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return DONE


def _logged(args: argparse.Namespace, beam_arguments: list[str], wrong: tuple[type[Exception], ...]) -> int:
    """Run a command whose failure, if it is not the user's, is one line and a file."""
    from lookalike.pipelines.engines.failure_log import failure_log
    from lookalike.pipelines.engines.scratch import scratch_folder

    inputs = getattr(args, "inputs", [])
    with failure_log(args.command, inputs) as log, scratch_folder(inputs):
        try:
            return args.run(args, beam_arguments)
        except wrong:
            raise
        except BrokenPipeError:
            raise
        except Exception as error:
            print(f"lookalike: {_line(log.keep_with(error))}", file=sys.stderr)
            return FAILED


@contextlib.contextmanager
def _interrupted_by_signals() -> Iterator[None]:
    """SIGTERM, which schedulers send, and SIGHUP, which a terminal that is closed sends, end a command as Ctrl-C does:
    locks and temporary files do not stay behind. What is ignored, as below nohup, stays so.
    """
    if threading.current_thread() is not threading.main_thread():  # others can't
        yield
        return
    before = {one: signal.getsignal(one) for one in (signal.SIGTERM, signal.SIGHUP)}
    taken = [one for one, handler in before.items() if handler != signal.SIG_IGN]
    for one in taken:
        signal.signal(one, signal.default_int_handler)
    try:
        yield
    finally:
        for one in taken:
            signal.signal(one, before[one] or signal.SIG_DFL)


def _quiet() -> None:
    """Keep Beam's chatter off the terminal: on import it warns of cloud libraries that are not installed."""
    logging.basicConfig(handlers=[logging.NullHandler()])
    import apache_beam  # noqa: F401

    # warns of every job server that it starts and stops
    logging.getLogger("apache_beam.utils.subprocess_server").setLevel(logging.ERROR)


def _split(argv: list[str]) -> tuple[list[str], list[str]]:
    if "--" not in argv:
        return argv, []
    at = argv.index("--")
    return argv[:at], argv[at + 1 :]


def _line(text: object) -> str:
    """In one line, with nothing in it that a terminal would obey."""
    return printable(" ".join(str(text).split()))
