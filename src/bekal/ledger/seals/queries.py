"""Reading seals: their leaves and blocks, the totals of pools, and the proof that an owner is under a seal."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from itertools import islice
from typing import Any, Final
from uuid import uuid4

from django.db import connection, transaction

from bekal.core.sql import load_sql
from bekal.ledger.models import Seal, SealBlock, SealPool
from bekal.ledger.seals import merkle
from bekal.ledger.seals.errors import NotSealed, SealBroken
from bekal.ledger.seals.verify import SEAL, leaf_hash

ALL_OWNERS: Final = (0, 2**63 - 1)


@dataclass(frozen=True, slots=True)
class Block:
    """Up to `merkle.BLOCK_LEAVES` leaves in a row, as one hash."""

    first_owner: int
    leaves: int
    root: bytes


@dataclass(frozen=True, slots=True)
class Proof:
    """That the first `sequence` transfers of an owner are under a seal: the leaf's place, and the path to the root."""

    seal: Seal
    sequence: int
    index: int
    path: tuple[bytes, ...]


def newest_seal() -> Seal | None:
    """The seal of the latest closed day."""
    return Seal.objects.order_by("-number").first()


def blocks_of(day: date, *, low: int, high: int) -> Iterator[Block]:
    """The leaves of a day with owners from `low` to below `high`, in blocks, read as a stream; needs a transaction."""
    leaves = _leaves(day, low=low, high=high)
    while chunk := list(islice(leaves, merkle.BLOCK_LEAVES)):
        hashes = [leaf_hash(*leaf) for leaf in chunk]
        yield Block(first_owner=chunk[0][0], leaves=len(chunk), root=merkle.root(hashes))


def pool_totals(*, through: date | None = None) -> dict[int, int]:
    """What each pool holds by the posting dates through a day, or by everything posted; pools that hold nothing are left out.

    In the order of the pools' ids.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pool, total_idr FROM ledger_pool_totals(NULL, %s::date) WHERE total_idr <> 0 ORDER BY pool", [through]
        )
        return {pool: int(total_idr) for pool, total_idr in cursor.fetchall()}


@transaction.atomic
def proof_of(owner: int, seal: Seal) -> Proof:
    """The proof that an owner's transfers are under a seal; reads one block.

    Raises:
        NotSealed: the owner had no transfers then.
        SealBroken: the ledger does not hold what the seal says.
    """
    roots = list(SealBlock.objects.filter(seal=seal.number).order_by("position").values_list("first_owner", "root"))
    position = sum(first_owner <= owner for first_owner, _ in roots) - 1
    if position < 0:
        raise NotSealed(owner=owner, seal=seal.number)
    low = roots[position][0]
    high = roots[position + 1][0] if position + 1 < len(roots) else ALL_OWNERS[1]
    leaves = list(_leaves(seal.day, low=low, high=high))
    found = next((place for place, leaf in enumerate(leaves) if leaf[0] == owner), None)
    if found is None:
        raise NotSealed(owner=owner, seal=seal.number)
    hashes = [leaf_hash(*leaf) for leaf in leaves]
    nodes = [bytes(root) for _, root in roots]
    if merkle.root(hashes) != nodes[position] or merkle.root(nodes) != bytes(seal.root):
        raise SealBroken(seal=seal.number, day=seal.day)
    return Proof(
        seal=seal,
        sequence=leaves[found][1],
        index=position * merkle.BLOCK_LEAVES + found,
        path=(*merkle.path(hashes, found), *merkle.path(nodes, position)),
    )


def seal_fields(seal: Seal) -> dict[str, Any]:
    """A seal as files state it."""
    return {
        "number": seal.number,
        "day": seal.day.isoformat(),
        "owners": seal.owners,
        "root": bytes(seal.root).hex(),
        "pools_sha256": bytes(seal.pools_sha256).hex(),
        "previous": bytes(seal.previous).hex(),
        "hash": bytes(seal.hash).hex(),
    }


def exported_seal(seal: Seal) -> dict[str, Any]:
    """The content of an exported seal file: docs/statements.md."""
    totals = SealPool.objects.filter(seal=seal.number).order_by("pool").values_list("pool", "total_idr")
    return {
        "format": SEAL,
        **seal_fields(seal),
        "pools": [{"pool": pool, "total_idr": int(total_idr)} for pool, total_idr in totals],
    }


def _leaves(day: date, *, low: int, high: int) -> Iterator[tuple[int, int, bytes]]:
    """(owner, sequence, hash) of each leaf in order, read as a stream."""
    with connection.connection.cursor(name=f"leaves_{uuid4().hex}", binary=True) as cursor:
        cursor.itersize = merkle.BLOCK_LEAVES
        cursor.execute(load_sql("ledger", "seal_leaves"), {"day": day, "low": low, "high": high})
        yield from cursor
