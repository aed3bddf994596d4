"""Entry of the Flex Template: parameters as Dataflow passes them, the command line out; and `metadata.json`, which
tells Dataflow what parameters there are: `python flex_template.py --describe > metadata.json`.

Every key of the configuration is a parameter of its own, block and key joined by an underscore.
"""

import argparse
import json
import sys

from lookalike.pipelines.cli.main import main
from lookalike.pipelines.configuration.config import BLOCKS
from lookalike.pipelines.configuration.explain import default, explanation, right

OWN = {
    "input": ("Images", "Folder, glob, manifest or archives, such as gs://bucket/images"),
    "output": (
        "Output",
        "Folder for the result, such as gs://bucket/audit; of dated audits if catalog is true",
    ),
    "catalog": ("Nightly", "true: the output is a folder of dated audits, and the next is made since the latest"),
}


def parameters() -> dict[str, tuple[str, str]]:
    """Name -> block and key of all that there is to set."""
    return {f"{block}_{key}": (block, key) for block, keys in BLOCKS.items() for key in keys.model_fields}


def metadata() -> dict[str, object]:
    """What Dataflow's console and `gcloud` show of the template."""
    own = [
        {"name": name, "label": label, "helpText": text, "isOptional": name == "catalog", "paramType": "TEXT"}
        for name, (label, text) in OWN.items()
    ]
    rest = [
        {"name": name, "label": f"{block}.{key}", "helpText": told(block, key), "isOptional": True, "paramType": "TEXT"}
        for name, (block, key) in parameters().items()
    ]  # fmt: skip
    text = "Finds, confirms and clusters near-duplicate images"
    return {"name": "Lookalike", "description": text, "parameters": own + rest}


def told(block: str, key: str) -> str:
    """What a key does, what it can be, and its default."""
    return f"{explanation(block, key)} Takes {right(block, key)}; default {default(block, key)}"


def arguments(argv: list[str]) -> list[str]:
    """Parameters as `--name=value`, and Dataflow's own options -> arguments of `lookalike`."""
    parser = argparse.ArgumentParser()
    for name in (*OWN, *parameters()):
        parser.add_argument(f"--{name}")
    given, beam = parser.parse_known_args(argv)
    place = "--catalog" if str(given.catalog).lower() == "true" else "--output"
    values = vars(given)
    named = {name: f"{block}.{key}" for name, (block, key) in parameters().items() if values[name] is not None}
    sets = [f"--set={key}={values[name]}" for name, key in named.items()]
    return ["audit", given.input, place, given.output, *sets, "--runner", "dataflow", "--log", "json", "--", *beam]


if __name__ == "__main__":
    if sys.argv[1:] == ["--describe"]:
        print(json.dumps(metadata(), indent=2))
    else:
        sys.exit(main(arguments(sys.argv[1:])))
