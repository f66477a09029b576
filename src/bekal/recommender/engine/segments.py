"""What is popular among people of exactly the same attributes, smoothed towards what is popular among all.

    P(item | segment) = (n_segment,item + μ P(item)) / (n_segment + μ),   score = log P(item | segment)

A segment is one combination of levels that occurs in training; an attribute that is not known is a level of its own. A Dirichlet
prior smooths it (Zhai and Lafferty, ACM TOIS 22(2), 2004); μ is the power of two under which each item taken is best predicted
from all else that its segment took (leave-one-out likelihood). A combination that does not occur gets what is popular.
"""

from collections.abc import Mapping
from typing import Any, Final, Self

import numpy as np
from numpy.typing import NDArray

from bekal.recommender.engine.arrays import frozen_floats, frozen_integers
from bekal.recommender.engine.base import Contribution, Recommender, Source, check_people
from bekal.recommender.engine.data import UNKNOWN, Attribute, Demographics, Interactions
from bekal.recommender.engine.popularity import log_popularity

PSEUDO_COUNTS: Final = tuple(2.0**power for power in range(20, -1, -1))
"""The values of μ that are tried, the most cautious first."""


class Segments(Recommender):
    """Scores are natural logarithms: the segment's effect v means that it takes the item exp(v) times as often as all do."""

    name = "segments"

    def __init__(
        self,
        *,
        attributes: tuple[Attribute, ...],
        pseudo_count: float,
        log_popularity: NDArray[np.float64],
        segments: NDArray[np.int16],
        effects: NDArray[np.float64],
    ) -> None:
        """Take what `fit` learnt.

        Args:
            pseudo_count: μ.
            log_popularity: float64[items], log P(item).
            segments: int16[segments, attributes], their codes, none twice.
            effects: float64[segments, items], log P(item | segment) - log P(item).

        Raises:
            ValueError: they do not fit each other, or are not finite.
        """
        self._log_popularity = frozen_floats(log_popularity, axes=1, name="log_popularity")
        self._segments = frozen_integers(segments, np.int16, axes=2, name="segments")
        self._effects = frozen_floats(effects, axes=2, name="effects")
        self._pseudo_count = pseudo_count
        self.attributes = attributes
        self.item_count = self._log_popularity.size
        self._places = {codes.tobytes(): place for place, codes in enumerate(self._segments)}
        if self._segments.shape != (len(self._places), len(attributes)):
            raise ValueError("segments must be different, with one code for each attribute")
        if self._effects.shape != (len(self._places), self.item_count):
            raise ValueError("effects must have one row for each segment and one column for each item")

    @classmethod
    def fit(cls, interactions: Interactions, demographics: Demographics) -> Self:
        check_people(interactions, demographics)
        segments, place = np.unique(demographics.codes, axis=0, return_inverse=True)
        cells = place.ravel()[interactions.people] * interactions.item_count + interactions.items
        counts = np.bincount(cells, minlength=len(segments) * interactions.item_count)
        counts = counts.reshape(len(segments), interactions.item_count)
        popularity = log_popularity(interactions)
        pseudo_count = _best_pseudo_count(counts, np.exp(popularity))
        smoothed = counts + pseudo_count * np.exp(popularity)
        shares = smoothed / (counts.sum(axis=1, keepdims=True) + pseudo_count)
        return cls(
            attributes=demographics.attributes,
            pseudo_count=pseudo_count,
            log_popularity=popularity,
            segments=segments,
            effects=np.log(shares) - popularity,
        )

    @classmethod
    def restored(
        cls, *, attributes: tuple[Attribute, ...], parameters: Mapping[str, float], arrays: Mapping[str, NDArray[Any]]
    ) -> Self:
        return cls(attributes=attributes, pseudo_count=parameters["pseudo_count"], **arrays)

    @property
    def parameters(self) -> Mapping[str, float]:
        return {"pseudo_count": self._pseudo_count}

    @property
    def arrays(self) -> Mapping[str, NDArray[Any]]:
        return {"log_popularity": self._log_popularity, "segments": self._segments, "effects": self._effects}

    def _scores(self, demographics: Demographics, _histories: Interactions, /) -> NDArray[np.float64]:
        scores = np.repeat(self._log_popularity[np.newaxis], demographics.people_count, axis=0)
        for person, codes in enumerate(demographics.codes):
            place = self._places.get(codes.tobytes())
            if place is not None:
                scores[person] += self._effects[place]
        return scores

    def _contributions(self, demographics: Demographics, _histories: Interactions, item: int, /) -> tuple[Contribution, ...]:
        parts = [Contribution(Source.POPULARITY, float(self._log_popularity[item]))]
        place = self._places.get(demographics.codes[0].tobytes())
        if place is not None:
            known = zip(self.attributes, demographics.codes[0].tolist(), strict=True)
            traits = tuple((attribute.name, attribute.levels[code]) for attribute, code in known if code != UNKNOWN)
            parts.append(Contribution(Source.DEMOGRAPHIC, float(self._effects[place, item]), traits))
        return tuple(parts)


def _best_pseudo_count(counts: NDArray[np.int64], shares: NDArray[np.float64]) -> float:
    segment, item = np.nonzero(counts)
    taken = counts[segment, item]
    totals = counts.sum(axis=1)[segment]

    def likelihood(pseudo_count: float) -> float:
        return float(np.sum(taken * np.log((taken - 1 + pseudo_count * shares[item]) / (totals - 1 + pseudo_count))))

    return max(PSEUDO_COUNTS, key=likelihood)
