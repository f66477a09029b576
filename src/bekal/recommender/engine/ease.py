"""A linear autoencoder in closed form: each item predicted from all others that a person took.

    B = I - P diag(1 / diag(P)),  P = (XᵀX + λI)⁻¹;   score(j | person) = Σ over items i taken of B_ij

(Steck, "Embarrassingly shallow autoencoders for sparse data", WWW 2019: EASE.) λ is chosen by validation. People without history
get what is popular.
"""

from typing import Final, Self

import numpy as np
from numpy.typing import NDArray
from scipy.linalg.lapack import dpotrf, dpotri

from bekal.recommender.engine.base import check_people
from bekal.recommender.engine.data import Demographics, Interactions
from bekal.recommender.engine.history import HistoryModel, best_by_history, together
from bekal.recommender.engine.popularity import log_popularity
from bekal.recommender.engine.validation import People

PENALTIES: Final = (1_000.0, 300.0, 100.0, 3_000.0, 10_000.0)
"""The values of λ that are tried; of equally good ones the first is taken."""


class EASE(HistoryModel):
    """Scores are regression sums; without history, the log of popularity."""

    name = "ease"

    @classmethod
    def fit(cls, interactions: Interactions, demographics: Demographics) -> Self:
        check_people(interactions, demographics)
        people = People.of(interactions, demographics)
        best = best_by_history(people, PENALTIES, autoencoder)
        return cls(
            attributes=demographics.attributes,
            parameters={"penalty": best},
            log_popularity=log_popularity(interactions),
            effects=autoencoder(together(people), best),
        )


def autoencoder(pairs: NDArray[np.float64], penalty: float) -> NDArray[np.float64]:
    """float64[items, items]: B, from XᵀX and λ; 0 on the diagonal.

    Raises:
        ValueError: λ is not above 0.
    """
    if not len(pairs):
        return np.zeros_like(pairs)
    gram = pairs.copy()
    gram[np.diag_indices(len(gram))] += penalty
    factor, failed = dpotrf(gram, lower=True, overwrite_a=True)
    if failed:
        raise ValueError("the penalty must be above 0")
    lower = np.tril(dpotri(factor, lower=True, overwrite_c=True)[0])
    inverse = lower + np.tril(lower, -1).T
    effects: NDArray[np.float64] = -inverse / np.diag(inverse)
    np.fill_diagonal(effects, 0.0)
    return effects
