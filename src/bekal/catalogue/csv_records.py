"""Reading a CSV file record by record, in memory that does not grow with the file."""

import csv
from collections.abc import Generator
from dataclasses import dataclass
from pathlib import Path
from typing import Final, TextIO

from bekal.catalogue.errors import FileNotUtf8, FileUnreadable, RecordTooLong

_RECORD_CHARACTERS: Final = 1_000_000


@dataclass(frozen=True, slots=True)
class Record:
    """One record: the line it starts on (from 1), its cells, and whether every quotation mark in it was closed."""

    line: int
    cells: list[str]
    is_closed: bool


def read_records(path: Path) -> Generator[Record, None, None]:
    """The records of a UTF-8 file, with or without a byte order mark; empty lines are passed over.

    Raises:
        FileUnreadable: it cannot be opened or read.
        FileNotUtf8: with the first such line.
        RecordTooLong: longer than a million characters, or with a cell longer than the `csv` module takes.
    """
    try:
        file = path.open(encoding="utf-8-sig", errors="surrogateescape", newline="")
    except (OSError, ValueError) as error:
        raise FileUnreadable(file=path.name, reason=_reason(error)) from error
    with file:
        lines = _Lines(file, path.name)
        reader = csv.reader(lines)
        while True:
            lines.start_record()
            try:
                cells = next(reader)
            except StopIteration:
                return
            except csv.Error as error:
                raise RecordTooLong(file=path.name, line=lines.started) from error
            if cells:
                # The reader asks for a line after the last one only while it is inside quotation marks.
                yield Record(line=lines.started, cells=cells, is_closed=not lines.have_ended)


class _Lines:
    """The lines of an open file for a CSV reader, each checked."""

    def __init__(self, file: TextIO, name: str) -> None:
        self.started = 1
        self.have_ended = False
        self._file = file
        self._name = name
        self._read = 0
        self._room = 0

    def start_record(self) -> None:
        self.started = self._read + 1
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
