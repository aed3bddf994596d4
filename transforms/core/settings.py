"""What a setting may be: kinds of values, noted beside the fields of the stages that take them, and refused by name.

A stage's field that a user sets is annotated with its kind, and the stage's `__post_init__` starts with `refuse`:

    side: Annotated[int, Whole(0, 4096)] = 0

Fields without a kind are filled in at launch.
"""

import dataclasses
import re
import reprlib
from typing import Annotated, Any, Protocol

LARGEST = 2**63 - 1
"""Of whole numbers: what Parquet, Arrow and numpy can still count."""
SEED = 2**32 - 1
"""The greatest seed that all of our generators take."""


class Kind(Protocol):
    """A kind of values: `str` of it completes 'it must be ...'."""

    def fits(self, value: object) -> bool:
        """Is this value one of the kind?"""


@dataclasses.dataclass(frozen=True)
class Whole:
    """Whole numbers from least to most."""

    least: int
    most: int = LARGEST

    def fits(self, value: object) -> bool:
        """See `Kind`. True and False are no numbers."""
        return type(value) is int and self.least <= value <= self.most

    def __str__(self) -> str:
        return f"a whole number from {self.least:,} " + (f"to {self.most:,}" if self.most < LARGEST else "below 2^63")


@dataclasses.dataclass(frozen=True)
class Real:
    """Finite numbers from least to most; above, below: without these ends themselves."""

    least: float
    most: float
    above: bool = False
    below: bool = False

    def fits(self, value: object) -> bool:
        """See `Kind`. Nothing is true of NaN, so it never fits."""
        if type(value) not in (int, float):
            return False
        low = self.least < value if self.above else self.least <= value  # type: ignore[operator]
        high = value < self.most if self.below else value <= self.most  # type: ignore[operator]
        return low and high

    def __str__(self) -> str:
        if self.above or self.below:
            return f"a number {'above' if self.above else 'from'} {self.least:g} and " + (
                f"below {self.most:g}" if self.below else f"at most {self.most:g}"
            )
        return f"a number from {self.least:g} to {self.most:g}"


@dataclasses.dataclass(frozen=True)
class Flag:
    """True or false."""

    def fits(self, value: object) -> bool:
        """See `Kind`."""
        return isinstance(value, bool)

    def __str__(self) -> str:
        return "true or false"


@dataclasses.dataclass(frozen=True)
class Text:
    """Text without control characters. choices: what it can be; none: anything. least: characters. none: null too.
    pattern: a regular expression that all of it follows, and told, what that means.
    """

    choices: tuple[str, ...] = ()
    least: int = 0
    none: bool = False
    pattern: str = ""
    told: str = "text"

    def fits(self, value: object) -> bool:
        """See `Kind`."""
        if value is None:
            return self.none
        if not isinstance(value, str) or len(value) < self.least or re.search(r"[\x00-\x1f\x7f]", value):
            return False
        return value in self.choices if self.choices else not self.pattern or bool(re.fullmatch(self.pattern, value))

    def __str__(self) -> str:
        if self.choices:
            return f"one of {', '.join(self.choices)}"
        empty = " that is not empty" if self.least else ""
        return f"{self.told}{empty}{' or null' if self.none else ''}"


@dataclasses.dataclass(frozen=True)
class Several:
    """Lists of `each`; counts: how many there may be."""

    each: Kind
    counts: tuple[int, ...] | range = range(LARGEST)

    def fits(self, value: object) -> bool:
        """See `Kind`."""
        return isinstance(value, (list, tuple)) and len(value) in self.counts and all(map(self.each.fits, value))

    def __str__(self) -> str:
        if isinstance(self.counts, tuple):
            return f"a list of {' or '.join(map(str, self.counts))}, each {self.each}"
        return f"a list{f' of at least {self.counts.start}' if self.counts.start else ''}, each {self.each}"


Count = Annotated[int, Whole(1)]
Share = Annotated[float, Real(0, 1)]
Cosine = Annotated[float, Real(-1, 1)]
"""A cosine, or a mean of SSIM's structure term."""
Seed = Annotated[int, Whole(0, SEED)]


def kinds_of(stage: Any) -> dict[str, Kind]:
    """A dataclass, or an instance -> the kinds of its settings."""
    noted = {field.name: getattr(field.type, "__metadata__", ()) for field in dataclasses.fields(stage)}
    return {name: kinds[0] for name, kinds in noted.items() if kinds}


def refuse(block: str, stage: Any) -> None:
    """Refuse the first setting of a stage that is none of its kind.

    Raises:
        ValueError: 'block.key is VALUE; it must be KIND'.
    """
    for name, kind in kinds_of(stage).items():
        value = getattr(stage, name)
        if not kind.fits(value):
            raise wrong(f"{block}.{name}", value, str(kind))


def wrong(name: str, value: object, right: str) -> ValueError:
    """The exception for a setting that is wrong, in the one way that it is said."""
    return ValueError(f"{name} is {shown(value)}; it must be {right}")


def shown(value: object) -> str:
    """A value as the configuration spells it, in one line and not all of it where it is long."""
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    return _Short().repr(value)


class _Short(reprlib.Repr):
    def __init__(self) -> None:
        super().__init__()
        self.maxstring = self.maxother = 80

    def repr_int(self, value: int, level: int) -> str:
        """Python refuses to write out very large numbers."""
        return repr(value) if abs(value) < 10**40 else f"a number of {value.bit_length():,} bits"
