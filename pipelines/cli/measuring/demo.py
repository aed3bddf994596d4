"""`lookalike demo`: the demonstration corpus."""

import argparse
from typing import Any

from lookalike.pipelines.cli.arguments import DONE


def add(commands: "argparse._SubParsersAction[Any]") -> None:
    """Its arguments."""
    demo = commands.add_parser("demo", help="make a small demo corpus, and its truth")
    demo.add_argument("folder", metavar="DIR", help="a new or empty folder, or that of an earlier demo")
    demo.set_defaults(run=run)


def run(args: argparse.Namespace, _: list[str]) -> int:
    """Make it."""
    from lookalike.pipelines.evaluate.demo import make_demo

    print(f"{make_demo(args.folder)} images in {args.folder}")
    return DONE
