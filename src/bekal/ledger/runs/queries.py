"""Reading runs."""

from collections.abc import Iterator
from uuid import UUID

from bekal.ledger.errors import UnknownRun
from bekal.ledger.models import Run, RunTarget


def all_runs() -> Iterator[Run]:
    """Every run with its proposer and approver, newest first."""
    return Run.objects.select_related("proposed_by", "approved_by").order_by("-id").iterator()


def run_by_public_id(public_id: UUID) -> Run:
    """The run with this public id.

    Raises:
        UnknownRun: there is none.
    """
    found = Run.objects.filter(public_id=public_id).first()
    if found is None:
        raise UnknownRun(run=public_id)
    return found


def left_to_judge(run: Run) -> int:
    """How many targets of a run no chunk has reached yet."""
    return RunTarget.objects.filter(run=run.pk, owner__gt=run.cursor).count()
