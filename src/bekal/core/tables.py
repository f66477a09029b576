"""Reading tables that people made: CSV files as spreadsheets of every country write them, record by record.

Tolerant of form, never guessing. The delimiter is found in the header or given; a byte order mark, `sep=;` on a line of its own,
blanks around cells and any end of line are understood. A record that cannot be right comes with its fault, and never takes
another line's values: a quotation mark that is left open swallows the lines behind it, and each of these is a record with a fault
of its own, so that nothing of a file goes uncounted.
"""

import csv
from collections.abc import Generator, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final, TextIO

from django.utils.functional import Promise
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from bekal.core.errors import Invalid
from bekal.core.names import clean_name

DELIMITERS: Final[dict[str, str]] = {"comma": ",", "semicolon": ";", "tab": "\t", "pipe": "|"}
"""What may separate cells, by the name under which it is given."""

_RECORD_CHARACTERS: Final = 1_000_000
_COLUMNS_SHOWN: Final = 30
_NAME_CHARACTERS_SHOWN: Final = 40


class FileUnreadable(Invalid):
    """The file cannot be opened or read."""

    code = "file_unreadable"
    message = _("{file} cannot be read: {reason}. Nothing of it was used.")


class FileNotUtf8(Invalid):
    """The file is in another encoding."""

    code = "file_not_utf8"
    message = _("{file} is not UTF-8 text: line {line} holds bytes that are not. Save it as “CSV UTF-8”. Nothing of it was used.")


class FileEmpty(Invalid):
    """The file has no header."""

    code = "file_empty"
    message = _("{file} is empty: it must have a header with the names of its columns. Nothing of it was used.")


class RecordTooLong(Invalid):
    """A record of unreasonable length, most often since a quotation mark is never closed."""

    code = "record_too_long"
    message = _(
        "The record that starts on line {line} of {file} is too long to be one. Most often a quotation mark is never closed."
        " Nothing of it was used."
    )


class ColumnAbsent(Invalid):
    """A column that is needed is not in the header."""

    code = "column_absent"
    message = _("{file} has no column “{column}”. Its columns are: {columns}. Nothing of it was used.")


class ColumnRepeated(Invalid):
    """A column that is needed is in the header more than once."""

    code = "column_repeated"
    message = _("{file} has more than one column “{column}”. Nothing of it was used.")


class HeaderBroken(Invalid):
    """A quotation mark in the header runs into a record."""

    code = "header_broken"
    message = _(
        "A quotation mark opens in the header of {file} and runs into line {line}. Remove it, or close it in its own cell."
        " Nothing of it was used."
    )


class DelimiterUnclear(Invalid):
    """The header can be read with more than one delimiter."""

    code = "delimiter_unclear"
    message = _("The header of {file} can be read with different delimiters: {names}. Say which it is. Nothing of it was used.")


class DelimiterUnknown(Invalid):
    """The delimiter that was given is none."""

    code = "delimiter_unknown"
    message = _("“{delimiter}” is no delimiter. There are: {names}.")


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


@contextmanager
def open_table(path: Path, *, required: Sequence[str] = (), delimiter: str | None = None) -> Iterator[Table]:
    """Open a CSV file in UTF-8, in memory that does not grow with it. Empty lines, and rows of empty cells, are passed over.

    Args:
        required: columns that its header must name, once each.
        delimiter: a name of `DELIMITERS`; found in the header without it.

    Raises:
        FileUnreadable, FileEmpty, HeaderBroken, ColumnAbsent, ColumnRepeated, DelimiterUnclear, DelimiterUnknown: the file cannot
            be used.
        FileNotUtf8, RecordTooLong: the same, also while its records are read.
    """
    if delimiter is not None and delimiter not in DELIMITERS:
        raise DelimiterUnknown(delimiter=delimiter, names=", ".join(DELIMITERS))
    try:
        file = path.open(encoding="utf-8-sig", errors="surrogateescape", newline="")
    except (OSError, ValueError) as error:
        raise FileUnreadable(file=path.name, reason=_reason(error)) from error
    with file:
        lines = _Lines(file, path.name)
        header, character = _read_header(lines, path.name, required, delimiter)
        for column in required:
            if header.count(column) > 1:
                raise ColumnRepeated(file=path.name, column=column)
        yield Table(path.name, header, character, _read_records(lines, path.name, character, len(header)))


def swallowed(record: Record, place: int | None) -> list[Record]:
    """A record that was put together from several, taken apart: each of its lines that is not empty, with its fault."""
    reason = _(
        "A quotation mark opens in this cell, and what closes it is on another line. Remove it, or close it in its own cell."
    )
    return _apart(record, Fault(place, reason))


