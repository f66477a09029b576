"""`bekal import-catalogue`: read trainings from a CSV file."""

from argparse import ArgumentParser, ArgumentTypeError, Namespace
from dataclasses import asdict
from decimal import Decimal
from pathlib import Path
from typing import Final

from bekal.cli.command import Command, Database
from bekal.cli.errors import MappedTwice
from bekal.cli.files import add_format, number
from bekal.cli.output import report

_SOME_REFUSED: Final = 3
_NAMES: Final = ("code", "title", "provider", "price", "field", "platform", "description", "hours", "mode", "seats")


def _pair(text: str) -> tuple[str, str]:
    name, separator, column = text.partition("=")
    if not separator or not name or not column:
        raise ArgumentTypeError(f"{text!r} is not of the form name=COLUMN")
    return name, column


def _configure(parser: ArgumentParser) -> None:
    parser.add_argument("file", metavar="FILE", type=Path, help="a CSV file in UTF-8 with a header line")
    parser.add_argument(
        "--map",
        dest="columns",
        metavar="NAME=COLUMN",
        type=_pair,
        action="append",
        required=True,
        help=f"which column holds what, once for each of: {', '.join(_NAMES)}; the first four are required",
    )
    parser.add_argument(
        "--rate",
        metavar="RATE",
        type=number,
        default=Decimal(1),
        help="rupiah for one unit of the file's currency, 0 or more; default %(default)s",
    )
    add_format(parser)


def _run(arguments: Namespace) -> int:
    from bekal.catalogue.importing import import_catalogue

    columns = dict(arguments.columns)
    if len(columns) < len(arguments.columns):
        raise MappedTwice
    result = import_catalogue(
        path=arguments.file,
        columns=columns,
        rate=arguments.rate,
        delimiter=arguments.delimiter,
        decimal_mark=arguments.decimal_mark,
    )
    lines = [f"line {row.line}{row.column and f', {row.column}'}: {row.reason}" for row in result.refused]
    report(
        {"imported": result.imported, "refused": [asdict(row) for row in result.refused]},
        as_json=arguments.json,
        text="\n".join([*lines, f"{result.imported} imported, {len(result.refused)} refused"]),
    )
    return _SOME_REFUSED if result.refused else 0


COMMAND = Command(
    name="import-catalogue",
    help="import trainings from a CSV file; rows that cannot be imported are listed with their reason, and make it end with 3",
    example="bekal import-catalogue courses.csv --map code=id --map title=course_title --map provider=provider --map price=price",
    database=Database.HOME,
    configure=_configure,
    run=_run,
)
