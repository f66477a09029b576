"""Messages as they are written: with one person, and with many in one statement."""

from datetime import date, datetime
from typing import Any, Final
from uuid import UUID, uuid4

import pytest
from django.db import Error, IntegrityError, connection, transaction

from bekal.access.models import Role, User
from bekal.core import clock
from bekal.messages.models import Channel, Message
from bekal.messages.services import write, write_many, write_many_sql
from tests.builders import make_user, on

pytestmark = pytest.mark.django_db

DAY: Final = date(2021, 6, 15)
VALUES: Final[dict[str, Any]] = {"amount_idr": 300_000, "day": DAY, "title": "Kue basah"}
STORED: Final = {"amount_idr": 300_000, "day": "2021-06-15", "title": "Kue basah"}


def facts() -> list[tuple[User | None, str, UUID, Any]]:
    return [(each.recipient, each.template, each.about, each.parameters) for each in Message.objects.order_by("id")]


class TestOne:
    def test_keeps_the_fact_with_its_values(self) -> None:
        person, about = make_user(Role.PARTICIPANT), uuid4()
        with on(DAY):
            write(recipient=person, template="tests.owed", about=about, **VALUES)
            moment = clock.now()
        assert facts() == [(person, "tests.owed", about, STORED)]
        kept = Message.objects.get()
        assert (kept.written_at, kept.channel) == (moment, Channel.IN_APP)

    def test_is_of_the_callers_transaction(self) -> None:
        person = make_user(Role.PARTICIPANT)
        with transaction.atomic():
            write(recipient=person, template="tests.given", about=uuid4())
            transaction.set_rollback(True)
        assert facts() == []

    @pytest.mark.parametrize(
        "changes",
        [
            {"amount_idr": "300000"},
            {"amount_idr": True},
            {"amount_idr": 1.5},
            {"amount_idr": None},
            {"day": "2021-06-15"},
            {"day": datetime(2021, 6, 15, tzinfo=clock.JAKARTA)},
            {"title": 5},
            {"name": "Sari"},
        ],
    )
    def test_with_other_values_than_its_template_takes_is_refused(self, changes: dict[str, Any]) -> None:
        with pytest.raises(TypeError):
            write(recipient=make_user(Role.PARTICIPANT), template="tests.owed", about=uuid4(), **{**VALUES, **changes})
        assert facts() == []

    @pytest.mark.parametrize("missing", list(VALUES))
    def test_without_a_value_is_refused(self, missing: str) -> None:
        values = {name: value for name, value in VALUES.items() if name != missing}
        with pytest.raises(TypeError):
            write(recipient=make_user(Role.PARTICIPANT), template="tests.owed", about=uuid4(), **values)

    def test_of_a_template_that_nobody_registered_is_refused(self) -> None:
        with pytest.raises(KeyError):
            write(recipient=make_user(Role.PARTICIPANT), template="tests.none", about=uuid4())


SELECT: Final = """
    SELECT "user".id AS recipient, "user".public_id AS about, %(amount_idr)s AS amount_idr, date '2021-06-15' AS day,
        'Kue ' || "user".id AS title
    FROM access_user AS "user" WHERE "user".role = 'participant' ORDER BY "user".id
"""


class TestMany:
    def test_keeps_the_same_as_one_by_one(self) -> None:
        people = [make_user(Role.PARTICIPANT) for _ in range(3)]
        make_user(Role.OPERATOR)
        with on(DAY):
            assert write_many(template="tests.owed", select=SELECT, values={"amount_idr": 300_000}) == 3
            moment = clock.now()
        assert facts() == [(person, "tests.owed", person.public_id, {**STORED, "title": f"Kue {person.pk}"}) for person in people]
        assert {(each.written_at, each.channel) for each in Message.objects.all()} == {(moment, Channel.IN_APP)}
        assert len({each.public_id for each in Message.objects.all()}) == 3

    def test_follows_a_change_that_it_tells_of(self) -> None:
        person = make_user(Role.PARTICIPANT)
        make_user(Role.PARTICIPANT)
        with connection.cursor() as cursor:
            cursor.execute(
                "WITH changed AS (UPDATE access_user SET name = 'Dewi' WHERE id = %(user)s RETURNING id, public_id) "
                + write_many_sql(
                    template="tests.given",
                    select="SELECT id AS recipient, public_id AS about FROM changed",
                    written_at="%(posted_at)s",
                ),
                {"user": person.pk, "posted_at": clock.now()},
            )
        assert facts() == [(person, "tests.given", person.public_id, {})]

    @pytest.mark.parametrize("column", ["recipient", "about", "amount_idr", "day", "title"])
    def test_with_a_value_that_is_not_there_writes_nothing(self, column: str) -> None:
        make_user(Role.PARTICIPANT)
        typed = {"recipient": "NULL::bigint", "about": "NULL::uuid"}.get(column, "NULL")
        columns = [f"{typed} AS {name}" if name == column else name for name in ("recipient", "about", *VALUES)]
        select = f"SELECT {', '.join(columns)} FROM ({SELECT}) AS whole"
        with pytest.raises(IntegrityError), transaction.atomic():
            write_many(template="tests.owed", select=select, values={"amount_idr": 300_000})
        assert facts() == []

    def test_without_a_column_is_an_error(self) -> None:
        with pytest.raises(Error), transaction.atomic():
            write_many(template="tests.owed", select="SELECT id AS recipient, public_id AS about FROM access_user", values={})


class TestDatabase:
    """What holds even for a statement written by hand."""

    @pytest.mark.parametrize(
        "statement", ["UPDATE bekal_messages_message SET parameters = '{}'", "DELETE FROM bekal_messages_message"]
    )
    def test_refuses_to_change_what_was_said(self, statement: str) -> None:
        write(recipient=make_user(Role.PARTICIPANT), template="tests.given", about=uuid4())
        with pytest.raises(Error, match="append-only"), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement)
        assert len(facts()) == 1

    def test_refuses_to_be_emptied(self) -> None:
        with pytest.raises(Error, match="append-only"), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("TRUNCATE bekal_messages_message CASCADE")

    def test_knows_the_channels(self) -> None:
        with pytest.raises(IntegrityError, match="message_channel_known"), transaction.atomic():
            Message.objects.create(
                recipient=make_user(Role.PARTICIPANT),
                channel="pigeon",
                template="tests.given",
                parameters={},
                about=uuid4(),
                written_at=clock.now(),
            )
