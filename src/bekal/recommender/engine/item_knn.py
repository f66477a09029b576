"""Items that the same people took are neighbours: what was taken brings its neighbours forward.

    similarity(i, j) = n_ij / (√(n_i n_j) + shrinkage)        n_ij: people who took both, n_i: people who took i
    score(j | person) = Σ over items i taken of similarity(i, j), for those i that are among the nearest neighbours of j

The cosine of two columns of the matrix of people and items (Sarwar et al., "Item-based collaborative filtering recommendation
algorithms", WWW 2001; Deshpande and Karypis, ACM TOIS 22(1), 2004), shrunk where few people support it (Bell and Koren,
"Scalable collaborative filtering with jointly derived neighborhood interpolation weights", ICDM 2007). Shrinkage and the number
of neighbours are chosen by validation. People without history get what is popular.
"""

from collections.abc import Sequence
from typing import Final, NamedTuple, Self

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from bekal.recommender.engine.base import check_people
from bekal.recommender.engine.data import Demographics, Interactions
from bekal.recommender.engine.history import HistoryModel, best_by_history, together
from bekal.recommender.engine.popularity import log_popularity
from bekal.recommender.engine.validation import People


class Neighbourhood(NamedTuple):
    """How similarities are made.

    Attributes:
        shrinkage: added to the denominator, 0 or more.
        neighbours: so many for each item; 0 for all.
    """

    shrinkage: float
    neighbours: int


NEIGHBOURHOODS: Final = tuple(
    Neighbourhood(shrinkage, neighbours) for shrinkage in (0.0, 10.0, 100.0) for neighbours in (0, 100, 20)
)


class ItemKNN(HistoryModel):
    """Scores are sums of similarities; without history, the log of popularity."""

    name = "item_knn"

    @classmethod
    def fit(cls, interactions: Interactions, demographics: Demographics) -> Self:
        check_people(interactions, demographics)
        people = People.of(interactions, demographics)
        best = best_by_history(people, NEIGHBOURHOODS, _effects)
        return cls(
            attributes=demographics.attributes,
            parameters={"shrinkage": best.shrinkage, "neighbours": float(best.neighbours)},
            log_popularity=log_popularity(interactions),
            effects=_effects(together(people), best),
        )


def _effects(pairs: NDArray[np.float64], neighbourhood: Neighbourhood) -> NDArray[np.float64]:
    return similarities(pairs, np.diag(pairs), neighbourhood)


def one_after_another(people: People) -> NDArray[np.float64]:
    """float64[items, items]: how many people took the item of the row, and the item of the column later."""
    taken = people.taken
    counts = np.zeros(taken.item_count**2)
    for length in np.unique(taken.lengths).tolist():
        starts = taken.indptr[:-1][taken.lengths == length]
        first, later = np.triu_indices(length, k=1)
        for some in _blocks(starts, size=max(1, 4_000_000 // max(first.size, 1))):
            items = taken.items[some[:, None] + np.arange(length)].astype(np.int64)
            np.add.at(counts, (items[:, first] * taken.item_count + items[:, later]).ravel(), 1.0)
    return counts.reshape(taken.item_count, taken.item_count)


def soon_after(people: People, span: int) -> csr_array:
    """float64[items, items]: how many people took the item of the row, and that of the column at most `span` places later."""
    taken = people.taken
    firsts, seconds = [], []
    for places in range(1, span + 1):
        same = taken.people[:-places] == taken.people[places:]
        firsts.append(taken.items[:-places][same])
        seconds.append(taken.items[places:][same])
    pairs = (np.concatenate(firsts), np.concatenate(seconds))
    return csr_array((np.ones(pairs[0].size), pairs), shape=(taken.item_count,) * 2)


def similarities(pairs: NDArray[np.float64], taken: NDArray[np.float64], neighbourhood: Neighbourhood) -> NDArray[np.float64]:
    """float64[items, items]: the similarity of the item of the row, when taken, to that of the column; 0 on the diagonal.

    Args:
        pairs: float64[items, items], n_ij; need not be symmetric.
        taken: float64[items], n_i.
    """
    roots = np.sqrt(taken)
    near = pairs / np.maximum(np.outer(roots, roots) + neighbourhood.shrinkage, 1e-12)
    np.fill_diagonal(near, 0.0)
    if 0 < neighbourhood.neighbours < len(near):
        # Most pairs were never taken together. The selection is some ten times as fast with those zeros last.
        last = neighbourhood.neighbours - 1
        negated = np.ascontiguousarray(-near.T)
        negated.partition(last, axis=1)
        # Equally near neighbours all stay, so that their order decides nothing.
        least = -negated[:, last]
        near[near < least] = 0.0
    return near


def _blocks(starts: NDArray[np.int64], *, size: int) -> Sequence[NDArray[np.int64]]:
    return [starts[first : first + size] for first in range(0, starts.size, size)]
