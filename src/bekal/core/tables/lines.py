"""The lines of a file, as they go into a CSV reader."""

from typing import Final, TextIO

from bekal.core.tables.errors import FileNotUtf8, FileUnreadable, RecordTooLong

_RECORD_CHARACTERS: Final = 1_000_000


class Lines:
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

    def __iter__(self) -> "Lines":
        return self

    def __next__(self) -> str:
        try:
            line = self._file.readline(self._room + 1)
        except OSError as error:
            raise FileUnreadable(file=self._name, reason=reason_of(error)) from error
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


def reason_of(error: OSError | ValueError) -> str:
    return (error.strerror if isinstance(error, OSError) else None) or str(error)
