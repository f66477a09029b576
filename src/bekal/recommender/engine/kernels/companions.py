"""Completing a set with the best one or two others."""

from typing import Final

import numpy as np

from bekal.recommender.engine.kernels.candidates import alike, clash, note
from bekal.recommender.engine.kernels.compiling import compiled
from bekal.recommender.engine.kernels.shapes import MOST, Best, Candidates, Chosen, Line, Places, Sums, Topics
from bekal.recommender.engine.kernels.sums import is_sum

NO_LIMIT: Final = 2**62


@compiled
def companions(
    candidates: Candidates,
    topics: Topics,
    by_price: Places,
    used: Places,
    most: int,
    balance: int,
    ordered: bool,
    chosen: Chosen,
    best: Best,
) -> int:
    """Complete the candidates `used` (rising) with the best none, one or two; note the set (see there).

    From the dearest down, each is paired with the best of another topic among those that are cheap enough: two pointers.
    """
    base_value, base_price, last = 0, 0, -1
    for each in used:
        base_value += candidates[each, 0]
        base_price += candidates[each, 1]
        if ordered:
            last = each
    # The best completion: value, price and its one or two places (rising; -1 is none).
    value, price, third, fourth = base_value, base_price, -1, -1
    top, second = -1, -1  # the first two, by place, of different topics among the cheap enough
    cheap = 0
    cheaper, dearer = 0, by_price.size
    while cheaper < dearer:
        middle = (cheaper + dearer) // 2
        if candidates[by_price[middle], 1] <= balance - base_price:
            cheaper = middle + 1
        else:
            dearer = middle
    for at in range(cheaper - 1, -1, -1):
        one = by_price[at]
        rest = balance - base_price - candidates[one, 1]
        if one <= last or clash(one, used, candidates, topics):
            continue
        while cheap < by_price.size and candidates[by_price[cheap], 1] <= rest:
            other = by_price[cheap]
            cheap += 1
            if other <= last or clash(other, used, candidates, topics):
                continue
            if top < 0 or other < top:
                if top >= 0 and not alike(other, top, candidates, topics):
                    second = top
                top = other
            elif (second < 0 or other < second) and not alike(other, top, candidates, topics):
                second = other
        partner = second if top >= 0 and alike(one, top, candidates, topics) else top
        low, high = one, -1
        new_value, new_price = base_value + candidates[one, 0], base_price + candidates[one, 1]
        if most - used.size >= 2 and partner >= 0:
            low, high = min(one, partner), max(one, partner)
            new_value += candidates[partner, 0]
            new_price += candidates[partner, 1]
        if new_value < value or (new_value == value and new_price > price):
            continue
        if new_value > value or new_price < price or low < third or (low == third and high < fourth):
            value, price, third, fourth = new_value, new_price, low, high
    four = np.full(MOST, -1, dtype=np.int64)
    four[: used.size] = used
    four[MOST - 2], four[MOST - 1] = third, fourth
    return note(four, candidates, topics, balance, chosen, best)


@compiled
def first_best(
    candidates: Candidates, topics: Topics, line: Line, sums: Sums, most: int, work: int, chosen: Chosen, best: Best
) -> bool:
    """Make the first of the sets that are as good as `best` the best: begun in order, completed by what follows.

    Returns:
        Whether it was found before so much work was done; else nothing changes.
    """
    price, size = best[1], best[2]
    known = chosen.copy()
    chosen[:] = len(candidates)  # any set as good comes before
    by_price = line.places[2:]
    order = np.sort(by_price)
    prices = candidates[order, 1]
    four, used = np.full(MOST, -1, dtype=np.int64), np.zeros(most - 2, dtype=np.int64)
    for first in range(order.size):
        used[0] = four[0] = order[first]
        if note(four, candidates, topics, price, chosen, best):
            return True
        for second in range(first + 1 if most == MOST else order.size - 1, order.size):
            rest = price - prices[first] - (prices[second] if most == MOST else 0)
            if rest < 0 or not is_sum(sums.pairs, rest):
                continue
            if most == MOST:
                if alike(order[first], order[second], candidates, topics):
                    continue
                used[1] = order[second]
            if companions(candidates, topics, by_price, used, most, price, True, chosen, best):
                return True
            work -= 4 * order.size
            if work < 0:
                break
        work -= order.size - first
        if work < 0:
            break
    chosen[:], best[2] = known, size
    return False
