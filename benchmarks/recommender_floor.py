"""The least that recommending can cost: read the rows that a person's scores are the sum of, and keep the largest.

No list, no bundle, no codes, not even which item it was. Every recommendation reads at least this.
"""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Final

import numba
import numpy as np
from numpy.typing import NDArray

from bekal.recommender.engine import Tables
from recommender_world import World

_PIECES: Final = 8
_LEAST: Final = -(2**31)


@numba.njit(nogil=True, error_model="numpy")
def _largest(tables, people, order, shared, out):  # type: ignore[no-untyped-def]
    """The largest affordable sum of each; with `shared`, rows of groups are added once for all neighbours who have the same."""
    groups, history = tables
    rows, served, indptr, taken, fits = people
    base, sums = np.empty(groups.shape[2], np.int32), np.empty(groups.shape[2], np.int32)
    last = -1
    for person in order:
        again = not shared or last < 0 or served[person] != served[last]
        for place in range(rows.shape[1]):
            again = again or rows[person, place] != rows[last, place]
        count = fits[person] if not shared else base.size
        if again:
            table = groups[served[person]]
            base[:count] = table[rows[person, 0], :count]
            for place in range(1, rows.shape[1]):
                if rows[person, place] >= 0:
                    line = table[rows[person, place]]
                    for column in range(count):
                        base[column] += line[column]
        last = person
        count = fits[person]
        mine = base[:count]
        if served[person] and indptr[person + 1] > indptr[person]:
            line = history[served[person] - 1, taken[indptr[person]]]
            mine = sums[:count]
            for column in range(count):
                mine[column] = base[column] + line[column]
            for at in range(indptr[person] + 1, indptr[person + 1]):
                line = history[served[person] - 1, taken[at]]
                for column in range(count):
                    mine[column] += line[column]
        highest = np.int32(_LEAST)
        for column in range(count):
            highest = max(highest, mine[column])
        out[person] = highest


class Floor:
    """The rows of a world, by price, ready to be read."""

    def __init__(self, tables: Tables, world: World, *, threads: int) -> None:
        cheapest = world.catalogue.cheapest_first
        self._tables = tuple(np.ascontiguousarray(table[:, :, cheapest]) for table in (tables.groups, tables.history))
        rows, served = tables.layout.rows(world.demographics), tables.length_index(world.histories.lengths)
        read = tables.read(world.histories)
        taken = read.items.astype(np.int64)
        fits = np.searchsorted(world.catalogue.prices_idr[cheapest], world.balances_idr, side="right")
        self._people = (rows, served, read.indptr, taken, fits)
        first = np.full(rows.shape[0], -1, dtype=np.int64)
        some = read.lengths > 0
        first[some] = taken[read.indptr[:-1][some]]
        # Neighbours in this order share as much as can be.
        self._orders = {True: np.lexsort((world.balances_idr, first, *rows.T, served)), False: np.arange(rows.shape[0])}
        self._threads = threads

    def read(self, *, shared: bool) -> NDArray[np.int32]:
        """int32[people]: the largest sum of each, `-2^31` where nothing is affordable.

        Args:
            shared: take people in an order in which those with the same rows are neighbours, and add those rows once.
        """
        out = np.empty(self._people[0].shape[0], dtype=np.int32)
        run: Callable[..., Any] = _largest
        with ThreadPoolExecutor(self._threads) as pool:
            pieces = np.array_split(self._orders[shared], self._threads * _PIECES)
            work = [pool.submit(run, self._tables, self._people, piece, shared, out) for piece in pieces]
            for each in work:
                each.result()
        return out
