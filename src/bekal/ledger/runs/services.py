"""Proposing, approving, cancelling and posting a run.

A run is posted in chunks, each one transaction that moves the cursor, under the lock of the run's row: a crash at any point
resumes where the last chunk ended, a second worker waits its turn, and a rerun finds nothing left to do.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from django.db import connection, transaction

from bekal.access.errors import RoleMissing
from bekal.access.models import Role, User
from bekal.access.services import (
    approving,
    cancel,
    lock_proposal,
    proposing,
    record_deed,
    require_role,
    require_second_person,
    require_state,
)
from bekal.core import clock
from bekal.core.sql import load_sql
from bekal.core.statistics import refresh_statistics
from bekal.jobs.queue import enqueue
from bekal.ledger.accounts import AccountKind, account_id
from bekal.ledger.days import require_open
from bekal.ledger.errors import DayClosed, NoRunNamed, NothingToPost, RunOutdated, RunsDiffer
from bekal.ledger.models import Run, RunState, Seal
from bekal.ledger.runs.kinds import RunKind, run_kind
from bekal.ledger.runs.queries import digest_of
from bekal.ledger.runs.targets import freeze_targets
from bekal.ledger.services import allocate_numbers, post

POST_JOB: Final = "ledger.post_run"
CHUNK_OWNERS: Final = 10_000
SMALL_TARGETS: Final = 50_000
"""So many targets are posted in about a second."""
_OWNERS_PER_NUMBER: Final = 10

# Everything in a chunk is found by its key. What the planner believes of a table that grew or changed a moment ago must not turn
# that into reading the whole of it for each chunk.
_BY_INDEX_SQL: Final = (
    "SET LOCAL enable_seqscan = off; SET LOCAL enable_bitmapscan = off; SET LOCAL enable_hashjoin = off;"
    " SET LOCAL enable_mergejoin = off; SET LOCAL enable_memoize = off"
)

Parameters = Mapping[str, str | int | Sequence[str] | Sequence[int]]


def propose_run(
    *, kind: str, fund: int, parameters: Parameters, proposer: User, returned: int | None = None, reason: str = ""
) -> Run:
    """Freeze a run's targets with their bounds and show their total; nothing is posted yet.

    Args:
        kind: the code of a registered kind.
        fund: the account of the wave's fund whose money moves; `TREASURY` where it is that of many waves.
        parameters: what the kind's SQL needs to know; a list arrives there as an array.
        returned: the pool of what returns, for kinds whose SQL names it and for those that forward.
        reason: why, where the kind asks for it.

    Raises:
        RoleMissing: the proposer is not an operator.
        NothingToPost: no account meets the rule.
        UnknownAccount, DuplicateTarget, BadAmount: which of the targets cannot be posted, and why.
        DayClosed: today, and so this fiscal year, was closed already.
    """
    proposal = Run(kind=kind, fund=fund, returned=returned, parameters=dict(parameters), reason=reason)
    with proposing(proposal=proposal, proposer=proposer) as run:
        require_open(clock.today())
        if run_kind(kind).allocates:
            run.granting = _open_granting(run=run)
        run.target_count, run.bound_idr = freeze_targets(kind=run_kind(kind), values=_values(run))
        if run.target_count == 0:
            raise NothingToPost
        refresh_statistics("ledger_run_target", rows=run.target_count)
    return run


def approve_run(*, run: Run, approver: User) -> Run:
    """Let a proposed run post, dated today, and enqueue it for a worker. What a grant needs leaves the wave's fund now.

    Raises:
        RoleMissing, SamePerson: not a second person with the approver's role.
        RunStateWrong: the run is no longer just proposed.
        RunOutdated: it was proposed in another fiscal year, whose accounts its targets name.
        DayClosed: today was closed already.
        InsufficientBalance: the fund holds less than a grant's total.
    """
    with approving(proposal=run, approver=approver) as found:
        if found.proposed_at.astimezone(clock.JAKARTA).year != clock.today().year:
            raise RunOutdated
        require_open(clock.today())
        if found.granting is not None:
            post(
                owner=found.fund,
                key=f"allocate:{found.id}",
                debit=found.fund,
                credit=found.granting,
                amount_idr=found.bound_idr,
            )
        found.posting_date = clock.today()
        enqueue(job=POST_JOB, subject=found.pk)
    return found


def cancel_run(*, run: Run, actor: User) -> Run:
    """Drop a run that nobody has approved yet.

    Raises:
        RoleMissing: the actor is neither the proposer nor an approver.
        RunStateWrong: the run was approved or cancelled already.
    """
    return cancel(proposal=run, actor=actor)


@transaction.atomic
def approve_runs(*, runs: Sequence[Run], approver: User, seen: str | None = None) -> list[Run]:
    """Approve several runs together, the oldest first, all or none.

    Args:
        seen: what `digest_of` the runs was when they were shown to the approver; None where nobody was shown a page.

    Raises:
        RoleMissing, SamePerson: not a second person for all of them, whatever their states.
        NoRunNamed: there are none.
        RunsDiffer: they are not as they were shown.
        RunStateWrong, RunOutdated, DayClosed, InsufficientBalance: as `approve_run`, for any of them.
    """
    if not runs:
        require_role(user=approver, role=Role.APPROVER)
        raise NoRunNamed
    locked = [lock_proposal(proposal=run) for run in sorted(runs, key=lambda run: run.pk)]
    for run in locked:
        require_second_person(approver=approver, proposer=run.proposed_by)
    if seen is not None and seen != digest_of(locked):
        raise RunsDiffer
    return [approve_run(run=run, approver=approver) for run in locked]


@transaction.atomic
def cancel_runs(*, runs: Sequence[Run], actor: User) -> list[Run]:
    """Drop several runs together, the oldest first, all or none.

    Raises:
        RoleMissing: the actor is neither an operator nor an approver; or as `cancel_run`, for any of them.
        NoRunNamed: there are none.
        RunStateWrong: as `cancel_run`, for any of them.
    """
    if actor.role not in {Role.OPERATOR, Role.APPROVER}:
        raise RoleMissing(role=Role.APPROVER.label)
    if not runs:
        raise NoRunNamed
    return [cancel_run(run=run, actor=actor) for run in sorted(runs, key=lambda run: run.pk)]


def post_run(*, run: Run, progress: Callable[[int], None] | None = None, chunk_owners: int = CHUNK_OWNERS) -> Run:
    """Post an approved run to its end, chunk by chunk, each in its own transaction. Safe to call again and from several workers.

    Args:
        progress: told the number of targets judged, after each chunk.
        chunk_owners: about how many targets a chunk has.

    Raises:
        RunStateWrong: the run was not approved, or was cancelled.
        DayClosed: its posting date was sealed.
    """
    while (judged := _post_chunk(run=run, chunk_owners=chunk_owners)) is not None:
        if progress is not None:
            progress(judged)
    return Run.objects.get(pk=run.pk)


def post_small(*, runs: Sequence[Run]) -> bool:
    """Post approved runs now if that takes a moment only; whether it did. Larger ones are the worker's."""
    if sum(run.target_count for run in runs) > SMALL_TARGETS:
        return False
    for run in runs:
        post_run(run=run)
    return True


