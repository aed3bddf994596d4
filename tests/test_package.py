"""What is shipped: the wheel holds all that a run needs outside of the checkout."""

import importlib.util
import os
import re
import runpy
import subprocess
import sys
import tarfile
import zipfile
from importlib import metadata
from pathlib import Path

import pytest
import setuptools
import yaml
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from lookalike.transforms.core.version import VERSION
from lookalike.transforms.weights import DECISION_FILE, EMBEDDED_FILE, KEYPOINTS_FILE

ROOT = Path(__file__).parents[1]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    place = tmp_path_factory.mktemp("dist")
    command = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(place), str(ROOT)]
    subprocess.run(command, check=True, capture_output=True)
    return next(place.glob("*.whl"))


def test_the_version_is_the_same_everywhere(wheel):
    assert wheel.name.startswith(f"lookalike-{VERSION}-")
    assert re.findall(r"^## (.+)$", (ROOT / "CHANGELOG.md").read_text(), re.M)[0] == VERSION


def test_whoever_copies_a_command_or_a_manifest_gets_this_version():
    """Tags of our images, wherever they stand, and no version typed into Python beside the one."""
    deployed = [path for path in ROOT.glob("configs/deploy/**/*") if path.is_file() and path.suffix != ".pyc"]
    told = [ROOT / "README.md", *ROOT.glob("docs/**/*.md"), *deployed]
    tags = {}
    for file in told:
        for tag in re.findall(r"[\w/-]*(?:lookalike|worker|launcher|lookalike-flink):(\d[\w.]*)", file.read_text()):
            tags.setdefault(tag, []).append(file.name)
    assert set(tags) == {VERSION} and len(tags[VERSION]) >= 10
    typed = [p for p in (ROOT / "setup.py", *ROOT.glob("pipelines/**/*.py"), *ROOT.glob("transforms/**/*.py"))
             if f'"{VERSION}"' in p.read_text()]  # fmt: skip
    assert [p.name for p in typed] == ["version.py"]


def test_the_wheel_is_one_package_with_weights_configuration_and_template(wheel):
    names = set(zipfile.ZipFile(wheel).namelist())
    assert {
        f"lookalike/transforms/weights/{KEYPOINTS_FILE}",
        f"lookalike/transforms/weights/{DECISION_FILE}",
        f"lookalike/transforms/weights/{EMBEDDED_FILE}",
        "lookalike/configs/default.yaml",
        "lookalike/configs/runners/local.yaml",
        "lookalike/pipelines/review/templates/report.html",
        "lookalike/pipelines/cli/main.py",
        "lookalike/py.typed",
    } <= names
    assert {name.split("/")[0] for name in names} == {"lookalike", f"lookalike-{VERSION}.dist-info"}
    assert not any("training" in name or "/api/" in name for name in names)
    code = {str(path.relative_to(ROOT)) for top in ("pipelines", "transforms") for path in (ROOT / top).rglob("*.py")}
    shipped = {name.removeprefix("lookalike/") for name in names if name.endswith(".py")}
    missing = {path for path in code - shipped if not path.startswith(("pipelines/training/", "pipelines/api/"))}
    assert not missing


def test_the_kernels_are_in_the_wheel_and_whatever_compiles_them_in_the_source_distribution(wheel, tmp_path):
    assert any(re.fullmatch(r"lookalike/.*/native/compiled\.\S*(so|pyd)", n) for n in zipfile.ZipFile(wheel).namelist())
    command = [sys.executable, "-m", "build", "--sdist", "--no-isolation", "--outdir", str(tmp_path), str(ROOT)]
    subprocess.run(command, check=True, capture_output=True)
    with tarfile.open(next(tmp_path.glob("*.tar.gz"))) as archive:
        shipped = {name.partition("/")[2] for name in archive.getnames()}
    native = [str(path.relative_to(ROOT)) for path in (ROOT / "transforms").rglob("*.[ch]")]
    assert len(native) >= 5 and set(native) <= shipped


