"""`lookalike evaluate`: a finished run against a labelled truth."""

import argparse
from typing import Any

from lookalike.pipelines.cli.arguments import DONE


def add(commands: "argparse._SubParsersAction[Any]") -> None:
    """Its arguments."""
    evaluate = commands.add_parser("evaluate", help="score a finished run against a labelled truth")
    evaluate.add_argument("output", metavar="DIR", help="a finished run")
    evaluate.add_argument(
        "--truth",
        required=True,
        metavar="FILE",
        help="CSV or Parquet with file, group, and optionally role, tier and edit",
    )
    evaluate.add_argument("--embedding", action="store_true", help="score the embeddings alone, not the clusters")
    evaluate.set_defaults(run=run)


def run(args: argparse.Namespace, _: list[str]) -> int:
    """Print the scores."""
    from lookalike.pipelines.evaluate.evaluate import evaluate
    from lookalike.pipelines.evaluate.evaluate_embedding import evaluate_embedding

    score = evaluate_embedding if args.embedding else evaluate
    print(score(args.truth, args.output).table())
    return DONE
