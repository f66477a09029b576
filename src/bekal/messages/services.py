"""Writing messages, in the transaction of what they tell."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.db import connection

from bekal.access.models import User
from bekal.core import clock
from bekal.messages.models import Message
from bekal.messages.templates import Value, template_of


def write(*, recipient: User, template: str, about: UUID, **values: Value) -> Message:
    """Tell one person something, in the caller's transaction.

    Args:
        template: the code of a registered template.
        about: the public id of what this is about.
        values: one for each placeholder of the template.

    Raises:
        TypeError: the values are not those of the template.
    """
    parameters = template_of(template).stored(values)
    return Message.objects.create(
        recipient=recipient, template=template, parameters=parameters, about=about, written_at=clock.now()
    )


def write_many(*, template: str, select: str, values: Mapping[str, Any]) -> int:
    """Tell many people something in one statement, in the caller's transaction; how many messages it wrote.

    Args:
        template, select: as for `write_many_sql`.
        values: the parameters of `select`.
    """
    with connection.cursor() as cursor:
        cursor.execute(write_many_sql(template=template, select=select), {**values, "written_at": clock.now()})
        return int(cursor.rowcount)


def write_many_sql(*, template: str, select: str, written_at: str = "%(written_at)s") -> str:
    """The INSERT of `write_many`, for a room that executes it with statements of its own, such as the `after_sql` of a run.

    It may follow a WITH, whose tables `select` then reads. It is executed with parameters.

    Args:
        template: the code of a registered template.
        select: a SELECT, part of the code and never put together from what somebody typed, of one row for each message. Its
            columns are found by name: `recipient` (the id of a user, never NULL: leave out people without a login), `about` (a
            uuid), and one for each placeholder of the template, under its name: a bigint of whole rupiah, a date, a text. A NULL
            in any of them is refused by the database, and with it the whole statement.
        written_at: SQL for the moment of writing.
    """
    found = template_of(template)
    pairs = ", ".join(f"'{name}', chosen.{name}::{placeholder.sql}" for name, placeholder in found.placeholders.items())
    return (
        "INSERT INTO bekal_messages_message (recipient_id, template, parameters, about, written_at)"
        f" SELECT chosen.recipient, '{found.code}', jsonb_build_object({pairs}), chosen.about, {written_at}"
        f" FROM ({select}) AS chosen"
    )
