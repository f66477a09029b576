"""The same list for everybody: what most people took. The baseline that a model must beat."""

from collections.abc import Mapping
from typing import Any, Final, Self

import numpy as np
from numpy.typing import NDArray

from bekal.recommender.engine.arrays import frozen_floats
from bekal.recommender.engine.base import Contribution, Recommender, Source, check_people
from bekal.recommender.engine.data import Attribute, Demographics, Interactions

PSEUDO_COUNT: Final = 1.0
"""How often each item counts as taken before anybody took it."""


def log_popularity(interactions: Interactions) -> NDArray[np.float64]:
    """log P(item), the share of each item among all that was taken: float64[items], natural logarithms.

    P(item) = (n_item + 1) / (n + items), Laplace's add-one smoothing (Manning, Raghavan and Schütze, *Introduction to
    Information Retrieval*, 2008, section 13.2). An item that nobody took gets a finite score, the lowest.
    """
    counts = np.bincount(interactions.items, minlength=interactions.item_count)
    smoothed = counts + PSEUDO_COUNT
    shares: NDArray[np.float64] = np.log(smoothed / max(smoothed.sum(), PSEUDO_COUNT))
    return shares


class Popularity(Recommender):
    """score(item | anybody) = log P(item)."""

    name = "popularity"

    def __init__(self, *, attributes: tuple[Attribute, ...], log_popularity: NDArray[np.float64]) -> None:
        self._log_popularity = frozen_floats(log_popularity, axes=1, name="log_popularity")
        self.attributes = attributes
        self.item_count = self._log_popularity.size

    @classmethod
    def fit(cls, interactions: Interactions, demographics: Demographics) -> Self:
        check_people(interactions, demographics)
        return cls(attributes=demographics.attributes, log_popularity=log_popularity(interactions))

    @classmethod
    def restored(
        cls, *, attributes: tuple[Attribute, ...], parameters: Mapping[str, float], arrays: Mapping[str, NDArray[Any]]
    ) -> Self:
        if parameters:
            raise ValueError(f"{cls.name} has no parameters")
        return cls(attributes=attributes, **arrays)

    @property
    def parameters(self) -> Mapping[str, float]:
        return {}

    @property
    def arrays(self) -> Mapping[str, NDArray[Any]]:
        return {"log_popularity": self._log_popularity}

    def _scores(self, _demographics: Demographics, histories: Interactions, /) -> NDArray[np.float64]:
        return np.repeat(self._log_popularity[np.newaxis], histories.people_count, axis=0)

    def _contributions(self, _demographics: Demographics, _histories: Interactions, item: int, /) -> tuple[Contribution, ...]:
        return (Contribution(Source.POPULARITY, float(self._log_popularity[item])),)
