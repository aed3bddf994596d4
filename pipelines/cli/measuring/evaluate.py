"""`lookalike evaluate`: a finished run against a labelled truth."""

import argparse
from typing import Any

from lookalike.pipelines.cli.arguments import DONE


def add(commands: "argparse._SubParsersAction[Any]") -> None:
    """Its arguments."""
    evaluate = commands.add_parser(
        "evaluate", help="measure precision and recall of a finished audit against known groups of copies"
    )
    evaluate.add_argument("output", metavar="DIR", help="a finished audit")
    evaluate.add_argument(
        "--truth",
        required=True,
        metavar="FILE",
        help="CSV or Parquet file with the columns file and group, and optionally role, tier and edit",
    )
    evaluate.add_argument(
        "--embedding", action="store_true", help="measure the embeddings alone instead of the clusters"
    )
    evaluate.set_defaults(run=run)


def run(args: argparse.Namespace, _: list[str]) -> int:
    """Print the scores."""
    from lookalike.pipelines.evaluate.evaluate import evaluate
    from lookalike.pipelines.evaluate.evaluate_embedding import evaluate_embedding

    score = evaluate_embedding if args.embedding else evaluate
    print(score(args.truth, args.output).table())
    return DONE
