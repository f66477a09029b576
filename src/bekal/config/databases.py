"""From a PostgreSQL address to Django's connection settings."""

from dataclasses import dataclass
from typing import Any, Final

from psycopg import ProgrammingError
from psycopg.conninfo import conninfo_to_dict

from bekal.core.errors import Invalid


class BadDatabaseUrl(Invalid):
    """`DATABASE_URL` cannot be read."""

    code = "bad_database_url"


@dataclass(frozen=True, slots=True)
class Limits:
    """How long the database bears with one connection, in seconds; 0 is without end.

    Attributes:
        statement_seconds: one statement.
        lock_seconds: waiting for one lock.
        idle_seconds: a transaction in which nothing is asked.
    """

    statement_seconds: int
    lock_seconds: int
    idle_seconds: int

    def options(self) -> str:
        """For PostgreSQL's connection option `options`."""
        limits = {
            "statement_timeout": self.statement_seconds,
            "lock_timeout": self.lock_seconds,
            "idle_in_transaction_session_timeout": self.idle_seconds,
        }
        return " ".join(f"-c {name}={limit * 1000}" for name, limit in limits.items())


COMMAND_LIMITS: Final = Limits(statement_seconds=0, lock_seconds=300, idle_seconds=0)
"""For commands and workers, which may calculate for hours and for which nobody watches a page.

Migrations have limits of their own: `bekal.core.migrating`.
"""

_DJANGO_NAMES = {"dbname": "NAME", "user": "USER", "password": "PASSWORD", "host": "HOST", "port": "PORT"}


def connection_settings(url: str | None, *, limits: Limits = COMMAND_LIMITS) -> dict[str, Any]:
    """Django's settings for a PostgreSQL address; without one, settings that name no server, so that connecting fails.

    What the address itself says in `options` holds where it differs from the limits.

    Raises:
        BadDatabaseUrl: not an address of a PostgreSQL database.
    """
    try:
        parts = conninfo_to_dict(url or "postgresql:///bekal")
    except ProgrammingError as error:
        raise BadDatabaseUrl(reason=f"DATABASE_URL: {error}") from error
    settings: dict[str, Any] = {"ENGINE": "django.db.backends.postgresql", "OPTIONS": {}}
    for name, value in parts.items():
        if name in _DJANGO_NAMES:
            settings[_DJANGO_NAMES[name]] = str(value)
        else:
            settings["OPTIONS"][name] = value
    settings["OPTIONS"]["options"] = f"{limits.options()} {settings['OPTIONS'].get('options', '')}".strip()
    return settings
