"""metadata.jsonl, which says what images carry along, as loaders of folders of images read it."""

import json
from collections.abc import Iterable, Sequence

from lookalike.pipelines.materialize.lists.annotations import FILE_NAME
from lookalike.transforms.io.parquet_sink import RUN
from lookalike.transforms.io.write_back.fates import Fate
from lookalike.transforms.io.write_back.outcome import DUPLICATE_OF
from lookalike.transforms.io.write_back.targets import target_of
from lookalike.transforms.storage.drafts import drafted

METADATA = "metadata.jsonl"


def write_metadata(
    to: str, fates: Iterable[Fate], names: Sequence[str], common: str, mark: bool, left: Iterable[Sequence[str]]
) -> None:
    """Fates in order -> a line for each image that was written: its path and its columns.

    names: of the columns. common: folder of all images. mark: copies were written, and it is said of what they are
    copies. left: (name, why) of what was not written.
    """
    missing = {name for name, _ in left}
    with drafted(f"{to}/{METADATA}", f"{to}/{RUN}/drafts") as file:
        for fate in fates:
            if (fate.goes and not mark) or fate.uri in missing:
                continue
            place = target_of(fate.uri, common, fate.format)
            told = {FILE_NAME: place, **dict(zip(names, fate.columns, strict=True))}
            told |= {DUPLICATE_OF: fate.duplicate_of or None} if mark else {}
            file.write(f"{json.dumps(told, ensure_ascii=False)}\n".encode())