def readings(line: str, delimiter: str) -> tuple[list[str], list[str]]:
    """The cells of a line of its own: if quotation marks mean nothing, and if they do."""
    return line.rstrip("\r\n").split(delimiter), _split(line, delimiter)


def _apart(record: Record, fault: Fault) -> list[Record]:
    """Each line of a record that is not empty: the first with the fault, the others with that they belong to it."""
    first, *others = [(record.line + number, text) for number, text in enumerate(record.lines) if text.strip()]
    return [_alone(*first, fault), *_others(record.line, others)]


def _others(line: int, others: Sequence[tuple[int, str]]) -> list[Record]:
    reason = format_lazy(_("A quotation mark that opens on line {line} runs into this line. Correct that one."), line=line)
    return [_alone(number, text, Fault(None, reason)) for number, text in others]


def _alone(line: int, text: str, fault: Fault) -> Record:
    return Record(line, [], (text,), fault)


def _read_header(lines: "_Lines", file: str, required: Sequence[str], delimiter: str | None) -> tuple[list[str], str]:
    text = _first_text(lines)
    if text is not None and text.strip()[:4].lower() == "sep=" and len(text.strip("\r\n")) == 5:
        # What Excel writes and reads. A delimiter that was given counts more.
        stated = {character: name for name, character in DELIMITERS.items()}.get(text.strip("\r\n")[4])
        delimiter = delimiter or stated
        text = _first_text(lines)
    if text is None:
        raise FileEmpty(file=file)
    names = [delimiter] if delimiter else list(DELIMITERS)
    headers = {name: [clean_name(cell) for cell in _split(text, DELIMITERS[name])] for name in names}
    fitting = {name: header for name, header in headers.items() if all(column in header for column in required)}
    if not fitting:
        header = max(headers.values(), key=len)
        absent = next(column for column in required if column not in header)
        shown = ", ".join(_shortened(name) for name in header[:_COLUMNS_SHOWN])
        raise ColumnAbsent(file=file, column=absent, columns=shown)
    if not required:
        # Nothing tells which is right but how many columns there are.
        fitting = {name: header for name, header in fitting.items() if len(header) > 1} or {names[0]: headers[names[0]]}
    if len({tuple(header) for header in fitting.values()}) > 1:
        raise DelimiterUnclear(file=file, names=", ".join(fitting))
    name, header = next(iter(fitting.items()))
    if len(header) > 1 and any(line.count(DELIMITERS[name]) >= len(header) - 1 for line in lines.of_record[1:]):
        raise HeaderBroken(file=file, line=lines.started + 1)
    return header, DELIMITERS[name]


def _first_text(lines: "_Lines") -> str | None:
    """The first record that is not empty, as text: a line, or several where a quotation mark is open at the end of one."""
    lines.start_record()
    text = ""
    for line in lines:
        text += line
        if not text.strip("\ufeff \t\r\n"):
            text = ""
            lines.start_record()
        elif text.count('"') % 2 == 0:
            break
    return text or None


def _split(text: str, delimiter: str) -> list[str]:
    return next(csv.reader(text.splitlines(keepends=True), delimiter=delimiter, skipinitialspace=True), [])


def _read_records(lines: "_Lines", file: str, delimiter: str, columns: int) -> Generator[Record, None, None]:
    reader = csv.reader(lines, delimiter=delimiter, strict=True, skipinitialspace=True)
    while True:
        lines.start_record()
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            if "field larger" in str(error):
                raise RecordTooLong(file=file, line=lines.started) from error
            tightened = _tightened(lines, delimiter)
            if tightened is None:
                yield from _broken(lines, delimiter)
                continue
            cells = tightened
        if not any(map(str.strip, cells)):
            continue
        record = Record(lines.started, cells, tuple(lines.of_record))
        if _are_several(record.lines, delimiter, columns):
            yield from swallowed(record, next((place for place, cell in enumerate(cells) if _breaks(cell)), None))
        elif len(cells) != columns:
            reason = format_lazy(
                _("There are {count} cells, but the header names {columns} columns. Check the delimiters and quotation marks."),
                count=len(cells),
                columns=columns,
            )
            yield from _apart(record, Fault(None, reason))
        else:
            yield record


