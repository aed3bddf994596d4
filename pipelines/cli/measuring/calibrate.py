"""`lookalike calibrate`: how sure to be, measured on the user's own images."""

import argparse
import shlex
import sys
from typing import Any

from lookalike.pipelines.cli.arguments import (
    DONE,
    FAILED,
    FROM_2,
    add_configuration,
    add_lock,
    add_verdicts,
    configuration,
    judged,
    number,
)


def add(commands: "argparse._SubParsersAction[Any]") -> None:
    """Its arguments."""
    calibrate = commands.add_parser(
        "calibrate", help="find the threshold for the precision that you need, on your own images"
    )
    calibrate.add_argument("inputs", nargs="+", metavar="INPUT", help="as for audit; a sample of it is used")
    calibrate.add_argument(
        "--output", required=True, metavar="DIR", help="folder for calibrated.yaml, the curve, and the pairs to label"
    )
    calibrate.add_argument(
        "--precision",
        type=number(float, gt=0, lt=1),
        default=0.999,
        help="the precision that you need (default: %(default)s)",
    )
    calibrate.add_argument(
        "--sample", type=FROM_2, default=300, metavar="N", help="number of images to use (default: %(default)s)"
    )
    calibrate.add_argument(
        "--copies",
        type=number(int, ge=1, le=14),
        default=6,
        metavar="N",
        help="number of edited copies to make of each image (default: %(default)s)",
    )
    add_verdicts(calibrate)
    add_configuration(calibrate)
    add_lock(calibrate)
    calibrate.set_defaults(run=run)


def run(args: argparse.Namespace, beam_arguments: list[str]) -> int:
    """Audit edited copies of a sample, and choose the probability."""
    from lookalike.pipelines.engines.runners import pipeline_options
    from lookalike.pipelines.evaluate.calibrate import CalibrationRequest, calibrate
    from lookalike.transforms.ingest.listing import absolute

    config, options = configuration(args), pipeline_options(args.runner, beam_arguments)
    verdicts = judged(args)
    output = absolute(args.output)
    found = calibrate(
        CalibrationRequest(
            inputs=args.inputs,
            output=output,
            config=config,
            options=options,
            precision=args.precision,
            sample=args.sample,
            copies=args.copies,
            verdicts=verdicts,
            steal_lock=args.steal_lock,
        )
    )
    if found.unknown:
        print(
            f"pairs of your images that look like copies, and count as false until somebody judges them: "
            f"{len(found.unknown):,}; label {output}/to_label.csv and give it as --verdicts"
        )
    if found.chosen is None:
        best = max(point.low for point in found.points)
        print(
            f"lookalike: {args.precision} can't be promised, {best:.5f} can; label the unknown, or take more images",
            file=sys.stderr,
        )
        return FAILED
    p = found.chosen
    print(
        f"probability {p.probability}: precision {p.precision:.5f} ({p.low:.5f} to {p.high:.5f}), recall {p.recall:.4f}"
    )
    print(f"use it with: {shlex.join(['--config', f'{output}/calibrated.yaml'])}")
    return DONE
