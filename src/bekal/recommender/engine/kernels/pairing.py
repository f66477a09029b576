"""One person's bundle of one or two columns: no bound is needed, only what was best so far.

Columns come by price, so the best partner of a column is the best of all before some place, or the best of another topic there.
Both are kept for each column that no two columns before it dominate (`bundles`), of which there are few.
"""

from typing import Final

import numpy as np

from bekal.recommender.engine.kernels.compiling import inlined
from bekal.recommender.engine.kernels.lanes import LANES, at_least, highest, lowest_bit, without_lowest
from bekal.recommender.engine.kernels.scanning import note_set
from bekal.recommender.engine.kernels.scoring import find_tops, slack, use_of, weigh
from bekal.recommender.engine.kernels.shapes import NOTHING, Padded, Rules, Shelf, Warm, Work

LIKELY: Final = 0.8
"""The next person's parts are likely worth as much of what they are worth at least here."""


@inlined
def make_pair(sums: Padded, shelf: Shelf, rules: Rules, parts: int, balance: int, warm: Warm, work: Work) -> None:
    """Fill `work.chosen` with the columns of the best set of one or two at most, `work.best` with its value, price and size.

    A part of the best set is worth no less than what this set is worth more than the dearest column. How much that is, is first
    guessed from the person before, and looked at again where the guess was too high.
    """
    gain = rules.eta / float(balance) if balance else 0.0
    weigh(sums, shelf.prices_near, gain, max(rules.floor, NOTHING + 1), work.worths)
    find_tops(work.worths[: sums.size], work.tops)
    highest_worth = max(float(highest(work.tops)), 0.0)
    partner_worth = highest_worth + slack(highest_worth, float(rules.eta)) if parts > 1 else 0.0
    least, count, first, most = warm[3], 0, 0, 0.0
    for _ in range(2):
        count = keep_rising(sums, shelf, rules.eta, balance, least, work)
        first = find_partners(count, parts, balance, work)
        most = work.reduced[first] if count > 0 else 0.0
        # What was left out is worth less than `least`, and its partner not more than the highest.
        if least <= 0.0 or most >= least + partner_worth:
            break
        least = most - partner_worth
    warm[3] = LIKELY * max(most - partner_worth, 0.0)
    taken = np.zeros(2, dtype=np.int64)
    work.best[:] = 0
    for each in range(first, count):
        if work.reduced[each] == most:
            partner = work.order[each]
            price, size = work.prices[each], 1
            taken[0] = each
            if partner >= 0:
                taken[1] = partner
                price += work.prices[partner]
                size = 2
            note_set(int(most), price, size, taken, work)


@inlined
def keep_rising(sums: Padded, shelf: Shelf, eta: int, balance: int, least: float, work: Work) -> int:
    """Write the columns that are worth more than the best of two topics before them; returns how many these are.

    What is worth less than `least` may be left out.

    Up to and with each, `work.order` and `work.seconds` are the places of the best, and of the best of another topic (-1: none).
    Of equals that is the first.
    """
    one, two, first, second = 0, 0, -1, -1
    near, count = max(least, 0.0) - slack(max(least, 0.0), float(eta)), 0
    for start in range(0, sums.size, LANES):
        mask = at_least(work.worths, start, near)
        while mask != 0:
            column = start + lowest_bit(mask)
            mask = without_lowest(mask)
            if work.worths[column] < near:
                continue
            price, topic = shelf.prices[column], shelf.topics[column]
            value = sums[column] + use_of(eta, price, balance)
            if value <= two:
                continue
            if first >= 0 and work.topics[first] == topic:
                if value <= one:
                    continue
                one, first = value, count
            elif value > one:
                one, two, first, second = value, one, count, first
            else:
                two, second = value, count
            work.columns[count], work.values[count], work.prices[count], work.topics[count] = column, value, price, topic
            work.order[count], work.seconds[count] = first, second
            near = max(near, two - slack(float(two), float(eta)))
            count += 1
    return count


@inlined
def find_partners(count: int, parts: int, balance: int, work: Work) -> int:
    """Write to `work.order` the best partner of each before it (-1: none), to `work.reduced` what they are worth together.

    Returns:
        The first of those that are worth most.
    """
    most, at, fits = 0.0, 0, 0
    # From the dearest down, what is best before a column is still there to be read.
    for each in range(count - 1, -1, -1):
        left, partner, total = balance - work.prices[each], -1, work.values[each]
        while parts > 1 and fits < each and work.prices[fits] <= left:
            fits += 1
        before = min(fits, each) - 1
        if before >= 0:
            partner = work.order[before]
            if work.topics[partner] == work.topics[each]:
                partner = work.seconds[before]
        if partner >= 0:
            total += work.values[partner]
        work.order[each], work.reduced[each] = partner, float(total)
        if work.reduced[each] >= most:
            most, at = work.reduced[each], each
    return at
