"""`bekal statement`: an account's whole chain in a file that its owner can keep and anyone can check."""

from argparse import ArgumentParser, Namespace
from pathlib import Path

from bekal.cli.accounts import account_named
from bekal.cli.command import Command, Database
from bekal.cli.files import day, require_place, write_json
from bekal.cli.output import report
from bekal.core.money import format_idr


def _configure(parser: ArgumentParser) -> None:
    parser.add_argument(
        "owner",
        metavar="OWNER",
        help="an account's number, or training:<enrolment>, incentive:<enrolment>, fund:<wave>, provider:<provider> by public id",
    )
    parser.add_argument(
        "--until", metavar="DATE", type=day, help="the last posting date, such as 2021-03-01; without it, everything"
    )
    parser.add_argument("--export", metavar="FILE", type=Path, required=True, help="the file to write")


def _run(arguments: Namespace) -> int:
    from bekal.access.services import record_act
    from bekal.ledger.seals.statements import compose_statement

    require_place(arguments.export)
    statement = compose_statement(owner=account_named(arguments.owner), until=arguments.until)
    record_act(actor=None, verb="statement.export", subject=f"account:{statement['owner']}")
    write_json(arguments.export, statement)
    seal, proof = statement["seal"], statement["proof"]
    transfers, balance_idr = len(statement["transfers"]), statement["head"]["balance_idr"]
    report(
        {
            "file": str(arguments.export),
            "owner": statement["owner"],
            "transfers": transfers,
            "balance_idr": balance_idr,
            "sealed_transfers": proof["sequence"] if proof else 0,
            "seal": seal and seal["number"],
        },
        as_json=arguments.json,
        text=f"account {statement['owner']}: {transfers} transfers, {format_idr(balance_idr)}; "
        + (f"the first {proof['sequence']} under seal {seal['number']} of {seal['day']}" if proof else "nothing sealed yet"),
    )
    return 0


COMMAND = Command(
    name="statement",
    help="write an account's transfers to a file, with the proof that they are under a seal once they are",
    example="bekal statement training:ENROLMENT --export statement.json",
    database=Database.HOME,
    configure=_configure,
    run=_run,
)
