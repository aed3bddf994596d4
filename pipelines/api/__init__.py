"""Lookalike finds, confirms and clusters near-duplicate images at corpus scale.

    import lookalike

    with lookalike.audit("photos") as audit:
        print(audit.summary)
        audit.clusters.to_pandas()

    lookalike.compare("a.jpg", "b.jpg").relation

Importing it loads nothing else and changes nothing in the process: names are looked up when they are first used.
"""

import importlib
from typing import TYPE_CHECKING, Any

from lookalike.transforms.core.version import VERSION as __version__

if TYPE_CHECKING:
    from lookalike import errors, stages
    from lookalike.comparison import Comparison, compare
    from lookalike.finished import Audit
    from lookalike.running import audit
    from lookalike.tables import Table

__all__ = ["Audit", "Comparison", "Table", "__version__", "audit", "compare", "errors", "stages"]

_HOMES = {
    "Audit": "finished",
    "Comparison": "comparison",
    "Table": "tables",
    "audit": "running",
    "compare": "comparison",
    "errors": "errors",
    "stages": "stages",
}


if not TYPE_CHECKING:  # a checker would take every name for one that is there

    def __getattr__(name: str) -> Any:
        """A name of the public interface, loaded with what it needs (PEP 562)."""
        if name not in _HOMES:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        from lookalike.quiet import quiet

        with quiet():
            home = importlib.import_module(f"{__name__}.{_HOMES[name]}")
        return home if name == _HOMES[name] else getattr(home, name)


def __dir__() -> list[str]:
    return sorted(__all__)
