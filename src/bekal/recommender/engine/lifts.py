"""How much more often an item follows another than it would anyway.

For each item i taken and each item j taken later, n_ij is how often that was so, and e_ij how often it is expected: over all
moments at which somebody who had i took something, Σ of the probability that this was j, were it for the person's groups and
for what the balance could buy at that moment alone. After a dear training people take what the rest can buy; that alone makes
no lift.

    score(j | person, history) = tastes + log c_j + Σ over items i taken of log((n_ij + μ) / (c_j e_ij + μ))

c_j is how much more often j is taken by people who have something than the groups say. The lift is the ratio of an observed to
an expected count, shrunk towards 1 as by a gamma prior of μ observed and μ expected (DuMouchel, "Bayesian data mining in large
frequency tables", The American Statistician 53(3), 1999). That sums of log lifts are right as long as what was taken is
independent, given what is taken next, is the assumption of naive Bayes.

*Support.* The reason "people who learnt i" is true of j only where the lift exceeds 1 with confidence (`support`). There the
expected count also knows that people like to use a balance up: it depends on the part of the balance that the price makes, as
learnt from all followers.
"""

from dataclasses import dataclass
from functools import cached_property
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from bekal.recommender.engine import kernels
from bekal.recommender.engine.choices import Choices
from bekal.recommender.engine.data import Interactions
from bekal.recommender.engine.support import exceeding

_STEADY: Final = 20.0
"""So many followers observed and expected are added to each item's: c_j of an item that few took is near 1."""
PRICE_STEPS: Final = 20
"""Parts of a balance that are told apart."""
_BLOCK_CELLS: Final = 2_000_000
"""People times items that are looked at at once."""
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
        profiles: int64[people], places in `groups`.
        groups: float64[profiles, rows], 1 for each group of the people of a profile.
        tastes: float64[rows, items], on a logarithmic scale.
    """

    taken: Interactions
    choices: Choices
    profiles: NDArray[np.int64]
    groups: csr_array
    tastes: NDArray[np.float64]

    def followers(self, *, price_steps: int = 1) -> NDArray[np.float64]:
        """float64[items, items]: e; with more than one step people also like parts of a balance as all followers do."""
        eager = np.ones(price_steps)
        if price_steps > 1:
            eager = self._eager(eager)
        return self._expected(eager, with_pairs=True)[0]

    def _eager(self, eager: NDArray[np.float64]) -> NDArray[np.float64]:
        """float64[steps]: how much each part of a balance is liked."""
        price, balance = self.choices.prices[_places(self.choices)[self.taken.items]], self.choices.balances
        follows = np.ones(self.taken.items.size, dtype=np.bool_)
        follows[self.taken.indptr[:-1][self.taken.lengths > 0]] = False
        known = follows & (balance > 0)
        if not known.any():
            return eager
        steps = np.minimum(price[known] * eager.size // balance[known], eager.size - 1)
        observed = np.bincount(steps, minlength=eager.size)
        for _ in range(_ROUNDS):
            eager = eager * (observed + 1) / (self._expected(eager, with_pairs=False)[1] + 1)
        return eager

    def _expected(self, eager: NDArray[np.float64], *, with_pairs: bool) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """float64[items, items] (or no row) and float64[steps]: expected followers, of each item and by part of the balance."""
        places, items = _places(self.choices), self.taken.item_count
        tastes = np.ascontiguousarray(self.tastes[:, self.choices.cheapest_first])
        several = np.flatnonzero(self.taken.lengths > 1)
        several = several[np.argsort(self.profiles[several], kind="stable")]
        found = (np.zeros((items if with_pairs else 0, items)), np.zeros(eager.size))
        # In blocks, so that people who are all different need no table of everybody.
        step = max(1, _BLOCK_CELLS // max(items, 1))
        for first in range(0, several.size, step):
            people = several[first : first + step]
            seen, profiles = np.unique(self.profiles[people], return_inverse=True)
            scores = self.groups[seen] @ tastes
            wanted = np.exp(scores - scores.max(axis=1, keepdims=True))
            indptr = np.concatenate([[0], np.cumsum(self.taken.lengths[people])])
            entries = np.repeat(self.taken.indptr[people] - indptr[:-1], self.taken.lengths[people]) + np.arange(indptr[-1])
            kernels.expect_followers(
                wanted,
                profiles.astype(np.int64),
                (indptr, places[self.taken.items[entries]]),
                (self.choices.reach[entries], self.choices.balances[entries]),
                (self.choices.prices, eager),
                found,
            )
        pairs = found[0][np.ix_(places, places)] if with_pairs else found[0]
        return pairs, found[1]


def _places(choices: Choices) -> NDArray[np.int32]:
    """int32[items]: the place of each among the cheapest first."""
    places = np.empty(choices.cheapest_first.size, dtype=np.int32)
    places[choices.cheapest_first] = np.arange(places.size, dtype=np.int32)
    return places
