"""Rules of the layout that a reader relies on."""

import ast
from itertools import accumulate

import pytest

from tests.architecture import FLOORS, PAGE, ROOT, SOURCES, edges, imported, known, picture, reached, rooms

FUNCTIONAL = sorted((ROOT / "transforms" / "functional").rglob("*.py"))
DOORS = 13
"""Files and folders of one folder at most: beyond that nobody finds a thing by its name."""


RUNS_CODE = {"eval", "exec", "compile", "__import__", "os.system", "os.popen"}
LOADS = {
    "pickle.loads": {"invalidation.py"},  # of what a worker of the same job pickled, out of no file
    "yaml.load": {"strict_yaml.py"},  # with a loader that is stricter than the safe one
    "torch.load": {"state_dicts.py", "artefact.py"},  # of weights only
    "subprocess.Popen": {"process.py", "worker_processes.py"},  # the decoder, the local runner's workers
}
"""Calls that data could turn into code, and the only files that have them."""


@pytest.mark.parametrize("path", FUNCTIONAL, ids=lambda p: p.stem)
def test_mathematics_knows_neither_beam_nor_files(path):
    for name in imported(path):
        assert name.split(".")[0] not in {"apache_beam", "fsspec", "logging"}
        assert not name.startswith("lookalike.") or name.startswith("lookalike.transforms.functional.")


def test_every_package_stands_on_one_floor_and_imports_from_below_it():
    below = dict(zip(FLOORS, accumulate((set(floor) for floor in FLOORS), set.union), strict=True))
    allowed = {package: below[floor] - set(floor) for floor in FLOORS for package in floor}
    free = {package for package in edges() if package.split(".")[:2] == ["pipelines", "training"]}
    for package, targets in edges().items():
        if package not in free:
            assert package in known(), f"{package} stands on no floor"
            assert targets <= allowed[package], f"{package} imports {targets - allowed[package]}"


@pytest.mark.parametrize(
    "folder", sorted({p for path in SOURCES for p in path.parents if p.is_relative_to(ROOT)}), ids=str
)
def test_no_two_rooms_of_a_folder_need_one_another(folder):
    arrows = rooms(folder)
    assert [room for room in arrows if room in reached(room, arrows)] == []


def test_the_page_shows_the_packages_as_they_are():
    assert picture() in PAGE.read_text(), "python -m tests.architecture"


def test_no_folder_has_too_many_doors():
    folders = {path.parent for path in SOURCES}
    doors = {f: [p for p in f.iterdir() if p.suffix in ("", ".py") and not p.name.startswith("__")] for f in folders}
    assert {str(folder): len(inside) for folder, inside in doors.items() if len(inside) > DOORS} == {}


@pytest.mark.parametrize("path", SOURCES, ids=lambda p: str(p.relative_to(ROOT)))
def test_beams_type_checks_stay_on(path):
    assert not any(name.startswith("__future__") for name in imported(path))


@pytest.mark.parametrize("path", SOURCES, ids=lambda p: str(p.relative_to(ROOT)))
def test_nothing_depends_on_the_process(path):
    """The builtin hash() differs from process to process."""
    calls = [
        n.func.id
        for n in ast.walk(ast.parse(path.read_text()))
        if isinstance(n, ast.Call) and isinstance(n.func, ast.Name)
    ]
    assert "hash" not in calls


@pytest.mark.parametrize("path", SOURCES, ids=lambda p: str(p.relative_to(ROOT)))
def test_no_data_becomes_code(path):
    for call in (node for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.Call)):
        name = ast.unparse(call.func)
        given = {keyword.arg: ast.unparse(keyword.value) for keyword in call.keywords}
        assert name not in RUNS_CODE and given.get("shell", "False") == "False"
        assert given.get("allow_pickle", "False") == "False"
        if name.split(".")[0] in ("pickle", "cloudpickle", "dill", "marshal", "shelve", "subprocess"):
            assert name == "pickle.dumps" or path.name in LOADS.get(name, set())
        elif name in LOADS:
            assert path.name in LOADS[name]
        assert name != "torch.load" or given["weights_only"] == "True"


def test_every_test_is_run_by_a_target(pytestconfig):
    """What pytest doesn't find where it is told to look, it leaves out without a word."""
    named = [*pytestconfig.getini("testpaths"), "tests/browser", "tests/engines"]
    assert [path for path in named if not (ROOT / path).exists()] == []
    tests = {path.relative_to(ROOT) for path in (ROOT / "tests").rglob("test_*.py")}
    assert [test for test in tests if not any(test.is_relative_to(path) for path in named)] == []
