"""How much more often an item follows another than it would anyway.

For each item i taken and each item j taken later, n_ij is how often that was so, and e_ij how often it is expected: over all moments at
which somebody who had i took something, Σ of the probability that this was j, were it for the person's groups and for what the
balance could buy at that moment alone. After a dear training people take what the rest can buy; that alone makes no lift.

    score(j | person, history) = tastes + log c_j + Σ over items i taken of log((n_ij + μ) / (c_j e_ij + μ))

c_j is how much more often j is taken by people who have something than the groups say. The lift is the ratio of an observed to an
expected count, shrunk towards 1 as by a gamma prior of μ observed and μ expected (DuMouchel, "Bayesian data mining in large
frequency tables", The American Statistician 53(3), 1999). That sums of log lifts are right as long as what was taken is independent,
given what is taken next, is the assumption of naive Bayes.

*Support.* The reason "people who learnt i" is true of j only where the lift exceeds 1 with confidence (`support`). There the expected
count also knows that people like to use a balance up: it depends on the part of the balance that the price makes, as learnt
from all followers.
"""

from dataclasses import dataclass
from functools import cached_property
from typing import Final, Self

import numpy as np
from numpy.typing import NDArray

from bekal.recommender.engine import kernels
from bekal.recommender.engine.choices import Choices
from bekal.recommender.engine.data import Interactions
from bekal.recommender.engine.support import exceeding

_STEADY: Final = 20.0
"""So many followers observed and expected are added to each item's: c_j of an item that few took is near 1."""
PRICE_STEPS: Final = 20
"""Parts of a balance that are told apart."""
_ROUNDS: Final = 4
"""Of fitting how much each part of a balance is liked."""


@dataclass(frozen=True, eq=False)
class Followers:
    """What followed what, and what was to be expected.

    Attributes:
        observed: float64[items, items], n: the item of the row, then that of the column.
        expected: float64[items, items], e.
    """

    observed: NDArray[np.float64]
    expected: NDArray[np.float64]

    @cached_property
    def surplus(self) -> NDArray[np.float64]:
        """float64[items]: c, how much more often each item follows anything than expected."""
        surplus: NDArray[np.float64] = (self.observed.sum(axis=0) + _STEADY) / (self.expected.sum(axis=0) + _STEADY)
        return surplus

    def log_lifts(self, *, prior: float, is_directed: bool) -> NDArray[np.float64]:
        """float64[items, items], 0 on the diagonal.

        Args:
            prior: μ, above 0.
            is_directed: only what came later counts; else also what came before.
        """
        observed, expected = self._counts(is_directed=is_directed)
        lifts: NDArray[np.float64] = np.log((observed + prior) / (expected + prior))
        np.fill_diagonal(lifts, 0.0)
        return lifts

    def supported(self, *, is_directed: bool) -> NDArray[np.int32]:
        """int32[pairs, 2]: the items i and j of each supported pair, ascending."""
        observed, expected = self._counts(is_directed=is_directed)
        apart = ~np.eye(len(observed), dtype=np.bool_)
        pairs: NDArray[np.int32] = np.argwhere(exceeding(observed * apart, expected * apart)).astype(np.int32)
        return pairs

    def _counts(self, *, is_directed: bool) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        observed, expected = self.observed, self.expected * self.surplus
        return (observed, expected) if is_directed else (observed + observed.T, expected + expected.T)


@dataclass(frozen=True, eq=False)
class Setting:
    """What expected followers are worked out from.

    Attributes:
        taken: what people took, in order.
        choices: what they could have taken.
        wanted: float64[profiles, items], above 0: what each item counts for people of a profile.
        profiles: int64[people].
    """

    taken: Interactions
    choices: Choices
    wanted: NDArray[np.float64]
    profiles: NDArray[np.int64]

    def followers(self, *, price_steps: int = 1) -> NDArray[np.float64]:
        """float64[items, items]: e; with more than one step people also like parts of a balance as all followers do."""
        eager = np.ones(price_steps)
        if price_steps > 1:
            eager = self._eager(eager)
        return self._expected(eager, with_pairs=True)[0]

    @classmethod
    def of(cls, taken: Interactions, choices: Choices, scores: NDArray[np.float64], profiles: NDArray[np.int64]) -> Self:
        """Args: scores: float64[profiles, items], on a logarithmic scale."""
        return cls(taken, choices, np.exp(scores - scores.max(axis=1, keepdims=True, initial=-np.inf)), profiles)

    def _eager(self, eager: NDArray[np.float64]) -> NDArray[np.float64]:
        places = np.empty(self.choices.prices.size, dtype=np.int64)
        places[self.choices.cheapest_first] = np.arange(places.size)
        price, balance = self.choices.prices[places[self.taken.items]], self.choices.balances
        follows = np.ones(self.taken.items.size, dtype=np.bool_)
        follows[self.taken.indptr[:-1][self.taken.lengths > 0]] = False
        known = follows & (balance > 0)
        steps = np.minimum(price[known] * eager.size // balance[known], eager.size - 1)
        observed = np.bincount(steps, minlength=eager.size)
        for _ in range(_ROUNDS):
            eager = eager * (observed + 1) / (self._expected(eager, with_pairs=False)[2] + 1)
        return eager

    def _expected(
        self, eager: NDArray[np.float64], *, with_pairs: bool
    ) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
        order = self.choices.cheapest_first
        items = order.size
        places = np.empty(items, dtype=np.int32)
        places[order] = np.arange(items, dtype=np.int32)
        found = (np.zeros((items if with_pairs else 0, items)), np.zeros(items), np.zeros(eager.size))
        kernels.expect_followers(
            np.ascontiguousarray(self.wanted[:, order]),
            self.profiles,
            (self.taken.indptr, places[self.taken.items]),
            (self.choices.reach, self.choices.balances),
            (self.choices.prices, eager),
            (np.empty(items), np.empty(items)),
            found,
        )
        pairs = found[0][np.ix_(places, places)] if with_pairs else found[0]
        return pairs, found[1][places], found[2]
