"""Lists and bundles of people, many and one."""

from typing import Final

import numpy as np

from bekal.recommender.engine.kernels.bundling import make_bundle
from bekal.recommender.engine.kernels.compiling import compiled, inlined
from bekal.recommender.engine.kernels.grouping import find_alike, question_of
from bekal.recommender.engine.kernels.lanes import LANES, touch
from bekal.recommender.engine.kernels.listing import make_list
from bekal.recommender.engine.kernels.scoring import add_and_weigh, add_history, add_rows, find_tops, hide, row_taken
from bekal.recommender.engine.kernels.shapes import (
    MOST,
    ROOM,
    Few64,
    Items,
    Known,
    Lined,
    Out,
    Padded,
    People,
    Rows,
    Rules,
    Shelf,
    Table,
    Tables,
    Warm,
    Work,
)

NOBODY: Final = -1
FAR: Final = 16
"""For whom so many places on is fetched what is asked for then."""


@compiled
def serve(
    tables: Tables, shelf: Shelf, known: Known, people: People, items: Items, first: int, last: int, rules: Rules, out: Out
) -> None:
    """Write everything for people from the `first` to before the `last` of the order.

    Rows of groups are added once a bucket, and who asks what somebody of the bucket asked gets the same answer.

    Args:
        items: the item of each column.
    """
    size = shelf.prices.size
    base, sums = np.zeros(size, dtype=np.int32), np.empty(size, dtype=np.int32)
    work, warm = make_work(size, rules.top), begin_warm(rules)
    slots = np.empty(0, dtype=np.int32)
    bucket = np.searchsorted(people.starts, first, side="right") - 1
    at = first
    while at < last:
        end = min(people.starts[bucket + 1], last)
        room = 2
        while room < 2 * (end - at):
            room *= 2
        if slots.size < room:
            slots = np.empty(room, dtype=np.int32)
        held = slots[:room]
        held[:] = NOBODY
        served = people.served[bucket]
        add_rows(people.rows[bucket], tables.groups[served], base)
        for place in range(at, end):
            person, span = people.order[place], people.spans[served]
            fetch(place, last, people, out)
            like = find_alike(person, question_of(people, person, span), people, span, held)
            if like >= 0:
                copy_answer(like, person, out)
                continue
            fits = np.searchsorted(shelf.prices[: items.size], people.balances[person], side="right")
            mine = sums[: (fits + LANES - 1) // LANES * LANES]
            list_eta = rules.list_eta if people.indptr[person + 1] > people.indptr[person] else 0
            add_up(base, tables.history[served], shelf, people, person, span, list_eta, mine, work)
            hide(mine, work.worths, fits, known, people, person)
            find_tops(work.worths[: mine.size], work.tops)
            make_list(mine, shelf, list_eta, people.balances[person], warm, work)
            settled = rules.parts == 0 or make_bundle(mine, shelf, rules, people.balances[person], warm, work)
            write(mine, items, rules, work, settled, person, out)
        at = end
        bucket += 1


@inlined
def fetch(place: int, last: int, people: People, out: Out) -> None:
    """Have fetched what is read and written for people some places on, who lie anywhere in memory."""
    person = people.order[min(place + FAR, last - 1)]
    touch(people.indptr, person)
    touch(people.balances, person)
    touch(out.items, person * out.items.shape[1])
    touch(out.bundles, person * out.bundles.shape[1])
    touch(out.utilities, person)
    touch(out.bundle_prices, person)
    touch(people.taken, people.indptr[people.order[min(place + FAR // 2, last - 1)]])


@inlined
def add_up(
    base: Padded,
    history: Table,
    shelf: Shelf,
    people: People,
    person: int,
    span: int,
    list_eta: int,
    sums: Padded,
    work: Work,
) -> None:
    """Write a person's sums, and to `work.worths` what columns nearly count in a list."""
    partial = work.partial[: sums.size]
    count = add_history(base, history, people, person, span, partial)
    gain = list_eta / max(float(people.balances[person]), 1.0)
    last = history[row_taken(count - 1, people, person, history.shape[0] // 2)] if count > 0 else work.nothing
    add_and_weigh(base if count < 2 else partial, last, shelf.prices_near, gain, sums, work.worths)


@compiled
def begin_warm(rules: Rules) -> Warm:
    """Where to begin with the first person: with about the slope that using up the balance alone would have."""
    warm = np.zeros(4)
    warm[1] = 1.5 * rules.eta
    return warm


@compiled
def make_work(size: int, top: int) -> Work:
    """Room for so many columns."""
    few = Few64(np.empty(LANES, np.float32), np.empty(LANES, np.float32), np.empty(LANES, np.int32), np.empty(LANES, np.float32))
    return Work(
        np.empty(size, np.float32),
        np.empty(LANES, np.float32),
        np.zeros(size, np.int32),
        np.empty(size, np.int32),
        np.empty(size, np.int64),
        np.empty(size, np.int64),
        np.empty(size, np.int64),
        np.empty(size, np.int32),
        np.empty(size, np.float64),
        few,
        np.empty(LANES, np.int64),
        np.empty(LANES, np.int64),
        np.empty(LANES, np.int64),
        np.empty(top, np.int64),
        np.empty(top, np.int64),
        np.zeros(MOST + 1, np.int64),
        np.zeros(MOST + 1, np.int64),
        np.zeros(MOST + 1, np.int64),
        np.empty(size, np.int64),
        np.empty(size, np.int64),
        Lined(np.empty(ROOM, np.float64), np.empty(ROOM, np.int64), np.empty(ROOM, np.int64), np.empty(ROOM, np.int32)),
        np.empty((ROOM + 1, MOST), np.float64),
        np.zeros(MOST, np.int64),
        np.zeros(MOST, np.int64),
        np.zeros(MOST, np.int64),
        np.zeros(3, np.int64),
    )


@compiled
def copy_answer(one: int, other: int, out: Out) -> None:
    """Give somebody the answer that another got."""
    for place in range(out.items.shape[1]):
        out.items[other, place] = out.items[one, place]
    for place in range(out.bundles.shape[1]):
        out.bundles[other, place] = out.bundles[one, place]
    out.utilities[other] = out.utilities[one]
    out.bundle_prices[other] = out.bundle_prices[one]


@inlined
def write(sums: Padded, items: Items, rules: Rules, work: Work, settled: bool, person: int, out: Out) -> None:
    """Write what was found for one person; of a bundle that is not settled, as `Out` says."""
    for place in range(work.listed.size):
        column = work.listed[place]
        out.items[person, place] = items[column] if column >= 0 else -1
    best, chosen = work.best, work.chosen
    out.utilities[person], out.bundle_prices[person] = 0, best[1]
    if not settled:
        out.utilities[person], out.bundle_prices[person] = person, -1
        return
    for each in range(rules.parts):
        if each >= best[2]:
            out.bundles[person, each] = -1
            continue
        # Columns are by price and code, and there are few.
        at = 0
        for other in range(best[2]):
            at += chosen[other] < chosen[each]
        out.bundles[person, at] = items[chosen[each]]
        out.utilities[person] += sums[chosen[each]]


@compiled
def take_columns(table: Table, rows: Rows, columns: Items, first: int, last: int, into: Table) -> None:
    """Write these columns of rows `first` … `last` - 1 of `rows`, and 0 beyond."""
    for row in range(first, last):
        line, to = table[rows[row]], into[row]
        for column in range(columns.size):
            to[column] = line[columns[column]]
        to[columns.size :] = 0
