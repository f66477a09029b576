"""A slope and a first set from a few columns, side by side: how few columns are left depends on both."""

from typing import Final

import numpy as np

from bekal.recommender.engine.kernels.compiling import compiled, inlined
from bekal.recommender.engine.kernels.lanes import LANES, at_least, highest, lowest_bit
from bekal.recommender.engine.kernels.scoring import LOWEST
from bekal.recommender.engine.kernels.shapes import MOST, NO_TOPIC, Few64, Selection, Work

TURNS: Final = 14
"""After so many slopes the last one has to do: any bounds."""


@inlined
def load_few(count: int, work: Work) -> None:
    """Copy the first `count` of what is looked at one by one, at most 64, to `work.few`."""
    few = work.few
    for lane in range(count):
        few.values[lane] = work.values[lane]
        few.prices[lane] = work.prices[lane]
        few.topics[lane] = work.topics[lane]
    few.values[count:] = LOWEST
    few.prices[count:] = 0.0
    few.topics[count:] = NO_TOPIC


@compiled
def select(few: Few64, slope: float, parts: int, selection: Selection) -> tuple[float, float]:
    """Select the highest reduced values above 0 of different topics; returns the sums of their values and of their prices."""
    reduced, near, none = few.reduced, np.float32(slope), np.float32(LOWEST)
    for lane in range(LANES):
        reduced[lane] = few.values[lane] - near * few.prices[lane]
    value, price, count = 0.0, 0.0, 0
    while count < parts:
        most = highest(reduced)
        if most <= 0.0:
            break
        lane = lowest_bit(at_least(reduced, 0, most))
        selection[count] = lane
        count += 1
        value += few.values[lane]
        price += few.prices[lane]
        topic = few.topics[lane]
        for other in range(LANES):
            reduced[other] = none if few.topics[other] == topic else reduced[other]
    selection[MOST] = count
    return value, price


@inlined
def find_slope(work: Work, parts: int, balance: int, slope: float) -> tuple[float, bool]:
    """The slope whose bound is about the lowest (as `bounds.best_slope`), from one that may be near.

    `work.dear` and `work.fair` become the last selections that cost more than the balance and that do not.

    Returns:
        That slope, and whether what the first one selects costs more than the balance: then it is not too high.
    """
    work.dear[MOST], work.fair[MOST] = 0, 0
    dear_value, dear_price, fair_value, fair_price = 0.0, 0.0, 0.0, 0.0
    has_dear, has_fair, tries, too_dear = False, False, 0, False
    for _ in range(TURNS):
        value, price = select(work.few, slope, parts, work.first)
        if has_dear and has_fair:
            line = max(dear_value + slope * (balance - dear_price), fair_value + slope * (balance - fair_price))
            if value + slope * (balance - price) <= line * (1 + 1e-6):
                break
        tries += 1
        too_dear = too_dear or (tries == 1 and price > balance)
        if price > balance:
            dear_value, dear_price, has_dear = value, price, True
            work.dear[:] = work.first
            if not has_fair and tries < 3 and slope > 0.0:
                slope *= 1.1
                continue
            has_fair = True
        else:
            fair_value, fair_price, has_fair = value, price, True
            work.fair[:] = work.first
            if slope == 0.0:
                break
            if not has_dear:
                slope = slope * 0.9 if tries < 3 else 0.0
                continue
        following = (dear_value - fair_value) / (dear_price - fair_price)
        if following <= 0.0 or following == slope:
            break
        slope = following
    return slope, too_dear


@compiled
def exchange(few: Few64, selection: Selection, parts: int, balance: int, value: float, first: Selection) -> float:
    """Look for a set better than `value` that leaves out one of a selection or none, and takes the best other that fits.

    Returns:
        What the best is worth, nearly; it is then in `first`.
    """
    count, reduced, none = selection[MOST], few.reduced, np.float32(LOWEST)
    for out in range(min(count + 1, parts)):
        left, own = float(balance), 0.0
        topics = (np.int32(NO_TOPIC), np.int32(NO_TOPIC), np.int32(NO_TOPIC))
        for at in range(count):
            if at != out:
                lane = selection[at]
                left -= few.prices[lane]
                own += few.values[lane]
                topics = (few.topics[lane], topics[0], topics[1])
        if left < 0.0:
            continue
        one, two, three = topics
        room = np.float32(left)
        for lane in range(LANES):
            topic = few.topics[lane]
            fits = (few.prices[lane] <= room) & (topic != one) & (topic != two) & (topic != three)
            reduced[lane] = few.values[lane] if fits else none
        most = max(float(highest(reduced)), 0.0)
        if own + most <= value:
            continue
        value = own + most
        size = 0
        for at in range(count):
            if at != out:
                first[size] = selection[at]
                size += 1
        if most > 0.0:
            first[size] = lowest_bit(at_least(reduced, 0, most))
            size += 1
        first[MOST] = size
    return value
