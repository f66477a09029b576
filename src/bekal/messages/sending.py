"""The lane that sends: what waits is claimed in portions, given to the gateway, and what is known of it kept.

A row says `sending`, and is committed, before its message leaves. Whatever kills the sender after that leaves a message of which
nobody knows whether it arrived: it is never sent again by itself. Several senders may work side by side.
"""

import json
import logging
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import timedelta
from typing import Final
from uuid import UUID

from django.db import connection, transaction
from django.utils.translation import override

from bekal.access.services import record_act
from bekal.core import clock
from bekal.core.sealing import UnreadableValue
from bekal.core.sql import load_sql
from bekal.jobs.kinds import Pause
from bekal.jobs.queue import enqueue
from bekal.messages import mark
from bekal.messages.codes import CODE, KNOWN, secret_code
from bekal.messages.contacts import REPLACED, forget_replaced, number_of, replaced_contact, verified_phones
from bekal.messages.models import Channel, Contact, Delivery, DeliveryState, SendingSwitch
from bekal.messages.senders import Answer, Outcome, Outgoing, Send, sender_of
from bekal.messages.services import LANE, SEND_JOB
from bekal.messages.templates import Stored, words_of

PORTION: Final = 16
"""How many messages at most are in doubt when a sender is killed."""
_AT_ONCE: Final = 8
_TURN_SECONDS: Final = 20.0
"""Then other jobs have their turn."""
UNANSWERED: Final = timedelta(minutes=2)
"""Longer than a gateway is waited for: whoever was to hear the answer is gone."""

_log: Final = logging.getLogger(__name__)
NO_ADDRESS: Final = "no_address"
_STATES: Final = {
    Answer.ACCEPTED: DeliveryState.ACCEPTED,
    Answer.REFUSED: DeliveryState.FAILED,
    Answer.UNKNOWN: DeliveryState.UNKNOWN,
    Answer.NOT_TAKEN: DeliveryState.WAITING,
}


@dataclass(frozen=True, slots=True)
class _Claimed:
    message: int
    public_id: UUID
    recipient: int | None
    template: str
    parameters: str
    about: UUID


def send_waiting(*, pause: Pause) -> None:
    """Send what waits, a portion at a time; what is left after a turn gets a job of its own.

    Args:
        pause: called between portions, each of which is committed.
    """
    # First: what a restored database holds as waiting did not expire, it is unknown.
    with transaction.atomic():
        _switch()
    _expire()
    _doubt_unanswered()
    # The SMS gateway is the only one so far.
    sender = sender_of(Channel.SMS)
    if sender.is_set():
        with sender.connected() as send:
            _send_portions(send=send, pause=pause)
    forget_replaced()


def _send_portions(*, send: Send, pause: Pause) -> None:
    # One message finds out whether the gateway answers, so that one that is ill leaves few in doubt.
    portion, ends_at = 1, time.monotonic() + _TURN_SECONDS
    while time.monotonic() < ends_at:
        claim, claimed = _claim(portion)
        if not claimed:
            return
        outcomes = _give_away(send, claimed)
        _keep(claim=claim, claimed=claimed, outcomes=outcomes)
        pause()
        said = {outcome.answer for outcome in outcomes}
        if Answer.NOT_TAKEN in said or said == {Answer.UNKNOWN}:
            # The worker that watches what is due comes back in some seconds.
            return
        portion = min(2 * portion, PORTION)
    enqueue(job=SEND_JOB, subject=LANE)


def _expire() -> None:
    now = clock.now()
    late = Delivery.objects.filter(state=DeliveryState.WAITING, useful_until__lte=now)
    with transaction.atomic():
        late = late.filter(pk__in=list(late.select_for_update(skip_locked=True).values_list("pk", flat=True)))
        late.update(state=DeliveryState.EXPIRED, changed_at=now)


