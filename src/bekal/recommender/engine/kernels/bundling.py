"""One person's bundle, bound first: before anything is known of what dominates what, a slope drops nearly all columns.

For a slope and a set that is as good as any easily found, a column can only be part of the best set if its reduced value and the
highest of as many others as may stand beside it reach what that set reaches (`bounds`). About twenty of a thousand do, and those
are searched. Sets of at most two need no slope (`pairing`). Where that does not settle it in a few steps, the search of `solving`
has to, which this never calls: compiling it once more in everything that calls it would take longer than all the rest.
"""

from typing import Final

import numpy as np

from bekal.recommender.engine.kernels.candidates import offer
from bekal.recommender.engine.kernels.compiling import inlined
from bekal.recommender.engine.kernels.lanes import LANES
from bekal.recommender.engine.kernels.narrowing import exchange, find_slope, load_few
from bekal.recommender.engine.kernels.pairing import make_pair
from bekal.recommender.engine.kernels.scanning import scan
from bekal.recommender.engine.kernels.scoring import collect, find_tops, slack, threshold, use_of, weigh
from bekal.recommender.engine.kernels.shapes import MOST, NO_TOPIC, NOTHING, ROOM, Padded, Rules, Shelf, Warm, Work

ROUNDS: Final = 6
"""So often the few are chosen anew, while their slope moves by more than `NEAR` of itself."""
NEAR, EXACT = 0.3, 0.02
FEWEST, MOST_LANES = 16, 26
"""Between so many lanes have one of the few."""
QUICK, THOROUGH, LAST = 0, 1, 2
"""How it is tried: with a set that is soon found; else with a better slope, and the best set of twice as many; then with that."""
ENOUGH: Final = 128
"""At first, more columns are not looked at one by one."""
UNDOMINATED: Final = 40
"""Above so many columns it is worth dropping what is dominated."""
AGAIN: Final = 8
"""So often what others are worth at most may turn out to be more."""


@inlined
def make_bundle(sums: Padded, shelf: Shelf, rules: Rules, balance: int, warm: Warm, work: Work) -> bool:
    """Fill `work.chosen` with the columns of the best set, and `work.best` with its value, price and size.

    Returns:
        Whether that is settled; else they mean nothing.
    """
    parts = 1
    while parts < rules.parts and shelf.cheapest[parts + 1] <= balance:
        parts += 1
    if parts <= 2:
        make_pair(sums, shelf, rules, parts, balance, warm, work)
        return True
    value, count, slope = 0, 0, 0.0
    for attempt in (QUICK, THOROUGH, LAST):
        if attempt != LAST:
            count, slope = pick_few(sums, shelf, rules, parts, balance, attempt == THOROUGH, warm, work)
            if count <= 0:
                work.best[:] = 0
                return count == 0
            value = max(value, first_value(parts, balance, work))
        rounding = exact_rounding(value, slope, balance)
        if attempt == THOROUGH:
            reduce(count, slope, work)
        else:
            room = ENOUGH if attempt == QUICK else sums.size
            count = pick_last(sums, shelf, rules, parts, balance, slope, value, count, room, work)
            if count < 0:
                continue
            if count > UNDOMINATED:
                count = drop_dominated(count, parts, slope, work)
            if count > ROOM:
                continue
        work.best[0], work.best[1], work.best[2] = value, balance + 1, 0
        settled = scan(count, parts, balance, slope, rounding, work)
        if settled and attempt != THOROUGH and (work.best[2] > 0 or value == 0):
            work.best[1] = work.best[1] if work.best[2] > 0 else 0
            return True
        value = max(value, work.best[0])
    return False


@inlined
def pick_few(
    sums: Padded, shelf: Shelf, rules: Rules, parts: int, balance: int, thorough: bool, warm: Warm, work: Work
) -> tuple[int, float]:
    """Look at the columns with the highest reduced values; returns how many these are, and the best slope.

    0: nothing is on offer that is worth anything. -1: too many are equal.
    """
    size, floor = max(float(balance), 1.0), max(rules.floor, NOTHING + 1)
    use, slope, count = (rules.eta / size if balance else 0.0), warm[1] / size, 0
    low, high, near = 0.0, np.inf, EXACT if thorough else NEAR
    for _ in range(ROUNDS):
        weigh(sums, shelf.prices_near, use - slope, floor, work.worths)
        find_tops(work.worths[: sums.size], work.tops)
        fewest, most, count = (2 * FEWEST if thorough else FEWEST), (2 * MOST_LANES if thorough else MOST_LANES), -1
        while count < 0 and fewest > 0:
            warm[2] = threshold(work.tops, fewest, most, warm[2])
            count = collect(work.worths[: sums.size], warm[2], work.columns[:LANES])
            fewest, most = fewest // 2, most // 2
        if count <= 0:
            return count, slope
        count = load(count, sums, shelf, rules.eta, balance, work)
        if count == 0 and slope > 0.0:
            # What costs little came before all that is worth something.
            slope = 0.0
            continue
        if count == 0:
            count = collect(work.worths[: sums.size], -slack(0.0, use * size), work.columns[:LANES])
            count = load(count, sums, shelf, rules.eta, balance, work) if count > 0 else count
            if count <= 0:
                return count, slope
        load_few(count, work)
        before = slope
        following, too_dear = find_slope(work, parts, balance, before)
        low, high = (before, high) if too_dear else (low, before)
        if abs(following - before) <= near * before:
            slope = following
            break
        # The few of one slope say little of one far away, so that one stays between what is too low and what is not.
        if following <= low or following >= high:
            following = 0.5 * (low + high) if high < np.inf else 1.5 * before
        slope = max(following, 0.5 * before)
    warm[1] = slope * size
    return (count if count > 0 else -1), slope


