"""Writing tables that are safe where people open them.

A spreadsheet takes a cell that begins with `=`, `+`, `-` or `@` for a formula, whoever typed it, and runs it. A text that begins
so, or with a tab or an end of line, gets an apostrophe in front, which tells a spreadsheet that it is text. Numbers stay.
"""

import csv
from collections.abc import Iterable, Sequence
from typing import Final, TextIO

_FORMULAS: Final = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


def write_rows(file: TextIO, rows: Iterable[Sequence[object]]) -> None:
    """Write rows as CSV with commas: texts as they are safe, numbers as they are, lines ended as RFC 4180 says.

    Args:
        file: open for text, with `newline=""`.
    """
    csv.writer(file).writerows([_safe(cell) for cell in row] for row in rows)


def _safe(cell: object) -> object:
    # Blanks in front do not keep a spreadsheet from seeing a formula.
    if isinstance(cell, str) and cell.lstrip(" \u00a0").startswith(_FORMULAS):
        return f"'{cell}"
    return cell
