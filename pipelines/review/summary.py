"""A finished run in, the few lines that end it on the terminal out."""

from typing import Any

from lookalike.pipelines.review.sizes import human_bytes
from lookalike.pipelines.run import manifest
from lookalike.transforms.functional.verification.relations import from_either_side
from lookalike.transforms.ingest.selection.tally import LEFT_OUT, SNIFFED, told

NAMES = {"variant": "variants", "view": "other views", "overlap": "overlaps", "overlaid": "overlaid", "part": "parts"}
"""How relations that make no clusters are told."""


def summarise(record: dict[str, Any], output: str) -> str:
    """The record of a run and where it is -> text."""
    counts, seconds = record["counts"], sum(record["seconds"].values())
    lines = [f"{counts['listed']:,} images, of which {counts['failures']:,} could not be used, in {seconds:,.1f} s"]
    lines += [told(record[name], done) for name, done in (("sniffed", SNIFFED), ("left_out", LEFT_OUT)) if record[name]]
    if "clusters" not in counts:
        return "\n".join([*lines, f"fingerprints: {output}/fingerprints/; continue with: lookalike match {output}"])
    lines += [
        f"{counts['clusters']:,} clusters hold {counts['duplicates']:,} copies beside their best one; "
        f"{counts['reclaimable']:,} of them, {human_bytes(counts['reclaimable_bytes'])}, are reclaimable",
        *_beside(record),
    ]
    if "delta" in record:
        changed = [f"{number:,} {change}" for change, number in record["delta"].items() if number]
        lines.append(f"since {record['since']}: {', '.join(changed) or 'nothing changed'}")
    lines += [f"report:   {output}/{manifest.REPORT}", f"clusters: {output}/clusters/"]
    if missed := record.get("prefixes_without_images"):
        lines.append(
            f"no image lies below {', '.join(missed)}: cluster.protected and cluster.paths have no effect there"
        )
    if counts["failures"]:
        lines.append(f"failures: {output}/failures/")
    if counts["capped_buckets"]:
        lines.append(f"{counts['capped_buckets']:,} hot buckets were cut; failures/ names them")
    return "\n".join(lines)


def _beside(record: dict[str, Any]) -> list[str]:
    """A line on the confirmed pairs that make no clusters, if there are some."""
    joining = from_either_side(record["configuration"]["cluster"]["join"])
    apart = {name: word for name, word in NAMES.items() if name not in joining}
    found = [f"{record['relations'][name]:,} {word}" for name, word in apart.items() if record["relations"][name]]
    return [f"pairs that make no cluster: {', '.join(found)}"] if found else []
