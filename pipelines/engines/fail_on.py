"""--fail-on: conditions under which a finished audit exits with 3, for schedulers."""

import re
from typing import Any, NamedTuple


class FailOnError(ValueError):
    """A condition that is not one; the message lists those that there are."""


class Condition(NamedTuple):
    """A named condition on a run's record. most: of what `counted` names, that is borne."""

    name: str
    most: int = 0
    counted: str = ""

    def holds(self, record: dict[str, Any]) -> bool:
        """Did the run find what it was told to find?"""
        counts, delta = record["counts"], record.get("delta")
        if self.name == "any-duplicates":
            return counts["duplicates"] > 0
        if self.name == "new-duplicates":
            # without a previous audit all duplicates are new
            return any(delta[c] for c in ("new", "grown", "merged", "changed")) if delta else counts["duplicates"] > 0
        return counts[self.counted] > self.most


def parse_comparison(conditions: list[str]) -> list[Condition]:
    """'matches>N' or 'failures>N' -> Conditions on a comparison.

    Raises:
        FailOnError: another word.
    """
    parsed = []
    for text in conditions:
        more = re.fullmatch(r"(matches|failures)>(\d+)", text.replace(" ", ""))
        if not more:
            raise FailOnError(f"--fail-on takes matches>N or failures>N, not {text!r}")
        parsed.append(Condition(text, int(more[2]), more[1]))
    return parsed


def parse(conditions: list[str], compared: bool, carried: bool = False) -> list[Condition]:
    """'new-duplicates', 'any-duplicates', 'failures>N' or 'conflicts>N' -> Conditions. compared: is there a previous
    audit? carried: is a column carried along in which copies should agree?

    Raises:
        FailOnError: another word, new-duplicates with nothing to be new against, or conflicts of nothing.
    """
    parsed = []
    for text in conditions:
        more = re.fullmatch(r"(failures|conflicts)>(\d+)", text.replace(" ", ""))
        if more:
            if more[1] == "conflicts" and not carried:
                raise FailOnError("--fail-on conflicts needs a label: give --columns label or --label-from folder")
            parsed.append(Condition(text, int(more[2]), more[1]))
        elif text in ("new-duplicates", "any-duplicates"):
            if text == "new-duplicates" and not compared:
                raise FailOnError("--fail-on new-duplicates needs --since or --catalog: new against which audit?")
            parsed.append(Condition(text))
        else:
            raise FailOnError(
                f"--fail-on takes new-duplicates, any-duplicates, failures>N or conflicts>N, not {text!r}"
            )
    return parsed
