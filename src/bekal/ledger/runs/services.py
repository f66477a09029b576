"""Proposing, approving, cancelling and posting a run.

A run is posted in chunks, each one transaction that moves the cursor, under the lock of the run's row: a crash at any point
resumes where the last chunk ended, a second worker waits its turn, and a rerun finds nothing left to do.
"""

from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from typing import Final

from django.db import DataError, IntegrityError, connection, transaction
from django.db.models import F

from bekal.access.models import Role, User
from bekal.access.services import record_act, require_role, require_second_person
from bekal.core import clock
from bekal.core.money import MAX_IDR
from bekal.core.statistics import refresh_statistics
from bekal.jobs.queue import enqueue
from bekal.ledger.accounts import AccountKind, account_id
from bekal.ledger.days import require_open
from bekal.ledger.errors import (
    BadAmount,
    DayClosed,
    DuplicateTarget,
    NothingToPost,
    RunOutdated,
    RunStateWrong,
    UnknownAccount,
    UnknownRun,
)
from bekal.ledger.models import Run, RunState, Seal
from bekal.ledger.runs.kinds import RunKind, run_kind
from bekal.ledger.services import allocate_numbers, post

POST_JOB: Final = "ledger.post_run"
CHUNK_OWNERS: Final = 10_000
_OWNERS_PER_NUMBER: Final = 10

# Everything in a chunk is found by its key. What the planner believes of a table that grew or changed a moment ago must not turn
# that into reading the whole of it for each chunk.
_BY_INDEX_SQL: Final = (
    "SET LOCAL enable_seqscan = off; SET LOCAL enable_bitmapscan = off; SET LOCAL enable_hashjoin = off;"
    " SET LOCAL enable_mergejoin = off; SET LOCAL enable_memoize = off"
)

Parameters = Mapping[str, str | int]


@transaction.atomic
def propose_run(*, kind: str, fund: int, parameters: Parameters, proposer: User) -> Run:
    """Freeze a run's targets with their bounds and show their total; nothing is posted yet.

    Args:
        kind: the code of a registered kind.
        fund: the account of the wave's fund whose money moves; `TREASURY` where it is that of many waves.
        parameters: what the kind's SQL needs to know.

    Raises:
        RoleMissing: the proposer is not an operator.
        NothingToPost: no account meets the rule.
        UnknownAccount, DuplicateTarget, BadAmount: which of the targets cannot be posted, and why.
        DayClosed: today, and so this fiscal year, was closed already.
    """
    require_role(user=proposer, role=Role.OPERATOR)
    run = Run.objects.create(kind=kind, fund=fund, parameters=dict(parameters), proposed_by=proposer, proposed_at=clock.now())
    require_open(clock.today())
    if run_kind(kind).allocates:
        run.parameters["granting"] = _open_granting(run=run)
    run.target_count, run.bound_idr = _freeze_targets(run=run)
    if run.target_count == 0:
        raise NothingToPost
    refresh_statistics("ledger_run_target", rows=run.target_count)
    run.save()
    _record(run=run, actor=proposer, verb="run.propose")
    return run


@transaction.atomic
def approve_run(*, run: Run, approver: User) -> Run:
    """Let a proposed run post, dated today, and enqueue it for a worker. What a grant needs leaves the wave's fund now.

    Raises:
        RoleMissing, SamePerson: not a second person with the approver's role.
        RunStateWrong: the run is no longer just proposed.
        RunOutdated: it was proposed in another fiscal year, whose accounts its targets name.
        DayClosed: today was closed already.
        InsufficientBalance: the fund holds less than a grant's total.
    """
    run = _locked(run=run)
    require_second_person(approver=approver, proposer=run.proposed_by)
    _require_state(run=run, state=RunState.PROPOSED)
    if run.proposed_at.astimezone(clock.JAKARTA).year != clock.today().year:
        raise RunOutdated
    require_open(clock.today())
    if run_kind(run.kind).allocates:
        post(
            owner=run.fund,
            key=f"allocate:{run.id}",
            debit=run.fund,
            credit=run.parameters["granting"],
            amount_idr=run.bound_idr,
        )
    run.state = RunState.APPROVED
    run.approved_by = approver
    run.approved_at = clock.now()
    run.posting_date = clock.today()
    run.save()
    enqueue(job=POST_JOB, subject=run.pk)
    _record(run=run, actor=approver, verb="run.approve")
    return run


