"""Screening in the background."""

from bekal.jobs.kinds import JobKind, Pause, register_job
from bekal.participants.models import Screening
from bekal.participants.screening.services import SCREEN_JOB, finish_screening


def _screen(screening: int, _pause: Pause) -> None:
    finish_screening(screening=Screening(pk=screening))


def register() -> None:
    """Make the job known that screens a wave."""
    register_job(
        JobKind(name=SCREEN_JOB, work=_screen, due_sql="SELECT id FROM participants_screening WHERE finished_at IS NULL")
    )
