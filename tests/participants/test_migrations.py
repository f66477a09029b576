"""What migrations make of people who are there already."""

from importlib import import_module
from typing import Any

from django.db import connection, migrations
from django.db.migrations.loader import MigrationLoader

from bekal.participants.cards import is_card_number
from bekal.participants.models import Enrolment
from bekal.participants.services import enrol_people, register_people
from tests.builders import make_wave, registration

_MIGRATION = "0007_registering_and_applying"
_BEFORE = ("participants", "0006_applications")


def test_who_is_enrolled_already_gets_a_card_number(committed_database: str, django_db_blocker: Any) -> None:
    with django_db_blocker.unblock():
        people = register_people(registrations=[registration() for _ in range(3)])
        enrol_people(participants=people, wave=make_wave())
        with connection.cursor() as cursor:
            cursor.execute("ALTER TABLE participants_enrolment DROP COLUMN card_number")
        apply_to_enrolments()
        given = list(Enrolment.objects.values_list("card_number", flat=True))
        assert (len(given), len(set(given))) == (3, 3)
        assert all(is_card_number(each) for each in given)
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT attnotnull, EXISTS (SELECT FROM pg_index AS index WHERE index.indrelid = attrelid AND index.indisunique"
                " AND index.indkey::text = attnum::text) FROM pg_attribute"
                " WHERE attrelid = 'participants_enrolment'::regclass AND attname = 'card_number'"
            )
            assert cursor.fetchone() == (True, True)


def apply_to_enrolments() -> None:
    """Those steps of the migration that give enrolments their card numbers, in one transaction as it is applied."""
    migration = import_module(f"bekal.participants.migrations.{_MIGRATION}").Migration
    state = MigrationLoader(connection).project_state(_BEFORE)
    with connection.schema_editor() as editor:
        for step in migration.operations:
            after = state.clone()
            step.state_forwards("participants", after)
            if getattr(step, "name", "") == "card_number" or isinstance(step, migrations.RunPython):
                step.database_forwards("participants", editor, state, after)
            state = after
