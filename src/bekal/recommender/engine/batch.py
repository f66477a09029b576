"""The best items and the best bundle, for many people at once and for one, equal to the bit to their plain definitions:
`Tables.sums`, `best_list` and `best_use_of_balance`.

Items are put in the order of price and code once for everybody, so that what a balance can buy is the beginning of every row.
People are taken in buckets of those who share all rows of groups, which are then added once for all of them, and who asks what
another of the bucket asked gets the same answer (`asking`). What somebody gets depends on nobody else, so neither that order nor
the number of threads shows in the result.
"""

import os
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from bekal.recommender.engine import kernels
from bekal.recommender.engine.arrays import frozen_integers
from bekal.recommender.engine.asking import asked, asked_one, shelf_of
from bekal.recommender.engine.base import check_people
from bekal.recommender.engine.bundles import Bundle, best_bundle, best_use_of_balance
from bekal.recommender.engine.choosing import LARGEST_BALANCE_IDR, Choosing, check_eta, offered, use_of_balance
from bekal.recommender.engine.data import UNKNOWN, Attribute, Catalogue, Demographics, Interactions
from bekal.recommender.engine.kernels.shapes import Out, Rules
from bekal.recommender.engine.tables import Layout, Tables

_PIECES: Final = 8
"""Each thread's share is cut in so many, because some people take longer."""


@dataclass(frozen=True, eq=False)
class Batch:
    """What fits each person, row by row.

    Attributes:
        items: int32[people, top], best first; `UNKNOWN` fills the places that nothing fits.
        bundles: int32[people, parts], the best set by price, then code; `UNKNOWN` fills the rest.
        bundle_utilities: int64[people], the sum of its items' `Tables.sums`, without η.
        bundle_prices_idr: int64[people], the sum of its prices.
    """

    items: NDArray[np.int32]
    bundles: NDArray[np.int32]
    bundle_utilities: NDArray[np.int64]
    bundle_prices_idr: NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Fit:
    """What fits one person.

    Attributes:
        items: best first.
        bundle: the best set, as `best_use_of_balance` gives it: its utility counts η.
    """

    items: tuple[int, ...]
    bundle: Bundle


def recommend_batch(
    tables: Tables,
    demographics: Demographics,
    histories: Interactions,
    *,
    catalogue: Catalogue,
    balances_idr: ArrayLike,
    allowed: NDArray[np.bool_],
    top: int = 10,
    choosing: Choosing,
    threads: int | None = None,
) -> Batch:
    """The best list and the best set of each person, of what is on offer to them (`choosing`).

    Args:
        catalogue: the one the model was trained on, with today's prices.
        balances_idr: integer[people], whole rupiah, 0 or more.
        allowed: bool[items], what can be bought.
        top: at most this many items each, 1 or more.
        choosing: how; with eta × balance at most 2^62.
        threads: how many work at once; as many as there are processors where nothing is said.

    Raises:
        ValueError: any of this does not hold; different numbers of people or items.
    """
    balances = _checked(
        tables,
        demographics,
        histories,
        catalogue=catalogue,
        balances_idr=balances_idr,
        allowed=allowed,
        top=top,
        choosing=choosing,
    )
    threads = threads or os.cpu_count() or 1
    people = demographics.people_count
    out, rules = _room(people, top, choosing), _rules(choosing, top)
    found = Batch(*out)
    with ThreadPoolExecutor(threads) as pool:
        asking = asked(pool, tables, demographics, histories, catalogue=catalogue, balances=balances, allowed=allowed)
        cuts = np.linspace(0, people, threads * _PIECES + 1).astype(np.int64).tolist()
        work = [pool.submit(kernels.serve, *asking, first, last, rules, out) for first, last in pairwise(cuts)]
        for each in work:
            each.result()
        _settle(
            pool,
            tables,
            demographics,
            histories,
            found,
            catalogue=catalogue,
            balances=balances,
            allowed=allowed,
            choosing=choosing,
        )
    return found


def recommend_one(
    tables: Tables,
    demographics: Demographics,
    histories: Interactions,
    *,
    catalogue: Catalogue,
    balance_idr: int,
    allowed: NDArray[np.bool_],
    top: int = 10,
    choosing: Choosing,
) -> Fit:
    """`recommend_batch` for one person, without preparing anything for many and without a second thread.

    Args:
        demographics, histories: of exactly one person.
        Others: as for `recommend_batch`.

    Raises:
        ValueError: any of this does not hold.
    """
    if demographics.people_count != 1:
        raise ValueError(f"demographics must be of one person, not {demographics.people_count}")
    _checked(
        tables,
        demographics,
        histories,
        catalogue=catalogue,
        balances_idr=[balance_idr],
        allowed=allowed,
        top=top,
        choosing=choosing,
    )
    owned = histories.of(0)
    columns = offered(catalogue, balance_idr=balance_idr, owned=owned, allowed=allowed)
    utilities = tables.sums(demographics, histories)[0]
    asking = asked_one(utilities, columns, shelf_of(catalogue, columns), owns=owned.size > 0, balance_idr=balance_idr)
    out, rules = _room(1, top, choosing), _rules(choosing, top)
    kernels.serve(*asking, 0, 1, rules, out)
    items = tuple(out.items[0][out.items[0] != UNKNOWN].tolist())
    if out.bundle_prices[0] < 0:
        bundle = best_use_of_balance(
            utilities, catalogue=catalogue, balance_idr=balance_idr, owned=owned, allowed=allowed, choosing=choosing
        )
        return Fit(items, bundle)
    together = out.bundles[0][out.bundles[0] != UNKNOWN]
    worth = use_of_balance(
        utilities[together], prices_idr=catalogue.prices_idr[together], balance_idr=balance_idr, eta=choosing.eta
    )
    return Fit(items, Bundle(tuple(together.tolist()), int(worth.sum()), int(out.bundle_prices[0])))


