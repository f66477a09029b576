"""`bekal audit`: walk the ledger again."""

import json
import shutil
import sys
import tempfile
from argparse import ArgumentParser, Namespace
from dataclasses import asdict
from typing import TYPE_CHECKING, TextIO

from bekal.cli.arguments import whole_number
from bekal.cli.command import Command, Database
from bekal.cli.output import progress_bar

if TYPE_CHECKING:
    from bekal.ledger.audit import Finding


def _configure(parser: ArgumentParser) -> None:
    account = whole_number(least=0)
    parser.add_argument(
        "--from-owner", metavar="ACCOUNT", type=account, help="only accounts from this number on; without it, from the first"
    )
    parser.add_argument(
        "--to-owner", metavar="ACCOUNT", type=account, help="only accounts up to this number; without it, to the last"
    )
    parser.add_argument(
        "--jobs",
        metavar="N",
        type=whole_number(least=1, most=64),
        help="connections that share the work, from 1 to 64; without it, one a processor, up to 4",
    )


def _run(arguments: Namespace) -> int:
    from bekal.ledger.audit import audit, count_owners, usual_jobs

    owners = {"from_owner": arguments.from_owner, "to_owner": arguments.to_owner}
    # However much is found, it is kept on the disk, so that memory stays the same.
    with tempfile.TemporaryFile("w+", encoding="utf-8") as found:
        count = 0

        def tell(finding: "Finding") -> None:
            nonlocal count
            found.write(_written(finding, as_json=arguments.json, is_first=count == 0))
            count += 1

        with progress_bar("accounts", total=count_owners(**owners)) as advance:
            verdict = audit(**owners, jobs=arguments.jobs or usual_jobs(), progress=advance, tell=tell)
        found.seek(0)
        if arguments.json:
            _print_json(found, exact=verdict.exact, transfers=verdict.transfers)
        else:
            shutil.copyfileobj(found, sys.stdout)
            sys.stdout.write(f"{verdict.transfers} transfers: {'exact' if verdict.exact else f'{count} findings'}\n")
    sys.stdout.flush()
    return 0 if verdict.exact else 1


def _written(finding: "Finding", *, as_json: bool, is_first: bool) -> str:
    if as_json:
        return ("" if is_first else ", ") + json.dumps(asdict(finding), ensure_ascii=False)
    return f"{finding.check}: account {finding.owner}: {finding.detail}\n"


def _print_json(found: TextIO, *, exact: bool, transfers: int) -> None:
    sys.stdout.write(f'{{"exact": {json.dumps(exact)}, "transfers": {transfers}, "findings": [')
    shutil.copyfileobj(found, sys.stdout)
    sys.stdout.write("]}\n")


COMMAND = Command(
    name="audit",
    help="walk every hash chain, sequence, balance and pool again; exit 1 when something does not follow",
    example="bekal audit --jobs 4",
    database=Database.HOME,
    configure=_configure,
    run=_run,
)
