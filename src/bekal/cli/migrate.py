"""`bekal migrate`: make the database one of this version."""

from argparse import Namespace

from bekal.cli.command import Command, Database
from bekal.cli.output import report, waiting_bar


def _run(arguments: Namespace) -> int:
    from bekal.core.migrating import migrate

    with waiting_bar("Migrating the database"):
        applied = migrate()
    text = "\n".join([*applied, f"{len(applied)} migrations applied"]) if applied else "the database is of this version already"
    report({"applied": applied}, as_json=arguments.json, text=text)
    return 0


COMMAND = Command(
    name="migrate",
    help="prepare the database for this version: an empty one, or one of an older version, of which there should be a backup",
    example="bekal migrate",
    database=Database.TO_MIGRATE,
    run=_run,
)
