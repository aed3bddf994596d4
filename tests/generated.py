"""Writes again the files that are made from the code; tests compare them. `make generated`."""

import json
from pathlib import Path

from lookalike.pipelines.configuration.config import Config
from lookalike.pipelines.configuration.explain import as_page, as_yaml
from tests import architecture, reference
from tests.pipelines.configuration.test_deploy import DEPLOY, loaded

ROOT = Path(__file__).parents[1]


def main() -> None:
    """Write them."""
    (ROOT / "configs" / "default.yaml").write_text(as_yaml(Config()))
    (ROOT / "docs" / "reference" / "configuration.md").write_text(as_page())
    described = json.dumps(loaded(DEPLOY / "dataflow" / "flex_template.py").metadata(), indent=2)
    (DEPLOY / "dataflow" / "metadata.json").write_text(f"{described}\n")
    reference.PAGE.write_text(reference.page())
    architecture.main()


if __name__ == "__main__":
    main()
