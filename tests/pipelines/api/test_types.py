"""What a type checker tells a user of the library."""

import subprocess
import sys

from tests.pipelines.api.conftest import ROOT

USE = """
import numpy as np
import pyarrow
from PIL import Image

import lookalike
from lookalike import Audit, Comparison, compare, stages

with lookalike.audit(["photos"], config={"confirm": {"probability": 0.9}}) as audit:
    kept: list[str] = audit.keep()
    count: int = audit.counts["clusters"] + len(audit.pairs)
images: dict[str, bytes] = {"a": b"..."}
other: Audit = lookalike.audit(images, "out", runner="flink", since=audit.output)
found: Comparison = compare(np.zeros((9, 9), np.uint8), Image.new("L", (9, 9)))
text: str | None = found.relation
for chunk in stages.list_chunks(["photos"]):
    pass
"""
WRONG = {
    "lookalike.audit(7)": "incompatible type",
    'lookalike.audit("photos", silent=True)': "Unexpected keyword argument",
    'audit.keep() + "x"': "__add__",
    "lookalike.compare(1, 2)": "incompatible type",
    "lookalike.comparre": "has no attribute",
    "found.relation.upper()": "None",
}
SETTINGS = f"""
[mypy]
strict = True
mypy_path = {ROOT}/.links
# what lies below is checked where it lies
[mypy-lookalike.pipelines.*,lookalike.transforms.*,apache_beam.*,pyarrow.*,pandas.*,duckdb.*]
follow_imports = skip
ignore_missing_imports = True
[mypy-lookalike.*]
ignore_errors = True
"""


def test_strict_checks_pass_what_is_right_and_find_what_is_wrong(tmp_path):
    (tmp_path / "mypy.ini").write_text(SETTINGS)
    (tmp_path / "use.py").write_text(USE + "\n".join(WRONG) + "\n")
    if not (ROOT / ".links").exists():
        subprocess.run(["make", "--silent", "links"], cwd=ROOT, check=True)
    done = subprocess.run(
        [sys.executable, "-m", "mypy", "--config-file", "mypy.ini", "--no-error-summary", "use.py"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
    )
    told = {int(line.split(":")[1]): line for line in done.stdout.splitlines() if ": error:" in line}
    first = len(USE.splitlines()) + 1
    assert sorted(told) == list(range(first, first + len(WRONG))), done.stdout + done.stderr
    for number, message in enumerate(WRONG.values(), first):
        assert message in told[number]
