"""Bundles by two other ways, which share nothing with the engine: all sets there are, and dynamic programming over money."""

from functools import cache
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

Values = NDArray[np.int64]
Best = tuple[int, int, tuple[int, ...]]
"""Value, price, and the items by price, then position."""


def enumerated(values: Values, prices: Values, topics: NDArray[np.int32], *, balance_idr: int, most: int) -> Best:
    """The best of all sets: the highest value, then the lowest price, then the first, read from the most valuable item down."""
    useful = np.flatnonzero((values > 0) & (prices <= balance_idr))
    ranked = useful[np.lexsort((useful, prices[useful], -values[useful]))]
    best: tuple[int, int, tuple[int, ...]] = (0, 0, ())
    for size in range(1, min(most, ranked.size) + 1):
        sets = ranked[_places(ranked.size, size)]
        costs = prices[sets].sum(axis=1)
        alike = np.sort(np.where(topics[sets] < 0, -1 - np.arange(size), topics[sets]), axis=1)
        fits = np.flatnonzero((costs <= balance_idr) & (alike[:, 1:] != alike[:, :-1]).all(axis=1))
        if not fits.size:
            continue
        worth = values[sets].sum(axis=1)
        # Sets of one size come in order, and lexsort keeps the order of equals.
        at = fits[np.lexsort((costs[fits], -worth[fits]))[0]]
        best = min(best, (-int(worth[at]), int(costs[at]), tuple(_places(ranked.size, size)[at].tolist())))
    chosen = ranked[list(best[2])]
    return -best[0], best[1], tuple(chosen[np.lexsort((chosen, prices[chosen]))].tolist())


@cache
def _places(count: int, size: int) -> NDArray[np.int64]:
    """int64[sets, size]: all rising places, in lexicographic order."""
    return np.array(list(combinations(range(count), size)), dtype=np.int64).reshape(-1, size)


def by_money(values: Values, prices: Values, topics: NDArray[np.int32], *, balance_idr: int, most: int) -> tuple[int, int]:
    """The highest value and its lowest price: topic by topic, the best value of each number of items at each exact price."""
    useful = np.flatnonzero((values > 0) & (prices <= balance_idr)).tolist()
    groups: dict[tuple[int, int], list[int]] = {}
    for item in useful:
        groups.setdefault((int(topics[item]), -1) if topics[item] >= 0 else (-1, item), []).append(item)
    worth = np.full((most + 1, balance_idr + 1), -(2**60), dtype=np.int64)
    worth[0, 0] = 0
    for items in groups.values():
        before = worth.copy() if len(items) > 1 else worth
        for size in range(most, 0, -1):
            for item in items:
                price = int(prices[item])
                with_it = before[size - 1, : balance_idr + 1 - price] + values[item]
                np.maximum(worth[size, price:], with_it, out=worth[size, price:])
    at_each = worth.max(axis=0)
    price = int(at_each.argmax())
    return int(at_each[price]), price
