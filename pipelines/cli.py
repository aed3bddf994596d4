"""The command line: arguments in, an exit code out.

0 done, 1 failed, 2 wrong use, 3 done, and `--fail-on` found what it was told to find.
"""

import argparse
import contextlib
import json
import logging
import math
import os
import sys
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, NoReturn

from transforms.settings import Real, Text, Whole, shown

if TYPE_CHECKING:
    from pipelines.config import Config

# One BLAS thread a process, before numpy is loaded: workers are processes, and inherit this.
for _name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(_name, "1")

DONE, FAILED, WRONG_USE, FOUND = 0, 1, 2, 3


class Parser(argparse.ArgumentParser):
    """One whose errors are one line, and whose words are never empty."""

    def __init__(self, **settings: Any) -> None:
        """As of argparse; text is looked at wherever no type is named."""
        super().__init__(**settings)
        self.register("type", None, _word)

    def error(self, message: str) -> NoReturn:
        """Say what is wrong, and where help is."""
        self.exit(WRONG_USE, f"lookalike: {message}; see `{self.prog} --help`\n")


def _word(text: str) -> str:
    kind = Text(least=1)
    if not kind.fits(text):
        raise argparse.ArgumentTypeError(f"it must be {kind}, not {shown(text)}")
    return text


def _number(kind: Whole | Real) -> Callable[[str], int | float]:
    """A type of arguments: numbers of a kind."""

    def read(text: str) -> int | float:
        try:
            value: int | float = int(text) if isinstance(kind, Whole) else float(text)
        except ValueError:
            value = -math.inf
        if not kind.fits(value):
            raise argparse.ArgumentTypeError(f"it must be {kind}, not {shown(text)}")
        return value

    return read


_FROM_0, _FROM_1, _FROM_2 = (_number(Whole(least)) for least in range(3))
_WITHIN_1 = _number(Real(0, 1, above=True, below=True))


