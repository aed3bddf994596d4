"""Who imports whom, read from the code; `python -m tests.architecture` draws it in docs/architecture.md again."""

import ast
from collections import defaultdict
from functools import cache
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
    ("io", "io.archives", "embedding", "ingest.selection", "storage.folders"),
    ("io.write_back", "ingest.archives", "ingest.manifests", "decoding"),
    ("ingest",),
    ("fingerprinting",),
    ("clustering",),
    ("candidates",),
    ("verification",),
    ("incremental", "verification.across"),
    ("pipelines.configuration",),
    ("pipelines.engines",),
    ("pipelines.run",),
    ("pipelines.run.steps", "pipelines.materialize", "pipelines.review.shown"),
    ("pipelines.review", "pipelines.materialize.lists"),
    ("pipelines.materialize.write_back", "pipelines.review.server"),
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


@cache
def imported(path: Path) -> tuple[str, ...]:
    """Dotted names of the modules that a file imports, as they are written."""
    names: list[str] = []
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            names += (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            names += (f"{node.module}.{alias.name}" for alias in node.names)
    return tuple(names)


def package_of(path: Path) -> str:
    """Of a file, as `FLOORS` spells it."""
    parts = path.relative_to(ROOT).parent.parts
    return ".".join(parts[1:] if parts[0] == "transforms" and parts[1:] else parts)


def edges() -> dict[str, set[str]]:
    """Package -> packages that it imports from, without itself."""
    found = defaultdict(set)
    for path in SOURCES:
        for name in imported(path):
            if target := module_of(name):
                inside = target if target.is_file() else target / "__init__.py"
                found[package_of(path)].add(FACADE if target == ROOT else package_of(inside))
    return {package: targets - {package} for package, targets in found.items()}


def rooms(folder: Path) -> dict[str, set[str]]:
    """What lies in a folder -> what beside it that imports, as a file or with all that is in it. Without training."""
    found = defaultdict(set)
    for path in SOURCES:
        if folder in path.parents and "training" not in path.parts:
            room = path.relative_to(folder).parts[0]
            targets = (module_of(name) for name in imported(path))
            found[room] |= {t.relative_to(folder).parts[0] for t in targets if t and folder in t.parents} - {room}
    return found


@cache
def module_of(name: str) -> Path | None:
    """The file, or else the folder, that a dotted name of our own leads to; None for other packages' names."""
    own, *parts = name.split(".")
    if own != "lookalike" or len(parts) < 2:
        return None
    target = ROOT.joinpath(*parts)
    while not target.is_dir():
        if target.with_suffix(".py").is_file():
            return target.with_suffix(".py")
        target = target.parent
    return target


def picture() -> str:
    """The packages as a Mermaid graph, an arrow where one imports from another that no third of its own does for it."""
    arrows = {a: {b for b in targets if b in known()} for a, targets in edges().items() if a in known()}
    below = {a: reached(a, arrows) for a in arrows}
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


def reached(package: str, arrows: dict[str, set[str]]) -> set[str]:
    """All that one leads to by any number of arrows."""
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
