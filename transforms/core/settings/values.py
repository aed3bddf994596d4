"""How values are shown, and how it is said what they can be. Nothing here needs pydantic, which commands load late."""

import json
import reprlib
from typing import Any

RIGHT = "right"
"""In a JSON schema: what a value can be, where that says more than its type and bounds do."""
LARGEST = 2**63 - 1
"""Of whole numbers: what Parquet, Arrow and numpy can still count."""

PRINTABLE = r"^[^\x00-\x1f\x7f]*$"
"""Text without control characters."""


def wrong(name: str, value: object, right: str) -> str:
    """That a value is refused, in the one way in which it is said."""
    return f"{name} is {shown(value)}; it must be {right}"


def right_of(schema: dict[str, Any]) -> str:
    """The JSON schema of a value -> words that complete 'it must be ...'."""
    if RIGHT in schema:
        return str(schema[RIGHT])
    if "enum" in schema or "const" in schema:
        choices = [str(choice) for choice in schema.get("enum", [schema.get("const")])]
        return f"one of {', '.join(choices)}" if len(choices) > 1 else choices[0]
    if "anyOf" in schema:
        return " or ".join(map(right_of, schema["anyOf"]))
    match schema["type"]:
        case "integer" | "number":
            return _number(schema)
        case "array":
            return _list(schema)
        case "boolean":
            return "true or false"
        case "null":
            return "null"
    return "text"


def _number(schema: dict[str, Any]) -> str:
    whole = schema["type"] == "integer"
    least, most = schema.get("minimum"), schema.get("maximum")
    if whole and least == most:
        return f"{least:,}"
    words = "a whole number" if whole else "a number"
    form = "," if whole else ",.10g"
    above, below = schema.get("exclusiveMinimum"), schema.get("exclusiveMaximum")
    if above is None and below is None:
        end = "below 2^63" if most is None or most >= LARGEST else f"to {most:{form}}"
        return f"{words} from {least:{form}} {end}"
    low = f"above {above:{form}}" if above is not None else f"from {least:{form}}"
    return f"{words} {low} and " + (f"below {below:{form}}" if below is not None else f"at most {most:{form}}")


def _list(schema: dict[str, Any]) -> str:
    least, most = schema.get("minItems", 0), schema.get("maxItems")
    if most == 0:
        return "an empty list"
    each = right_of(schema["items"] if "items" in schema else schema["prefixItems"][0])
    if most is None:
        length = f" of at least {least}" if least else ""
    elif least == most:
        length = f" of {least}"
    else:
        length = f" of {least} to {most}" if least else f" of at most {most}"
    return f"a list{length}, each {each}"


def shown(value: object) -> str:
    """A value as the configuration spells it, in one line and not all of it where it is long."""
    if value is None or isinstance(value, bool):
        return json.dumps(value)
    return _Short().repr(list(value) if isinstance(value, tuple) else value)


class _Short(reprlib.Repr):
    def __init__(self) -> None:
        super().__init__()
        self.maxstring = self.maxother = 80

    def repr_int(self, value: int, level: int) -> str:
        """Python refuses to write out very large numbers."""
        return repr(value) if abs(value) < 10**40 else f"a number of {value.bit_length():,} bits"
