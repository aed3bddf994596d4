"""--fail-on: conditions under which a finished audit exits with 3, for schedulers."""

import re
from typing import Any, NamedTuple


class FailOnError(ValueError):
    """A condition that is not one; the message lists those that there are."""


class Condition(NamedTuple):
    """A named condition on a run's record. most: of failures, that are borne."""

    name: str
    most: int = 0

    def holds(self, record: dict[str, Any]) -> bool:
        """Did the run find what it was told to find?"""
        counts, delta = record["counts"], record.get("delta")
        if self.name == "any-duplicates":
            return counts["duplicates"] > 0
        if self.name == "new-duplicates":
            # without a previous audit all duplicates are new
            return any(delta[c] for c in ("new", "grown", "merged", "changed")) if delta else counts["duplicates"] > 0
        return counts["failures"] > self.most


def parse(conditions: list[str], compared: bool) -> list[Condition]:
    """'new-duplicates', 'any-duplicates' or 'failures>N' -> Conditions. compared: is there a previous audit?

    Raises:
        FailOnError: another word, or new-duplicates with nothing to be new against.
    """
    parsed = []
    for text in conditions:
        failures = re.fullmatch(r"failures>(\d+)", text.replace(" ", ""))
        if failures:
            parsed.append(Condition(text, int(failures[1])))
        elif text in ("new-duplicates", "any-duplicates"):
            if text == "new-duplicates" and not compared:
                raise FailOnError("--fail-on new-duplicates needs --since or --catalog: new against which audit?")
            parsed.append(Condition(text))
        else:
            raise FailOnError(f"--fail-on takes new-duplicates, any-duplicates or failures>N, not {text!r}")
    return parsed