def parser() -> argparse.ArgumentParser:
    """The grammar of all commands."""
    top = Parser(
        prog="lookalike",
        description="Finds, confirms and clusters near-duplicate images.",
        epilog="Options of Beam itself follow a double dash, such as: -- --direct_num_workers=2",
    )
    commands = top.add_subparsers(dest="command", required=True, metavar="COMMAND")
    commands.type = str  # what follows a command is its own to look at

    for name, text in (
        ("audit", "find the duplicates among images, and report them"),
        ("fingerprint", "the first half alone: fingerprints and failures"),
    ):
        half = commands.add_parser(name, help=text)
        half.add_argument(
            "inputs", nargs="+", metavar="INPUT", help="folder, image, glob, or manifest (.txt, .csv, .parquet)"
        )
        place = half.add_mutually_exclusive_group(required=True)
        place.add_argument("--output", metavar="DIR", help="where the result goes")
        place.add_argument("--catalog", metavar="DIR", help="folder of dated audits: makes the next, since the latest")
        half.add_argument("--since", metavar="DIR", help="earlier audit: what it knows is not read again")
        half.add_argument("--refresh", action="store_true", help="read every image all the same")
        half.add_argument("--overwrite", action="store_true", help="replace a finished run in DIR")
        _add_configuration(half)
        _add_lock(half)
        half.add_argument("--log", choices=("text", "json"), default="text", help="progress as text or JSON lines")
        half.add_argument("--metrics", metavar="FILE", help="counters for Prometheus, written when the run is finished")
        if name == "audit":
            half.add_argument("--verdicts", metavar="FILE", help="CSV or Parquet of what people decided of pairs")
            half.add_argument(
                "--fail-on",
                action="append",
                default=[],
                metavar="WHAT",
                help="exit with 3 on new-duplicates, any-duplicates or failures>N; repeatable",
            )

    plan = commands.add_parser("plan", help="what an audit would cost, from a sample; nothing is written")
    plan.add_argument("inputs", nargs="+", metavar="INPUT", help="as for audit")
    plan.add_argument(
        "--sample", type=_FROM_2, default=300, metavar="N", help="images to measure (default: %(default)s)"
    )
    plan.add_argument(
        "--images", type=_FROM_0, default=0, metavar="N", help="of the corpus that the inputs are a part of"
    )
    plan.add_argument(
        "--cores", type=_FROM_0, default=0, metavar="N", help="to divide the work among (default: all here)"
    )
    plan.add_argument("--price", type=_number(Real(0, 1e9)), default=0.0, metavar="X", help="of one core for one hour")
    plan.add_argument("--log", choices=("text", "json"), default="text", help="lines for a person, or one JSON object")
    _add_values(plan)

    match = commands.add_parser("match", help="the second half again, on a finished run's fingerprints")
    match.add_argument("output", metavar="DIR", help="whose clusters, pairs and report are replaced")
    match.add_argument("--verdicts", metavar="FILE", help="CSV or Parquet of what people decided of pairs")
    _add_configuration(match)
    _add_lock(match)

    verdict = commands.add_parser("verdict", help="note what a person decided of a pair, for later audits")
    kinds = verdict.add_subparsers(dest="action", required=True, metavar="ACTION")
    kinds.type = str
    add = kinds.add_parser("add", help="append a verdict to a file")
    add.add_argument("file", metavar="FILE", help="CSV or Parquet; made if it is not there")
    add.add_argument("uris", nargs=2, metavar="URI", help="the two images")
    add.add_argument("--audit", required=True, metavar="DIR", help="a finished audit that holds both")
    add.add_argument("--verdict", required=True, choices=("duplicates", "not duplicates"))
    add.add_argument("--author", type=str, default="", help="default: the user's name")
    add.add_argument("--note", type=str, default="", help="why, if that should be known later")
    _add_lock(add)

    _add_materialize(commands.add_parser("materialize", help="plan, apply or undo what is done with the duplicates"))

    calibrate = commands.add_parser("calibrate", help="how sure to be for a wished precision, on your own images")
    calibrate.add_argument("inputs", nargs="+", metavar="INPUT", help="as for audit; a sample of it is used")
    calibrate.add_argument("--output", required=True, metavar="DIR", help="for calibrated.yaml, the curve and the rest")
    calibrate.add_argument(
        "--precision",
        type=_WITHIN_1,
        default=0.999,
        help="wished (default: %(default)s)",
    )
    calibrate.add_argument("--sample", type=_FROM_2, default=300, metavar="N", help="images (default: %(default)s)")
    calibrate.add_argument(
        "--copies", type=_number(Whole(1, 14)), default=6, metavar="N", help="edits of each (default: %(default)s)"
    )
    calibrate.add_argument("--verdicts", metavar="FILE", help="CSV or Parquet of what people decided of pairs")
    _add_configuration(calibrate)
    _add_lock(calibrate)

    fit = commands.add_parser("fit", help="learn a PCA-whitening of embeddings from your own images")
    fit.add_argument("inputs", nargs="+", metavar="INPUT", help="as for audit; a sample of it is used")
    fit.add_argument("--output", required=True, metavar="FILE", help="for embed.whitening, such as whitening.npz")
    fit.add_argument(
        "--sample", type=_FROM_2, default=20_000, metavar="N", help="images at most (default: %(default)s)"
    )
    fit.add_argument("--dims", type=_FROM_0, default=0, metavar="N", help="of the embedding (default: 256)")
    fit.add_argument(
        "--shrinkage",
        type=_number(Real(0, 1e6)),
        default=1e-3,
        metavar="X",
        help="of small axes (default: %(default)s)",
    )
    fit.add_argument("--overwrite", action="store_true", help="replace FILE")
    _add_configuration(fit)
    _add_lock(fit)

    report = commands.add_parser("report", help="write report.html of a finished run again")
    report.add_argument("output", metavar="DIR", help="whose report is replaced")
    _add_values(report)
    _add_lock(report)

    evaluate = commands.add_parser("evaluate", help="score a finished run against a labelled truth")
    evaluate.add_argument("output", metavar="DIR", help="a finished run")
    evaluate.add_argument(
        "--truth", required=True, metavar="FILE", help="CSV or Parquet: file, group, and perhaps role, tier, edit"
    )
    evaluate.add_argument("--embedding", action="store_true", help="score the embeddings alone, not the clusters")

    demo = commands.add_parser("demo", help="make the demonstration corpus")
    demo.add_argument("folder", metavar="DIR", help="new, empty, or one of an earlier demo")
    return top


