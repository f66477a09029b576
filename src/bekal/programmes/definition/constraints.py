"""What a value must satisfy beyond its type. A schema names these inside `Annotated`; each yields what is wrong with a value."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from bekal.programmes.definition.findings import Finding, expected, shown

_SLUG: Final = re.compile(r"[a-z][a-z0-9]*(?:[-_][a-z0-9]+)*")


@dataclass(frozen=True, slots=True)
class Between:
    """A whole number from `first` to `last`, both included."""

    first: int
    last: int

    def __call__(self, value: int) -> Iterator[Finding]:
        if not self.first <= value <= self.last:
            yield Finding("", expected(f"a whole number from {self.first} to {self.last}", value))


@dataclass(frozen=True, slots=True)
class Slug:
    """A code that is used in file names, database columns and form fields."""

    most: int = 40

    def __call__(self, value: str) -> Iterator[Finding]:
        if len(value) > self.most or not _SLUG.fullmatch(value):
            yield Finding("", expected(f"up to {self.most} of a-z, 0-9, - and _, beginning with a letter", value))


@dataclass(frozen=True, slots=True)
class Line:
    """One line that people read."""

    most: int = 300

    def __call__(self, value: str) -> Iterator[Finding]:
        if not value or len(value) > self.most or value != value.strip() or not value.isprintable():
            yield Finding("", expected(f"one line of 1 to {self.most} characters, without spaces around it", value))


@dataclass(frozen=True, slots=True)
class AtLeast:
    """A list of `count` items or more."""

    count: int

    def __call__(self, value: Sequence[object]) -> Iterator[Finding]:
        if len(value) < self.count:
            yield Finding("", f"expected {self.count} or more, found {len(value)}")


@dataclass(frozen=True, slots=True)
class Unique:
    """A list whose items differ, or whose items differ in the attribute `by`."""

    by: str = ""

    def __call__(self, value: Sequence[object]) -> Iterator[Finding]:
        first_at: dict[object, int] = {}
        for index, item in enumerate(value):
            name = getattr(item, self.by) if self.by else item
            if name in first_at:
                where = f".{self.by}" if self.by else ""
                yield Finding(f"[{index}]{where}", f"repeats {shown(name)} of item [{first_at[name]}]")
            first_at.setdefault(name, index)


@dataclass(frozen=True, slots=True)
class Falling:
    """A list in which each number is smaller than the one before."""

    def __call__(self, value: Sequence[int]) -> Iterator[Finding]:
        for index in range(1, len(value)):
            if value[index] >= value[index - 1]:
                yield Finding(f"[{index}]", expected(f"a number below {value[index - 1]}, the one before it", value[index]))
