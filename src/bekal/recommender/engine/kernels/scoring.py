"""What a person's rows add up to, what of it is on offer, and what each column is worth at a price for money."""

from typing import Final

import numpy as np

from bekal.recommender.engine.kernels.compiling import compiled
from bekal.recommender.engine.kernels.lanes import LANES, at_least, count_bits, highest, lowest_bit, raise_tops, without_lowest
from bekal.recommender.engine.kernels.shapes import (
    NOTHING,
    Columns,
    Known,
    Lanes,
    Padded,
    People,
    Rows,
    Table,
    Worths,
)

LOWEST: Final = -3e38
"""Below everything that a column can be worth."""
TURNS: Final = 16
"""So often a threshold is moved before what it lets in has to do."""


@compiled
def add_rows(rows: Rows, table: Table, into: Padded) -> None:
    """Write the sum of these rows of a table to `into`."""
    into[:] = 0
    for row in rows:
        if row >= 0:
            line = table[row]
            for column in range(into.size):
                into[column] += line[column]


@compiled
def add_history(base: Padded, history: Table, people: People, person: int, span: int, partial: Padded) -> int:
    """Add up a person's rows but for the last: `base`, what was taken, second rows of the last `span`.

    Below 0, a span says that what was taken is not read.

    Returns:
        How many rows of what was taken there are. Of none or one there is nothing to add up; of more, `partial` is the sum.
    """
    count = rows_taken(people, person, span)
    for each in range(count - 1):
        line = history[row_taken(each, people, person, history.shape[0] // 2)]
        if each == 0:
            for column in range(partial.size):
                partial[column] = base[column] + line[column]
        else:
            for column in range(partial.size):
                partial[column] += line[column]
    return count


@compiled
def rows_taken(people: People, person: int, span: int) -> int:
    """How many rows of the table of history are a person's."""
    taken = people.indptr[person + 1] - people.indptr[person]
    return int(taken + min(taken, span)) if span >= 0 else 0


@compiled
def row_taken(each: int, people: People, person: int, second: int) -> int:
    """One of these rows: first those of all that was taken, then the second rows from the last taken backwards."""
    first, last = people.indptr[person], people.indptr[person + 1]
    if first + each < last:
        return int(people.row_of[people.taken[first + each]])
    return int(second + people.row_of[people.taken[2 * last - first - each - 1]])


@compiled
def add_and_weigh(one: Padded, other: Padded, prices: Worths, gain: float, sums: Padded, worths: Worths) -> None:
    """Write the sum of two rows, of `sums.size` columns, and what `weigh` makes of it."""
    slope = np.float32(gain)
    for column in range(sums.size):
        total = one[column] + other[column]
        sums[column] = total
        worths[column] = np.float32(total) + slope * prices[column]


@compiled
def hide(sums: Padded, worths: Worths, fits: int, known: Known, people: People, person: int) -> None:
    """Mark what is not on offer: columns from `fits` on, what the person has, and what is neither new nor the next level."""
    first, last = people.indptr[person], people.indptr[person + 1]
    for column in range(fits, sums.size):
        sums[column], worths[column] = NOTHING, LOWEST
    for at in range(first, last):
        topic = known.topic_of[people.taken[at]]
        if topic >= 0:
            level = -1
            for other in range(first, last):
                if known.topic_of[people.taken[other]] == topic:
                    level = max(level, known.level_of[people.taken[other]])
            for place in range(known.topic_starts[topic], known.topic_starts[topic + 1]):
                column = known.topic_columns[place]
                if column >= fits:
                    break
                if level < 0 or known.levels[column] != level + 1:
                    sums[column], worths[column] = NOTHING, LOWEST
    for at in range(first, last):
        column = known.column_of[people.taken[at]]
        if 0 <= column < fits:
            sums[column], worths[column] = NOTHING, LOWEST


@compiled
def weigh(sums: Padded, prices: Worths, gain: float, floor: int, worths: Worths) -> None:
    """Write sum + gain × price of each column, nearly; `LOWEST` where a sum is below the floor.

    Args:
        floor: above `NOTHING`.
    """
    slope, least, none = np.float32(gain), np.int32(floor), np.float32(LOWEST)
    for column in range(sums.size):
        worth = np.float32(sums[column]) + slope * prices[column]
        worths[column] = worth if sums[column] >= least else none


@compiled
def find_tops(worths: Worths, tops: Lanes) -> None:
    """Write the highest of each lane."""
    tops[:] = np.float32(LOWEST)
    raise_tops(tops, worths)


@compiled
def threshold(tops: Lanes, fewest: int, most: int, begin: float) -> float:
    """A number that so many lanes reach, or a lower one, where there is none, or none was soon found."""
    over, under = float(highest(tops)), LOWEST
    if over <= LOWEST:
        return LOWEST
    at, step = begin, 0.05 * abs(over) + 1.0
    for _ in range(TURNS):
        reached = count_bits(at_least(tops, 0, at))
        if fewest <= reached <= most:
            return at
        if reached < fewest:
            over = at if at < over else over
        else:
            under = at
        if under > LOWEST:
            at = 0.5 * (over + under)
        else:
            at = over - step
            step *= 4.0
    return under


@compiled
def collect(worths: Worths, least: float, into: Columns) -> int:
    """Write the columns that are worth at least so much, and count, and return how many; -1 where there is no room for them."""
    floor = max(least, 0.1 * LOWEST)
    found = 0
    for start in range(0, worths.size, LANES):
        mask = at_least(worths, start, floor)
        while mask != 0:
            if found == into.size:
                return -1
            into[found] = start + lowest_bit(mask)
            found += 1
            mask = without_lowest(mask)
    return found


@compiled
def slack(least: float, reach: float) -> float:
    """How much more than `least` a column can be worth that `weigh` says is worth less.

    In float32 each of sum, gain, price, product and total is off by 2^-24 of itself at most. A sum far from `least` cannot come
    near it, since |gain| × price is at most `reach`; so all are below a small multiple of |least| + reach. Rounding a gain down
    loses another 1.
    """
    return 2.0 + 2.0**-20 * (abs(least) + reach)


@compiled
def use_of(eta: int, price: int, balance: int) -> int:
    """floor(eta × price / balance) for a price that is not above the balance; 0 at a balance of 0."""
    if balance == 0:
        return 0
    # Dividing whole numbers is slow; a float is near enough to be set right by what is left.
    gain = np.int64(float(eta) / float(balance) * float(price))
    left = eta * price - gain * balance
    while left < 0:
        gain -= 1
        left += balance
    while left >= balance:
        gain += 1
        left -= balance
    return int(gain)
