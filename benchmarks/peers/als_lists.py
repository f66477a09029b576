"""Lists by `implicit`'s factors for many people at once: as its own call makes them, and the fastest ways around it."""

from typing import Final

import numpy as np
from implicit.cpu.als import AlternatingLeastSquares
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from bekal.recommender.engine import UNKNOWN, Catalogue, Interactions
from peers.als import matrix

_FACTORS: Final = 64
_BATCH_PEOPLE: Final = 5_000
"""With more people in one call it is no faster."""


class Lists:
    """Factors of people and items, trained on the very people who are asked about, so that nothing is solved for in a call."""

    def __init__(
        self, histories: Interactions, *, catalogue: Catalogue, balances_idr: NDArray[np.int64], top: int, threads: int
    ) -> None:
        self.people = histories.people_count
        self._top = top
        self._taken = matrix(histories)
        self._owned = np.full((self.people, max(int(histories.lengths.max(initial=0)), 1)), UNKNOWN, dtype=np.int32)
        self._owned[histories.people, np.arange(histories.items.size) - histories.indptr[histories.people]] = histories.items
        self._cheapest = catalogue.cheapest_first
        self._fits = np.searchsorted(catalogue.prices_idr[self._cheapest], balances_idr, side="right")
        with threadpool_limits(1, "blas"):
            self._model = AlternatingLeastSquares(factors=_FACTORS, iterations=3, random_state=0, num_threads=threads)
            self._model.fit(self._taken, show_progress=False)

    def by_its_call(self) -> NDArray[np.int32]:
        """int32[people, top]: as `recommend` says it, without what a person has, in batches."""
        lists = np.empty((self.people, self._top), dtype=np.int32)
        with threadpool_limits(1, "blas"):
            for first in range(0, self.people, _BATCH_PEOPLE):
                part = np.arange(first, min(first + _BATCH_PEOPLE, self.people))
                lists[part], _ = self._model.recommend(part, self._taken[part[0] : part[-1] + 1], N=self._top)
        return lists

    def dropping_after(self) -> NDArray[np.int32]:
        """int32[people, top]: longer lists, from which what a person has is dropped."""
        lists = np.empty((self.people, self._top), dtype=np.int32)
        with threadpool_limits(1, "blas"):
            for first in range(0, self.people, _BATCH_PEOPLE):
                part = np.arange(first, min(first + _BATCH_PEOPLE, self.people))
                lists[part] = self._without_owned(part, self._longer(part, None))
        return lists

    def affordable(self) -> NDArray[np.int32]:
        """int32[people, top]: only what each can pay; one call for all who can pay for the same items."""
        lists = np.full((self.people, self._top), UNKNOWN, dtype=np.int32)
        order = np.argsort(self._fits, kind="stable")
        bounds = np.flatnonzero(np.diff(self._fits[order])) + 1
        with threadpool_limits(1, "blas"):
            for like in np.split(order, bounds):
                if count := int(self._fits[like[0]]):
                    for part in np.array_split(like, -(-like.size // _BATCH_PEOPLE)):
                        found = self._without_owned(part, self._longer(part, self._cheapest[:count]))
                        lists[part, : found.shape[1]] = found
        return lists

    def _longer(self, part: NDArray[np.int64], items: NDArray[np.int32] | None) -> NDArray[np.int32]:
        longer: NDArray[np.int32]
        longer, _ = self._model.recommend(
            part, None, N=self._top + self._owned.shape[1], filter_already_liked_items=False, items=items
        )
        return longer

    def _without_owned(self, part: NDArray[np.int64], longer: NDArray[np.int32]) -> NDArray[np.int32]:
        owned = (longer[:, :, None] == self._owned[part][:, None, :]).any(axis=2)
        kept = np.argsort(owned, axis=1, kind="stable")[:, : self._top]
        found = np.take_along_axis(longer, kept, axis=1)
        found[np.take_along_axis(owned, kept, axis=1)] = UNKNOWN
        return found
