"""`lookalike report`: report.html once more."""

import argparse
from typing import Any

from lookalike.pipelines.cli.arguments import DONE, add_lock, add_values, configuration


def add(commands: "argparse._SubParsersAction[Any]") -> None:
    """Its arguments."""
    report = commands.add_parser("report", help="write report.html of a finished audit again")
    report.add_argument("output", metavar="DIR", help="a finished audit, whose report is replaced")
    add_values(report)
    add_lock(report)
    report.set_defaults(run=run)


def run(args: argparse.Namespace, _: list[str]) -> int:
    """Write the page of a finished run again."""
    from lookalike.pipelines.review import report
    from lookalike.pipelines.run import manifest
    from lookalike.pipelines.run.output_folder import writing
    from lookalike.transforms.ingest.listing import absolute

    output, limits = absolute(args.output), configuration(args).report
    manifest.read(output)  # nothing is made where there is no run
    with writing(output, "report", args.steal_lock):
        record = manifest.read(output)
        if "clusters" not in record["parts"]:
            raise manifest.OutputError(f"{output} holds fingerprints only; run `lookalike match {output}` first")
        print(report.write(output, record, limits))
    return DONE
