"""`bekal verify-statement`: check a statement file without any database."""

from argparse import ArgumentParser, Namespace
from pathlib import Path

from bekal.cli.command import Command, Database
from bekal.cli.errors import FileNotRead
from bekal.cli.files import read_text
from bekal.cli.output import report
from bekal.ledger.seals.verify import Broken, Unreadable, verify_statement


def _configure(parser: ArgumentParser) -> None:
    parser.add_argument("file", metavar="FILE", type=Path, help="a statement file")
    parser.add_argument(
        "--seal",
        metavar="FILE",
        type=Path,
        help="an exported seal that the statement must be under; without it, the seal in the statement itself is checked",
    )


def _run(arguments: Namespace) -> int:
    seal_text = None if arguments.seal is None else read_text(arguments.seal)
    try:
        verified = verify_statement(read_text(arguments.file), seal_text)
    except Unreadable as error:
        raise FileNotRead(path=arguments.file, reason=error) from error
    except Broken as error:
        report(
            {"valid": False, "problem": error.problem, "detail": str(error)},
            as_json=arguments.json,
            text=f"NOT valid ({error.problem}): {error}",
        )
        return 1
    covered = "no seal covers it yet"
    if verified.seal_number is not None:
        covered = f"transfers 1 to {verified.sealed_sequence} are under seal {verified.seal_number}"
    report(
        {
            "valid": True,
            "owner": verified.owner,
            "transfers": verified.transfers,
            "balance_idr": verified.balance_idr,
            "sealed_transfers": verified.sealed_sequence,
            "seal": verified.seal_number,
        },
        as_json=arguments.json,
        text=f"valid: account {verified.owner}, {verified.transfers} transfers, Rp {verified.balance_idr}; {covered}",
    )
    return 0


COMMAND = Command(
    name="verify-statement",
    help="check a statement's hashes, balances and proof, without any database; exit 1 if something does not follow",
    example="bekal verify-statement statement.json --seal seal.json",
    database=Database.NONE,
    configure=_configure,
    run=_run,
)
