"""Preparing what a command needs: the home folder, a running server, a database of this version."""

import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Final

import django
import psycopg
from django.db import connections
from django.utils.translation import gettext_lazy as _

from bekal.cli.command import Database
from bekal.config.databases import connection_settings
from bekal.config.demo_marks import claim_database, claim_home, delete_demo, require_own_home
from bekal.config.postgres import default_home, ensure_database, kept_running, running_server, scratch_database
from bekal.config.secrets import require_secrets
from bekal.core.errors import Unavailable
from bekal.core.migrating import migrate, require_current

DATABASE: Final = "bekal"
_OF_A_DEMO: Final = frozenset({Database.DEMO, Database.NEW_DEMO})
_OF_A_HOME: Final = frozenset({Database.HOME, Database.TO_MIGRATE})


class DatabaseAway(Unavailable):
    """`DATABASE_URL` names a server that does not answer, or that refuses."""

    code = "database_away"
    message = _("The database that DATABASE_URL names cannot be used: {reason}")


class DatabaseTooOld(Unavailable):
    """PostgreSQL older than 15."""

    code = "database_too_old"
    message = _("Bekal needs PostgreSQL 15 or newer; DATABASE_URL names a server of version {version}.")


@contextmanager
def prepared_database(kind: Database, *, lasts: bool = False) -> Iterator[None]:
    """Have `DATABASE_URL` name a database of this version and Django set up, for the length of a block.

    Without `DATABASE_URL` the embedded server runs while the block does. A scratch database is new, and dropped at the end.

    Args:
        kind: which database; one that is migrated here is a demo's, a scratch one, or `Database.TO_MIGRATE`.
        lasts: the block lasts until it is told to end: start the embedded server again where it ended.

    Raises:
        PostgresUnavailable: the embedded server cannot run, and why.
        BadDatabaseUrl: `DATABASE_URL` cannot be read.
        DatabaseAway, DatabaseTooOld: it names a server that cannot be used.
        DatabaseOfAnotherVersion, DatabaseNotMigrated: the database is of another version of Bekal.
        NotADemo: a demo is asked for, and home or database is something else.
        HomeOfADemo: the home is a demo's, and the database is not.
        SecretsLost, SecretMismatch: the secrets are not those under which it was sealed.
        SecretsExposed, SecretsMalformed, SecretsUnreadable: they must not be used.
    """
    given = os.environ.get("DATABASE_URL")
    connection_settings(given)
    home = default_home()
    if kind in _OF_A_DEMO:
        claim_home(home)
    with ExitStack() as stack:
        server = None if given else stack.enter_context(running_server(home))
        url = server.url(DATABASE) if server else str(given)
        with reachable():
            if server is not None:
                ensure_database(url)
            _require_version(url)
            if kind is Database.SCRATCH:
                url = stack.enter_context(scratch_database(url))
            if kind is Database.NEW_DEMO:
                delete_demo(home, url)
            make_demo = claim_database(home, url) if kind in _OF_A_DEMO else None
            if kind in _OF_A_HOME:
                require_own_home(home, url)
            require_secrets(home, url)
        try:
            os.environ["DATABASE_URL"] = url
            os.environ.setdefault("DJANGO_SETTINGS_MODULE", "bekal.config.settings")
            django.setup()
            if make_demo is not None:
                make_demo()
            if kind is Database.HOME:
                require_current()
            elif kind is not Database.TO_MIGRATE:
                migrate()
            if server is not None and lasts:
                stack.enter_context(kept_running(server))
            yield
        finally:
            connections.close_all()


@contextmanager
def reachable() -> Iterator[None]:
    try:
        yield
    except psycopg.OperationalError as error:
        raise DatabaseAway(reason=str(error).strip()) from error


def _require_version(url: str) -> None:
    with psycopg.connect(url) as server:
        version = server.info.server_version // 10_000
    if version < 15:
        raise DatabaseTooOld(version=version)
