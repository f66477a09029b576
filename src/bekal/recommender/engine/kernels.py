"""Compiled loops behind `bundles` and `batch`: whole numbers only, no checks (their callers check), one thread each.

They let go of Python's lock, so threads run them side by side without a thread pool of numba's, which would not bear requests
or workers that start such loops at the same time. All of them stand in one file, because a compiled function that is kept on disk
is compiled again only when its own file changes.

A *column* is an item's place among those that are offered, by price and then code. A *candidate* is an item that may be part of a
bundle; candidates stand by value (highest first), price and code, which is also the order that breaks ties (`bundles`).
"""

from collections.abc import Callable
from typing import Any, Final, TypeVar

import numba
import numpy as np

Loop = TypeVar("Loop", bound=Callable[..., Any])

MOST: Final = 4
"""No bundle is larger."""
BLOCK: Final = 64
"""Columns that are looked at together; most blocks hold nothing that matters and are skipped after one comparison."""
FIRST_NODES: Final = 256
"""Sets looked at before a Lagrangian bound is worth its making."""
NODES: Final = 100_000
"""Sets accepted before pairs are looked up instead. Sets that are passed over are not counted."""
PRICE_BITS: Final = 22
"""The look-up of pairs knows prices in 2^22 steps of the balance or finer, where values leave so many bits of 64."""
NOTHING: Final = -(2**31)
"""The sum of an item that is not offered; no real sum comes near it."""
_NO_KEY: Final = -(2**62)


def compiled(loop: Loop) -> Loop:
    """Compile on the first call; keep the machine code beside the package, or else in the user's cache folder, or in memory."""
    options: dict[str, Any] = {"nogil": True, "error_model": "numpy"}
    try:
        kept: Loop = numba.njit(cache=True, **options)(loop)
    except RuntimeError:  # numba found no folder that can be written
        kept = numba.njit(**options)(loop)
    return kept


@compiled
def offer(value, place, topic, most, values, topics, places):  # type: ignore[no-untyped-def]
    """Put a value among the `most` best of different topics (`values`, highest first), unless there is no place for it.

    False when the topic's own value is at least as high, or those of `most` other topics are: then the item is dominated, if all
    that was offered before it precedes it by price, value and code. Begin with values of 0 and topics of -2.
    """
    if value <= values[most - 1]:
        return False
    at = most - 1
    if topic >= 0:
        for held in range(most):
            if topics[held] == topic:
                if values[held] >= value:
                    return False
                at = held
                break
    while at > 0 and values[at - 1] < value:
        values[at] = values[at - 1]
        topics[at] = topics[at - 1]
        places[at] = places[at - 1]
        at -= 1
    values[at] = value
    topics[at] = topic
    places[at] = place
    return True


@compiled
def before(one, other, values, columns):  # type: ignore[no-untyped-def]
    """Whether a candidate stands before another: by value, then column (columns stand by price and code)."""
    return values[one] > values[other] or (values[one] == values[other] and columns[one] < columns[other])


@compiled
def arrange(found, columns, values, prices, topics, most, candidates):  # type: ignore[no-untyped-def]
    """Drop what is still dominated, put the rest in order and return how many there are.

    `columns[:found]` and `values[:found]` were offered by column; of equal prices a later one may yet dominate an earlier one.
    `candidates`, int64[found or more, 3], is filled with value, price and column.
    """
    order = np.empty(found, dtype=np.int64)
    again = False
    if found <= BLOCK:
        # Values mostly rise with the price, so from the last to the first they are nearly in order.
        for place in range(found):
            one = found - 1 - place
            at = place
            while at > 0 and before(one, order[at - 1], values, columns):
                order[at] = order[at - 1]
                at -= 1
            order[at] = one
    else:
        order[:] = np.argsort(-values[:found], kind="mergesort")
    for place in range(1, found):
        again |= prices[columns[place]] == prices[columns[place - 1]]
    kept = np.ones(found if again else 0, dtype=np.bool_)
    if again:
        best, best_topics, places = np.zeros(most, np.int64), np.full(most, -2), np.zeros(most, np.int64)
        by_price = np.argsort(prices[columns[order]], kind="mergesort")
        for place in range(found):
            one = order[by_price[place]]
            kept[one] = offer(values[one], one, topics[columns[one]], most, best, best_topics, places)
    count = 0
    for place in range(found):
        one = order[place]
        if not again or kept[one]:
            candidates[count, 0] = values[one]
            candidates[count, 1] = prices[columns[one]]
            candidates[count, 2] = columns[one]
            count += 1
    return count


