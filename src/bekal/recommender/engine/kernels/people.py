"""Lists and bundles of people: what a person's rows add up to, the best of it, and the best set."""

from typing import Final

import numpy as np

from bekal.recommender.engine.kernels.candidates import offer
from bekal.recommender.engine.kernels.compiling import compiled
from bekal.recommender.engine.kernels.shapes import (
    MOST,
    Best,
    Chosen,
    Columns,
    Etas,
    Items,
    Levels,
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
def recommend(tables: Tables, shop: Shop, people: People, order: Order, top: int, most: int, etas: Etas, out: Out) -> None:
    """Everything for the people named in `order`; neighbours who share rows have them added once.

    Args:
        out: only rows of `order` are written, and there only what is found.
    """
    groups, history = tables
    prices, topics, list_topics, levels, items, taken_shop = shop
    column_of, topic_of, level_of = taken_shop
    rows, served, indptr, taken, balances, affordable = people
    best_items, bundles, utilities, bundle_prices = out
    eta, list_eta, floor = etas
    count = prices.size
    base, sums = np.empty(count, dtype=np.int32), np.empty(count, dtype=np.int32)
    work, gains = workspace(count, top, max(most, 1)), np.empty(count, dtype=np.int64)
    chosen, best = np.zeros(MOST, dtype=np.int64), np.zeros(3, dtype=np.int64)
    last = -1
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
        own = taken[indptr[person] : indptr[person + 1]]
        for row in own:
            line = history[served[person], row]
            for column in range(fits):
                mine[column] += line[column]
        hide(mine, own, list_topics, levels, column_of, topic_of, level_of)
        gain_by_use(prices[:fits], balances[person], list_eta if own.size else 0, gains)
        rank(mine, gains, list_topics, top, work)
        chosen[:], best[:] = 0, 0
        if most:
            gain_by_use(prices[:fits], balances[person], eta, gains)
            found = candidates(mine, gains, topics, most, floor, work)
            solve_offered(found, work[5], work[6], prices, topics, most, balances[person], chosen, best)
        write(work[1], chosen, best, mine, items, out, person)


@compiled
def hide(
    sums: Scores, own: Columns, topics: Topics, levels: Levels, column_of: Columns, topic_of: Topics, level_of: Levels
) -> None:
    """Mark what is not on offer to somebody who took these."""
    for row in own:
        column = column_of[row]
        if 0 <= column < sums.size:
            sums[column] = NOTHING
        if topic_of[row] >= 0:
            highest = -1
            for other in own:
                if topic_of[other] == topic_of[row]:
                    highest = max(highest, level_of[other])
            for column in range(sums.size):
                if topics[column] == topic_of[row] and (highest < 0 or levels[column] != highest + 1):
                    sums[column] = NOTHING


@compiled
def rank_one(
    sums: Scores, prices: Prices, topics: Topics, list_topics: Topics, balance: int, top: int, most: int, etas: Etas
) -> Ranked:
    """What `rank` and `candidates` find for one person: the best columns, -1 at the end, and the candidates for a bundle."""
    eta, list_eta, floor = etas
    work, gains = workspace(sums.size, top, max(most, 1)), np.empty(sums.size, dtype=np.int64)
    gain_by_use(prices, balance, list_eta, gains)
    rank(sums, gains, list_topics, top, work)
    gain_by_use(prices, balance, eta, gains)
    found = candidates(sums, gains, topics, most, floor, work) if most else 0
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
def rank(sums: Scores, gains: Values, topics: Topics, top: int, work: Workspace) -> None:
    """The best columns of different topics."""
    best_sums, best_columns = work[0], work[1]
    best_sums[:] = -(2**40)
    best_columns[:] = -1
    for column in range(sums.size):
        value = sums[column] + gains[column]
        if sums[column] == NOTHING or value <= best_sums[top - 1]:
            continue
        at = top - 1
        if topics[column] >= 0:
            for place in range(top):
                if best_columns[place] >= 0 and topics[best_columns[place]] == topics[column]:
                    at = place
                    break
        if value <= best_sums[at]:
            continue
        while at > 0 and best_sums[at - 1] < value:
            best_sums[at] = best_sums[at - 1]
            best_columns[at] = best_columns[at - 1]
            at -= 1
        best_sums[at] = value
        best_columns[at] = column


@compiled
def candidates(sums: Scores, gains: Values, topics: Topics, most: int, floor: int, work: Workspace) -> int:
    """How many candidates for a bundle there are in `work`, by column."""
    _, _, least, their_topics, places, columns, values = work
    least[:] = 0
    their_topics[:] = -2
    found = 0
    for column in range(sums.size):
        value = sums[column] + gains[column]
        if sums[column] == NOTHING or sums[column] < floor or value <= least[most - 1]:
            continue
        if offer(value, column, topics[column], most, least, their_topics, places):
            columns[found] = column
            values[found] = value
            found += 1
    return found


@compiled
def workspace(count: int, top: int, most: int) -> Workspace:
    """What `rank` needs for so many columns."""
    return (
        np.empty(top, dtype=np.int64),
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
