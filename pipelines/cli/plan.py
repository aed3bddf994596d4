"""`lookalike plan`: what an audit would cost."""

import argparse
import json
from typing import Any

from lookalike.pipelines.cli.arguments import DONE, FROM_0, FROM_2, add_columns, add_values, configuration, number


def add(commands: "argparse._SubParsersAction[Any]") -> None:
    """Its arguments."""
    plan = commands.add_parser("plan", help="estimate what an audit would cost, from a sample; nothing is written")
    plan.add_argument("inputs", nargs="+", metavar="INPUT", help="as for audit")
    plan.add_argument(
        "--sample", type=FROM_2, default=300, metavar="N", help="number of images to measure (default: %(default)s)"
    )
    plan.add_argument(
        "--images",
        type=FROM_0,
        default=0,
        metavar="N",
        help="number of images in the whole corpus, if the inputs are only a part of it",
    )
    plan.add_argument(
        "--cores",
        type=FROM_0,
        default=0,
        metavar="N",
        help="number of cores that share the work (default: those of this machine)",
    )
    plan.add_argument(
        "--price", type=number(float, ge=0, le=1e9), default=0.0, metavar="X", help="price of one core for one hour"
    )
    plan.add_argument("--log", choices=("text", "json"), default="text", help="text, or one JSON object")
    add_columns(plan)
    add_values(plan)
    plan.set_defaults(run=run)


def run(args: argparse.Namespace, _: list[str]) -> int:
    """Measure a sample, and say what all would cost."""
    from lookalike.pipelines.engines.cores import cores
    from lookalike.pipelines.evaluate.estimate import as_json, estimate, format_estimate

    config = configuration(args)
    found = estimate(args.inputs, config, args.sample, args.images)
    print(
        json.dumps(as_json(found))
        if args.log == "json"
        else format_estimate(found, config, args.cores or cores(), args.price)
    )
    return DONE
