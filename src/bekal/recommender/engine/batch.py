"""The best items and the best bundle, for many people at once and for one, equal to the bit to their plain definitions:
`Tables.sums`, `best_list` and `best_use_of_balance`.

Items are put in the order of price and code once for everybody, so that what a balance can buy is the beginning of every row.
People are taken in the order of what they share (history length, demographic rows, history, balance): rows are then added once
for all their like, and come from the processor's caches. What somebody gets depends on nobody else, so neither that order nor the
number of threads shows in the result.
"""

import os
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Final, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

from bekal.recommender.engine import kernels
from bekal.recommender.engine.arrays import frozen_integers
from bekal.recommender.engine.base import check_people
from bekal.recommender.engine.bundles import Bundle, best_bundle
from bekal.recommender.engine.choosing import LARGEST_BALANCE_IDR, Choosing, check_eta, offered
from bekal.recommender.engine.data import UNKNOWN, Attribute, Catalogue, Demographics, Interactions
from bekal.recommender.engine.kernels.shapes import People, Shop
from bekal.recommender.engine.tables import Layout, Tables

_CHUNK_PEOPLE: Final = 2**18
"""Beside the result, only so many people are held at once."""
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
    people, threads = demographics.people_count, threads or os.cpu_count() or 1
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
    etas = (choosing.eta, choosing.list_eta, choosing.floor)
    shop = _Shop.of(tables, histories, catalogue, allowed)
    found = Batch(
        items=np.full((people, top), UNKNOWN, dtype=np.int32),
        bundles=np.full((people, choosing.parts), UNKNOWN, dtype=np.int32),
        bundle_utilities=np.zeros(people, dtype=np.int64),
        bundle_prices_idr=np.zeros(people, dtype=np.int64),
    )
    with ThreadPoolExecutor(threads) as pool:
        for first in range(0, people, _CHUNK_PEOPLE):
            part = slice(first, min(first + _CHUNK_PEOPLE, people))
            asked, order = shop.ask(tables, demographics, histories, balances, part)
            out = (
                found.items[part],
                found.bundles[part],
                found.bundle_utilities[part],
                found.bundle_prices_idr[part],
            )
            work = [
                pool.submit(kernels.recommend, shop.tables, shop.columns, asked, piece, top, choosing.parts, etas, out)
                for piece in np.array_split(order, threads * _PIECES)
            ]
            for each in work:
                each.result()
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
    owned, parts = histories.of(0), choosing.parts
    columns = offered(catalogue, balance_idr=balance_idr, owned=owned, allowed=allowed)
    sums = tables.sums(demographics, histories)[0].astype(np.int32)[columns]
    chosen, best = np.zeros(kernels.MOST, dtype=np.int64), np.zeros(3, dtype=np.int64)
    prices_idr, topics = catalogue.prices_idr[columns], catalogue.topics[columns]
    etas = (choosing.eta, choosing.list_eta if owned.size else 0, choosing.floor)
    ranked, found, candidates, values = kernels.rank_one(
        sums, prices_idr, topics, _list_topics(catalogue)[columns], balance_idr, top, parts, etas
    )
    if parts:
        kernels.solve_offered(found, candidates, values, prices_idr, topics, parts, balance_idr, chosen, best)
    items, bundle = columns[ranked[ranked >= 0]], columns[np.sort(chosen[: best[2]])]
    return Fit(tuple(items.tolist()), Bundle(tuple(bundle.tolist()), int(best[0]), int(best[1])))


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


@dataclass(frozen=True, eq=False)
class _Shop:
    """Tables and catalogue in the order of price and code, without what nobody may take.

    Attributes:
        read: the rows of `Tables.history` of everybody.
        used: int64[any], the places of the lengths that serve somebody here.
        taken: int32[any], the rows that somebody here reads, ascending.
        tables: of `used`: groups int32[used, rows, columns], and history int32[used, taken, columns], 0 for length 0.
        columns: as `kernels.shapes.Shop`.
    """

    read: Interactions
    used: NDArray[np.int64]
    taken: NDArray[np.int32]
    tables: tuple[NDArray[np.int32], NDArray[np.int32]]
    columns: Shop

    @classmethod
    def of(cls, tables: Tables, histories: Interactions, catalogue: Catalogue, allowed: NDArray[np.bool_]) -> Self:
        items = catalogue.cheapest_first[allowed[catalogue.cheapest_first]]
        column_of = np.full(tables.item_count, -1, dtype=np.int64)
        column_of[items] = np.arange(items.size)
        read = tables.read(histories)
        used, taken = np.unique(tables.length_index(histories.lengths)), np.unique(read.items)
        groups = np.empty((used.size, tables.layout.row_count, items.size), dtype=np.int32)
        history = np.zeros((used.size, taken.size, items.size), dtype=np.int32)
        for place, length in enumerate(used):
            np.take(tables.groups[length], items, axis=1, out=groups[place])
            if length:
                np.take(tables.history[length - 1, taken], items, axis=1, out=history[place])
        list_topics, owned = _list_topics(catalogue), taken % max(tables.item_count, 1)
        columns = (
            catalogue.prices_idr[items],
            catalogue.topics[items],
            list_topics[items],
            catalogue.levels[items],
            items,
            (column_of[owned], list_topics[owned], catalogue.levels[owned]),
        )
        return cls(read, used, taken, (groups, history), columns)

    def ask(
        self,
        tables: Tables,
        demographics: Demographics,
        histories: Interactions,
        balances: NDArray[np.int64],
        part: slice,
    ) -> tuple[People, NDArray[np.int64]]:
        """These people as `kernels.recommend` reads them, and an order in which those who share much are neighbours."""
        indptr, own = self.read.indptr[part.start : part.stop + 1], balances[part].copy()
        taken = np.searchsorted(self.taken, self.read.items[indptr[0] : indptr[-1]])
        lengths, indptr = histories.lengths[part], indptr - indptr[0]
        served = np.searchsorted(self.used, tables.length_index(lengths))
        codes = demographics.codes[part]
        # One number for each person; should it wrap around, those who share are apart, and nothing else happens.
        key = served.astype(np.uint64)
        for column, attribute in enumerate(demographics.attributes):
            key = key * np.uint64(len(attribute.levels) + 1) + (codes[:, column] + 1).astype(np.uint64)
        first = np.zeros(own.size, dtype=np.uint64)
        first[lengths > 0] = taken[indptr[:-1][lengths > 0]] + 1
        key = (key * np.uint64(self.taken.size + 1) + first) * np.uint64(2**20) + own.astype(np.uint64) % np.uint64(2**20)
        affordable = np.searchsorted(self.columns[0], own, side="right")
        rows = tables.layout.rows(Demographics(demographics.attributes, codes))
        return (rows, served, indptr, taken, own, affordable), np.argsort(key)


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


def _list_topics(catalogue: Catalogue) -> NDArray[np.int32]:
    """int32[items]: what a list may hold one of; unknown where topics are broad."""
    return np.full_like(catalogue.topics, UNKNOWN) if catalogue.topics_are_broad else catalogue.topics
