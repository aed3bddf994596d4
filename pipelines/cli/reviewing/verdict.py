"""`lookalike verdict`: what a person decided of a pair."""

import argparse
from typing import Any

from lookalike.pipelines.cli.arguments import DONE, add_lock


def add(commands: "argparse._SubParsersAction[Any]") -> None:
    """Its arguments."""
    verdict = commands.add_parser("verdict", help="note what a person decided of a pair, for later audits")
    kinds = verdict.add_subparsers(dest="action", required=True, metavar="ACTION")
    kinds.type = str
    add = kinds.add_parser("add", help="append a verdict to a file")
    add.add_argument("file", metavar="FILE", help="CSV or Parquet; made if it is not there")
    add.add_argument("uris", nargs=2, metavar="URI", help="the two images")
    add.add_argument("--audit", required=True, metavar="DIR", help="a finished audit that holds both")
    add.add_argument("--verdict", required=True, choices=("duplicates", "not duplicates"))
    add.add_argument("--author", type=str, default="", help="default: the user's name")
    add.add_argument("--note", type=str, default="", help="why, if that should be known later")
    add_lock(add)
    verdict.set_defaults(run=run)


def run(args: argparse.Namespace, _: list[str]) -> int:
    """Append a verdict to its file."""
    from lookalike.pipelines.review import verdict_file

    verdict_file.add(args.file, args.audit, tuple(args.uris), args.verdict, args.author, args.note, args.steal_lock)
    print(f"recorded in {args.file}; to apply it: lookalike match {args.audit} --verdicts {args.file}")
    return DONE
