"""From what was learnt to what serves: courses held back, and how lists and bundles are chosen. Knows no database."""

from typing import Final

import numpy as np

from bekal.recommender.engine import Bekal, Choosing, Demographics, Interactions
from bekal.recommender.engine.choosing import NO_FLOOR
from bekal.recommender.training.exposure import held_back
from bekal.recommender.training.worth import Asking, choosing_for

BELOW_FLOOR: Final = 0.1
"""What part of purchases was worth less to their buyers than the least part of a bundle is."""
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
    """The utility that all but a part of purchases had for their buyers, given what they had bought before.

    A training that is worth less to a person than nearly everything that was ever bought was to its buyer stands in a bundle for
    its price alone. Sums are larger the more is known of a person, so first purchases and last ones are looked at apart, and the
    lower floor of the two is that of everybody. `NO_FLOOR` where nobody bought anything.

    Args:
        interactions, demographics: people, row by row; of many, some that are spread evenly are looked at.
        below: the part of the purchases that may be worth less, 0 … 1.
    """
    buyers = np.flatnonzero(interactions.lengths > 0)
    if not buyers.size:
        return NO_FLOOR
    rows = buyers[np.linspace(0, buyers.size - 1, num=min(buyers.size, _MOST_BUYERS)).astype(np.int64)]
    bought = [interactions.of(row).tolist() for row in rows.tolist()]
    floors = []
    for place in (0, -1):
        before = Interactions.from_lists([items[:place] if place else [] for items in bought], item_count=model.item_count)
        items = np.array([items[place] for items in bought], dtype=np.int64)
        utilities = model.tables.sums(demographics.rows(rows), before)[np.arange(rows.size), items]
        floors.append(int(np.quantile(utilities, below, method="lower")))
    return min(floors)
