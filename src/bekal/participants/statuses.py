"""How an enrolment's status changes, which it does nowhere else. The kinds of runs that do it take their SQL from here.

An enrolment begins as accepted (`services.enrol_people`). A grant makes it granted; the end of its accounts makes it ended or
revoked.
"""

from typing import Literal

from bekal.core.sql import load_sql
from bekal.messages.services import write_many_sql
from bekal.messages.templates import template_of
from bekal.participants.messages import GRANTED
from bekal.participants.models import EnrolmentStatus


def grant_sql() -> str:
    """What a run that grants does after each chunk: the status of enrolments, the notice, and when their days begin.

    Its parameters beside the amounts: `window_days` for the first purchase, and `spend_by`, which cuts them short.
    """
    notices = write_many_sql(
        template=GRANTED,
        select="SELECT recipient, public_id AS about, %(training_idr)s AS training_idr,"
        " least(%(window_days)s::int, %(spend_by)s::date - %(posting_date)s::date + 1) AS days"
        " FROM granted WHERE recipient IS NOT NULL",
        written_at="%(posted_at)s",
    )
    sql = load_sql("participants", "grant")
    return sql.replace("{topic}", str(template_of(GRANTED).topic.value)).replace("{notices}", notices)


def end_sql(status: Literal[EnrolmentStatus.ENDED, EnrolmentStatus.REVOKED]) -> str:
    """What a run that closes training accounts does after each chunk: the status of their enrolments, and who is barred.

    Its parameter `bars` is a list of the programmes of which the people may join no later wave.
    """
    return load_sql("participants", "end").replace("{status}", status)
