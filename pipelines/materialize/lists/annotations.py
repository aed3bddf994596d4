"""Files that name images (COCO's JSON, Hugging Face's metadata.jsonl and metadata.csv), without those that go."""

import csv
import dataclasses
import hashlib
import io
import json
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from lookalike.pipelines.materialize.plan_file import PlanError
from lookalike.transforms.ingest.listing import absolute
from lookalike.transforms.io.write_back.fates import Fate
from lookalike.transforms.io.write_back.outcome import DUPLICATE_OF
from lookalike.transforms.io.write_back.targets import spelled
from lookalike.transforms.storage.reading import read_file
from lookalike.transforms.storage.writing import write_bytes

FILE_NAME = "file_name"
TRIED = 100
"""Names of a file by which the folder is looked for that they begin in."""


@dataclasses.dataclass(frozen=True)
class Annotations:
    """One file. name: without its folder. names: the images that it names, as it does. folder: that these begin in,
    with a slash at its end, or '' as long as it is not known.
    """

    name: str
    data: bytes
    names: frozenset[str]
    folder: str

    @property
    def sha256(self) -> str:
        """Of its content, in hex."""
        return hashlib.sha256(self.data).hexdigest()

    @classmethod
    def read(cls, path: str, folder: str) -> "Annotations":
        """From a file. folder: as the user spells it.

        Raises:
            PlanError: it can't be read as what it is called.
        """
        try:
            data = read_file(absolute(path))
            names = frozenset(_names(path, data))
            if strange := [name for name in names if not isinstance(name, str)]:
                raise TypeError(f"{strange[0]!r} is no name")
        except (OSError, ValueError, KeyError, TypeError, csv.Error) as error:
            raise PlanError(
                f"--annotations {path} can't be read ({type(error).__name__}: {error}); give COCO's JSON with "
                f"'images', or a .jsonl or .csv with {FILE_NAME!r}"
            ) from error
        if not names:
            raise PlanError(f"--annotations {path} names no images")
        return cls(path.rpartition("/")[2], data, names, absolute(folder).rstrip("/") + "/" if folder else "")

    def without(self, gone: dict[str, str], mark: bool) -> bytes:
        """Its content without images. gone: their names, and what they are copies of; with `mark` they stay, and
        that is told.
        """
        if self.name.endswith(".jsonl"):
            return _lines_without(self.data, gone, mark)
        if self.name.endswith(".csv"):
            return _rows_without(self.data, gone, mark)
        return _coco_without(self.data, gone, mark)


def find_folders(files: Sequence[Annotations], uris: Callable[[], Iterable[str]]) -> list[Annotations]:
    """Files -> the same, with the folder that holds most of the images that they name. uris: of all audited images,
    gone through twice.

    Raises:
        PlanError: two folders hold as many, or none holds any.
    """
    tried = [sorted(file.names)[:TRIED] for file in files]
    ends: dict[str, set[tuple[int, str]]] = {}
    for number, names in enumerate(tried):
        for name in names:
            ends.setdefault(name.rpartition("/")[2], set()).add((number, name))
    counts: list[dict[str, int]] = [{file.folder: 0} if file.folder else {} for file in files]
    for path in map(spelled, uris()):
        for number, name in ends.get(path.rpartition("/")[2], ()):
            if not files[number].folder and path.endswith(f"/{name}"):
                counts[number][path.removesuffix(name)] = 0
    for path in map(spelled, uris()):
        for number, file in enumerate(files):
            for folder in counts[number]:
                if path.startswith(folder) and path[len(folder) :] in file.names:
                    counts[number][folder] += 1
    return [_settled(file, found) for file, found in zip(files, counts, strict=True)]


def _settled(file: Annotations, counts: dict[str, int]) -> Annotations:
    ranked = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    if not ranked or not ranked[0][1]:
        where = f"below {file.folder}" if file.folder else "that ends like its names"
        raise PlanError(f"{file.name}: the audit has no image {where}; give --annotated FOLDER, where they begin")
    if len(ranked) > 1 and ranked[0][1] == ranked[1][1]:
        raise PlanError(f"{file.name} may name images of {ranked[0][0]} or of {ranked[1][0]}; give one as --annotated")
    return dataclasses.replace(file, folder=ranked[0][0])


def write_annotations(
    files: Sequence[Annotations], places: Sequence[str], fates: Iterable[Fate], mark: bool
) -> list[dict[str, Any]]:
    """Files, without what goes, to `places`; of each what it names and what not. mark: as of `Annotations.without`."""
    gone: list[dict[str, str]] = [{} for _ in files]
    known = [0] * len(files)
    for fate in fates:
        path = spelled(fate.uri)
        for number, file in enumerate(files):
            name = path.removeprefix(file.folder)
            if name != path and name in file.names:
                known[number] += 1
                if fate.goes:
                    gone[number][name] = fate.kept
    for file, place, going in zip(files, places, gone, strict=True):
        write_bytes(place, file.without(going, mark), durable=True)
    return [
        {"file": place, "images": len(file.names), "unknown": len(file.names) - found, "copies": len(going)}
        for file, place, found, going in zip(files, places, known, gone, strict=True)
    ]


def _names(path: str, data: bytes) -> list[str]:
    text = data.decode("utf-8-sig")
    if path.endswith(".jsonl"):
        return [json.loads(line)[FILE_NAME] for line in text.splitlines() if line.strip()]
    if path.endswith(".csv"):
        return [row[FILE_NAME] for row in csv.DictReader(io.StringIO(text, newline=""), strict=True)]
    return [image[FILE_NAME] for image in json.loads(text)["images"]]


def _coco_without(data: bytes, gone: dict[str, str], mark: bool) -> bytes:
    about = json.loads(data.decode("utf-8-sig"))
    if mark:
        for image in about["images"]:
            if image[FILE_NAME] in gone:
                image[DUPLICATE_OF] = gone[image[FILE_NAME]]
    else:
        ids = {image["id"] for image in about["images"] if image[FILE_NAME] in gone}
        about["images"] = [image for image in about["images"] if image["id"] not in ids]
        about["annotations"] = [a for a in about.get("annotations", []) if a["image_id"] not in ids]
    return json.dumps(about, ensure_ascii=False).encode()


def _lines_without(data: bytes, gone: dict[str, str], mark: bool) -> bytes:
    lines = []
    for line in data.decode("utf-8-sig").splitlines():
        if not line.strip():
            continue
        row = json.loads(line)
        if mark:
            line = json.dumps({**row, DUPLICATE_OF: gone.get(row[FILE_NAME])}, ensure_ascii=False)
        if mark or row[FILE_NAME] not in gone:
            lines.append(f"{line}\n")
    return "".join(lines).encode()


def _rows_without(data: bytes, gone: dict[str, str], mark: bool) -> bytes:
    reader = csv.DictReader(io.StringIO(data.decode("utf-8-sig"), newline=""), strict=True)
    text = io.StringIO()
    fields = [*(reader.fieldnames or []), *([DUPLICATE_OF] if mark else [])]
    writer = csv.DictWriter(text, fields, lineterminator="\n")
    writer.writeheader()
    for row in reader:
        if mark:
            writer.writerow({**row, DUPLICATE_OF: gone.get(row[FILE_NAME], "")})
        elif row[FILE_NAME] not in gone:
            writer.writerow(row)
    return text.getvalue().encode()
