"""Lagrangian bounds: for a slope, the value of any set is at most slope × its price + the sum of its reduced values."""

from typing import Final

import numpy as np

from bekal.recommender.engine.kernels.candidates import offer
from bekal.recommender.engine.kernels.compiling import compiled
from bekal.recommender.engine.kernels.shapes import MOST, Best, Candidates, Few, FewReduced, Line, Places, Reduced, Topics, Tops

TURNS: Final = 32
"""After so many slopes the last one has to do: any bounds."""


@compiled
def needed_sum(slope: float, balance: int, best: Best) -> float:
    """The least sum of reduced values of a set that is worth more than the best, or as much and cheaper.

    Worth more within the balance: best + 1 ≤ slope × balance + sum. As much and cheaper: best ≤ slope × (its price - 1) + sum.
    Less a little more than rounding can lose: all the terms are below 2^43, of which a float keeps 2^-10.
    """
    if slope < 0:
        return 0.0
    more = best[0] + 1 - slope * balance
    cheaper = best[0] - slope * min(best[1] - 1, balance)
    return min(more, cheaper) - 2.0**-48 * (abs(best[0]) + slope * balance + 1.0)


@compiled
def least_sum(slope: float, balance: int, best: Best) -> float:
    """The least sum of reduced values of a set that is as good as the best."""
    wanted = best.copy()
    wanted[1] += 1
    return needed_sum(slope, balance, wanted)


@compiled
def least_total(top: float, balance: int, slope: float, best: Best) -> int:
    """The least price, 0 or more, of a set as good as the best: what it leaves costs no more than the reduced values allow."""
    if slope <= 0:
        return 0
    rounding = 2.0**-48 * (abs(best[0]) + slope * balance + 1.0)
    return int(min(max((best[0] - top - rounding) / slope - 1.0, 0.0), float(balance)))


@compiled
def best_reduced(
    candidates: Candidates,
    topics: Topics,
    count: int,
    most: int,
    slope: float,
    floor: float,
    values: FewReduced,
    their_topics: Few,
    places: Few,
) -> None:
    """Write the `most` highest reduced values of different topics, and whose they are; the floor where fewer are above it."""
    values[:] = floor
    their_topics[:] = -2
    for place in range(count):
        worth = candidates[place, 0] - slope * candidates[place, 1]
        if worth > values[most - 1]:
            offer(worth, place, topics[candidates[place, 2]], most, values, their_topics, places)


@compiled
def best_tops(candidates: Candidates, topics: Topics, count: int, most: int, slope: float, reduced: Reduced, tops: Tops) -> None:
    """`reduced` and `tops` of a slope: the best sums of 0 … most of different topics from each candidate on, none below 0."""
    values, their_topics, places = np.zeros(MOST), np.full(MOST, -2), np.zeros(MOST, np.int64)
    tops[count, :] = 0.0
    for place in range(count - 1, -1, -1):
        reduced[place] = candidates[place, 0] - slope * candidates[place, 1]
        offer(reduced[place], place, topics[candidates[place, 2]], most, values, their_topics, places)
        tops[place, 0] = 0.0
        for slots in range(most):
            tops[place, slots + 1] = tops[place, slots] + values[slots]


@compiled
def best_slope(candidates: Candidates, topics: Topics, count: int, most: int, balance: int) -> float:
    """The slope whose bound, slope × balance + the best `most` reduced values of different topics, is lowest.

    The bound is convex and made of straight pieces, one for each selection; the lowest point lies between a selection that costs
    too much and one that does not, where their lines cross (Kelley's cutting planes in one dimension).
    """
    values, their_topics, places = np.zeros(MOST), np.full(MOST, -2), np.zeros(MOST, np.int64)
    dear_value, dear_price, fair_value, fair_price = 0.0, 0.0, 0.0, 0.0
    slope = 0.0
    for _ in range(64):
        best_reduced(candidates, topics, count, most, slope, 0.0, values, their_topics, places)
        value, price = 0.0, 0.0
        for slot in range(most):
            if values[slot] > 0:
                value += candidates[places[slot], 0]
                price += candidates[places[slot], 1]
        line = fair_value + slope * (balance - fair_price)
        if (slope == 0.0 and price <= balance) or (slope > 0.0 and value + slope * (balance - price) <= line * (1 + 1e-12)):
            break
        if price > balance:
            dear_value, dear_price = value, price
        else:
            fair_value, fair_price = value, price
        following = (dear_value - fair_value) / (dear_price - fair_price)
        if following <= 0 or following == slope:
            break
        slope = following
    return slope