@transaction.atomic
def cancel_run(*, run: Run, actor: User) -> Run:
    """Drop a run that nobody has approved yet.

    Raises:
        RoleMissing: the actor is neither the proposer nor an approver.
        RunStateWrong: the run was approved or cancelled already.
    """
    run = _locked(run=run)
    if actor.pk != run.proposed_by_id:
        require_role(user=actor, role=Role.APPROVER)
    _require_state(run=run, state=RunState.PROPOSED)
    run.state = RunState.CANCELLED
    run.save()
    _record(run=run, actor=actor, verb="run.cancel")
    return run


def post_run(*, run: Run, progress: Callable[[int], None] | None = None) -> Run:
    """Post an approved run to its end, chunk by chunk, each in its own transaction. Safe to call again and from several workers.

    Args:
        progress: told the number of owners judged, after each chunk.

    Raises:
        RunStateWrong: the run was not approved, or was cancelled.
        DayClosed: its posting date was sealed.
    """
    while (judged := _post_chunk(run=run)) is not None:
        if progress is not None:
            progress(judged)
    return Run.objects.get(pk=run.pk)


@transaction.atomic
def _post_chunk(*, run: Run) -> int | None:
    """Post the next chunk and return how many targets were judged; None when the run is finished."""
    run = _locked(run=run)
    if run.state == RunState.FINISHED:
        return None
    _require_state(run=run, state=RunState.APPROVED)
    # Never so while sealing waits for unfinished runs; whoever reopened this one behind its back stops here.
    if Seal.objects.filter(day__gte=run.posting_date).exists():
        raise DayClosed(day=run.posting_date)
    kind = run_kind(run.kind)
    values = {
        **run.parameters,
        "run": run.id,
        "low": run.cursor,
        "posting_date": run.posting_date,
        "posted_at": clock.now(),
        "closes": kind.closes,
        "forward_to": run.parameters["returned"] if kind.forwards else None,
    }
    with connection.cursor() as cursor:
        cursor.execute(_BY_INDEX_SQL)
        # A chunk ends with a whole number, so that both accounts of an enrolment are judged together.
        cursor.execute(
            "SELECT max(owner) FROM (SELECT owner FROM ledger_run_target WHERE run = %(run)s AND owner > %(low)s"
            " ORDER BY owner LIMIT %(chunk)s) AS chunk",
            {**values, "chunk": CHUNK_OWNERS},
        )
        (last,) = cursor.fetchone()
        if last is None:
            _finish(run=run, kind=kind)
            return None
        values["high"] = last - last % _OWNERS_PER_NUMBER + _OWNERS_PER_NUMBER - 1
        cursor.execute(
            "SELECT count(*) FROM ("
            " SELECT owner FROM ledger_run_target WHERE run = %(run)s AND owner > %(low)s AND owner <= %(high)s ORDER BY owner"
            ") AS target CROSS JOIN LATERAL ("
            " SELECT FROM ledger_balance AS balance WHERE balance.owner = target.owner FOR UPDATE"
            ") AS locked",
            values,
        )
        if kind.before_sql:
            cursor.execute(kind.before_sql, values)
        cursor.execute(_chunk_sql(kind.code), values)
        judged, posted_count, posted_idr, skipped_count = cursor.fetchone()
        if kind.after_sql:
            cursor.execute(kind.after_sql, values)
    Run.objects.filter(pk=run.pk).update(
        cursor=values["high"],
        posted_count=F("posted_count") + posted_count,
        posted_idr=F("posted_idr") + posted_idr,
        skipped_count=F("skipped_count") + skipped_count,
    )
    return int(judged)