@compiled
def search(candidates, topics, count, most, balance, reduced, tops, slope, limit, chosen, best):  # type: ignore[no-untyped-def]
    """Branch and bound over sets in lexicographic order; returns how many were looked at, `limit` when it gave up.

    A set takes the place of the best only when its value is higher, or equal at a lower price; so of equals the first stays.
    Bounds: the values that follow (they fall), and where `slope` is 0 or more, for any set, value ≤ slope × price + the sum of
    `reduced`, whose best sums of 1 … most of the candidates from a place on are `tops`.
    """
    places = np.zeros(MOST + 1, dtype=np.int64)
    value = np.zeros(MOST + 1, dtype=np.int64)
    price = np.zeros(MOST + 1, dtype=np.int64)
    saved = np.zeros(MOST + 1)
    needed = needed_sum(slope, balance, best)
    nodes = 0
    depth = 0
    while depth >= 0:
        place = places[depth]
        slots = most - depth
        going = place < count
        if going:
            bound = value[depth]
            for ahead in range(place, min(place + slots, count)):
                bound += candidates[ahead, 0]
            going = bound >= best[0] and (slope < 0 or saved[depth] + tops[place, slots] >= needed)
        if not going:
            depth -= 1
            continue
        places[depth] += 1
        new_price = price[depth] + candidates[place, 1]
        if new_price > balance or taken(place, depth, places, candidates, topics):
            continue
        if slope >= 0 and saved[depth] + reduced[place] + tops[place + 1, slots - 1] < needed:
            continue
        nodes += 1
        if nodes >= limit:
            return limit
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
            saved[depth] = saved[depth - 1] + reduced[place]
    return nodes


@compiled
def taken(place, depth, places, candidates, topics):  # type: ignore[no-untyped-def]
    """Whether the topic of a candidate is that of one chosen already."""
    topic = topics[candidates[place, 2]]
    if topic >= 0:
        for each in range(depth):
            if topics[candidates[places[each] - 1, 2]] == topic:
                return True
    return False


@compiled
def needed_sum(slope, balance, best):  # type: ignore[no-untyped-def]
    """The least sum of reduced values of a set that is worth more than the best, or as much and cheaper.

    Worth more within the balance: best + 1 ≤ slope × balance + sum. As much and cheaper: best ≤ slope × (its price - 1) + sum.
    Less a little more than rounding can lose: all the terms are below 2^43, of which a float keeps 2^-10.
    """
    if slope < 0:
        return 0.0
    more = best[0] + 1 - slope * balance
    cheaper = best[0] - slope * (best[1] - 1)
    return min(more, cheaper) - 2.0**-48 * (abs(best[0]) + slope * balance + 1.0)


@compiled
def best_tops(candidates, topics, count, most, slope, reduced, tops):  # type: ignore[no-untyped-def]
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
def best_slope(candidates, topics, count, most, balance):  # type: ignore[no-untyped-def]
    """The slope whose bound, slope × balance + the best `most` reduced values of different topics, is lowest.

    The bound is convex and made of straight pieces, one for each selection; the lowest point lies between a selection that costs
    too much and one that does not, where their lines cross (Kelley's cutting planes in one dimension).
    """
    values, their_topics, places = np.zeros(MOST), np.full(MOST, -2), np.zeros(MOST, np.int64)
    dear_value, dear_price, fair_value, fair_price = 0.0, 0.0, 0.0, 0.0
    slope = 0.0
    for _ in range(64):
        values[:] = 0.0
        their_topics[:] = -2
        for place in range(count):
            worth = candidates[place, 0] - slope * candidates[place, 1]
            offer(worth, place, topics[candidates[place, 2]], most, values, their_topics, places)
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
def solve(candidates, topics, count, most, balance, chosen, best):  # type: ignore[no-untyped-def]
    """The best set of at most `most` candidates: its places, by value, in `chosen`; value, price and size in `best`."""
    best[:] = 0
    if count == 0:
        return
    divisor = 0
    for place in range(count):
        if divisor == 1:
            break
        one = candidates[place, 1]
        while one:
            divisor, one = one, divisor % one
    if divisor > 1:
        balance -= balance % divisor
    most = most_that_fit(candidates, count, most, balance)
    none = np.zeros((1, 1))
    if search(candidates, topics, count, most, balance, none[0], none, -1.0, FIRST_NODES, chosen, best) < FIRST_NODES:
        return
    slope = best_slope(candidates, topics, count, most, balance)
    reduced, tops = np.empty(count), np.empty((count + 1, MOST + 1))
    best_tops(candidates, topics, count, most, slope, reduced, tops)
    if search(candidates, topics, count, most, balance, reduced, tops, slope, NODES, chosen, best) < NODES:
        return
    # What cannot be part of a better set goes.
    needed = needed_sum(slope, balance, best)
    kept = np.empty(count, dtype=np.int64)
    left = 0
    for place in range(count):
        if reduced[place] + tops[0, most - 1] >= needed:
            kept[left] = place
            left += 1
    rest = candidates[kept[:left]]
    before_value, before_price = best[0], best[1]
    pairs(rest, topics, left, most, balance, max(divisor, 1), chosen, best)
    if best[0] != before_value or best[1] != before_price:
        for each in range(best[2]):
            chosen[each] = kept[chosen[each]]


