"""What a shelf shows: the arms of the testbed."""

from dataclasses import dataclass
from typing import Final, Protocol

import numpy as np
from numpy.typing import NDArray

from bekal.recommender.engine import UNKNOWN, Catalogue, Choosing, Demographics, Interactions, Recommender
from bekal.recommender.engine.batch import recommend_batch
from bekal.recommender.engine.blended import Bekal
from bekal.simulation.testbed.chance import Floats, Integers

SHOWN: Final = 10
MOST: Final = 4
_BLOCK: Final = 4_096


@dataclass(frozen=True, eq=False)
class Shelves:
    """What each person is shown, -1 in places left free.

    Attributes:
        items: int64[people, SHOWN], best first.
        bundles: int64[people, MOST]: one card above the list, whose trainings are bought together.
    """

    items: Integers
    bundles: Integers


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
        return Shelves(_free(demographics.people_count, SHOWN), _free(demographics.people_count, MOST))


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
        return Shelves(items, _free(demographics.people_count, MOST))


@dataclass(frozen=True, eq=False)
class Bundled:
    """The same list, and above it the best set that the balance can buy.

    Attributes:
        eta: what using up the balance is worth, in the unit of the model's tables.
    """

    name: str
    model: Bekal
    eta: int
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
            choosing=Choosing(parts=MOST, eta=self.eta),
        )
        return Shelves(found.items.astype(np.int64), found.bundles.astype(np.int64))


def best_affordable(
    scores: Floats,
    *,
    catalogue: Catalogue,
    balances_idr: Integers,
    histories: Interactions,
    allowed: NDArray[np.bool_],
    top: int = SHOWN,
) -> Integers:
    """int64[people, top]: as `Recommender.recommend` orders them, for many people at once; -1 in places left free."""
    barred = (catalogue.prices_idr > balances_idr[:, None]) | ~allowed
    barred[histories.people, histories.items] = True
    # In the order of prices and codes, of which the first counts where scores are equal.
    losses = np.where(barred, np.inf, -scores)[:, catalogue.cheapest_first]
    places = _smallest(losses, count=min(top, losses.shape[1]))
    items = np.where(np.isfinite(np.take_along_axis(losses, places, axis=1)), catalogue.cheapest_first[places], UNKNOWN)
    found = _free(len(scores), top)
    found[:, : items.shape[1]] = items
    return found


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
