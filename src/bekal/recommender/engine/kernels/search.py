"""Branch and bound over candidates."""

from typing import Final

import numpy as np

from bekal.recommender.engine.kernels.bounds import best_tops, needed_sum
from bekal.recommender.engine.kernels.compiling import compiled
from bekal.recommender.engine.kernels.shapes import MOST, Best, Candidates, Chosen, Places, Reduced, Topics, Tops

FIRST_STEPS: Final = 256
"""Steps of the search before a Lagrangian bound is worth its making."""
STEPS: Final = 50_000
"""Steps of the search before another method takes over, whose work is bounded."""


@compiled
def search(
    candidates: Candidates,
    topics: Topics,
    count: int,
    most: int,
    balance: int,
    reduced: Reduced,
    tops: Tops,
    slope: float,
    falling: bool,
    limit: int,
    chosen: Chosen,
    best: Best,
) -> int:
    """Branch and bound over sets in the order of the candidates; returns the steps it took, `limit` when it gave up.

    A set takes the place of the best only when its value is higher, or equal at a lower price; so of equals the first stays.
    Bounds: the values that follow, where they are `falling`; and where `slope` is 0 or more, for any set, value ≤ slope × price +
    the sum of `reduced`, whose best sums of 1 … most of the candidates from a place on are `tops`.
    """
    places = np.zeros(MOST + 1, dtype=np.int64)
    value = np.zeros(MOST + 1, dtype=np.int64)
    price = np.zeros(MOST + 1, dtype=np.int64)
    saved = np.zeros(MOST + 1)
    needed = needed_sum(slope, balance, best)
    steps = 0
    depth = 0
    while depth >= 0:
        steps += 1
        if steps >= limit:
            return limit
        place = places[depth]
        slots = most - depth
        going = place < count
        if going and falling:
            bound = value[depth]
            for ahead in range(place, min(place + slots, count)):
                bound += candidates[ahead, 0]
            going = bound >= best[0]
        if not going or (slope >= 0 and saved[depth] + tops[place, slots] < needed):
            depth -= 1
            continue
        places[depth] += 1
        new_price = price[depth] + candidates[place, 1]
        if new_price > balance or taken(place, depth, places, candidates, topics):
            continue
        if slope >= 0 and saved[depth] + reduced[place] + tops[place + 1, slots - 1] < needed:
            continue
        new_value = value[depth] + candidates[place, 0]
        if new_value > best[0] or (new_value == best[0] and new_price < best[1]):
            best[0], best[1], best[2] = new_value, new_price, depth + 1
            for each in range(depth + 1):
                chosen[each] = places[each] - 1
            needed = needed_sum(slope, balance, best)
        if slots > 1:
            depth += 1
            places[depth] = place + 1
            value[depth] = new_value
            price[depth] = new_price
            saved[depth] = saved[depth - 1] + (reduced[place] if slope >= 0 else 0.0)
    return steps


@compiled
def taken(place: int, depth: int, places: Places, candidates: Candidates, topics: Topics) -> bool:
    """Whether the topic of a candidate is that of one chosen already."""
    topic = topics[candidates[place, 2]]
    if topic >= 0:
        for each in range(depth):
            if topics[candidates[places[each] - 1, 2]] == topic:
                return True
    return False


@compiled
def improve(candidates: Candidates, topics: Topics, most: int, balance: int, slope: float, chosen: Chosen, best: Best) -> None:
    """Look for better sets among the highest reduced values first, where they are; of equals it takes any."""
    count = len(candidates)
    value, price = best[0], best[1]
    order = np.argsort(slope * candidates[:, 1] - candidates[:, 0], kind="mergesort")
    ranked = candidates[order]
    reduced, tops = np.empty(count), np.empty((count + 1, MOST + 1))
    best_tops(ranked, topics, count, most, slope, reduced, tops)
    search(ranked, topics, count, most, balance, reduced, tops, slope, False, STEPS, chosen, best)
    if best[0] != value or best[1] != price:
        chosen[: best[2]] = np.sort(order[chosen[: best[2]]])
