"""Opening accounts and posting single transfers."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from django.db import DataError, IntegrityError, connection

from bekal.core import clock
from bekal.core.money import MAX_IDR
from bekal.core.statistics import refresh_statistics
from bekal.ledger.accounts import (
    TREASURY,
    AccountKind,
    account_id,
    fund_account,
    incentive_account,
    provider_account,
    training_account,
)
from bekal.ledger.amounts import require_amount, require_key
from bekal.ledger.errors import (
    AccountClosed,
    BadAmount,
    DayClosed,
    FlowNotAllowed,
    InsufficientBalance,
    KeyConflict,
    UnknownAccount,
)
from bekal.ledger.models import GENESIS


@dataclass(frozen=True, slots=True)
class Posting:
    """What became of a transfer: its place in the owner's chain, the owner's balance right after it, and whether it was there."""

    owner: int
    sequence: int
    after_idr: int
    replayed: bool


def allocate_numbers(*, count: int) -> list[int]:
    """Reserve `count` account numbers, ascending."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT nextval('ledger_number') FROM generate_series(1, %s)", [count])
        return [number for (number,) in cursor.fetchall()]


def open_fund() -> int:
    """Open the fund of a wave at Rp 0 and return its account."""
    fund = fund_account(allocate_numbers(count=1)[0])
    _open_owners(owners=[fund], funds=[fund])
    return fund


def open_providers(*, scopes: Sequence[str]) -> list[int]:
    """Open each provider's own row, escrow and payable pool; return their account numbers in the same order.

    Args:
        scopes: one unique name for each provider, such as its public id.
    """
    numbers = allocate_numbers(count=len(scopes))
    _open_owners(owners=[provider_account(number) for number in numbers], funds=[None] * len(numbers))
    _open_pools(
        pools=[
            (account_id(number, kind), kind, scope)
            for number, scope in zip(numbers, scopes, strict=True)
            for kind in (AccountKind.ESCROW, AccountKind.PAYABLE)
        ]
    )
    return numbers


def open_entitlements(*, fund: int, count: int) -> list[int]:
    """Open the training and the incentive account of `count` enrolments; return their account numbers, ascending.

    Both accounts start at Rp 0 and belong to the wave's `fund`.
    """
    numbers = allocate_numbers(count=count)
    owners = [account for number in numbers for account in (training_account(number), incentive_account(number))]
    _open_owners(owners=owners, funds=[fund] * len(owners))
    return numbers


def open_channels(*, codes: Sequence[str]) -> dict[str, int]:
    """The account number of each bank channel's clearing and paid pools, which share it; opened at first use.

    Args:
        codes: of the channels, each up to 64 characters, such as `bni`.
    """
    scopes = sorted(set(codes))
    numbers = allocate_numbers(count=len(scopes))
    with connection.cursor() as cursor:
        # Both pools of a channel are inserted at once, so that they share a number, no matter who comes first.
        cursor.execute(
            "INSERT INTO ledger_pool (id, kind, scope)"
            " SELECT -number * 10 + kind, kind, scope"
            " FROM unnest(%s::bigint[], %s::text[]) AS opened (number, scope) CROSS JOIN unnest(%s::smallint[]) AS kind"
            " ORDER BY scope, kind ON CONFLICT (kind, scope) DO NOTHING",
            [numbers, scopes, [AccountKind.CLEARING, AccountKind.PAID]],
        )
        cursor.execute(
            "SELECT scope, ledger_number_of(id) FROM ledger_pool WHERE kind = %s AND scope = ANY (%s)",
            [AccountKind.CLEARING, scopes],
        )
        return dict(cursor.fetchall())


def returned_pool(*, fund: int, day: date) -> int:
    """The pool of what returns from a wave in the fiscal year of `day`; opened at first use."""
    scope = f"{fund}/{day.year}"
    with connection.cursor() as cursor:
        cursor.execute("SELECT id FROM ledger_pool WHERE kind = %s AND scope = %s", [AccountKind.RETURNED, scope])
        found = cursor.fetchone()
        if not found:
            cursor.execute(
                "INSERT INTO ledger_pool (id, kind, scope) VALUES (%s, %s, %s) ON CONFLICT DO NOTHING",
                [account_id(allocate_numbers(count=1)[0], AccountKind.RETURNED), AccountKind.RETURNED, scope],
            )
            cursor.execute("SELECT id FROM ledger_pool WHERE kind = %s AND scope = %s", [AccountKind.RETURNED, scope])
            found = cursor.fetchone()
    return int(found[0])


