"""What could be chosen at each moment: the items that a person's balance could buy then.

What people took says what they like only beside what they could have taken. With A the items that somebody could buy,

    P(j | A) = m_j / Σ over k in A of m_k

(the multinomial logit over what is on offer; McFadden, "Conditional logit analysis of qualitative choice behavior", in
*Frontiers in Econometrics*, 1974). m, what items are worth to everybody, is where the likelihood is highest: by the repeated step

    m_j ← n_j / Σ over choices with j in A of 1 / Σ over k in A of m_k

(Hunter, "MM algorithms for generalized Bradley-Terry models", Annals of Statistics 32(1), 2004). Where no balance is known, A is
always everything and m is popularity.
"""

from dataclasses import dataclass
from typing import Final, Self

import numpy as np
from numpy.typing import NDArray

from bekal.recommender.engine.data import NO_BALANCE, UNKNOWN, Interactions
from bekal.recommender.engine.popularity import PSEUDO_COUNT

_STEPS: Final = 12
"""Of the step above: after these the worth of items changes by less than a thousandth."""


@dataclass(frozen=True, eq=False)
class Choices:
    """Of everything taken, what it was taken from.

    Attributes:
        cheapest_first: int64[items], the items by price, those without one last.
        reach: int64[interactions], how many of those could be bought: a beginning of that order.
        balances: int64[interactions], 0 where nobody knows.
        prices: int64[items], in that order; the dearest price where there is none.
        worth: float64[items], m, adding up to 1.
        shares: float64[interactions], Σ of m over what could be bought.
    """

    cheapest_first: NDArray[np.int64]
    reach: NDArray[np.int64]
    balances: NDArray[np.int64]
    prices: NDArray[np.int64]
    worth: NDArray[np.float64]
    shares: NDArray[np.float64]

    @classmethod
    def of(cls, taken: Interactions) -> Self:
        """The choices behind these histories. What was taken could be bought, whatever prices are now."""
        count = taken.item_count
        order, reach = within_reach(taken)
        prices, balances = np.zeros(count, dtype=np.int64), np.zeros(taken.items.size, dtype=np.int64)
        if (spending := taken.spending) is not None:
            prices = spending.prices[order]
            prices = np.where(prices == UNKNOWN, prices.max(initial=0), prices)
            # `NO_BALANCE` is below zero too.
            balances = np.maximum(spending.balances, 0)
        worth, shares = _worth(np.bincount(taken.items, minlength=count), order, reach)
        return cls(order, reach, balances, prices, worth, shares)

    def chances(self, rows: NDArray[np.int64], count: int) -> NDArray[np.float64]:
        """float64[count, items]: how often people of a row had the chance to take an item, a choice among few counting more.

        Times m it is how often they are expected to have taken it, were all people alike.

        Args:
            rows: int64[interactions], below `count`; `UNKNOWN` counts nowhere.
        """
        items = self.worth.size
        known = rows != UNKNOWN
        cells = rows[known] * (items + 1) + self.reach[known]
        at_reach = np.bincount(cells, 1 / self.shares[known], minlength=count * (items + 1)).reshape(count, items + 1)
        chances = np.empty((count, items))
        # An item is among what could be bought wherever the reach is beyond its place.
        chances[:, self.cheapest_first] = np.cumsum(at_reach[:, :0:-1], axis=1)[:, ::-1]
        return chances


def within_reach(taken: Interactions) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """`cheapest_first` and `reach` of `Choices`."""
    count = taken.item_count
    order, reach = np.arange(count), np.full(taken.items.size, count)
    if (spending := taken.spending) is None:
        return order, reach
    order = np.lexsort((order, spending.prices, spending.prices == UNKNOWN))
    prices = spending.prices[order]
    places = np.empty(count, dtype=np.int64)
    places[order] = np.arange(count)
    affordable = np.searchsorted(prices[prices != UNKNOWN], spending.balances, side="right")
    is_known = spending.balances != NO_BALANCE
    return order, np.where(is_known, np.maximum(affordable, places[taken.items] + 1), reach)


def _worth(
    counts: NDArray[np.int64], order: NDArray[np.int64], reach: NDArray[np.int64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    taken = counts[order] + PSEUDO_COUNT
    at_reach = np.bincount(reach, minlength=counts.size + 1).astype(np.float64)
    worth = taken / max(taken.sum(), PSEUDO_COUNT)
    for _ in range(_STEPS if (reach < counts.size).any() else 0):
        sums = np.concatenate([[1.0], np.cumsum(worth)])
        chances = np.cumsum((at_reach / sums)[:0:-1])[::-1]
        # The pseudo counts stand for choices among everything.
        worth = taken / (chances + PSEUDO_COUNT * counts.size)
        worth /= worth.sum()
    shares = np.concatenate([[1.0], np.cumsum(worth)])[reach]
    found = np.empty_like(worth)
    found[order] = worth
    return found, shares
