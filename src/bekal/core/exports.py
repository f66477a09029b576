"""Writing tables that are safe where people open them.

A spreadsheet takes a cell that begins with `=`, `+`, `-` or `@` for a formula, whoever typed it, and runs it. A text that begins
so, or with a tab or an end of line, gets an apostrophe in front, which tells a spreadsheet that it is text. Numbers stay.

Where the decimal mark is a comma, as in Indonesia, a spreadsheet takes the semicolon for what separates cells, quotation marks or
not. So what follows a semicolon, a tab or an end of line inside a text is a cell too.
"""

import csv
import re
from collections.abc import Iterable, Sequence
from typing import Final, TextIO

# Blanks in front do not keep a spreadsheet from seeing a formula; nor does a quotation mark that begins a cell.
_FORMULA: Final = re.compile(r"\A(?=[ \u00a0]*[=+\-@\t\r\n＝＋－＠])|(?<=[;\t\r\n])(?=[ \u00a0\"]*[=+\-@＝＋－＠])")


def write_rows(file: TextIO, rows: Iterable[Sequence[object]]) -> None:
    """Write rows as CSV with commas: texts as they are safe, numbers as they are, lines ended as RFC 4180 says.

    Args:
        file: open for text, with `newline=""`.
    """
    csv.writer(file).writerows([_safe(cell) for cell in row] for row in rows)


def _safe(cell: object) -> object:
    return _FORMULA.sub("'", cell) if isinstance(cell, str) else cell
