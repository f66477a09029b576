"""The best set of a few columns: branch and bound by reduced value, in an order that has the bounds fall."""

from typing import Final

import numpy as np

from bekal.recommender.engine.kernels.compiling import inlined
from bekal.recommender.engine.kernels.shapes import MOST, NO_TOPIC, Places, Work

STEPS: Final = 20_000
"""Looked at so many beginnings of sets, an exact search with better bounds is quicker."""


@inlined
def scan(count: int, parts: int, balance: int, slope: float, rounding: float, work: Work) -> bool:
    """Find the best set of the first `count` columns of `work`, if it is better than `work.best`; False if that took too long.

    A set that is worth as much, costs as much and comes first is better too. Then `work.chosen` are its columns.
    """
    sort_by_reduced(count, work)
    sum_tails(count, parts, work)
    lined, tails, best = work.lined, work.tails, work.best
    next_ = np.zeros(MOST + 1, dtype=np.int64)
    taken, topics = np.zeros(MOST, dtype=np.int64), np.full(MOST, NO_TOPIC, dtype=np.int32)
    value, price, saved = np.zeros(MOST + 1, np.int64), np.zeros(MOST + 1, np.int64), np.zeros(MOST + 1)
    needed, depth, steps = best[0] - slope * balance - rounding, 0, 0
    while steps < STEPS:
        steps += 1
        at, slots = next_[depth], parts - depth
        if at >= count or saved[depth] + tails[at, slots - 1] < needed:
            if depth == 0:
                return True
            depth -= 1
            topics[depth] = NO_TOPIC
            continue
        if slots == 1:
            # Most steps are of this kind.
            left, least, worth, own = balance - price[depth], needed - saved[depth], best[0] - value[depth], value[depth]
            one, two, three = topics[0], topics[1], topics[2]
            while at < count and lined.reduced[at] >= least:
                topic = lined.topics[at]
                fits = (lined.prices[at] <= left) & (lined.values[at] >= worth)
                if fits & (topic != one) & (topic != two) & (topic != three):
                    taken[depth] = work.order[at]
                    if note_set(own + lined.values[at], price[depth] + lined.prices[at], parts, taken, work):
                        needed = best[0] - slope * balance - rounding
                        least, worth = needed - saved[depth], best[0] - own
                at += 1
            steps += at - next_[depth]
            next_[depth] = count
            continue
        next_[depth] += 1
        cost, worth = price[depth] + lined.prices[at], saved[depth] + lined.reduced[at]
        topic = lined.topics[at]
        if cost > balance or worth + tails[at + 1, slots - 2] < needed or topic in (topics[0], topics[1]):
            continue
        taken[depth], topics[depth] = work.order[at], topic
        total = value[depth] + lined.values[at]
        if total >= best[0] and note_set(total, cost, depth + 1, taken, work):
            needed = best[0] - slope * balance - rounding
        depth += 1
        next_[depth], value[depth], price[depth], saved[depth] = at + 1, total, cost, worth
    return False


@inlined
def sort_by_reduced(count: int, work: Work) -> None:
    """Write to `work.order` the first `count` places, the highest reduced value first, and to `work.lined` what these are."""
    order, lined = work.order, work.lined
    for place in range(count):
        at, worth = place, work.reduced[place]
        while at > 0 and lined.reduced[at - 1] < worth:
            lined.reduced[at], order[at] = lined.reduced[at - 1], order[at - 1]
            at -= 1
        lined.reduced[at], order[at] = worth, place
    for at in range(count):
        place = order[at]
        lined.values[at], lined.prices[at], lined.topics[at] = work.values[place], work.prices[place], work.topics[place]


@inlined
def sum_tails(count: int, parts: int, work: Work) -> None:
    """Write to `work.tails`, from each place of the order on, bounds on the sum of 1 … parts reduced values of different topics.

    None is below 0. The fourth may be of a topic met before, which only raises a bound.
    """
    tails = work.tails
    one, two, three, four = 0.0, 0.0, 0.0, 0.0
    first, second, third = -1, -1, -1
    tails[count, :] = 0.0
    for at in range(count - 1, -1, -1):
        place = work.order[at]
        worth, topic = max(work.reduced[place], 0.0), work.topics[place]
        # The order falls, so this is the highest so far.
        if first >= 0 and work.topics[first] == topic:
            one, first = worth, place
        elif second >= 0 and work.topics[second] == topic:
            one, two, first, second = worth, one, place, first
        elif third >= 0 and work.topics[third] == topic:
            one, two, three, first, second, third = worth, one, two, place, first, second
        else:
            one, two, three, four, first, second, third = worth, one, two, three, place, first, second
        tails[at, 0] = one
        if parts > 1:
            tails[at, 1] = one + two
        if parts > 2:
            tails[at, 2] = one + two + three
            tails[at, 3] = one + two + three + four


@inlined
def note_set(value: int, price: int, size: int, taken: Places, work: Work) -> bool:
    """Make a set the best that is worth as much as the best or more, if it is better."""
    best = work.best
    equal = value == best[0] and price == best[1]
    if value == best[0] and price > best[1]:
        return False
    read = work.read_now
    for place in range(size):
        at = place
        while at > 0 and comes_before(taken[place], read[at - 1], work):
            read[at] = read[at - 1]
            at -= 1
        read[at] = taken[place]
    if equal:
        same = 0
        while same < min(size, best[2]) and read[same] == work.read[same]:
            same += 1
        if same == min(size, best[2]) or not comes_before(read[same], work.read[same], work):
            return False
    best[0], best[1], best[2] = value, price, size
    for at in range(size):
        work.read[at] = read[at]
        work.chosen[at] = work.columns[read[at]]
    return True


@inlined
def comes_before(one: int, other: int, work: Work) -> bool:
    """Whether a place comes before another as a set is read: by value, then by column."""
    values, columns = work.values, work.columns
    return values[one] > values[other] or (values[one] == values[other] and columns[one] < columns[other])