def _add_materialize(command: argparse.ArgumentParser) -> None:
    what = command.add_mutually_exclusive_group(required=True)
    what.add_argument("audit", nargs="?", metavar="DIR", help="finished audit to make a plan from; nothing is touched")
    what.add_argument("--apply", metavar="PLAN", help="carry a plan out, or go on with it")
    what.add_argument("--undo", metavar="PLAN", help="take back what was done of a plan")
    what.add_argument("--empty-trash", metavar="PLAN", help="remove for good what a plan deleted")
    command.add_argument(
        "--plan", default="plan.parquet", metavar="FILE", help="where the plan goes (default: %(default)s)"
    )
    command.add_argument(
        "--action",
        choices=("copy", "hardlink", "symlink", "rename", "quarantine", "delete"),
        default="copy",
        help="copy or link what is kept, rename it, or move what is reclaimable away, to --to or the plan's trash "
        "(default: %(default)s)",
    )
    command.add_argument(
        "--to", type=str, default="", metavar="DIR", help="folder of what is copied, linked or quarantined"
    )
    command.add_argument(
        "--name", default="{path}", metavar="PATTERN", help="such as {index:06d}{ext} or {content_hash}{ext}"
    )
    command.add_argument("--images", choices=("best", "all"), default="best", help="all: duplicates too")
    command.add_argument("--limit", type=_FROM_1, default=0, metavar="N", help="only the first N")
    command.add_argument("--sample", type=_FROM_1, default=0, metavar="N", help="only N by chance")
    command.add_argument("--seed", type=_FROM_0, default=0, help="of --sample and --split")
    command.add_argument(
        "--split", type=str, default="", metavar="NAME=SHARE,...", help="such as train=0.8,validation=0.1,test=0.1"
    )
    command.add_argument("--protect", action="append", default=[], metavar="PREFIX", help="never touch what lies below")


def _add_values(command: argparse.ArgumentParser) -> None:
    command.add_argument("--config", metavar="FILE", help="YAML with what differs from configs/default.yaml")
    command.add_argument(
        "--set", action="append", default=[], metavar="BLOCK.KEY=VALUE", help="change one value; repeatable"
    )


def _add_configuration(command: argparse.ArgumentParser) -> None:
    _add_values(command)
    command.add_argument(
        "--runner", default="local", metavar="NAME", help="local (default), flink, dataflow, or any of Beam's"
    )


def _add_lock(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--steal-lock", action="store_true", help="take over from a dead process on another machine, after a minute"
    )


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; what the user can mend is one line on stderr, not a traceback."""
    arguments, beam_arguments = _split(list(sys.argv[1:] if argv is None else argv))
    if not arguments:
        parser().print_help(sys.stderr)
        return WRONG_USE
    try:
        args = parser().parse_args(arguments)
    except SystemExit as exit_:
        return int(exit_.code or 0)
    _quiet()
    from pipelines.config import ConfigError
    from pipelines.evaluate import TruthError
    from pipelines.fail_on import FailOnError
    from pipelines.manifest import OutputError
    from pipelines.materialize.naming import PatternError
    from pipelines.materialize.plan import PlanError
    from pipelines.verdicts import VerdictError
    from transforms.listing import InputError
    from transforms.stores import UnknownStoreError

    wrong = (
        *(ConfigError, FailOnError, InputError, OutputError, PatternError, PlanError, TruthError, VerdictError),
        UnknownStoreError,
    )
    try:
        return _logged(args, beam_arguments, wrong)
    except wrong as error:
        print(f"lookalike: {_line(error)}", file=sys.stderr)
        return WRONG_USE
    except BrokenPipeError:  # whoever read the output has enough of it
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return DONE
    except KeyboardInterrupt:
        print("lookalike: stopped; the output is not finished", file=sys.stderr)
        return FAILED


def _logged(args: argparse.Namespace, beam_arguments: list[str], wrong: tuple[type[Exception], ...]) -> int:
    """Run a command whose failure, if it is not the user's, is one line and a file."""
    from pipelines.failure_log import failure_log

    with failure_log(args.command, getattr(args, "inputs", [])) as log:
        try:
            return _COMMANDS[args.command](args, beam_arguments)
        except wrong:
            raise
        except BrokenPipeError:
            raise
        except Exception as error:
            print(f"lookalike: {_line(log.told(error))}", file=sys.stderr)
            return FAILED


def _quiet() -> None:
    """Keep Beam's chatter off the terminal: on import it warns of cloud libraries that are not installed."""
    logging.basicConfig(handlers=[logging.NullHandler()])
    import apache_beam  # noqa: F401

    # warns of every job server that it starts and stops
    logging.getLogger("apache_beam.utils.subprocess_server").setLevel(logging.ERROR)


