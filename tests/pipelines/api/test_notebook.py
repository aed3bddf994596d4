"""The notebooks of the documentation run, and show what they tell of."""

import json
import sys

import nbformat
from nbclient import NotebookClient

from tests.pipelines.api.conftest import ROOT

FOLDER = ROOT / "docs" / "notebooks"


def test_the_first_audit_runs_and_shows_its_clusters():
    notebook = nbformat.read(FOLDER / "first_audit.ipynb", as_version=4)
    client = NotebookClient(notebook, timeout=600, kernel_name="python3", resources={"metadata": {"path": str(FOLDER)}})
    # the interpreter that runs this, whatever kernels are installed here
    client.create_kernel_manager().kernel_spec.argv[0] = sys.executable
    client.execute()
    shown = [
        "".join(output.get("data", {}).get("text/html", "") or output.get("text", "") for output in cell.outputs)
        for cell in notebook.cells
        if cell.cell_type == "code"
    ]
    plain = [str(cell.outputs[0].data["text/plain"]) for cell in notebook.cells if "duplicates()" in cell.source]
    assert "9 images, of which 1 could not be used" in shown[1]
    assert shown[2].count("data:image/jpeg;base64,/9j/") == 7 and "may go" in shown[2]
    assert "third, as a JPEG" in plain[0] and "picture 1003" not in plain[0]
    assert "not a picture" in shown[4] and "undecodable" in shown[4]
    assert "kept: " in shown[5] and "probability" in shown[6]
    assert "<b>part</b>" in shown[7] and shown[8].startswith("part\n")


def test_no_notebook_carries_outputs():
    for path in FOLDER.glob("*.ipynb"):
        cells = json.loads(path.read_text())["cells"]
        assert not any(cell.get("outputs") or cell.get("execution_count") for cell in cells), path.name
