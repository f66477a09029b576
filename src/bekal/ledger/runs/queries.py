"""Reading runs."""

import hashlib
import json
from collections.abc import Collection, Iterable
from uuid import UUID

from django.db.models import Count, QuerySet

from bekal.ledger.errors import UnknownRun
from bekal.ledger.models import Run, RunSkip, RunState, RunTarget


def runs(
    *, fund: int | None = None, kinds: Collection[str] | None = None, states: Collection[RunState] | None = None
) -> QuerySet[Run]:
    """Runs with their proposers and approvers, newest first.

    Args:
        fund: only those of this wave's money.
        kinds: only those of these kinds, by code.
        states: only those in these states.
    """
    found = Run.objects.select_related("proposed_by", "approved_by").order_by("-id")
    for name, wanted in (("kind", kinds), ("state", states)):
        if wanted is not None:
            found = found.filter(**{f"{name}__in": wanted})
    return found if fund is None else found.filter(fund=fund)


def run_by_public_id(public_id: UUID) -> Run:
    """The run with this public id, with its proposer and approver.

    Raises:
        UnknownRun: there is none.
    """
    found = runs().filter(public_id=public_id).first()
    if found is None:
        raise UnknownRun(run=public_id)
    return found


def digest_of(runs: Iterable[Run]) -> str:
    """What a person is shown of runs before approving them, as a digest: which, of what kind, how many, how much, why."""
    shown = sorted(
        [str(run.public_id), run.kind, run.state, run.target_count, run.bound_idr, run.reason, run.proposed_by_id] for run in runs
    )
    return hashlib.sha256(json.dumps(shown).encode()).hexdigest()


def left_to_judge(run: Run) -> int:
    """How many targets of a run no chunk has reached yet."""
    return RunTarget.objects.filter(run=run.pk, owner__gt=run.cursor).count()


def skipped_by_reason(run: Run) -> dict[str, int]:
    """How many targets of a run were skipped for each reason, the most frequent first."""
    counted = RunSkip.objects.filter(run=run.pk).values_list("reason").annotate(targets=Count("*"))
    return dict(counted.order_by("-targets", "reason"))
