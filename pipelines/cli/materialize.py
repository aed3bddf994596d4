"""`lookalike materialize`: a plan of what is done with duplicates, what is done of it, and a corpus written back."""

import argparse
import shlex
import sys
from typing import Any

from lookalike.pipelines.cli import write_back
from lookalike.pipelines.cli.arguments import DONE, FAILED, FROM_0, FROM_1, refuse_others

OF_PLANS = ("action", "plan", "name", "limit", "sample", "seed", "split")
"""Arguments that only making a plan takes."""
CARRYING_OUT = (*OF_PLANS, "to", "images", "protect", *write_back.OF_FORMS)
"""Arguments that carrying out a plan, which says all of this, does not take."""
BESIDE = "found beside these images under the same names, and left there"
"""What is done with files that belong to images by their names."""
DONE_BY = {"apply": "done", "undo": "undone", "empty_trash": "emptied from the trash"}
"""Arguments that name a plan, and what is done with its steps then."""


def add(commands: "argparse._SubParsersAction[Any]") -> None:
    """Its arguments."""
    command = commands.add_parser(
        "materialize", help="act on an audit: make, apply or undo a plan, or write the corpus back"
    )
    what = command.add_mutually_exclusive_group(required=True)
    what.add_argument(
        "audit", nargs="?", metavar="DIR", help="finished audit to plan from, or, with --as, to write back"
    )
    what.add_argument("--apply", metavar="PLAN", help="carry a plan out, or resume one that was begun")
    what.add_argument("--undo", metavar="PLAN", help="take back what was done by a plan")
    what.add_argument("--empty-trash", metavar="PLAN", help="remove for good the files that a plan moved to its trash")
    command.add_argument(
        "--plan", default="plan.parquet", metavar="FILE", help="file for the plan (default: %(default)s)"
    )
    command.add_argument(
        "--action",
        choices=("copy", "hardlink", "symlink", "rename", "quarantine", "delete"),
        default="copy",
        help="copy, link or rename the images to keep, or move reclaimable copies to --to or to the plan's trash "
        "(default: %(default)s)",
    )
    command.add_argument(
        "--to", type=str, default="", metavar="DIR", help="folder that files are copied, linked or moved to"
    )
    command.add_argument(
        "--name",
        default="{path}",
        metavar="PATTERN",
        help="names of the new files, such as {index:06d}{ext} or {content_hash}{ext} (default: %(default)s)",
    )
    command.add_argument(
        "--images", choices=("best", "all"), default="best", help="best: without copies (default); all: with copies"
    )
    command.add_argument("--limit", type=FROM_1, default=0, metavar="N", help="take only the first N images")
    command.add_argument("--sample", type=FROM_1, default=0, metavar="N", help="take only N images, chosen at random")
    command.add_argument("--seed", type=FROM_0, default=0, help="seed of --sample and --split (default: %(default)s)")
    command.add_argument(
        "--split",
        type=str,
        default="",
        metavar="NAME=SHARE,...",
        help="divide into sets at random, such as train=0.8,validation=0.1,test=0.1; clusters stay whole",
    )
    command.add_argument(
        "--protect",
        action="append",
        default=[],
        metavar="PREFIX",
        help="never touch files below this prefix; repeatable",
    )
    write_back.add_arguments(command)
    command.set_defaults(run=run, default_of=command.get_default)


def run(args: argparse.Namespace, beam_arguments: list[str]) -> int:
    """Make a plan, carry one out, take it back, empty its trash, or write a corpus back."""
    if args.form:
        refuse_others(args, "--as", OF_PLANS)
        return write_back.run(args, beam_arguments)
    from lookalike.pipelines.materialize.plan_file import PlanError

    if beam_arguments:
        raise PlanError("what follows `--` goes to Beam, which runs only what --as writes; leave it out")
    for name in DONE_BY:
        if path := getattr(args, name):
            refuse_others(args, f"--{name.replace('_', '-')}", CARRYING_OUT)
            return _carry_out(name, path)
    refuse_others(args, "a plan", write_back.OF_FORMS)
    return _plan(args)


def _carry_out(name: str, path: str) -> int:
    """Do what the argument of this name does with a plan."""
    from lookalike.pipelines.materialize import apply
    from lookalike.pipelines.review.shown.printable import printable
    from lookalike.pipelines.review.sizes import counted

    outcome = {"apply": apply.apply, "undo": apply.undo, "empty_trash": apply.empty}[name](path)
    for source, why in outcome.refused:
        print(printable(f"lookalike: {source} stays as it is: {why}"), file=sys.stderr)
    left = f", {len(outcome.refused):,} not taken" if outcome.refused else ""
    print(f"{counted(outcome.done, 'step')} {DONE_BY[name]}{left}")
    if name == "apply" and apply.fills_trash(path):
        freeing = shlex.join(["lookalike", "materialize", "--empty-trash", path])
        print(f"deleted files are in the trash; to free space: {freeing}")
    return FAILED if outcome.refused else DONE


def _plan(args: argparse.Namespace) -> int:
    from lookalike.pipelines.materialize import plan, plan_file
    from lookalike.pipelines.materialize.companions import companions
    from lookalike.pipelines.review.sizes import counted, human_bytes
    from lookalike.transforms.ingest.selection.tally import Tally, told

    request = plan.Request(
        args.action, args.to, args.name, args.images, args.limit, args.sample, args.seed,
        plan.parse_splits(args.split), tuple(args.protect),
    )  # fmt: skip
    made = plan.make(args.audit, request)
    plan_file.write(args.plan, made, args.audit)
    size = human_bytes(sum(made["bytes"].to_pylist()))
    print(f"planned to {args.action} {counted(made.num_rows, 'file')} ({size}); nothing was touched yet")
    beside = Tally()
    for name in companions(made["source"].to_pylist()):
        beside.add(name)
    if beside.counts():
        print(f"lookalike: {told(beside.counts(), BESIDE)}", file=sys.stderr)
    for prefix in plan.without_effect(args.audit, args.protect):
        print(f"lookalike: --protect {prefix} has no effect: the audit holds no image there", file=sys.stderr)
    print(f"review {args.plan}, then: {shlex.join(['lookalike', 'materialize', '--apply', args.plan])}")
    return DONE
