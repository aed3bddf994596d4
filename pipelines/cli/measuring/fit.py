"""`lookalike fit`: a whitening of embeddings from the user's own images."""

import argparse
import shlex
from typing import Any

from lookalike.pipelines.cli.arguments import DONE, FROM_0, FROM_2, add_configuration, add_lock, configuration, number


def add(commands: "argparse._SubParsersAction[Any]") -> None:
    """Its arguments."""
    fit = commands.add_parser("fit", help="learn a PCA whitening of embeddings from your own images")
    fit.add_argument("inputs", nargs="+", metavar="INPUT", help="as for audit; a sample of it is used")
    fit.add_argument(
        "--output",
        required=True,
        metavar="FILE",
        help="file to write, such as whitening.npz; name it in embed.whitening",
    )
    fit.add_argument(
        "--sample",
        type=FROM_2,
        default=20_000,
        metavar="N",
        help="largest number of images to use (default: %(default)s)",
    )
    fit.add_argument(
        "--dims",
        type=FROM_0,
        default=0,
        metavar="N",
        help="length of an embedding (default: 256, or fewer if the network has fewer channels)",
    )
    fit.add_argument(
        "--shrinkage",
        type=number(float, ge=0, le=1e6),
        default=1e-3,
        metavar="X",
        help="damping of small axes (default: %(default)s)",
    )
    fit.add_argument("--overwrite", action="store_true", help="replace FILE")
    add_configuration(fit)
    add_lock(fit)
    fit.set_defaults(run=run)


def run(args: argparse.Namespace, beam_arguments: list[str]) -> int:
    """Fit and write it."""
    from lookalike.pipelines.engines.runners import pipeline_options
    from lookalike.pipelines.evaluate import fit
    from lookalike.pipelines.run.output_folder import check_file

    config = configuration(args, ["embed.whitening=''"])  # what is fitted replaces it, and may not be there yet
    options = pipeline_options(args.runner, beam_arguments)
    check_file(args.output, "--output")
    about = fit.fit(
        fit.FitRequest(
            tuple(args.inputs), args.output, config, options,
            args.sample, args.dims, args.shrinkage, args.overwrite, args.steal_lock,
        )
    )  # fmt: skip
    unreadable = f", {about['unreadable']:,} could not be read" if about["unreadable"] else ""
    print(f"{about['images']:,} images of {about['listed']:,}{unreadable}; {about['vectors']:,} region vectors")
    print(f"{about['dims']} dimensions keep {about['variance']:.1%} of their variance")
    print(f"use it with: {shlex.join(['--set', f'embed.whitening={args.output}'])}")
    return DONE
