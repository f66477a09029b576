"""How much using up a balance is worth beside what fits best (η). Knows no database."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from bekal.recommender.engine import Bekal, Catalogue, Choosing, Demographics, Interactions
from bekal.recommender.engine.batch import recommend_batch
from bekal.recommender.engine.bundles import largest_eta
from bekal.recommender.engine.choosing import MOST_PARTS

MOST_ASKING: Final = 500
"""More people make the choice no better."""
_STEPS: Final = 16


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


def choosing_for(model: Bekal, asking: Asking | None) -> Choosing:
    """How lists and bundles of a model are chosen for these people."""
    return Choosing(parts=MOST_PARTS, eta=worth_of_balance(model, asking))


def worth_of_balance(model: Bekal, asking: Asking | None) -> int:
    """The largest η that costs these people no more than a fiftieth of what their bundles are worth to them; 0 without people.

    Tried are the worth of a mean bundle, and ever smaller parts of it, each divided by √2, down to a 181st.
    """
    if asking is None:
        return 0
    most = _mean_utility(model, asking, eta=0)
    if most <= 0:
        return 0
    etas = [round(most * 2 ** (-step / 2)) for step in range(_STEPS)]
    return largest_eta(lambda eta: 1 - _mean_utility(model, asking, eta=eta) / most, etas)


def _mean_utility(model: Bekal, asking: Asking, *, eta: int) -> float:
    """What the bundles that an η leads to are worth without it, in the mean over people."""
    found = recommend_batch(
        model.tables,
        asking.demographics,
        asking.histories,
        catalogue=asking.catalogue,
        balances_idr=asking.balances_idr,
        allowed=asking.allowed,
        top=1,
        choosing=Choosing(parts=MOST_PARTS, eta=eta),
    )
    return int(found.bundle_utilities.sum()) / max(asking.demographics.people_count, 1)
