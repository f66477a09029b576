"""From a PostgreSQL address to Django's connection settings."""

from typing import Any

from psycopg import ProgrammingError
from psycopg.conninfo import conninfo_to_dict

from bekal.core.errors import Invalid


class BadDatabaseUrl(Invalid):
    """`DATABASE_URL` cannot be read."""

    code = "bad_database_url"


_DJANGO_NAMES = {"dbname": "NAME", "user": "USER", "password": "PASSWORD", "host": "HOST", "port": "PORT"}


def connection_settings(url: str | None) -> dict[str, Any]:
    """Django's settings for a PostgreSQL address; without one, settings that name no server, so that connecting fails.

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
    return settings
