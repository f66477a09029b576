"""Correcting a transfer: a new one that reverses it. No row is ever changed."""

from typing import Final

from django.db import transaction
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from bekal.access.models import Role, User
from bekal.access.services import require_role
from bekal.core.names import clean_text
from bekal.ledger.accounts import TREASURY, AccountKind, kind_of, number_of, provider_account
from bekal.ledger.errors import AccountClosed, UnknownAccount, WouldOverdraw
from bekal.ledger.models import Balance, Run, Transfer
from bekal.ledger.queries import can_give_idr
from bekal.ledger.runs.kinds import RunKind, register_run_kind
from bekal.ledger.runs.services import propose_run
from bekal.treasury.errors import AlreadyCorrected, NotCorrectable, ReasonMissing, UnknownTransfer

CORRECTION: Final = "correction"

_TARGETS_SQL: Final = """
    SELECT owner, 1 AS place, credit AS debit, debit AS credit, amount_idr AS bound_idr, 'correct:' || sequence AS key
    FROM ledger_transfer
    WHERE owner = %(owner)s AND sequence = %(sequence)s
"""
# Payable and returned are debited under the rows of their provider and their fund.
_LOCK_SQL: Final = "SELECT FROM ledger_balance WHERE owner = %(guardian)s FOR UPDATE"
_VERDICT_SQL: Final = """
    SELECT target.bound_idr AS amount_idr,
        CASE WHEN ledger_can_give_idr(target.owner, target.debit) < target.bound_idr THEN 'insufficient' END AS reason
"""


def register() -> None:
    """Tell the ledger how a correction works."""
    register_run_kind(
        RunKind(
            code=CORRECTION,
            title=_("Correction"),
            describe=_describe,
            targets_sql=_TARGETS_SQL,
            verdict_sql=_VERDICT_SQL,
            before_sql=_LOCK_SQL,
        )
    )


def _describe(run: Run) -> str:
    return gettext("Transfer {sequence} of account {owner} is reversed: {reason}").format(
        sequence=run.parameters["sequence"], owner=run.parameters["owner"], reason=run.reason
    )


@transaction.atomic
def propose_correction(*, owner: int, sequence: int, reason: str, proposer: User) -> Run:
    """Propose to reverse one transfer in full.

    Args:
        owner: the account whose chain holds it.
        sequence: its place in that chain.
        reason: why, for the approver and the auditor.

    Raises:
        RoleMissing: the proposer is not an operator.
        ReasonMissing: no reason was given.
        UnknownAccount, UnknownTransfer: there is no such account, or no such transfer.
        NotCorrectable: a grant, or what a run moved to grant it: it is taken back by its own rules.
        AlreadyCorrected: it was reversed before.
        AccountClosed: an account that it touches was closed.
        WouldOverdraw: what it moved is no longer there, with the amount that is missing.
    """
    require_role(user=proposer, role=Role.OPERATOR)
    reason = clean_text(reason)
    if not reason:
        raise ReasonMissing
    balance = Balance.objects.filter(owner=owner).first()
    if balance is None:
        raise UnknownAccount(owner=owner)
    transfer = Transfer.objects.filter(owner=owner, sequence=sequence).first()
    if transfer is None:
        raise UnknownTransfer(owner=owner, sequence=sequence)
    if any(kind_of(account) is AccountKind.GRANTING for account in (transfer.debit, transfer.credit)):
        raise NotCorrectable
    if Transfer.objects.filter(owner=owner, key=f"correct:{sequence}").exists():
        raise AlreadyCorrected(owner=owner, sequence=sequence)
    if balance.closed_on is not None and owner in (transfer.debit, transfer.credit):
        raise AccountClosed(closed_on=balance.closed_on)
    held_idr = can_give_idr(owner=owner, account=transfer.credit)
    if held_idr is not None and held_idr < transfer.amount_idr:
        missing_idr = transfer.amount_idr - held_idr
        raise WouldOverdraw(available_idr=held_idr, amount_idr=transfer.amount_idr, missing_idr=missing_idr)
    return propose_run(
        kind=CORRECTION,
        # A provider's transfers are of many waves.
        fund=TREASURY if balance.fund is None else balance.fund,
        parameters={
            "owner": owner,
            "sequence": sequence,
            "guardian": _guardian(owner=owner, fund=balance.fund, debit=transfer.credit),
        },
        proposer=proposer,
        reason=reason,
    )


def _guardian(*, owner: int, fund: int | None, debit: int) -> int:
    """The row under which the account that a correction debits is debited by everybody."""
    if kind_of(debit) is AccountKind.RETURNED and fund is not None:
        return fund
    if kind_of(debit) is AccountKind.PAYABLE:
        return provider_account(number_of(debit))
    return owner
