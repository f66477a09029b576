"""Reading tables that people made: CSV files as spreadsheets of every country write them, record by record.

Tolerant of form, never guessing. The delimiter is found in the header or given; a byte order mark, `sep=;` on a line of its own,
blanks around cells and any end of line are understood. A record that cannot be right comes with its fault, and never takes
another line's values: a quotation mark that is left open swallows the lines behind it, and each of these is a record with a fault
of its own, so that nothing of a file goes uncounted.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from bekal.core.tables.errors import ColumnRepeated, DelimiterUnknown, FileUnreadable
from bekal.core.tables.forms import DELIMITERS, Fault, Record, Table
from bekal.core.tables.header import read_header
from bekal.core.tables.lines import Lines, reason_of
from bekal.core.tables.records import read_records, readings, swallowed

__all__ = ["DELIMITERS", "Fault", "Record", "Table", "open_table", "readings", "swallowed"]


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
        raise FileUnreadable(file=path.name, reason=reason_of(error)) from error
    with file:
        lines = Lines(file, path.name)
        header, character = read_header(lines, path.name, required, delimiter)
        for column in required:
            if header.count(column) > 1:
                raise ColumnRepeated(file=path.name, column=column)
        yield Table(path.name, header, character, read_records(lines, path.name, character, len(header)))
