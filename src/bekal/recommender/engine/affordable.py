"""The best items that a balance can buy, always in the same order."""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from bekal.recommender.engine.arrays import frozen_integers
from bekal.recommender.engine.data import Catalogue


def top_affordable(
    scores: NDArray[np.float64],
    *,
    catalogue: Catalogue,
    balance_idr: int,
    owned: ArrayLike,
    allowed: NDArray[np.bool_],
    top: int = 10,
) -> NDArray[np.int32]:
    """The items with the highest scores among those one person can buy; equal scores are in the order of price, then code.

    Args:
        scores: float64[items], higher is better; not NaN.
        catalogue: codes and prices of the items.
        balance_idr: whole rupiah, 0 or more. Free items cost nothing, so they fit every balance.
        owned: integer[any], items that are never recommended because the person has them.
        allowed: bool[items], false for what this person cannot take (closed, full, not approved, not eligible).
        top: at most this many, 1 or more.

    Returns:
        int32[at most top], best first; fewer, or none, when no more fit.

    Raises:
        ValueError: a wrong shape, a NaN, a negative balance, an item that the catalogue does not have.
    """
    count = len(catalogue.codes)
    if scores.shape != (count,) or np.isnan(scores).any():
        raise ValueError(f"scores must be {count} numbers, none of them NaN")
    if allowed.shape != (count,) or allowed.dtype != np.bool_:
        raise ValueError(f"allowed must be {count} booleans")
    if top < 1:
        raise ValueError(f"top must be 1 or more, not {top}")
    has = frozen_integers(owned, np.int32, axes=1, name="owned")
    if has.size and (has.min() < 0 or has.max() >= count):
        raise ValueError(f"owned must be 0 … {count - 1}")
    open_to_them = allowed.copy()
    open_to_them[has] = False
    candidates = catalogue.affordable(balance_idr)
    candidates = candidates[open_to_them[candidates]]
    values = scores[candidates]
    if candidates.size > top:
        # Everything that ties with the last place stays in, so that the sort below, and not the partition, breaks the tie.
        least = np.partition(values, -top)[-top]
        candidates, values = candidates[values >= least], values[values >= least]
    # The candidates are in the order of price and code, and a stable sort keeps that order among equal scores.
    return candidates[np.argsort(-values, kind="stable")[:top]]
