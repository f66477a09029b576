"""Lists and bundles of people, many and one."""

from typing import Final

import numpy as np

from bekal.recommender.engine.kernels.bundling import ROOM, make_bundle
from bekal.recommender.engine.kernels.compiling import compiled, inlined
from bekal.recommender.engine.kernels.grouping import find_alike, question_of
from bekal.recommender.engine.kernels.lanes import LANES
from bekal.recommender.engine.kernels.listing import make_list
from bekal.recommender.engine.kernels.scoring import add_history, add_rows, hide
from bekal.recommender.engine.kernels.shapes import (
    MOST,
    Few64,
    Items,
    Known,
    Out,
    Padded,
    People,
    Rows,
    Rules,
    Served,
    Shelf,
    Table,
    Tables,
    Warm,
    Work,
)

NOBODY: Final = -1


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
            like = find_alike(person, question_of(people, person, span), people, span, held)
            if like >= 0:
                copy_answer(like, person, out)
                continue
            fits = np.searchsorted(shelf.prices[: items.size], people.balances[person], side="right")
            mine = sums[: (fits + LANES - 1) // LANES * LANES]
            add_history(base, tables.history[served], people, person, span, mine)
            hide(mine, fits, known, people, person)
            owns = people.indptr[person + 1] > people.indptr[person]
            settled = choose(mine, shelf, rules, owns, people.balances[person], warm, work)
            write(mine, items, rules, work, settled, person, out)
        at = end
        bucket += 1


@compiled
def serve_one(sums: Padded, shelf: Shelf, rules: Rules, owns: bool, balance: int) -> Served:
    """One person's list and bundle, of columns that are on offer but for `NOTHING`."""
    work = make_work(sums.size, rules.top)
    settled = choose(sums, shelf, rules, owns, balance, begin_warm(rules), work)
    return work.listed, work.chosen, work.best, settled


@inlined
def choose(sums: Padded, shelf: Shelf, rules: Rules, owns: bool, balance: int, warm: Warm, work: Work) -> bool:
    """Fill the list and the bundle of `work`; returns whether the bundle is settled."""
    make_list(sums, shelf, rules.list_eta if owns else 0, balance, warm, work)
    return rules.parts == 0 or make_bundle(sums, shelf, rules, balance, warm, work)


@compiled
def begin_warm(rules: Rules) -> Warm:
    """Where to begin with the first person: with about the slope that using up the balance alone would have."""
    warm = np.zeros(3)
    warm[1] = 1.5 * rules.eta
    return warm


@compiled
def make_work(size: int, top: int) -> Work:
    """Room for so many columns."""
    few = Few64(np.empty(LANES, np.float32), np.empty(LANES, np.float32), np.empty(LANES, np.int32), np.empty(LANES, np.float32))
    return Work(
        np.empty(size, np.float32),
        np.empty(LANES, np.float32),
        np.empty(size, np.int64),
        np.empty(size, np.int64),
        np.empty(size, np.int64),
        np.empty(size, np.int32),
        np.empty(size, np.float64),
        few,
        np.empty(top, np.int64),
        np.empty(top, np.int64),
        np.zeros(MOST + 1, np.int64),
        np.zeros(MOST + 1, np.int64),
        np.zeros(MOST + 1, np.int64),
        np.empty(size, np.int64),
        np.empty(size, np.int64),
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
