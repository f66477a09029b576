"""Opening cases in the background."""

from bekal.cases.services import OPEN_JOB, open_cases
from bekal.core.sql import load_sql
from bekal.jobs.kinds import JobKind, Pause, register_job


def _open(_lane: int, _pause: Pause) -> None:
    open_cases()


def register() -> None:
    """Make the job known that opens cases."""
    register_job(JobKind(name=OPEN_JOB, work=_open, due_sql=load_sql("cases", "due"), is_watched=True))
