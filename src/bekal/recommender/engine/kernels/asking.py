"""Looking for better sets by asking first what prices can add up to: where values follow prices, few sums matter."""

from typing import Final

import numpy as np

from bekal.recommender.engine.kernels.bounds import exact_bound, line_up, needed_sum
from bekal.recommender.engine.kernels.candidates import BETTER, note
from bekal.recommender.engine.kernels.compiling import compiled
from bekal.recommender.engine.kernels.shapes import MOST, Best, Candidates, Chosen, Line, Places, Sums, Topics
from bekal.recommender.engine.kernels.sums import can_add_up, dearest_part, highest_total, is_sum, pairs_of, sums_of

WORK: Final = 2**22
"""So much is done with sums of two prices, once they are found, before pairs themselves are put together."""
TOTALS: Final = 16
"""So many sums of prices, from the highest down, are asked whether sets of them can be better."""


@compiled
def ask_sums(
    candidates: Candidates,
    topics: Topics,
    line: Line,
    sums: Sums,
    most: int,
    balance: int,
    slope: float,
    chosen: Chosen,
    best: Best,
) -> tuple[bool, Places, int]:
    """Look for better sets by what prices can add up to.

    Returns:
        Whether it is clear that none is better than what is the best now; by price, what can be part of one that is as good; and
        the most that it can cost.
    """
    total, _ = highest_total(sums, most, balance)
    if total < balance:
        size, balance = line.places.size, total
        line = line_up(candidates, topics, line.places[2:], most, balance, slope, best)
        if line.places.size < size // 2:
            sums = sums_of(line, most, balance, slope, best)
    if not better_sums(candidates, topics, line, sums, most, balance, slope, WORK, chosen, best):
        doubtful = sum_in_doubt(candidates, topics, line, sums, most, balance, slope, best)
        if doubtful >= 0:
            part = part_of(candidates, topics, line, sums, most, doubtful, best[0] + (doubtful >= best[1]))
            if part.size < line.places.size // 2:
                few = line_up(candidates, topics, part, most, doubtful, slope, best)
                their_sums = sums_of(few, most, doubtful, slope, best)
                better_sums(candidates, topics, few, their_sums, most, doubtful, slope, WORK // 4, chosen, best)
                doubtful = sum_in_doubt(candidates, topics, line, sums, most, balance, slope, best)
        if doubtful >= 0:
            return False, line.places[2:], balance
    return True, part_of(candidates, topics, line, sums, most, best[1], best[0]), best[1]


@compiled
def better_sums(
    candidates: Candidates,
    topics: Topics,
    line: Line,
    sums: Sums,
    most: int,
    balance: int,
    slope: float,
    work: int,
    chosen: Chosen,
    best: Best,
) -> bool:
    """Look for better sets from the highest sum of prices down; returns whether it is clear that no other is better.

    It is clear when no reduced values make up for what a sum leaves of the balance, and not when the work took too long.
    """
    prices, tops = line.prices, line.tops
    ones, others = np.empty((2 * prices.size, 2), np.int32), np.empty((2 * prices.size, 2), np.int32)
    four = np.empty(MOST, dtype=np.int64)
    total = balance
    while total >= 0:
        total, part = highest_total(sums, most, total)
        work -= balance >> 3
        while 0 <= part <= dearest_part(most, total):
            needed = needed_sum(slope, total, best)
            if needed > tops[most]:
                return True
            if work < 0:
                return False
            rest = total - part
            if is_sum(sums.pairs, rest) and is_sum(sums.others, part):
                count = pairs_of(part, prices.size - 1 if most == MOST else 1, line, needed - tops[2], ones)
                work -= prices.size
                more = pairs_of(rest, prices.size - 1, line, needed - tops[most - 2], others) if count else 0
                if count < 0 or more < 0:
                    return False
                for each in range(count * more):
                    one, other = ones[each // more], others[each % more]
                    four[:2], four[2:] = line.places[one], line.places[other]
                    outcome = note(four, candidates, topics, balance, chosen, best)
                    if outcome == BETTER and needed_sum(slope, total, best) > tops[most]:
                        return True
                work -= prices.size + 8 * count * more
            else:
                work -= 1
            part += 1
        total -= 1
    return True


@compiled
def sum_in_doubt(
    candidates: Candidates, topics: Topics, line: Line, sums: Sums, most: int, balance: int, slope: float, best: Best
) -> int:
    """The highest sum of prices of which bounds on sets of one size and one price leave open whether one is better; -1: none."""
    total = balance
    for _ in range(TOTALS):
        total, _ = highest_total(sums, most, total)
        if total < 0 or needed_sum(slope, total, best) > line.tops[most]:
            return -1
        # As good at a lower price is better.
        wanted = best[0] + (total >= best[1])
        for size in range(1, most + 1):
            if can_add_up(line, sums, size, total) and exact_bound(candidates, topics, line, size, total)[1] >= wanted:
                return total
        total -= 1
    return total


@compiled
def part_of(candidates: Candidates, topics: Topics, line: Line, sums: Sums, most: int, total: int, wanted: int) -> Places:
    """The places, by price, of what can be part of a set that costs exactly a total and is worth as much as wanted."""
    places, prices = line.places, line.prices
    kept = np.zeros(places.size, dtype=np.bool_)
    for size in range(1, most + 1):
        if can_add_up(line, sums, size, total):
            slope, bound, others = exact_bound(candidates, topics, line, size, total)
            if bound >= wanted:
                for one in range(2, places.size):
                    worth = candidates[places[one], 0] - slope * prices[one]
                    kept[one] |= worth + others + slope * total >= wanted
    return places[kept]