@compiled
def most_that_fit(candidates, count, most, balance):  # type: ignore[no-untyped-def]
    """How many items can fit the balance together at most, 1 or more: no more than of the cheapest."""
    cheapest = np.full(MOST, balance + 1, dtype=np.int64)
    for place in range(count):
        price = candidates[place, 1]
        at = MOST - 1
        if price < cheapest[at]:
            while at > 0 and cheapest[at - 1] > price:
                cheapest[at] = cheapest[at - 1]
                at -= 1
            cheapest[at] = price
    fits, price = 0, 0
    while fits < most and price + cheapest[fits] <= balance:
        price += cheapest[fits]
        fits += 1
    return max(fits, 1)


@compiled
def pairs(candidates, topics, count, most, balance, divisor, chosen, best):  # type: ignore[no-untyped-def]
    """Improve on the best set by looking up what two more can add, for each two.

    `ahead[w]` is the key of the best two (one, none) for at most w steps of money, whichever they are;
    key = value × 2^bits - steps,
    so that a higher key is a higher value, or the same for less. The steps are the prices' common divisor, or as many rupiah as
    keep them below 2^bits; prices are rounded down then, so that the bound holds. Only where it leaves room for a strictly better
    set are the two best companions sought. The first pass finds what the best set is worth and costs; the second, needed only
    when it is better than what branch and bound met in lexicographic order, the first set of that worth and price.
    """
    bits = PRICE_BITS
    while bits > 1 and candidates[0, 0] > (1 << (60 - bits)):
        bits -= 1
    step = divisor * max(1, -(-(balance + divisor) // (divisor << bits)))
    keys, costs = np.empty(count, dtype=np.int64), np.empty(count, dtype=np.int64)
    for place in range(count):
        costs[place] = candidates[place, 1] // step
        keys[place] = (candidates[place, 0] << bits) - costs[place]
    by_price = np.argsort(candidates[:count, 1], kind="mergesort")
    ahead = best_two(keys[by_price], costs[by_price], topics[candidates[by_price, 2]], balance // step)
    value, price = best[0], best[1]
    pass_over(candidates, topics, by_price, keys, costs, ahead, step, bits, most, balance, False, chosen, best)
    if best[0] != value or best[1] != price:
        best[1] += 1
        pass_over(candidates, topics, by_price, keys, costs, ahead, step, bits, most, balance, True, chosen, best)


@compiled
def pass_over(candidates, topics, by_price, keys, costs, ahead, step, bits, most, balance, ordered, chosen, best):  # type: ignore[no-untyped-def]
    """Begin sets in lexicographic order, with all but two of their items, and complete those that can be better than the best.

    `ordered`: only with what follows, and the first set that is better ends it; else with anything.
    """
    used = np.zeros(max(most - 2, 0), dtype=np.int64)
    if most <= 2:
        companions(candidates, topics, by_price, used, most, balance, ordered, chosen, best)
        return
    count, steps = keys.size, ahead.size - 1
    for first in range(count):
        used[0] = first
        left, goal = steps - costs[first], key_to_beat(best, step, bits) - keys[first]
        if most == 3:
            if ahead[left] > goal:
                better = companions(candidates, topics, by_price, used, most, balance, ordered, chosen, best)
                if better and ordered:
                    return
            continue
        if candidates[first, 0] > best[0] or (candidates[first, 0] == best[0] and candidates[first, 1] < best[1]):
            best[0], best[1], best[2], chosen[0] = candidates[first, 0], candidates[first, 1], 1, first
            goal = key_to_beat(best, step, bits) - keys[first]
            if ordered:
                return
        for second in range(first + 1, count):
            rest = left - costs[second]
            if rest >= 0 and keys[second] + ahead[rest] > goal and not alike(first, second, candidates, topics):
                used[1] = second
                if companions(candidates, topics, by_price, used, most, balance, ordered, chosen, best):
                    goal = key_to_beat(best, step, bits) - keys[first]
                    if ordered:
                        return


@compiled
def key_to_beat(best, step, bits):  # type: ignore[no-untyped-def]
    """The key of the best set so far, its price rounded up to steps."""
    return (best[0] << bits) + (-best[1] // step)


@compiled
def best_two(keys, costs, topics, steps):  # type: ignore[no-untyped-def]
    """int64[steps + 1]: the best key of at most two candidates of different topics, for each number of steps. By price."""
    ahead = np.full(steps + 1, _NO_KEY, dtype=np.int64)
    ahead[0] = 0
    count = keys.size
    for one in range(count):
        key, cost, topic = keys[one], costs[one], topics[one]
        if ahead[cost] < key:
            ahead[cost] = key
        for other in range(one + 1, count):
            at = cost + costs[other]
            if at > steps:
                break
            both = key + keys[other]
            if ahead[at] < both and (topic < 0 or topics[other] != topic):
                ahead[at] = both
    for at in range(1, steps + 1):
        if ahead[at] < ahead[at - 1]:
            ahead[at] = ahead[at - 1]
    return ahead


@compiled
def companions(candidates, topics, by_price, used, most, balance, ordered, chosen, best):  # type: ignore[no-untyped-def]
    """Complete the candidates `used` (rising) with the best none, one or two; note the set, true if it is the best so far.

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
    for at in range(by_price.size - 1, -1, -1):
        one = by_price[at]
        rest = balance - base_price - candidates[one, 1]
        if one <= last or rest < 0 or clash(one, used, candidates, topics):
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
    if base_price > balance or value < best[0] or (value == best[0] and price >= best[1]):
        return False
    best[0], best[1], best[2] = value, price, used.size + (third >= 0) + (fourth >= 0)
    for each in range(used.size):
        chosen[each] = used[each]
    if third >= 0:
        chosen[used.size] = third
    if fourth >= 0:
        chosen[used.size + 1] = fourth
    return True


@compiled
def alike(one, other, candidates, topics):  # type: ignore[no-untyped-def]
    """Whether two candidates are the same or share a topic."""
    topic = topics[candidates[one, 2]]
    return one == other or (topic >= 0 and topics[candidates[other, 2]] == topic)


@compiled
def clash(one, used, candidates, topics):  # type: ignore[no-untyped-def]
    """Whether a candidate is like one of those used."""
    for each in used:
        if alike(one, each, candidates, topics):
            return True
    return False


@compiled
def bundle(values, prices, topics, most, balance, chosen, best):  # type: ignore[no-untyped-def]
    """`solve` over columns that all cost at most the balance; `chosen` are columns. Values may be anything."""
    count = values.size
    columns, kept = np.empty(count, dtype=np.int64), np.empty(count, dtype=np.int64)
    least, their_topics, places = np.zeros(most, np.int64), np.full(most, -2), np.zeros(most, np.int64)
    found = 0
    for column in range(count):
        value = values[column]
        if value > least[most - 1] and offer(value, column, topics[column], most, least, their_topics, places):
            columns[found], kept[found] = column, value
            found += 1
    candidates = np.empty((found, 3), dtype=np.int64)
    left = arrange(found, columns, kept, prices, topics, most, candidates)
    solve(candidates, topics, left, most, balance, chosen, best)
    for each in range(best[2]):
        chosen[each] = candidates[chosen[each], 2]
