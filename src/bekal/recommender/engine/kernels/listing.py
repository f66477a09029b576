"""One person's list: the best column of each topic, best first."""

from typing import Final

import numpy as np

from bekal.recommender.engine.kernels.compiling import inlined
from bekal.recommender.engine.kernels.lanes import LANES
from bekal.recommender.engine.kernels.scoring import LOWEST, collect, slack, threshold, use_of
from bekal.recommender.engine.kernels.shapes import Padded, Shelf, Warm, Work

SPARE: Final = 5
"""So many more columns than places are let in at first: a column costs less than a second attempt."""


BITS: Final = 31
BELOW: Final = 2**BITS
"""Columns are below that."""


@inlined
def make_list(sums: Padded, shelf: Shelf, eta: int, balance: int, warm: Warm, work: Work) -> None:
    """Fill `work.listed` with the best columns, -1 at the end.

    What columns count is nearly known (`work.worths`, `work.tops`). It is worked out exactly for those near the top; that no
    other belongs there is certain once the last listed is worth more than what was left out can be, rounding included.

    Args:
        eta: what using up the balance is worth here.
    """
    top = work.listed.size
    fewest, least = top, warm[0]
    while True:
        least = threshold(work.tops, fewest, fewest + SPARE, least) if fewest < LANES else LOWEST
        for _ in range(2):
            count = fill(sums, shelf, eta, balance, least, work)
            if least <= LOWEST:
                return
            lowest = float(work.listed_values[top - 1])
            if count == top and lowest >= least + slack(least, float(eta)):
                warm[0] = least
                return
            if count < top:
                break
            least = lowest - 2.0 * slack(lowest, float(eta))
        fewest += fewest


@inlined
def fill(sums: Padded, shelf: Shelf, eta: int, balance: int, least: float, work: Work) -> int:
    """Fill the list from what is nearly worth at least so much; returns how many places have something."""
    found = collect(work.worths[: sums.size], least, work.columns)
    if found <= LANES:
        return fill_from_few(found, sums, shelf, eta, balance, work)
    values, listed = work.listed_values, work.listed
    top, count = listed.size, 0
    values[:] = -(2**62)
    listed[:] = -1
    for each in range(found):
        column = work.columns[each]
        value = np.int64(sums[column])
        if eta:
            value += use_of(eta, shelf.prices[column], balance)
        if value <= values[top - 1]:
            continue
        at, topic = top, shelf.list_topics[column]
        for place in range(count):
            if shelf.list_topics[listed[place]] == topic:
                at = place
                break
        if at == top:
            at = min(count, top - 1)
            count = min(count + 1, top)
        elif value <= values[at]:
            continue
        while at > 0 and values[at - 1] < value:
            values[at], listed[at] = values[at - 1], listed[at - 1]
            at -= 1
        values[at], listed[at] = value, column
    return count


@inlined
def fill_from_few(found: int, sums: Padded, shelf: Shelf, eta: int, balance: int, work: Work) -> int:
    """The same from the first `found` of `work.columns`, at most 64: their places are counted out, which needs no guessing."""
    keys, ranks, ranked = work.keys, work.ranks, work.ranked
    for each in range(found):
        column = work.columns[each]
        value = np.int64(sums[column])
        if eta:
            value += use_of(eta, shelf.prices[column], balance)
        # Values are within 2^32 of 0, so that a key holds value and column: of equal values the first column is the highest.
        keys[each] = value * BELOW + (BELOW - 1 - column)
        ranks[each] = 0
    for other in range(found):
        key = keys[other]
        for each in range(found):
            ranks[each] += keys[each] < key
    for each in range(found):
        ranked[ranks[each]] = keys[each]
    values, listed = work.listed_values, work.listed
    top, count = listed.size, 0
    for rank in range(found):
        if count == top:
            break
        column = BELOW - 1 - (ranked[rank] & (BELOW - 1))
        topic, known = shelf.list_topics[column], False
        for place in range(count):
            known |= shelf.list_topics[listed[place]] == topic
        if not known:
            values[count], listed[count] = ranked[rank] >> BITS, column
            count += 1
    for place in range(count, top):
        values[place], listed[place] = -(2**62), -1
    return count
