"""Puts Mermaid into the site, so that its pages draw their diagrams without asking another host for it.

The theme fetches Mermaid from a content delivery network unless a page has loaded it already. `make docs` installs the
package once; the site carries the file.
"""

from pathlib import Path

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.exceptions import PluginError
from mkdocs.structure.files import File, Files

INSTALLED = Path(__file__).parents[2] / ".mermaid/node_modules/@mermaid-js/tiny/dist/mermaid.tiny.js"


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add the script under the name by which every page loads it.

    Raises:
        PluginError: it is not installed.
    """
    if not INSTALLED.exists():
        raise PluginError(f"{INSTALLED} is missing: `make docs` installs it")
    files.append(File.generated(config, "assets/mermaid.js", abs_src_path=str(INSTALLED)))
    return files
