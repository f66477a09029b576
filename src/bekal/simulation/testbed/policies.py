"""What a shelf shows: the arms of the testbed."""

from dataclasses import dataclass
from typing import Final, Protocol

import numpy as np
from numpy.typing import NDArray

from bekal.recommender.engine import UNKNOWN, Catalogue, Demographics, Interactions, Recommender
from bekal.recommender.engine.blended import Bekal
from bekal.recommender.engine.bundles import best_bundle, use_of_balance
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
        people = demographics.people_count
        items = _free(people, SHOWN)
        for start in range(0, people, _BLOCK):
            block = slice(start, min(start + _BLOCK, people))
            some = _some(demographics, histories, block)
            items[block] = best_affordable(
                self.model.scores(*some),
                catalogue=catalogue,
                balances_idr=balances_idr[block],
                histories=some[1],
                allowed=allowed,
            )
        return Shelves(items, _free(people, MOST))


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
        people = demographics.people_count
        items, bundles = _free(people, SHOWN), _free(people, MOST)
        for start in range(0, people, _BLOCK):
            block = slice(start, min(start + _BLOCK, people))
            some = _some(demographics, histories, block)
            sums = self.model.tables.sums(*some)
            items[block] = best_affordable(
                sums.astype(np.float64),
                catalogue=catalogue,
                balances_idr=balances_idr[block],
                histories=some[1],
                allowed=allowed,
            )
            for row, balance_idr in enumerate(balances_idr[block].tolist()):
                found = best_bundle(
                    use_of_balance(sums[row], prices_idr=catalogue.prices_idr, balance_idr=balance_idr, eta=self.eta),
                    catalogue=catalogue,
                    balance_idr=balance_idr,
                    owned=some[1].of(row),
                    allowed=allowed,
                    most=MOST,
                )
                bundles[start + row, : len(found.items)] = found.items
        return Shelves(items, bundles)


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
    # In the order of prices and codes, in which a stable sort leaves equal scores.
    ordered = np.where(barred, -np.inf, scores)[:, catalogue.cheapest_first]
    places = np.argsort(-ordered, axis=1, kind="stable")[:, :top]
    items = np.where(np.isfinite(np.take_along_axis(ordered, places, axis=1)), catalogue.cheapest_first[places], UNKNOWN)
    found = _free(len(scores), top)
    found[:, : items.shape[1]] = items
    return found


def _free(people: int, places: int) -> Integers:
    return np.full((people, places), UNKNOWN, dtype=np.int64)


def _some(demographics: Demographics, histories: Interactions, block: slice) -> tuple[Demographics, Interactions]:
    first, last = histories.indptr[block.start], histories.indptr[block.stop]
    return (
        Demographics(demographics.attributes, demographics.codes[block]),
        Interactions(histories.indptr[block.start : block.stop + 1] - first, histories.items[first:last], histories.item_count),
    )