def _configuration(args: argparse.Namespace, last: Sequence[str] = ()) -> "Config":
    """What --config, --set and after them `last` come to, every value looked at before anything else is.

    Raises:
        ConfigError: a key or a value that is wrong.
    """
    from pipelines.config import load
    from pipelines.stages import Corpus, Stages

    config = load(args.config, [*args.set, *last])
    Stages(config, Corpus(""))
    return config


def _split(argv: list[str]) -> tuple[list[str], list[str]]:
    if "--" not in argv:
        return argv, []
    at = argv.index("--")
    return argv[:at], argv[at + 1 :]


def _line(text: object) -> str:
    """In one line, with nothing in it that a terminal would obey: names of files may come from anywhere."""
    flat = " ".join(str(text).split())
    return "".join(c if c.isprintable() else c.encode("unicode_escape", "backslashreplace").decode() for c in flat)


def _run(args: argparse.Namespace, beam_arguments: list[str]) -> int:
    from pipelines import audit, fail_on, metrics, overlap, verdicts
    from pipelines.earlier import next_in_catalog
    from pipelines.lock import locked
    from pipelines.output_folder import check_file
    from pipelines.runners import pipeline_options
    from pipelines.summary import summarise
    from transforms.listing import absolute
    from transforms.output import RUN
    from transforms.verdicts import Verdicts

    config, options = _configuration(args), pipeline_options(args.runner, beam_arguments)
    if args.metrics:
        check_file(args.metrics, "--metrics")
    overlap.refuse_overlap(args.inputs, [args.catalog, args.metrics])
    if args.metrics:
        metrics.check(args.metrics)
    judged = verdicts.load(args.verdicts) if args.command == "audit" and args.verdicts else Verdicts()
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
        conditions = fail_on.parse(args.fail_on, bool(since or args.catalog)) if args.command == "audit" else []
        wish = audit.Wish(
            tuple(args.inputs), output, config, options, since, args.refresh, judged, args.overwrite, args.log,
            args.steal_lock,
        )  # fmt: skip
        record = audit.audit(wish) if args.command == "audit" else audit.fingerprint(wish)
    if args.metrics:
        metrics.write(args.metrics, record)
    print(summarise(record, output))
    found = [condition.name for condition in conditions if condition.holds(record)]
    if found:
        print(f"lookalike: found {', '.join(found)}", file=sys.stderr)
    return FOUND if found else DONE


def _plan(args: argparse.Namespace, _: list[str]) -> int:
    from pipelines.estimate import as_json, estimate, told
    from pipelines.runners import cores

    config = _configuration(args)
    found = estimate(args.inputs, config, args.sample, args.images)
    print(json.dumps(as_json(found)) if args.log == "json" else told(found, config, args.cores or cores(), args.price))
    return DONE


def _match(args: argparse.Namespace, beam_arguments: list[str]) -> int:
    from pipelines import audit, verdicts
    from pipelines.runners import pipeline_options
    from pipelines.summary import summarise
    from transforms.verdicts import Verdicts

    config, options = _configuration(args), pipeline_options(args.runner, beam_arguments)
    judged = verdicts.load(args.verdicts) if args.verdicts else Verdicts()
    record = audit.match(args.output, config, options, judged, args.steal_lock)
    print(summarise(record, args.output))
    return DONE


def _verdict(args: argparse.Namespace, _: list[str]) -> int:
    from pipelines import verdicts

    verdicts.add(args.file, args.audit, tuple(args.uris), args.verdict, args.author, args.note, args.steal_lock)
    print(f"noted in {args.file}")
    return DONE


