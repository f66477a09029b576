"""Lists and bundles of people: what a person's rows add up to, the best of it, and the best set."""

from typing import Final

import numpy as np

from bekal.recommender.engine.kernels.candidates import BLOCK, offer
from bekal.recommender.engine.kernels.compiling import compiled
from bekal.recommender.engine.kernels.shapes import (
    MOST,
    Best,
    Chosen,
    Columns,
    Items,
    Order,
    Out,
    People,
    Prices,
    Ranked,
    Rows,
    Scores,
    Shop,
    Table,
    Tables,
    Topics,
    Values,
    Workspace,
)
from bekal.recommender.engine.kernels.solving import solve_offered

NOTHING: Final = -(2**31)
"""The sum of an item that is not offered; no real sum comes near it."""


@compiled
def recommend(tables: Tables, shop: Shop, people: People, order: Order, top: int, most: int, eta: int, out: Out) -> None:
    """Everything for the people named in `order`; neighbours who share rows have them added once.

    Args:
        out: only rows of `order` are written, and there only what is found.
    """
    groups, history = tables
    prices, topics, items, column_of = shop
    rows, served, indptr, taken, balances, affordable = people
    best_items, bundles, utilities, bundle_prices = out
    count = prices.size
    base, sums = np.empty(count, dtype=np.int32), np.empty(count, dtype=np.int32)
    work, gains = workspace(count, top, max(most, 1)), np.empty(count, dtype=np.int64)
    chosen, best = np.zeros(MOST, dtype=np.int64), np.zeros(3, dtype=np.int64)
    last, used = -1, -1
    for person in order:
        if last < 0 or served[person] != served[last] or not same(rows[person], rows[last]):
            add_rows(rows[person], groups[served[person]], base)
        elif balances[person] == balances[last]:
            own, theirs = taken[indptr[person] : indptr[person + 1]], taken[indptr[last] : indptr[last + 1]]
            if own.size == theirs.size and same(own, theirs):
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
            gain_by_use(prices[:fits], used, eta, gains)
        found = rank(mine, gains, topics, top, most, work)
        chosen[:], best[:] = 0, 0
        if most:
            solve_offered(found, work[5], work[6], prices, topics, most, balances[person], chosen, best)
        write(work[1], chosen, best, mine, items, out, person)


@compiled
def rank_one(sums: Scores, prices: Prices, topics: Topics, balance: int, eta: int, top: int, most: int) -> Ranked:
    """What `rank` finds for one person: the best columns, -1 at the end, and the candidates for a bundle, for `solve_offered`."""
    work, gains = workspace(sums.size, top, most), np.empty(sums.size, dtype=np.int64)
    gain_by_use(prices, balance, eta, gains)
    found = rank(sums, gains, topics, top, most, work)
    return work[1], found, work[5], work[6]


@compiled
def add_rows(rows: Rows, table: Table, into: Scores) -> None:
    """Write the sum of these rows of a table to `into`."""
    into[:] = 0
    for row in rows:
        if row >= 0:
            line = table[row]
            for column in range(into.size):
                into[column] += line[column]


@compiled
def gain_by_use(prices: Prices, balance: int, eta: int, gains: Values) -> None:
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
def rank(sums: Scores, gains: Values, topics: Topics, top: int, most: int, work: Workspace) -> int:
    """The best columns of one person and, unless `most` is 0, candidates for a bundle, in one pass over what can be bought.

    Args:
        sums: of the columns that the balance can buy, NOTHING where one is not offered.
        gains: of as many or more, what each gains by using the balance (`gain_by_use`); they rise.
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
def workspace(count: int, top: int, most: int) -> Workspace:
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
def write(ranked: Columns, chosen: Chosen, best: Best, sums: Scores, items: Items, out: Out, person: int) -> None:
    """Write what was found for one person to the rows of `out`."""
    best_items, bundles, utilities, bundle_prices = out
    for place in range(ranked.size):
        if ranked[place] < 0:
            break
        best_items[person, place] = items[ranked[place]]
    bundle_prices[person] = best[1]
    for each in range(best[2]):
        # Columns are by price and code, and there are few.
        at = 0
        for other in range(best[2]):
            at += chosen[other] < chosen[each]
        bundles[person, at] = items[chosen[each]]
        utilities[person] += sums[chosen[each]]


@compiled
def same(one: Order, other: Order) -> bool:
    """Whether two equally long arrays are equal."""
    for place in range(one.size):
        if one[place] != other[place]:
            return False
    return True
