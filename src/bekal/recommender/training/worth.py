"""How a model serves lists and bundles (`Choosing`). Knows no database.

Scores of two models have no unit in common, so what using up a balance is worth is stated as a share of what a pair is worth: the
mean utility, over people who may be asked about, of the best two trainings that their balance can buy. The shares, and the number
of parts, were chosen by what becomes of synthetic people: `simulation.testbed.settings`, docs/adr/0022-pairs.md.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from bekal.recommender.engine import Bekal, Catalogue, Demographics, Interactions
from bekal.recommender.engine.batch import recommend_batch
from bekal.recommender.engine.choosing import NO_FLOOR, Choosing

MOST_ASKING: Final = 500
"""More people make the choice no better."""
_PAIR: Final = 2


@dataclass(frozen=True, slots=True)
class Shares:
    """How lists and bundles are chosen, whatever the unit of a model's scores.

    Attributes:
        parts: the most trainings in a bundle; 0 for no bundles.
        eta: what using up all of the balance is worth in a bundle, over the worth of a pair.
        list_eta: the same in the list of somebody who has bought something.
    """

    parts: int
    eta: float
    list_eta: float


SHIPPED_SHARES: Final = Shares(parts=2, eta=0.5, list_eta=0.1)
"""What `bekal recommender testbed --choose` chose."""


@dataclass(frozen=True, slots=True, eq=False)
class Asking:
    """People who may be asked about, row by row the same in the first three.

    Attributes:
        catalogue: as it is now.
        allowed: bool[items], what can be bought.
    """

    demographics: Demographics
    histories: Interactions
    balances_idr: NDArray[np.int64]
    catalogue: Catalogue
    allowed: NDArray[np.bool_]


def choosing_for(model: Bekal, asking: Asking | None, *, shares: Shares = SHIPPED_SHARES, floor: int = NO_FLOOR) -> Choosing:
    """What these shares are in the unit of a model's scores.

    Args:
        asking: whose pairs say what a pair is worth; without people, using up a balance is worth nothing.
        floor: no part of a bundle has a lower utility.
    """
    worth = 0.0 if asking is None else max(0.0, worth_of_pair(model, asking))
    return Choosing(parts=shares.parts, eta=round(shares.eta * worth), list_eta=round(shares.list_eta * worth), floor=floor)


def worth_of_pair(model: Bekal, asking: Asking) -> float:
    """The mean utility of the best two trainings that the balance can buy, over people; 0 for those who can buy none."""
    found = recommend_batch(
        model.tables,
        asking.demographics,
        asking.histories,
        catalogue=asking.catalogue,
        balances_idr=asking.balances_idr,
        allowed=asking.allowed,
        top=1,
        choosing=Choosing(parts=_PAIR, eta=0),
    )
    return int(found.bundle_utilities.sum()) / max(asking.demographics.people_count, 1)
