"""The best set, by the methods of the other files in turn: each begins with what the one before could not settle."""

from typing import Final

import numpy as np

from bekal.recommender.engine.kernels.asking import WORK, ask_sums
from bekal.recommender.engine.kernels.bounds import best_slope, best_tops, line_up, needed_sum, total_without
from bekal.recommender.engine.kernels.candidates import BLOCK, alike, arrange, most_that_fit, offer
from bekal.recommender.engine.kernels.companions import NO_LIMIT, companions, first_best
from bekal.recommender.engine.kernels.compiling import compiled
from bekal.recommender.engine.kernels.joining import join
from bekal.recommender.engine.kernels.search import FIRST_STEPS, STEPS, improve, search
from bekal.recommender.engine.kernels.shapes import MOST, SUMS, Best, Candidates, Chosen, Columns, Line, Prices, Topics, Values
from bekal.recommender.engine.kernels.sums import sums_of

FEW: Final = 24
"""So many candidates are searched for a set that is nearly the best."""
LARGE_LINE: Final = 1_024
FIRST_ITEMS: Final = 256
"""Of a large line so many candidates of the highest reduced values are put together first, for a better set to begin with."""


@compiled
def solve_offered(
    found: int,
    columns: Columns,
    values: Values,
    prices: Prices,
    topics: Topics,
    most: int,
    balance: int,
    chosen: Chosen,
    best: Best,
) -> None:
    """The best bundle of what `offer` let through, by column; `chosen` are columns, `best` as in `solve`."""
    candidates = np.empty((found, 3), dtype=np.int64)
    slope = -1.0
    if found > BLOCK:
        found, slope = narrow(found, columns, values, prices, topics, most, balance, best)
    left = arrange(found, columns, values, prices, topics, most, candidates)
    steps = STEPS
    if slope >= 0:
        reduced, tops = np.empty(left), np.empty((left + 1, MOST + 1))
        best_tops(candidates, topics, left, most, slope, reduced, tops)
        best[1] += 1  # so that what is as good counts as better
        best[2] = 0
        steps = search(candidates, topics, left, most, balance, reduced, tops, slope, True, STEPS, chosen, best)
    if steps == STEPS or best[2] == 0:
        solve(candidates, topics, left, most, balance, chosen, best)
    for each in range(best[2]):
        chosen[each] = candidates[chosen[each], 2]


@compiled
def narrow(
    found: int, columns: Columns, values: Values, prices: Prices, topics: Topics, most: int, balance: int, best: Best
) -> tuple[int, float]:
    """Drop what is in no set as good as one that is easily found (`best`); returns how many stay, and the slope used.

    That set is the best of the few candidates with the highest reduced values.
    """
    raw = np.empty((found, 3), dtype=np.int64)
    for each in range(found):
        raw[each, 0], raw[each, 1], raw[each, 2] = values[each], prices[columns[each]], columns[each]
    slope = best_slope(raw, topics, found, most, balance)
    reduced, order = np.empty(found), np.empty(FEW, dtype=np.int64)
    highest, their_topics, places = np.zeros(MOST), np.full(MOST, -2), np.zeros(MOST, np.int64)
    held = 0
    for each in range(found):
        worth = raw[each, 0] - slope * raw[each, 1]
        reduced[each] = worth
        if held == FEW and worth <= reduced[order[FEW - 1]]:
            continue
        offer(worth, each, topics[columns[each]], most, highest, their_topics, places)
        at = min(held, FEW - 1)
        while at > 0 and reduced[order[at - 1]] < worth:
            order[at] = order[at - 1]
            at -= 1
        order[at] = each
        held = min(held + 1, FEW)
    few = raw[order[:held]]
    few_reduced, tops = np.empty(held), np.empty((held + 1, MOST + 1))
    best_tops(few, topics, held, most, slope, few_reduced, tops)
    best[:] = 0
    search(few, topics, held, most, balance, few_reduced, tops, slope, False, FIRST_STEPS, places, best)
    best[1] += 1
    least = needed_sum(slope, balance, best) - highest[: most - 1].sum()
    best[1] -= 1
    left = 0
    for each in range(found):
        if reduced[each] >= least:
            columns[left], values[left] = columns[each], values[each]
            left += 1
    return left, slope


@compiled
def solve(candidates: Candidates, topics: Topics, count: int, most: int, balance: int, chosen: Chosen, best: Best) -> None:
    """The best set of at most `most` candidates: its places, by value, in `chosen`; value, price and size in `best`."""
    best[:] = 0
    if count == 0:
        return
    divisor = 0
    for place in range(count):
        if divisor == 1:
            break
        price = candidates[place, 1]
        while price:
            divisor, price = price, divisor % price
    if divisor > 1:
        candidates[:count, 1] //= divisor
        balance //= divisor
    most = most_that_fit(candidates, count, most, balance)
    none = np.zeros((1, 1))
    steps = search(candidates, topics, count, most, balance, none[0], none, -1.0, True, FIRST_STEPS, chosen, best)
    if steps == FIRST_STEPS:
        slope = best_slope(candidates, topics, count, most, balance)
        improve(candidates[:count], topics, most, balance, slope, chosen, best)
        settle(candidates[:count], topics, most, balance, slope, chosen, best)
    if divisor > 1:
        best[1] *= divisor


