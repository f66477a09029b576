"""Composing the file that an owner can keep: docs/statements.md."""

from datetime import date
from typing import Any

from django.db.models import Max, Min

from bekal.ledger.errors import UnknownAccount
from bekal.ledger.models import GENESIS, Balance, Seal, Transfer
from bekal.ledger.seals.queries import proof_of, seal_fields
from bekal.ledger.seals.verify import STATEMENT, written_moment


def compose_statement(*, owner: int, until: date | None = None) -> dict[str, Any]:
    """An owner's whole chain through the last transfer that is dated `until` or earlier, with its proof once it was sealed.

    The proof is that of the newest seal that covers nothing beyond the statement. Where no seal does, there is none.

    Raises:
        UnknownAccount: no such owner.
        SealBroken: the ledger does not hold what was sealed.
    """
    if not Balance.objects.filter(owner=owner).exists():
        raise UnknownAccount(owner=owner)
    chain = Transfer.objects.filter(owner=owner)
    dated = chain if until is None else chain.filter(posting_date__lte=until)
    last = dated.aggregate(last=Max("sequence"))["last"] or 0
    rows = list(chain.filter(sequence__lte=last).order_by("sequence"))
    seal = _covering_seal(owner=owner, last=last)
    proof = proof_of(owner, seal) if seal else None
    return {
        "format": STATEMENT,
        "owner": owner,
        "transfers": [_fields(row) for row in rows],
        "head": {
            "sequence": last,
            "balance_idr": rows[-1].after_idr if rows else 0,
            "hash": bytes(rows[-1].hash if rows else GENESIS).hex(),
        },
        "seal": seal_fields(proof.seal) if proof else None,
        "proof": proof and {"sequence": proof.sequence, "index": proof.index, "path": [sibling.hex() for sibling in proof.path]},
    }


def _covering_seal(*, owner: int, last: int) -> Seal | None:
    """The newest seal whose leaf of the owner is one of the first `last` transfers."""
    chain = Transfer.objects.filter(owner=owner)
    first_dated = chain.filter(sequence__lte=last).aggregate(day=Min("posting_date"))["day"]
    if first_dated is None:
        return None
    seals = Seal.objects.filter(day__gte=first_dated)
    beyond_dated = chain.filter(sequence__gt=last).aggregate(day=Min("posting_date"))["day"]
    if beyond_dated is not None:
        seals = seals.filter(day__lt=beyond_dated)
    return seals.order_by("-number").first()


def _fields(row: Transfer) -> dict[str, Any]:
    return {
        "sequence": row.sequence,
        "debit": row.debit,
        "credit": row.credit,
        "amount_idr": row.amount_idr,
        "after_idr": row.after_idr,
        "posting_date": row.posting_date.isoformat(),
        "posted_at": written_moment(row.posted_at),
        "run": row.run,
        "key": row.key,
        "hash": bytes(row.hash).hex(),
    }
