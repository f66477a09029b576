"""How often each item would follow each other one, had what was taken before no part in it (`lifts`).

At each moment an item's chance is in proportion to what it counts for people of the profile, times what its part of the balance
counts, among what can be bought and is not owned. Items are by price, so those of one part of a balance are a run of them, and
what they count together is the difference of two sums that are kept: all but the last addition takes steps, not items.
"""

from typing import Annotated

import numpy as np
from numpy.typing import NDArray

from bekal.recommender.engine.kernels.compiling import compiled

Prices = Annotated[NDArray[np.int64], "items"]
Eager = Annotated[NDArray[np.float64], "steps"]
Ends = Annotated[NDArray[np.int64], "steps"]
Amounts = Annotated[NDArray[np.float64], "items"]

_EXACT = 1e-3
"""Where less than this part remains beside what is owned, it is summed up afresh: a difference would be inexact."""


@compiled
def write_ends(prices: Prices, balance: int, reach: int, ends: Ends) -> None:
    """Write where the items of each part of the balance end, of the first `reach`; all are of the first part without a balance.

    Args:
        prices: ascending; not read where `balance` is below 1.
        ends: the result; part k has prices from k of as many equal parts of the balance to below k + 1, the last one all above.
    """
    steps = ends.size
    if balance < 1:
        ends[:] = reach
        return
    for step in range(steps - 1):
        # The least whole price of the next part.
        least = -(-(step + 1) * balance // steps)
        ends[step] = min(reach, int(np.searchsorted(prices, least)))
    ends[steps - 1] = reach


@compiled
def part_of(place: int, ends: Ends) -> int:
    """The part that the item at this place is of; as many as there are parts where it cannot be bought."""
    step = 0
    while step < ends.size and place >= ends[step]:
        step += 1
    return step


@compiled
def chance_each(
    wanted: Amounts,
    sums: Annotated[NDArray[np.float64], "items + 1"],
    owned: Annotated[NDArray[np.int32], "any"],
    ends: Ends,
    eager: Eager,
) -> float:
    """What 1 of `wanted` makes of a chance, before `eager`; 0 where nothing is left to be taken.

    Args:
        sums: of the first so many of `wanted`.
    """
    total, first = 0.0, 0
    for step in range(ends.size):
        total += eager[step] * (sums[ends[step]] - sums[first])
        first = ends[step]
    rest = total
    for place in owned:
        step = part_of(place, ends)
        if step < ends.size:
            rest -= eager[step] * wanted[place]
    if rest < _EXACT * total:
        rest, place = 0.0, 0
        for step in range(ends.size):
            while place < ends[step]:
                rest += 0.0 if (owned == place).any() else eager[step] * wanted[place]
                place += 1
    return 1.0 / rest if rest > 0.0 else 0.0


@compiled
def expect_followers(
    wanted: Annotated[NDArray[np.float64], "profiles", "items"],
    profiles: Annotated[NDArray[np.int64], "people"],
    histories: tuple[Annotated[NDArray[np.int64], "people + 1"], Annotated[NDArray[np.int32], "interactions"]],
    means: tuple[Annotated[NDArray[np.int64], "interactions"], Annotated[NDArray[np.int64], "interactions"]],
    price_worth: tuple[Prices, Eager],
    found: tuple[Annotated[NDArray[np.float64], "any", "items"], Annotated[NDArray[np.float64], "steps"]],
) -> None:
    """Add up how often each item is expected after the first one of a history.

    Args:
        wanted: what each item counts for people of a profile, above 0; items are by price throughout.
        profiles: of each person, those of equal profiles together.
        histories: where each person's items begin, and the items.
        means: at each of these, how many of the cheapest items could be bought, and the balance, 0 where nobody knows it.
        price_worth: the prices, ascending; what each item counts, by the part of the balance that its price makes, in equal
            steps up to the whole.
        found: added to: expected followers of each item, or no row, if these are not asked for; and those by the part
            of the balance that the price makes, where there is one.
    """
    indptr, items = histories
    reach, balances = means
    prices, eager = price_worth
    after, by_step = found
    count = wanted.shape[1]
    later, kept, sums = np.zeros(count), np.empty(count), np.zeros(count + 1)
    ends, flat = np.empty(eager.size, dtype=np.int64), np.ones(eager.size)
    profile = -1
    for person in range(profiles.size):
        if profiles[person] != profile:
            profile = profiles[person]
            for item in range(count):
                sums[item + 1] = sums[item] + wanted[profile, item]
        first, furthest = indptr[person], 0
        for entry in range(indptr[person + 1] - 1, first, -1):
            balance, owned = balances[entry], items[first:entry]
            liked = eager if balance > 0 else flat
            write_ends(prices, balance, reach[entry], ends)
            chance = chance_each(wanted[profile], sums, owned, ends, liked)
            if balance > 0:
                begin = 0
                for step in range(ends.size):
                    by_step[step] += chance * liked[step] * (sums[ends[step]] - sums[begin])
                    begin = ends[step]
                for place in owned:
                    step = part_of(place, ends)
                    if step < ends.size:
                        by_step[step] -= chance * liked[step] * wanted[profile, place]
            if len(after):
                furthest = max(furthest, reach[entry])
                for place in range(owned.size):
                    kept[place] = later[owned[place]]
                begin = 0
                for step in range(ends.size):
                    factor = chance * liked[step]
                    for item in range(begin, ends[step]):
                        later[item] += factor * wanted[profile, item]
                    begin = ends[step]
                for place in range(owned.size):
                    later[owned[place]] = kept[place]
                row = after[items[entry - 1]]
                for item in range(furthest):
                    row[item] += later[item]
        later[:furthest] = 0.0
