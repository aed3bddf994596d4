"""`lookalike audit` and its first half, `lookalike fingerprint`."""

import argparse
import contextlib
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
    for name, text in (
        ("audit", "find the copies among images, group them into clusters, and report them"),
        ("fingerprint", "run the first half of an audit alone: read the images and compute their fingerprints"),
    ):
        half = commands.add_parser(name, help=text)
        half.add_argument(
            "inputs",
            nargs="+",
            metavar="INPUT",
            help="folder, image, glob, archive, table of images, or list (.txt, .csv, .jsonl, .json, .parquet)",
        )
        place = half.add_mutually_exclusive_group(required=True)
        place.add_argument("--output", metavar="DIR", help="folder for the result")
        place.add_argument(
            "--catalog", metavar="DIR", help="folder of dated audits; a new one is made there, starting from the latest"
        )
        half.add_argument(
            "--since", metavar="DIR", help="an earlier audit; images unchanged since then are not read again"
        )
        half.add_argument("--refresh", action="store_true", help="read every image, even if it is unchanged")
        half.add_argument("--overwrite", action="store_true", help="replace a finished audit in DIR")
        add_columns(half)
        add_configuration(half)
        add_lock(half)
        half.add_argument("--log", choices=("text", "json"), default="text", help="progress as text or JSON lines")
        half.add_argument(
            "--metrics", metavar="FILE", help="file for counters in Prometheus' format, written at the end of the run"
        )
        half.set_defaults(run=run)
        if name == "audit":
            add_verdicts(half)
            half.add_argument(
                "--fail-on",
                action="append",
                default=[],
                metavar="WHAT",
                help="exit with code 3 on new-duplicates, any-duplicates, failures>N or conflicts>N; repeatable",
            )


def run(args: argparse.Namespace, beam_arguments: list[str]) -> int:
    """Run the whole job, or its first half."""
    from lookalike.pipelines import audit
    from lookalike.pipelines.engines import fail_on, metrics
    from lookalike.pipelines.engines.runners import pipeline_options
    from lookalike.pipelines.review.summary import summarise
    from lookalike.pipelines.run.lock import locked
    from lookalike.pipelines.run.output_folder import check_file
    from lookalike.pipelines.run.previous_audit import next_in_catalog
    from lookalike.transforms.ingest import overlap
    from lookalike.transforms.ingest.listing import absolute
    from lookalike.transforms.io.parquet_sink import RUN

    config, options = configuration(args), pipeline_options(args.runner, beam_arguments)
    if args.metrics:
        check_file(args.metrics, "--metrics")
    overlap.refuse_overlap(args.inputs, [args.catalog, args.metrics])
    if args.metrics:
        metrics.check(args.metrics)
    verdicts = judged(args)
    with contextlib.ExitStack() as held:
        output, since = args.output, args.since
        if args.catalog:
            catalog = absolute(args.catalog)
            held.enter_context(locked(f"{catalog}/{RUN}", args.command, args.steal_lock))
            output, latest = next_in_catalog(catalog)
            since = since or latest
        output = absolute(output)
        if args.metrics:
            metrics.check_apart(args.metrics, output)
        compared, carried = bool(since or args.catalog), bool(config.columns.compared)
        conditions = fail_on.parse(args.fail_on, compared, carried) if args.command == "audit" else []
        request = audit.AuditRequest(
            tuple(args.inputs), output, config, options, since, args.refresh, verdicts, args.overwrite, args.log,
            args.steal_lock,
        )  # fmt: skip
        record = audit.audit(request) if args.command == "audit" else audit.fingerprint(request)
    if args.metrics:
        metrics.write(args.metrics, record)
    print(summarise(record, output))
    return exit_code(conditions, record)
