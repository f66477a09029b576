"""Reports for any range of posting dates: what accounts held before it, what moved in it, what they held after it.

What a group of accounts held at the end of a day is what its transfers dated that day or earlier add up to. So reports of
adjoining ranges join, and once a day is closed what a report says of it no longer changes.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from django.db import connection

from bekal.ledger.accounts import AccountKind, account_id, escrow_pool, kind_of, provider_account
from bekal.ledger.errors import RangeBackwards, UnknownAccount
from bekal.ledger.models import Balance
from bekal.ledger.queries import StatementLine, statement

_WAVES: Final[tuple[AccountKind, ...]] = (
    AccountKind.FUND,
    AccountKind.GRANTING,
    AccountKind.TRAINING,
    AccountKind.INCENTIVE,
    AccountKind.ESCROW,
    AccountKind.PAYABLE,
    AccountKind.CLEARING,
    AccountKind.PAID,
    AccountKind.RETURNED,
)


@dataclass(frozen=True, slots=True)
class Group:
    """All accounts of a kind together."""

    kind: AccountKind
    opening_idr: int
    in_idr: int
    out_idr: int

    @property
    def closing_idr(self) -> int:
        return self.opening_idr + self.in_idr - self.out_idr


@dataclass(frozen=True, slots=True)
class Flow:
    """What moved from accounts of one kind to accounts of another, within the range."""

    debit: AccountKind
    credit: AccountKind
    transfers: int
    amount_idr: int


@dataclass(frozen=True, slots=True)
class Report:
    """The books of a wave, a provider or the whole treasury, from the first day to the last, both included."""

    first: date
    last: date
    groups: tuple[Group, ...]
    flows: tuple[Flow, ...]


@dataclass(frozen=True, slots=True)
class AccountReport:
    """One owner's account: what it held before the first day, its transfers from there to the last, what it held after it."""

    owner: int
    first: date
    last: date
    opening_idr: int
    lines: tuple[StatementLine, ...]

    @property
    def closing_idr(self) -> int:
        return self.opening_idr + sum(line.change_idr for line in self.lines)


def account_report(*, owner: int, first: date, last: date) -> AccountReport:
    """An account as its owner sees it.

    Raises:
        RangeBackwards: the last day is before the first.
        UnknownAccount: no such owner.
    """
    _require_range(first, last)
    if not Balance.objects.filter(owner=owner).exists():
        raise UnknownAccount(owner=owner)
    lines = [line for line in statement(owner) if line.posting_date <= last]
    return AccountReport(
        owner=owner,
        first=first,
        last=last,
        opening_idr=sum(line.change_idr for line in lines if line.posting_date < first),
        lines=tuple(line for line in lines if line.posting_date >= first),
    )


def wave_report(*, fund: int, first: date, last: date) -> Report:
    """The money of a wave, by the transfers of its fund and of everyone in it.

    What providers were paid out of `payable` belongs to the provider, whichever wave it came from, and is not a wave's.

    Raises:
        RangeBackwards: the last day is before the first.
        UnknownAccount: no such fund.
    """
    if not Balance.objects.filter(owner=fund, fund=fund).exists():
        raise UnknownAccount(owner=fund)
    return _report(
        "owner IN (SELECT owner FROM ledger_balance WHERE fund = %(fund)s)",
        {"fund": fund},
        kinds=_WAVES,
        first=first,
        last=last,
    )


def provider_report(*, number: int, first: date, last: date) -> Report:
    """What a provider earned, is owed and was paid.

    Raises:
        RangeBackwards: the last day is before the first.
    """
    pools = {"escrow": escrow_pool(number), "payable": account_id(number, AccountKind.PAYABLE)}
    return _report(
        "(owner = %(provider)s OR debit IN (%(escrow)s, %(payable)s) OR credit IN (%(escrow)s, %(payable)s))",
        {**pools, "provider": provider_account(number)},
        kinds=(AccountKind.ESCROW, AccountKind.PAYABLE, AccountKind.CLEARING, AccountKind.PAID),
        first=first,
        last=last,
    )


def treasury_report(*, first: date, last: date) -> Report:
    """All money of all waves. The treasury's own account is what the state has put in and not got back, below zero.

    Raises:
        RangeBackwards: the last day is before the first.
    """
    return _report("true", {}, kinds=(AccountKind.TREASURY, *_WAVES), first=first, last=last)


def _report(condition: str, values: Mapping[str, int], *, kinds: Sequence[AccountKind], first: date, last: date) -> Report:
    _require_range(first, last)
    with connection.cursor() as cursor:
        cursor.execute(_FLOWS_SQL.format(condition=condition), {**values, "first": first, "last": last})
        rows = [
            (kind_of(debit), kind_of(credit), int(before), transfers, int(within))
            for debit, credit, before, transfers, within in cursor.fetchall()
        ]
    groups = [
        Group(
            kind=kind,
            opening_idr=sum(before * ((credit is kind) - (debit is kind)) for debit, credit, before, _, _ in rows),
            in_idr=sum(within for _, credit, _, _, within in rows if credit is kind),
            out_idr=sum(within for debit, _, _, _, within in rows if debit is kind),
        )
        for kind in kinds
    ]
    return Report(
        first=first,
        last=last,
        groups=tuple(groups),
        flows=tuple(
            Flow(debit=debit, credit=credit, transfers=transfers, amount_idr=within)
            for debit, credit, _, transfers, within in rows
            if transfers
        ),
    )


def _require_range(first: date, last: date) -> None:
    if last < first:
        raise RangeBackwards(first=first, last=last)


_FLOWS_SQL: Final = """
SELECT debit %% 10, credit %% 10,
    coalesce(sum(amount_idr) FILTER (WHERE posting_date < %(first)s), 0),
    count(*) FILTER (WHERE posting_date >= %(first)s),
    coalesce(sum(amount_idr) FILTER (WHERE posting_date >= %(first)s), 0)
FROM ledger_transfer
WHERE {condition} AND posting_date <= %(last)s
GROUP BY 1, 2
ORDER BY 1 DESC, 2 DESC
"""
