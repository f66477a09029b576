"""Reads people, what they took and a catalogue from a folder of three files.

| file | columns |
|---|---|
| `people.csv` | `person_id`, then one column for each attribute; an empty cell is not known |
| `history.csv` | `person_id`, `item_id`, `time`: ISO 8601, in UTC where no offset is given; empty where nobody knows |
| `catalogue.csv` | `item_id`, `title`, `price`: whole currency units; empty where the item has none |

UTF-8 with or without a byte order mark, lines ended in any way, columns in any order; other columns of `history.csv` and
`catalogue.csv` are not used. What can be left out safely is left out, counted and reported; what cannot is refused with its line.
"""

import csv
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from bekal.recommender.engine.data import UNKNOWN, Attribute, Demographics
from bekal.recommender.engine.evaluation.attributes import levels_of
from bekal.recommender.engine.evaluation.dataset import NO_TIME, Dataset

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MOST_PRICE: Final = 10**15
_MOST_DIGITS: Final = 20
"""Leading zeros included: Python refuses to read numbers of thousands of digits."""

MOST_QUOTED: Final = 40
"""Of a text that is refused, so many characters are quoted."""


class FolderRefused(ValueError):
    """A file of a folder cannot be read; the message says which, in which line, and what was expected."""

    def __init__(self, path: Path, reason: str, *, line: int | None = None) -> None:
        super().__init__(f"{path.name}{'' if line is None else f', line {line}'}: {reason}")
        self.path = path
        self.line = line


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


def read_folder(folder: Path, *, apart: Collection[str] = (), for_learning: bool = True) -> Folder:
    """Read a folder.

    Args:
        apart: columns of people.csv that say nothing of what somebody likes, and so become no attributes.
        for_learning: somebody must have taken something; else history.csv may have no line but its first.

    Raises:
        FolderRefused: a file is missing, is no CSV in UTF-8, lacks a column, or a line of it cannot be right.
        OSError: a file cannot be read.
    """
    if not folder.is_dir():
        raise FolderRefused(folder, "there is no such folder")
    dropped: dict[str, int] = {}
    catalogue = _catalogue(folder / "catalogue.csv", dropped)
    people = _people(folder / "people.csv", dropped)
    demographics, unknown, notes = _demographics(people, apart)
    person_ids = tuple(people)
    item_codes = tuple(sorted(catalogue))
    rows = {person: row for row, person in enumerate(person_ids)}
    places = {code: place for place, code in enumerate(item_codes)}
    taken = _history(folder / "history.csv", rows, places, dropped, for_learning=for_learning)
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


def _lines(path: Path, required: Sequence[str]) -> Iterator[tuple[int, dict[str, str]]]:
    """Each line's number and its values by column, without the blanks around them; empty lines are passed over."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.reader(file, strict=True)
            header = [name.strip() for name in next(reader, [])]
            if missing := [name for name in required if name not in header]:
                found = ", ".join(header) or "none"
                raise FolderRefused(path, f"the first line must name the column {missing[0]}; it names {found}", line=1)
            if twice := [name for name in header if name and header.count(name) > 1]:
                raise FolderRefused(path, f"the column {twice[0]} is there twice", line=1)
            for cells in reader:
                if not any(cells):
                    continue
                if len(cells) != len(header):
                    raise FolderRefused(path, f"{len(cells)} values where {len(header)} are expected", line=reader.line_num)
                yield reader.line_num, {name: cell.strip() for name, cell in zip(header, cells, strict=True)}
    except FileNotFoundError:
        raise FolderRefused(path, "the file is missing") from None
    except UnicodeDecodeError as error:
        raise FolderRefused(path, "it is not UTF-8") from error
    except csv.Error as error:
        raise FolderRefused(path, f"it is no CSV ({error})", line=reader.line_num) from error


def _catalogue(path: Path, dropped: dict[str, int]) -> dict[str, tuple[str, int]]:
    """Title and price of each item."""
    found: dict[str, tuple[str, int]] = {}
    for line, row in _lines(path, ["item_id"]):
        item, price = row["item_id"], _price(path, line, row.get("price", ""))
        if not item:
            raise FolderRefused(path, "item_id is empty", line=line)
        if item in found:
            if found[item][1] != price:
                raise FolderRefused(path, f"item {item} is there twice, with different prices", line=line)
            _count(dropped, "catalogue.csv: the same item again")
            continue
        found[item] = row.get("title", ""), price
    if not found:
        raise FolderRefused(path, "it names no item")
    return found


def whole_number(text: str, *, most: int) -> int | None:
    """A whole number from 0 to `most`, which has fewer than twenty digits; None where a text is none."""
    if not (text.isascii() and text.isdigit() and len(text) <= _MOST_DIGITS):
        return None
    number = int(text)
    return number if number <= most else None


def _price(path: Path, line: int, text: str) -> int:
    if not text:
        return UNKNOWN
    whole, _, fraction = text.partition(".")
    price = whole_number(whole, most=_MOST_PRICE)
    if price is None or fraction.strip("0"):
        expected = f"a whole number of currency units from 0 to {_MOST_PRICE}"
        raise FolderRefused(path, f"the price {text[:MOST_QUOTED]} is not {expected}", line=line)
    return price


def _people(path: Path, dropped: dict[str, int]) -> dict[str, dict[str, str]]:
    """The attributes of each person, as they are in the file, by id: shorter ids first, so that numbers are in numeric order."""
    found: dict[str, dict[str, str]] = {}
    for line, row in _lines(path, ["person_id"]):
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
    people: Mapping[str, Mapping[str, str]], apart: Collection[str]
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
        column = levels_of(name, [row[name] for row in ordered])
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
    path: Path, rows: Mapping[str, int], places: Mapping[str, int], dropped: dict[str, int], *, for_learning: bool
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    people: list[int] = []
    items: list[int] = []
    times: list[int] = []
    line = 0
    for line, entry in _lines(path, ["person_id", "item_id"]):
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
            raise FolderRefused(path, f"{text} is not {expected}", line=line) from error
        people.append(rows[person])
        items.append(places[item])
    if not people and (line or for_learning):
        raise FolderRefused(path, "nothing in it can be used: no line names both a person and an item of the other files")
    return np.array(people, dtype=np.int64), np.array(items, dtype=np.int64), np.array(times, dtype=np.int64)


def _count(dropped: dict[str, int], reason: str) -> None:
    dropped[reason] = dropped.get(reason, 0) + 1