def _materialize(args: argparse.Namespace, _: list[str]) -> int:
    from pipelines.materialize import apply, plan
    from pipelines.report import human_bytes

    commands = {"apply": apply.apply, "undo": apply.undo, "empty_trash": apply.empty}
    done = {"apply": "in force", "undo": "taken back", "empty_trash": "emptied"}
    for name, command in commands.items():
        if path := getattr(args, name):
            outcome = command(path)
            for source, why in outcome.refused:
                print(f"lookalike: left {source} as it is: {why}", file=sys.stderr)
            print(f"{outcome.done:,} steps {done[name]}, {len(outcome.refused):,} left")
            if name == "apply" and any(row["action"] == "delete" for row in plan.read(path)):
                print(f"what was deleted takes space until: lookalike materialize --empty-trash {path}")
            return FAILED if outcome.refused else DONE
    request = plan.Request(
        args.action, args.to, args.name, args.images, args.limit, args.sample, args.seed,
        plan.parse_splits(args.split), tuple(args.protect),
    )  # fmt: skip
    made = plan.make(args.audit, request)
    plan.write(args.plan, made, args.audit, args.protect)
    size = human_bytes(sum(made["bytes"].to_pylist()))
    print(f"{made.num_rows:,} files ({size}) to {args.action}; nothing was touched")
    for prefix in plan.without_effect(args.audit, args.protect):
        print(f"lookalike: --protect {prefix} has no effect: the audit holds no image there", file=sys.stderr)
    print(f"review {args.plan}, then: lookalike materialize --apply {args.plan}")
    return DONE


def _calibrate(args: argparse.Namespace, beam_arguments: list[str]) -> int:
    from pipelines import verdicts
    from pipelines.calibrate import calibrate
    from pipelines.runners import pipeline_options
    from transforms.listing import absolute
    from transforms.verdicts import Verdicts

    config, options = _configuration(args), pipeline_options(args.runner, beam_arguments)
    judged = verdicts.load(args.verdicts) if args.verdicts else Verdicts()
    output = absolute(args.output)
    found = calibrate(
        args.inputs, output, config, options, args.precision, args.sample, args.copies, judged, args.steal_lock
    )
    if found.unknown:
        print(
            f"{len(found.unknown):,} pairs of your images look like copies, and count as false until somebody judges "
            f"them: label {output}/to_label.csv and give it as --verdicts"
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
    print(f"use it with: --config {output}/calibrated.yaml")
    return DONE


def _fit(args: argparse.Namespace, beam_arguments: list[str]) -> int:
    from pipelines import fit
    from pipelines.output_folder import check_file
    from pipelines.runners import pipeline_options

    config = _configuration(args, ["embed.whitening=''"])  # what is fitted replaces it, and may not be there yet
    options = pipeline_options(args.runner, beam_arguments)
    check_file(args.output, "--output")
    about = fit.fit(
        fit.Wish(
            tuple(args.inputs), args.output, config, options,
            args.sample, args.dims, args.shrinkage, args.overwrite, args.steal_lock,
        )
    )  # fmt: skip
    unreadable = f", {about['unreadable']:,} could not be read" if about["unreadable"] else ""
    print(f"{about['images']:,} images of {about['listed']:,}{unreadable}; {about['vectors']:,} region vectors")
    print(f"{about['dims']} dimensions keep {about['variance']:.1%} of their variance")
    print(f"use it with: --set embed.whitening={args.output}")
    return DONE


def _report(args: argparse.Namespace, _: list[str]) -> int:
    from pipelines import manifest, report
    from pipelines.output_folder import writing
    from transforms.listing import absolute

    output, limits = absolute(args.output), _configuration(args).report
    manifest.read(output)  # nothing is made where there is no run
    with writing(output, "report", args.steal_lock):
        record = manifest.read(output)
        if "clusters" not in record["parts"]:
            raise manifest.OutputError(f"{output} holds fingerprints only; run `lookalike match {output}` first")
        if "relations" not in record:
            raise manifest.OutputError(f"{output} was written by an earlier version; run `lookalike audit` again")
        print(report.write(output, record, limits))
    return DONE


def _evaluate(args: argparse.Namespace, _: list[str]) -> int:
    from pipelines.evaluate import evaluate
    from pipelines.evaluate_embedding import evaluate_embedding

    score = evaluate_embedding if args.embedding else evaluate
    print(score(args.truth, args.output).table())
    return DONE


def _demo(args: argparse.Namespace, _: list[str]) -> int:
    from pipelines.demo import make_demo

    print(f"{make_demo(args.folder)} images in {args.folder}")
    return DONE


_COMMANDS = {
    "audit": _run,
    "fingerprint": _run,
    "plan": _plan,
    "match": _match,
    "verdict": _verdict,
    "materialize": _materialize,
    "calibrate": _calibrate,
    "fit": _fit,
    "report": _report,
    "evaluate": _evaluate,
    "demo": _demo,
}
