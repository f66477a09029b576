"""People, what they took and when, and what could be taken: what an evaluation starts from, whether read from files or not."""

from dataclasses import dataclass
from typing import Final, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

from bekal.recommender.engine.arrays import frozen_integers
from bekal.recommender.engine.data import UNKNOWN, Demographics, Interactions

NO_TIME: Final = int(np.iinfo(np.int64).min)
"""The time of what was taken nobody knows when."""


@dataclass(frozen=True, eq=False)
class Dataset:
    """All that is known of everybody.

    Attributes:
        demographics: one row for each person.
        interactions: the histories of the same people; those of people whose times are all known, earliest first.
        times: int64[interactions], when each entry of `interactions.items` was taken, of any unit; `NO_TIME` where nobody knows.
        prices: int64[items], whole currency units; `UNKNOWN` where an item has none.

    Raises:
        ValueError: shapes that do not fit each other, or a price below zero.
    """

    demographics: Demographics
    interactions: Interactions
    times: NDArray[np.int64]
    prices: NDArray[np.int64]

    def __post_init__(self) -> None:
        for name in ("times", "prices"):
            object.__setattr__(self, name, frozen_integers(getattr(self, name), np.int64, axes=1, name=name))
        if self.demographics.people_count != self.interactions.people_count:
            raise ValueError("demographics and interactions must be of the same people")
        if self.times.size != self.interactions.items.size or self.prices.size != self.interactions.item_count:
            raise ValueError("there must be one time for each interaction and one price for each item")
        if (self.prices < UNKNOWN).any():
            raise ValueError(f"prices must be 0 or more, or {UNKNOWN}")

    @classmethod
    def from_pairs(
        cls,
        *,
        demographics: Demographics,
        people: ArrayLike,
        items: ArrayLike,
        times: ArrayLike,
        prices: ArrayLike,
    ) -> Self:
        """Pairs of person and item in any order; equal sets of pairs make equal data.

        Of an item taken twice by one person the earliest is kept. Entries of equal time are in the order of items, those without
        a time come last.

        Args:
            people: integer[pairs], rows of `demographics`.
            items: integer[pairs], places in `prices`.
            times: int64[pairs], `NO_TIME` where nobody knows.
            prices: int64[items], `UNKNOWN` where there is none.

        Raises:
            ValueError: out of range, or shapes that do not fit.
        """
        prices = frozen_integers(prices, np.int64, axes=1, name="prices")
        people = frozen_integers(people, np.int64, axes=1, name="people")
        items = frozen_integers(items, np.int32, axes=1, name="items")
        times = frozen_integers(times, np.int64, axes=1, name="times")
        if not people.shape == items.shape == times.shape:
            raise ValueError("people, items and times must be equally long")
        if people.size and (people.min() < 0 or people.max() >= demographics.people_count):
            raise ValueError(f"people must be 0 … {demographics.people_count - 1}")
        order = np.lexsort((items, times, times == NO_TIME, people))
        people, items, times = people[order], items[order], times[order]
        kept = np.sort(np.unique(people * max(prices.size, 1) + items, return_index=True)[1])
        lengths = np.bincount(people[kept], minlength=demographics.people_count)
        interactions = Interactions(np.concatenate([[0], np.cumsum(lengths)]), items[kept], prices.size)
        return cls(demographics, interactions, times[kept], prices)

    @property
    def unordered(self) -> NDArray[np.bool_]:
        """bool[people]: who took two or more items, and of one of them nobody knows when."""
        untimed = np.bincount(self.interactions.people[self.times == NO_TIME], minlength=self.interactions.people_count) > 0
        found: NDArray[np.bool_] = untimed & (self.interactions.lengths > 1)
        return found

    def shuffled(self, *, seed: int) -> Interactions:
        """The histories in the order of time, or, of people whose order nobody knows, in a random one that the seed fixes."""
        people = self.interactions.people
        free = self.unordered[people]
        if not free.any():
            return self.interactions
        places = np.arange(people.size, dtype=np.float64)
        places[free] = np.random.default_rng([seed, 1]).random(int(free.sum()))
        order = np.lexsort((places, people))
        return Interactions(self.interactions.indptr, self.interactions.items[order], self.interactions.item_count)


def history_part(histories: Interactions, kept: NDArray[np.bool_]) -> Interactions:
    """The same people with a part of what they took: the entries where `kept`, bool[interactions], is true."""
    lengths = np.bincount(histories.people[kept], minlength=histories.people_count)
    return Interactions(np.concatenate([[0], np.cumsum(lengths)]), histories.items[kept], histories.item_count)
