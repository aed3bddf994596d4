"""A previous audit of the same corpus, and what of it can be reused."""

import dataclasses
from collections.abc import Sequence
from datetime import datetime, timedelta, timezone
from typing import Any

import pyarrow.compute as pc

from lookalike.pipelines.configuration.config import Config
from lookalike.pipelines.configuration.stages import DECIDING, fingerprint_digest, match_digest
from lookalike.pipelines.run import manifest
from lookalike.transforms.core.settings.values import shown
from lookalike.transforms.functional.lsh.chance_rates import ChanceRates
from lookalike.transforms.ingest.work_units import Known
from lookalike.transforms.storage.reading import read_parquet
from lookalike.transforms.storage.stores import store

STAMP = "%Y-%m-%dT%H%M%SZ"
"""How the audits of a catalog are named: by when they were started."""
COARSE = timedelta(seconds=2)
"""The coarsest clock that a store stamps its files with."""


@dataclasses.dataclass(frozen=True)
class PreviousAudit:
    """A finished audit. output: where it lies. record: its audit.json."""

    output: str
    record: dict[str, Any]

    @classmethod
    def open(cls, output: str, config: Config) -> "PreviousAudit":
        """A finished audit whose fingerprints are what `config` would make.

        Raises:
            OutputError: it is not finished, or was made with another configuration.
        """
        record = manifest.read(output)
        if record["digests"]["fingerprint"] != fingerprint_digest(config):
            difference = _difference(record, config)
            again = "`lookalike audit` with --refresh fingerprints every image again"
            raise manifest.OutputError(
                f"{output} was fingerprinted with another configuration ({difference}); give the same values; {again}"
                if difference
                else f"{output} was fingerprinted by another version of Lookalike, or with other weights; {again}"
            )
        return cls(output, record)

    def known(self) -> Known:
        """Its fingerprints."""
        started = datetime.fromisoformat(self.record["started"]) - COARSE
        settled = started.astimezone(timezone.utc).isoformat(timespec="microseconds")
        return Known(manifest.numbered_parts(self.record, self.output, "fingerprints"), settled)

    def count_below(self, folder: str) -> int:
        """How many images with a fingerprint it had below a folder, whose URI ends with a slash."""
        tables = (read_parquet(path, ["uri"]) for path in manifest.parts(self.record, self.output, "fingerprints"))
        return sum(pc.sum(pc.starts_with(table["uri"], folder)).as_py() or 0 for table in tables)

    def other_versions(self, versions: dict[str, str]) -> list[str]:
        """Packages whose versions were others then: they may decode or compute a little differently."""
        was = self.record["versions"]
        return sorted(name for name, version in versions.items() if name != "lookalike" and was.get(name) != version)

    @property
    def rates(self) -> ChanceRates | None:
        """How often unrelated images of its corpus agree, if that was measured."""
        chance = self.record.get("lsh", {}).get("chance")
        if chance is None:
            return None
        return ChanceRates(chance["meet"], *(tuple(chance[name]) for name in ChanceRates._fields[1:]))

    def candidates(self, config: Config, blocks: int) -> Sequence[str]:
        """Paths of what it found of pairs, if that still holds for a corpus of so many blocks, or ()."""
        paths = manifest.numbered_parts(self.record, self.output, "candidates")
        same = self.record["digests"]["match"] == match_digest(config)
        return paths if same and len(paths) == blocks * (blocks + 1) // 2 else ()


def _difference(record: dict[str, Any], config: Config) -> str:
    """The first setting that a fingerprint depends on and that was another one, or ''."""
    for block in ("read", "embed", "sketch"):
        was = record["configuration"].get(block, {})
        for key, value in getattr(config, block).plain().items():
            # what an earlier version did not have yet is no choice of the user's
            if key in was and was[key] != value and (block != "read" or key in DECIDING):
                return f"{block}.{key} was {shown(was[key])} and is {shown(value)}"
    return ""


def next_in_catalog(catalog: str) -> tuple[str, str | None]:
    """A folder of dated audits -> where the next one goes, and the latest finished one, if any.

    An audit that was begun after the latest finished one is resumed. A new one is later than that one by its name, even
    if the clock went backwards since.

    Raises:
        OutputError: it is an audit itself.
    """
    if manifest.exists(catalog):
        raise manifest.OutputError(f"{catalog} is a finished run; give a folder for dated audits as --catalog")
    fs, path = store(catalog)
    names = (
        sorted(entry.rstrip("/").rsplit("/", 1)[-1] for entry in fs.ls(path, detail=False)) if fs.exists(path) else []
    )
    dated = [name for name in names if _is_stamp(name)]
    finished = [name for name in dated if manifest.exists(f"{catalog}/{name}")]
    latest = finished[-1] if finished else None
    begun = [name for name in dated if name not in finished and (latest is None or name > latest)]
    name = begun[-1] if begun else _stamp_after(latest)
    return f"{catalog}/{name}", f"{catalog}/{latest}" if latest else None


def _stamp_after(latest: str | None) -> str:
    now = datetime.now(timezone.utc).strftime(STAMP)
    if latest is None or now > latest:
        return now
    return (datetime.strptime(latest, STAMP) + timedelta(seconds=1)).strftime(STAMP)


def _is_stamp(name: str) -> bool:
    try:
        datetime.strptime(name, STAMP)
    except ValueError:
        return False
    return True
