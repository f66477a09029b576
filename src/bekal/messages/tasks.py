"""Sending in the background."""

from bekal.jobs.kinds import JobKind, Pause, register_job
from bekal.messages.sending import send_waiting
from bekal.messages.services import LANE, SEND_JOB

_DUE_SQL = f"""
SELECT {LANE} WHERE EXISTS (SELECT FROM bekal_messages_delivery WHERE state IN ('waiting', 'sending'))
"""


def _send(_lane: int, pause: Pause) -> None:
    send_waiting(pause=pause)


def register() -> None:
    """Make the job known that sends what waits."""
    register_job(JobKind(name=SEND_JOB, work=_send, due_sql=_DUE_SQL, is_watched=True))
