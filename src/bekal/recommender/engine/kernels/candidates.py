"""What can be part of a bundle: dropping what is dominated, the order, and noting a set that is better."""

from typing import Final

import numpy as np

from bekal.recommender.engine.kernels.compiling import compiled
from bekal.recommender.engine.kernels.shapes import (
    MOST,
    Best,
    Candidates,
    Chosen,
    Columns,
    Few,
    FewValues,
    Offered,
    Places,
    Prices,
    Topics,
    Values,
)

BLOCK: Final = 64
"""Columns that are looked at together; most blocks hold nothing that matters and are skipped after one comparison."""
WORSE, EQUAL, BETTER = 0, 1, 2


@compiled
def offer(value: int | float, place: int, topic: int, most: int, values: FewValues, topics: Few, places: Few) -> bool:
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
def offer_all(values: Values, topics: Topics, most: int) -> Offered:
    """What `offer` lets through of columns that all cost at most the balance. Values may be anything."""
    columns, kept = np.empty(values.size, dtype=np.int64), np.empty(values.size, dtype=np.int64)
    least, their_topics, places = np.zeros(most, np.int64), np.full(most, -2), np.zeros(most, np.int64)
    found = 0
    for column in range(values.size):
        value = values[column]
        if value > least[most - 1] and offer(value, column, topics[column], most, least, their_topics, places):
            columns[found], kept[found] = column, value
            found += 1
    return found, columns, kept


@compiled
def before(one: int, other: int, values: Values, columns: Columns) -> bool:
    """Whether a candidate comes before another: by value, then by column, and columns are by price and code."""
    return values[one] > values[other] or (values[one] == values[other] and columns[one] < columns[other])


@compiled
def arrange(
    found: int, columns: Columns, values: Values, prices: Prices, topics: Topics, most: int, candidates: Candidates
) -> int:
    """Drop what is still dominated, put the rest in order and return how many there are.

    `columns[:found]` and `values[:found]` were offered by column; of equal prices a later item may yet dominate an earlier item.
    `candidates` has room for `found` and is filled.
    """
    order = np.empty(found, dtype=np.int64)
    again = False
    if found <= BLOCK:
        # Values mostly rise with the price, so from the last to the first they are nearly in order.
        for place in range(found):
            item = found - 1 - place
            at = place
            while at > 0 and before(item, order[at - 1], values, columns):
                order[at] = order[at - 1]
                at -= 1
            order[at] = item
    else:
        order[:] = np.argsort(-values[:found], kind="mergesort")
    for place in range(1, found):
        again |= prices[columns[place]] == prices[columns[place - 1]]
    kept = np.ones(found if again else 0, dtype=np.bool_)
    if again:
        best, best_topics, places = np.zeros(most, np.int64), np.full(most, -2), np.zeros(most, np.int64)
        by_price = np.argsort(prices[columns[order]], kind="mergesort")
        for place in range(found):
            item = order[by_price[place]]
            kept[item] = offer(values[item], item, topics[columns[item]], most, best, best_topics, places)
    count = 0
    for place in range(found):
        item = order[place]
        if not again or kept[item]:
            candidates[count, 0] = values[item]
            candidates[count, 1] = prices[columns[item]]
            candidates[count, 2] = columns[item]
            count += 1
    return count


@compiled
def most_that_fit(candidates: Candidates, count: int, most: int, balance: int) -> int:
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
def alike(one: int, other: int, candidates: Candidates, topics: Topics) -> bool:
    """Whether two candidates are the same or share a topic."""
    topic = topics[candidates[one, 2]]
    return one == other or (topic >= 0 and topics[candidates[other, 2]] == topic)


@compiled
def clash(one: int, used: Places, candidates: Candidates, topics: Topics) -> bool:
    """Whether a candidate is like one of those used."""
    for each in used:
        if alike(one, each, candidates, topics):
            return True
    return False


@compiled
def note(four: Few, candidates: Candidates, topics: Topics, balance: int, chosen: Chosen, best: Best) -> int:
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