@inlined
def load(count: int, sums: Padded, shelf: Shelf, eta: int, balance: int, work: Work) -> int:
    """Work out what the first `count` of `work.columns` are worth, and keep those worth something; returns how many these are."""
    kept = 0
    for each in range(count):
        column = work.columns[each]
        price = shelf.prices[column]
        value = sums[column] + use_of(eta, price, balance)
        if value > 0:
            work.columns[kept], work.values[kept], work.prices[kept] = column, value, price
            work.topics[kept] = shelf.topics[column]
            kept += 1
    return kept


@inlined
def first_value(parts: int, balance: int, work: Work) -> int:
    """The value of a set that is as good as any easily found, 0 for none."""
    near, first = 0.0, work.first
    if work.fair[MOST]:
        near = exchange(work.few, work.fair, parts, balance, near, first)
    if work.dear[MOST]:
        near = exchange(work.few, work.dear, parts, balance, near, first)
    if near <= 0.0:
        return 0
    value, price = 0, 0
    for at in range(first[MOST]):
        value += work.values[first[at]]
        price += work.prices[first[at]]
    return value if price <= balance else 0


@inlined
def pick_last(
    sums: Padded,
    shelf: Shelf,
    rules: Rules,
    parts: int,
    balance: int,
    slope: float,
    value: int,
    count: int,
    room: int,
    work: Work,
) -> int:
    """Look at all columns that can be in a set worth `value`; returns how many these are, -1 for more than there is room for.

    What others are worth at most is known from the first `count` columns, or else from what that lets in: where it turns out to
    be more, more is let in. (Columns left out can only raise it while fewer than `parts` topics are in, and then the first set
    has fewer parts too, so that nothing with a reduced value above 0 is left out.)
    """
    size, floor = max(float(balance), 1.0), max(rules.floor, NOTHING + 1)
    gain = (rules.eta / size if balance else 0.0) - slope
    weigh(sums, shelf.prices_near, gain, floor, work.worths)
    rounding = exact_rounding(value, slope, balance)
    others = highest_others(reduce(count, slope, work), parts - 1, work)
    for _ in range(AGAIN):
        least = value - slope * size - others - rounding
        near = least - slack(least, abs(gain) * size)
        count = collect(work.worths[: sums.size], near, work.columns[:room])
        if count < 0:
            return -1
        count = reduce(load(count, sums, shelf, rules.eta, balance, work), slope, work)
        more = highest_others(count, parts - 1, work)
        if more <= others:
            return count
        others = more
    return -1


@inlined
def exact_rounding(value: int, slope: float, balance: int) -> float:
    """What rounding can lose of exact sums: they are below 2^43, of which a float64 keeps 2^-10. (float32: `slack`.)"""
    return 1.0 + 2.0**-48 * (value + slope * float(balance))


@inlined
def reduce(count: int, slope: float, work: Work) -> int:
    """Write the first `count` reduced values, and return `count`."""
    for each in range(count):
        work.reduced[each] = work.values[each] - slope * work.prices[each]
    return count


@inlined
def highest_others(count: int, parts: int, work: Work) -> float:
    """The highest sum of reduced values of so many different topics, at most three, none of them below 0."""
    one, two, three = 0.0, 0.0, 0.0
    first, second = -1, -1  # of one and two, their places
    for each in range(count):
        worth, topic = work.reduced[each], work.topics[each]
        if worth <= three:
            continue
        if first >= 0 and work.topics[first] == topic:
            if worth > one:
                one, first = worth, each
        elif second >= 0 and work.topics[second] == topic:
            if worth > one:
                one, two, first, second = worth, one, each, first
            elif worth > two:
                two, second = worth, each
        elif worth > one:
            one, two, three, first, second = worth, one, two, each, first
        elif worth > two:
            two, three, second = worth, two, each
        else:
            three = worth
    return (one if parts > 0 else 0.0) + (two if parts > 1 else 0.0) + (three if parts > 2 else 0.0)


@inlined
def drop_dominated(count: int, parts: int, slope: float, work: Work) -> int:
    """Drop, of what is looked at, what `candidates.offer` does not let through; returns how many stay.

    What dominates a column has at least its reduced value, as no slope is below 0, so it is looked at too.
    """
    values, topics, places = np.zeros(parts, np.int64), np.full(parts, NO_TOPIC), np.zeros(parts, np.int64)
    kept = 0
    for each in range(count):
        value, topic = work.values[each], work.topics[each]
        if value > values[parts - 1] and offer(value, each, topic, parts, values, topics, places):
            work.columns[kept], work.values[kept], work.prices[kept] = work.columns[each], value, work.prices[each]
            work.topics[kept] = topic
            kept += 1
    return reduce(kept, slope, work)
