"""`lookalike review`: shows an audit in the browser, and records verdicts from there."""

import argparse
from typing import Any

from lookalike.pipelines.cli.arguments import DONE, number


def add(commands: "argparse._SubParsersAction[Any]") -> None:
    """Its arguments."""
    review = commands.add_parser(
        "review", help="look through all of a finished audit in the browser, and record decisions"
    )
    review.add_argument("audit", metavar="DIR", help="a finished audit or comparison; it is only read")
    review.add_argument(
        "--verdicts",
        default="verdicts.csv",
        metavar="FILE",
        help="CSV or Parquet file for the decisions; created if it does not exist (default: %(default)s)",
    )
    review.add_argument(
        "--author", type=str, default="", help="name that is recorded with the decisions (default: the user's name)"
    )
    review.add_argument(
        "--port",
        type=number(int, ge=0, le=65_535),
        default=0,
        metavar="N",
        help="port on 127.0.0.1 (default: a free one)",
    )
    review.add_argument("--no-open", action="store_true", help="print the address without opening a browser")
    review.set_defaults(run=run)


def run(args: argparse.Namespace, _: list[str]) -> int:
    """Serve a finished run until Ctrl-C."""
    from lookalike.pipelines.review.server.errors import ReviewError

    try:
        from lookalike.pipelines.review.server.serving import serve
    except ModuleNotFoundError as error:
        raise ReviewError(
            f"`lookalike review` needs {error.name}, which is not installed: pip install 'lookalike[review]'"
        ) from error
    serve(args.audit, args.verdicts, args.author, args.port, not args.no_open)
    return DONE
