"""The bytes that a transfer's hash covers, composed in Python, and a walk of every chain."""

import hashlib
import struct
from datetime import UTC, date, datetime, timedelta
from typing import Final, NamedTuple

from django.db import connection

from bekal.ledger.models import Transfer

GENESIS: Final = bytes(32)
_EPOCH_DAY: Final = date(2000, 1, 1)
_EPOCH: Final = datetime(2000, 1, 1, tzinfo=UTC)


class Row(NamedTuple):
    """A transfer as it stands in the table; a random test reads far too many of them for models."""

    owner: int
    sequence: int
    key: str
    debit: int
    credit: int
    amount_idr: int
    after_idr: int
    posting_date: date
    posted_at: datetime
    run: int | None
    hash: bytes


def link(previous: bytes, row: Transfer | Row) -> bytes:
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


def walk() -> dict[int, list[Row]]:
    """Every owner's transfers in order; fails where a chain, a sequence, a balance after or an owner's row does not follow."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT owner, available_idr, sequence, head FROM ledger_balance")
        ends = {owner: (available_idr, sequence, bytes(head)) for owner, available_idr, sequence, head in cursor.fetchall()}
        cursor.execute(f"SELECT {', '.join(Row._fields)} FROM ledger_transfer ORDER BY owner, sequence")
        found = [Row(*values) for values in cursor.fetchall()]
    chains: dict[int, list[Row]] = {owner: [] for owner in ends}
    for row in found:
        chains[row.owner].append(row)
    heads = {}
    for owner, rows in chains.items():
        head, after_idr = GENESIS, 0
        for sequence, row in enumerate(rows, start=1):
            after_idr += row.amount_idr * ((row.credit == owner) - (row.debit == owner))
            head = link(head, row)
            assert (row.sequence, row.after_idr, bytes(row.hash)) == (sequence, after_idr, head)
        heads[owner] = (after_idr, len(rows), head)
    assert heads == ends
    return chains
