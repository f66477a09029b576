"""What a wave will give back, and what it gave."""

from dataclasses import dataclass

from django.db import connection

from bekal.ledger.models import Run
from bekal.programmes.models import Wave
from bekal.treasury.runs import BOUGHT_SQL, EXPIRY, REVOCATION


@dataclass(frozen=True, slots=True)
class Outlook:
    """What would return if the wave ended now, in people and whole rupiah.

    `idle` people bought nothing: all of theirs would return. `spending` people bought something: only what is left of
    training would, where anything is left.
    """

    idle_people: int
    idle_training_idr: int
    idle_incentive_idr: int
    spending_people: int
    spending_with_rest_people: int
    spending_training_idr: int
    revoked_people: int
    ended_people: int

    @property
    def idle_idr(self) -> int:
        return self.idle_training_idr + self.idle_incentive_idr

    @property
    def returning_idr(self) -> int:
        return self.idle_idr + self.spending_training_idr


def outlook(wave: Wave) -> Outlook:
    """What the wave would give back, in one query."""
    with connection.cursor() as cursor:
        cursor.execute(_OUTLOOK_SQL, {"wave": wave.pk})
        return Outlook(*cursor.fetchone())


def runs_of(wave: Wave) -> list[Run]:
    """The wave's revocations and expiries, newest first, with who proposed and approved them."""
    runs = Run.objects.filter(fund=wave.fund, kind__in=[REVOCATION, EXPIRY])
    return list(runs.select_related("proposed_by", "approved_by").order_by("-id"))


_OUTLOOK_SQL = f"""
    SELECT
        count(*) FILTER (WHERE status = 'granted' AND NOT bought),
        coalesce(sum(training_idr) FILTER (WHERE status = 'granted' AND NOT bought), 0)::bigint,
        coalesce(sum(incentive_idr) FILTER (WHERE status = 'granted' AND NOT bought), 0)::bigint,
        count(*) FILTER (WHERE status = 'granted' AND bought),
        count(*) FILTER (WHERE status = 'granted' AND bought AND training_idr > 0),
        coalesce(sum(training_idr) FILTER (WHERE status = 'granted' AND bought), 0)::bigint,
        count(*) FILTER (WHERE status = 'revoked'),
        count(*) FILTER (WHERE status = 'ended')
    FROM (
        SELECT enrolment.status, training.available_idr AS training_idr, incentive.available_idr AS incentive_idr,
            {BOUGHT_SQL} AS bought
        FROM participants_enrolment AS enrolment
        JOIN ledger_balance AS training ON training.owner = enrolment.number * 10 + 1
        JOIN ledger_balance AS incentive ON incentive.owner = enrolment.number * 10 + 2
        WHERE enrolment.wave_id = %(wave)s
    ) AS person
"""
