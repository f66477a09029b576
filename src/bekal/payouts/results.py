"""Recording what a bank or e-wallet made of the payments that were sent to it."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from django.db import connection, transaction

from bekal.access.models import Role, User
from bekal.access.services import record_act, require_role
from bekal.core import clock
from bekal.core.names import clean_name
from bekal.core.sql import load_sql
from bekal.ledger.bulk import post_many
from bekal.ledger.models import Run
from bekal.ledger.services import reopen_owners, returned_pool
from bekal.messages.services import write_many
from bekal.payouts.errors import NotPaidBefore, PaymentCorrected, ReasonMalformed, ResultConflict, UnknownPayment
from bekal.payouts.messages import BOUNCED, REJECTED, REJECTED_RETURNED
from bekal.payouts.models import REASON_CHARACTERS, PaymentState


@dataclass(frozen=True, slots=True)
class Results:
    """How many results were new, by kind, and how many were known already."""

    paid: int
    rejected: int
    replayed: int
    bounced: int = 0


@dataclass(frozen=True, slots=True)
class _Payment:
    """A payment that a result names, with its transfer from `source` to `clearing`; `fund` is None for a provider's.

    A result is posted to the pool `paid` or back to where the money came from, under the key of its kind. What is rejected
    `goes_on` to the treasury where the account is over and the money was never its owner's to keep. `is_there`: the money is
    where the state says, in clearing or paid.
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
    bounced_key: str
    fund: int | None
    is_closed: bool
    goes_on: bool
    is_there: bool


# What each result makes of a payment in each state: something new, or nothing because it is known. Everything else contradicts.
_NEW: Final = {
    (PaymentState.SENT, PaymentState.PAID),
    (PaymentState.SENT, PaymentState.REJECTED),
    (PaymentState.PAID, PaymentState.BOUNCED),
}
_KNOWN: Final = {
    (PaymentState.PAID, PaymentState.PAID),
    (PaymentState.REJECTED, PaymentState.REJECTED),
    (PaymentState.BOUNCED, PaymentState.BOUNCED),
    # What came back was paid before: the file that said so may come again.
    (PaymentState.BOUNCED, PaymentState.PAID),
}


@transaction.atomic
def record_results(
    *,
    run: Run,
    paid: Sequence[UUID],
    rejected: Mapping[UUID, str],
    actor: User,
    bounced: Mapping[UUID, str] | None = None,
) -> Results:
    """Record results of payments that a run sent, all or none; a result that is known already changes nothing.

    What was paid leaves clearing. What was rejected goes back where it came from: an instalment can be paid again, a settlement
    is owed again. A rejected instalment whose account has closed since goes on to the treasury. What was paid and bounced goes
    back the same way through clearing; it was its owner's already, so a closed account is opened again for it.

    Args:
        paid: payments by their public ids.
        rejected: the same, each with the channel's reason of up to 64 characters. A large file is best recorded in portions.
        bounced: the same, of payments that were paid before and came back.

    Raises:
        RoleMissing: the actor is not an operator.
        UnknownPayment: a result names no payment of this run.
        ReasonMalformed: a reason is empty or too long.
        ResultConflict: a payment has two results, or another one than before.
        NotPaidBefore: a payment is said to have come back that was not paid.
        PaymentCorrected: a correction has taken a payment from where it was.
    """
    require_role(user=actor, role=Role.OPERATOR)
    rejected, bounced = _cleaned(rejected), _cleaned(bounced or {})
    wanted = (
        dict.fromkeys(paid, PaymentState.PAID)
        | dict.fromkeys(rejected, PaymentState.REJECTED)
        | dict.fromkeys(bounced, PaymentState.BOUNCED)
    )
    if both := len(set(paid)) + len(rejected) + len(bounced) - len(wanted):
        raise ResultConflict(conflicting=both)
    payments = _locked(run=run, public_ids=list(wanted))
    if unknown := len(wanted) - len(payments):
        raise UnknownPayment(unknown=unknown)
    new = _judged(payments=payments, wanted=wanted)
    by_result = {state: [one for one in new if wanted[one.public_id] == state] for state in PaymentState}
    if new:
        _post(**{state.value: by_result[state] for state in (PaymentState.PAID, PaymentState.REJECTED, PaymentState.BOUNCED)})
        _decide(payments=new, wanted=wanted, reasons={**rejected, **bounced})
        _tell(rejected=by_result[PaymentState.REJECTED], bounced=by_result[PaymentState.BOUNCED])
    results = Results(
        paid=len(by_result[PaymentState.PAID]),
        rejected=len(by_result[PaymentState.REJECTED]),
        replayed=len(payments) - len(new),
        bounced=len(by_result[PaymentState.BOUNCED]),
    )
    record_act(
        actor=actor,
        verb="payouts.record_results",
        subject=f"run:{run.public_id}",
        paid=results.paid,
        rejected=results.rejected,
        replayed=results.replayed,
        bounced=results.bounced,
    )
    return results


