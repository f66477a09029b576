"""Implicit-feedback matrix factorisation by alternating least squares (`implicit`), asked about people it has not seen."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from implicit.cpu.als import AlternatingLeastSquares
from numpy.typing import NDArray
from scipy.sparse import csr_matrix
from threadpoolctl import threadpool_limits

from bekal.recommender.engine import Demographics, Interactions
from bekal.recommender.engine.popularity import log_popularity

GRID: Final[tuple[Mapping[str, float], ...]] = tuple(
    {"factors": factors, "regularization": regularization, "alpha": alpha}
    for factors in (8, 32)
    for regularization in (0.1, 10.0)
    for alpha in (1.0, 10.0)
)


@dataclass(frozen=True)
class Als:
    """Factors of a person are solved for from what is visible; people who took nothing get what is popular."""

    model: Any
    popularity: NDArray[np.float64]

    def scores(self, _demographics: Demographics, histories: Interactions, /) -> NDArray[np.float64]:
        with threadpool_limits(1, "blas"):
            factors = self.model.recalculate_user(np.arange(histories.people_count), matrix(histories))
        scores: NDArray[np.float64] = (factors @ self.model.item_factors.T).astype(np.float64)
        scores[histories.lengths == 0] = self.popularity
        return scores


def fit(interactions: Interactions, _demographics: Demographics, settings: Mapping[str, float]) -> Als:
    model = AlternatingLeastSquares(
        factors=int(settings["factors"]),
        regularization=settings["regularization"],
        alpha=settings["alpha"],
        iterations=15,
        random_state=0,
        num_threads=2,
    )
    with threadpool_limits(1, "blas"):
        model.fit(matrix(interactions), show_progress=False)
    return Als(model, log_popularity(interactions))


def matrix(histories: Interactions) -> csr_matrix:
    ones = np.ones(histories.items.size, dtype=np.float32)
    return csr_matrix(
        (ones, histories.items.copy(), histories.indptr.astype(np.int32)), shape=(histories.people_count, histories.item_count)
    )
