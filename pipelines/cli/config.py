"""`lookalike config`: what --config and --set come to."""

import argparse
from typing import Any

from lookalike.pipelines.cli.arguments import DONE, add_values, configuration


def add(commands: "argparse._SubParsersAction[Any]") -> None:
    """Its arguments."""
    config = commands.add_parser("config", help="print the configuration that --config and --set give, as YAML")
    config.add_argument(
        "--explain", metavar="BLOCK.KEY", help="explain one key: what it does, which values it takes, and its value"
    )
    add_values(config)
    config.set_defaults(run=run)


def run(args: argparse.Namespace, _: list[str]) -> int:
    """Print all of it, or one key."""
    from lookalike.pipelines.configuration.config import named
    from lookalike.pipelines.configuration.explain import as_text, as_yaml

    key = named(args.explain) if args.explain else None
    config = configuration(args)
    print(as_text(*key, config) if key else as_yaml(config).rstrip("\n"))
    return DONE
