"""What the office sees of messages that leave the database."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.db import connection

from bekal.core.sql import load_sql
from bekal.messages.models import Delivery, DeliveryState, SendingSwitch

SHOWN: Final = 50


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
    """The oldest messages of which nobody knows whether they arrived, with their messages, in one query."""
    in_doubt = [DeliveryState.SENDING, DeliveryState.UNKNOWN]
    return list(Delivery.objects.filter(state__in=in_doubt).select_related("message").order_by("message")[:SHOWN])


def stopped_at() -> datetime | None:
    """Since when sending is off; None where it is on."""
    return SendingSwitch.objects.values_list("stopped_at", flat=True).first()
