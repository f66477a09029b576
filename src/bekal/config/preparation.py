"""Preparing what a command needs: the home folder, a running server, a migrated database."""

import os
import secrets
import time
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext

import django
import psycopg
from django.core.management import call_command
from django.db import connection, connections
from django.db.migrations.executor import MigrationExecutor
from django.utils.translation import gettext_lazy as _
from psycopg.conninfo import make_conninfo

from bekal.config.databases import connection_settings
from bekal.config.postgres import default_home, drop_database, ensure_database, running_server
from bekal.core.errors import Unavailable

_DATABASE = "bekal"
_SCRATCH = "bekal_scratch_"
_SCRATCH_SECONDS = 24 * 3600
_MIGRATION_LOCK = 0x62656B616C


class DatabaseAway(Unavailable):
    """`DATABASE_URL` names a server that does not answer, or that refuses."""

    code = "database_away"
    message = _("The database that DATABASE_URL names cannot be used: {reason}")


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
    """
    given = os.environ.get("DATABASE_URL")
    connection_settings(given)
    with nullcontext(None) if given else running_server(default_home()) as server:
        url = server.url(_DATABASE) if server else str(given)
        with _reachable():
            if server is not None:
                ensure_database(url)
            _require_version(url)
            if scratch:
                _drop_stale_scratch(url)
                url = make_conninfo(url, dbname=f"{_SCRATCH}{int(time.time())}_{secrets.token_hex(4)}")
                ensure_database(url)
        try:
            _enter(url)
            yield
        finally:
            _leave()
            if scratch:
                drop_database(url)


@contextmanager
def _reachable() -> Iterator[None]:
    try:
        yield
    except psycopg.OperationalError as error:
        raise DatabaseAway(reason=str(error).strip()) from error


def _enter(url: str) -> None:
    os.environ["DATABASE_URL"] = url
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "bekal.config.settings")
    django.setup()
    _migrate(url)


def _leave() -> None:
    connections.close_all()


def _migrate(url: str) -> None:
    """Apply what is missing; of several processes that start together, one does it and the others wait."""
    executor = MigrationExecutor(connection)
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


def _drop_stale_scratch(url: str) -> None:
    """Drop what killed commands left behind a day ago or earlier."""
    with psycopg.connect(url) as server:
        found = server.execute("SELECT datname FROM pg_database WHERE starts_with(datname, %s)", [_SCRATCH]).fetchall()
    for (name,) in found:
        if int(name.removeprefix(_SCRATCH).split("_")[0]) < time.time() - _SCRATCH_SECONDS:
            drop_database(make_conninfo(url, dbname=name))
