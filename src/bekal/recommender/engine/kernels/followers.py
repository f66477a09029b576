"""How often each item would follow each other one, had what was taken before no part in it (`lifts`)."""

from typing import Annotated

import numpy as np
from numpy.typing import NDArray

from bekal.recommender.engine.kernels.compiling import compiled

Chances = Annotated[NDArray[np.float64], "items"]


@compiled
def write_chances(
    wanted: Chances,
    prices: Annotated[NDArray[np.int64], "items"],
    eager: Annotated[NDArray[np.float64], "steps"],
    balance: int,
    reach: int,
    owned: Annotated[NDArray[np.int32], "any"],
    chances: Chances,
) -> None:
    """Write the probability that each item is taken next: in proportion to `wanted` among what can be bought and is not owned.

    Args:
        prices: ascending; not read where `balance` is below 1.
        eager: what each item counts, by the part of the balance that its price makes, in equal steps up to the whole.
        reach: so many of the first items can be bought.
        chances: the result; 0 everywhere where nothing is left to be taken.
    """
    steps = eager.size
    chances[reach:] = 0.0
    for item in range(reach):
        chances[item] = wanted[item]
    if balance > 0:
        by_price = steps / balance
        for item in range(reach):
            chances[item] *= eager[min(steps - 1, int(prices[item] * by_price))]
    for item in owned:
        chances[item] = 0.0
    total = 0.0
    for item in range(reach):
        total += chances[item]
    if total > 0.0:
        for item in range(reach):
            chances[item] /= total


@compiled
def expect_followers(
    wanted: Annotated[NDArray[np.float64], "profiles", "items"],
    profiles: Annotated[NDArray[np.int64], "people"],
    histories: tuple[Annotated[NDArray[np.int64], "people + 1"], Annotated[NDArray[np.int32], "interactions"]],
    means: tuple[Annotated[NDArray[np.int64], "interactions"], Annotated[NDArray[np.int64], "interactions"]],
    price_worth: tuple[Annotated[NDArray[np.int64], "items"], Annotated[NDArray[np.float64], "steps"]],
    work: tuple[Chances, Chances],
    found: tuple[Annotated[NDArray[np.float64], "any", "items"], Annotated[NDArray[np.float64], "steps"]],
) -> None:
    """Add up how often each item is expected after the first one of a history.

    Args:
        wanted: what each item counts for people of a profile, above 0; items are by price throughout.
        profiles: of each person.
        histories: where each person's items begin, and the items.
        means: at each of these, how many of the cheapest items could be bought, and the balance, 0 where nobody knows it.
        price_worth: the prices, ascending, and `eager` as above.
        work: overwritten.
        found: added to: expected followers of each item, or no row, if these are not asked for; and those by the part
            of the balance that the price makes.
    """
    indptr, items = histories
    reach, balances = means
    prices, eager = price_worth
    chances, later = work
    after, by_step = found
    steps = eager.size
    for person in range(profiles.size):
        first = indptr[person]
        later[:] = 0.0
        for entry in range(indptr[person + 1] - 1, first, -1):
            balance = balances[entry]
            write_chances(wanted[profiles[person]], prices, eager, balance, reach[entry], items[first:entry], chances)
            for item in range(chances.size):
                later[item] += chances[item]
            if balance > 0:
                by_price = steps / balance
                for item in range(reach[entry]):
                    by_step[min(steps - 1, int(prices[item] * by_price))] += chances[item]
            if len(after):
                row = after[items[entry - 1]]
                for item in range(later.size):
                    row[item] += later[item]
