"""How good a ranking is, person by person. Means, intervals and groups are left to those who compare models."""

import numpy as np
from numpy.typing import NDArray

from bekal.recommender.engine.data import UNKNOWN, Interactions


def ndcg(ranked: NDArray[np.int32], targets: Interactions, *, k: int) -> NDArray[np.float64]:
    """Normalised discounted cumulated gain of the first k places, with gain 1 for a target and 0 for anything else.

    DCG = Σ over places 1 … k of gain / log2(place + 1), divided by the DCG of min(k, number of targets) targets in the first
    places (Järvelin and Kekäläinen, "Cumulated gain-based evaluation of IR techniques", ACM TOIS 20(4), 2002, with the discount
    log2(place + 1) that has become usual).

    Args:
        ranked: int32[people, k or more], items best first, none twice for one person; `UNKNOWN` in places left free.
        targets: what each person should have been shown, one item or more each.
        k: 1 or more.

    Returns:
        float64[people], 0 to 1.

    Raises:
        ValueError: any of this does not hold.
    """
    discounts = 1 / np.log2(np.arange(2, k + 2))
    ideal: NDArray[np.float64] = np.cumsum(discounts)
    gains: NDArray[np.float64] = (_hits(ranked, targets, k) * discounts).sum(axis=1)
    best: NDArray[np.float64] = ideal[np.minimum(targets.lengths, k) - 1]
    return gains / best


def recall(ranked: NDArray[np.int32], targets: Interactions, *, k: int) -> NDArray[np.float64]:
    """The share of a person's targets, all of them, that are in the first k places. Arguments and errors as for `ndcg`."""
    found: NDArray[np.float64] = _hits(ranked, targets, k).sum(axis=1) / targets.lengths
    return found


def _hits(ranked: NDArray[np.int32], targets: Interactions, k: int) -> NDArray[np.bool_]:
    """bool[people, k]: whether a target is in that place."""
    if k < 1 or ranked.ndim != 2 or ranked.shape[0] != targets.people_count or ranked.shape[1] < k:
        raise ValueError(f"ranked must have {targets.people_count} rows and at least k columns, k being 1 or more")
    if (targets.lengths == 0).any():
        raise ValueError("every person must have a target")
    places = ranked[:, :k].astype(np.int64)
    filled = places != UNKNOWN
    if ((places < UNKNOWN) | (places >= targets.item_count)).any():
        raise ValueError(f"ranked must be {UNKNOWN} … {targets.item_count - 1}")
    ordered = np.sort(places, axis=1)
    if ((np.diff(ordered, axis=1) == 0) & (ordered[:, 1:] != UNKNOWN)).any():
        raise ValueError("ranked must not name one item twice for one person")
    keys = np.arange(targets.people_count)[:, None] * targets.item_count + places
    hits: NDArray[np.bool_] = np.isin(keys, targets.keys) & filled
    return hits
