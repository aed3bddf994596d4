"""keep.txt and keep.csv, which are manifests, and drop.csv."""

import contextlib
import csv
import io
from collections.abc import Iterable, Iterator, Sequence

from lookalike.pipelines.materialize.plan_file import PlanError
from lookalike.transforms.core.columns import as_text
from lookalike.transforms.io.parquet_sink import RUN
from lookalike.transforms.io.write_back.fates import Fate
from lookalike.transforms.storage.drafts import drafted

KEEP, KEEP_COLUMNS, DROP = "keep.txt", "keep.csv", "drop.csv"
COLUMNS = ("uri", "duplicate_of", "relation", "probability", "match")


def write_lists(to: str, fates: Iterable[Fate], names: Sequence[str] = ()) -> dict[str, int]:
    """Fates in order -> the files; how many images stay, and how many go. names: of carried columns, which stand in
    keep.csv, which is written where there are some, and in drop.csv.

    Raises:
        PlanError: the name of an image that stays can't be a line of a text.
    """
    kept = dropped = 0
    drafts = f"{to}/{RUN}/drafts"
    with contextlib.ExitStack() as files:
        keep, drop = (files.enter_context(drafted(f"{to}/{name}", drafts)) for name in (KEEP, DROP))
        drop.write(_line((*COLUMNS, *names)))
        columns = files.enter_context(drafted(f"{to}/{KEEP_COLUMNS}", drafts)) if names else None
        if columns:
            columns.write(_line((COLUMNS[0], *names)))
        for fate in fates:
            said = ["" if value is None else as_text(value) for value in fate.columns]
            if fate.goes:
                drop.write(_line((fate.uri, fate.kept, fate.relation, chance(fate), fate.match, *said)))
                dropped += 1
            elif fate.content_hash:
                if "\n" in fate.uri or "\r" in fate.uri:
                    raise PlanError(f"{fate.uri!r} can't be a line of {KEEP}; rename the file, and audit again")
                keep.write(f"{fate.uri}\n".encode())
                if columns:
                    columns.write(_line((fate.uri, *said)))
                kept += 1
    return {"kept": kept, "dropped": dropped}


def chance(fate: Fate) -> str:
    """The probability of a pair as text; '' if nobody knows it."""
    return f"{fate.probability:.4g}" if fate.probability >= 0 else ""


def members(fates: Iterable[Fate]) -> Iterator[Fate]:
    """Those of clusters that are not the kept copy."""
    return (fate for fate in fates if fate.kept and fate.kept != fate.uri)


def _line(values: Sequence[str]) -> bytes:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerow(values)
    return text.getvalue().encode()
