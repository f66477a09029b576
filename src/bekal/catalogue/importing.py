"""Bringing a file of trainings into the catalogue.

The file is read once, as a stream; what is kept of it is the codes seen so far and the rows refused. All that is valid is written
in one transaction.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Final

from django.db import transaction
from django.utils.translation import gettext as _

from bekal.access.models import User
from bekal.access.services import record_act
from bekal.catalogue.bulk import (
    Flaw,
    NewTraining,
    empty_flaw,
    find_flaw,
    match_staged,
    number_flaw,
    remove_conflicts,
    shortened,
    stage,
    write_staged,
)
from bekal.catalogue.csv_records import Record, read_records
from bekal.catalogue.errors import BadRate, ColumnAbsent, ColumnRepeated, FileEmpty, MappingMissing, MappingUnknown
from bekal.catalogue.models import Field, Mode
from bekal.core.money import MAX_IDR, convert_to_idr, format_idr

REQUIRED: Final = ("code", "title", "provider", "price")
OPTIONAL: Final = ("field", "platform", "description", "hours", "mode", "seats")

_COLUMNS_SHOWN: Final = 30
_NUMBER: Final = re.compile(r"[0-9]+\.?[0-9]*|\.[0-9]+")
_GROUPED: Final = re.compile(r"[0-9]{1,3}\.[0-9]{3}")
_WHOLE: Final = re.compile(r"[0-9]{1,10}")


@dataclass(frozen=True, slots=True)
class RefusedRow:
    """A record that was not imported.

    Args:
        line: where it starts in the file, from 1; the header is line 1.
        column: the file's own name of the column at fault; empty where it is the record as a whole.
        reason: what to correct.
    """

    line: int
    column: str
    reason: str


@dataclass(frozen=True, slots=True)
class ImportReport:
    """What became of a file: the imported and the refused, in the order of the file, are together all its records."""

    imported: int
    refused: tuple[RefusedRow, ...]


def import_catalogue(
    *, path: Path, columns: Mapping[str, str], rate: Decimal = Decimal(1), actor: User | None = None
) -> ImportReport:
    """Add the trainings of a CSV file (UTF-8, a header, commas) to the catalogue, or change those that it holds already.

    Each record is judged by itself; empty lines are passed over. White space in names and titles becomes single spaces. A code
    that is in the catalogue changes that training, if it is the same provider's: what the file has no column for stays as it
    is, and so does whether it is open. A new price holds from now. Seats count in all: those taken stay taken.

    Args:
        columns: the file's name of the column for each of `REQUIRED` and any of `OPTIONAL`.
        rate: rupiah for one unit of the file's currency; half a rupiah rounds up. With 1, prices are rupiah.

    Raises:
        BadRate, MappingUnknown, MappingMissing: it was asked for wrongly.
        FileUnreadable, FileNotUtf8, FileEmpty, RecordTooLong, ColumnAbsent, ColumnRepeated: the file cannot be used.
        In every case nothing is imported.
    """
    _check_request(columns, rate)
    refused: list[RefusedRow] = []
    with closing(read_records(path)) as records, transaction.atomic():
        layout = _find_columns(next(records, None), columns, path.name)
        staged = stage(_valid(records, layout, rate, refused))
        match_staged(given=columns.keys() & set(OPTIONAL))
        conflicts = remove_conflicts()
        write_staged()
        refused += [RefusedRow(line=it.line, column=columns[it.flaw.name], reason=it.flaw.reason) for it in conflicts]
        record_act(
            actor=actor,
            verb="catalogue.import",
            subject="catalogue:trainings",
            file=path.name.encode(errors="replace").decode(),
            imported=staged - len(conflicts),
            refused=len(refused),
        )
    return ImportReport(imported=staged - len(conflicts), refused=tuple(sorted(refused, key=lambda row: row.line)))


@dataclass(frozen=True, slots=True)
class _Layout:
    """The file's header, and for each attribute of a training that it holds, where in a record."""

    header: list[str]
    columns: Mapping[str, str]
    places: Mapping[str, int]


class _FlawFoundError(Exception):
    """A cell of a row cannot be imported."""

    def __init__(self, flaw: Flaw) -> None:
        super().__init__(flaw)
        self.flaw = flaw


def _check_request(columns: Mapping[str, str], rate: Decimal) -> None:
    if not rate.is_finite() or not 0 < rate <= MAX_IDR:
        raise BadRate(rate=rate)
    for name in columns:
        if name not in REQUIRED + OPTIONAL:
            raise MappingUnknown(name=name, names=", ".join(REQUIRED + OPTIONAL))
    for name in REQUIRED:
        if name not in columns:
            raise MappingMissing(name=name)


