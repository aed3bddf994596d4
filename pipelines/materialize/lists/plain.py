"""keep.txt, which is a manifest, and drop.csv."""

import csv
import io
from collections.abc import Iterable, Iterator, Sequence

from lookalike.pipelines.materialize.plan_file import PlanError
from lookalike.transforms.io.parquet_sink import RUN
from lookalike.transforms.io.write_back.fates import Fate
from lookalike.transforms.storage.drafts import drafted

KEEP, DROP = "keep.txt", "drop.csv"
COLUMNS = ("uri", "duplicate_of", "relation", "probability", "match")


def write_lists(to: str, fates: Iterable[Fate]) -> dict[str, int]:
    """Fates in order -> both files; how many images each names.

    Raises:
        PlanError: the name of an image that stays can't be a line of a text.
    """
    kept = dropped = 0
    drafts = f"{to}/{RUN}/drafts"
    with drafted(f"{to}/{KEEP}", drafts) as keep, drafted(f"{to}/{DROP}", drafts) as drop:
        drop.write(_line(COLUMNS))
        for fate in fates:
            if fate.goes:
                drop.write(_line((fate.uri, fate.kept, fate.relation, chance(fate), fate.match)))
                dropped += 1
            elif fate.content_hash:
                if "\n" in fate.uri or "\r" in fate.uri:
                    raise PlanError(f"{fate.uri!r} can't be a line of {KEEP}; rename the file, and audit again")
                keep.write(f"{fate.uri}\n".encode())
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
