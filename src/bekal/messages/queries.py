"""What the office sees of messages that leave the database."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Final

from django.db import connection

from bekal.core.sql import load_sql
from bekal.messages.models import Delivery, DeliveryState, SendingSwitch

SHOWN: Final = 50
_UNKNOWN_KINDS_SQL: Final = """
    SELECT template, count(*), encode(sha256(string_agg(message_id::text, ',' ORDER BY message_id)::bytea), 'hex')
    FROM bekal_messages_delivery WHERE state = 'unknown' GROUP BY template ORDER BY template
"""


@dataclass(frozen=True, slots=True)
class Sum:
    """How many messages of a kind were queued for a channel, and what became of them.

    `queued` is `confirmed` + `failed` + `expired` + `unknown` + `waiting`, at any time; `delivered` is a part of `confirmed`.
    """

    channel: str
    template: str
    queued: int
    confirmed: int
    delivered: int
    failed: int
    expired: int
    unknown: int
    waiting: int

    @property
    def accounted(self) -> int:
        """What `queued` must be equal to."""
        return self.confirmed + self.failed + self.expired + self.unknown + self.waiting


def sums() -> list[Sum]:
    """By channel and kind, in one query."""
    with connection.cursor() as cursor:
        cursor.execute(load_sql("messages", "sums"))
        return [Sum(*row) for row in cursor.fetchall()]


def unknown_deliveries() -> list[Delivery]:
    """The oldest messages of which nobody knows whether they arrived, with their messages, in one query.

    What is being sent, and counted as unknown meanwhile, is not among them.
    """
    unknown = Delivery.objects.filter(state=DeliveryState.UNKNOWN)
    return list(unknown.select_related("message").order_by("message")[:SHOWN])


@dataclass(frozen=True, slots=True)
class UnknownKind:
    """How many messages of a kind are unknown, and a digest that tells these from any others."""

    template: str
    messages: int
    digest: str


def unknown_kinds() -> list[UnknownKind]:
    """By kind, without what is being sent, in one query."""
    with connection.cursor() as cursor:
        cursor.execute(_UNKNOWN_KINDS_SQL)
        return [UnknownKind(*row) for row in cursor.fetchall()]


def digest_of(deliveries: Sequence[int]) -> str:
    """A digest of the primary keys of deliveries, in their order; `unknown_kinds` makes the same."""
    return sha256(",".join(map(str, deliveries)).encode()).hexdigest()


def stopped_at() -> datetime | None:
    """Since when sending is off; None where it is on."""
    return SendingSwitch.objects.values_list("stopped_at", flat=True).first()
