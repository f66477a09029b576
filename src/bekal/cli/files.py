"""Files that commands read and write, and how days and amounts are given as arguments."""

import json
import secrets
from argparse import ArgumentTypeError, _ActionsContainer
from collections.abc import Callable, Mapping
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Final

from bekal.cli.errors import FileNotRead, FileNotWritten
from bekal.core.amounts import AmountUnclear, DecimalMark, read_amount
from bekal.core.errors import Invalid
from bekal.core.tables import DELIMITERS

MOST_BUDGET: Final = 10**15
"""More than anybody has."""


def day(text: str) -> date:
    """A day as an argument: `2021-03-01`."""
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise ArgumentTypeError(f"{text!r} is not a day such as 2021-03-01") from error


def require_place(path: Path, *, replaced: bool = False) -> None:
    """Find out before the work, not after it, that a file cannot be written.

    Args:
        replaced: the file is put in the place of what is there, which must be a file then; otherwise it is written over.

    Raises:
        FileNotWritten: and why.
    """
    try:
        place = path.resolve()
        if place.is_dir() or (replaced and place.exists() and not place.is_file()):
            raise FileNotWritten(path=path, reason="it is there, and no file")
        if place.exists() and not replaced:
            with place.open("a"):
                return
        trial = place.with_name(f".{place.name}.{secrets.token_hex(8)}") if replaced else place
        trial.touch(exist_ok=False)
        trial.unlink()
    except (OSError, RuntimeError) as error:  # RuntimeError: links that lead to each other
        reason = error.strerror if isinstance(error, OSError) else str(error)
        raise FileNotWritten(path=path, reason=reason) from error


def number(text: str) -> Decimal:
    """An amount or a rate as an argument, 0 or more: `1000000`, `1.000.000`, `14500.5`; `371.000` has two readings."""
    # Words of its own, since there are no translations while arguments are read.
    try:
        return read_amount(text)
    except AmountUnclear as error:
        readings = f"{error.details['small']} or {error.details['large']}"
        raise ArgumentTypeError(f"{text!r} can be read as {readings}; leave out what separates thousands") from error
    except Invalid as error:
        raise ArgumentTypeError(f"{text!r} is not a number, 0 or more") from error


def whole_amount(*, most: int) -> Callable[[str], int]:
    """Reads an argument that is a whole amount from 0 to `most`."""

    def read(text: str) -> int:
        amount = number(text)
        if amount > most or amount != amount.to_integral_value():
            raise ArgumentTypeError(f"{text!r} is no whole number from 0 to {most}")
        return int(amount)

    return read


def add_format(parser: _ActionsContainer) -> None:
    """Let a command say how the tables are written that it reads; `arguments.delimiter` and `arguments.decimal_mark` tell."""
    add_delimiter(parser)
    parser.add_argument(
        "--decimal",
        dest="decimal_mark",
        choices=list(DecimalMark),
        type=DecimalMark,
        help="what separates decimals in amounts; without it, an amount such as 371.000, which has two readings, is refused",
    )


def add_delimiter(parser: _ActionsContainer) -> None:
    """Let a command say what separates cells in the tables that it reads; `arguments.delimiter` tells."""
    parser.add_argument(
        "--delimiter", choices=list(DELIMITERS), help="what separates cells; without it, found in the header of each file"
    )


def write_json(path: Path, content: Mapping[str, object]) -> None:
    """Write a file that people can read too.

    Raises:
        FileNotWritten: and why.
    """
    try:
        path.write_text(json.dumps(content, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    except OSError as error:
        raise FileNotWritten(path=path, reason=error.strerror) from error


def read_text(path: Path) -> str:
    """The text of a file.

    Raises:
        FileNotRead: and why.
    """
    try:
        return path.read_text(encoding="utf-8")
    except OSError as error:
        raise FileNotRead(path=path, reason=error.strerror) from error
    except UnicodeDecodeError as error:
        raise FileNotRead(path=path, reason="it is not UTF-8") from error
