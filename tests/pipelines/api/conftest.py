import subprocess
import sys
from pathlib import Path

import pytest

import lookalike

ROOT = Path(__file__).parents[3]


@pytest.fixture(scope="session")
def finished(tmp_path_factory):
    """Where the audit of `guest.images` is, and what the program that made it said."""
    place = tmp_path_factory.mktemp("api") / "audit"
    command = [sys.executable, "-m", "tests.pipelines.api.guest", str(place)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return place, done


@pytest.fixture
def audit(finished):
    return lookalike.Audit.open(finished[0])