def _doubt_unanswered() -> None:
    """What a killed sender left is unknown."""
    now = clock.now()
    left = Delivery.objects.filter(state=DeliveryState.SENDING, changed_at__lt=now - UNANSWERED)
    left.update(state=DeliveryState.UNKNOWN, changed_at=now)


def _claim(portion: int) -> tuple[int, list[_Claimed]]:
    """Claim the next portion, under the next number; none where sending is off, or is to be off from now on."""
    with transaction.atomic():
        switch = _switch()
        if switch.stopped_at is not None:
            return switch.claims, []
        claim = switch.claims + 1
        with connection.cursor() as cursor:
            cursor.execute(load_sql("messages", "claim"), {"now": clock.now(), "portion": portion, "claim": claim})
            claimed = [_Claimed(*row) for row in cursor.fetchall()]
        if not claimed:
            return claim, []
        switch.claims = claim
        switch.save(update_fields=["claims"])
    mark.advance(switch.identity, claim)
    return claim, claimed


def _switch() -> SendingSwitch:
    """The switch, locked for the caller's transaction, and off from now on if the database was restored."""
    SendingSwitch.objects.get_or_create()
    switch = SendingSwitch.objects.select_for_update().get()
    if switch.stopped_at is None and mark.was_restored(switch.identity, switch.claims):
        _stop(switch)
    return switch


def _stop(switch: SendingSwitch) -> None:
    """Send nothing more: the database was restored. What it holds as not sent may have been, so it is unknown."""
    now = clock.now()
    switch.stopped_at = now
    switch.save(update_fields=["stopped_at"])
    unsent = Delivery.objects.filter(state__in=[DeliveryState.WAITING, DeliveryState.SENDING])
    count = unsent.update(state=DeliveryState.UNKNOWN, changed_at=now, reason="restored")
    record_act(actor=None, verb="messages.stop", subject="messages", unknown=count)


def _give_away(send: Send, claimed: Sequence[_Claimed]) -> list[Outcome]:
    """The gateway's answers, in the order of what was claimed."""
    outgoing = list(_outgoing(claimed))
    with ThreadPoolExecutor(max_workers=_AT_ONCE) as threads:
        answers = [one if isinstance(one, Outcome) else threads.submit(send, one) for one in outgoing]
        return [answer if isinstance(answer, Outcome) else answer.result() for answer in answers]


def _outgoing(claimed: Sequence[_Claimed]) -> Iterator[Outgoing | Outcome]:
    """Each message in words, with its number; where it can't leave, why."""
    phones = verified_phones({one.recipient for one in claimed if one.recipient is not None})
    for one in claimed:
        try:
            to, secrets = _addressed(one, None if one.recipient is None else phones.get(one.recipient))
            if to is None:
                yield Outcome(Answer.REFUSED, NO_ADDRESS)
                continue
            with override(to.language):
                text = words_of(template=one.template, values={**json.loads(one.parameters), **secrets}).text
            yield Outgoing(reference=one.public_id, to=number_of(to), text=text)
        except UnreadableValue as error:
            # One number that was changed must not hold up the others of its portion.
            _log.error("a number or code cannot be opened", exc_info=error)
            yield Outcome(Answer.REFUSED, error.code)


def _addressed(one: _Claimed, phone: Contact | None) -> tuple[Contact | None, dict[str, Stored]]:
    """Where a message goes, and its secrets: a code goes to the number that it is to verify, a farewell to the former one."""
    if one.template == REPLACED:
        return replaced_contact(one.about), {}
    if one.template not in {CODE, KNOWN}:
        return phone, {}
    found = secret_code(one.about)
    return (None, {}) if found is None else (found[0], {"code": found[1]})


def _keep(*, claim: int, claimed: Sequence[_Claimed], outcomes: Sequence[Outcome]) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            load_sql("messages", "outcome"),
            {
                "messages": [one.message for one in claimed],
                "states": [str(_STATES[outcome.answer]) for outcome in outcomes],
                "reasons": [outcome.short_reason for outcome in outcomes],
                "claim": claim,
                "now": clock.now(),
            },
        )
