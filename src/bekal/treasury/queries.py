"""What a wave will give back, and what it gave."""

from dataclasses import dataclass

from django.db import connection

from bekal.core.sql import load_sql
from bekal.programmes.models import Wave


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
        cursor.execute(load_sql("treasury", "outlook"), {"wave": wave.pk})
        return Outlook(*map(int, cursor.fetchone()))
