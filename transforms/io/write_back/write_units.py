"""Fates in, shards, tables or files out: a unit of work for each, committed as a whole."""

import dataclasses
import hashlib
import json
from collections.abc import Iterable, Iterator
from typing import Any, Literal, NamedTuple

import apache_beam as beam
import pyarrow as pa

from lookalike.transforms.core.keys import key_of
from lookalike.transforms.core.partitions import part_of
from lookalike.transforms.core.stage import Stage
from lookalike.transforms.io.archives.names import file_of, kind_of, member_of
from lookalike.transforms.io.generate import GenerateOnWorkers
from lookalike.transforms.io.parquet_sink import RUN, read_record
from lookalike.transforms.io.write_back.fates import Fate
from lookalike.transforms.io.write_back.image_files import targets_of, write_images
from lookalike.transforms.io.write_back.new_shards import write_new_tar
from lookalike.transforms.io.write_back.new_tables import write_new_table
from lookalike.transforms.io.write_back.outcome import Outcome
from lookalike.transforms.io.write_back.parquet_files import write_parquet
from lookalike.transforms.io.write_back.tar_shards import write_tar
from lookalike.transforms.io.write_back.targets import folded, refuse_one_place, target_of
from lookalike.transforms.storage.drafts import drafted
from lookalike.transforms.storage.stores import store
from lookalike.transforms.storage.writing import write_bytes

UNITS = "units"
WRITTEN = "written.json"
"""Below the work folder: the commits of units, and the list of them all."""
CONTAINERS = {"webdataset": "tar", "parquet": "parquet"}
"""Forms that are written container by container, and what these are."""
Form = Literal["webdataset", "parquet", "files"]


class Unit(NamedTuple):
    """One unit that is written. name: of its container, or its number. path, bytes, sha256: of the shard or table, ''
    of files. resumed: an earlier try of this run had written it.
    """

    name: str
    path: str
    bytes: int
    sha256: str
    outcome: Outcome
    resumed: bool = False


