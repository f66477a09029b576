"""Whether the ledger still holds what was sealed, for the audit and for a seal that was exported earlier.

Because the leaves of a closed day cannot change, those of any seal can be computed again at any time. The newest seal covers
every transfer that an earlier one covers, so the audit computes that one; earlier ones are tied to it by their hashes.
"""

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

from django.db import connection, transaction

from bekal.ledger.models import Closing, Seal, SealBlock, SealPool
from bekal.ledger.seals import merkle
from bekal.ledger.seals.queries import ALL_OWNERS, blocks_of, newest_seal
from bekal.ledger.seals.verify import GENESIS, pools_hash, seal_hash

Contradiction = tuple[str, int | None, str]
"""(check, owner, what contradicts what), as the audit's findings. The owner is the first of the accounts that may be meant."""


def chain_contradictions() -> Iterator[Contradiction]:
    """Seals that do not follow from the one before, or whose parts do not have the seal's hashes."""
    previous, number = GENESIS, 0
    for number, seal in enumerate(Seal.objects.order_by("number").iterator(), start=1):
        name = f"seal {seal.number} of {seal.day}"
        fields = {
            "number": seal.number,
            "day": seal.day,
            "owners": seal.owners,
            **{field: bytes(getattr(seal, field)) for field in ("root", "pools_sha256", "previous")},
        }
        if seal.number != number:
            yield "seal", None, f"{name} is where seal {number} must be"
            return
        if bytes(seal.previous) != previous:
            yield "seal", None, f"{name} does not follow from seal {number - 1}"
        if seal_hash(fields) != bytes(seal.hash):
            yield "seal", None, f"{name} does not have the hash of its content"
        if _stored_root(seal) != fields["root"]:
            yield "seal", None, f"the blocks of {name} do not have its root"
        if pools_hash(_stored_totals(seal)) != fields["pools_sha256"]:
            yield "seal", None, f"the totals of {name} do not have their hash"
        previous = bytes(seal.hash)
    newest = newest_seal()
    through = Closing.objects.values_list("through", flat=True).first()
    if newest is not None and (through is None or through < newest.day):
        yield "seal", None, f"the ledger is closed through {through}, but {newest.day} was sealed"


def block_contradictions(*, low: int = ALL_OWNERS[0], high: int = ALL_OWNERS[1]) -> Iterator[Contradiction]:
    """Blocks of the newest seal, of those that begin from `low` to below `high`, that the ledger does not give again.

    Ranges that together cover all owners check every block once. Needs a transaction.
    """
    seal = newest_seal()
    if seal is None:
        return
    if seal.owners == 0 and low <= ALL_OWNERS[0] and any(blocks_of(seal.day, low=ALL_OWNERS[0], high=ALL_OWNERS[1])):
        yield "seal", None, f"seal {seal.number} of {seal.day} covers no account, the ledger has some"
    stored = SealBlock.objects.filter(seal=seal.number).order_by("position").values_list("position", "first_owner", "root")
    blocks = list(stored.filter(first_owner__gte=low, first_owner__lt=high))
    beyond = stored.filter(first_owner__gte=high).first()
    ends = [first for _, first, _ in blocks[1:]] + [beyond[1] if beyond else ALL_OWNERS[1]]
    for (position, first, sealed_root), end in zip(blocks, ends, strict=False):
        found = list(blocks_of(seal.day, low=first if position else ALL_OWNERS[0], high=end))
        if [block.root for block in found] != [bytes(sealed_root)]:
            yield (
                "seal",
                first,
                f"accounts {first} to below {end} do not hold what seal {seal.number} of {seal.day} sealed: block {position},"
                f" {bytes(sealed_root).hex()} sealed, {', '.join(block.root.hex() for block in found) or 'nothing'} found",
            )


def total_contradictions(held: Mapping[int, int]) -> Iterator[Contradiction]:
    """Pools about which the newest seal and the transfers disagree.

    Args:
        held: what each pool holds by every transfer there is; what was posted since the seal is taken off again.
    """
    seal = newest_seal()
    if seal is None:
        return
    sealed, later = dict(_stored_totals(seal)), _moved(after=seal.day)
    for pool in sorted(sealed.keys() | later.keys() | held.keys()):
        summed_idr = held.get(pool, 0) - later.get(pool, 0)
        if sealed.get(pool, 0) != summed_idr:
            yield (
                "seal",
                None,
                f"seal {seal.number} of {seal.day} says pool {pool} held Rp {sealed.get(pool, 0)},"
                f" the transfers give Rp {summed_idr}",
            )


@transaction.atomic
def exported_contradictions(exported: dict[str, Any]) -> list[str]:
    """What the ledger no longer gives of a seal that was exported earlier, as `verify.read_seal` read it."""
    found = []
    day = exported["day"]
    blocks = list(blocks_of(day, low=ALL_OWNERS[0], high=ALL_OWNERS[1]))
    owners, root = sum(block.leaves for block in blocks), merkle.root([block.root for block in blocks])
    if (owners, root) != (exported["owners"], exported["root"]):
        found.append(f"the ledger gives root {root.hex()} over {owners} accounts for {day}")
    totals = {pool["pool"]: pool["total_idr"] for pool in exported["pools"]}
    if totals != _moved(through=day):
        found.append(f"the ledger gives other totals of pools for {day}")
    stored = Seal.objects.filter(number=exported["number"]).first()
    if stored is None or bytes(stored.hash) != exported["hash"]:
        found.append(f"the database {'has no' if stored is None else 'has another'} seal {exported['number']}")
    return found


def _stored_root(seal: Seal) -> bytes:
    roots = SealBlock.objects.filter(seal=seal.number).order_by("position").values_list("root", flat=True)
    return merkle.root([bytes(root) for root in roots])


def _stored_totals(seal: Seal) -> list[tuple[int, int]]:
    totals = SealPool.objects.filter(seal=seal.number).order_by("pool").values_list("pool", "total_idr")
    return [(pool, int(total_idr)) for pool, total_idr in totals]


def _moved(*, after: date | None = None, through: date | None = None) -> dict[int, int]:
    """What each pool gained in the transfers dated after one day and through another, added up without any seal."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pool, sum(change_idr) FROM ledger_transfer AS transfer CROSS JOIN LATERAL ("
            " VALUES (transfer.credit, transfer.amount_idr), (transfer.debit, -transfer.amount_idr::numeric)"
            ") AS side (pool, change_idr) WHERE pool < 0"
            " AND posting_date > coalesce(%s::date, '-infinity') AND posting_date <= coalesce(%s::date, 'infinity')"
            " GROUP BY pool HAVING sum(change_idr) <> 0",
            [after, through],
        )
        return {pool: int(total_idr) for pool, total_idr in cursor.fetchall()}
