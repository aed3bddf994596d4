"""What Label Studio imports: a task for every member of a cluster beside its kept copy, and the labelling interface."""

import json
from collections.abc import Iterable, Sequence
from urllib.parse import quote

from lookalike.pipelines.materialize.lists.plain import members
from lookalike.transforms.io.parquet_sink import RUN
from lookalike.transforms.io.write_back.fates import Fate
from lookalike.transforms.storage.drafts import drafted
from lookalike.transforms.storage.stores import is_path
from lookalike.transforms.storage.writing import write_bytes

DUPLICATE, KEEP = "duplicate", "keep both"
INTERFACE = f"""<View>
  <Header value="Is the left picture a duplicate of the right one, which is kept? ($relation)"/>
  <View style="display: flex"><Image name="image" value="$image"/><Image name="kept" value="$kept"/></View>
  <Choices name="verdict" toName="image" choice="single" showInLine="true">
    <Choice value="{DUPLICATE}"/><Choice value="{KEEP}"/>
  </Choices>
</View>
"""


def write_label_studio(to: str, fates: Iterable[Fate], names: Sequence[str] = ()) -> dict[str, int]:
    """Fates in order -> tasks.json and interface.xml; how many tasks there are, and how many say that an image goes.
    names: of carried columns, which stand in the data of a task below `columns`.
    """
    tasks = dropped = 0
    write_bytes(f"{to}/interface.xml", INTERFACE.encode())
    with drafted(f"{to}/tasks.json", f"{to}/{RUN}/drafts") as file:
        file.write(b"[")
        for fate in members(fates):
            file.write(f"{',' if tasks else ''}\n{json.dumps(_task(fate, names))}".encode())
            tasks += 1
            dropped += fate.goes
        file.write(b"\n]\n")
    return {"tasks": tasks, "dropped": dropped}


def _task(fate: Fate, names: Sequence[str]) -> dict[str, object]:
    choice = {"choices": [DUPLICATE if fate.goes else KEEP]}
    prediction: dict[str, object] = {
        "model_version": "lookalike",
        "result": [{"from_name": "verdict", "to_name": "image", "type": "choices", "value": choice}],
    }
    if fate.probability >= 0:
        prediction["score"] = fate.probability
    data: dict[str, object] = {
        "image": _address(fate.uri), "kept": _address(fate.kept), "uri": fate.uri, "kept_uri": fate.kept,
        "relation": fate.relation, "match": fate.match,
    }  # fmt: skip
    data |= {"columns": dict(zip(names, fate.columns, strict=True))} if names else {}
    return {"data": data, "predictions": [prediction]}


def _address(uri: str) -> str:
    """Files of this machine as Label Studio serves them, with `/` as their root; buckets as they are."""
    return f"/data/local-files/?d={quote(uri.lstrip('/'))}" if is_path(uri) else uri
