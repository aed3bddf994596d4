"""`lookalike verdict`: what a person decided about a pair."""

import argparse
import shlex
from typing import Any

from lookalike.pipelines.cli.arguments import DONE, Commands, add_lock


def add(commands: "argparse._SubParsersAction[Any]") -> None:
    """Its arguments."""
    verdict = commands.add_parser("verdict", help="record what a person decided about a pair, for later audits")
    kinds = verdict.add_subparsers(action=Commands, dest="action", required=True, metavar="ACTION")
    kinds.type = str
    add = kinds.add_parser("add", help="append a verdict to a file")
    add.add_argument("file", metavar="FILE", help="CSV or Parquet file; created if it does not exist")
    add.add_argument("uris", nargs=2, metavar="URI", help="the two images, as the audit names them")
    add.add_argument("--audit", required=True, metavar="DIR", help="a finished audit that contains both")
    add.add_argument("--verdict", required=True, choices=("duplicates", "not duplicates"))
    add.add_argument("--author", type=str, default="", help="who decided (default: the user's name)")
    add.add_argument("--note", type=str, default="", help="the reason, for later readers")
    add_lock(add)
    verdict.set_defaults(run=run)


def run(args: argparse.Namespace, _: list[str]) -> int:
    """Append a verdict to its file."""
    from lookalike.pipelines.review import verdict_file

    verdict_file.add(args.file, args.audit, tuple(args.uris), args.verdict, args.author, args.note, args.steal_lock)
    applying = shlex.join(["lookalike", "match", args.audit, "--verdicts", args.file])
    print(f"recorded in {args.file}; to apply it: {applying}")
    return DONE