def _cleaned(reasons: Mapping[UUID, str]) -> dict[UUID, str]:
    cleaned = {payment: clean_name(reason) for payment, reason in reasons.items()}
    if malformed := sum(not 1 <= len(reason) <= REASON_CHARACTERS or "\0" in reason for reason in cleaned.values()):
        raise ReasonMalformed(malformed=malformed, most=REASON_CHARACTERS)
    return cleaned


def _locked(*, run: Run, public_ids: list[UUID]) -> list[_Payment]:
    """The payments of the run among these, as they are under the locks of their owners' rows, in the owners' order."""
    with connection.cursor() as cursor:
        cursor.execute(_LOCK_SQL, {"run": run.pk, "public_ids": public_ids})
        cursor.execute(load_sql("payouts", "results_of"), {"run": run.pk, "public_ids": public_ids})
        return [_Payment(public_id, PaymentState(state), *rest) for public_id, state, *rest in cursor.fetchall()]


def _judged(*, payments: Sequence[_Payment], wanted: Mapping[UUID, PaymentState]) -> list[_Payment]:
    """The payments whose result is new; refuses all where one contradicts what is known."""
    steps = [(payment, (payment.state, wanted[payment.public_id])) for payment in payments]
    new = [payment for payment, step in steps if step in _NEW]
    wrong = [step for _, step in steps if step not in _NEW | _KNOWN]
    if unpaid := sum(result == PaymentState.BOUNCED for _, result in wrong):
        raise NotPaidBefore(unpaid=unpaid)
    if wrong:
        raise ResultConflict(conflicting=len(wrong))
    if gone := sum(not payment.is_there for payment in new):
        raise PaymentCorrected(gone=gone)
    return new


def _post(*, paid: Sequence[_Payment], rejected: Sequence[_Payment], bounced: Sequence[_Payment]) -> None:
    kept = [*[one for one in rejected if not one.goes_on], *bounced]
    reopen_owners(owners=[one.owner for one in kept if one.is_closed])
    _move(paid, key=lambda one: one.paid_key, debit=lambda one: one.clearing, credit=lambda one: one.paid)
    _move(bounced, key=lambda one: one.bounced_key, debit=lambda one: one.paid, credit=lambda one: one.clearing)
    funds = {one.fund for one in rejected if one.goes_on and one.fund is not None}
    returned: dict[int | None, int] = {fund: returned_pool(fund=fund, day=clock.today()) for fund in funds}
    _move(
        [*rejected, *bounced],
        key=lambda one: one.rejected_key,
        debit=lambda one: one.clearing,
        credit=lambda one: one.source,
        forward_to=[*[returned.get(one.fund) if one.goes_on else None for one in rejected], *[None for _ in bounced]],
    )
    # An account that is open again for what bounced keeps that alone; the ledger itself sends on what reaches a closed one.
    _move(
        [one for one in rejected if one.goes_on and not one.is_closed],
        key=lambda one: f"forward:{one.rejected_key}",
        debit=lambda one: one.source,
        credit=lambda one: returned[one.fund],
    )


def _move(
    payments: Sequence[_Payment],
    *,
    key: Callable[[_Payment], str],
    debit: Callable[[_Payment], int],
    credit: Callable[[_Payment], int],
    forward_to: Sequence[int | None] | None = None,
) -> None:
    if payments:
        post_many(
            owners=[one.owner for one in payments],
            debits=[debit(one) for one in payments],
            credits_=[credit(one) for one in payments],
            amounts_idr=[one.amount_idr for one in payments],
            keys=[key(one) for one in payments],
            forward_to=forward_to,
        )


def _decide(*, payments: Sequence[_Payment], wanted: Mapping[UUID, PaymentState], reasons: Mapping[UUID, str]) -> None:
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


def _tell(*, rejected: Sequence[_Payment], bounced: Sequence[_Payment]) -> None:
    """Tell the people whose incentives came back; providers and people without a login are told nothing."""
    told: list[tuple[str, Iterable[_Payment]]] = [
        (REJECTED, [one for one in rejected if not one.goes_on]),
        (REJECTED_RETURNED, [one for one in rejected if one.goes_on]),
        (BOUNCED, bounced),
    ]
    for template, payments in told:
        if public_ids := [payment.public_id for payment in payments]:
            write_many(template=template, select=_TOLD_SQL, values={"public_ids": public_ids, "today": clock.today()})


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
SELECT participant.user_id AS recipient, payment.public_id AS about, payment.amount_idr, %(today)s::date AS came_back_on
FROM payouts_payment AS payment
JOIN payouts_paymentaccount AS account ON account.id = payment.account_id
JOIN participants_participant AS participant ON participant.id = account.participant_id
WHERE payment.public_id = ANY (%(public_ids)s::uuid[]) AND participant.user_id IS NOT NULL
"""

_DECIDE_SQL: Final = """
UPDATE payouts_payment AS payment
SET state = result.state, reason = result.reason, decided_at = coalesce(payment.decided_at, %(now)s),
    bounced_at = CASE WHEN result.state = 'bounced' THEN %(now)s::timestamptz END
FROM unnest(%(public_ids)s::uuid[], %(states)s::text[], %(reasons)s::text[]) AS result (public_id, state, reason)
WHERE payment.public_id = result.public_id
"""
