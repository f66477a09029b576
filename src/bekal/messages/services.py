"""Writing messages, in the transaction of what they tell: in the application always, and by SMS where the person wants it."""

from collections.abc import Mapping
from typing import Any, Final
from uuid import UUID

from django.db import connection, transaction

from bekal.access.models import User
from bekal.core import clock
from bekal.jobs.queue import enqueue
from bekal.messages.models import Channel, Message
from bekal.messages.templates import Placeholder, Value, template_of

SEND_JOB: Final = "messages.send"
LANE: Final = 1
"""What the job that sends is about: there is one lane."""


@transaction.atomic
def write(*, recipient: User, template: str, about: UUID, **values: Value) -> Message:
    """Tell one person something, in the caller's transaction; returns the message that stands in the application.

    Args:
        template: the code of a registered template.
        about: the public id of what this is about.
        values: one for each placeholder of the template.

    Raises:
        TypeError: the values are not those of the template.
    """
    stored = template_of(template).stored(values)
    kept = template_of(template).kept
    columns = "".join(f", %({name})s::{placeholder.sql} AS {name}" for name, placeholder in kept.items())
    statement = write_many_sql(
        template=template, select=f"SELECT %(the_recipient)s AS recipient, %(the_about)s AS about{columns}"
    )
    given = {**stored, "the_recipient": recipient.pk, "the_about": about, "written_at": clock.now()}
    with connection.cursor() as cursor:
        cursor.execute(f"{statement} RETURNING id, channel", given)
        written = {channel: key for key, channel in cursor.fetchall()}
    if len(written) > 1:
        enqueue(job=SEND_JOB, subject=LANE)
    return Message.objects.get(pk=written[Channel.IN_APP])


def write_many(*, template: str, select: str, values: Mapping[str, Any]) -> int:
    """Tell many people something in one statement, in the caller's transaction; how many messages it wrote, by every channel.

    Args:
        template, select: as for `write_many_sql`.
        values: the parameters of `select`.
    """
    with connection.cursor() as cursor:
        cursor.execute(write_many_sql(template=template, select=select), {**values, "written_at": clock.now()})
        return int(cursor.rowcount)


def write_many_sql(*, template: str, select: str, written_at: str = "%(written_at)s") -> str:
    """The INSERT of `write_many`, for a room that executes it with statements of its own, such as the `after_sql` of a run.

    It may follow a WITH, whose tables `select` then reads. It is executed with parameters. What has to be sent, a worker finds
    within seconds.

    Args:
        template: the code of a registered template, without a secret.
        select: a SELECT, part of the code and never put together from what somebody typed, of one row for each message. Its
            columns are found by name: `recipient` (the id of a user, never NULL: leave out people without a login), `about` (a
            uuid), and one for each placeholder of the template, under its name: a bigint of whole rupiah, a date, a text. A NULL
            in any of them is refused by the database, and with it the whole statement.
        written_at: SQL for the moment of writing.
    """
    found = template_of(template)
    if Placeholder.SECRET in found.placeholders.values():
        raise TypeError(f"{found.code} has a secret")
    pairs = ", ".join(f"'{name}', chosen.{name}::{placeholder.sql}" for name, placeholder in found.placeholders.items())
    useful = f"{written_at} + interval '{found.useful.total_seconds():.0f} seconds'"
    return (
        "INSERT INTO bekal_messages_message (recipient_id, channel, template, parameters, about, written_at, useful_until)"
        f" SELECT chosen.recipient, way.channel, '{found.code}', jsonb_build_object({pairs}), chosen.about, {written_at},"
        f" CASE way.channel WHEN 'in_app' THEN NULL ELSE {useful} END"
        f" FROM ({select}) AS chosen CROSS JOIN LATERAL messages_ways(chosen.recipient, '{found.topic}') AS way (channel)"
    )


def send_alone(*, recipient: User | None, template: str, about: UUID, channel: Channel) -> Message:
    """Send something by one channel and keep no copy in the application, in the caller's transaction: for what holds a secret.

    Args:
        recipient: None for a newcomer, whose number `about` leads to.
    """
    now = clock.now()
    message = Message.objects.create(
        recipient=recipient,
        channel=channel,
        template=template,
        parameters=template_of(template).stored({}),
        about=about,
        written_at=now,
        useful_until=now + template_of(template).useful,
    )
    enqueue(job=SEND_JOB, subject=LANE)
    return message