def _tightened(lines: "_Lines", delimiter: str) -> list[str] | None:
    """The cells of a record at which a reader stopped, if blanks behind closing quotation marks are all that is wrong with it."""
    while True:
        text, is_open = _without_blanks("".join(lines.of_record), delimiter)
        if not is_open:
            break
        try:
            next(lines)
        except StopIteration:
            return None
    try:
        (cells,) = csv.reader(text.splitlines(keepends=True), delimiter=delimiter, strict=True, skipinitialspace=True)
    except (csv.Error, ValueError):
        return None
    return cells


def _without_blanks(text: str, delimiter: str) -> tuple[str, bool]:
    """A record without the blanks between a quotation mark that closes a cell and what ends it; whether a cell is left open."""
    kept: list[str] = []
    is_inside, is_start, position = False, True, 0
    while position < len(text):
        character = text[position]
        kept.append(character)
        position += 1
        if is_inside and character == '"':
            if text[position : position + 1] == '"':
                kept.append('"')
                position += 1
                continue
            is_inside = False
            behind = len(text) - len(text[position:].lstrip(" "))
            if text[behind : behind + 1] in {delimiter, "\r", "\n", ""}:
                position = behind
        elif not is_inside and character in {delimiter, "\r", "\n"}:
            is_start = True
        elif not is_inside and is_start and character != " ":
            is_inside, is_start = character == '"', False
    return "".join(kept), is_inside


def _broken(lines: "_Lines", delimiter: str) -> list[Record]:
    """The lines that a reader had taken when it found that a quotation mark is not where one can be."""
    (_line, first), *others = [(0, lines.of_record[0]), *enumerate(lines.of_record[1:], start=lines.started + 1)]
    reason = (
        _("A quotation mark opens in this cell and is never closed.")
        if lines.have_ended
        else _("Text follows the quotation mark that closes this cell. Close it at its end; inside it, write each one twice.")
    )
    fault = Fault(_place_of_quote("".join(lines.of_record), delimiter), reason)
    return [_alone(lines.started, first, fault), *_others(lines.started, [(line, text) for line, text in others if text.strip()])]


def _are_several(lines: Sequence[str], delimiter: str, columns: int) -> bool:
    """Whether two lines of a record have a whole record's cells each, if quotation marks mean nothing: so a stray one opened."""
    return columns > 1 and sum(line.count(delimiter) == columns - 1 for line in lines) > 1


def _breaks(cell: str) -> bool:
    return "\n" in cell or "\r" in cell


def _place_of_quote(text: str, delimiter: str) -> int:
    """The cell, counted from 0, whose quotation mark is not closed at the cell's end."""
    place, is_inside, is_start, position = 0, False, True, 0
    while position < len(text):
        character, following = text[position], text[position + 1 : position + 2]
        if is_inside and character == '"':
            if following == '"':
                position += 1
            elif text[position + 1 :].lstrip(" ")[:1] in {delimiter, "\r", "\n", ""}:
                is_inside = False
            else:
                return place
        elif not is_inside and character == delimiter:
            place, is_start = place + 1, True
        elif not is_inside and is_start and character != " ":
            is_inside, is_start = character == '"', False
        position += 1
    return place


class _Lines:
    """The lines of an open file for a CSV reader, each checked, and those of the record that is being read."""

    def __init__(self, file: TextIO, name: str) -> None:
        self.started = 1
        self.have_ended = False
        self.of_record: list[str] = []
        self._file = file
        self._name = name
        self._read = 0
        self._room = 0

    def start_record(self) -> None:
        self.started = self._read + 1
        self.of_record = []
        self._room = _RECORD_CHARACTERS

    def __iter__(self) -> "_Lines":
        return self

    def __next__(self) -> str:
        try:
            line = self._file.readline(self._room + 1)
        except OSError as error:
            raise FileUnreadable(file=self._name, reason=_reason(error)) from error
        if not line:
            self.have_ended = True
            raise StopIteration
        self._read += 1
        self._room -= len(line)
        if not _is_utf8(line):
            raise FileNotUtf8(file=self._name, line=self._read)
        if self._room < 0:
            raise RecordTooLong(file=self._name, line=self.started)
        self.of_record.append(line)
        return line


def _is_utf8(line: str) -> bool:
    """Bytes that are not UTF-8 were read as lone surrogates, which no UTF-8 text holds."""
    if line.isascii():
        return True
    try:
        line.encode()
    except UnicodeEncodeError:
        return False
    return True


def _reason(error: OSError | ValueError) -> str:
    return (error.strerror if isinstance(error, OSError) else None) or str(error)


def _shortened(name: str) -> str:
    return name if len(name) <= _NAME_CHARACTERS_SHOWN else f"{name[: _NAME_CHARACTERS_SHOWN - 1]}…"
