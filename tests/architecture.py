"""Who imports whom, read from the code; `python -m tests.architecture` draws it in docs/architecture.md again."""

import ast
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "docs" / "architecture.md"
SOURCES = sorted([*(ROOT / "pipelines").rglob("*.py"), *(ROOT / "transforms").rglob("*.py")])
FACADE = "pipelines.api"
"""What is installed as `lookalike` itself."""
FLOORS = (
    ("functional.native",),
    (
        "functional.clustering",
        "functional.drawing",
        "functional.embedding",
        "functional.images.pixels",
        "functional.lsh.codes",
    ),
    ("functional.keypoints", "functional.images.formats"),
    ("functional.images.wrapped",),
    ("functional.images", "functional.lsh"),
    ("functional.registration",),
    ("functional.verification.measures",),
    ("functional.verification", "functional"),
    ("core.settings", "weights"),
    ("core",),
    ("storage",),
    ("io", "io.archives", "embedding", "ingest.selection"),
    ("io.write_back", "ingest.archives", "decoding"),
    ("ingest",),
    ("fingerprinting",),
    ("clustering",),
    ("candidates",),
    ("verification",),
    ("incremental", "verification.across"),
    ("pipelines.configuration",),
    ("pipelines.run",),
    ("pipelines.engines", "pipelines.materialize", "pipelines.review.shown"),
    ("pipelines.review", "pipelines.materialize.lists"),
    ("pipelines.materialize.write_back",),
    ("pipelines.run.steps", "pipelines.review.server"),
    ("pipelines.matching",),
    ("pipelines",),
    ("pipelines.evaluate",),
    ("pipelines.cli.arguments",),
    ("pipelines.cli.measuring", "pipelines.cli.reviewing"),
    ("pipelines.cli",),
    ("pipelines.api",),
)
"""From the ground up: a package imports from floors below its own and from itself. What lies in `transforms` is named
without it. Training (`pipelines.training`) may import everything and is imported by nobody.
"""


def imported(path: Path) -> Iterator[str]:
    """Dotted names of the modules that a file imports, as they are written."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def package_of(path: Path) -> str:
    """Of a file, as `FLOORS` spells it."""
    parts = path.relative_to(ROOT).parent.parts
    return ".".join(parts[1:] if parts[0] == "transforms" and parts[1:] else parts)


def edges() -> dict[str, set[str]]:
    """Package -> packages that it imports from, without itself."""
    found = defaultdict(set)
    for path in SOURCES:
        for name in imported(path):
            own, *parts = name.split(".")
            if own != "lookalike" or len(parts) < 2:
                continue
            target = ROOT.joinpath(*parts)
            while not target.is_dir():
                target = target.parent
            found[package_of(path)].add(FACADE if target == ROOT else package_of(target / "x.py"))
    return {package: targets - {package} for package, targets in found.items()}


def picture() -> str:
    """The packages as a Mermaid graph, an arrow where one imports from another that no third of its own does for it."""
    arrows = {a: {b for b in targets if b in known()} for a, targets in edges().items() if a in known()}
    below = {a: _reached(a, arrows) for a in arrows}
    lines = ["```mermaid", "graph TD"]
    for package in (name for floor in reversed(FLOORS) for name in floor):
        direct = arrows.get(package, set())
        for target in sorted(direct):
            if not any(target in below.get(other, ()) for other in direct - {target}):
                lines.append(f"    {_node(package)} --> {_node(target)}")
    return "\n".join([*lines, "```"])


def known() -> set[str]:
    """All packages that stand on a floor."""
    return {name for floor in FLOORS for name in floor}


def _reached(package: str, arrows: dict[str, set[str]]) -> set[str]:
    found: set[str] = set()
    todo = list(arrows.get(package, ()))
    while todo:
        if (name := todo.pop()) not in found:
            found.add(name)
            todo += arrows.get(name, ())
    return found


def _node(package: str) -> str:
    return f"{package.replace('.', '_')}[{package}]"


def main() -> None:
    """Put the picture between the page's fences."""
    text = PAGE.read_text()
    start = text.index("```mermaid")
    end = text.index("```", start + 3) + 3
    PAGE.write_text(text[:start] + picture() + text[end:])


if __name__ == "__main__":
    main()
