"""`bekal import-catalogue`: read trainings from a CSV file."""

from argparse import ArgumentParser, ArgumentTypeError, Namespace
from dataclasses import asdict
from decimal import Decimal, InvalidOperation
from pathlib import Path

from bekal.cli.command import Command, Database
from bekal.cli.errors import MappedTwice
from bekal.cli.output import report


def _pair(text: str) -> tuple[str, str]:
    name, separator, column = text.partition("=")
    if not separator or not name or not column:
        raise ArgumentTypeError(f"{text!r} is not of the form name=COLUMN")
    return name, column


def _rate(text: str) -> Decimal:
    try:
        return Decimal(text)
    except InvalidOperation as error:
        raise ArgumentTypeError(f"{text!r} is not a number") from error


def _configure(parser: ArgumentParser) -> None:
    parser.add_argument("file", metavar="FILE", type=Path, help="a CSV file in UTF-8 with a header line")
    parser.add_argument(
        "--map",
        dest="columns",
        metavar="NAME=COLUMN",
        type=_pair,
        action="append",
        required=True,
        help="which column holds what; code, title, provider and price are required",
    )
    parser.add_argument("--rate", metavar="R", type=_rate, default=Decimal(1), help="rupiah for one unit of the file's currency")


def _run(arguments: Namespace) -> int:
    from bekal.catalogue.importing import import_catalogue

    columns = dict(arguments.columns)
    if len(columns) < len(arguments.columns):
        raise MappedTwice
    result = import_catalogue(path=arguments.file, columns=columns, rate=arguments.rate)
    lines = [f"line {row.line}{row.column and f', {row.column}'}: {row.reason}" for row in result.refused]
    report(
        {"imported": result.imported, "refused": [asdict(row) for row in result.refused]},
        as_json=arguments.json,
        text="\n".join([*lines, f"{result.imported} imported, {len(result.refused)} refused"]),
    )
    return 0


COMMAND = Command(
    name="import-catalogue",
    help="import trainings from a CSV file; rows that cannot be imported are listed with their reason",
    example="bekal import-catalogue courses.csv --map code=id --map title=course_title --map price=price",
    database=Database.HOME,
    configure=_configure,
    run=_run,
)
