"""Compiled loops behind `bundles` and `batch`: whole numbers only, no checks (their callers check), one thread each.

They let go of Python's lock, so threads run them side by side without a thread pool of numba's, which would not bear requests
or workers that start such loops at the same time. All of them stand in one file, because a compiled function that is kept on disk
is compiled again only when its own file changes.

A *column* is an item's place among those that are offered, by price and then code. A *candidate* is an item that may be part of a
bundle; candidates stand by value (highest first), price and code, which is also the order that breaks ties (`bundles`).
"""

from collections.abc import Callable
from typing import Any, Final, NamedTuple, TypeVar

import numba
import numpy as np
from numpy.typing import NDArray

Loop = TypeVar("Loop", bound=Callable[..., Any])

MOST: Final = 4
"""No bundle is larger."""
BLOCK: Final = 64
"""Columns that are looked at together; most blocks hold nothing that matters and are skipped after one comparison."""
FEW: Final = 24
"""So many candidates are searched for a set that is nearly the best."""
FIRST_STEPS: Final = 256
"""Steps of the search before a Lagrangian bound is worth its making."""
STEPS: Final = 50_000
"""Steps of the search before another method takes over, whose work is bounded."""
PRICE_BITS: Final = 22
"""Keys know prices in 2^22 steps of the balance or finer, where values leave so many bits of 64."""
BUCKETS: Final = 2**15
HELD: Final = 2**15
"""Pairs that are held at once, in so many buckets: as many as fit a processor's cache."""
SLICES: Final = 256
SUMS: Final = 2**16 - 1
"""Sums of two prices are kept as bits in so many and one more words; higher sums wrap around."""
WORK: Final = 2**22
"""So much is done with sums of two prices, once they are found, before pairs themselves are put together."""
LARGE_LINE: Final = 1_024
FIRST_ITEMS: Final = 256
"""Of a large line so many candidates of the highest reduced values are put together first, for a better set to begin with."""
TOTALS: Final = 16
"""So many sums of prices, from the highest down, are asked whether sets of them can be better."""
TURNS: Final = 32
"""After so many slopes the last one has to do: any bounds."""
NO_LIMIT: Final = 2**62
EQUALS: Final = 10_000
"""Sets as good as the best that are compared before it is clear that there are too many."""
NO_KEY: Final = -(2**62)
WORSE, EQUAL, BETTER = 0, 1, 2
NOTHING: Final = -(2**31)
"""The sum of an item that is not offered; no real sum comes near it."""


def compiled(loop: Loop) -> Loop:
    """Compile on the first call; keep the machine code beside the package, or else in the user's cache folder, or in memory."""
    options: dict[str, Any] = {"nogil": True, "error_model": "numpy"}
    try:
        kept: Loop = numba.njit(cache=True, **options)(loop)
    except RuntimeError:  # numba found no folder that can be written
        kept = numba.njit(**options)(loop)
    return kept


class Line(NamedTuple):
    """The candidates that can be part of a set as good as the best, by price, after two empty places.

    Attributes:
        places: int64[any], candidates; -1 of an empty place.
        prices: int64[any]; 0 of an empty place.
        reduced: float64[any], value - slope × price; 0 of an empty place.
        tops: float64[MOST + 1], the best sums of 0 … MOST reduced values of different topics.
    """

    places: NDArray[np.int64]
    prices: NDArray[np.int64]
    reduced: NDArray[np.float64]
    tops: NDArray[np.float64]


