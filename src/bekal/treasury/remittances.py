"""Sending returned money to the treasury, to stay there or for a later wave."""

from typing import Final

from django.db import IntegrityError, connection, transaction
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from bekal.access.models import Role, User
from bekal.access.services import record_act, require_role
from bekal.ledger.accounts import TREASURY, AccountKind
from bekal.ledger.amounts import require_amount
from bekal.ledger.errors import WouldOverdraw
from bekal.ledger.models import Run, RunState
from bekal.ledger.queries import can_give_idr
from bekal.ledger.references import is_reference
from bekal.ledger.runs.kinds import RunKind, register_run_kind
from bekal.ledger.runs.services import propose_run
from bekal.programmes.models import Wave
from bekal.treasury.errors import (
    BadReference,
    NotALaterWave,
    NothingReturned,
    NotRemitted,
    OrderUsed,
    ReceiptUsed,
    UnknownOrder,
)
from bekal.treasury.models import Remittance

REMITTANCE: Final = "remittance"
REALLOCATION: Final = "reallocation"

# The fund of the wave owns every debit of `returned`, and its row is locked as that of the one target.
_TARGETS_SQL: Final = """
    SELECT %(fund)s::bigint AS owner, 1 AS place, %(returned)s::bigint AS debit, %(treasury)s::bigint AS credit,
        %(amount_idr)s::bigint AS bound_idr, %(key)s AS key
"""
_VERDICT_SQL: Final = """
    SELECT target.bound_idr AS amount_idr,
        CASE WHEN ledger_can_give_idr(target.owner, target.debit) < target.bound_idr THEN 'insufficient' END AS reason
"""
_ONWARD_SQL: Final = """
    SELECT ledger_must_post(
        %(to_fund)s::bigint, 'reallocated:' || %(order_number)s, %(treasury)s::bigint, %(to_fund)s::bigint,
        posted.amount_idr, %(posting_date)s::date, %(posted_at)s::timestamptz
    )
    FROM ledger_posted_targets(%(run)s, %(low)s, %(high)s) AS posted
"""


def register() -> None:
    """Tell the ledger how both runs work."""
    register_run_kind(
        RunKind(
            code=REMITTANCE,
            title=_("Remittance to the treasury"),
            describe=_describe_remittance,
            targets_sql=_TARGETS_SQL,
            verdict_sql=_VERDICT_SQL,
        )
    )
    register_run_kind(
        RunKind(
            code=REALLOCATION,
            title=_("Re-allocation to a later wave"),
            describe=_describe_reallocation,
            targets_sql=_TARGETS_SQL,
            verdict_sql=_VERDICT_SQL,
            after_sql=_ONWARD_SQL,
        )
    )


def _describe_remittance(run: Run) -> str:
    return gettext("By order {order_number}, returned money of this wave goes to the state treasury.").format(
        order_number=run.parameters["order_number"]
    )


def _describe_reallocation(run: Run) -> str:
    return gettext("By order {order_number}, returned money goes through the treasury to the fund of wave {number}.").format(
        order_number=run.parameters["order_number"], number=run.parameters["to_wave"]
    )


def propose_remittance(*, wave: Wave, fiscal_year: int, amount_idr: int, order_number: str, proposer: User) -> Run:
    """Propose to send money that returned from a wave in a fiscal year to the treasury.

    Args:
        order_number: the number of the order; it is used for one remittance, unless that was cancelled.

    Raises:
        RoleMissing: the proposer is not an operator.
        BadAmount, BadReference: the amount, or the order's number.
        NothingReturned: nothing returned from the wave in that year.
        WouldOverdraw: with the amount that is missing.
        OrderUsed: the order was used for another remittance.
    """
    return _propose(
        kind=REMITTANCE,
        key=f"remit:{order_number}",
        wave=wave,
        to_wave=None,
        fiscal_year=fiscal_year,
        amount_idr=amount_idr,
        order_number=order_number,
        proposer=proposer,
    )


def propose_reallocation(
    *, wave: Wave, to_wave: Wave, fiscal_year: int, amount_idr: int, order_number: str, proposer: User
) -> Run:
    """Propose to send money that returned from a wave in a fiscal year through the treasury into a later wave's fund.

    Args:
        order_number: as in `propose_remittance`; both share one directory.

    Raises:
        NotALaterWave: the other wave did not begin later.
        RoleMissing, BadAmount, BadReference, NothingReturned, WouldOverdraw, OrderUsed: as `propose_remittance`.
    """
    require_role(user=proposer, role=Role.OPERATOR)
    # Funds are locked from the earlier wave to the later one, so that re-allocations never wait for each other in a circle.
    if (wave.accepted_on, wave.fund) >= (to_wave.accepted_on, to_wave.fund):
        raise NotALaterWave
    return _propose(
        kind=REALLOCATION,
        key=f"reallocate:{order_number}",
        wave=wave,
        to_wave=to_wave,
        fiscal_year=fiscal_year,
        amount_idr=amount_idr,
        order_number=order_number,
        proposer=proposer,
    )


