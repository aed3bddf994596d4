"""Rules of the layout that a reader relies on."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
FUNCTIONAL = sorted((ROOT / "transforms" / "functional").rglob("*.py"))
SOURCES = sorted([*(ROOT / "pipelines").rglob("*.py"), *(ROOT / "transforms").rglob("*.py")])


def imports(path):
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield node.module


@pytest.mark.parametrize("path", FUNCTIONAL, ids=lambda p: p.stem)
def test_mathematics_knows_neither_beam_nor_files(path):
    for name in imports(path):
        assert name.split(".")[0] not in {"apache_beam", "fsspec", "logging", "pipelines"}
        assert not name.startswith("transforms.") or name.startswith("transforms.functional")


@pytest.mark.parametrize("path", SOURCES, ids=lambda p: str(p.relative_to(ROOT)))
def test_imports_go_one_way_and_beams_type_checks_stay_on(path):
    found = set(imports(path))
    assert "__future__" not in found
    if "transforms" in path.parts:
        assert not any(name.split(".")[0] == "pipelines" for name in found)


@pytest.mark.parametrize("path", SOURCES, ids=lambda p: str(p.relative_to(ROOT)))
def test_nothing_depends_on_the_process(path):
    """The builtin hash() differs from process to process."""
    calls = [
        n.func.id
        for n in ast.walk(ast.parse(path.read_text()))
        if isinstance(n, ast.Call) and isinstance(n.func, ast.Name)
    ]
    assert "hash" not in calls
