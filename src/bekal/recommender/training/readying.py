"""From what was learnt to what serves: courses held back, and how lists and bundles are chosen. Knows no database."""

from typing import Final

import numpy as np

from bekal.recommender.engine import Bekal, Choosing, Demographics, Interactions
from bekal.recommender.engine.choosing import NO_FLOOR
from bekal.recommender.training.exposure import held_back
from bekal.recommender.training.worth import Asking, choosing_for

BELOW_FLOOR: Final = 0.1
"""What part of the purchases that were made is worth less to their buyers than the least part of a bundle."""
_MOST_BUYERS: Final = 2_000
"""More make the tenth part no surer."""


def readied(
    model: Bekal, *, interactions: Interactions, demographics: Demographics, asking: Asking | None
) -> tuple[Bekal, Choosing]:
    """The model as it serves people who may be asked about, and how it chooses for them.

    Args:
        interactions, demographics: what it learnt from.
        asking: None where nobody is known; then nothing is held back.
    """
    ready = model.holding_back(held_back(model, asking, choosing=choosing_for(model, asking)))
    floor = floor_of(ready, interactions=interactions, demographics=demographics)
    return ready, choosing_for(ready, asking, floor=floor)


def floor_of(model: Bekal, *, interactions: Interactions, demographics: Demographics, below: float = BELOW_FLOOR) -> int:
    """The utility that all but a part of the last purchases had for their buyers, given what they had bought before.

    A training that is worth less to a person than nearly everything that was ever bought was to its buyer stands in a bundle for
    its price alone. `NO_FLOOR` where nobody bought anything.

    Args:
        interactions, demographics: people, row by row; of many, some that are spread evenly are looked at.
        below: the part of the purchases that may be worth less, 0 … 1.
    """
    buyers = np.flatnonzero(interactions.lengths > 0)
    if not buyers.size:
        return NO_FLOOR
    rows = buyers[np.linspace(0, buyers.size - 1, num=min(buyers.size, _MOST_BUYERS)).astype(np.int64)]
    bought = [interactions.of(row) for row in rows.tolist()]
    before = Interactions.from_lists([items[:-1].tolist() for items in bought], item_count=interactions.item_count)
    last = np.array([items[-1] for items in bought], dtype=np.int64)
    utilities = model.tables.sums(demographics.rows(rows), before)[np.arange(rows.size), last]
    return int(np.quantile(utilities, below, method="lower"))
