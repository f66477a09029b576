"""The best items on offer to a person, always in the same order."""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from bekal.recommender.engine.choosing import Choosing, offered
from bekal.recommender.engine.data import Catalogue


def best_list(
    utilities: NDArray[np.int64],
    *,
    catalogue: Catalogue,
    balance_idr: int,
    owned: ArrayLike,
    allowed: NDArray[np.bool_],
    choosing: Choosing,
    top: int = 10,
) -> NDArray[np.int32]:
    """The list of one person as `choosing` counts it: `top_affordable` of `Choosing.listed`.

    Args:
        utilities: int64[items], each at most 2^50 in size.
        Others: as for `top_affordable`.

    Raises:
        ValueError: as for both.
    """
    values = choosing.listed(
        utilities, prices_idr=catalogue.prices_idr, balance_idr=balance_idr, owns_something=np.size(owned) > 0
    )
    return top_affordable(
        values.astype(np.float64), catalogue=catalogue, balance_idr=balance_idr, owned=owned, allowed=allowed, top=top
    )


def top_affordable(
    scores: NDArray[np.float64],
    *,
    catalogue: Catalogue,
    balance_idr: int,
    owned: ArrayLike,
    allowed: NDArray[np.bool_],
    top: int = 10,
) -> NDArray[np.int32]:
    """The items with the highest scores among those on offer to one person, one a topic unless topics are broad.

    Equal scores are in the order of price, then code. Any model's scores will do.

    Args:
        scores: float64[items], higher is better; not NaN.
        catalogue: codes, prices, topics and levels of the items.
        balance_idr: whole rupiah, 0 … 2^60. Free items cost nothing, so they fit every balance.
        owned: integer[any], items that the person has.
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
    if top < 1:
        raise ValueError(f"top must be 1 or more, not {top}")
    candidates = offered(catalogue, balance_idr=balance_idr, owned=owned, allowed=allowed)
    # The candidates are in the order of price and code, and a stable sort keeps that order among equal scores.
    ranked = candidates[np.argsort(-scores[candidates], kind="stable")]
    return ranked[_first_of_topics(catalogue, ranked)][:top]


def _first_of_topics(catalogue: Catalogue, ranked: NDArray[np.int32]) -> NDArray[np.bool_]:
    """bool[ranked]: whether an item is the first of its topic, or of none."""
    topics = catalogue.topics[ranked]
    first = topics < 0
    if catalogue.topics_are_broad:
        first[:] = True
    first[np.unique(topics, return_index=True)[1]] = True
    return first
