"""The bytes that a transfer's hash covers, composed in Python, and a walk of every chain."""

import hashlib
import struct
from datetime import UTC, date, datetime, timedelta
from typing import Final

from bekal.ledger.models import Balance, Transfer

GENESIS: Final = bytes(32)
_EPOCH_DAY: Final = date(2000, 1, 1)
_EPOCH: Final = datetime(2000, 1, 1, tzinfo=UTC)


def link(previous: bytes, row: Transfer) -> bytes:
    """SHA-256 of 32 bytes of the previous hash, then big-endian: owner (8), sequence (4), debit, credit, amount and balance after
    (8 each), posting date in days since 2000-01-01 (4), moment of posting in microseconds since 2000-01-01 UTC (8), run or 0 (4),
    and the key in UTF-8."""
    return hashlib.sha256(
        previous
        + struct.pack(
            ">qiqqqqiqi",
            row.owner,
            row.sequence,
            row.debit,
            row.credit,
            row.amount_idr,
            row.after_idr,
            (row.posting_date - _EPOCH_DAY).days,
            (row.posted_at - _EPOCH) // timedelta(microseconds=1),
            row.run or 0,
        )
        + row.key.encode()
    ).digest()


def walk() -> dict[int, list[Transfer]]:
    """Every owner's transfers in order; fails where a chain, a sequence, a balance after or an owner's row does not follow."""
    chains: dict[int, list[Transfer]] = {owner: [] for owner in Balance.objects.values_list("owner", flat=True)}
    for row in Transfer.objects.order_by("owner", "sequence"):
        chains[row.owner].append(row)
    heads = {}
    for owner, rows in chains.items():
        head, after_idr = GENESIS, 0
        for sequence, row in enumerate(rows, start=1):
            after_idr += row.amount_idr * ((row.credit == owner) - (row.debit == owner))
            head = link(head, row)
            assert (row.sequence, row.after_idr, bytes(row.hash)) == (sequence, after_idr, head)
        heads[owner] = (after_idr, len(rows), head)
    assert heads == {row.owner: (row.available_idr, row.sequence, bytes(row.head)) for row in Balance.objects.all()}
    return chains