def test_it_installs_where_there_is_no_compiler(tmp_path):
    config = tmp_path / "setup.cfg"
    config.write_text(f"[build]\nbuild_base = {tmp_path}/build\n")
    command = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(tmp_path), str(ROOT)]
    environment = os.environ | {"CC": "false", "DIST_EXTRA_CONFIG": str(config)}
    subprocess.run(command, check=True, capture_output=True, env=environment)
    names = zipfile.ZipFile(next(tmp_path.glob("*.whl"))).namelist()
    assert "lookalike/transforms/functional/native/kernels.py" in names
    assert not any(name.endswith((".so", ".pyd")) for name in names)


def test_it_runs_from_the_wheel_in_a_folder_that_has_packages_of_our_folders_names(wheel, tmp_path):
    zipfile.ZipFile(wheel).extractall(tmp_path / "site")
    (tmp_path / "in").mkdir()
    for name in ("pipelines", "transforms", "configs"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "__init__.py").write_text("raise ImportError('somebody else's')")
    program = (
        f"import sys; sys.path.insert(1, {str(tmp_path / 'site')!r})\n"
        f"import lookalike; assert lookalike.__file__.startswith({str(tmp_path)!r})\n"
        "from lookalike.pipelines.cli.main import main\n"
        "sys.exit(main(['audit', 'in', '--output', 'out', '--', '--direct_num_workers=1']))\n"
    )
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    command = [sys.executable, "-c", program]
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "out" / "audit.json").exists()


def test_environments_beside_ours_find_the_package_through_what_make_writes_into_them():
    """The peers' and the oldest PyTorch's: Python without site stands for one of them, and finds what ours finds."""
    makefile = (ROOT / "Makefile").read_text()
    code = re.search(r"^OURS +:= (.+)$", makefile, re.M)[1]
    assert len(re.findall(r"^\t.*'\$\(OURS\)' > .*/ours\.pth", makefile, re.M)) == 2
    told = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True).stdout
    looks = "import lookalike.pipelines; print(lookalike.pipelines.__path__)"
    ours = subprocess.run([sys.executable, "-I", "-c", looks], capture_output=True, text=True)
    theirs = subprocess.run([sys.executable, "-I", "-S", "-c", told + looks], capture_output=True, text=True)
    assert theirs.stdout == ours.stdout and theirs.stdout.count("pipelines"), theirs.stderr


def test_the_weights_are_small():
    for file in (KEYPOINTS_FILE, EMBEDDED_FILE, DECISION_FILE):
        assert (ROOT / "transforms" / "weights" / file).stat().st_size < 10_000_000


def test_the_promised_range_of_torch_is_the_one_that_is_tried():
    """`make test-torch` installs the oldest, and what is installed here is of the newest that setup.py takes."""
    setup, makefile = (ROOT / "setup.py").read_text(), (ROOT / "Makefile").read_text()
    for package in ("torch", "torchvision"):
        oldest, above = re.findall(rf'"{package}>=([\d.]+),<([\d.]+)"', setup)[0]
        assert re.search(rf"\b{package}=={re.escape(oldest)}\.0\b", makefile)
        major, minor = above.split(".")
        assert metadata.version(package).startswith(f"{major}.{int(minor) - 1}.")


@pytest.fixture
def given(monkeypatch):
    """What setup.py tells setuptools."""
    told = {}
    monkeypatch.setattr(setuptools, "setup", lambda **keywords: told.update(keywords))
    monkeypatch.chdir(ROOT)
    runpy.run_path("setup.py")
    return told


def pins(python):
    """Name -> version of `configs/constraints.txt` on Linux with a Python, such as 3.12."""
    found = {}
    for line in (ROOT / "configs" / "constraints.txt").read_text().splitlines():
        if not line.startswith("#"):
            pin = Requirement(line)
            where = {"python_version": python, "python_full_version": f"{python}.1", "sys_platform": "linux"}
            if pin.marker is None or pin.marker.evaluate(where):
                (exact,) = pin.specifier
                assert exact.operator == "==" and canonicalize_name(pin.name) not in found
                found[canonicalize_name(pin.name)] = exact.version
    return found