def _freeze_targets(*, run: Run) -> tuple[int, int]:
    """Store the targets; how many there are, and the sum of their bounds."""
    kind, values = run_kind(run.kind), {**run.parameters, "run": run.id}
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(
                "WITH frozen AS ("
                " INSERT INTO ledger_run_target (run, owner, debit, credit, bound_idr, key)"
                f" SELECT %(run)s, owner, debit, credit, bound_idr, key FROM ({kind.targets_sql}) AS target"
                " ORDER BY owner RETURNING owner, bound_idr)"
                " SELECT count(*), coalesce(sum(bound_idr), 0), min(bound_idr), min(owner) FILTER (WHERE sequence IS NULL)"
                " FROM frozen LEFT JOIN ledger_balance USING (owner)",
                values,
            )
            count, total_idr, smallest_idr, unknown = cursor.fetchone()
    except (IntegrityError, DataError) as error:
        raise _bad_target(error=error, kind=kind, values=values) from error
    if unknown is not None:
        raise UnknownAccount(owner=unknown)
    if total_idr > MAX_IDR:
        raise BadAmount(amount=total_idr, largest=MAX_IDR)
    # An empty account is closed too; elsewhere a target without an amount is a mistake.
    if smallest_idr == 0 and not kind.closes:
        raise BadAmount(amount=0, largest=MAX_IDR)
    return count, int(total_idr)


def _bad_target(*, error: Exception, kind: RunKind, values: Parameters) -> Exception:
    """Which target cannot be frozen, and why; the error itself where no target is to blame."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT min(owner) FILTER (WHERE targets > 1), min(smallest_idr), max(largest_idr) FROM ("
            " SELECT owner, count(*) AS targets, min(bound_idr) AS smallest_idr, max(bound_idr) AS largest_idr"
            f" FROM ({kind.targets_sql}) AS target GROUP BY owner) AS asked",
            values,
        )
        twice, smallest_idr, largest_idr = cursor.fetchone()
    if smallest_idr < 0 or largest_idr > MAX_IDR:
        return BadAmount(amount=smallest_idr if smallest_idr < 0 else largest_idr, largest=MAX_IDR)
    return error if twice is None else DuplicateTarget(owner=twice)


def _finish(*, run: Run, kind: RunKind) -> None:
    if kind.allocates and run.posted_idr < run.bound_idr:
        post(
            owner=run.fund,
            key=f"deallocate:{run.id}",
            debit=run.parameters["granting"],
            credit=run.fund,
            amount_idr=run.bound_idr - run.posted_idr,
            posting_date=run.posting_date,
        )
    refresh_statistics("ledger_transfer", "ledger_balance", rows=run.posted_count)
    run.state = RunState.FINISHED
    run.finished_at = clock.now()
    run.save()
    _record(run=run, actor=None, verb="run.finish")


@cache
def _chunk_sql(code: str) -> str:
    template = (Path(__file__).parent.parent / "sql" / "post_chunk.sql").read_text()
    return template.replace("{verdict}", run_kind(code).verdict_sql)


def _open_granting(*, run: Run) -> int:
    granting = account_id(allocate_numbers(count=1)[0], AccountKind.GRANTING)
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO ledger_pool (id, kind, scope) VALUES (%s, %s, %s)",
            [granting, AccountKind.GRANTING, f"run/{run.id}"],
        )
    return granting


def _locked(*, run: Run) -> Run:
    found = Run.objects.select_for_update(of=("self",)).select_related("proposed_by").filter(pk=run.pk).first()
    if found is None:
        raise UnknownRun(run=run.pk)
    return found


def _require_state(*, run: Run, state: RunState) -> None:
    if run.state != state:
        raise RunStateWrong(state=RunState(run.state).label)


def _record(*, run: Run, actor: User | None, verb: str) -> None:
    record_act(
        actor=actor,
        verb=verb,
        subject=f"run:{run.public_id}",
        kind=run.kind,
        targets=run.target_count,
        bound_idr=run.bound_idr,
        posted_idr=run.posted_idr,
    )
