"""Putting pairs together with pairs, slice by slice of the price, so that those held fit a processor's cache."""

from typing import Final

import numpy as np

from bekal.recommender.engine.kernels.bounds import least_sum, least_total
from bekal.recommender.engine.kernels.candidates import BETTER, EQUAL, alike, note
from bekal.recommender.engine.kernels.companions import companions
from bekal.recommender.engine.kernels.compiling import compiled
from bekal.recommender.engine.kernels.shapes import (
    MOST,
    Best,
    Candidates,
    Chosen,
    Held,
    Keys,
    Line,
    Places,
    Prices,
    Reduced,
    Topics,
)
from bekal.recommender.engine.kernels.sums import dearest_part

PRICE_BITS: Final = 22
"""Keys know prices in 2^22 steps of the balance or finer, where values leave so many bits of 64."""
BUCKETS: Final = 2**15
HELD: Final = 2**15
"""Pairs that are held at once, in so many buckets: as many as fit a processor's cache."""
SLICES: Final = 256
EQUALS: Final = 10_000
"""Sets as good as the best that are compared before it is clear that there are too many."""
NO_KEY: Final = -(2**62)


@compiled
def join(
    candidates: Candidates,
    topics: Topics,
    line: Line,
    most: int,
    balance: int,
    slope: float,
    inclusive: bool,
    chosen: Chosen,
    best: Best,
) -> bool:
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
def hold(
    rows: int,
    low: Places,
    prices: Prices,
    keys: Keys,
    worth: Reduced,
    least: float,
    start: int,
    width: int,
    shift: int,
    carry: int,
    held: Held,
) -> int:
    """Hold all pairs of a slice of the price; returns how many there are, or -1 when they find no room.

    Args:
        rows: the places whose pairs with later ones count.
        low: for each place, the first later one that is dear enough.
        least: pairs of a lower sum of reduced values (`worth`) are left out.
        carry: the best key of cheaper pairs.
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
def meet(
    high: Places,
    line: Line,
    keys: Keys,
    left: tuple[int, int, int, int, float],
    held: Held,
    candidates: Candidates,
    topics: Topics,
    most: int,
    balance: int,
    step: int,
    bits: int,
    equals: int,
    inclusive: bool,
    chosen: Chosen,
    best: Best,
) -> int:
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
def counted(equals: int, outcome: int, inclusive: bool) -> int:
    """How many sets as good as the best were seen after one more; those before a better one do not count."""
    if outcome == BETTER and inclusive:
        return 0
    return equals + (outcome == EQUAL)


@compiled
def key_to_reach(best: Best, step: int, bits: int, inclusive: bool) -> int:
    """No better set has a lower key; where `inclusive`, none that is as good either."""
    return (best[0] << bits) - (best[1] if inclusive else best[1] - 1) // step
