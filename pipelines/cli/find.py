"""`lookalike find`: the copies of a few images in a finished audit."""

import argparse
import sys
from typing import Any

from lookalike.pipelines.cli.arguments import DONE, FOUND, add_verdicts, judged


def add(commands: "argparse._SubParsersAction[Any]") -> None:
    """Its arguments."""
    find = commands.add_parser("find", help="look up the copies of a few images in a finished audit")
    find.add_argument("inputs", nargs="+", metavar="IMAGE", help="image, folder, glob, list or archive")
    find.add_argument(
        "--in", dest="audit", required=True, metavar="AUDIT", help="the audit in which copies are looked up"
    )
    find.add_argument("--index", metavar="DIR", help="folder of the index (default: index/ in the audit)")
    find.add_argument("--output", metavar="FILE", help="also write the matches to FILE (.parquet or .csv)")
    add_verdicts(find)
    find.add_argument("--refused", action="store_true", help="also list the pairs that were compared and are no match")
    find.add_argument(
        "--fail-on",
        action="append",
        default=[],
        metavar="WHAT",
        help="exit with code 3 on matches>N or failures>N; repeatable",
    )
    find.set_defaults(run=run)


def run(args: argparse.Namespace, beam_arguments: list[str]) -> int:
    """Look the images up, and print a line for each match."""
    import pyarrow.compute as pc

    from lookalike.pipelines.engines import fail_on
    from lookalike.pipelines.matching.find import find, listed, readable, searchable
    from lookalike.pipelines.review.shown import found as found_shown
    from lookalike.pipelines.run.output_folder import check_file
    from lookalike.transforms.core.runtime import prepare_worker
    from lookalike.transforms.ingest.listing import absolute

    conditions, verdicts = fail_on.parse_comparison(args.fail_on), judged(args)
    if args.output:
        found_shown.check_name(args.output)
        check_file(args.output, "--output")
    sources = listed(args.inputs)  # before an index is written for them
    prepare_worker()
    audit = searchable(absolute(args.audit), absolute(args.index) if args.index else "", _say)
    asking, failures = readable(sources, audit)
    found = find(audit, asking, verdicts)
    matched = found.filter(pc.is_valid(found["relation"]))
    shown = found if args.refused else matched
    print("\n".join([*found_shown.lines(shown), found_shown.summary(found, asking.num_rows, len(failures))]))
    for failure in failures:
        _say(f"{failure.uri} can't be used: {failure.error}, {failure.message}")
    if args.output:
        found_shown.write(shown, absolute(args.output))
    record = {"counts": {"matches": len(matched), "failures": len(failures)}}
    met = [condition.name for condition in conditions if condition.holds(record)]
    if met:
        _say(f"found {', '.join(met)}")
    return FOUND if met else DONE


def _say(text: str) -> None:
    from lookalike.pipelines.review.shown.printable import printable

    print(printable(f"lookalike: {text}"), file=sys.stderr, flush=True)
