"""`lookalike materialize AUDIT --as FORM`: the corpus of an audit, written back without its copies."""

import argparse
import sys
from typing import Any

from lookalike.pipelines.cli.arguments import DONE, FAILED, add_lock, add_runner

OF_FORMS = ("annotations", "annotated", "runner", "steal_lock")
"""Arguments that only writing a corpus back takes."""


def add_arguments(command: argparse.ArgumentParser) -> None:
    """Those by which a corpus is written back."""
    command.add_argument(
        "--as",
        dest="form",
        choices=("webdataset", "parquet", "coco", "imagefolder", "lists", "fiftyone", "labelstudio"),
        help="write the corpus to the new folder --to in this form: without copies, or, with --images all, "
        "with a field duplicate_of; or write lists of what stays and what goes",
    )
    command.add_argument(
        "--annotations",
        action="append",
        default=[],
        metavar="FILE",
        help="with --as: COCO's JSON, metadata.jsonl or metadata.csv, written back without the copies; repeatable",
    )
    command.add_argument(
        "--annotated",
        type=str,
        default="",
        metavar="DIR",
        help="folder that the names in the annotations are relative to (default: found by itself)",
    )
    add_runner(command)
    add_lock(command)


def run(args: argparse.Namespace, beam_arguments: list[str]) -> int:
    """Write a corpus back."""
    from lookalike.pipelines.engines.runners import pipeline_options
    from lookalike.pipelines.materialize.plan_file import PlanError
    from lookalike.pipelines.materialize.write_back.job import WriteBackRequest, write_back
    from lookalike.pipelines.review.shown.printable import printable

    if not args.audit or not args.to:
        raise PlanError("--as needs an audit and a new folder as --to")
    if args.annotated and not args.annotations:
        raise PlanError("--annotated is the folder that --annotations begin in, and there are none")
    request = WriteBackRequest(
        args.audit, args.form, args.to, pipeline_options(args.runner, beam_arguments), args.images,
        tuple(args.annotations), args.annotated, tuple(args.protect), args.steal_lock,
    )  # fmt: skip
    record = write_back(request)
    for uri, why in record.get("left", []):
        print(printable(f"lookalike: {uri} could not be taken along: {why}"), file=sys.stderr)
    print(_told(record, args.to))
    return FAILED if record.get("left") else DONE


def _told(record: dict[str, Any], to: str) -> str:
    """What was written, in a line for each kind of file."""
    from lookalike.pipelines.review.sizes import counted

    if "written" in record:
        files = f" in {counted(len(record['files']), 'file')}" if record["files"] else ""
        dropped = counted(record["dropped"], "copy", "copies")
        lines = [f"wrote {counted(record['written'], 'image')}{files} to {to}; left out {dropped}"]
        for kind, count in record.get("alone", {}).items():
            lines.append(f"of {count:,} images in {kind} the image and its columns were taken, and nothing beside it")
        if record["resumed"]:
            lines.append(f"{record['resumed']:,} of {record['units']:,} units were there from an earlier try")
    elif "tasks" in record:
        lines = [f"{record['tasks']:,} tasks are in {to}; {record['dropped']:,} of them say that an image goes"]
    else:
        lines = [f"{record['kept']:,} images stay and {record['dropped']:,} go; the lists are in {to}"]
    for file in record.get("annotations", []):
        unknown = f"; {file['unknown']:,} are not in the audit, and stay" if file["unknown"] else ""
        lines.append(f"{file['file']}: {file['images']:,} images, {file['copies']:,} of them copies{unknown}")
    return "\n".join(lines)
