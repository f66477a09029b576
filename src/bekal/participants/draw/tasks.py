"""What the worker does of a draw by itself: nobody chooses when."""

from typing import Final

from bekal.core.sql import load_sql
from bekal.jobs.kinds import JobKind, Pause, register_job
from bekal.participants.draw.announcing import announce, end_reserve
from bekal.participants.draw.ordering import order
from bekal.participants.draw.services import ORDER_JOB
from bekal.participants.models import Draw

ANNOUNCE_JOB: Final = "participants.announce_draw"
END_RESERVE_JOB: Final = "participants.end_reserve"


def register() -> None:
    """Make the jobs known: to draw once the value is there, to announce at the minute, to end the reserve list after its day."""
    register_job(JobKind(name=ORDER_JOB, work=_order, due_sql="SELECT id FROM participants_draw WHERE state = 'valued'"))
    for name, work in ((ANNOUNCE_JOB, _announce), (END_RESERVE_JOB, _end_reserve)):
        due_sql = load_sql("participants", f"draw/due_{name.partition('.')[2]}")
        register_job(JobKind(name=name, work=work, due_sql=due_sql, is_watched=True))


def _order(draw: int, _pause: Pause) -> None:
    order(draw=Draw(pk=draw))


def _announce(draw: int, _pause: Pause) -> None:
    announce(draw=Draw(pk=draw))


def _end_reserve(draw: int, _pause: Pause) -> None:
    end_reserve(draw=Draw(pk=draw))
