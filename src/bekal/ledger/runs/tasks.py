"""Posting approved runs in the background."""

from bekal.jobs.kinds import JobKind, Pause, register_job
from bekal.ledger.models import Run
from bekal.ledger.runs.services import POST_JOB, post_run


def _post(run: int, pause: Pause) -> Run:
    return post_run(run=Run(pk=run), progress=lambda _: pause())


def register() -> None:
    """Make the job known that posts a run."""
    register_job(JobKind(name=POST_JOB, work=_post, due_sql="SELECT id FROM ledger_run WHERE state = 'approved'"))
