"""People, what they took and when, and what could be taken: what an evaluation starts from, whether read from files or not."""

from dataclasses import dataclass, replace
from typing import Final, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

from bekal.recommender.engine.arrays import frozen_integers
from bekal.recommender.engine.data import NO_BALANCE, UNKNOWN, Demographics, Interactions, Spending

NO_TIME: Final = int(np.iinfo(np.int64).min)
"""The time of what was taken nobody knows when."""
_MOST_BUDGET: Final = 2**62
"""More buys nothing more: prices are far smaller."""


@dataclass(frozen=True, eq=False)
class Dataset:
    """All that is known of everybody.

    Attributes:
        demographics: one row for each person.
        interactions: the histories of the same people; those of people whose times are all known, earliest first. With
            `spending` where it is known what somebody had to spend.
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
        spending = self.interactions.spending
        if spending is not None and not np.array_equal(spending.prices, self.prices):
            raise ValueError("what people could spend must be known at the same prices")
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
        balances: ArrayLike | None = None,
    ) -> Self:
        """Pairs of person and item in any order; equal sets of pairs make equal data.

        Of an item taken twice by one person the earliest is kept. Entries of equal time are in the order of their balances, the
        largest first, and of items; those without a time come last.

        Args:
            people: integer[pairs], rows of `demographics`.
            items: integer[pairs], places in `prices`.
            times: int64[pairs], `NO_TIME` where nobody knows.
            prices: int64[items], `UNKNOWN` where there is none.
            balances: int64[pairs], what the person had to spend just before, `NO_BALANCE` where nobody knows.

        Raises:
            ValueError: out of range, or shapes that do not fit.
        """
        prices = frozen_integers(prices, np.int64, axes=1, name="prices")
        people = frozen_integers(people, np.int64, axes=1, name="people")
        items = frozen_integers(items, np.int32, axes=1, name="items")
        times = frozen_integers(times, np.int64, axes=1, name="times")
        before = np.full(people.size, NO_BALANCE) if balances is None else balances
        before = frozen_integers(before, np.int64, axes=1, name="balances")
        if not people.shape == items.shape == times.shape == before.shape:
            raise ValueError("people, items, times and balances must be equally long")
        if people.size and (people.min() < 0 or people.max() >= demographics.people_count):
            raise ValueError(f"people must be 0 … {demographics.people_count - 1}")
        # What was bought at once was paid one after the other.
        order = np.lexsort((items, -np.maximum(before, -_MOST_BUDGET), times, times == NO_TIME, people))
        people, items, times = people[order], items[order], times[order]
        kept = np.sort(np.unique(people * max(prices.size, 1) + items, return_index=True)[1])
        lengths = np.bincount(people[kept], minlength=demographics.people_count)
        spending = None if (before == NO_BALANCE).all() else Spending(prices, before[order][kept])
        interactions = Interactions(np.concatenate([[0], np.cumsum(lengths)]), items[kept], prices.size, spending)
        return cls(demographics, interactions, times[kept], prices)

    def with_budget(self, budget: int) -> Self:
        """The same people, each of whom began with this to spend: a balance is the budget less the prices of what came before.

        What has no price cost nothing. Balances that were known are forgotten.

        Args:
            budget: 0 or more.
        """
        first = np.full(self.interactions.people_count, min(budget, _MOST_BUDGET))
        balances = _balances(self.interactions, self.prices, first)
        return replace(self, interactions=replace(self.interactions, spending=Spending(self.prices, balances)))

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
        again = Interactions(self.interactions.indptr, self.interactions.items[order], self.interactions.item_count)
        if (spending := self.interactions.spending) is None:
            return again
        first = np.full(again.people_count, NO_BALANCE)
        taken = self.interactions.lengths > 0
        first[taken] = spending.balances[self.interactions.indptr[:-1][taken]]
        balances = np.where(free, _balances(again, self.prices, first), spending.balances)
        return replace(again, spending=Spending(self.prices, balances))


def history_part(histories: Interactions, kept: NDArray[np.bool_]) -> Interactions:
    """The same people with a part of what they took: the entries where `kept`, bool[interactions], is true."""
    lengths = np.bincount(histories.people[kept], minlength=histories.people_count)
    spending = histories.spending and histories.spending.at(kept)
    return Interactions(np.concatenate([[0], np.cumsum(lengths)]), histories.items[kept], histories.item_count, spending)


def _balances(histories: Interactions, prices: NDArray[np.int64], first: NDArray[np.int64]) -> NDArray[np.int64]:
    """int64[interactions]: what was left before each, of people who had so much before the first; unknown where that is."""
    spent = np.concatenate([[0], np.cumsum(np.maximum(prices[histories.items], 0))])
    people = histories.people
    found = first[people] - (spent[:-1] - spent[histories.indptr[people]])
    return np.where(first[people] == NO_BALANCE, NO_BALANCE, found).astype(np.int64)