@transaction.atomic
def _post_chunk(*, run: Run, chunk_owners: int) -> int | None:
    """Post the next chunk and return how many targets were judged; None when the run is finished."""
    run = lock_proposal(proposal=run)
    if run.state == RunState.FINISHED:
        return None
    require_state(proposal=run, state=RunState.APPROVED)
    # Never so while sealing waits for unfinished runs; a run that was reopened behind its back stops here.
    if Seal.objects.filter(day__gte=run.posting_date).exists():
        raise DayClosed(day=run.posting_date)
    kind = run_kind(run.kind)
    values = _values(run) | {"low": run.cursor, "chunk_owners": chunk_owners, "posted_at": clock.now()}
    values |= {"closes": kind.closes, "forward_to": run.returned if kind.forwards else None}
    with connection.cursor() as cursor:
        cursor.execute(_BY_INDEX_SQL)
        cursor.execute(load_sql("ledger", "next_chunk"), values)
        (last,) = cursor.fetchone()
        if last is None:
            _finish(run=run)
            return None
        # A chunk ends with a whole number, so that both accounts of an enrolment are judged together.
        values["high"] = last - last % _OWNERS_PER_NUMBER + _OWNERS_PER_NUMBER - 1
        cursor.execute(load_sql("ledger", "lock_chunk"), values)
        (last_place,) = cursor.fetchone()
        if kind.before_sql:
            cursor.execute(kind.before_sql, values)
        # A place after the other: what an owner's next target finds is what the one before it left.
        totals = [0, 0, 0, 0]
        for place in range(1, last_place + 1):
            cursor.execute(_chunk_sql(kind), {**values, "place": place})
            totals = [total + more for total, more in zip(totals, cursor.fetchone(), strict=True)]
        if kind.after_sql:
            cursor.execute(kind.after_sql, values)
    judged, posted_count, posted_idr, skipped_count = totals
    run.cursor = values["high"]
    run.posted_count += posted_count
    run.posted_idr += posted_idr
    run.skipped_count += skipped_count
    run.save(update_fields=["cursor", "posted_count", "posted_idr", "skipped_count"])
    return judged


def _values(run: Run) -> dict[str, Any]:
    """What the SQL of a run's kind may ask of the run."""
    return {
        **run.parameters,
        "run": run.pk,
        "fund": run.fund,
        "granting": run.granting,
        "returned": run.returned,
        "posting_date": run.posting_date,
    }


def _chunk_sql(kind: RunKind) -> str:
    return load_sql("ledger", "post_chunk").replace("{verdict}", kind.verdict_sql)


def _finish(*, run: Run) -> None:
    if run.granting is not None and run.posted_idr < run.bound_idr:
        post(
            owner=run.fund,
            key=f"deallocate:{run.id}",
            debit=run.granting,
            credit=run.fund,
            amount_idr=run.bound_idr - run.posted_idr,
            posting_date=run.posting_date,
        )
    refresh_statistics("ledger_transfer", "ledger_balance", rows=run.posted_count)
    run.state = RunState.FINISHED
    run.finished_at = clock.now()
    run.save()
    record_deed(proposal=run, actor=None, deed="finish")


def _open_granting(*, run: Run) -> int:
    granting = account_id(allocate_numbers(count=1)[0], AccountKind.GRANTING)
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO ledger_pool (id, kind, scope) VALUES (%s, %s, %s)",
            [granting, AccountKind.GRANTING, f"run/{run.id}"],
        )
    return granting
