"""Where groups of work read fingerprints, and commit what they found."""

import dataclasses
import hashlib
import json
from collections.abc import Sequence

import numpy as np

from lookalike.transforms.candidates.exact_duplicates import CollapseDuplicates
from lookalike.transforms.io.generate import part_path
from lookalike.transforms.io.pair_records import RECORD, TABLE, Group, group_number, read_records, to_table
from lookalike.transforms.io.parquet_sink import RUN, Part, holds, read_record, write_table
from lookalike.transforms.storage.writing import write_bytes


@dataclasses.dataclass(frozen=True)
class GroupStore:
    """Where the comparison reads and writes. root: the output. parts: paths of the fingerprints table. blocks: of keys.
    digest: of the fingerprints and of all that the comparison depends on. earlier: paths of the candidates table of an
    audit with the same blocks and the same rules, or (). collapse: which images are searched.
    """

    root: str
    parts: Sequence[str]
    blocks: int
    digest: str
    earlier: Sequence[str]
    collapse: CollapseDuplicates

    def commit_path(self, group: Group) -> str:
        """Where the commit of a group is recorded until the run is finished."""
        return f"{self.root}/{RUN}/groups/{self.number(group):05d}.json"

    @property
    def groups(self) -> int:
        """How many there are."""
        return self.blocks * (self.blocks + 1) // 2

    def number(self, group: Group) -> int:
        """The place of a group in the order of all."""
        return group_number(group, self.blocks)

    def committed(self, group: Group) -> Part | None:
        """The part that an earlier try of this run wrote for a group, if there is one."""
        record = read_record(self.commit_path(group))
        if record is None or record["digest"] != self._digest(group):
            return None
        part = Part(**record["part"])
        return part if holds(self.root, part) else None

    def commit(self, group: Group, records: np.ndarray) -> Part:
        """Write the part of a group, and then its commit."""
        path = part_path(TABLE, self.number(group), self.groups)
        part = write_table(self.root, path, to_table(records))
        record = {"digest": self._digest(group), "part": part._asdict()}
        write_bytes(self.commit_path(group), json.dumps(record).encode())
        return part

    def known(self, group: Group) -> np.ndarray:
        """Records of the group in the earlier audit."""
        return read_records(self.earlier[self.number(group)]) if self.earlier else np.zeros(0, RECORD)

    def _digest(self, group: Group) -> str:
        return hashlib.blake2b(f"{self.digest} {group}".encode(), digest_size=16).hexdigest()
