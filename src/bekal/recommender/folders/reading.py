"""Reads people, what they took and a catalogue from a folder of three files.

| file | columns |
|---|---|
| `people.csv` | `person_id`, then one column for each attribute; an empty cell is not known |
| `history.csv` | `person_id`, `item_id`, `time`: ISO 8601, in UTC where no offset is given; empty where nobody knows |
| `catalogue.csv` | `item_id`, `title`, `price`: whole currency units; empty where the item has none |

Tables are read as `bekal.core.tables` reads them, amounts as `bekal.core.amounts` does; columns in any order, and other columns
of `history.csv` and `catalogue.csv` are not used. What can be left out safely is left out, counted and reported; what cannot is
refused with its line and column.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from bekal.core.amounts import AmountUnclear, DecimalMark, read_amount
from bekal.core.errors import BekalError, Invalid
from bekal.core.names import clean_name
from bekal.core.tables import Table, open_table
from bekal.recommender.engine.data import UNKNOWN, Attribute, Demographics
from bekal.recommender.engine.evaluation.dataset import NO_TIME, Dataset
from bekal.recommender.folders.levels import LevelRefused, levels_of

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MOST_PRICE: Final = 10**15
_MOST_QUOTED: Final = 40
_TITLE: Final = "title"
"""The only column whose values may have several lines."""


class FolderRefused(ValueError):
    """A file of a folder cannot be read; the message says which, in which line and column, and what was expected."""

    def __init__(self, path: Path, reason: object, *, line: int | None = None, column: str = "") -> None:
        super().__init__(path, reason)
        self.path = path
        self.reason = reason
        self.line = line
        self.column = column

    def __str__(self) -> str:
        if isinstance(self.reason, BekalError) and self.line is None:
            return str(self.reason)  # which names the file
        place = ("" if self.line is None else f", line {self.line}") + (f", {self.column}" if self.column else "")
        return f"{self.path.name}{place}: {self.reason}"


@dataclass(frozen=True, slots=True)
class Format:
    """What is known of how the files of a folder are written; what is not, they must tell.

    Attributes:
        delimiter: between cells, as of `bekal.core.tables.open_table`.
        decimal_mark: what separates decimals in amounts.
    """

    delimiter: str | None = None
    decimal_mark: DecimalMark | None = None


PLAIN: Final = Format()


@dataclass(frozen=True, eq=False)
class Folder:
    """What a folder holds.

    Attributes:
        data: people by id, shorter ids first, and items by code, whatever the order of lines.
        person_ids: of each row.
        item_codes: of each item, ascending.
        titles: of each item, empty where the file has none.
        dropped: how many lines were left out, by reason; only reasons that occur.
        unknown: how many people's value is not known, by attribute.
        notes: all of it for people to read.
    """

    data: Dataset
    person_ids: tuple[str, ...]
    item_codes: tuple[str, ...]
    titles: tuple[str, ...]
    dropped: Mapping[str, int]
    unknown: Mapping[str, int]
    notes: tuple[str, ...]


def read_folder(folder: Path, *, apart: Collection[str] = (), for_learning: bool = True, written: Format = PLAIN) -> Folder:
    """Read a folder.

    Args:
        written: how its files are written.
        apart: columns of people.csv that say nothing of what somebody likes, and so become no attributes.
        for_learning: somebody must have taken something; else history.csv may have no line but its first.

    Raises:
        FolderRefused: a file is missing, is no CSV in UTF-8, lacks a column, or a line of it cannot be right.
    """
    if not folder.is_dir():
        raise FolderRefused(folder, "there is no such folder")
    dropped: dict[str, int] = {}
    catalogue = _catalogue(folder / "catalogue.csv", dropped, written)
    people = _people(folder / "people.csv", dropped, written)
    demographics, unknown, notes = _demographics(folder / "people.csv", people, apart, written)
    person_ids = tuple(people)
    item_codes = tuple(sorted(catalogue))
    rows = {person: row for row, person in enumerate(person_ids)}
    places = {code: place for place, code in enumerate(item_codes)}
    taken = _history(folder / "history.csv", rows, places, dropped, written, for_learning=for_learning)
    prices = np.array([catalogue[code][1] for code in item_codes], dtype=np.int64)
    data = Dataset.from_pairs(demographics=demographics, people=taken[0], items=taken[1], times=taken[2], prices=prices)
    if repeated := taken[0].size - data.interactions.items.size:
        dropped["history.csv: the same person and item again"] = repeated
    return Folder(
        data=data,
        person_ids=person_ids,
        item_codes=item_codes,
        titles=tuple(catalogue[code][0] for code in item_codes),
        dropped=dropped,
        unknown=unknown,
        notes=(*(f"left out: {count} lines of {reason}" for reason, count in dropped.items()), *notes, *_said(data)),
    )


def time_of(text: str) -> int:
    """Microseconds since 1970 in UTC of a day or a time in ISO 8601, taken as UTC where it has no offset.

    Raises:
        ValueError: it is none.
    """
    time = datetime.fromisoformat(text)
    time = time.replace(tzinfo=UTC) if time.tzinfo is None else time
    since = time - _EPOCH
    return (since.days * 86_400 + since.seconds) * 1_000_000 + since.microseconds


def _said(data: Dataset) -> list[str]:
    notes = []
    if without := int((data.interactions.lengths == 0).sum()):
        notes.append(f"{without} people took nothing")
    if priceless := int((data.prices == UNKNOWN).sum()):
        notes.append(f"{priceless} items have no price")
    if untimed := int((data.times == NO_TIME).sum()):
        notes.append(
            f"{untimed} lines of history have no time; the order of {int(data.unordered.sum())} people's items is random, fixed"
            " by the seed"
        )
    return notes


def read_lines(path: Path, required: Sequence[str], written: Format) -> Iterator[tuple[int, dict[str, str]]]:
    """Each line's number and its values by column, cleaned as names are; empty lines are passed over.

    Raises:
        FolderRefused: as `read_folder`.
    """
    try:
        with open_table(path, required=required, delimiter=written.delimiter) as table:
            if twice := [name for name in table.header if name and table.header.count(name) > 1]:
                raise FolderRefused(path, f"the column {twice[0]} is there twice", line=1)
            yield from _values(path, table)
    except Invalid as error:
        raise FolderRefused(path, error) from error


def _values(path: Path, table: Table) -> Iterator[tuple[int, dict[str, str]]]:
    for record in table.records:
        if not any(record.cells) and record.fault is None:
            continue
        if record.fault is not None:
            raise FolderRefused(path, record.fault.reason, line=record.line, column=table.column(record.fault.place))
        if len(record.lines) > 1:
            for name, cell in zip(table.header, record.cells, strict=True):
                # Where a title holds a delimiter too, it may be the next line that it holds.
                if ("\n" in cell or "\r" in cell) and (name != _TITLE or table.delimiter in cell):
                    reason = "the value has several lines; most often a quotation mark is never closed"
                    raise FolderRefused(path, reason, line=record.line, column=name)
        yield record.line, dict(zip(table.header, map(clean_name, record.cells), strict=True))


def _catalogue(path: Path, dropped: dict[str, int], written: Format) -> dict[str, tuple[str, int]]:
    """Title and price of each item."""
    found: dict[str, tuple[str, int]] = {}
    for line, row in read_lines(path, ["item_id"], written):
        item, price = row["item_id"], whole_amount(path, line, row, "price", most=_MOST_PRICE, written=written)
        if not item:
            raise FolderRefused(path, "item_id is empty", line=line)
        if item in found:
            if found[item][1] != price:
                raise FolderRefused(path, f"item {item} is there twice, with different prices", line=line)
            _count(dropped, "catalogue.csv: the same item again")
            continue
        found[item] = row.get(_TITLE, ""), price
    if not found:
        raise FolderRefused(path, "it names no item")
    return found


def whole_amount(path: Path, line: int, row: Mapping[str, str], column: str, *, most: int, written: Format) -> int:
    """A whole number of currency units from 0 to `most`; `UNKNOWN` where the cell is empty, or the column is not there.

    Raises:
        FolderRefused: anything else, with its line and column.
    """
    text = row.get(column, "")
    if not text:
        return UNKNOWN
    reason: object = f"{text[:_MOST_QUOTED]} is not a whole number of currency units from 0 to {most}"
    try:
        amount = read_amount(text, decimal_mark=written.decimal_mark)
        if amount <= most and amount == amount.to_integral_value():
            return int(amount)
    except AmountUnclear as error:
        reason = error
    except Invalid:
        pass
    raise FolderRefused(path, reason, line=line, column=column)


def _people(path: Path, dropped: dict[str, int], written: Format) -> dict[str, dict[str, str]]:
    """The attributes of each person, as they are in the file, by id: shorter ids first, so that numbers are in numeric order."""
    found: dict[str, dict[str, str]] = {}
    for line, row in read_lines(path, ["person_id"], written):
        person = row.pop("person_id")
        if not person:
            raise FolderRefused(path, "person_id is empty", line=line)
        if person in found:
            if found[person] != row:
                raise FolderRefused(path, f"person {person} is there twice, with different values", line=line)
            _count(dropped, "people.csv: the same person again")
            continue
        found[person] = row
    if not found:
        raise FolderRefused(path, "it names nobody")
    return {person: found[person] for person in sorted(found, key=lambda person: (len(person), person))}


def _demographics(
    path: Path, people: Mapping[str, Mapping[str, str]], apart: Collection[str], written: Format
) -> tuple[Demographics, dict[str, int], list[str]]:
    ordered = list(people.values())
    notes: list[str] = []
    unknown: dict[str, int] = {}
    attributes, columns = [], []
    for name in ordered[0]:
        if name in apart:
            continue
        if not name:
            if any(row[name] for row in ordered):
                notes.append("people.csv: a column without a name is left out")
            continue
        try:
            column = levels_of(name, [row[name] for row in ordered], decimal_mark=written.decimal_mark)
        except LevelRefused as error:
            raise FolderRefused(path, error, column=name) from error
        notes += column.notes
        attribute = Attribute.observed(name, column.values)
        if not attribute.levels:
            notes.append(f"column {name}: nothing in it can be used")
            continue
        unknown[name] = sum(value is None for value in column.values)
        attributes.append(attribute)
        columns.append(column.values)
    rows = [
        {attribute.name: values[row] for attribute, values in zip(attributes, columns, strict=True)}
        for row in range(len(ordered))
    ]
    notes += [f"column {name}: unknown for {count} people" for name, count in unknown.items() if count]
    return Demographics.encode(tuple(attributes), rows), unknown, notes


def _history(
    path: Path,
    rows: Mapping[str, int],
    places: Mapping[str, int],
    dropped: dict[str, int],
    written: Format,
    *,
    for_learning: bool,
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    people: list[int] = []
    items: list[int] = []
    times: list[int] = []
    line = 0
    for line, entry in read_lines(path, ["person_id", "item_id"], written):
        person, item, text = entry["person_id"], entry["item_id"], entry.get("time", "")
        if not person or not item:
            raise FolderRefused(path, "person_id or item_id is empty", line=line)
        if person not in rows:
            _count(dropped, "history.csv: a person that people.csv does not name")
            continue
        if item not in places:
            _count(dropped, "history.csv: an item that catalogue.csv does not name")
            continue
        try:
            times.append(time_of(text) if text else NO_TIME)
        except (ValueError, OverflowError) as error:
            expected = "a day such as 2021-03-01 or a time such as 2021-03-01T09:30:00Z"
            raise FolderRefused(path, f"{text[:_MOST_QUOTED]} is not {expected}", line=line, column="time") from error
        people.append(rows[person])
        items.append(places[item])
    if not people and (line or for_learning):
        raise FolderRefused(path, "nothing in it can be used: no line names both a person and an item of the other files")
    return np.array(people, dtype=np.int64), np.array(items, dtype=np.int64), np.array(times, dtype=np.int64)


def _count(dropped: dict[str, int], reason: str) -> None:
    dropped[reason] = dropped.get(reason, 0) + 1
