"""The header of a table, which tells its delimiter."""

import csv
from collections.abc import Sequence
from typing import Final

from bekal.core.names import clean_name
from bekal.core.tables.errors import ColumnAbsent, DelimiterUnclear, FileEmpty, HeaderBroken
from bekal.core.tables.forms import DELIMITERS
from bekal.core.tables.lines import Lines

_COLUMNS_SHOWN: Final = 30
_NAME_CHARACTERS_SHOWN: Final = 40


def read_header(lines: Lines, file: str, required: Sequence[str], delimiter: str | None) -> tuple[list[str], str]:
    text = _first_text(lines)
    if text is not None and text.strip()[:4].lower() == "sep=" and len(text.strip("\r\n")) == 5:
        # What Excel writes and reads. A delimiter that was given counts more.
        stated = {character: name for name, character in DELIMITERS.items()}.get(text.strip("\r\n")[4])
        delimiter = delimiter or stated
        text = _first_text(lines)
    if text is None:
        raise FileEmpty(file=file)
    names = [delimiter] if delimiter else list(DELIMITERS)
    headers = {name: [clean_name(cell) for cell in split(text, DELIMITERS[name])] for name in names}
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


def _first_text(lines: Lines) -> str | None:
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


def split(text: str, delimiter: str) -> list[str]:
    return next(csv.reader(text.splitlines(keepends=True), delimiter=delimiter, skipinitialspace=True), [])


def _shortened(name: str) -> str:
    return name if len(name) <= _NAME_CHARACTERS_SHOWN else f"{name[: _NAME_CHARACTERS_SHOWN - 1]}…"
