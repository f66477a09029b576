"""Holding courses back that would stand on too many pages. Knows no database.

A page is the bundle of a person and, of other topics, the first `PLACES` of the list. With u the model's utilities and d ≥ 0 a
number for each course, people are shown what is best by u - d; a course on more than its cap of the pages of some people gets a
larger d, one below it a smaller one, until no course is above its cap (a dual ascent: d are the prices of the places). Each step
moves d by a part of the logarithm of share over cap, in the unit of these people's scores; the parts get smaller. What comes out
follows from the people alone: nothing in it is drawn, and a person's page depends on d and on nobody else.

The cap is `LARGEST_SHARE`, but twice the even share for a course that people cannot but be shown: an even share is that of a
person's places in the topics on offer to that person.
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from bekal.recommender.engine import UNKNOWN, Attribute, Bekal, Catalogue, Choosing, Demographics
from bekal.recommender.engine.batch import recommend_batch
from bekal.recommender.engine.choosing import offered
from bekal.recommender.engine.tables import LARGEST_OFFSET, Layout, Tables
from bekal.recommender.training.worth import Asking

LARGEST_SHARE: Final = 0.2
"""No course stands on more of the pages, unless people have little to choose from."""
TOLERANCE: Final = 0.03
"""How much larger the largest share may be among 2,000 people who had no part in it, where 2,000 had: the share of one course
then differs between the two by .009, which is one standard error, and it is the largest of the many that are at the cap."""
PLACES: Final = 6
_EVEN_SHARES: Final = 2.0
_MOST_STEPS: Final = 60
_PATIENCE: Final = 10
"""So many steps without one that comes nearer are the last ones."""
_FIRST_STEP: Final = 1.0
_SLOWING: Final = 0.7
_AIM: Final = 0.95
"""Aimed at is a little less than the cap, so that it is met in a few steps."""
_FASTEST: Final = 4.0


def held_back(model: Bekal, asking: Asking | None, *, choosing: Choosing) -> NDArray[np.int32]:
    """int32[items], 0 or less: what keeps every course at its cap among these people; of the steps tried, the one that comes
    nearest to it. Zeros without people.

    Args:
        model: whatever is held back in it already is left out.
        choosing: how pages are filled; by the model as it is.
    """
    nothing = np.zeros(model.item_count, dtype=np.int32)
    if asking is None or not asking.demographics.people_count:
        return nothing
    audience = _Audience(model.holding_back(nothing), asking, choosing)
    caps = np.maximum(LARGEST_SHARE, _EVEN_SHARES * audience.even_shares())
    unit = audience.unit()
    held = np.zeros(model.item_count)
    best, best_excess, best_step = nothing, np.inf, 0
    for step in range(_MOST_STEPS):
        tried = -np.rint(held).astype(np.int32)
        over = audience.shares(tried) / caps
        excess = float(over.max(initial=0.0))
        if excess < best_excess:
            best, best_excess, best_step = tried, excess, step
        if excess <= 1 or step - best_step >= _PATIENCE:
            break
        moved = np.log(np.clip(over / _AIM, 1 / _FASTEST, _FASTEST))
        held = np.clip(held + _FIRST_STEP / (1 + step) ** _SLOWING * unit * moved, 0.0, float(LARGEST_OFFSET))
    return best


def shares_of_pages(model: Bekal, asking: Asking, *, choosing: Choosing) -> NDArray[np.float64]:
    """float64[items]: on what share of these people's pages each course stands."""
    nothing = np.zeros(model.item_count, dtype=np.int32)
    return _Audience(model, asking, choosing).shares(nothing)


class _Audience:
    """People with their sums, which are added up once: every one is a group of their own in tables of a single length."""

    def __init__(self, model: Bekal, asking: Asking, choosing: Choosing) -> None:
        people = asking.demographics.people_count
        self._asking, self._choosing = asking, choosing
        self._sums = model.tables.sums(asking.demographics, asking.histories)
        attribute = Attribute("person", tuple(f"{number:09}" for number in range(people)))
        self._demographics = Demographics((attribute,), np.arange(people, dtype=np.int16).reshape(-1, 1))
        groups = np.concatenate([np.zeros((1, model.item_count), dtype=np.int64), self._sums])[None].astype(np.int32)
        history = np.zeros((0, model.item_count, model.item_count), dtype=np.int32)
        self._tables = Tables(Layout((attribute,)), (0,), groups, history, 0)

    def shares(self, offsets: NDArray[np.int32]) -> NDArray[np.float64]:
        """float64[items]: on what share of the pages each item stands with these numbers added."""
        asking, catalogue = self._asking, self._asking.catalogue
        found = recommend_batch(
            self._tables.offset(offsets),
            self._demographics,
            asking.histories,
            catalogue=catalogue,
            balances_idr=asking.balances_idr,
            allowed=asking.allowed,
            top=PLACES + self._choosing.parts,
            choosing=self._choosing,
        )
        listed = _without_topics_of(found.bundles, found.items, catalogue)
        shown = np.concatenate([found.bundles, listed], axis=1)
        counts = np.bincount(shown[shown != UNKNOWN], minlength=len(catalogue.codes))
        return counts / asking.demographics.people_count

    def even_shares(self) -> NDArray[np.float64]:
        """float64[items]: the shares, were each person's places dealt evenly to the topics on offer to that person."""
        asking, catalogue = self._asking, self._asking.catalogue
        shares = np.zeros(len(catalogue.codes))
        for person, balance_idr in enumerate(asking.balances_idr.tolist()):
            items = offered(catalogue, balance_idr=balance_idr, owned=asking.histories.of(person), allowed=asking.allowed)
            topics = catalogue.topics[items]
            count = np.unique(topics[topics != UNKNOWN]).size + int((topics == UNKNOWN).sum())
            if count:
                shares[items] += min(1.0, (PLACES + self._choosing.parts) / count)
        return shares / asking.demographics.people_count

    def unit(self) -> float:
        """The spread of a person's sums, in the mean over people."""
        return float(self._sums.std(axis=1).mean())


def _without_topics_of(bundles: NDArray[np.int32], lists: NDArray[np.int32], catalogue: Catalogue) -> NDArray[np.int32]:
    """The first `PLACES` of each list that are of no topic of the bundle; `UNKNOWN` elsewhere."""
    topics = np.append(catalogue.topics, UNKNOWN)
    theirs, there = topics[lists][:, :, None], topics[bundles][:, None, :]
    is_there = ((theirs == there) & (there != UNKNOWN) | (lists[:, :, None] == bundles[:, None, :])).any(axis=2)
    kept = ~is_there & (lists != UNKNOWN)
    return np.where(kept & (kept.cumsum(axis=1) <= PLACES), lists, UNKNOWN).astype(np.int32)
