"""What the worker does of a draw by itself: nobody chooses when."""

from typing import Final

from bekal.core.sql import load_sql
from bekal.jobs.kinds import JobKind, Pause, register_job
from bekal.participants.draw.announcing import announce, end_reserve
from bekal.participants.draw.ordering import order
from bekal.participants.draw.services import FREEZE_JOB, ORDER_JOB, finish_freeze
from bekal.participants.models import Draw

ANNOUNCE_JOB: Final = "participants.announce_draw"
END_RESERVE_JOB: Final = "participants.end_reserve"


def register() -> None:
    """Make the jobs known: to list many applications, to draw once the value is there, to announce at the minute, to end the
    reserve list after its day.
    """
    unlisted = "SELECT id FROM participants_draw WHERE state = 'proposed' AND octet_length(root) = 0"
    register_job(JobKind(name=FREEZE_JOB, work=_freeze, due_sql=unlisted))
    register_job(JobKind(name=ORDER_JOB, work=_order, due_sql="SELECT id FROM participants_draw WHERE state = 'valued'"))
    for name, work in ((ANNOUNCE_JOB, _announce), (END_RESERVE_JOB, _end_reserve)):
        due_sql = load_sql("participants", f"draw/due_{name.partition('.')[2]}")
        register_job(JobKind(name=name, work=work, due_sql=due_sql, is_watched=True))


def _freeze(draw: int, _pause: Pause) -> None:
    finish_freeze(draw=Draw(pk=draw))


def _order(draw: int, _pause: Pause) -> None:
    order(draw=Draw(pk=draw))


def _announce(draw: int, _pause: Pause) -> None:
    announce(draw=Draw(pk=draw))


def _end_reserve(draw: int, _pause: Pause) -> None:
    end_reserve(draw=Draw(pk=draw))