class Sums(NamedTuple):
    """What prices of a line can add up to, as bits of words (`is_sum`).

    Attributes:
        pairs: int64[SUMS + 1], sums of two, one or none.
        others: the same; where three are the most, of one or none: with pairs they make all sets.
    """

    pairs: NDArray[np.int64]
    others: NDArray[np.int64]


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
def search(candidates, topics, count, most, balance, reduced, tops, slope, falling, limit, chosen, best):  # type: ignore[no-untyped-def]
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
    cheaper = best[0] - slope * min(best[1] - 1, balance)
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
def best_reduced(candidates, topics, count, most, slope, floor, values, their_topics, places):  # type: ignore[no-untyped-def]
    """Write the `most` highest reduced values of different topics, and whose they are; the floor where fewer are above it."""
    values[:] = floor
    their_topics[:] = -2
    for place in range(count):
        worth = candidates[place, 0] - slope * candidates[place, 1]
        if worth > values[most - 1]:
            offer(worth, place, topics[candidates[place, 2]], most, values, their_topics, places)


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
def improve(candidates, topics, most, balance, slope, chosen, best):  # type: ignore[no-untyped-def]
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


@compiled
def settle(candidates, topics, most, balance, slope, chosen, best):  # type: ignore[no-untyped-def]
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
    # Whatever no set so good can do without is taken; that leaves a smaller question.
    slots = most
    highest, their_topics, at_top = np.zeros(MOST), np.full(MOST, -2), np.full(MOST, -1)
    for one in range(kept.size):
        offer(reduced[one], kept[one], topics[rest[one, 2]], most, highest, their_topics, at_top)
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
            for each in kept:
                fits[each] &= not alike(place, each, candidates, topics)
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
def total_without(missing, candidates, topics, kept, most, slope):  # type: ignore[no-untyped-def]
    """The best sum of reduced values of different topics without one candidate."""
    values, their_topics, places = np.empty(MOST), np.empty(MOST, np.int64), np.empty(MOST, np.int64)
    others = candidates[kept[kept != missing]]
    best_reduced(others, topics, len(others), most, slope, 0.0, values, their_topics, places)
    return values[:most].sum()


@compiled
def complete(candidates, topics, most, balance, chosen, best):  # type: ignore[no-untyped-def]
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


@compiled
def ask_sums(candidates, topics, line, sums, most, balance, slope, chosen, best):  # type: ignore[no-untyped-def]
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
def line_up(candidates, topics, by_price, most, balance, slope, best):  # type: ignore[no-untyped-def]
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
def least_sum(slope, balance, best):  # type: ignore[no-untyped-def]
    """The least sum of reduced values of a set that is as good as the best."""
    wanted = best.copy()
    wanted[1] += 1
    return needed_sum(slope, balance, wanted)


@compiled
def least_total(top, balance, slope, best):  # type: ignore[no-untyped-def]
    """The least price, 0 or more, of a set as good as the best: what it leaves costs no more than the reduced values allow."""
    if slope <= 0:
        return 0
    rounding = 2.0**-48 * (abs(best[0]) + slope * balance + 1.0)
    return np.int64(min(max((best[0] - top - rounding) / slope - 1.0, 0.0), float(balance)))


@compiled
def is_sum(sums, price):  # type: ignore[no-untyped-def]
    """Whether the bit of a price, 0 or more, is set."""
    return (sums[(price >> 6) & SUMS] >> (price & 63)) & 1


@compiled
def sums_of(line, most, balance, slope, best):  # type: ignore[no-untyped-def]
    """The `Sums` of a line, of pairs only those that can be part of a set as good as the best."""
    prices, worth = line.prices, line.reduced
    pairs = np.zeros(SUMS + 1, dtype=np.int64)
    size = prices.size
    least = least_sum(slope, balance, best) - line.tops[most - 2]
    dearest = prices[size - 1] + (prices[size - 2] if most == MOST else 0)
    lowest = least_total(line.tops[most], balance, slope, best) - dearest
    low, high = size, size
    for one in range(size - 1):
        base, enough = prices[one], least - worth[one]
        while high > one + 1 and base + prices[high - 1] > balance:
            high -= 1
        while low > one + 1 and base + prices[low - 1] >= lowest:
            low -= 1
        for other in range(max(low, one + 1), high):
            price = base + prices[other]
            pairs[(price >> 6) & SUMS] |= np.int64(worth[other] >= enough) << (price & 63)
    if most == MOST:
        return Sums(pairs, pairs)
    singles = np.zeros(SUMS + 1, dtype=np.int64)
    for price in prices:
        singles[(price >> 6) & SUMS] |= 1 << (price & 63)
    return Sums(pairs, singles)


