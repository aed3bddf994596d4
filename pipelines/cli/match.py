"""`lookalike match`: the second half again."""

import argparse
from typing import Any

from lookalike.pipelines.cli.arguments import DONE, add_configuration, add_lock, add_verdicts, configuration, judged


def add(commands: "argparse._SubParsersAction[Any]") -> None:
    """Its arguments."""
    match = commands.add_parser(
        "match", help="run the second half of a finished audit again: search, compare, cluster, report"
    )
    match.add_argument(
        "output", metavar="DIR", help="a finished audit or fingerprint run; its clusters, pairs and report are replaced"
    )
    add_verdicts(match)
    add_configuration(match)
    add_lock(match)
    match.set_defaults(run=run)


def run(args: argparse.Namespace, beam_arguments: list[str]) -> int:
    """Match the fingerprints of a finished run again."""
    from lookalike.pipelines import audit
    from lookalike.pipelines.engines.runners import pipeline_options
    from lookalike.pipelines.review.summary import summarise
    from lookalike.transforms.ingest.listing import absolute

    config, options = configuration(args), pipeline_options(args.runner, beam_arguments)
    output, verdicts = absolute(args.output), judged(args)
    request = audit.AuditRequest((), output, config, options, verdicts=verdicts, steal_lock=args.steal_lock)
    record = audit.match(request)
    print(summarise(record, output))
    return DONE
