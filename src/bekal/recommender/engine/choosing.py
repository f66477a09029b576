"""What a person is shown, as plain definitions: what is on offer to them, and what an item counts in a list and in a bundle.

For one person, with what they own, their balance b, and utilities u (`Tables.sums`):

- *On offer* is what is allowed, costs at most b, is not owned, and is of no topic that the person owns something of, unless it
  is that topic's next level: its level is 1 + the highest known level of what they own of it (`offered`).
- In a *list* an item counts u + floor(list_eta × price / b) where the person owns anything, else u. A list holds the best item
  of each topic, the highest value first, of equal ones the cheaper, then the first by code (`affordable`).
- In a *bundle* an item counts u + floor(eta × price / b). It must have u ≥ floor and count more than 0 (`bundles`).

At a balance of 0 there is nothing to use up, and an item counts u in both. An unknown topic is like no other.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from bekal.recommender.engine import kernels
from bekal.recommender.engine.arrays import frozen_integers
from bekal.recommender.engine.data import UNKNOWN, Catalogue

MOST_PARTS: Final = kernels.MOST
"""No bundle is larger."""
NO_FLOOR: Final = -(2**31)
"""A floor below every utility."""
LARGEST_ETA: Final = 2**39
"""So that what an item counts in a bundle stays within 2^40."""
LARGEST_LIST_ETA: Final = 2**30 - 1
"""So that what an item counts in a list fits 32 bits."""
LARGEST_BALANCE_IDR: Final = 2**60


@dataclass(frozen=True, slots=True, kw_only=True)
class Choosing:
    """How lists and bundles are chosen from utilities: what a model was found to serve best with.

    Attributes:
        parts: the most items in a bundle, 1 … 4; 0 for no bundles.
        eta: what using up all of the balance is worth in a bundle, in the unit of `Tables.sums`, 0 … 2^39.
        list_eta: the same in the list of somebody who owns something, 0 … 2^30 - 1.
        floor: no part of a bundle has a lower utility; an int32, `NO_FLOOR` for none.

    Raises:
        ValueError: any of this does not hold.
    """

    parts: int
    eta: int
    list_eta: int = 0
    floor: int = NO_FLOOR

    def __post_init__(self) -> None:
        for name, least, most in (
            ("parts", 0, MOST_PARTS),
            ("eta", 0, LARGEST_ETA),
            ("list_eta", 0, LARGEST_LIST_ETA),
            ("floor", NO_FLOOR, 2**31 - 1),
        ):
            if not least <= getattr(self, name) <= most:
                raise ValueError(f"{name} must be {least} … {most}, not {getattr(self, name)}")

    def listed(
        self, utilities: NDArray[np.int64], *, prices_idr: NDArray[np.int64], balance_idr: int, owns_something: bool
    ) -> NDArray[np.int64]:
        """int64[items]: what items count in a list. Arguments and errors as for `use_of_balance`."""
        eta = self.list_eta if owns_something else 0
        return use_of_balance(utilities, prices_idr=prices_idr, balance_idr=balance_idr, eta=eta)


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


def offered(catalogue: Catalogue, *, balance_idr: int, owned: ArrayLike, allowed: NDArray[np.bool_]) -> NDArray[np.int32]:
    """int32: the items on offer to one person, by price, then code.

    Args:
        owned: integer[any], items that the person has, also those no longer for sale.
        allowed: bool[items], false for what this person cannot take (closed, full, not approved, not eligible).

    Raises:
        ValueError: a wrong shape, a balance below 0 or above 2^60, an item that the catalogue does not have.
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
    if not catalogue.topics_are_broad:
        for topic in np.unique(catalogue.topics[has]):
            if topic != UNKNOWN:
                highest = catalogue.levels[has[catalogue.topics[has] == topic]].max()
                of_it = catalogue.topics == topic
                open_to_them[of_it] &= (highest != UNKNOWN) & (catalogue.levels[of_it] == highest + 1)
    open_to_them[has] = False
    columns = catalogue.affordable(balance_idr)
    return columns[open_to_them[columns]]


def check_eta(eta: int, balance_idr: int) -> None:
    """Raise ValueError where the worth of using a balance has no meaning or no room in 64 bits."""
    if eta < 0 or balance_idr < 0:
        raise ValueError(f"eta and balance_idr must be 0 or more, not {eta} and {balance_idr}")
    if eta * balance_idr > 2**62:
        raise ValueError(f"eta times balance_idr must be at most 2^62, not {eta * balance_idr}")
