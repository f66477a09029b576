"""Freezing what a run may move: its targets, stored at the proposal and never changed."""

from collections.abc import Mapping
from typing import Any

from django.db import DataError, IntegrityError, connection, transaction

from bekal.core.money import MAX_IDR
from bekal.core.sql import load_sql
from bekal.ledger.amounts import FORWARD, MOST_KEY_BYTES, bad_key
from bekal.ledger.errors import BadAmount, DuplicateTarget, UnknownAccount
from bekal.ledger.runs.kinds import RunKind


def freeze_targets(*, kind: RunKind, values: Mapping[str, Any]) -> tuple[int, int]:
    """Store a run's targets; how many there are, and the sum of their bounds in rupiah.

    Raises:
        UnknownAccount, DuplicateTarget, BadAmount, BadKey: which of the targets cannot be posted, and why.
    """
    most_key_bytes = MOST_KEY_BYTES - len(FORWARD) if kind.forwards else MOST_KEY_BYTES
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(_of_kind("freeze_targets", kind), {**values, "most_key_bytes": most_key_bytes})
            count, total_idr, smallest_idr, last_place, unknown, wrong_key = cursor.fetchone()
    except (IntegrityError, DataError) as error:
        raise _bad_target(error=error, kind=kind, values=values) from error
    if unknown is not None:
        raise UnknownAccount(owner=unknown)
    if wrong_key is not None:
        raise bad_key(wrong_key, most_bytes=most_key_bytes)
    if total_idr > MAX_IDR:
        raise BadAmount(amount=total_idr, largest=MAX_IDR)
    # An empty account is closed too; elsewhere a target without an amount is a mistake.
    if smallest_idr == 0 and not kind.closes:
        raise BadAmount(amount=0, largest=MAX_IDR)
    if last_place is not None and last_place > 1:
        _require_distinct(kind=kind, values=values)
    return count, int(total_idr)


def _require_distinct(*, kind: RunKind, values: Mapping[str, Any]) -> None:
    """Of owners with several targets: each target is another fact, and none is of an account that the run closes."""
    with connection.cursor() as cursor:
        cursor.execute(load_sql("ledger", "repeated_targets"), {**values, "closes": kind.closes})
        (owner,) = cursor.fetchone()
    if owner is not None:
        raise DuplicateTarget(owner=owner)


def _bad_target(*, error: Exception, kind: RunKind, values: Mapping[str, Any]) -> Exception:
    """Which target cannot be frozen, and why; the error itself where no target is to blame."""
    with connection.cursor() as cursor:
        cursor.execute(_of_kind("bad_targets", kind), values)
        twice, smallest_idr, largest_idr, is_nameless = cursor.fetchone()
    if is_nameless:
        return bad_key("")
    if smallest_idr is not None and (smallest_idr < 0 or largest_idr > MAX_IDR):
        return BadAmount(amount=smallest_idr if smallest_idr < 0 else largest_idr, largest=MAX_IDR)
    return error if twice is None else DuplicateTarget(owner=twice)


def _of_kind(name: str, kind: RunKind) -> str:
    return load_sql("ledger", name).replace("{targets}", kind.targets_sql)
