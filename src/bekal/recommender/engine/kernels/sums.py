"""What prices can add up to: sums of one and two as bits of words, and of a pair and another part."""

import numpy as np

from bekal.recommender.engine.kernels.bounds import least_sum, least_total
from bekal.recommender.engine.kernels.compiling import compiled
from bekal.recommender.engine.kernels.shapes import MOST, SUMS, Best, Line, Pairs, Sums, Words


@compiled
def is_sum(sums: Words, price: int) -> int:
    """Whether the bit of a price, 0 or more, is set."""
    return (sums[(price >> 6) & SUMS] >> (price & 63)) & 1


@compiled
def sums_of(line: Line, most: int, balance: int, slope: float, best: Best) -> Sums:
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
def dearest_part(most: int, total: int) -> int:
    """What the part beside a pair costs at most: of two pairs one costs at most half."""
    return total // 2 if most == MOST else total


@compiled
def highest_total(sums: Sums, most: int, limit: int) -> tuple[int, int]:
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
def can_add_up(line: Line, sums: Sums, size: int, total: int) -> bool:
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
def pairs_of(price: int, rows: int, line: Line, least: float, found: Pairs) -> int:
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
