"""What a table is made of, and what may separate its cells."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from django.utils.functional import Promise

DELIMITERS: Final[dict[str, str]] = {"comma": ",", "semicolon": ";", "tab": "\t", "pipe": "|"}
"""What may separate cells, by the name under which it is given."""


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with a record, and in which place; none where it is the record as a whole."""

    place: int | None
    reason: str | Promise


@dataclass(frozen=True, slots=True)
class Record:
    """One record: the line it starts on (from 1), its cells, and the lines of the file that it is made of.

    One with a fault has no cells that could be used. One without has as many as the header.
    """

    line: int
    cells: list[str]
    lines: tuple[str, ...]
    fault: Fault | None = None


@dataclass(frozen=True, slots=True)
class Table:
    """A file that is open: its name, the names of its columns, its delimiter, and its records, to be read once."""

    file: str
    header: list[str]
    delimiter: str
    records: Iterator[Record]

    def column(self, place: int | None) -> str:
        """The name of the column at a place; empty where there is none."""
        return self.header[place] if place is not None and place < len(self.header) else ""