@pytest.mark.parametrize("python", ["3.10", "3.11", "3.12", "3.13"])
def test_the_pins_name_what_is_required_and_are_in_its_ranges(given, python):
    pinned = pins(python)
    required = [*given["install_requires"], *(text for extra in given["extras_require"].values() for text in extra)]
    assert len(required) > 30
    for requirement in map(Requirement, required):
        version = pinned.get(canonicalize_name(requirement.name))
        assert version and requirement.specifier.contains(version), f"{requirement}, not {version}: make constraints"


def test_every_python_that_is_claimed_is_tried(given):
    claimed = re.findall(r"Python :: (3\.\d+)", "\n".join(given["classifiers"]))
    tried = re.findall(r"^PYTHONS \?= (.*)$", (ROOT / "Makefile").read_text(), re.M)[0].split()
    assert sorted([*tried, "3.11"], key=lambda v: int(v[2:])) == claimed and given["python_requires"] == ">=3.10"
    assert re.search(r"^part make .*\btest-pythons\b", (ROOT / ".ci" / "run").read_text(), re.M)


def test_whatever_installs_the_package_takes_the_pins():
    files = [ROOT / "Makefile", ROOT / ".ci" / "try-python", *ROOT.glob("configs/deploy/**/*Dockerfile")]
    lines = [line for file in files for line in re.findall(r"(?:pip\"? install|\$\(PIP\)) .*", file.read_text())]
    ours = [line for line in lines if "'.[" in line or "dist/" in line or "--requirements" in line]
    assert len(ours) >= 7 and all("--constraint" in line for line in ours)


def test_the_limits_that_are_told_are_those_of_the_configuration():
    text = (ROOT / "SECURITY.md").read_text()
    told = dict(re.findall(r"^\| `(\w+\.\w+)` \| ([^|]+) \|", text, re.M))
    shipped = yaml.safe_load((ROOT / "configs" / "default.yaml").read_text())
    assert set(told) >= {f"read.{key}" for key, value in shipped["read"].items() if not isinstance(value, bool)}
    for name, value in told.items():
        block, key = name.split(".")
        assert float(value.replace(",", "")) == shipped[block][key], name


def load_check():
    spec = importlib.util.spec_from_file_location("check_sbom", ROOT / ".ci" / "check_sbom.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_a_bill_of_materials_that_leaves_something_out_is_found_out():
    missing = load_check().missing
    installed = {"numpy": "2.1", "ruamel-yaml": "0.18", "pip": "25"}
    bill = [{"name": "numpy", "version": "2.1"}, {"name": "ruamel.yaml", "version": "0.18"}]
    assert missing(bill, installed, ["numpy>=2", "ruff>=1; extra == 'dev'"]) == []
    assert missing(bill[1:], installed, []) == ["numpy 2.1 is not named"]
    assert missing(bill, installed | {"numpy": "2.2"}, []) == ["numpy 2.2 is not named"]
    assert missing(bill, installed, ["pillow-heif>=1"]) == ["pillow-heif is required, and not installed"]


def test_dependencies_that_can_not_be_audited_are_said_not_to_be(tmp_path):
    """Neither taken for sound, nor is a finding of the audit taken for no network."""
    for curl, audit, code, said in (
        ("exit 6", "exit 0", 0, "NOT AUDITED"),
        ("exit 0", "echo found; exit 1", 1, "found"),
    ):
        for name, script in (("curl", curl), ("pip-audit", audit)):
            (tmp_path / name).write_text(f"#!/bin/sh\n{script}\n")
            (tmp_path / name).chmod(0o755)
        environment = os.environ | {"PATH": f"{tmp_path}:{os.environ['PATH']}"}
        command = [ROOT / ".ci" / "audit-dependencies", tmp_path / "pip-audit", tmp_path]
        done = subprocess.run(command, env=environment, capture_output=True, text=True)
        assert (done.returncode, said in done.stdout) == (code, True)
