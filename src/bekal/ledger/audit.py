"""Walking the whole ledger again and saying what does not follow.

The owners are walked in ranges, each in the order of the primary key, so that memory stays the same at any size and several jobs
can share the walk, all on one snapshot. What the ranges add up to is judged at the end.
"""

import os
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from threading import Lock
from typing import Any, Final

from django.db import connection, transaction

from bekal.core.sql import load_sql
from bekal.ledger.seals.checks import block_contradictions, chain_contradictions, total_contradictions

_BY_OWNER: Final = {name: load_sql("ledger", f"audit/{name}") for name in ("chain", "balance", "drawn")}
_OF_TOTALS: Final = {name: load_sql("ledger", f"audit/{name}") for name in ("pooled", "fund", "run")}
_WHOLE: Final[dict[str, str]] = {}

OWNERS_AT_ONCE = 20_000
_FETCH_ROWS: Final = 1_000
_KEPT_FINDINGS: Final = 10_000
_MOST_JOBS: Final = 4
_FIRST: Final = -(2**63)
_LAST: Final = 2**63 - 1


@dataclass(frozen=True, slots=True)
class Finding:
    """One contradiction: the check that found it, the owner's account, and what contradicts what."""

    check: str
    owner: int | None
    detail: str


@dataclass(frozen=True, slots=True)
class Verdict:
    """The audit's result over `transfers` rows. Exact means: no finding. `findings` are the first ten thousand of them."""

    transfers: int
    findings: tuple[Finding, ...]

    @property
    def exact(self) -> bool:
        return not self.findings


def register_audit_check(*, name: str, sql: str, by_owner: bool = False) -> None:
    """Let a room above have its own records checked against the ledger.

    Args:
        sql: a SELECT of (check, owner, detail) that gives a row for each contradiction and none when all is well.
        by_owner: the SELECT judges only the owners with `%(low)s` < owner <= `%(high)s`; it is run for one range after the other.
            In it a percent sign is written twice.
    """
    if name in _BY_OWNER | _OF_TOTALS | _WHOLE:
        raise ValueError(f"audit check {name} is registered twice")
    (_BY_OWNER if by_owner else _WHOLE)[name] = sql


def audit(
    *,
    from_owner: int | None = None,
    to_owner: int | None = None,
    jobs: int = 1,
    progress: Callable[[int], None] | None = None,
    tell: Callable[[Finding], None] | None = None,
) -> Verdict:
    """Check every chain, balance, pool, run and seal, and what the rooms above registered. Writes nothing.

    Runs on one snapshot, unless the caller is in a transaction already: then on that transaction's view.

    Args:
        from_owner, to_owner: judge only the accounts from one to the other, both included, by the checks that judge an account by
            itself; pools and runs are of all accounts.
        jobs: how many connections share the work. More than one needs a caller outside of any transaction.
        progress: told how many more owners were walked; see `count_owners`.
        tell: told each finding when it is found, also those beyond what the verdict holds.
    """
    walk = _Walk(
        low=_FIRST if from_owner is None else _clamped(from_owner) - 1,
        last=_LAST if to_owner is None else _clamped(to_owner),
        is_whole=from_owner is None and to_owner is None,
        progress=progress,
        tell=tell,
    )
    with transaction.atomic(durable=jobs > 1):
        if not connection.savepoint_ids:
            _execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        if jobs == 1:
            walk.work()
        else:
            _share(walk, jobs=jobs)
        if walk.is_whole:
            walk.judge_totals()
    return walk.verdict()


def usual_jobs() -> int:
    """As many jobs as there are processors to use, up to four."""
    return min(_MOST_JOBS, len(os.sched_getaffinity(0)))


def count_owners(*, from_owner: int | None = None, to_owner: int | None = None) -> int:
    """How many accounts an audit of that range walks."""
    ((owners,),) = _execute(
        "SELECT count(*) FROM ledger_balance WHERE owner BETWEEN %s AND %s",
        [_FIRST if from_owner is None else _clamped(from_owner), _LAST if to_owner is None else _clamped(to_owner)],
    )
    return int(owners)


def _clamped(owner: int) -> int:
    """The nearest number that an account's id can be."""
    return min(max(owner, _FIRST + 1), _LAST)


