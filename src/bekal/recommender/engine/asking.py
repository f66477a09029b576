"""A question about many people as kernels read it: tables and catalogue by column, people in buckets."""

from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from typing import Final, TypeVar

import numpy as np
from numpy.typing import NDArray

from bekal.recommender.engine import kernels
from bekal.recommender.engine.data import UNKNOWN, Catalogue, Demographics, Interactions
from bekal.recommender.engine.kernels import shapes
from bekal.recommender.engine.kernels.lanes import LANES
from bekal.recommender.engine.kernels.shapes import Known, People, Shelf
from bekal.recommender.engine.tables import Tables

_MOST_BUCKETS: Final = 2**20
"""Where levels combine to more, only those combinations are counted that somebody has."""
_PIECES: Final = 8
"""In so many pieces are tables put in order."""

Asked = tuple[shapes.Tables, Shelf, Known, People, NDArray[np.int32]]
"""The first arguments of `kernels.serve`."""
_Number = TypeVar("_Number", np.int32, np.int64, np.float32)


def asked(
    pool: ThreadPoolExecutor,
    tables: Tables,
    demographics: Demographics,
    histories: Interactions,
    *,
    catalogue: Catalogue,
    balances: NDArray[np.int64],
    allowed: NDArray[np.bool_],
) -> Asked:
    """Everything that `recommend_batch` was told, in the order of price and code, and by bucket."""
    items = catalogue.cheapest_first[allowed[catalogue.cheapest_first]]
    order, starts = _in_buckets(tables, demographics, histories)
    first = order[starts[:-1]]
    lengths = tables.length_index(histories.indptr[first.astype(np.int64) + 1] - histories.indptr[first])
    used, served = np.unique(lengths, return_inverse=True)
    row_of = np.full(catalogue.prices_idr.size, UNKNOWN, dtype=np.int64)
    row_of[histories.items] = 0
    taken = np.flatnonzero(row_of == 0)
    row_of[taken] = np.arange(taken.size)
    spans = np.array([_span(tables, length) for length in used], dtype=np.int64)
    people = People(
        order,
        starts,
        served.astype(np.int64),
        tables.layout.rows(Demographics(demographics.attributes, demographics.codes[first])),
        histories.indptr,
        histories.items,
        balances,
        spans,
        row_of,
    )
    rows = _in_columns(pool, tables, items, used, taken)
    return rows, shelf_of(catalogue, items), _known(catalogue, items), people, items


def asked_one(utilities: NDArray[np.int64], columns: NDArray[np.int32], shelf: Shelf, *, owns: bool, balance_idr: int) -> Asked:
    """The same about one person whose utilities are known.

    Args:
        columns: the items on offer, by price and code.
        owns: whether the person took anything, which hides nothing more.
    """
    one, none = np.zeros(1, dtype=np.int64), np.zeros(0, dtype=np.int64)
    indptr, taken, balances = np.array([0, owns]), np.zeros(1, dtype=np.int32), np.array([balance_idr])
    level = np.full(1, UNKNOWN, dtype=np.int8)
    for array in (indptr, taken, balances, level):
        array.setflags(write=False)  # as in a batch: kernels are compiled for one kind of array
    people = People(np.zeros(1, dtype=np.int32), np.array([0, 1]), one, one.reshape(1, 1), indptr, taken, balances, one - 1, one)
    known = Known(one - 1, one - 1, level, np.zeros(columns.size, dtype=np.int8), one, none)
    sums = padded(utilities[columns], np.int32, kernels.NOTHING)
    tables = shapes.Tables(sums.reshape(1, 1, -1), np.empty((1, 0, sums.size), dtype=np.int32))
    return tables, shelf, known, people, columns


