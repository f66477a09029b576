"""The set of courses that makes the most of a balance: exact, and always the same.

    maximise Σ value over at most 4 items, at most one per topic, with Σ price ≤ balance

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

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from bekal.recommender.engine import kernels
from bekal.recommender.engine.arrays import frozen_integers
from bekal.recommender.engine.data import Catalogue

LARGEST_UTILITY: Final = 2**40
"""No utility may be larger, so that sums, and sums with their price beside them, fit 64 bits."""
LARGEST_BALANCE_IDR: Final = 2**60


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
        catalogue: codes, prices and topics; an unknown topic is like no other.
        balance_idr: whole rupiah, 0 … 2^60.
        owned: integer[any], items that the person has.
        allowed: bool[items], false for what this person cannot take.
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
    eta: int,
    most: int = kernels.MOST,
) -> Bundle:
    """The best set where using up the balance is worth something too: `best_bundle` of `use_of_balance`. Errors as for both."""
    worth = use_of_balance(utilities, prices_idr=catalogue.prices_idr, balance_idr=balance_idr, eta=eta)
    return best_bundle(worth, catalogue=catalogue, balance_idr=balance_idr, owned=owned, allowed=allowed, most=most)


def use_of_balance(
    utilities: NDArray[np.int64], *, prices_idr: NDArray[np.int64], balance_idr: int, eta: int
) -> NDArray[np.int64]:
    """int64[items]: utilities that also count how much of the balance an item uses: v = u + floor(η × price / balance).

    Args:
        utilities: int64[items].
        prices_idr: int64[items], whole rupiah. What costs more than the balance cannot be bought and keeps its utility.
        balance_idr: whole rupiah, 0 or more; of 0 there is nothing to use, and utilities stay as they are.
        eta: what using all of the balance is worth, in the unit of the utilities; 0 or more.

    Raises:
        ValueError: a negative number, or η × balance beyond 2^62.
    """
    check_eta(eta, balance_idr)
    if balance_idr == 0:
        return utilities.copy()
    worth: NDArray[np.int64] = utilities + np.where(prices_idr <= balance_idr, prices_idr, 0) * eta // balance_idr
    return worth


def largest_eta(loss_of: Callable[[int], float], etas: ArrayLike, *, largest_loss: float = 0.02) -> int:
    """The largest η of a grid that costs at most this share of the utility of bundles; 0 where none does.

    Args:
        loss_of: the share of the mean utility (without η) of bundles that an η loses.
        etas: integer[any], the grid, each 0 or more.
        largest_loss: a share, 0 … 1.
    """
    return max((eta for eta in np.asarray(etas).tolist() if loss_of(eta) <= largest_loss), default=0)


def offered(catalogue: Catalogue, *, balance_idr: int, owned: ArrayLike, allowed: NDArray[np.bool_]) -> NDArray[np.int32]:
    """int32: the items that one person can buy, by price, then code.

    Raises:
        ValueError: as for `best_bundle`.
    """
    count = len(catalogue.codes)
    if allowed.shape != (count,) or allowed.dtype != np.bool_:
        raise ValueError(f"allowed must be {count} booleans")
    if balance_idr > LARGEST_BALANCE_IDR:
        raise ValueError(f"balance_idr must be at most {LARGEST_BALANCE_IDR}, not {balance_idr}")
    has = frozen_integers(owned, np.int32, axes=1, name="owned")
    if has.size and (has.min() < 0 or has.max() >= count):
        raise ValueError(f"owned must be 0 … {count - 1}")
    open_to_them = allowed.copy()
    open_to_them[has] = False
    columns = catalogue.affordable(balance_idr)
    return columns[open_to_them[columns]]


def check_most(most: int) -> None:
    """Raise ValueError unless a bundle can be of so many items."""
    if not 1 <= most <= kernels.MOST:
        raise ValueError(f"most must be 1 … {kernels.MOST}, not {most}")


def check_eta(eta: int, balance_idr: int) -> None:
    """Raise ValueError where the worth of using a balance has no meaning or no room in 64 bits."""
    if eta < 0 or balance_idr < 0:
        raise ValueError(f"eta and balance_idr must be 0 or more, not {eta} and {balance_idr}")
    if eta * balance_idr > 2**62:
        raise ValueError(f"eta times balance_idr must be at most 2^62, not {eta * balance_idr}")
