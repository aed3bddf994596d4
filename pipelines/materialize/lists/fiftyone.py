"""What FiftyOne imports: an image classification data set whose labels say what is kept."""

import json
from collections.abc import Iterable, Sequence

from lookalike.transforms.core.keys import key_of
from lookalike.transforms.io.parquet_sink import RUN
from lookalike.transforms.io.write_back.fates import Fate
from lookalike.transforms.storage.drafts import drafted

CLASSES = ("keep", "duplicate")


def write_fiftyone(to: str, fates: Iterable[Fate], names: Sequence[str] = ()) -> dict[str, int]:
    """Fates in order -> data.json, where every image is, and labels.json, its class with what it is a copy of and its
    carried columns, called `names`; how many images there are of each class.
    """
    counts = [0, 0]
    drafts = f"{to}/{RUN}/drafts"
    with drafted(f"{to}/data.json", drafts) as data, drafted(f"{to}/labels.json", drafts) as labels:
        data.write(b"{")
        labels.write(f'{{"classes": {json.dumps(CLASSES)}, "labels": {{'.encode())
        for fate in fates:
            if not fate.content_hash:
                continue
            name, between = json.dumps(key_of(fate.uri).hex()), ",\n" if sum(counts) else "\n"
            data.write(f"{between}{name}: {json.dumps(fate.uri)}".encode())
            labels.write(f"{between}{name}: {json.dumps(_label(fate, names))}".encode())
            counts[fate.goes] += 1
        data.write(b"\n}\n")
        labels.write(b"\n}}\n")
    return {"kept": counts[0], "dropped": counts[1]}


def _label(fate: Fate, names: Sequence[str]) -> dict[str, object]:
    """A target; attributes become fields of the label."""
    label: dict[str, object] = {"label": int(fate.goes)}
    attributes = dict(zip(names, fate.columns, strict=True))
    if fate.kept and fate.kept != fate.uri:
        if fate.probability >= 0:
            label["confidence"] = fate.probability
        attributes |= {"kept": fate.kept, "relation": fate.relation, "match": fate.match}
    return label | {"attributes": attributes} if attributes else label
