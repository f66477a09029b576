"""Posting one transfer for each of many owners in one statement."""

from collections.abc import Sequence
from typing import Any, Final

from django.db import DataError, IntegrityError, connection, transaction

from bekal.core import clock
from bekal.core.sql import load_sql
from bekal.ledger.amounts import require_amount, require_key
from bekal.ledger.days import require_open
from bekal.ledger.errors import BulkRefused


@transaction.atomic
def post_many(
    *,
    owners: Sequence[int],
    debits: Sequence[int],
    credits_: Sequence[int],
    amounts_idr: Sequence[int],
    keys: Sequence[str],
    forward_to: Sequence[int | None] | None = None,
) -> None:
    """Post one transfer for each owner, dated today; all or none. The sequences run in parallel, one element an owner.

    Args:
        forward_to: for each owner, where a credit to it goes on to if it is closed, as a second transfer under `forward:<key>`.

    Raises:
        BadAmount: an amount is not from 1 to the largest `bigint`.
        BadKey: a key is empty, too long, or no text.
        BulkRefused: an owner is named twice, is unknown, is closed with nowhere to go on to, holds too little or too much for it,
            or has the key already; or there is no such flow.
        DayClosed: today was closed already.
    """
    for amount_idr in amounts_idr:
        require_amount(amount_idr)
    for key in keys:
        require_key(key, forwards=bool(forward_to))
    if len(set(owners)) != len(owners):
        raise BulkRefused(refused=len(owners) - len(set(owners)))
    values: dict[str, Any] = {
        "owners": list(owners),
        "debits": list(debits),
        "credits": list(credits_),
        "amounts_idr": list(amounts_idr),
        "keys": list(keys),
        "forward_to": [None] * len(owners) if forward_to is None else list(forward_to),
        "posting_date": clock.today(),
        "posted_at": clock.now(),
    }
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(_LOCK_SQL, values)
            require_open(values["posting_date"])
            cursor.execute(load_sql("ledger", "post_many"), values)
            (refused,) = cursor.fetchone()
            if refused:
                raise BulkRefused(refused=refused)
    except (IntegrityError, DataError) as error:
        raise BulkRefused(refused=1) from error


_LOCK_SQL: Final = """
SELECT count(*) FROM (SELECT FROM ledger_balance WHERE owner = ANY (%(owners)s) ORDER BY owner FOR UPDATE) AS locked
"""
