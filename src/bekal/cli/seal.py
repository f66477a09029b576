"""`bekal seal`: close posting days and seal what they hold."""

from argparse import ArgumentParser, Namespace
from datetime import timedelta
from pathlib import Path

from bekal.cli.command import Command, Database
from bekal.cli.errors import FileNotRead
from bekal.cli.files import day, read_text, require_place, write_json
from bekal.cli.output import progress_bar, report
from bekal.core import clock
from bekal.ledger.seals.verify import Broken, Unreadable, read_seal


def _configure(parser: ArgumentParser) -> None:
    parser.add_argument("--date", metavar="D", type=day, help="the last day to close, such as 2021-03-01; without it, yesterday")
    parser.add_argument(
        "--export", metavar="FILE", type=Path, help="write the seal to a file that can be published; without it, none is written"
    )
    parser.add_argument(
        "--check",
        metavar="FILE",
        type=Path,
        help="seal nothing: compute an exported seal again from the ledger, exit 1 if it differs; without it, days are sealed",
    )


def _run(arguments: Namespace) -> int:
    return _seal(arguments) if arguments.check is None else _check(arguments)


def _seal(arguments: Namespace) -> int:
    from bekal.ledger.models import Balance
    from bekal.ledger.seals.queries import exported_seal, seal_fields
    from bekal.ledger.seals.services import seal_day

    if arguments.export is not None:
        require_place(arguments.export)
    with progress_bar("accounts", total=Balance.objects.count()) as advance:
        seal = seal_day(day=arguments.date or clock.today() - timedelta(days=1), progress=advance)
    if arguments.export is not None:
        write_json(arguments.export, exported_seal(seal))
    fields = seal_fields(seal)
    report(
        fields,
        as_json=arguments.json,
        text=f"seal {seal.number} of {seal.day}: {seal.owners} accounts, root {fields['root']}, hash {fields['hash']}",
    )
    return 0


def _check(arguments: Namespace) -> int:
    from bekal.ledger.seals.checks import exported_contradictions

    try:
        exported = read_seal(read_text(arguments.check))
    except (Broken, Unreadable) as error:
        raise FileNotRead(path=arguments.check, reason=error) from error
    found = exported_contradictions(exported)
    report(
        {"number": exported["number"], "day": exported["day"].isoformat(), "holds": not found, "problems": found},
        as_json=arguments.json,
        text="\n".join([*found, f"seal {exported['number']} of {exported['day']} {'does NOT hold' if found else 'holds'}"]),
    )
    return 1 if found else 0


COMMAND = Command(
    name="seal",
    help="close every posting day through yesterday, or through a day, and seal all accounts in one hash that can be published",
    example="bekal seal --export seal.json",
    database=Database.HOME,
    configure=_configure,
    run=_run,
)