@transaction.atomic
def record_receipt(*, order_number: str, receipt_number: str, actor: User) -> Remittance:
    """Note the number with which the treasury acknowledged a remittance; the same number again changes nothing.

    Raises:
        RoleMissing: the actor is not an operator.
        BadReference: not a number of a receipt.
        UnknownOrder: no remittance has this order.
        NotRemitted: it has not been posted.
        ReceiptUsed: the order has another receipt, or another order has this one.
    """
    require_role(user=actor, role=Role.OPERATOR)
    _require_reference(receipt_number)
    remittance = (
        Remittance.objects.select_for_update(of=("self",)).select_related("run").filter(order_number=order_number).first()
    )
    if remittance is None:
        raise UnknownOrder(order_number=order_number)
    if remittance.run.posted_count == 0:
        raise NotRemitted(order_number=order_number)
    if remittance.receipt_number == receipt_number:
        return remittance
    if remittance.receipt_number is not None:
        raise ReceiptUsed(receipt_number=remittance.receipt_number)
    remittance.receipt_number = receipt_number
    try:
        with transaction.atomic():
            remittance.save(update_fields=["receipt_number"])
    except IntegrityError as error:
        raise ReceiptUsed(receipt_number=receipt_number) from error
    record_act(actor=actor, verb="remittance.receipt", subject=f"run:{remittance.run.public_id}", receipt_number=receipt_number)
    return remittance


def returned_pools(wave: Wave) -> dict[int, int]:
    """The pool of what returned from the wave in each fiscal year in which something did."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT split_part(scope, '/', 2)::int, id FROM ledger_pool WHERE kind = %s AND starts_with(scope, %s) ORDER BY 1",
            [AccountKind.RETURNED, f"{wave.fund}/"],
        )
        return dict(cursor.fetchall())


@transaction.atomic
def _propose(
    *,
    kind: str,
    key: str,
    wave: Wave,
    to_wave: Wave | None,
    fiscal_year: int,
    amount_idr: int,
    order_number: str,
    proposer: User,
) -> Run:
    require_role(user=proposer, role=Role.OPERATOR)
    _require_reference(order_number)
    require_amount(amount_idr)
    returned = returned_pools(wave).get(fiscal_year)
    if returned is None:
        raise NothingReturned(fiscal_year=fiscal_year)
    held_idr = can_give_idr(owner=wave.fund, account=returned) or 0
    if held_idr < amount_idr:
        raise WouldOverdraw(available_idr=held_idr, amount_idr=amount_idr, missing_idr=amount_idr - held_idr)
    parameters: dict[str, str | int] = {
        "treasury": TREASURY,
        "amount_idr": amount_idr,
        "key": key,
        "order_number": order_number,
    }
    if to_wave is not None:
        parameters |= {"to_fund": to_wave.fund, "to_wave": to_wave.number}
    run = propose_run(kind=kind, fund=wave.fund, parameters=parameters, proposer=proposer, returned=returned)
    _enter(order_number=order_number, wave=wave, to_wave=to_wave, fiscal_year=fiscal_year, run=run)
    return run


def _enter(*, order_number: str, wave: Wave, to_wave: Wave | None, fiscal_year: int, run: Run) -> None:
    """Use the order for this run; one whose run was cancelled, or posted nothing, may be used again."""
    found = Remittance.objects.select_for_update(of=("self",)).select_related("run").filter(order_number=order_number).first()
    if found is None:
        found = Remittance(order_number=order_number)
    elif not is_void(found):
        raise OrderUsed(order_number=order_number)
    found.wave, found.to_wave, found.fiscal_year, found.run = wave, to_wave, fiscal_year, run
    try:
        with transaction.atomic():
            found.save()
    except IntegrityError as error:
        raise OrderUsed(order_number=order_number) from error


def is_void(remittance: Remittance) -> bool:
    """Whether nothing came of a remittance, so that its order may be used again; its run is read with it."""
    run = remittance.run
    return run.state == RunState.CANCELLED or (run.state == RunState.FINISHED and run.posted_count == 0)


def _require_reference(text: str) -> None:
    if not is_reference(text):
        raise BadReference(reference=text)
