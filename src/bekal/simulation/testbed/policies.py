"""What a shelf shows: the arms of the testbed."""

from dataclasses import dataclass
from typing import Final, Protocol, Self

import numpy as np
from numpy.typing import NDArray

from bekal.recommender.engine import UNKNOWN, Catalogue, Choosing, Demographics, Interactions, Recommender
from bekal.recommender.engine.batch import recommend_batch
from bekal.recommender.engine.blended import Bekal
from bekal.recommender.engine.choosing import MOST_PARTS
from bekal.simulation.testbed.chance import Floats, Integers

SHOWN: Final = 10
MOST: Final = MOST_PARTS
FEWEST_ON_CARD: Final = 2
_BLOCK: Final = 4_096


@dataclass(frozen=True, eq=False)
class Shelves:
    """What each person is shown, -1 in places left free.

    Attributes:
        items: int64[people, SHOWN], best first.
        bundles: int64[people, MOST]: one card, whose trainings can be bought together.
        above: int64[people], how many of the list stand above the card.
    """

    items: Integers
    bundles: Integers
    above: Integers

    @classmethod
    def of_list(cls, items: Integers) -> Self:
        """A list without a card."""
        return cls(items, _free(len(items), MOST), np.zeros(len(items), dtype=np.int64))


class Policy(Protocol):
    """One arm."""

    @property
    def name(self) -> str:
        """What reports call it."""

    @property
    def is_personal(self) -> bool:
        """Whether it depends on more than the balance."""

    def shelves(
        self,
        demographics: Demographics,
        histories: Interactions,
        /,
        *,
        catalogue: Catalogue,
        balances_idr: Integers,
        allowed: NDArray[np.bool_],
    ) -> Shelves:
        """Fill shelves with what is affordable, allowed (bool[items]) and not in the history."""


@dataclass(frozen=True)
class Nothing:
    """No shelf: people find what they find."""

    name: str = "nothing"
    is_personal: bool = False

    def shelves(
        self,
        demographics: Demographics,
        _histories: Interactions,
        /,
        **_: object,
    ) -> Shelves:
        return Shelves.of_list(_free(demographics.people_count, SHOWN))


@dataclass(frozen=True, eq=False)
class Ranked:
    """The best affordable ones by a model's scores, any model's."""

    name: str
    model: Recommender
    is_personal: bool

    def shelves(
        self,
        demographics: Demographics,
        histories: Interactions,
        /,
        *,
        catalogue: Catalogue,
        balances_idr: Integers,
        allowed: NDArray[np.bool_],
    ) -> Shelves:
        items = _free(demographics.people_count, SHOWN)
        for first in range(0, demographics.people_count, _BLOCK):
            block = np.arange(first, min(first + _BLOCK, demographics.people_count))
            taken = histories.rows(block)
            scores = self.model.scores(demographics.rows(block), taken)
            items[block] = best_affordable(
                scores, catalogue=catalogue, balances_idr=balances_idr[block], histories=taken, allowed=allowed
            )
        return Shelves.of_list(items)


@dataclass(frozen=True, eq=False)
class Served:
    """What the platform serves: a model's list and, where bundles have any parts, a card with the best set for the balance.

    Attributes:
        choosing: how the model serves; with no parts there is no card.
        above: how many of the list stand above the card; `SHOWN` puts it last.
    """

    name: str
    model: Bekal
    choosing: Choosing
    above: int = 0
    is_personal: bool = True

    def shelves(
        self,
        demographics: Demographics,
        histories: Interactions,
        /,
        *,
        catalogue: Catalogue,
        balances_idr: Integers,
        allowed: NDArray[np.bool_],
    ) -> Shelves:
        found = recommend_batch(
            self.model.tables,
            demographics,
            histories,
            catalogue=catalogue,
            balances_idr=balances_idr,
            allowed=allowed,
            top=SHOWN,
            choosing=self.choosing,
        )
        items, bundles = found.items.astype(np.int64), _free(demographics.people_count, MOST)
        bundles[:, : self.choosing.parts] = found.bundles
        # As on the page, what holds one training is no card.
        bundles[(bundles >= 0).sum(axis=1) < FEWEST_ON_CARD] = UNKNOWN
        return Shelves(items, bundles, np.minimum(self.above, (items >= 0).sum(axis=1)))


def best_affordable(
    scores: Floats,
    *,
    catalogue: Catalogue,
    balances_idr: Integers,
    histories: Interactions,
    allowed: NDArray[np.bool_],
    top: int = SHOWN,
) -> Integers:
    """int64[people, top]: `engine.top_affordable` for many people at once; -1 in places left free.

    Args:
        scores: float64[people, items].
        catalogue: one without levels, so that nothing more of an owned topic is on offer.
    """
    barred = (catalogue.prices_idr > balances_idr[:, None]) | ~allowed
    barred[histories.people, histories.items] = True
    topics = _topics(catalogue)
    owned = np.zeros((len(scores), topics.max(initial=0) + 1), dtype=np.bool_)
    owned[histories.people, topics[histories.items]] = True
    barred |= owned[:, topics]
    # In the order of prices and codes, of which the first counts where scores are equal.
    losses = np.where(barred, np.inf, -scores)[:, catalogue.cheapest_first]
    # Among so many there are enough topics, whichever they are.
    count = min(top * int(np.bincount(topics).max(initial=0)), losses.shape[1])
    places = _smallest(losses, count=count)
    items = np.where(np.isfinite(np.take_along_axis(losses, places, axis=1)), catalogue.cheapest_first[places], UNKNOWN)
    return _one_a_topic(items, topics, top=top)


def _one_a_topic(items: Integers, topics: Integers, *, top: int) -> Integers:
    """int64[people, top]: of each row the first of each topic, -1 at the end."""
    rows = np.arange(len(items))
    found, filled = _free(len(items), top), np.zeros(len(items), dtype=np.int64)
    seen = np.zeros((len(items), topics.max(initial=0) + 1), dtype=np.bool_)
    for column in items.T:
        new = (column >= 0) & ~seen[rows, topics[column]] & (filled < top)
        found[rows[new], filled[new]] = column[new]
        seen[rows[new], topics[column[new]]] = True
        filled += new
    return found


def _topics(catalogue: Catalogue) -> Integers:
    """int64[items]: topics, and a number of its own where none is known."""
    topics = catalogue.topics.astype(np.int64)
    unknown = topics == UNKNOWN
    topics[unknown] = topics.max(initial=UNKNOWN) + 1 + np.arange(unknown.sum())
    return topics


def _smallest(values: Floats, *, count: int) -> Integers:
    """int64[rows, count]: the places of the smallest of each row, in their order, of equal ones the first."""
    if not count:
        return np.empty((len(values), 0), dtype=np.int64)
    kept = values <= np.partition(values, count - 1, axis=1)[:, count - 1 : count]
    # Sorting a few is quicker than sorting all, and they are the same few unless more are as small as the last of them.
    clear = kept.sum(axis=1) == count
    found = np.empty((len(values), count), dtype=np.int64)
    found[~clear] = np.argsort(values[~clear], axis=1, kind="stable")[:, :count]
    few = np.nonzero(kept[clear])[1].reshape(-1, count)
    order = np.argsort(np.take_along_axis(values[clear], few, axis=1), axis=1, kind="stable")
    found[clear] = np.take_along_axis(few, order, axis=1)
    return found


def _free(people: int, places: int) -> Integers:
    return np.full((people, places), UNKNOWN, dtype=np.int64)
