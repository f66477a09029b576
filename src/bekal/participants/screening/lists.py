"""Importing exclusion lists: NIKs come in, keyed blind indexes stay."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Final

from django.db import connection, transaction
from django.db.models import Max
from django.utils.translation import gettext as _

from bekal.access.models import User
from bekal.access.services import record_act
from bekal.core import clock
from bekal.core.keys import KeyRing, reread_keys
from bekal.core.locks import hold
from bekal.core.names import clean_name, without_separators
from bekal.core.statistics import refresh_statistics
from bekal.core.tables import Table, open_table
from bekal.participants.errors import NikMalformed
from bekal.participants.models import SOURCE_CHARACTERS, ExclusionEntry, ExclusionList
from bekal.participants.nik import parse_nik
from bekal.participants.screening.errors import ListOlder, SourceMissing, UnknownList
from bekal.participants.screening.keys import entry_key, list_key
from bekal.participants.screening.rules import LISTS_LOCK, lock_key
from bekal.participants.sealed import nik_index
from bekal.programmes.definition import available_definitions, load_definition

_TOLD_EVERY: Final = 10_000
_INSERT_SQL: Final = """
INSERT INTO participants_exclusionentry (list_id, nik_key)
SELECT DISTINCT %s::bigint, nik_key FROM importing_list
"""


@dataclass(frozen=True, slots=True)
class RefusedLine:
    """A record that was not imported: the line on which it starts, from 1, and what is wrong; its NIK is not repeated."""

    line: int
    reason: str


@dataclass(frozen=True, slots=True)
class ImportedList:
    """What became of a file: `entries` different NIKs are on the list, `repeated` lines named one of them again."""

    list: ExclusionList
    repeated: int
    refused: tuple[RefusedLine, ...]

    @property
    def entries(self) -> int:
        """How many different NIKs are on the list."""
        return self.list.entries_count


def known_lists() -> tuple[str, ...]:
    """The codes of the exclusions of all programmes, in alphabetical order."""
    definitions = [load_definition(code) for code in available_definitions()]
    return tuple(sorted({exclusion.code for known in definitions for exclusion in known.eligibility.exclusions}))


@transaction.atomic
def import_list(
    *,
    code: str,
    path: Path,
    source: str,
    dated_on: date,
    column: str = "nik",
    delimiter: str | None = None,
    actor: User | None = None,
    progress: Callable[[int], None] | None = None,
) -> ImportedList:
    """Put a list in use in place of the one before it, whose entries are deleted. Records without a possible NIK are refused.

    Args:
        code: of an exclusion of a programme's definition.
        path: a CSV file with a header (`core/tables.py`).
        source: where it comes from, such as the number of a letter.
        dated_on: the day of which the list is.
        column: the file's name of the column that holds the NIK.
        progress: told how many more lines were read.

    Raises:
        UnknownList: no programme has such an exclusion.
        SourceMissing: no source, or more than 200 characters.
        ListOlder: the list in use is of a later day.
        FileUnreadable, FileNotUtf8, FileEmpty, RecordTooLong, ColumnAbsent, ColumnRepeated, HeaderBroken, DelimiterUnclear,
            DelimiterUnknown: the file cannot be used.
        In every case nothing is imported.
    """
    if code not in (known := known_lists()):
        raise UnknownList(name=code, known=", ".join(known))
    if not 1 <= len(source := clean_name(source)) <= SOURCE_CHARACTERS or "\0" in source:
        raise SourceMissing
    hold(LISTS_LOCK, lock_key(code))
    before = ExclusionList.objects.filter(code=code, replaced_at=None).first()
    if before is not None and before.dated_on > dated_on:
        raise ListOlder(list=code, day=before.dated_on)
    ring = reread_keys()
    made = _in_place_of(before, code=code, source=source, dated_on=dated_on, ring=ring, actor=actor)
    refused: list[RefusedLine] = []
    with open_table(path, required=[clean_name(column)], delimiter=delimiter) as table:
        read = _copy_entries(made, _niks(table, table.header.index(clean_name(column)), refused, progress), ring=ring)
    record_act(
        actor=actor,
        verb="screening.import_list",
        subject=f"exclusion_list:{made.public_id}",
        kind=code,
        version=made.version,
        file=path.name.encode(errors="replace").decode(),
        imported=made.entries_count,
        refused=len(refused),
    )
    return ImportedList(list=made, repeated=read - made.entries_count, refused=tuple(refused))


def _in_place_of(
    before: ExclusionList | None, *, code: str, source: str, dated_on: date, ring: KeyRing, actor: User | None
) -> ExclusionList:
    """A new, empty version of a list; the entries of the one before it go."""
    now = clock.now()
    if before is not None:
        before.entries.all().delete()
        before.replaced_at = now
        before.save(update_fields=["replaced_at"])
    latest = ExclusionList.objects.filter(code=code).aggregate(latest=Max("version"))["latest"] or 0
    return ExclusionList.objects.create(
        code=code,
        version=latest + 1,
        source=source,
        dated_on=dated_on,
        key_version=ring.current,
        imported_at=now,
        imported_by=actor,
    )


def _copy_entries(made: ExclusionList, niks: Iterator[str], *, ring: KeyRing) -> int:
    """Put NIKs on a list, each once; how many there were, those that came again included."""
    key, read = list_key(ring), 0
    with connection.cursor() as cursor:
        cursor.execute("CREATE TEMPORARY TABLE importing_list (nik_key bytea) ON COMMIT DROP")
        with cursor.copy("COPY importing_list (nik_key) FROM STDIN (FORMAT BINARY)") as copy:
            copy.set_types(["bytea"])
            for digits in niks:
                copy.write_row([entry_key(nik_index(digits, ring=ring), key=key)])
                read += 1
        cursor.execute(_INSERT_SQL, [made.pk])
        made.entries_count = cursor.rowcount
        cursor.execute("DROP TABLE importing_list")
    made.save(update_fields=["entries_count"])
    refresh_statistics(ExclusionEntry._meta.db_table, rows=made.entries_count)
    return read


def _niks(table: Table, place: int, refused: list[RefusedLine], progress: Callable[[int], None] | None) -> Iterator[str]:
    count = 0
    for record in table.records:
        count += 1
        if progress is not None and count % _TOLD_EVERY == 0:
            progress(_TOLD_EVERY)
        if record.fault is not None:
            refused.append(RefusedLine(line=record.line, reason=str(record.fault.reason)))
            continue
        text = record.cells[place]
        if not text.strip():
            refused.append(RefusedLine(line=record.line, reason=_("The NIK is missing.")))
            continue
        try:
            parse_nik(text)
        except NikMalformed as error:
            refused.append(RefusedLine(line=record.line, reason=str(error)))
        else:
            yield without_separators(text)
