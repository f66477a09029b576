"""What the arms did to the people in them: who opened the dashboard, and how it ended for them."""

from dataclasses import dataclass
from datetime import date
from itertools import combinations
from typing import Final

import numpy as np
from django.db import connection

from bekal.core import clock
from bekal.core.sql import load_sql
from bekal.programmes.definition import load_definition
from bekal.programmes.models import Wave
from bekal.recommender.engine.uplift import Comparison, Outcome, compare
from bekal.recommender.models import Arm

# The smallest differences that would matter, fixed before anybody was compared.
_UNSPENT_OF_INTEREST_IDR: Final = 25_000
_SHARE_OF_INTEREST: Final = 0.05


@dataclass(frozen=True)
class ArmSummary:
    """One arm so far: how many were drawn into it and opened the dashboard."""

    arm: Arm
    people: int


@dataclass(frozen=True)
class Uplift:
    """The experiment of one wave.

    Attributes:
        deadline: the last day on which outcomes can change; nothing is concluded before it is over.
        arms: how many people each has.
        comparisons: outcome by outcome, pair by pair; the earlier arm is the control.
    """

    wave: Wave
    deadline: date
    arms: tuple[ArmSummary, ...]
    comparisons: tuple[Comparison, ...]


def uplift_of(wave: Wave) -> Uplift:
    """Compare the arms of a wave by intention to treat, in one query.

    Counted is everyone whose arm was drawn and who opened the dashboard with something to spend, in that arm, whatever was seen
    or done later. Adjusted for what was known at that moment: the balance, and how many trainings had been bought and completed.
    """
    definition = load_definition(wave.programme)
    with connection.cursor() as cursor:
        cursor.execute(load_sql("recommender", "uplift"), {"wave": wave.pk, "granted_idr": definition.training.amount_idr})
        rows = cursor.fetchall()
    arms = list(Arm)
    assigned = np.array([arms.index(Arm(row[0])) for row in rows], dtype=np.int64)
    numbers = np.array([row[1:] for row in rows], dtype=np.float64).reshape(len(rows), 6)
    deadline = max(wave.spend_by, definition.last_day_to_complete(wave.accepted_on))
    comparisons = compare(
        [
            Outcome("unspent_idr", numbers[:, 0], of_interest=_UNSPENT_OF_INTEREST_IDR, less_is_better=True),
            Outcome("second_purchase", numbers[:, 1], of_interest=_SHARE_OF_INTEREST),
            Outcome("completion", numbers[:, 2], of_interest=_SHARE_OF_INTEREST),
        ],
        assigned,
        arms=arms,
        pairs=list(combinations(range(len(arms)), 2)),
        today=clock.today(),
        deadline=deadline,
        covariates=numbers[:, 3:],
    )
    counts = np.bincount(assigned, minlength=len(arms)).tolist()
    summaries = tuple(ArmSummary(arm, count) for arm, count in zip(arms, counts, strict=True))
    return Uplift(wave=wave, deadline=deadline, arms=summaries, comparisons=comparisons)
