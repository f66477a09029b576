"""Recording what a bank or e-wallet made of the payments that were sent to it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from django.db import connection, transaction

from bekal.access.models import Role, User
from bekal.access.services import record_act, require_role
from bekal.core import clock
from bekal.core.sql import load_sql
from bekal.ledger.bulk import post_many
from bekal.ledger.models import Run
from bekal.ledger.services import returned_pool
from bekal.messages.services import write_many
from bekal.payouts.errors import PaymentCorrected, ResultConflict, UnknownPayment
from bekal.payouts.messages import REJECTED, REJECTED_RETURNED
from bekal.payouts.models import PaymentState


@dataclass(frozen=True, slots=True)
class Results:
    """How many results were new, by kind, and how many were known already."""

    paid: int
    rejected: int
    replayed: int


@dataclass(frozen=True, slots=True)
class _Sent:
    """A payment that a result names, with its transfer from `source` to `clearing`; `fund` is None for a provider's.

    Its result is posted under `paid_key` to the pool `paid`, or under `rejected_key` back to where it came from.
    """

    public_id: UUID
    state: PaymentState
    owner: int
    source: int
    clearing: int
    paid: int
    amount_idr: int
    paid_key: str
    rejected_key: str
    fund: int | None
    is_closed: bool
    is_in_clearing: bool


@transaction.atomic
def record_results(*, run: Run, paid: Sequence[UUID], rejected: Mapping[UUID, str], actor: User) -> Results:
    """Record results of payments that a run sent, all or none; a result that is known already changes nothing.

    What was paid leaves clearing for good. What was rejected goes back where it came from: an instalment can be paid again, a
    settlement is owed again. An instalment whose account has closed since goes on to the treasury.

    Args:
        paid: payments by their public ids.
        rejected: the same, each with the channel's reason of up to 64 characters. A large file is best recorded in portions.

    Raises:
        RoleMissing: the actor is not an operator.
        UnknownPayment: a result names no payment of this run.
        ResultConflict: a payment is said to be both, now or by an earlier result.
        PaymentCorrected: a correction has taken a payment out of clearing.
    """
    require_role(user=actor, role=Role.OPERATOR)
    wanted = dict.fromkeys(paid, PaymentState.PAID) | dict.fromkeys(rejected, PaymentState.REJECTED)
    if both := len(set(paid) & rejected.keys()):
        raise ResultConflict(conflicting=both)
    payments = _locked(run=run, public_ids=list(wanted))
    if unknown := len(wanted) - len(payments):
        raise UnknownPayment(unknown=unknown)
    new = [payment for payment in payments if payment.state == PaymentState.SENT]
    if conflicting := sum(payment.state not in (PaymentState.SENT, wanted[payment.public_id]) for payment in payments):
        raise ResultConflict(conflicting=conflicting)
    if gone := sum(not payment.is_in_clearing for payment in new):
        raise PaymentCorrected(gone=gone)
    if new:
        _post(payments=new, wanted=wanted)
        _decide(payments=new, wanted=wanted, reasons=rejected)
        _tell([payment for payment in new if wanted[payment.public_id] == PaymentState.REJECTED])
    paid_count = sum(wanted[payment.public_id] == PaymentState.PAID for payment in new)
    results = Results(paid=paid_count, rejected=len(new) - paid_count, replayed=len(payments) - len(new))
    record_act(
        actor=actor,
        verb="payouts.record_results",
        subject=f"run:{run.public_id}",
        paid=results.paid,
        rejected=results.rejected,
        replayed=results.replayed,
    )
    return results


def _locked(*, run: Run, public_ids: list[UUID]) -> list[_Sent]:
    """The payments of the run among these, as they are under the locks of their owners' rows, in the owners' order."""
    with connection.cursor() as cursor:
        cursor.execute(_LOCK_SQL, {"run": run.pk, "public_ids": public_ids})
        cursor.execute(load_sql("payouts", "results_of"), {"run": run.pk, "public_ids": public_ids})
        return [_Sent(public_id, PaymentState(state), *rest) for public_id, state, *rest in cursor.fetchall()]


def _post(*, payments: Sequence[_Sent], wanted: Mapping[UUID, PaymentState]) -> None:
    is_paid = [wanted[payment.public_id] == PaymentState.PAID for payment in payments]
    returned: dict[int | None, int] = {
        payment.fund: returned_pool(fund=payment.fund, day=clock.today())
        for payment in payments
        if payment.is_closed and payment.fund is not None
    }
    post_many(
        owners=[payment.owner for payment in payments],
        debits=[payment.clearing for payment in payments],
        credits_=[payment.paid if it_is else payment.source for payment, it_is in zip(payments, is_paid, strict=True)],
        amounts_idr=[payment.amount_idr for payment in payments],
        keys=[payment.paid_key if it_is else payment.rejected_key for payment, it_is in zip(payments, is_paid, strict=True)],
        forward_to=[returned.get(payment.fund) if payment.is_closed else None for payment in payments],
    )


def _decide(*, payments: Sequence[_Sent], wanted: Mapping[UUID, PaymentState], reasons: Mapping[UUID, str]) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            _DECIDE_SQL,
            {
                "public_ids": [payment.public_id for payment in payments],
                "states": [str(wanted[payment.public_id]) for payment in payments],
                "reasons": [reasons.get(payment.public_id, "") for payment in payments],
                "now": clock.now(),
            },
        )


def _tell(rejected: Sequence[_Sent]) -> None:
    """Tell the people whose incentives came back; providers and people without a login are told nothing."""
    for template, is_closed in ((REJECTED, False), (REJECTED_RETURNED, True)):
        if public_ids := [payment.public_id for payment in rejected if payment.is_closed is is_closed]:
            write_many(template=template, select=_TOLD_SQL, values={"public_ids": public_ids})


_LOCK_SQL: Final = """
SELECT count(*) FROM (
    SELECT FROM ledger_balance AS balance
    JOIN payouts_payment AS payment ON payment.owner = balance.owner
    WHERE payment.run = %(run)s AND payment.public_id = ANY (%(public_ids)s::uuid[])
    ORDER BY balance.owner
    FOR UPDATE OF balance
) AS locked
"""

_TOLD_SQL: Final = """
SELECT participant.user_id AS recipient, payment.public_id AS about, payment.amount_idr
FROM payouts_payment AS payment
JOIN payouts_paymentaccount AS account ON account.id = payment.account_id
JOIN participants_participant AS participant ON participant.id = account.participant_id
WHERE payment.public_id = ANY (%(public_ids)s::uuid[]) AND participant.user_id IS NOT NULL
"""

_DECIDE_SQL: Final = """
UPDATE payouts_payment AS payment
SET state = result.state, reason = result.reason, decided_at = %(now)s
FROM unnest(%(public_ids)s::uuid[], %(states)s::text[], %(reasons)s::text[]) AS result (public_id, state, reason)
WHERE payment.public_id = result.public_id
"""