@compiled
def highest_total(sums, most, limit):  # type: ignore[no-untyped-def]
    """The highest sum within a limit of a pair and another part of a set, and what the other part adds up to.

    One part rises while the other falls, so each sum is looked at once.
    """
    total, part = -1, 0
    one, other = 0, limit
    while one <= dearest_part(most, limit):
        if not sums.others[one >> 6]:
            one = (one | 63) + 1
            continue
        if is_sum(sums.others, one):
            while other >= 0 and (other + one > limit or not is_sum(sums.pairs, other)):
                other -= 1
            if other < 0:
                break
            if one + other > total:
                total, part = one + other, one
                if total == limit:
                    break
        one += 1
    return total, part


@compiled
def dearest_part(most, total):  # type: ignore[no-untyped-def]
    """What the part beside a pair costs at most: of two pairs one costs at most half."""
    return total // 2 if most == MOST else total


@compiled
def sum_in_doubt(candidates, topics, line, sums, most, balance, slope, best):  # type: ignore[no-untyped-def]
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
def can_add_up(line, sums, size, total):  # type: ignore[no-untyped-def]
    """Whether so many of a line might cost a total: never said to be impossible where it is not."""
    prices = line.prices
    if size <= 2:
        other = prices.size - 1
        for one in range(1, prices.size):
            while other > one and prices[one] + prices[other] > total:
                other -= 1
            if other > one and prices[one] + prices[other] == total:
                return True
        return False
    if size < MOST:
        for one in range(2, prices.size):
            rest = total - prices[one]
            if rest >= 0 and is_sum(sums.pairs, rest):
                return True
        return False
    return True


@compiled
def exact_bound(candidates, topics, line, size, total):  # type: ignore[no-untyped-def]
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


@compiled
def part_of(candidates, topics, line, sums, most, total, wanted):  # type: ignore[no-untyped-def]
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


@compiled
def better_sums(candidates, topics, line, sums, most, balance, slope, work, chosen, best):  # type: ignore[no-untyped-def]
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
def pairs_of(price, rows, line, least, found):  # type: ignore[no-untyped-def]
    """Write the pairs of a line, begun in its first `rows`, that add up to a price; returns how many, or -1 without room.

    Those whose reduced values add up to less than `least` are left out.
    """
    prices, worth = line.prices, line.reduced
    count = 0
    other = prices.size - 1
    for one in range(rows):
        left = price - prices[one]
        if prices[one] > left:
            break
        while other > one and prices[other] > left:
            other -= 1
        same = other
        while same > one and prices[same] == left:
            if worth[one] + worth[same] >= least:
                if count == len(found):
                    return -1
                found[count, 0], found[count, 1] = one, same
                count += 1
            same -= 1
    return count


@compiled
def first_best(candidates, topics, line, sums, most, work, chosen, best):  # type: ignore[no-untyped-def]
    """Make the first of the sets that are as good as `best` the best: begun in order, completed by what follows.

    Returns:
        Whether it was found before so much work was done; else nothing changes.
    """
    price, size = best[1], best[2]
    known = chosen.copy()
    chosen[:] = len(candidates)  # whatever is as good comes before
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


