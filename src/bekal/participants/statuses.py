"""How an enrolment's status changes, which it does nowhere else. The kinds of runs that do it take their SQL from here.

An enrolment begins as accepted (`services.enrol_people`). A grant makes it granted; the end of its accounts makes it ended or
revoked.
"""

from typing import Final, Literal

from bekal.core.sql import load_sql
from bekal.participants.models import EnrolmentStatus

GRANT_SQL: Final = load_sql("participants", "grant")
"""What a run that grants does after each chunk."""


def end_sql(status: Literal[EnrolmentStatus.ENDED, EnrolmentStatus.REVOKED]) -> str:
    """What a run that closes training accounts does after each chunk: the status of their enrolments, and who is barred.

    Its parameter `bars` is a list of the programmes of which the people may join no later wave.
    """
    return load_sql("participants", "end").replace("{status}", status)