def _find_columns(header: Record | None, columns: Mapping[str, str], file: str) -> _Layout:
    if header is None:
        raise FileEmpty(file=file)
    for column in columns.values():
        if column not in header.cells:
            shown = ", ".join(shortened(cell) for cell in header.cells[:_COLUMNS_SHOWN])
            raise ColumnAbsent(file=file, column=column, columns=shown)
        if header.cells.count(column) > 1:
            raise ColumnRepeated(file=file, column=column)
    places = {name: header.cells.index(column) for name, column in columns.items()}
    return _Layout(header=header.cells, columns=columns, places=places)


def _valid(
    records: Iterable[Record], layout: _Layout, rate: Decimal, refused: list[RefusedRow]
) -> Iterator[tuple[int, NewTraining]]:
    """The trainings without a flaw, each with its line; the others go to `refused`. Of a repeated code the first one wins."""
    lines: dict[str, int] = {}
    for record in records:
        if reason := _record_fault(record, layout):
            refused.append(RefusedRow(line=record.line, column=_open_column(record, layout), reason=reason))
            continue
        try:
            training = _read_training({name: record.cells[place] for name, place in layout.places.items()}, rate, lines)
        except _FlawFoundError as error:
            flaw = error.flaw
            refused.append(RefusedRow(line=record.line, column=layout.columns[flaw.name], reason=flaw.reason))
        else:
            lines[training.code] = record.line
            yield record.line, training


def _record_fault(record: Record, layout: _Layout) -> str | None:
    if not record.is_closed:
        return _("A quotation mark opens in this cell and is never closed.")
    if len(record.cells) != len(layout.header):
        reason = _("There are {count} cells, but the header names {columns} columns. Check the commas and quotation marks.")
        return reason.format(count=len(record.cells), columns=len(layout.header))
    return None


def _open_column(record: Record, layout: _Layout) -> str:
    """The column of the last cell where a quotation mark was left open; none where the number of cells is wrong."""
    if record.is_closed or len(record.cells) > len(layout.header):
        return ""
    return layout.header[len(record.cells) - 1]


def _read_training(cells: Mapping[str, str], rate: Decimal, lines: Mapping[str, int]) -> NewTraining:
    code = cells["code"]
    if code in lines:
        reason = _("The code “{code}” is on line {line} already. That one counts; give this one another code or remove it.")
        raise _FlawFoundError(Flaw("code", reason.format(code=code, line=lines[code])))
    training = NewTraining(
        code=code,
        title=_one_line(cells["title"]),
        provider=_one_line(cells["provider"]),
        price_idr=_read_price(cells["price"].strip(), rate),
        field=cells.get("field", "").strip().lower() or Field.OTHER,
        platform=_one_line(cells.get("platform", "")),
        description=cells.get("description", "").strip(),
        hours=_read_number("hours", cells, least=1),
        mode=cells.get("mode", "").strip().lower() or Mode.ONLINE,
        seats=_read_number("seats", cells, least=0),
    )
    if flaw := find_flaw(training):
        raise _FlawFoundError(flaw)
    return training


def _one_line(text: str) -> str:
    return " ".join(text.split())


def _read_price(text: str, rate: Decimal) -> int:
    if not text:
        raise _FlawFoundError(empty_flaw("price"))
    if text[0] == "-" and _NUMBER.fullmatch(text[1:]):
        raise _FlawFoundError(Flaw("price", _("A price must not be below 0.")))
    if not _NUMBER.fullmatch(text):
        reason = _("“{price}” is not a price. Write digits only, with a point before decimals: 371000 or 19.99.")
        raise _FlawFoundError(Flaw("price", reason.format(price=shortened(text))))
    if rate == 1 and _GROUPED.fullmatch(text):
        reason = _("“{price}” can be read as {small_idr} or {large_idr}. Write rupiah without a separator for thousands.")
        small_idr, large_idr = convert_to_idr(price=text, rate=rate), int(text.replace(".", ""))
        shown = reason.format(price=text, small_idr=format_idr(small_idr), large_idr=format_idr(large_idr))
        raise _FlawFoundError(Flaw("price", shown))
    try:
        return convert_to_idr(price=text, rate=rate)
    except ValueError as error:
        reason = _("The price is more than an account can hold, {largest_idr}.")
        raise _FlawFoundError(Flaw("price", reason.format(largest_idr=format_idr(MAX_IDR)))) from error


def _read_number(name: str, cells: Mapping[str, str], *, least: int) -> int | None:
    text = cells.get(name, "").strip()
    if not text:
        return None
    if not _WHOLE.fullmatch(text):
        raise _FlawFoundError(number_flaw(name, text, least=least))
    return int(text)
