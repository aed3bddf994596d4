"""A run's record in, counters for Prometheus out: a file for node_exporter's textfile collector."""

from datetime import datetime
from typing import Any

from lookalike.transforms.ingest.overlap import place_of, relation
from lookalike.transforms.storage.errors import OutputError
from lookalike.transforms.storage.reading import read_file
from lookalike.transforms.storage.writing import write_bytes

FIRST = "# HELP lookalike_"
"""How a file of counters begins."""
HELP = {
    "images": "Images of the last audit, by what became of them.",
    "clusters": "Clusters of duplicates in the last audit.",
    "duplicates": "Copies beside the best one in the last audit.",
    "reclaimable": "Copies of the last audit that the kept one shows whole.",
    "reclaimable_bytes": "Bytes that the reclaimable copies of the last audit take.",
    "capped_buckets": "Buckets of the last audit that were too large and cut.",
    "changed_clusters": "Clusters that changed since the audit before, by how.",
    "stage_seconds": "Wall time of each stage of the last audit.",
    "finished_timestamp_seconds": "When the last audit finished, in seconds of the Unix epoch.",
}


def check(path: str) -> None:
    """See that the counters may be written here: nothing is, or earlier counters are.

    Raises:
        OutputError: something else is.
    """
    try:
        there = read_file(path)
    except FileNotFoundError:
        return
    except OSError as error:
        raise OutputError(f"--metrics {path} can't be written: {error.strerror or error}") from error
    if there and not there.startswith(FIRST.encode()):
        raise OutputError(f"--metrics {path} holds something else than counters of Lookalike; give another file")


def check_apart(path: str, output: str) -> None:
    """See that the counters have no name that the run whose output this is may take.

    Raises:
        OutputError: they lie in the output.
    """
    if relation(place_of(path, patterns=False), place_of(output, patterns=False)):
        raise OutputError(f"--metrics {path} lies in {output}, where only the result goes; give another file")


def write(path: str, record: dict[str, Any]) -> None:
    """Write the counters, whole or not at all."""
    write_bytes(path, render(record).encode())


def render(record: dict[str, Any]) -> str:
    """The record of a finished run -> the text format of Prometheus."""
    counts = record["counts"]
    samples: dict[str, dict[str, float]] = {
        "images": {f'result="{name}"': counts[name] for name in ("fingerprints", "failures")},
        "changed_clusters": {f'change="{name}"': value for name, value in record.get("delta", {}).items()},
        "stage_seconds": {f'stage="{name}"': value for name, value in record["seconds"].items()},
        "finished_timestamp_seconds": {"": datetime.fromisoformat(record["finished"]).timestamp()},
    }
    for name in ("clusters", "duplicates", "reclaimable", "reclaimable_bytes", "capped_buckets"):
        samples[name] = {"": counts[name]} if name in counts else {}
    lines = []
    for name, help_ in HELP.items():
        if samples[name]:
            lines += [f"{FIRST}{name} {help_}", f"# TYPE lookalike_{name} gauge"]
        for labels, value in samples[name].items():
            lines.append(f"lookalike_{name}{{{labels}}} {value}" if labels else f"lookalike_{name} {value}")
    return "\n".join(lines) + "\n"