def shelf_of(catalogue: Catalogue, items: NDArray[np.int32]) -> Shelf:
    """These items, by price and code, as kernels read them."""
    prices, topics = catalogue.prices_idr[items], padded(catalogue.topics[items], np.int32, UNKNOWN)
    # What is like no other gets a number of its own.
    alone = -2 - np.arange(topics.size, dtype=np.int32)
    known = np.where(topics < 0, alone, topics)
    cheapest = np.full(kernels.MOST + 1, 2**62, dtype=np.int64)
    cheapest[0] = 0
    few = np.cumsum(np.minimum(prices[: kernels.MOST], 2**60))
    cheapest[1 : 1 + few.size] = few
    return Shelf(
        padded(prices, np.int64, 0),
        padded(prices, np.float32, 0),
        known,
        alone if catalogue.topics_are_broad else known,
        cheapest,
    )


def padded(values: NDArray[np.generic], dtype: type[_Number], fill: int) -> NDArray[_Number]:
    """The values, and as many more as make their number a multiple of 64."""
    found = np.full(-(-values.size // LANES) * LANES, fill, dtype=dtype)
    found[: values.size] = values
    return found


def _in_buckets(
    tables: Tables, demographics: Demographics, histories: Interactions
) -> tuple[NDArray[np.int32], NDArray[np.int64]]:
    """People in buckets of those who share length and levels: their rows, bucket by bucket, and where each bucket begins."""
    people, lengths = demographics.people_count, np.array(tables.lengths, dtype=np.int64)
    middles = (lengths[:-1] + lengths[1:]) // 2
    keys, count = np.zeros(people, dtype=np.int64), 1
    kernels.add_length(keys, histories.indptr, middles)
    count = lengths.size
    for column, attribute in enumerate(demographics.attributes):
        levels = len(attribute.levels)
        if count * (levels + 1) > _MOST_BUCKETS:
            present, keys = np.unique(keys, return_inverse=True)
            count = present.size
        kernels.add_code(keys, demographics.codes, column, levels)
        count *= levels + 1
    if count > _MOST_BUCKETS:
        present, keys = np.unique(keys, return_inverse=True)
        count = present.size
    order, starts = np.empty(people, dtype=np.int32), np.empty(count + 1, dtype=np.int64)
    kernels.sort_by_key(keys, starts, order)
    return order, np.append(starts[:-1][np.diff(starts) > 0], people)


def _span(tables: Tables, length: int) -> int:
    if length == 0:
        return -1
    return tables.spans[length] if tables.spans else 0


def _in_columns(
    pool: ThreadPoolExecutor, tables: Tables, items: NDArray[np.int32], used: NDArray[np.int64], taken: NDArray[np.int64]
) -> shapes.Tables:
    """The rows of the tables that somebody here reads, by column."""
    size = -(-items.size // LANES) * LANES
    second = taken + tables.item_count if tables.spans else taken[:0]
    rows = np.concatenate([taken, second])
    groups = np.empty((used.size, tables.layout.row_count, size), dtype=np.int32)
    history = np.empty((used.size, rows.size, size), dtype=np.int32)
    every, work = np.arange(tables.layout.row_count), []
    for place, length in enumerate(used):
        tasks = [(tables.groups[length], every, groups[place])]
        if length:
            tasks.append((tables.history[length - 1], rows, history[place]))
        for table, wanted, into in tasks:
            cuts = np.linspace(0, wanted.size, _PIECES + 1).astype(np.int64).tolist()
            work += [pool.submit(kernels.take_columns, table, wanted, items, first, last, into) for first, last in pairwise(cuts)]
    for each in work:
        each.result()
    return shapes.Tables(groups, history)


def _known(catalogue: Catalogue, items: NDArray[np.int32]) -> Known:
    column_of = np.full(catalogue.prices_idr.size, -1, dtype=np.int64)
    column_of[items] = np.arange(items.size)
    topics = np.full_like(catalogue.topics, UNKNOWN) if catalogue.topics_are_broad else catalogue.topics
    present, rows = np.unique(topics, return_inverse=True)
    if present.size and present[0] == UNKNOWN:
        present, rows = present[1:], rows - 1
    of_columns = rows[items]
    by_topic = np.argsort(of_columns, kind="stable")
    by_topic = by_topic[of_columns[by_topic] >= 0]
    starts = np.searchsorted(of_columns[by_topic], np.arange(present.size + 1)).astype(np.int64)
    return Known(column_of, rows.astype(np.int64), catalogue.levels, catalogue.levels[items], starts, by_topic)
