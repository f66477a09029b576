"""The records of a table, each right or with its fault."""

import csv
from collections.abc import Generator, Sequence

from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from bekal.core.tables.errors import RecordTooLong
from bekal.core.tables.forms import Fault, Record
from bekal.core.tables.header import split
from bekal.core.tables.lines import Lines
from bekal.core.tables.quotes import are_several, breaks, place_of_quote, without_blanks


def swallowed(record: Record, place: int | None) -> list[Record]:
    """A record that was put together from several, taken apart: each of its lines that is not empty, with its fault."""
    reason = _(
        "A quotation mark opens in this cell, and what closes it is on another line. Remove it, or close it in its own cell."
    )
    return _apart(record, Fault(place, reason))


def readings(line: str, delimiter: str) -> tuple[list[str], list[str]]:
    """The cells of a line of its own: if quotation marks mean nothing, and if they do."""
    return line.rstrip("\r\n").split(delimiter), split(line, delimiter)


def read_records(lines: Lines, file: str, delimiter: str, columns: int) -> Generator[Record, None, None]:
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
        if are_several(record.lines, delimiter, columns):
            yield from swallowed(record, next((place for place, cell in enumerate(cells) if breaks(cell)), None))
        elif len(cells) != columns:
            reason = format_lazy(
                _("There are {count} cells, but the header names {columns} columns. Check the delimiters and quotation marks."),
                count=len(cells),
                columns=columns,
            )
            yield from _apart(record, Fault(None, reason))
        else:
            yield record


def _tightened(lines: Lines, delimiter: str) -> list[str] | None:
    """The cells of a record at which a reader stopped, if blanks behind closing quotation marks are all that is wrong with it."""
    while True:
        text, is_open = without_blanks("".join(lines.of_record), delimiter)
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


def _broken(lines: Lines, delimiter: str) -> list[Record]:
    """The lines that a reader had taken when it found that a quotation mark is not where one can be."""
    (_line, first), *others = [(0, lines.of_record[0]), *enumerate(lines.of_record[1:], start=lines.started + 1)]
    reason = (
        _("A quotation mark opens in this cell and is never closed.")
        if lines.have_ended
        else _("Text follows the quotation mark that closes this cell. Close it at its end; inside it, write each one twice.")
    )
    fault = Fault(place_of_quote("".join(lines.of_record), delimiter), reason)
    return [_alone(lines.started, first, fault), *_others(lines.started, [(line, text) for line, text in others if text.strip()])]


def _apart(record: Record, fault: Fault) -> list[Record]:
    """Each line of a record that is not empty: the first with the fault, the others with that they belong to it."""
    first, *others = [(record.line + number, text) for number, text in enumerate(record.lines) if text.strip()]
    return [_alone(*first, fault), *_others(record.line, others)]


def _others(line: int, others: Sequence[tuple[int, str]]) -> list[Record]:
    reason = format_lazy(_("A quotation mark that opens on line {line} runs into this line. Correct that one."), line=line)
    return [_alone(number, text, Fault(None, reason)) for number, text in others]


def _alone(line: int, text: str, fault: Fault) -> Record:
    return Record(line, [], (text,), fault)
