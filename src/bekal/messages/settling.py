"""What is learnt of a message after it was sent: from the gateway's reports, or from an officer."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from django.db import connection, transaction
from django.db.models import QuerySet

from bekal.access.models import Role, User
from bekal.access.services import record_act, require_role
from bekal.core import clock
from bekal.jobs.queue import enqueue
from bekal.messages import mark
from bekal.messages.errors import BeingSent, NothingToSettle, SendingNotStopped, SettledMeanwhile
from bekal.messages.models import Channel, Delivery, DeliveryState, SendingSwitch
from bekal.messages.queries import digest_of
from bekal.messages.services import LANE, SEND_JOB

_REPORT_SQL: Final = (
    "UPDATE bekal_messages_delivery AS delivery SET state = %(state)s, reason = %(reason)s, changed_at = %(now)s"
    " FROM bekal_messages_message AS message WHERE message.id = delivery.message_id AND message.public_id = %(reference)s"
    " AND delivery.channel = %(channel)s AND messages_knowledge(%(state)s) > messages_knowledge(delivery.state)"
)


@dataclass(frozen=True, slots=True)
class Report:
    """What a gateway says of a message; `state` is accepted, delivered or failed."""

    reference: UUID
    state: DeliveryState
    reason: str = ""


@transaction.atomic
def record_reports(*, channel: Channel, reports: Sequence[Report]) -> int:
    """Keep what reports say that was not known yet; returns how many did. They may come twice, late and in any order.

    A message that this database holds as waiting was sent too, if a gateway says so: by the database as it was before a restore.
    """
    news = 0
    with connection.cursor() as cursor:
        # In one order, so that two calls never wait for each other.
        for report in sorted(reports, key=lambda report: report.reference):
            cursor.execute(
                _REPORT_SQL,
                {
                    "state": report.state,
                    "reason": report.reason,
                    "reference": report.reference,
                    "channel": channel,
                    "now": clock.now(),
                },
            )
            news += cursor.rowcount
    return news


@transaction.atomic
def settle_messages(*, references: Sequence[UUID], was_sent: bool, actor: User) -> int:
    """Say what became of messages that are unknown, after asking the gateway's operator; returns how many there were.

    None is sent again.

    Args:
        references: the public ids of messages. Those of which something is known by now are left as they are.

    Raises:
        RoleMissing: the actor is not an operator.
        BeingSent: one of them is being sent, and its sender is about to know more.
        NothingToSettle: none of them is unknown.
    """
    require_role(user=actor, role=Role.OPERATOR)
    found = dict(_held(Delivery.objects.filter(message__public_id__in=references)).values_list("pk", "state"))
    if DeliveryState.SENDING in found.values():
        raise BeingSent
    return _settle(pks=list(found), was_sent=was_sent, actor=actor, of=None)


@transaction.atomic
def settle_kind(*, template: str, shown: str, was_sent: bool, actor: User) -> int:
    """The same for every unknown message of a kind, as after a restore.

    Args:
        template: the code of the kind's template.
        shown: the digest of those that somebody saw counted, as of `queries.unknown_kinds`.

    Raises:
        RoleMissing, NothingToSettle: as `settle_messages`.
        SettledMeanwhile: others are unknown now.
    """
    require_role(user=actor, role=Role.OPERATOR)
    found = list(_held(Delivery.objects.filter(template=template, state=DeliveryState.UNKNOWN)).values_list("pk", flat=True))
    if found and digest_of(found) != shown:
        raise SettledMeanwhile
    return _settle(pks=found, was_sent=was_sent, actor=actor, of=template)


@transaction.atomic
def resume_sending(*, actor: User) -> None:
    """Send again after a restore: what is written from now on, and what was written since the restore was noticed.

    Raises:
        RoleMissing: the actor is not an operator.
        SendingNotStopped: it is on.
    """
    require_role(user=actor, role=Role.OPERATOR)
    switch = SendingSwitch.objects.select_for_update().filter(stopped_at__isnull=False).first()
    if switch is None:
        raise SendingNotStopped
    switch.claims = mark.settle(switch.identity, switch.claims)
    switch.stopped_at = None
    switch.save(update_fields=["claims", "stopped_at"])
    record_act(actor=actor, verb="messages.resume", subject="messages")
    enqueue(job=SEND_JOB, subject=LANE)


def _held(rows: QuerySet[Delivery]) -> QuerySet[Delivery]:
    """Rows that nobody changes meanwhile, locked in one order."""
    return rows.select_for_update(of=("self",)).order_by("pk")


def _settle(*, pks: Sequence[int], was_sent: bool, actor: User, of: str | None) -> int:
    state = DeliveryState.ACCEPTED if was_sent else DeliveryState.FAILED
    rows = Delivery.objects.filter(pk__in=pks, state=DeliveryState.UNKNOWN)
    settled = rows.update(state=state, settled_by=actor, changed_at=clock.now(), reason="settled")
    if not settled:
        raise NothingToSettle
    record_act(actor=actor, verb="messages.settle", subject="messages", outcome=state, messages=settled, kind=of)
    return settled
