"""From which day on people have their days for the first purchase: the day on which they were told of their balance.

A grant begins them at once where nothing is sent (`sql/grant.sql`). Where an SMS tells it, they begin once it is known to have
arrived, or once the person has read the same in the application: as a message, or as the introduction to the balance.
"""

from typing import Any, Final

from django.db import connection, transaction

from bekal.core import clock
from bekal.core.sql import load_sql
from bekal.jobs.kinds import JobKind, Pause, register_job
from bekal.programmes.definition import load_definition
from bekal.programmes.queries import programmes_in_use

START_JOB: Final = "participants.start_days"
_LANE: Final = 1
_PORTION: Final = 5_000
_DUE_SQL: Final = f"""
SELECT {_LANE} WHERE EXISTS (SELECT FROM participants_awaitednotice WHERE look_at <= now())
"""


def start_days(*, pause: Pause = lambda: None) -> int:
    """Begin the days of everybody whose notice has arrived by now, a portion at a time; returns of how many people.

    The days end no later than the wave's last day to spend.

    Args:
        pause: called between portions, each of which is committed.
    """
    programmes = programmes_in_use()
    values: dict[str, Any] = {
        "now": clock.now(),
        "portion": _PORTION,
        "programmes": programmes,
        "window_days": [load_definition(programme).training.first_purchase_within_days for programme in programmes],
    }
    count = 0
    while True:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(load_sql("participants", "start_days"), values)
            looked, started = cursor.fetchone()
        count += int(started)
        if looked < _PORTION:
            return count
        pause()


def register() -> None:
    """Make the job known that begins them."""
    register_job(JobKind(name=START_JOB, work=_start, due_sql=_DUE_SQL, is_watched=True))


def _start(_lane: int, pause: Pause) -> None:
    start_days(pause=pause)
