"""The set of courses that makes the most of a balance: exact, and always the same.

    maximise Σ value over at most 4 items on offer, at most one per topic, with Σ price ≤ balance

Of several sets of the highest value the cheapest is the best; of equally cheap ones the first, where a set is read from its most
valuable item down (equal values by price, then code) and compared item by item.

How (`kernels`): an item is left out when its value is not above 0, and when an item of its own topic, or items of `most`
different topics, precede it by price (rising), value (falling) and code with at least its value: a set that holds it can exchange
it for one of them, which makes the set better. What remains is searched by branch and bound: first with the values that follow
as a bound, then with a Lagrangian one (Fisher 1981: for any slope ≥ 0, value ≤ slope × balance + the best reduced values, which
are value - slope × price), and that also drops what can be part of no set as good as a known one. About twenty items remain
where values count alone; where using the balance counts too, hundreds do, and that bound comes first. Each search stops after a
number of steps. What is left then, as when all values follow the price, is asked two and two: which sums of two prices there
are, as bits; from these, which prices sets can have at all, from the balance down; and what sets of one size and exactly one
price are worth at most (any slope bounds those, also one below 0), for balances of at most four million. Where that does not
settle it, pairs whose reduced values allow for a best set are put together (Horowitz and Sahni 1974, meet in the middle), slice
by slice of the price, so that it fits a processor's cache. Where more sets are as good as the best than are compared, the first
of them is sought in order. Adding and holding pairs is work of the square of the number of items; how many held pairs meet, and
how many beginnings of the first set are tried, has no proven bound.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from bekal.recommender.engine import kernels
from bekal.recommender.engine.choosing import Choosing, offered, use_of_balance
from bekal.recommender.engine.data import Catalogue

LARGEST_UTILITY: Final = 2**40
"""No utility may be larger, so that sums, and sums with their price beside them, fit 64 bits."""


@dataclass(frozen=True)
class Bundle:
    """A set of items that fit a balance together.

    Attributes:
        items: by price, then code; empty where nothing that fits has a utility above 0.
        utility: the sum of their utilities.
        price_idr: the sum of their prices.
    """

    items: tuple[int, ...]
    utility: int
    price_idr: int


def best_bundle(
    utilities: NDArray[np.int64],
    *,
    catalogue: Catalogue,
    balance_idr: int,
    owned: ArrayLike,
    allowed: NDArray[np.bool_],
    most: int = kernels.MOST,
) -> Bundle:
    """The best set of items for one person, as this module defines it.

    Args:
        utilities: int64[items], each at most 2^40 in size; only those above 0 can be part of a bundle.
        Others: as for `offered`.
        most: at most this many items, 1 … 4.

    Raises:
        ValueError: any of this does not hold.
    """
    columns = offered(catalogue, balance_idr=balance_idr, owned=owned, allowed=allowed)
    if utilities.shape != allowed.shape or utilities.dtype != np.int64:
        raise ValueError(f"utilities must be {allowed.size} numbers of int64")
    if utilities.size and (utilities.max() > LARGEST_UTILITY or utilities.min() < -LARGEST_UTILITY):
        raise ValueError("utilities must be at most 2^40 in size")
    check_most(most)
    chosen, best = np.zeros(kernels.MOST, dtype=np.int64), np.zeros(3, dtype=np.int64)
    prices_idr, topics = catalogue.prices_idr[columns], catalogue.topics[columns]
    candidates = kernels.offer_all(utilities[columns], topics, most)
    kernels.solve_offered(*candidates, prices_idr, topics, most, balance_idr, chosen, best)
    items = columns[np.sort(chosen[: best[2]])]
    return Bundle(tuple(items.tolist()), int(best[0]), int(best[1]))


def best_use_of_balance(
    utilities: NDArray[np.int64],
    *,
    catalogue: Catalogue,
    balance_idr: int,
    owned: ArrayLike,
    allowed: NDArray[np.bool_],
    choosing: Choosing,
) -> Bundle:
    """The best set as `choosing` counts it: `best_bundle` of `use_of_balance`, of what reaches the floor. Errors as for both.

    With no parts, nothing.
    """
    if choosing.parts == 0:
        return Bundle((), 0, 0)
    worth = use_of_balance(utilities, prices_idr=catalogue.prices_idr, balance_idr=balance_idr, eta=choosing.eta)
    worth[utilities < choosing.floor] = 0
    return best_bundle(worth, catalogue=catalogue, balance_idr=balance_idr, owned=owned, allowed=allowed, most=choosing.parts)


def check_most(most: int) -> None:
    """Raise ValueError unless a bundle can be of so many items."""
    if not 1 <= most <= kernels.MOST:
        raise ValueError(f"most must be 1 … {kernels.MOST}, not {most}")