@dataclasses.dataclass(eq=False)
class WriteUnits(Stage):
    """Lists of fates -> what stays of the images, below `root`, and the list of units in the work folder there.

    form: 'webdataset' and 'parquet' write container by container, 'files' image by image. mark: copies are written as
    well, and told. common: folder that all images had in common, with a slash; containers: that all containers of the
    form had. parts: among which images in files of their own are divided; shards: new ones, among which those are
    divided that lie in no container of the form. columns: that images carry along into new shards. digest: of all that
    what is written depends on.
    """

    root: str
    form: Form
    mark: bool
    common: str
    containers: str
    parts: int
    shards: int
    columns: pa.Schema
    digest: str

    def expand(self, fates: beam.PCollection[list[Fate]]) -> beam.PCollection[Unit]:
        """Bring together what belongs into one unit, and write it."""
        kind = tuple[str, list[Fate]]
        divided = fates | "Divide" >> beam.FlatMap(self._divided).with_output_types(kind)
        # a shard of which nothing stays is there, too: the names of all say how many there are
        every = fates.pipeline | "Shards" >> GenerateOnWorkers(kind, _nothing, (self.form, self.shards))
        gathered = (divided, every) | "All" >> beam.Flatten() | "Gather" >> beam.GroupByKey()
        checked = (
            gathered
            | "Places" >> beam.FlatMapTuple(self._placed).with_output_types(tuple[int, tuple[str, str]])
            | "Compare" >> beam.GroupByKey()
            | "Refuse" >> beam.MapTuple(lambda _, placed: refuse_one_place(dict(sorted(placed))))
        )
        # nothing is written before all places are known to differ
        units = gathered | "Write" >> beam.MapTuple(self._written, beam.pvalue.AsIter(checked)).with_output_types(Unit)
        _ = (
            units
            | "OnePlace" >> beam.Map(lambda unit: (0, unit)).with_output_types(tuple[int, Unit])
            | "Collect" >> beam.GroupByKey()
            | "Record" >> beam.Map(self._record)
        )
        return units

    def _divided(self, fates: list[Fate]) -> Iterator[tuple[str, list[Fate]]]:
        divided: dict[str, list[Fate]] = {}
        for fate in fates:
            divided.setdefault(self._unit_of(fate), []).append(fate)
        yield from sorted(divided.items())

    def _unit_of(self, fate: Fate) -> str:
        container = file_of(fate.uri)
        if self.form in CONTAINERS:
            if kind_of(container) == CONTAINERS[self.form]:
                return container
            return shard_name(self.form, part_of(key_of(fate.uri), self.shards), self.shards) if self.shards else ""
        if member_of(fate.uri):
            return container
        # by its place: those that would have one place are in one unit
        return f"{part_of(key_of(folded(target_of(fate.uri, self.common))), self.parts):05d}"

    def _placed(self, name: str, lists: Iterable[list[Fate]]) -> Iterator[tuple[int, tuple[str, str]]]:
        """The place of a shard or table, or of the folder that an archive becomes. Images are compared here: those that
        would have one place are in one unit.
        """
        fates = [fate for some in lists for fate in some]
        if self.form not in CONTAINERS:
            targets_of(fates, self.mark, self.common)
        if self.form in CONTAINERS and is_new(name):
            yield 0, (f"the new {name}", name)
        elif kind_of(name) and any(fate.content_hash for fate in fates):
            yield 0, (name, target_of(name, self.containers if self.form in CONTAINERS else self.common))

    def _written(self, name: str, lists: Iterable[list[Fate]], _: Iterable[None] = ()) -> Unit:
        fates = sorted((fate for some in lists for fate in some), key=lambda fate: fate.in_order)
        done = self._read(name)
        if done:
            return done
        unit = self._write(name, fates)
        write_bytes(self._commit(name), json.dumps([self.digest, *unit]).encode(), durable=True)
        return unit

    def _write(self, name: str, fates: list[Fate]) -> Unit:
        if self.form not in CONTAINERS:
            return Unit(name, "", 0, "", write_images(fates, self.mark, self.root, self.common))
        if is_new(name):
            return self._new(name, fates)
        members = [fate for fate in fates if member_of(fate.uri)]
        if not any(fate.content_hash for fate in fates):  # nothing in it was an image that could be read
            return Unit(name, "", 0, "", Outcome(0, 0, [(name or fate.uri, "it could not be read") for fate in fates]))
        write = write_tar if self.form == "webdataset" else write_parquet
        path = target_of(name, self.containers)
        with drafted(f"{self.root}/{path}", f"{self.root}/{RUN}/drafts") as draft:
            outcome = write(name, members, self.mark, draft)
        return Unit(name, path, draft.bytes, draft.sha256, outcome)

    def _new(self, name: str, fates: list[Fate]) -> Unit:
        """A new shard or table of images that lie elsewhere."""
        with drafted(f"{self.root}/{name}", f"{self.root}/{RUN}/drafts") as draft:
            if self.form == "webdataset":
                number = name.split("-")[1]
                outcome = write_new_tar(fates, self.columns.names, self.mark, number, self.common, draft)
            else:
                outcome = write_new_table(fates, self.columns, self.mark, self.common, draft)
        return Unit(name, name, draft.bytes, draft.sha256, outcome)

    def _commit(self, name: str) -> str:
        return f"{self.root}/{RUN}/{UNITS}/{hashlib.blake2b(name.encode(), digest_size=16).hexdigest()}.json"

    def _read(self, name: str) -> Unit | None:
        """A unit that an earlier try of the same run has written, if it is there."""
        found: Any = read_record(self._commit(name))
        if found is None or found[0] != self.digest:
            return None
        unit = unit_of(found[1:])._replace(resumed=True)
        if unit.path:
            fs, path = store(f"{self.root}/{unit.path}")
            if not fs.exists(path) or fs.info(path)["size"] != unit.bytes:
                return None
        return unit

    def _record(self, gathered: tuple[int, Iterable[Unit]]) -> None:
        write_bytes(f"{self.root}/{RUN}/{WRITTEN}", json.dumps(sorted(gathered[1])).encode())


def shard_name(form: Form, number: int, shards: int) -> str:
    """What a new shard is called."""
    return f"part-{number:05d}-of-{shards:05d}.{CONTAINERS[form]}"


def is_new(name: str) -> bool:
    """Is a unit a new shard? Containers are called by their whole paths."""
    return bool(name) and "/" not in name


def _nothing(form: Form, shards: int) -> Iterator[tuple[str, list[Fate]]]:
    return ((shard_name(form, number, shards), []) for number in range(shards))


def unit_of(values: list[Any]) -> Unit:
    """A unit as JSON has it -> the unit."""
    name, path, size, digest, (images, dropped, left), *resumed = values
    outcome = Outcome(images, dropped, [(uri, why) for uri, why in left])
    return Unit(name, path, size, digest, outcome, *resumed)