def fund_wave(*, fund: int, amount_idr: int, reference: str) -> Posting:
    """Move the state's money into a wave's fund.

    Args:
        reference: the funding decision's own number; the same decision funds once.
    """
    return post(owner=fund, key=f"fund:{reference}", debit=TREASURY, credit=fund, amount_idr=amount_idr)


def post(
    *,
    owner: int,
    key: str,
    debit: int,
    credit: int,
    amount_idr: int,
    forward_to: int | None = None,
    posting_date: date | None = None,
) -> Posting:
    """Post one transfer in the caller's transaction under the lock of its owner's row.

    Args:
        owner: the account whose chain the transfer joins; also `debit` or `credit` if it is a guarded account.
        key: the fact that it records, unique for the owner. The same key and content again gives the first result.
        forward_to: where a credit to a closed account goes on to, as a second transfer under `forward:<key>`.
        posting_date: the day of an unfinished run; today otherwise.

    Raises:
        BadAmount: not from 1 to the largest `bigint`, or more than the account can hold with what is in it.
        BadKey: the key is empty, too long, or no text.
        UnknownAccount: no such owner.
        FlowNotAllowed: no money flows that way.
        KeyConflict: the key was posted already, with other content.
        AccountClosed: a debit from a closed account, or a credit with nowhere to go on to.
        InsufficientBalance: with the amount that is missing.
        DayClosed: the posting date was closed; where it is today, the clock of this machine is behind.
    """
    day = posting_date or clock.today()
    require_amount(amount_idr)
    require_key(key, forwards=forward_to is not None)
    try:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT sequence, after_idr, replayed, closed_on, refusal FROM ledger_post("
                "%s::bigint, %s::text, %s::bigint, %s::bigint, %s::bigint, %s::date, %s::timestamptz, NULL, %s::bigint)",
                [owner, key, debit, credit, amount_idr, day, clock.now(), forward_to],
            )
            sequence, after_idr, replayed, closed_on, refusal = cursor.fetchone()
    except IntegrityError as error:
        raise FlowNotAllowed(debit=debit, credit=credit, key=key) from error
    except DataError as error:
        raise BadAmount(amount=amount_idr, largest=MAX_IDR) from error
    match refusal:
        case "unknown":
            raise UnknownAccount(owner=owner)
        case "conflict":
            raise KeyConflict(owner=owner, key=key)
        case "closed":
            raise AccountClosed(closed_on=closed_on)
        case "day_closed":
            raise DayClosed(day=day)
        case "insufficient":
            raise InsufficientBalance(available_idr=after_idr, amount_idr=amount_idr, missing_idr=amount_idr - after_idr)
    return Posting(owner=owner, sequence=sequence, after_idr=after_idr, replayed=replayed)


def lock_owner(*, owner: int) -> int:
    """Hold the owner's row to the end of the transaction and return what is available, in rupiah.

    Raises:
        UnknownAccount: no such owner.
        AccountClosed: the account was closed.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT available_idr, closed_on FROM ledger_balance WHERE owner = %s FOR UPDATE", [owner])
        row = cursor.fetchone()
    if row is None:
        raise UnknownAccount(owner=owner)
    if row[1] is not None:
        raise AccountClosed(closed_on=row[1])
    return int(row[0])


def reopen_owners(*, owners: Sequence[int]) -> None:
    """Open closed accounts again, under the locks of their rows, for money that is their owners' all the same."""
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE ledger_balance SET closed_on = NULL WHERE owner = ANY (%s) AND closed_on IS NOT NULL", [list(owners)]
        )


def _open_owners(*, owners: Sequence[int], funds: Sequence[int | None]) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO ledger_balance (owner, fund, head)"
            " SELECT owner, fund, %s FROM unnest(%s::bigint[], %s::bigint[]) AS opened (owner, fund)",
            [GENESIS, list(owners), list(funds)],
        )
    refresh_statistics("ledger_balance", rows=len(owners))


def _open_pools(*, pools: Sequence[tuple[int, AccountKind, str]]) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO ledger_pool (id, kind, scope)"
            " SELECT id, kind, scope FROM jsonb_to_recordset(%s::jsonb) AS opened (id bigint, kind smallint, scope text)",
            [json.dumps([{"id": pool, "kind": int(kind), "scope": scope} for pool, kind, scope in pools])],
        )
