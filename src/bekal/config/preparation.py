"""Preparing what a command needs: the home folder, a running server, a migrated database."""

import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Final

import django
import psycopg
from django.core.management import call_command
from django.db import connection, connections
from django.db.migrations.executor import MigrationExecutor
from django.utils.translation import gettext_lazy as _

from bekal.config.databases import connection_settings
from bekal.config.postgres import default_home, ensure_database, running_server, scratch_database
from bekal.config.secrets import require_secrets
from bekal.core.errors import Unavailable

DATABASE: Final = "bekal"
_MIGRATION_LOCK = 0x62656B616C


class DatabaseAway(Unavailable):
    """`DATABASE_URL` names a server that does not answer, or that refuses."""

    code = "database_away"
    message = _("The database that DATABASE_URL names cannot be used: {reason}")


class DatabaseOfAnotherVersion(Unavailable):
    """The database holds a migration that this version does not have."""

    code = "database_of_another_version"
    message = _(
        "This database was made by another version of Bekal: {migration} is unknown here. Use that version, or begin with a new"
        " database: name another one in DATABASE_URL, or another folder in BEKAL_HOME."
    )


class DatabaseTooOld(Unavailable):
    """PostgreSQL older than 15."""

    code = "database_too_old"
    message = _("Bekal needs PostgreSQL 15 or newer; DATABASE_URL names a server of version {version}.")


@contextmanager
def prepared_database(*, scratch: bool) -> Iterator[None]:
    """Have `DATABASE_URL` name a migrated database and Django set up, for the length of a block.

    Without `DATABASE_URL` the embedded server runs while the block does. With `scratch` the database is new and empty, and is
    dropped at the end.

    Raises:
        PostgresUnavailable: the embedded server cannot run, and why.
        BadDatabaseUrl: `DATABASE_URL` cannot be read.
        DatabaseAway, DatabaseTooOld: it names a server that cannot be used.
        DatabaseOfAnotherVersion: it was made by an older or newer Bekal whose migrations are not these.
        SecretsLost, SecretMismatch: the secrets are not those under which it was sealed.
        SecretsExposed, SecretsMalformed, SecretsUnreadable: they must not be used.
    """
    given = os.environ.get("DATABASE_URL")
    connection_settings(given)
    with ExitStack() as stack:
        server = None if given else stack.enter_context(running_server(default_home()))
        url = server.url(DATABASE) if server else str(given)
        with reachable():
            if server is not None:
                ensure_database(url)
            _require_version(url)
            if scratch:
                url = stack.enter_context(scratch_database(url))
            require_secrets(default_home(), url)
        try:
            _enter(url)
            yield
        finally:
            _leave()


@contextmanager
def reachable() -> Iterator[None]:
    try:
        yield
    except psycopg.OperationalError as error:
        raise DatabaseAway(reason=str(error).strip()) from error


def _enter(url: str) -> None:
    os.environ["DATABASE_URL"] = url
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "bekal.config.settings")
    django.setup()
    migrate(url)


def _leave() -> None:
    connections.close_all()


def migrate(url: str) -> None:
    """Apply what is missing to Django's database; of several processes that start together, one does it and the others wait.

    Raises:
        DatabaseOfAnotherVersion: it holds a migration that is unknown here.
    """
    executor = MigrationExecutor(connection)
    unknown = sorted(executor.loader.applied_migrations.keys() - executor.loader.disk_migrations.keys())
    if unknown:
        raise DatabaseOfAnotherVersion(migration="/".join(unknown[0]))
    if not executor.migration_plan(executor.loader.graph.leaf_nodes()):
        return
    with psycopg.connect(url) as guard:
        guard.execute("SELECT pg_advisory_xact_lock(%s)", [_MIGRATION_LOCK])
        call_command("migrate", verbosity=0, interactive=False)


def _require_version(url: str) -> None:
    with psycopg.connect(url) as server:
        version = server.info.server_version // 10_000
    if version < 15:
        raise DatabaseTooOld(version=version)
