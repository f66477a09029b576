"""Why an instalment is not paid yet, and what is owed to a provider."""

import json
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Final

from django.db import connection

from bekal.catalogue.models import Provider
from bekal.core import clock
from bekal.core.sql import load_sql
from bekal.ledger.accounts import payable_pool, provider_account
from bekal.ledger.queries import can_give_idr
from bekal.participants.models import Enrolment
from bekal.payouts.instalments import STATE_SQL
from bekal.programmes.definition import load_definition
from bekal.programmes.definition.kinds import Gate


class InstalmentStatus(StrEnum):
    """How far an instalment has come; the first that holds."""

    PAID = "paid"
    IN_CLEARING = "in_clearing"
    CLOSED = "closed"
    """The enrolment has no incentive to pay from: not granted yet, or revoked."""
    LAPSED = "lapsed"
    """Its last day has passed with a gate unopened."""
    WAITING = "waiting"
    """A gate is missing."""
    NOT_DUE = "not_due"
    WITHHELD = "withheld"
    """A screening found the person, and no case has cleared that."""
    PAYABLE = "payable"


@dataclass(frozen=True, slots=True)
class InstalmentState:
    """One instalment of one enrolment, today.

    `missing` are the gates that are not open, or were not by `last_day`. `due_on` is the first day it may be paid, known once
    the first training is completed. `rejections` counts how often its bank sent it back, at once or after it was paid. Where the
    last payment came back and waits to be sent again, `came_back_on` is the day and `reason` the channel's word for it, and
    `is_same_account` says that it would go to the account from which it came back.
    """

    number: int
    amount_idr: int
    status: InstalmentStatus
    missing: tuple[Gate, ...]
    due_on: date | None
    last_day: date
    rejections: int
    came_back_on: date | None = None
    reason: str = ""
    is_same_account: bool = False


def instalments_of(enrolment: Enrolment) -> list[InstalmentState]:
    """Every instalment of an enrolment in the order of their numbers, in one query, by the rule that the runs judge by."""
    definition = load_definition(enrolment.wave.programme)
    listed = [
        {
            "number": instalment.number,
            "amount_idr": instalment.amount_idr,
            "months": instalment.months_after_completion,
            "last_day": definition.instalment_last_day(
                number=instalment.number, accepted_on=enrolment.wave.accepted_on
            ).isoformat(),
            "gates": list(instalment.gates),
        }
        for instalment in definition.incentives.instalments
    ]
    with connection.cursor() as cursor:
        cursor.execute(
            _STATES_SQL,
            {
                "enrolment": enrolment.pk,
                "instalments": json.dumps(listed),
                "channels": [channel.code for channel in definition.payment.channels],
                "today": clock.today(),
            },
        )
        rows = cursor.fetchall()
    return [
        InstalmentState(
            number=number,
            amount_idr=amount_idr,
            status=InstalmentStatus(status),
            missing=tuple(Gate(gate) for gate in missing),
            due_on=due_on,
            last_day=last_day,
            rejections=rejections,
            came_back_on=came_back_on,
            reason=reason or "",
            is_same_account=is_same_account,
        )
        for (number, amount_idr, status, missing, due_on, last_day, rejections, came_back_on, reason, is_same_account) in rows
    ]


def payable_idr(provider: Provider) -> int:
    """What is owed to a provider now and not on its way yet, in rupiah."""
    return can_give_idr(owner=provider_account(provider.number), account=payable_pool(provider.number)) or 0


_STATES_SQL: Final = load_sql("payouts", "states").replace("{state}", STATE_SQL.replace("{today}", "%(today)s::date"))
