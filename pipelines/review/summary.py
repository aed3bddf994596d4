"""The summary of a run: the lines that a command prints at its end."""

from typing import Any

from lookalike.pipelines.review.sizes import counted, human_bytes
from lookalike.pipelines.run import manifest
from lookalike.transforms.functional.verification.relations import from_either_side
from lookalike.transforms.ingest.selection.tally import LEFT_OUT, SNIFFED, kinds_of, told

NAMES = {
    "variant": ("variant", "variants"),
    "view": ("other view", "other views"),
    "overlap": ("overlap", "overlaps"),
    "overlaid": ("overlaid", "overlaid"),
    "part": ("part", "parts"),
}
"""How the summary names one pair, and several, of each relation that makes no clusters."""


ALIKE = 0.1
"""By so much the cosine that one pair in 1,000 exceeds is above that of photographs, where it is worth saying."""


def summarise(record: dict[str, Any], output: str) -> str:
    """Summarise a finished run in a few lines of text.

    Args:
        record: its `audit.json`.
        output: its folder or URL.
    """
    counts, seconds = record["counts"], sum(record["seconds"].values())
    unused = f", of which {counts['failures']:,} could not be used," if counts["failures"] else ""
    lines = [f"{counted(counts['listed'], 'image')}{unused} in {seconds:,.1f} s"]
    lines += [told(record[name], done) for name, done in (("sniffed", SNIFFED), ("left_out", LEFT_OUT)) if record[name]]
    if "clusters" not in counts:
        return "\n".join([*lines, f"fingerprints: {output}/fingerprints/; continue with: lookalike match {output}"])
    lines += [
        f"{counted(counts['clusters'], 'cluster')}: {counted(counts['duplicates'], 'copy', 'copies')} beside the "
        f"images to keep, {counts['reclaimable']:,} of them reclaimable ({human_bytes(counts['reclaimable_bytes'])})",
        *_unclustered(record),
        *_alike(record),
    ]
    if counts.get("conflicts"):
        several = "clusters" if counts["conflicts"] > 1 else "cluster"
        compared = ", ".join(record["configuration"]["columns"]["conflicts"])
        lines.append(f"copies disagree in {compared} in {counts['conflicts']:,} {several}: {output}/conflicts/")
    if "delta" in record:
        changed = [f"{number:,} {change}" for change, number in record["delta"].items() if number]
        lines.append(f"since {record['since']}: {', '.join(changed) or 'nothing changed'}")
    lines += [f"report:   {output}/{manifest.REPORT}", f"clusters: {output}/clusters/"]
    if missed := record.get("prefixes_without_images"):
        lines.append(
            f"no image lies below {', '.join(missed)}: cluster.protected and cluster.paths have no effect there"
        )
    if counts["failures"]:
        lines.append(f"failures: {output}/failures/ ({kinds_of(record['errors'])})")
    if counts["capped_buckets"]:
        lines.append(f"too large to compare in full: {counted(counts['capped_buckets'], 'bucket')}; see failures/")
    return "\n".join(lines)


def _unclustered(record: dict[str, Any]) -> list[str]:
    """The line about confirmed pairs that make no clusters; empty if there are none."""
    joining = from_either_side(record["configuration"]["cluster"]["join"])
    apart = {name: words for name, words in NAMES.items() if name not in joining}
    found = [counted(record["relations"][name], *words) for name, words in apart.items() if record["relations"][name]]
    return [f"pairs that make no cluster: {', '.join(found)}"] if found else []


def _alike(record: dict[str, Any]) -> list[str]:
    """The line about images that resemble one another by chance; empty if they don't, or too few are known to tell."""
    search = record.get("lsh", {})  # an earlier version told nothing of chance
    chance, pair = search.get("chance"), record["configuration"]["pair"]
    if not chance or chance["cosines"][1] < pair["chance_cosines"][1] + ALIKE:
        return []
    return [
        f"unrelated images resemble one another: one pair in 1,000 has a cosine of {chance['cosines'][1]:.2f}; only "
        f"pairs that share a shingle or have one of {search['least_cosines'][-1]:.2f} were compared"
    ]


def summarise_comparison(record: dict[str, Any], output: str) -> str:
    """Summarise a finished comparison.

    Args:
        record: its record.
        output: folder or URL that holds it.

    Returns:
        The lines that end it on a terminal.
    """
    counts, seconds = record["counts"], sum(record["seconds"].values())
    if "known" in record["parts"]:
        return "\n".join(
            [
                f"{counts['matched']:,} of {counts['queries']:,} images are on a list of {counts['searched']:,} known "
                f"ones, in {seconds:,.1f} s",
                f"known: {output}/known/",
                f"images that are known: {output}/{manifest.DROP}",
            ]
        )
    sets = record["sides"]["query"].get("sets")
    among = f"across the sets {', '.join(sets)}" if sets else f"among {counts['searched']:,} others"
    lines = [
        f"{counts['matched']:,} of {counts['queries']:,} images have copies {among}: "
        f"{counted(counts['matches'], 'match', 'matches')}, in {seconds:,.1f} s",
        f"report:  {output}/{manifest.REPORT}",
        f"matches: {output}/matches/",
        f"images that have copies: {output}/{manifest.DROP}",
    ]
    if counts["failures"]:
        unused = f"{counted(counts['failures'], 'image')} could not be used"
        lines.append(f"{unused} ({kinds_of(record['errors'])}): {output}/failures/")
    if counts["capped_buckets"]:
        lines.append(f"{counts['capped_buckets']:,} hot buckets were cut; failures/ names them")
    return "\n".join(lines)