def warm_up() -> None:
    """Compile every kernel, or read it from where it was kept; else the first request, batch or training waits for it."""
    layout = Layout((Attribute("sex", ("F", "M")),))
    shape = (2, layout.row_count, 3)
    tables = Tables(layout, (0, 1), np.ones(shape, dtype=np.int32), np.ones((1, 3, 3), dtype=np.int32), 0)
    catalogue = Catalogue(("a", "b", "c"), np.array([1, 1, 2]), np.full(3, UNKNOWN, dtype=np.int32))
    person = Demographics(layout.attributes, np.zeros((1, 1), dtype=np.int16))
    history = Interactions.from_lists([[0]], item_count=3)
    allowed, choosing = np.ones(3, dtype=np.bool_), Choosing(parts=kernels.MOST, eta=1)
    recommend_one(tables, person, history, catalogue=catalogue, balance_idr=3, allowed=allowed, choosing=choosing)
    recommend_batch(tables, person, history, catalogue=catalogue, balances_idr=[3], allowed=allowed, choosing=choosing, threads=1)
    best_bundle(np.ones(3, dtype=np.int64), catalogue=catalogue, balance_idr=3, owned=[], allowed=allowed)
    one = np.ones(1, dtype=np.float32)
    shown = np.zeros(2, dtype=np.int32), np.zeros(0, dtype=np.int32)
    kernels.rank_weighted(one.reshape(1, 1, 1), one, shown, (one.copy(), one.copy()), np.empty((1, 1), dtype=np.int32))


def _settle(
    pool: ThreadPoolExecutor,
    tables: Tables,
    demographics: Demographics,
    histories: Interactions,
    found: Batch,
    *,
    catalogue: Catalogue,
    balances: NDArray[np.int64],
    allowed: NDArray[np.bool_],
    choosing: Choosing,
) -> None:
    """Find the bundles that the kernels left open (`kernels.shapes.Out`) by their plain definition."""

    def settled(person: int) -> tuple[Bundle, int]:
        row = np.array([person])
        utilities = tables.sums(demographics.rows(row), histories.rows(row))[0]
        best = best_use_of_balance(
            utilities,
            catalogue=catalogue,
            balance_idr=int(balances[person]),
            owned=histories.of(person),
            allowed=allowed,
            choosing=choosing,
        )
        return best, int(utilities[list(best.items)].sum())

    rows = np.flatnonzero(found.bundle_prices_idr < 0)
    asking, of_rows = np.unique(found.bundle_utilities[rows], return_inverse=True)
    answers = list(pool.map(settled, asking.tolist()))
    for row, answer in zip(rows.tolist(), of_rows.tolist(), strict=True):
        best, utility = answers[answer]
        found.bundles[row] = UNKNOWN
        found.bundles[row, : len(best.items)] = best.items
        found.bundle_utilities[row], found.bundle_prices_idr[row] = utility, best.price_idr


def _room(people: int, top: int, choosing: Choosing) -> Out:
    return Out(
        np.empty((people, top), dtype=np.int32),
        np.empty((people, choosing.parts), dtype=np.int32),
        np.empty(people, dtype=np.int64),
        np.empty(people, dtype=np.int64),
    )


def _rules(choosing: Choosing, top: int) -> Rules:
    return Rules(top, choosing.parts, choosing.eta, choosing.list_eta, choosing.floor)


def _checked(
    tables: Tables,
    demographics: Demographics,
    histories: Interactions,
    *,
    catalogue: Catalogue,
    balances_idr: ArrayLike,
    allowed: NDArray[np.bool_],
    top: int,
    choosing: Choosing,
) -> NDArray[np.int64]:
    """The balances, once all arguments fit each other; else ValueError."""
    people, count = demographics.people_count, tables.item_count
    check_people(histories, demographics)
    if demographics.attributes != tables.layout.attributes:
        raise ValueError("demographics must have the attributes and levels that the model was trained with")
    if histories.item_count != count:
        raise ValueError(f"histories must be over {count} items, not {histories.item_count}")
    if len(catalogue.codes) != count:
        raise ValueError(f"the catalogue must have {count} items, not {len(catalogue.codes)}")
    balances = frozen_integers(balances_idr, np.int64, axes=1, name="balances_idr")
    if balances.size != people:
        raise ValueError(f"balances_idr must be of {people} people, not {balances.size}")
    if balances.min(initial=0) < 0 or balances.max(initial=0) > LARGEST_BALANCE_IDR:
        raise ValueError(f"balances_idr must be 0 … {LARGEST_BALANCE_IDR}")
    if allowed.shape != (count,) or allowed.dtype != np.bool_:
        raise ValueError(f"allowed must be {count} booleans")
    if top < 1:
        raise ValueError(f"top must be 1 or more, not {top}")
    check_eta(max(choosing.eta, choosing.list_eta), int(balances.max(initial=0)))
    return balances
