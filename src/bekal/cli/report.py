"""`bekal report`: the books of a wave, a provider, the treasury or one account over a range of posting dates."""

from argparse import ArgumentParser, Namespace
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from bekal.cli.accounts import account_named, wave_named
from bekal.cli.command import Command, Database
from bekal.cli.errors import FileNotWritten, ReportUnnamed
from bekal.cli.files import day, require_place
from bekal.cli.output import report
from bekal.core.exports import write_rows
from bekal.core.money import format_idr
from bekal.ledger.accounts import number_of

if TYPE_CHECKING:
    from bekal.ledger.reports import AccountReport, Report

Rows = list[list[str | int]]


def _configure(parser: ArgumentParser) -> None:
    parser.add_argument("about", choices=["wave", "provider", "treasury", "account"], help="whose books")
    parser.add_argument(
        "name",
        metavar="ID",
        nargs="?",
        help="the wave's public id or programme/number; the provider's public id; the account as for `bekal statement`",
    )
    parser.add_argument(
        "--from", dest="first", metavar="D", type=day, required=True, help="the first posting date, such as 2021-03-01"
    )
    parser.add_argument(
        "--to", dest="last", metavar="D", type=day, required=True, help="the last posting date, such as 2021-03-31"
    )
    parser.add_argument("--csv", metavar="FILE", type=Path, help="write a CSV file too; without it, none is written")


def _run(arguments: Namespace) -> int:
    from bekal.access.services import record_act

    if (arguments.name is None) != (arguments.about == "treasury"):
        raise ReportUnnamed
    if arguments.csv is not None:
        require_place(arguments.csv)
    if arguments.about == "account":
        rows, result = _of_account(arguments)
    else:
        rows, result = _of_books(arguments)
    days = {"first": arguments.first.isoformat(), "last": arguments.last.isoformat()}
    record_act(actor=None, verb="report.export", subject=":".join(filter(None, (arguments.about, arguments.name)))[:200], **days)
    if arguments.csv is not None:
        _write_csv(arguments.csv, rows)
    report(result, as_json=arguments.json, text=_table(rows))
    return 0


def _of_account(arguments: Namespace) -> tuple[Rows, dict[str, object]]:
    from bekal.ledger.reports import account_report

    books: AccountReport = account_report(owner=account_named(arguments.name), first=arguments.first, last=arguments.last)
    rows: Rows = [["posting_date", "key", "counterpart", "moved_idr", "change_idr"]]
    rows += [["", "opening", "", "", books.opening_idr]]
    rows += [
        [line.posting_date.isoformat(), line.key, line.counterpart.name.lower(), line.moved_idr, line.change_idr]
        for line in books.lines
    ]
    rows += [["", "closing", "", "", books.closing_idr]]
    return rows, {
        "account": books.owner,
        **_range(arguments),
        "opening_idr": books.opening_idr,
        "lines": [dict(zip(rows[0], row, strict=True)) for row in rows[2:-1]],
        "closing_idr": books.closing_idr,
    }


def _of_books(arguments: Namespace) -> tuple[Rows, dict[str, object]]:
    books = _books(arguments)
    rows: Rows = [["accounts", "opening_idr", "in_idr", "out_idr", "closing_idr", "transfers"]]
    rows += [
        [group.kind.name.lower(), group.opening_idr, group.in_idr, group.out_idr, group.closing_idr, ""] for group in books.groups
    ]
    rows += [
        [f"{flow.debit.name.lower()} > {flow.credit.name.lower()}", "", flow.amount_idr, flow.amount_idr, "", flow.transfers]
        for flow in books.flows
    ]
    return rows, {
        "about": arguments.about,
        **_range(arguments),
        "groups": [dict(zip(rows[0][:-1], row[:-1], strict=True)) for row in rows[1 : len(books.groups) + 1]],
        "flows": [
            {
                "debit": flow.debit.name.lower(),
                "credit": flow.credit.name.lower(),
                "transfers": flow.transfers,
                "amount_idr": flow.amount_idr,
            }
            for flow in books.flows
        ],
    }


def _books(arguments: Namespace) -> "Report":
    from bekal.ledger.reports import provider_report, treasury_report, wave_report

    days = {"first": arguments.first, "last": arguments.last}
    match arguments.about:
        case "wave":
            return wave_report(fund=wave_named(arguments.name).fund, **days)
        case "provider":
            return provider_report(number=number_of(account_named(f"provider:{arguments.name}")), **days)
    return treasury_report(**days)


def _range(arguments: Namespace) -> dict[str, str]:
    return {"from": arguments.first.isoformat(), "to": arguments.last.isoformat()}


def _write_csv(path: Path, rows: Rows) -> None:
    try:
        with path.open("w", encoding="utf-8", newline="") as file:
            write_rows(file, rows)
    except OSError as error:
        raise FileNotWritten(path=path, reason=error.strerror) from error


def _table(rows: Rows) -> str:
    """The rows in columns, amounts on the right."""
    names = rows[0]
    written = [[_cell(name, value) for name, value in zip(names, row, strict=True)] for row in rows[1:]]
    table: Sequence[Sequence[str]] = [[str(name).removesuffix("_idr") for name in names], *written]
    widths = [max(map(len, column)) for column in zip(*table, strict=True)]
    return "\n".join(
        "  ".join(
            cell.rjust(width) if str(name).endswith(("_idr", "transfers")) else cell.ljust(width)
            for name, cell, width in zip(names, row, widths, strict=True)
        ).rstrip()
        for row in table
    )


def _cell(name: str | int, value: str | int) -> str:
    return format_idr(value) if str(name).endswith("_idr") and isinstance(value, int) else str(value)


COMMAND = Command(
    name="report",
    help="opening, flows and closing of a wave, a provider, the treasury or one account between two posting dates",
    example="bekal report wave WAVE --from 2021-10-01 --to 2021-12-31 --csv wave.csv",
    database=Database.HOME,
    configure=_configure,
    run=_run,
)
