"""A bill of materials against the environment that this runs in: each installed distribution, in its version.

Run by the environment's own Python: `PYTHON .ci/check_sbom.py dist/sbom.json`; exits with 1 and a line for each that is
missing.
"""

import json
import re
import sys
from importlib import metadata

INSTALLERS = {"pip", "setuptools", "wheel"}
OURS = "lookalike"


def name_of(text: str) -> str:
    """The one spelling of a distribution's name (PEP 503)."""
    return re.sub(r"[-_.]+", "-", text).lower()


def missing(components: list[dict], installed: dict[str, str], required: list[str]) -> list[str]:
    """Components of CycloneDX, names and versions of what is installed, and our requirements -> what is not named."""
    named = {(name_of(part["name"]), part.get("version", "")) for part in components}
    wanted = {name: version for name, version in installed.items() if name not in INSTALLERS}
    unnamed = [f"{name} {version} is not named" for name, version in wanted.items() if (name, version) not in named]
    needed = {name_of(re.split(r"[^\w.-]", text)[0]) for text in required if "extra ==" not in text}
    return sorted(unnamed) + sorted(f"{name} is required, and not installed" for name in needed - set(installed))


def main(path: str) -> int:
    """See the module."""
    installed = {name_of(d.metadata["Name"]): d.version for d in metadata.distributions()}
    with open(path, encoding="utf-8") as file:
        bill = json.load(file)
    told = missing(bill["components"], installed, metadata.requires(OURS) or [])
    print("\n".join(told) or f"{path} names all {len(bill['components'])} components")
    return 1 if told else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