@compiled
def settle(candidates: Candidates, topics: Topics, most: int, balance: int, slope: float, chosen: Chosen, best: Best) -> None:
    """Find the first of the best sets, given one that is nearly as good, among the candidates that can be part of such a set."""
    count = len(candidates)
    reduced, tops = np.empty(count), np.empty((count + 1, MOST + 1))
    best_tops(candidates, topics, count, most, slope, reduced, tops)
    best[1] += 1  # so that what is as good counts as better
    needed = needed_sum(slope, balance, best)
    kept = np.flatnonzero(reduced + tops[0, most - 1] >= needed)
    rest, reduced = candidates[kept], reduced[kept]
    best_tops(rest, topics, kept.size, most, slope, reduced, tops)
    value, price = best[0], best[1]
    steps = search(rest, topics, kept.size, most, balance, reduced, tops, slope, True, STEPS, chosen, best)
    if best[0] != value or best[1] != price:
        chosen[: best[2]] = kept[chosen[: best[2]]]
    else:
        best[1] -= 1
    if steps < STEPS:
        return
    # What every set so good must hold is taken; that leaves a smaller question.
    slots = most
    highest, their_topics, at_top = np.zeros(MOST), np.full(MOST, -2), np.full(MOST, -1)
    for at in range(kept.size):
        offer(reduced[at], kept[at], topics[rest[at, 2]], most, highest, their_topics, at_top)
    forced = np.zeros(count, dtype=np.bool_)
    fits = np.ones(count, dtype=np.bool_)
    for place in at_top:
        if place >= 0 and total_without(place, candidates, topics, kept, slots, slope) < needed:
            forced[place] = True
            most -= 1
            balance -= candidates[place, 1]
            best[0] -= candidates[place, 0]
            best[1] -= candidates[place, 1]
            best[2] -= 1
            for at in range(kept.size):
                fits[kept[at]] &= not alike(place, kept[at], candidates, topics)
    places = kept[fits[kept] & (candidates[kept, 1] <= balance)]
    if most and places.size:
        place_of = np.full(count, -1, dtype=np.int64)
        place_of[places] = np.arange(places.size)
        part = np.zeros(MOST, dtype=np.int64)
        at = 0
        for each in chosen[: best[2] + forced.sum()]:
            if not forced[each]:
                part[at] = place_of[each]
                at += 1
        complete(candidates[places], topics, most, balance, part, best)
        chosen[: best[2]] = places[part[: best[2]]]
    at = best[2]
    for place in kept[forced[kept]]:
        chosen[at] = place
        at += 1
        best[0] += candidates[place, 0]
        best[1] += candidates[place, 1]
        best[2] += 1
    chosen[:at] = np.sort(chosen[:at])


@compiled
def complete(candidates: Candidates, topics: Topics, most: int, balance: int, chosen: Chosen, best: Best) -> None:
    """The first of the best sets, with work of about the square of the number of candidates; `best` is one to begin with.

    Where values follow prices, nearly all candidates can be part of a best set, but few prices can be its sum: so it is asked
    first which sums there are. Where they do not, few pairs can be part of one: those are put together.
    """
    by_price = np.argsort(candidates[:, 1], kind="mergesort")
    if most <= 2:
        companions(candidates, topics, by_price, by_price[:0], most, balance, False, chosen, best)
        return
    slope = best_slope(candidates, topics, len(candidates), most, balance)
    line = line_up(candidates, topics, by_price, most, balance, slope, best)
    if line.places.size > LARGE_LINE:
        few = np.sort(np.argsort(-line.reduced[2:], kind="mergesort")[:FIRST_ITEMS] + 2)
        few = np.concatenate((np.arange(2), few))
        first = Line(line.places[few], line.prices[few], line.reduced[few], line.tops)
        join(candidates, topics, first, most, balance, slope, False, chosen, best)
        line = line_up(candidates, topics, line.places[2:], most, balance, slope, best)
    sums = sums_of(line, most, balance, slope, best)
    if balance < 64 * SUMS:
        settled, part, balance = ask_sums(candidates, topics, line, sums, most, balance, slope, chosen, best)
        size = line.places.size
        line = line_up(candidates, topics, part, most, balance, slope, best)
        if line.places.size < size * 3 // 4:
            sums = sums_of(line, most, balance, slope, best)
        if settled and first_best(candidates, topics, line, sums, most, WORK, chosen, best):
            return
    if not join(candidates, topics, line, most, balance, slope, True, chosen, best):
        # So many are as good that the first of them is soon met.
        first_best(candidates, topics, line, sums, most, NO_LIMIT, chosen, best)
