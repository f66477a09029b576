"""What groups of people like, without regard to history, beside what each of them could choose from (`choices`).

Two models on a logarithmic scale, score(item | person) = Σ rows of the person's groups:

* *naive Bayes* as in `naive_bayes`, but with P(level) taken for each item among those who had the chance to take it;
* a *multinomial logit*: P(item | person) is in proportion to exp(score) times the person's chance of it, and the rows maximise
  the likelihood less λ/2 times the squares of what they add to what is popular, or to naive Bayes. So attributes that say
  nearly the same are not counted twice, and where little is known, popularity or naive Bayes remains. (Krishnapuram, Carin,
  Figueiredo and Hartemink, "Sparse multinomial logistic regression", IEEE TPAMI 27(6), 2005; found by L-BFGS: Liu and Nocedal,
  "On the limited memory BFGS method for large scale optimization", Mathematical Programming 45, 1989.)

People of equal groups are one profile. All is float64 and does not depend on the order of people.
"""

from dataclasses import dataclass
from typing import Final, Self

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from bekal.recommender.engine.choices import Choices
from bekal.recommender.engine.data import UNKNOWN, Demographics, Interactions
from bekal.recommender.engine.descent import lowest
from bekal.recommender.engine.naive_bayes import level_counts, smoothed_effects
from bekal.recommender.engine.tables import Layout

_MOST_CELLS: Final = 1_000_000
"""Profiles times items of a multinomial logit, which so takes seconds. Of more profiles, those count that occur first."""
_MOST_ITERATIONS: Final = 30
_INTERCEPT_PENALTY: Final = 0.01
"""Of the row of everybody, which needs one only so that there is one best solution."""
_TOLERANCE: Final = 1e-6
"""Relative gain of the likelihood of an iteration below which another one is not worth it."""


@dataclass(frozen=True, eq=False)
class Profiles:
    """People of equal groups.

    Attributes:
        rows: int64[profiles, columns], those of `Layout.rows`.
        of: int64[people], the profile of each.
    """

    rows: NDArray[np.int64]
    of: NDArray[np.int64]

    @classmethod
    def among(cls, demographics: Demographics, layout: Layout) -> Self:
        rows, places = np.unique(layout.rows(demographics), axis=0, return_inverse=True)
        return cls(rows, places.ravel().astype(np.int64))

    def groups(self, layout: Layout) -> csr_array:
        """float64[profiles, layout.row_count]: 1 for each group of a profile."""
        known = self.rows != UNKNOWN
        indptr = np.concatenate([[0], np.cumsum(known.sum(axis=1))])
        return csr_array((np.ones(indptr[-1]), self.rows[known], indptr), shape=(len(self.rows), layout.row_count))


def naive_bayes(taken: Interactions, demographics: Demographics, choices: Choices, layout: Layout) -> NDArray[np.float64]:
    """float64[layout.row_count, items]; crosses have no effect."""
    rows = np.zeros((layout.row_count, taken.item_count))
    rows[0] = np.log(choices.worth)
    for column, attribute in enumerate(demographics.attributes):
        codes, levels = demographics.codes[:, column], len(attribute.levels)
        chances = choices.chances(codes[taken.people].astype(np.int64), levels)
        shares = chances / np.maximum(chances.sum(axis=0), 1e-300)
        counts = level_counts(taken, codes, levels=levels)
        rows[layout.firsts[column] : layout.firsts[column + 1]] = smoothed_effects(counts, shares)[1]
    return rows


def multinomial_logit(
    taken: Interactions, profiles: Profiles, choices: Choices, layout: Layout, *, start: NDArray[np.float64], penalty: float
) -> NDArray[np.float64]:
    """float64[layout.row_count, items].

    Args:
        start: float64[layout.row_count, items], from which the squares are counted.
        penalty: λ, above 0.
    """
    items = taken.item_count
    if not taken.items.size:
        return start
    profile = profiles.of[taken.people]
    used = _ranks(profile) < max(1, _MOST_CELLS // items)
    seen, places = np.unique(profile[used], return_inverse=True)
    profile = np.full(profile.size, UNKNOWN)
    profile[used] = places
    groups = profiles.groups(layout)[seen]
    counts = csr_array((np.ones(places.size), (places, taken.items[used])), shape=(seen.size, items))
    totals = np.bincount(places, minlength=seen.size).astype(np.float64)
    chances = choices.chances(profile, seen.size)
    offset = groups @ start + np.log(np.maximum(chances, 1e-300) / totals[:, None])
    return start + _most_likely(groups, counts, offset, choices.worth, penalty=penalty)


def _ranks(profile: NDArray[np.int64]) -> NDArray[np.int64]:
    """int64: for each entry how many profiles occur for the first time before its own does."""
    values, firsts, places = np.unique(profile, return_index=True, return_inverse=True)
    ranks = np.empty(values.size, dtype=np.int64)
    ranks[np.argsort(firsts)] = np.arange(values.size)
    return ranks[places]


def _most_likely(
    groups: csr_array, counts: csr_array, offset: NDArray[np.float64], worth: NDArray[np.float64], *, penalty: float
) -> NDArray[np.float64]:
    """float64[groups, items]: what is to be added to the offset."""
    totals = counts.sum(axis=1)
    transposed = groups.T.tocsr()
    observed = (transposed @ counts).toarray()
    penalties = np.full((groups.shape[1], 1), penalty)
    penalties[0] = _INTERCEPT_PENALTY
    # Steps in units of about one standard error: without them frequent items hold up the rare ones.
    scale = 1 / np.sqrt((transposed @ totals)[:, None] * worth + penalties)

    def loss(steps: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        added = steps.reshape(scale.shape) * scale
        scores = groups @ added
        scores += offset
        largest = scores.max(axis=1, keepdims=True)
        scores -= largest
        np.exp(scores, out=scores)
        sums = scores.sum(axis=1, keepdims=True)
        value = totals @ (largest + np.log(sums))[:, 0] - np.vdot(added, observed) + 0.5 * np.sum(penalties * added**2)
        scores *= totals[:, None] / sums
        slope = (transposed @ scores - observed + penalties * added) * scale
        return float(value), slope.ravel()

    steps = lowest(loss, np.zeros(scale.size), iterations=_MOST_ITERATIONS, tolerance=_TOLERANCE)
    added: NDArray[np.float64] = steps.reshape(scale.shape) * scale
    return added