@compiled
def join(candidates, topics, line, most, balance, slope, inclusive, chosen, best):  # type: ignore[no-untyped-def]
    """Put each two candidates together with each two (one, where three are the most), by slices of the price.

    While the price of the first two falls from the balance to nothing, what they leave rises. So at any time only those second
    ones are held whose price lies in the slice of what is left, in buckets by price; of cheaper ones the best key is enough. A
    *key* is value × 2^bits - price in steps, rounded down: a bound on what a set can be. Only where it allows for a set that
    is not worse than the best are the sets themselves looked at.

    Returns:
        Whether all sets as good as the best were looked at (`inclusive`, else all better ones); else it is one of too many.
    """
    places, prices, worth, tops = line.places, line.prices, line.reduced, line.tops
    size = places.size
    bits = PRICE_BITS
    while bits > 1 and candidates[0, 0] > (1 << (60 - bits)):
        bits -= 1
    step = (balance >> bits) + 1
    keys = np.zeros(size, dtype=np.int64)
    keys[2:] = (candidates[places[2:], 0] << bits) - prices[2:] // step
    rows, dearest = size - 1 if most == MOST else 1, dearest_part(most, balance)
    low, high = np.arange(1, size + 1), np.full(size, size - 1)
    # No more than `MOST` candidates share a price, so pairs of one price always find room.
    room = max(HELD, 2 * MOST * size)
    held = np.empty((room, 3), np.int32), np.empty(BUCKETS, np.int32), np.empty(BUCKETS, np.int64), np.empty(BUCKETS, np.int64)
    carry = NO_KEY
    equals = 0 if inclusive else EQUALS + 1
    # Buckets of one price are the best; at most so many slices are worth their while.
    widest = max(BUCKETS, balance // min(SLICES, size * size // HELD + 1))
    total, both = least_total(tops[most], balance, slope, best), prices[size - 1] + prices[size - 2]
    start, width = max(total - both, 0), widest
    ending = balance - max(total - min(dearest, both), 0)
    while start <= ending:
        if start > dearest:
            rows, width = 0, ending + 1 - start
        for one in range(rows):
            while low[one] < size and prices[one] + prices[low[one]] < start:
                low[one] += 1
        shift = 0
        while (width - 1) >> shift >= BUCKETS:
            shift += 1
        least = least_sum(slope, balance, best)
        count = hold(rows, low, prices, keys, worth, least - tops[2], start, width, shift, carry, held)
        if count < 0:
            width //= 2
            continue
        left = start, width, shift, carry, least - tops[most - 2]
        equals = meet(
            high, line, keys, left, held, candidates, topics, most, balance, step, bits, equals, inclusive, chosen, best
        )
        carry = held[3][(width - 1) >> shift]
        start += width
        if count < room // 4:
            width = min(2 * width, widest)
    return equals <= EQUALS


@compiled
def hold(rows, low, prices, keys, worth, least, start, width, shift, carry, held):  # type: ignore[no-untyped-def]
    """Hold all pairs of a slice of the price; returns how many there are, or -1 when they find no room.

    Args:
        rows: the places whose pairs with later ones count.
        low: for each place, the first later one that is dear enough.
        least: pairs of a lower sum of reduced values (`worth`) are left out.
        held: int32[room, 3], one place, the other, and the pair held before in the same bucket (-1 at the end); of each bucket
            int32 the last pair held, int64 the best key, and int64 the best key up to there, `carry` included.
    """
    pairs, last, bests, ahead = held
    last[:], bests[:] = -1, NO_KEY
    count = 0
    for one in range(rows):
        if prices[one] + prices[one + 1] - start >= width:
            break
        for other in range(low[one], prices.size):
            left = prices[one] + prices[other] - start
            if left >= width:
                break
            if worth[one] + worth[other] < least:
                continue
            if count == len(pairs):
                return -1
            bucket = left >> shift
            pairs[count, 0], pairs[count, 1], pairs[count, 2] = one, other, last[bucket]
            last[bucket] = count
            bests[bucket] = max(bests[bucket], keys[one] + keys[other])
            count += 1
    highest = carry
    for bucket in range(((width - 1) >> shift) + 1):
        highest = max(highest, bests[bucket])
        ahead[bucket] = highest
    return count


@compiled
def meet(  # type: ignore[no-untyped-def]
    high, line, keys, left, held, candidates, topics, most, balance, step, bits, equals, inclusive, chosen, best
):
    """Put the pairs that leave a slice of the price together with those held; returns how many sets were as good as the best.

    Args:
        high: for each place, the last later one that is cheap enough.
        left: where the slice starts, its width, the shift that makes buckets of it, the best key of cheaper pairs, and the
            least sum of reduced values of pairs that can be part of a best set.
    """
    places, prices, worth = line.places, line.prices, line.reduced
    start, width, shift, carry, least = left
    pairs, last, bests, ahead = held
    four = np.empty(MOST, dtype=np.int64)
    goal = key_to_reach(best, step, bits, equals <= EQUALS)
    for one in range(prices.size - 1):
        rest = balance - start - prices[one]
        if prices[one + 1] > rest:
            break
        other = high[one]
        while other > one and prices[other] > rest:
            other -= 1
        while other > one and rest - prices[other] < width:
            bucket = (rest - prices[other]) >> shift
            both = keys[one] + keys[other]
            other -= 1
            if worth[one] + worth[other + 1] < least or both + ahead[bucket] < goal:
                continue
            four[0], four[1] = places[one], places[other + 1]
            if four[:2].min() >= 0 and alike(four[0], four[1], candidates, topics):
                continue
            while bucket >= 0 and both + ahead[bucket] >= goal:
                at = last[bucket] if both + bests[bucket] >= goal else -1
                while at >= 0:
                    if both + keys[pairs[at, 0]] + keys[pairs[at, 1]] >= goal:
                        four[2], four[3] = places[pairs[at, 0]], places[pairs[at, 1]]
                        outcome = note(four, candidates, topics, balance, chosen, best)
                        equals = counted(equals, outcome, inclusive)
                        goal = key_to_reach(best, step, bits, equals <= EQUALS)
                    at = pairs[at, 2]
                bucket -= 1
            if bucket < 0 and both + carry >= goal:
                used = np.sort(four[:2][four[:2] >= 0])
                outcome = companions(candidates, topics, places[2:], used, most, balance, False, chosen, best)
                equals = counted(equals, outcome, inclusive)
                goal = key_to_reach(best, step, bits, equals <= EQUALS)
        high[one] = other
    return equals


@compiled
def counted(equals, outcome, inclusive):  # type: ignore[no-untyped-def]
    """How many sets as good as the best were seen after one more; those before a better one do not count."""
    if outcome == BETTER and inclusive:
        return 0
    return equals + (outcome == EQUAL)


@compiled
def note(four, candidates, topics, balance, chosen, best):  # type: ignore[no-untyped-def]
    """Make a set (-1 is none) the best if it is that: BETTER, EQUAL or WORSE. Of equals the first in order stays."""
    value, price, size = 0, 0, 0
    for at in range(MOST):
        if four[at] >= 0:
            value += candidates[four[at], 0]
            price += candidates[four[at], 1]
            size += 1
    if price > balance or value < best[0] or (value == best[0] and price > best[1]):
        return WORSE
    for at in range(1, MOST):
        for other in range(at if four[at] >= 0 else 0):
            if four[other] >= 0 and alike(four[at], four[other], candidates, topics):
                return WORSE
    ordered = np.sort(four)[MOST - size :]
    equal = value == best[0] and price == best[1]
    if equal:
        for at in range(min(size, best[2])):
            if ordered[at] != chosen[at]:
                if ordered[at] > chosen[at]:
                    return EQUAL
                break
    best[0], best[1], best[2] = value, price, size
    chosen[:size] = ordered
    return EQUAL if equal else BETTER


@compiled
def key_to_reach(best, step, bits, inclusive):  # type: ignore[no-untyped-def]
    """No better set has a lower key; where `inclusive`, none that is as good either."""
    return (best[0] << bits) - (best[1] if inclusive else best[1] - 1) // step


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
def companions(candidates, topics, by_price, used, most, balance, ordered, chosen, best):  # type: ignore[no-untyped-def]
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
def solve_offered(found, columns, values, prices, topics, most, balance, chosen, best):  # type: ignore[no-untyped-def]
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
def narrow(found, columns, values, prices, topics, most, balance, best):  # type: ignore[no-untyped-def]
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
    solve_offered(found, columns, kept, prices, topics, most, balance, chosen, best)


@compiled
def add_rows(rows, table, into):  # type: ignore[no-untyped-def]
    """Write the sum of these rows of a table (int32[rows, columns]; rows below 0 are left out) to `into`."""
    into[:] = 0
    for row in rows:
        if row >= 0:
            line = table[row]
            for column in range(into.size):
                into[column] += line[column]


@compiled
def use(prices, balance, eta, gains):  # type: ignore[no-untyped-def]
    """Write floor(eta × price / balance) for these prices, none above the balance; 0 where that is 0."""
    if balance == 0 or eta == 0:
        gains[: prices.size] = 0
    else:
        for column in range(prices.size):
            # Dividing whole numbers is slow; a float is near enough to be set right by what is left.
            gain = np.int64(float(eta) * float(prices[column]) / float(balance))
            left = eta * prices[column] - gain * balance
            while left < 0:
                gain -= 1
                left += balance
            while left >= balance:
                gain += 1
                left -= balance
            gains[column] = gain


@compiled
def rank(sums, gains, topics, top, most, work):  # type: ignore[no-untyped-def]
    """The best columns of one person and, unless `most` is 0, candidates for a bundle, in one pass over what can be bought.

    Args:
        sums: int32[columns that the balance can buy], NOTHING where one is not offered.
        gains: int64[as many or more], what each gains by using the balance (`use`); they rise.
        work: what `workspace` made; of it `best_sums` and `best_columns` are filled, with NOTHING and -1 at the end.

    Returns:
        How many candidates there are in `work`, by column.
    """
    best_sums, best_columns, least, their_topics, places, columns, values = work
    best_sums[:] = NOTHING
    best_columns[:] = -1
    least[:] = 0
    their_topics[:] = -2
    found = 0
    for start in range(0, sums.size, BLOCK):
        block = sums[start : start + BLOCK]
        highest = block[0]
        for sum_ in block:
            highest = max(highest, sum_)
        if highest > best_sums[top - 1]:
            for place in range(block.size):
                if block[place] > best_sums[top - 1]:
                    at = top - 1
                    while at > 0 and best_sums[at - 1] < block[place]:
                        best_sums[at] = best_sums[at - 1]
                        best_columns[at] = best_columns[at - 1]
                        at -= 1
                    best_sums[at] = block[place]
                    best_columns[at] = start + place
        gain = gains[start + block.size - 1]
        if most == 0 or highest + gain <= least[most - 1]:
            continue
        for place in range(block.size):
            if block[place] + gain > least[most - 1] and block[place] != NOTHING:
                column = start + place
                value = block[place] + gains[column]
                if value > least[most - 1] and offer(value, column, topics[column], most, least, their_topics, places):
                    columns[found] = column
                    values[found] = value
                    found += 1
    return found


@compiled
def workspace(count, top, most):  # type: ignore[no-untyped-def]
    """What `rank` needs for so many columns."""
    return (
        np.empty(top, dtype=np.int32),
        np.empty(top, dtype=np.int64),
        np.empty(most, dtype=np.int64),
        np.empty(most, dtype=np.int64),
        np.empty(most, dtype=np.int64),
        np.empty(count, dtype=np.int64),
        np.empty(count, dtype=np.int64),
    )


@compiled
def write(found, prices, topics, items, balance, top, most, work, sums, out, person):  # type: ignore[no-untyped-def]
    """Solve one person's bundle and write what was found to the rows of `out`."""
    _, best_columns, _, _, _, columns, values = work
    best_items, bundles, utilities, bundle_prices = out
    for place in range(top):
        if best_columns[place] < 0:
            break
        best_items[person, place] = items[best_columns[place]]
    if most == 0:
        return
    chosen, best = np.zeros(MOST, dtype=np.int64), np.zeros(3, dtype=np.int64)
    solve_offered(found, columns, values, prices, topics, most, balance, chosen, best)
    bundle_prices[person] = best[1]
    for one in range(best[2]):
        # Columns stand by price and code, and there are few.
        at = 0
        for other in range(best[2]):
            at += chosen[other] < chosen[one]
        bundles[person, at] = items[chosen[one]]
        utilities[person] += sums[chosen[one]]


@compiled
def one(sums, prices, topics, balance, eta, top, most, chosen, best):  # type: ignore[no-untyped-def]
    """The best columns of one person, -1 at the end; the bundle's columns in `chosen`; `best` as in `solve`."""
    work, gains = workspace(sums.size, top, most), np.empty(sums.size, dtype=np.int64)
    use(prices, balance, eta, gains)
    found = rank(sums, gains, topics, top, most, work)
    solve_offered(found, work[5], work[6], prices, topics, most, balance, chosen, best)
    return work[1]


@compiled
def recommend(tables, shop, people, order, top, most, eta, out):  # type: ignore[no-untyped-def]
    """Everything for the people named in `order`; whoever stands beside his like is served from the same rows.

    Args:
        tables: `groups` int32[lengths, rows, columns], `history` int32[lengths, items, columns].
        shop: `prices` int64[columns], `topics` int32[columns], `items` int32[columns], `column_of` int64[items]
            (-1: not offered).
        people: `rows` int64[people, groups], `served` int64[people], `indptr` int64[people + 1], `taken` int32[…], `balances`
            int64[people], `affordable` int64[people] (how many columns).
        out: int32[people, top], int32[people, most], int64[people], int64[people]; only rows of `order` are written, and there
            only what is found.
    """
    groups, history = tables
    prices, topics, items, column_of = shop
    rows, served, indptr, taken, balances, affordable = people
    best_items, bundles, utilities, bundle_prices = out
    count = prices.size
    base, sums = np.empty(count, dtype=np.int32), np.empty(count, dtype=np.int32)
    work, gains = workspace(count, top, max(most, 1)), np.empty(count, dtype=np.int64)
    last, used = -1, -1
    for person in order:
        if last < 0 or served[person] != served[last] or not same(rows[person], rows[last]):
            add_rows(rows[person], groups[served[person]], base)
        elif balances[person] == balances[last]:
            mine, theirs = taken[indptr[person] : indptr[person + 1]], taken[indptr[last] : indptr[last + 1]]
            if mine.size == theirs.size and same(mine, theirs):
                best_items[person], bundles[person] = best_items[last], bundles[last]
                utilities[person], bundle_prices[person] = utilities[last], bundle_prices[last]
                last = person
                continue
        last = person
        fits = affordable[person]
        mine = sums[:fits]
        mine[:] = base[:fits]
        for at in range(indptr[person], indptr[person + 1]):
            line = history[served[person], taken[at]]
            for column in range(fits):
                mine[column] += line[column]
        for at in range(indptr[person], indptr[person + 1]):
            column = column_of[taken[at]]
            if 0 <= column < fits:
                mine[column] = NOTHING
        if most and balances[person] != used:
            used = balances[person]
            use(prices[:fits], used, eta, gains)
        found = rank(mine, gains, topics, top, most, work)
        write(found, prices, topics, items, balances[person], top, most, work, mine, out, person)


@compiled
def same(one, other):  # type: ignore[no-untyped-def]
    """Whether two equally long arrays are equal."""
    for place in range(one.size):
        if one[place] != other[place]:
            return False
    return True
