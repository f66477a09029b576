"""Whether the database is of this version, and making it so."""

from typing import Final

from django.core.management import call_command
from django.db import OperationalError, connection
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.recorder import MigrationRecorder
from django.utils.translation import gettext_lazy as _
from psycopg import errors

from bekal.core.errors import Unavailable

_LOCK: Final = 0x62656B616C
_LOCK_SECONDS: Final = 20
"""While a migration waits to lock a table, everybody who reads it waits behind it: it gives up, and is tried again."""


class DatabaseOfAnotherVersion(Unavailable):
    """The database holds a migration that this version does not have."""

    code = "database_of_another_version"
    message = _(
        "This database was made by another version of Bekal: {migration} is unknown here. Use that version, or begin with a new"
        " database: name another one in DATABASE_URL, or another folder in BEKAL_HOME."
    )


class DatabaseNotMigrated(Unavailable):
    """The database lacks what this version has."""

    code = "database_not_migrated"
    message = _(
        "This database is not prepared for this version of Bekal: {missing} migrations are missing. Make a backup, if there is"
        " anything in it, and run: bekal migrate"
    )


class MigrationHeldUp(Unavailable):
    """Somebody holds a table that is to change."""

    code = "migration_held_up"
    message = _(
        "Something holds a table that is to change. What was changed by now stays, the rest is as it was. Stop what uses the"
        " database, then run it again: bekal migrate"
    )


def migrate() -> list[str]:
    """Apply what is missing to Django's database and return its names; of several processes that start together one does it.

    To be called outside any transaction.

    Raises:
        DatabaseOfAnotherVersion: it holds a migration that is unknown here; nothing is changed.
        MigrationHeldUp: a table was held by somebody for too long.
    """
    if not _missing():
        return []
    with connection.cursor() as cursor:
        cursor.execute("SHOW lock_timeout")
        ((usual,),) = cursor.fetchall()
        # Whoever has the lock migrates, and that takes as long as it takes.
        cursor.execute("SET lock_timeout = 0")
        cursor.execute("SELECT pg_advisory_lock(%s)", [_LOCK])
        try:
            cursor.execute(f"SET lock_timeout = '{_LOCK_SECONDS}s'")
            missing = _missing()
            call_command("migrate", verbosity=0, interactive=False)
        except OperationalError as error:
            if isinstance(error.__cause__, errors.LockNotAvailable):
                raise MigrationHeldUp from error
            raise
        finally:
            cursor.execute("SELECT pg_advisory_unlock(%s), set_config('lock_timeout', %s, FALSE)", [_LOCK, usual])
    return missing


def require_current() -> None:
    """Make sure that the database is of this version.

    Raises:
        DatabaseOfAnotherVersion, DatabaseNotMigrated: it is not.
    """
    if missing := _missing():
        raise DatabaseNotMigrated(missing=len(missing))


def require_known() -> None:
    """Make sure that the database is of this version or an older one.

    Raises:
        DatabaseOfAnotherVersion: it is of a newer one.
        DatabaseNotMigrated: there is nothing in it yet.
    """
    missing = _missing()
    if not MigrationRecorder(connection).applied_migrations():
        raise DatabaseNotMigrated(missing=len(missing))


def _missing() -> list[str]:
    executor = MigrationExecutor(connection)
    unknown = sorted(executor.loader.applied_migrations.keys() - executor.loader.disk_migrations.keys())
    if unknown:
        raise DatabaseOfAnotherVersion(migration="/".join(unknown[0]))
    plan = executor.migration_plan(executor.loader.graph.leaf_nodes())
    return [f"{migration.app_label}/{migration.name}" for migration, _backwards in plan]
