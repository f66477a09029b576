"""The schema of today, from the models and `<room>/schema/*.sql`, is what the migrations make: nothing missing, nothing stray."""

import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import pytest
from django.apps import apps
from django.core.management import call_command
from django.db import connections
from django.test import override_settings
from scripts import freeze_schema

import bekal
from bekal.config.postgres import Server, drop_database, ensure_database
from tests.conftest import connect_to

PACKAGE: Final = Path(bekal.__file__).parent
# The labels and folders of the apps with tables, from the lowest room up, since a schema may use what is below it.
APPS: Final = {
    app.label: Path(app.path).relative_to(PACKAGE).as_posix()
    for app in apps.get_app_configs()
    if app.name.startswith("bekal.") and Path(app.path, "migrations").exists()
}

# What each statement finds, by name; of the tables that are the project's own or that a library's migrations made.
_FINDINGS: Final = {
    "table": """
        SELECT relname, relkind::text, reloptions::text FROM pg_class
        WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'v', 'm', 'p', 'f')
    """,
    "column": """
        SELECT relname || '.' || attname, format_type(atttypid, atttypmod), attnotnull, attidentity::text,
            pg_get_expr(adbin, adrelid)
        FROM pg_attribute JOIN pg_class ON pg_class.oid = attrelid LEFT JOIN pg_attrdef ON adrelid = attrelid AND adnum = attnum
        WHERE relnamespace = 'public'::regnamespace AND relkind = 'r' AND attnum > 0 AND NOT attisdropped
    """,
    "constraint": """
        SELECT conrelid::regclass || '.' || conname, pg_get_constraintdef(oid), condeferrable, condeferred FROM pg_constraint
        WHERE connamespace = 'public'::regnamespace
    """,
    "view": "SELECT viewname, definition FROM pg_views WHERE schemaname = 'public'",
    "index": "SELECT indexname, indexdef FROM pg_indexes WHERE schemaname = 'public'",
    "trigger": """
        SELECT tgrelid::regclass || '.' || tgname, pg_get_triggerdef(oid), tgenabled::text FROM pg_trigger WHERE NOT tgisinternal
    """,
    "function": """
        SELECT oid::regprocedure::text, pg_get_functiondef(oid) FROM pg_proc
        WHERE pronamespace = 'public'::regnamespace AND prokind IN ('f', 'p')
    """,
    "sequence": """
        SELECT sequencename, data_type::text, start_value, min_value, max_value, increment_by, cycle FROM pg_sequences
        WHERE schemaname = 'public'
    """,
    "type": """
        SELECT typname, array(SELECT enumlabel::text FROM pg_enum WHERE enumtypid = pg_type.oid ORDER BY enumsortorder)
        FROM pg_type WHERE typnamespace = 'public'::regnamespace AND typtype IN ('e', 'd')
    """,
    "closing": "SELECT 'ledger_closing', id, through FROM ledger_closing",
}


@pytest.fixture
def database_of_today(django_db_setup: None, django_db_blocker: Any, postgres: Server) -> Iterator[str]:
    """A database that no migration of the project has touched: Django's tables of the models, then every room's schema.

    Yields the name of the migrated one.
    """
    migrated, name = connections["default"].settings_dict["NAME"], "schema_of_today"
    with django_db_blocker.unblock():
        connections["default"].close()
        ensure_database(postgres.url(name))
        connect_to(postgres, name)
        try:
            with override_settings(MIGRATION_MODULES=dict.fromkeys(APPS)):
                call_command("migrate", run_syncdb=True, verbosity=0, interactive=False)
            for folder in APPS.values():
                apply_schema(folder)
            yield migrated
        finally:
            connections["default"].close()
            connect_to(postgres, migrated)
            drop_database(postgres.url(name))


def apply_schema(folder: str) -> None:
    for part in sorted((PACKAGE / folder / "schema").glob("*.sql")):
        with connections["default"].cursor() as cursor:
            cursor.execute(part.read_text())


def folders_with(name: str) -> set[str]:
    return {path.parent.relative_to(PACKAGE).as_posix() for path in PACKAGE.rglob(name) if path.is_dir()}


def found() -> dict[str, dict[str, tuple[Any, ...]]]:
    """What the database of the moment holds: by kind of thing and name."""
    holdings = {}
    for kind, sql in _FINDINGS.items():
        with connections["default"].cursor() as cursor:
            cursor.execute(sql)
            holdings[kind] = {name: tuple(rest) for name, *rest in cursor.fetchall()}
    return holdings


def differences(ours: dict[str, dict[str, tuple[Any, ...]]], theirs: dict[str, dict[str, tuple[Any, ...]]]) -> dict[str, Any]:
    return {
        f"{kind} {name}": (ours[kind].get(name), theirs[kind].get(name))
        for kind in _FINDINGS
        for name in sorted(ours[kind].keys() | theirs[kind].keys())
        if ours[kind].get(name) != theirs[kind].get(name)
    }


@pytest.mark.django_db
def test_the_schema_files_change_nothing_in_a_migrated_database() -> None:
    before = found()
    for folder in APPS.values():
        apply_schema(folder)
    assert differences(before, found()) == {}


def test_migrations_make_what_models_and_schema_files_say(
    database_of_today: str, django_db_blocker: Any, postgres: Server
) -> None:
    with django_db_blocker.unblock():
        today = found()
        connections["default"].close()
        connect_to(postgres, database_of_today)
        migrated = found()
    assert today["function"].keys() >= {"core_refuse_change()", "ledger_day_is_closed(date)"}
    assert differences(today, migrated) == {}, "(models and schema files, migrations): run makemigrations or freeze_schema.py"


def test_every_room_with_a_schema_is_compared() -> None:
    assert folders_with("schema") <= set(APPS.values())
    assert folders_with("migrations") == set(APPS.values()), "an app is missing in INSTALLED_APPS"


def test_migrations_never_read_the_schema() -> None:
    migrations = [path.read_text() for path in PACKAGE.rglob("migrations/*.py")]
    assert [text for text in migrations if re.search(r"""["'/]schema["'/]""", text)] == []


def test_a_frozen_schema_follows_the_last_migration_of_its_app(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(freeze_schema, "PACKAGE", tmp_path)
    shutil.copytree(PACKAGE / "messages", tmp_path / "messages")
    migrations = tmp_path / "messages" / "migrations"
    last = max(path.stem for path in migrations.glob("0*.py"))

    assert freeze_schema.main(["messages", "later_change"]) == 0

    written = max(migrations.glob("0*.py"))
    assert written.stem == f"{int(last[:4]) + 1:04}_later_change"
    assert f'dependencies = [("bekal_messages", "{last}")]' in written.read_text()
    parts = [part.read_text() for part in sorted((PACKAGE / "messages" / "schema").glob("*.sql"))]
    assert (migrations / "sql" / f"{written.stem}.sql").read_text() == "\n".join(parts)
