"""What a wave will give back, and what it gave."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db import connection

from bekal.core.sql import load_sql
from bekal.programmes.models import Wave


@dataclass(frozen=True, slots=True)
class Outlook:
    """What would return if the wave ended now, in people and whole rupiah.

    `idle` people bought nothing: all of theirs would return. `spending` people bought something: only what is left of
    training would, where anything is left. Of the idle, `untold_people` may not know of their balance yet, so that their days for
    the first purchase do not run; `next_revocation_after` is the first last day of the others, None without any.
    """

    idle_people: int
    idle_training_idr: int
    idle_incentive_idr: int
    spending_people: int
    spending_with_rest_people: int
    spending_training_idr: int
    revoked_people: int
    ended_people: int
    untold_people: int
    next_revocation_after: date | None

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
        *numbers, day = cursor.fetchone()
    figures: tuple[Any, ...] = (*map(int, numbers), day)
    return Outlook(*figures)
