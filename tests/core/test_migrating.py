"""Whether a database is of this version, and making it so."""

from typing import Any

import psycopg
import pytest
from django.db import connection
from django.db.migrations.recorder import MigrationRecorder

from bekal.core import migrating
from bekal.core.migrating import (
    DatabaseNotMigrated,
    DatabaseOfAnotherVersion,
    MigrationHeldUp,
    migrate,
    require_current,
    require_known,
)


def test_a_database_of_today_is_left_as_it_is(committed_database: str, django_db_blocker: Any) -> None:
    with django_db_blocker.unblock():
        before = applied()
        require_current()
        assert migrate() == []
        assert applied() == before


@pytest.mark.parametrize("migration", [("ledger", "0007_sound_rows"), ("purchases", "9999_tomorrow")])
def test_a_database_of_another_version_is_refused(
    committed_database: str, django_db_blocker: Any, migration: tuple[str, str]
) -> None:
    with django_db_blocker.unblock():
        with connection.cursor() as cursor:
            cursor.execute("INSERT INTO django_migrations (app, name, applied) VALUES (%s, %s, now())", migration)
        before = applied()
        for attempt in (migrate, require_current):
            with pytest.raises(DatabaseOfAnotherVersion, match="{}/{}".format(*migration)):
                attempt()
        assert applied() == before


def test_an_older_database_is_refused_until_it_is_migrated(committed_database: str, django_db_blocker: Any) -> None:
    with django_db_blocker.unblock():
        lose_a_migration()
        with pytest.raises(DatabaseNotMigrated, match="1 migrasi belum diterapkan"):
            require_current()
        assert migrate() == ["sessions/0001_initial"]
        require_current()
        assert limit() == "5min"


def test_an_older_database_is_known_and_one_with_nothing_in_it_is_not(committed_database: str, django_db_blocker: Any) -> None:
    with django_db_blocker.unblock():
        lose_a_migration()
        require_known()
        MigrationRecorder(connection).migration_qs.all().delete()
        with pytest.raises(DatabaseNotMigrated):
            require_known()
        MigrationRecorder(connection).record_applied("purchases", "9999_tomorrow")
        with pytest.raises(DatabaseOfAnotherVersion):
            require_known()


def test_a_migration_gives_up_on_a_table_that_somebody_holds(
    committed_database: str, django_db_blocker: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(migrating, "_LOCK_SECONDS", 1)
    with django_db_blocker.unblock(), psycopg.connect(committed_database) as holder:
        lose_a_migration()
        holder.execute("CREATE TABLE django_session (held int)")
        with connection.cursor() as cursor:
            cursor.execute("SET statement_timeout = '60s'")  # who would wait for ever fails
        with pytest.raises(MigrationHeldUp):
            migrate()
        holder.rollback()
        assert migrate() == ["sessions/0001_initial"]


def lose_a_migration() -> None:
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE django_session")
    MigrationRecorder(connection).record_unapplied("sessions", "0001_initial")


def limit() -> str:
    with connection.cursor() as cursor:
        cursor.execute("SHOW lock_timeout")
        ((found,),) = cursor.fetchall()
    return str(found)


def applied() -> list[tuple[str, str]]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT app, name FROM django_migrations ORDER BY id")
        return list(cursor.fetchall())
