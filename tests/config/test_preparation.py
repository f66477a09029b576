"""What a command does to the database before it runs."""

from typing import Any

import pytest
from django.db import connection

from bekal.config.preparation import DatabaseOfAnotherVersion, migrate


def test_a_database_of_today_is_left_as_it_is(committed_database: str, django_db_blocker: Any) -> None:
    with django_db_blocker.unblock():
        before = applied()
        migrate(committed_database)
        assert applied() == before


@pytest.mark.parametrize("migration", [("ledger", "0007_sound_rows"), ("purchases", "9999_tomorrow")])
def test_a_database_of_another_version_is_refused(
    committed_database: str, django_db_blocker: Any, migration: tuple[str, str]
) -> None:
    with django_db_blocker.unblock():
        with connection.cursor() as cursor:
            cursor.execute("INSERT INTO django_migrations (app, name, applied) VALUES (%s, %s, now())", migration)
        before = applied()
        with pytest.raises(DatabaseOfAnotherVersion, match="{}/{}".format(*migration)):
            migrate(committed_database)
        assert applied() == before


def applied() -> list[tuple[str, str]]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT app, name FROM django_migrations ORDER BY id")
        return list(cursor.fetchall())