@compiled
def total_without(missing: int, candidates: Candidates, topics: Topics, kept: Places, most: int, slope: float) -> float:
    """The best sum of reduced values of different topics without one candidate."""
    values, their_topics, places = np.empty(MOST), np.empty(MOST, np.int64), np.empty(MOST, np.int64)
    others = candidates[kept[kept != missing]]
    best_reduced(others, topics, len(others), most, slope, 0.0, values, their_topics, places)
    return values[:most].sum()


@compiled
def line_up(candidates: Candidates, topics: Topics, by_price: Places, most: int, balance: int, slope: float, best: Best) -> Line:
    """The `Line` of what, of these places by price, can be part of a set as good as the best."""
    highest, their_topics, at = np.empty(MOST), np.empty(MOST, np.int64), np.empty(MOST, np.int64)
    lined = candidates[by_price]
    best_reduced(lined, topics, by_price.size, most, slope, 0.0, highest, their_topics, at)
    worth = lined[:, 0] - slope * lined[:, 1]
    tops = np.zeros(MOST + 1)
    tops[1:] = np.cumsum(highest)
    kept = np.flatnonzero(worth + tops[most - 1] >= least_sum(slope, balance, best))
    places = np.full(kept.size + 2, -1, dtype=np.int64)
    prices, reduced = np.zeros(kept.size + 2, dtype=np.int64), np.zeros(kept.size + 2)
    places[2:], prices[2:], reduced[2:] = by_price[kept], lined[kept, 1], worth[kept]
    return Line(places, prices, reduced, tops)


@compiled
def exact_bound(candidates: Candidates, topics: Topics, line: Line, size: int, total: int) -> tuple[float, float, float]:
    """What so many of a line, of different topics, are worth at most if they cost exactly a total; by Kelley's planes again.

    Returns:
        A slope of any sign; the bound, slope × total + the highest sum of so many reduced values (they may be negative); and that
        of one less.
    """
    highest, their_topics, at = np.empty(MOST), np.empty(MOST, np.int64), np.empty(MOST, np.int64)
    lined = candidates[line.places[2:]]
    cheap_value, cheap_price, dear_value, dear_price = 0, 0, 0, 0
    slope, nothing, rounding = 0.0, -(2.0**200), 0.0
    for turn in range(TURNS):
        # First the cheapest, then the dearest, then where their lines cross.
        if turn < 2:
            slope = 2.0**62 if turn == 0 else -(2.0**62)
        else:
            slope = (dear_value - cheap_value) / max(dear_price - cheap_price, 1)
        best_reduced(lined, topics, len(lined), size, slope, nothing, highest, their_topics, at)
        if highest[size - 1] == nothing:
            return 0.0, nothing, nothing
        rounding = 2.0**-48 * (abs(slope) * total + np.abs(highest[:size]).sum() + 1.0)
        value, price = lined[at[:size], 0].sum(), lined[at[:size], 1].sum()
        if turn > 1 and value + slope * (total - price) <= cheap_value + slope * (total - cheap_price) + rounding:
            break
        if turn == 0 or (turn > 1 and price <= total):
            cheap_value, cheap_price = value, price
        else:
            dear_value, dear_price = value, price
        if cheap_price > total or (turn and dear_price < total):
            return 0.0, nothing, nothing
    return slope, slope * total + highest[:size].sum() + rounding, highest[: size - 1].sum() + rounding