@dataclass(slots=True)
class _Totals:
    """What the walked transfers add up to.

    What each pool holds; of each run how many transfers, how much, and how many of them beyond their target.
    """

    transfers: int = 0
    pools: dict[int, int] = field(default_factory=dict)
    runs: dict[int, tuple[int, int, int]] = field(default_factory=dict)

    def add(self, row: tuple[Any, ...]) -> None:
        run, debit, credit, is_forward, count, total, beyond = row
        self.transfers += count
        for pool, change in ((debit, -total), (credit, total)):
            if pool is not None:
                self.pools[pool] = self.pools.get(pool, 0) + int(change)
        if run is not None and not is_forward:
            earlier = self.runs.get(run, (0, 0, 0))
            self.runs[run] = (earlier[0] + count, earlier[1] + int(total), earlier[2] + beyond)

    def values(self) -> dict[str, list[int]]:
        """For the statements that judge them."""
        return {
            "pools": list(self.pools),
            "held_idr": list(self.pools.values()),
            "runs": list(self.runs),
            "posted_counts": [count for count, _, _ in self.runs.values()],
            "posted_idr": [total for _, total, _ in self.runs.values()],
            "beyond": [beyond for _, _, beyond in self.runs.values()],
        }


@dataclass(slots=True)
class _Walk:
    """The work of one audit, taken piece by piece by one or several jobs.

    Whole checks come first, since they may last; then ranges of owners.
    """

    low: int
    last: int
    is_whole: bool
    progress: Callable[[int], None] | None
    tell: Callable[[Finding], None] | None
    totals: _Totals = field(default_factory=_Totals)
    found: list[tuple[int, Finding]] = field(default_factory=list)
    whole: list[str] = field(default_factory=list)
    taken: int = 0
    is_done: bool = False
    lock: Lock = field(default_factory=Lock)

    def __post_init__(self) -> None:
        self.whole = list(reversed(_WHOLE.values())) if self.is_whole else []

    def work(self) -> None:
        """Do pieces until none is left; stop early when another job failed."""
        try:
            while (piece := self._take()) is not None:
                piece()
        except BaseException:
            self.is_done = True
            raise

    def judge_totals(self) -> None:
        for place, sql in enumerate(_OF_TOTALS.values(), start=self.taken):
            self._report(place, _execute(sql, self.totals.values()))
        self._report(_LAST, [*chain_contradictions(), *total_contradictions(self.totals.pools)])

    def verdict(self) -> Verdict:
        findings = tuple(finding for _, finding in sorted(self.found, key=lambda one: one[0]))
        return Verdict(transfers=self.totals.transfers, findings=findings)

    def _take(self) -> Callable[[], None] | None:
        with self.lock:
            if self.is_done:
                return None
            if self.whole:
                sql = self.whole.pop()
                # What was found of single owners comes first in the verdict.
                return lambda: self._judge_whole(sql, place=_LAST)
            low, high, owners = self._next_range()
            self.low = high
            self.is_done = high >= self.last
            place = self.taken
            self.taken += 1
            return lambda: self._walk_range(low=low, high=high, owners=owners, place=place)

    def _next_range(self) -> tuple[int, int, int]:
        ((high, owners),) = _execute(
            "SELECT max(owner), count(*) FROM ("
            "SELECT owner FROM ledger_balance WHERE owner > %s AND owner <= %s ORDER BY owner LIMIT %s) AS range",
            [self.low, self.last, OWNERS_AT_ONCE],
        )
        return self.low, high if owners == OWNERS_AT_ONCE else self.last, owners

    def _walk_range(self, *, low: int, high: int, owners: int, place: int) -> None:
        values = {"low": low, "high": high}
        for sql in _BY_OWNER.values():
            self._report(place, _execute(sql, values))
        self._report(place, list(block_contradictions(low=low + 1, high=high + 1)))
        rows = _execute(load_sql("ledger", "audit/tally"), values)
        with self.lock:
            for row in rows:
                self.totals.add(row)
            if self.progress is not None:
                self.progress(owners)

    def _judge_whole(self, sql: str, *, place: int) -> None:
        with connection.chunked_cursor() as cursor:
            cursor.execute(sql)
            while rows := cursor.fetchmany(_FETCH_ROWS):
                self._report(place, rows)

    def _report(self, place: int, rows: list[tuple[Any, ...]]) -> None:
        with self.lock:
            for check, owner, detail in rows:
                finding = Finding(check=check, owner=owner, detail=detail)
                if len(self.found) < _KEPT_FINDINGS:
                    self.found.append((place, finding))
                if self.tell is not None:
                    self.tell(finding)


def _share(walk: _Walk, *, jobs: int) -> None:
    """Have several connections do the walk on the snapshot of this one."""
    ((snapshot,),) = _execute("SELECT pg_export_snapshot()")

    def work() -> None:
        try:
            with transaction.atomic():
                _execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
                _execute("SET TRANSACTION SNAPSHOT %s", [snapshot])
                walk.work()
        finally:
            connection.close()

    with ThreadPoolExecutor(jobs) as pool:
        for job in [pool.submit(work) for _ in range(jobs)]:
            job.result()


def _execute(sql: str, values: Mapping[str, Any] | list[Any] | None = None) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        return cursor.fetchall() if cursor.description else []
