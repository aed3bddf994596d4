"""`lookalike compare`: copies of some images among others, and those only."""

import argparse
from typing import Any

from lookalike.pipelines.cli.arguments import (
    add_columns,
    add_configuration,
    add_lock,
    add_verdicts,
    configuration,
    exit_code,
    judged,
)


def add(commands: "argparse._SubParsersAction[Any]") -> None:
    """Its arguments."""
    compare = commands.add_parser("compare", help="find the copies of some images among others, and only those")
    compare.add_argument(
        "inputs",
        nargs="+",
        metavar="INPUT",
        help="images to look up, as for audit, or a finished audit of them",
    )
    others = compare.add_mutually_exclusive_group(required=True)
    others.add_argument(
        "--against", nargs="+", metavar="INPUT", help="images among which copies are searched for, or a finished audit"
    )
    others.add_argument(
        "--sets",
        metavar="folder|COLUMN",
        help="compare the folders right below INPUT, or the values of a column, such as split, with one another",
    )
    others.add_argument(
        "--blocklist",
        metavar="FILE",
        help="list of PDQ hashes, or a finished audit, of known pictures; exit code 3 if any is found",
    )
    compare.add_argument("--output", required=True, metavar="DIR", help="folder for the result")
    compare.add_argument("--overwrite", action="store_true", help="replace a finished comparison in DIR")
    compare.add_argument(
        "--relations",
        metavar="A,B",
        help="relations that count as a match (default: same,overlaid,part,whole,overlap; also variant, view)",
    )
    compare.add_argument(
        "--fail-on",
        action="append",
        default=[],
        metavar="WHAT",
        help="exit with code 3 on matches>N or failures>N; repeatable",
    )
    compare.add_argument("--log", choices=("text", "json"), default="text", help="progress as text or JSON lines")
    add_columns(compare)
    add_verdicts(compare)
    add_configuration(compare)
    add_lock(compare)
    compare.set_defaults(run=run)


def run(args: argparse.Namespace, beam_arguments: list[str]) -> int:
    """Compare two sides, or the sets of one."""
    from lookalike.pipelines import compare
    from lookalike.pipelines.engines import fail_on
    from lookalike.pipelines.engines.runners import pipeline_options
    from lookalike.pipelines.review.summary import summarise_comparison
    from lookalike.pipelines.run import manifest
    from lookalike.pipelines.run.steps.request import AuditRequest
    from lookalike.transforms.core.settings.pair import FOLDER
    from lookalike.transforms.ingest.listing import absolute

    known, against = args.blocklist or "", tuple(args.against or ())
    if known and manifest.exists(absolute(known)):
        known, against = "", (known,)
    config = configuration(args, ["read.pdq=true"] if known else [])
    options = pipeline_options(args.runner, beam_arguments)
    failing = [*args.fail_on, *(["matches>0"] if args.blocklist and not args.fail_on else [])]
    conditions, relations = fail_on.parse_comparison(failing), _relations(args.relations)
    output = absolute(args.output)
    request = AuditRequest(
        (*args.inputs, *against), output, config, options, verdicts=judged(args), overwrite=args.overwrite,
        log=args.log, steal_lock=args.steal_lock,
    )  # fmt: skip
    record = compare.compare(compare.CompareRequest(request, against, relations, known, args.sets or FOLDER))
    print(summarise_comparison(record, output))
    return exit_code(conditions, record)


def _relations(text: str | None) -> tuple[str, ...]:
    from lookalike.pipelines.configuration.config import ConfigError
    from lookalike.transforms.functional.verification.relations import COPIES, RELATIONS

    named = COPIES if text is None else tuple(name.strip() for name in text.split(","))
    for name in named:
        if name not in RELATIONS[1:]:
            raise ConfigError(f"--relations takes {', '.join(RELATIONS[1:])}, separated by commas, not {name!r}")
    return named
