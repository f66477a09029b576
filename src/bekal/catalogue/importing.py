"""Bringing a file of trainings into the catalogue.

The file is read once, as a stream; what is kept of it is the codes seen so far and the rows refused. All that is valid is written
in one transaction.
"""

import re
from collections.abc import Iterator, Mapping
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
    clean_training,
    empty_flaw,
    find_flaw,
    match_staged,
    number_flaw,
    remove_conflicts,
    stage,
    write_staged,
)
from bekal.catalogue.errors import BadRate, MappingMissing, MappingUnknown
from bekal.catalogue.models import Field, Mode
from bekal.core.amounts import DecimalMark, read_amount, read_idr
from bekal.core.errors import BekalError
from bekal.core.money import MAX_IDR
from bekal.core.names import clean_name
from bekal.core.tables import Record, Table, open_table, readings, swallowed

REQUIRED: Final = ("code", "title", "provider", "price")
OPTIONAL: Final = ("field", "platform", "description", "hours", "mode", "seats")

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
    """What became of a file: the imported and the refused, in the order of the file, are together all its records.

    Lines that a stray quotation mark runs together are as many records as they are lines.
    """

    imported: int
    refused: tuple[RefusedRow, ...]


def import_catalogue(
    *,
    path: Path,
    columns: Mapping[str, str],
    rate: Decimal = Decimal(1),
    delimiter: str | None = None,
    decimal_mark: DecimalMark | None = None,
    actor: User | None = None,
) -> ImportReport:
    """Add the trainings of a CSV file (UTF-8, with a header) to the catalogue, or change those that it holds already.

    Each record is judged by itself; empty lines are passed over. Names and titles are written as `clean_name` writes them. A code
    that is in the catalogue changes that training, if it is the same provider's: what the file has no column for stays as it
    is, and so does whether it is open. A new price holds from now. Seats count in all: those taken stay taken.

    Args:
        columns: the file's name of the column for each of `REQUIRED` and any of `OPTIONAL`.
        rate: rupiah for one unit of the file's currency; half a rupiah rounds up. With 1, prices are rupiah.
        delimiter: as of `open_table`.
        decimal_mark: what separates decimals in prices; without it, a price that has two readings is refused.

    Raises:
        BadRate, MappingUnknown, MappingMissing: it was asked for wrongly.
        FileUnreadable, FileNotUtf8, FileEmpty, RecordTooLong, ColumnAbsent, ColumnRepeated, DelimiterUnclear, DelimiterUnknown:
            the file cannot be used.
        In every case nothing is imported.
    """
    _check_request(columns, rate)
    columns = {name: clean_name(column) for name, column in columns.items()}
    refused: list[RefusedRow] = []
    with open_table(path, required=list(columns.values()), delimiter=delimiter) as table, transaction.atomic():
        layout = _Layout(table, columns, {name: table.header.index(column) for name, column in columns.items()})
        staged = stage(_valid(layout, _Prices(rate, decimal_mark), refused))
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
    """The file, and for each attribute of a training that it holds, the name of its column and where in a record."""

    table: Table
    columns: Mapping[str, str]
    places: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class _Prices:
    """How the file's prices are read."""

    rate: Decimal
    decimal_mark: DecimalMark | None


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


def _valid(layout: _Layout, prices: _Prices, refused: list[RefusedRow]) -> Iterator[tuple[int, NewTraining]]:
    """The trainings without a flaw, each with its line; the others go to `refused`. Of a repeated code the first one wins."""
    lines: dict[str, int] = {}
    for record in _records(layout, prices):
        if record.fault is not None:
            column = layout.table.column(record.fault.place)
            refused.append(RefusedRow(line=record.line, column=column, reason=str(record.fault.reason)))
            continue
        try:
            training = _read_training({name: record.cells[place] for name, place in layout.places.items()}, prices, lines)
        except _FlawFoundError as error:
            flaw = error.flaw
            refused.append(RefusedRow(line=record.line, column=layout.columns[flaw.name], reason=flaw.reason))
        else:
            lines[training.code] = record.line
            yield record.line, training


def _records(layout: _Layout, prices: _Prices) -> Iterator[Record]:
    """The file's records; one that holds what must be another's values is taken apart."""
    for record in layout.table.records:
        place = _swallowing(record, layout, prices) if record.fault is None and len(record.lines) > 1 else None
        if place is None:
            yield record
        else:
            yield from swallowed(record, place)


def _swallowing(record: Record, layout: _Layout, prices: _Prices) -> int | None:
    """The cell in which a record of several lines holds another record: by its delimiters, or by its code and price."""
    broken = [place for place, cell in enumerate(record.cells) if "\n" in cell or "\r" in cell]
    described = layout.places.get("description")
    for place in broken:
        if place in layout.places.values() and place != described and layout.table.delimiter in record.cells[place]:
            return place
    if any(_is_record(line, layout, prices) for line in record.lines[1:]):
        return broken[0]
    return None


def _is_record(line: str, layout: _Layout, prices: _Prices) -> bool:
    for cells in readings(line, layout.table.delimiter):
        if len(cells) < len(layout.table.header):
            continue
        code = clean_name(cells[layout.places["code"]])
        try:
            read_amount(cells[layout.places["price"]].strip(' "'), decimal_mark=prices.decimal_mark or DecimalMark.POINT)
        except BekalError:
            continue
        if code and " " not in code:
            return True
    return False


def _read_training(cells: Mapping[str, str], prices: _Prices, lines: Mapping[str, int]) -> NewTraining:
    training = clean_training(
        NewTraining(
            code=cells["code"],
            title=cells["title"],
            provider=cells["provider"],
            price_idr=_read_price(cells["price"], prices),
            field=cells.get("field", "").strip().lower() or Field.OTHER,
            platform=cells.get("platform", ""),
            description=cells.get("description", ""),
            hours=_read_number("hours", cells, least=1),
            mode=cells.get("mode", "").strip().lower() or Mode.ONLINE,
            seats=_read_number("seats", cells, least=0),
        )
    )
    if training.code in lines:
        reason = _("The code “{code}” is on line {line} already. That one counts; give this one another code or remove it.")
        raise _FlawFoundError(Flaw("code", reason.format(code=training.code, line=lines[training.code])))
    if flaw := find_flaw(training):
        raise _FlawFoundError(flaw)
    return training


def _read_price(text: str, prices: _Prices) -> int:
    if not text.strip():
        raise _FlawFoundError(empty_flaw("price"))
    try:
        return read_idr(text, rate=prices.rate, decimal_mark=prices.decimal_mark)
    except BekalError as error:
        raise _FlawFoundError(Flaw("price", str(error))) from error


def _read_number(name: str, cells: Mapping[str, str], *, least: int) -> int | None:
    text = cells.get(name, "").strip()
    if not text:
        return None
    if not _WHOLE.fullmatch(text):
        raise _FlawFoundError(number_flaw(name, text, least=least))
    return int(text)
