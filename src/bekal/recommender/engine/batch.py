"""What fits many people: the lists and sets of one person, one person after the other, in bounded memory."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from bekal.recommender.engine.affordable import top_affordable
from bekal.recommender.engine.bundles import best_use_of_balance
from bekal.recommender.engine.data import UNKNOWN, Catalogue, Demographics, Interactions
from bekal.recommender.engine.kernels import MOST
from bekal.recommender.engine.tables import Tables

_BLOCK_PEOPLE: Final = 1_000


@dataclass(frozen=True, eq=False)
class Batch:
    """What fits each person, row by row.

    Attributes:
        items: int32[people, top], best first; `UNKNOWN` fills the places that nothing fits.
        bundles: int32[people, most], the best set by price, then code; `UNKNOWN` fills the rest.
        bundle_prices_idr: int64[people], the sum of its prices.
    """

    items: NDArray[np.int32]
    bundles: NDArray[np.int32]
    bundle_prices_idr: NDArray[np.int64]


def recommend_batch(
    tables: Tables,
    demographics: Demographics,
    histories: Interactions,
    *,
    catalogue: Catalogue,
    balances_idr: NDArray[np.int64],
    allowed: NDArray[np.bool_],
    top: int = 10,
    most: int = MOST,
    eta: int,
) -> Batch:
    """The best affordable items and the best set of each person; never what is in the person's history.

    Args:
        balances_idr: int64[people], whole rupiah.
        allowed: bool[items], what can be bought.
        eta: what using up a balance is worth, in the unit of the tables.

    Raises:
        ValueError: as `top_affordable`, `best_use_of_balance`; different numbers of people.
    """
    people = demographics.people_count
    if balances_idr.shape != (people,):
        raise ValueError(f"balances_idr must be of {people} people")
    items = np.full((people, top), UNKNOWN, dtype=np.int32)
    bundles = np.full((people, most), UNKNOWN, dtype=np.int32)
    prices_idr = np.zeros(people, dtype=np.int64)
    for first in range(0, people, _BLOCK_PEOPLE):
        rows = np.arange(first, min(first + _BLOCK_PEOPLE, people))
        sums = tables.sums(demographics.rows(rows), histories.rows(rows))
        for person, utilities in zip(rows.tolist(), sums, strict=True):
            balance_idr, owned = int(balances_idr[person]), histories.of(person)
            best = top_affordable(
                utilities.astype(np.float64),
                catalogue=catalogue,
                balance_idr=balance_idr,
                owned=owned,
                allowed=allowed,
                top=top,
            )
            bundle = best_use_of_balance(
                utilities,
                catalogue=catalogue,
                balance_idr=balance_idr,
                owned=owned,
                allowed=allowed,
                eta=eta,
                most=most,
            )
            items[person, : best.size] = best
            bundles[person, : len(bundle.items)] = bundle.items
            prices_idr[person] = bundle.price_idr
    return Batch(items, bundles, prices_idr)
