"""Closing posting days and sealing what they hold. Why it is safe against postings at the same moment: docs/adr/0007-seals.md."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import date
from typing import Final

from django.db import DatabaseError, connection, transaction

from bekal.core import clock
from bekal.ledger.models import Run, RunState, Seal, SealBlock, SealPool
from bekal.ledger.seals import merkle
from bekal.ledger.seals.errors import DayBusy, DayNotOver, DayUnfinished, SealedLater
from bekal.ledger.seals.queries import ALL_OWNERS, Block, blocks_of, newest_seal, pool_totals
from bekal.ledger.seals.verify import GENESIS, pools_hash, seal_hash

_PATIENCE_SECONDS: Final = 60
_POLL_SECONDS: Final = 0.02
_SEALING_LOCK: Final = 0x6265736C


def seal_day(*, day: date, progress: Callable[[int], None] | None = None, patience_seconds: float = _PATIENCE_SECONDS) -> Seal:
    """Close every posting day through `day` and seal what the ledger holds of them; a day that has its seal gives it again.

    Commits on the way, so it must not be called in a transaction. Where it fails, the days stay open; cut off anywhere, it can
    be called again.

    Args:
        progress: told the number of owners, block by block.
        patience_seconds: how long to wait for transactions that were open when the day was closed.

    Raises:
        DayNotOver: the day is not in the past.
        SealedLater: a later day was sealed already, and this one was not by itself.
        DayUnfinished: a run approved by then has not posted everything.
        DayBusy: an open transaction could still post there.
    """
    if day >= clock.today():
        raise DayNotOver(day=day, today=clock.today())
    with _alone():
        return _sealed(day) or _close_and_seal(day, progress, patience_seconds)


@contextmanager
def _alone() -> Iterator[None]:
    """One sealer at a time: another waits."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(%s)", [_SEALING_LOCK])
        try:
            yield
        finally:
            with suppress(DatabaseError):
                cursor.execute("SELECT pg_advisory_unlock(%s)", [_SEALING_LOCK])


def _close_and_seal(day: date, progress: Callable[[int], None] | None, patience_seconds: float) -> Seal:
    try:
        _require_runs_finished(day)
        _close(day)
        _await_older_transactions(day, patience_seconds)
        _require_runs_finished(day)
        return _seal(day, progress)
    except BaseException:
        with suppress(DatabaseError):
            _reopen()
        raise


def _sealed(day: date) -> Seal | None:
    found = Seal.objects.filter(day__gte=day).order_by("number").first()
    if found is not None and found.day != day:
        raise SealedLater(day=day, later=found.day)
    return found


def _require_runs_finished(day: date) -> None:
    run = Run.objects.filter(state=RunState.APPROVED, posting_date__lte=day).order_by("posting_date", "id").first()
    if run is not None:
        raise DayUnfinished(run=run.pk, day=run.posting_date)


def _close(day: date) -> None:
    """From the commit on, a transaction that takes a row lock and then asks is refused these days."""
    with transaction.atomic(durable=True), connection.cursor() as cursor:
        cursor.execute("UPDATE ledger_closing SET through = greatest(through, %s)", [day])


def _reopen() -> None:
    """A day is closed for good with its seal; a run approved in the last moment needs its day open until it has posted."""
    with transaction.atomic(durable=True), connection.cursor() as cursor:
        cursor.execute("UPDATE ledger_closing SET through = (SELECT max(day) FROM ledger_seal)")


def _await_older_transactions(day: date, patience_seconds: float) -> None:
    """What may have asked before that commit had a transaction number by then: wait until all of those have ended."""
    deadline = time.monotonic() + patience_seconds
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_snapshot_xmax(pg_current_snapshot())::text")
        (bound,) = cursor.fetchone()
        while True:
            cursor.execute("SELECT pg_snapshot_xmin(pg_current_snapshot()) >= %s::xid8", [bound])
            if cursor.fetchone()[0]:
                return
            if time.monotonic() > deadline:
                raise DayBusy(day=day, seconds=round(patience_seconds))
            time.sleep(_POLL_SECONDS)


@transaction.atomic(durable=True)
def _seal(day: date, progress: Callable[[int], None] | None) -> Seal:
    with connection.cursor() as cursor:
        # A seal that was given away must not be lost with the machine, whatever the database's setting.
        cursor.execute("SET LOCAL synchronous_commit = on")
    blocks: list[Block] = []
    low, high = ALL_OWNERS
    for block in blocks_of(day, low=low, high=high):
        blocks.append(block)
        if progress is not None:
            progress(block.leaves)
    totals = pool_totals(through=day)
    previous = newest_seal()
    seal = Seal(
        number=previous.number + 1 if previous else 1,
        day=day,
        sealed_at=clock.now(),
        owners=sum(block.leaves for block in blocks),
        root=merkle.root([block.root for block in blocks]),
        pools_sha256=pools_hash(list(totals.items())),
        previous=bytes(previous.hash) if previous else GENESIS,
    )
    seal.hash = seal_hash({name: getattr(seal, name) for name in _HASHED})
    seal.save(force_insert=True)
    SealBlock.objects.bulk_create(
        (
            SealBlock(seal=seal.number, position=position, first_owner=block.first_owner, root=block.root)
            for position, block in enumerate(blocks)
        ),
        batch_size=1_000,
    )
    SealPool.objects.bulk_create(
        (SealPool(seal=seal.number, pool=pool, total_idr=total_idr) for pool, total_idr in totals.items()), batch_size=1_000
    )
    return seal


_HASHED: Final = ("number", "day", "owners", "root", "pools_sha256", "previous")
