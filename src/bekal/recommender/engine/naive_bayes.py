"""The first model: popularity, corrected by how people of the same sex, age band, education … differ from everybody.

    score(item | person) = log P(item) + Σ over attributes [log P(level | item) - log P(level)]

This is log P(item | levels) up to a number that is the same for all items, under the assumption that gives naive Bayes its name:
that attributes are independent of each other given the item (Manning, Raghavan and Schütze, *Introduction to Information
Retrieval*, 2008, section 13.2, with items as the classes and levels as the terms). Attributes that say
nearly the same, such as age band and education, are counted twice; and what a person took before is not used at all, except that
it is not recommended again. A later model does better on both.

An attribute that is not known adds nothing, neither in training nor in serving.

P(level | item) is smoothed towards P(level), its share in all that was taken (a Dirichlet prior; Zhai and Lafferty, "A study of
smoothing methods for language models applied to information retrieval", ACM TOIS 22(2), 2004):

    P(level | item) = (n_item,level + μ P(level)) / (n_item + μ)

so that an item that few took is scored by its popularity. How much smoothing an attribute needs depends on how much it says:
with μ too small, an attribute of many levels that says little pushes the list below popularity. So μ is chosen for each
attribute: the one under which the level of each person is best predicted, for each item taken, from all others who took it
(leave-one-out likelihood; Zhai and Lafferty, "Two-stage language models for information retrieval", SIGIR 2002):

    argmax over μ of Σ over items and levels n_item,level log[(n_item,level - 1 + μ P(level)) / (n_item - 1 + μ)]

The largest μ offered all but switches an attribute off.
"""

from collections.abc import Mapping
from typing import Any, Final, Self

import numpy as np
from numpy.typing import NDArray

from bekal.recommender.engine.arrays import frozen_floats
from bekal.recommender.engine.base import Contribution, Recommender, Source, check_people
from bekal.recommender.engine.data import UNKNOWN, Attribute, Demographics, Interactions
from bekal.recommender.engine.popularity import log_popularity

PSEUDO_COUNTS: Final = tuple(2.0**power for power in range(20, -1, -1))
"""The values of μ that are tried, largest first: where two predict equally well, the more cautious one is taken."""


class NaiveBayes(Recommender):
    """Scores are natural logarithms: a demographic contribution v means that this group takes the item exp(v) times as often.

    Serving adds one row of a table for each attribute to the row of popularities: no multiplication.
    """

    name = "naive_bayes"

    def __init__(
        self,
        *,
        attributes: tuple[Attribute, ...],
        pseudo_counts: tuple[float, ...],
        log_popularity: NDArray[np.float64],
        level_effects: NDArray[np.float64],
    ) -> None:
        """Take what `fit` learnt.

        Args:
            attributes: what is known of people.
            pseudo_counts: μ of each attribute.
            log_popularity: float64[items], log P(item).
            level_effects: float64[levels, items], log P(level | item) - log P(level), the levels of the first attribute first.

        Raises:
            ValueError: they do not fit each other, or are not finite.
        """
        self._log_popularity = frozen_floats(log_popularity, axes=1, name="log_popularity")
        self._level_effects = frozen_floats(level_effects, axes=2, name="level_effects")
        self._pseudo_counts = pseudo_counts
        self.attributes = attributes
        self.item_count = self._log_popularity.size
        sizes = [len(attribute.levels) for attribute in attributes]
        self._first_rows = np.cumsum([0, *sizes])[:-1]
        if self._level_effects.shape != (sum(sizes), self.item_count) or len(pseudo_counts) != len(attributes):
            raise ValueError("the arrays must fit the attributes and the items")

    @classmethod
    def fit(cls, interactions: Interactions, demographics: Demographics) -> Self:
        check_people(interactions, demographics)
        pseudo_counts = []
        level_effects = [np.empty((0, interactions.item_count))]
        for column, attribute in enumerate(demographics.attributes):
            counts = level_counts(interactions, demographics.codes[:, column], levels=len(attribute.levels))
            totals = counts.sum(axis=1, keepdims=True)
            pseudo_count, effects = smoothed_effects(counts, totals / max(int(totals.sum()), 1))
            pseudo_counts.append(pseudo_count)
            level_effects.append(effects)
        return cls(
            attributes=demographics.attributes,
            pseudo_counts=tuple(pseudo_counts),
            log_popularity=log_popularity(interactions),
            level_effects=np.concatenate(level_effects),
        )

    @classmethod
    def restored(
        cls, *, attributes: tuple[Attribute, ...], parameters: Mapping[str, float], arrays: Mapping[str, NDArray[Any]]
    ) -> Self:
        pseudo_counts = tuple(parameters[f"pseudo_count.{attribute.name}"] for attribute in attributes)
        return cls(attributes=attributes, pseudo_counts=pseudo_counts, **arrays)

    @property
    def parameters(self) -> Mapping[str, float]:
        return {
            f"pseudo_count.{attribute.name}": count for attribute, count in zip(self.attributes, self._pseudo_counts, strict=True)
        }

    @property
    def arrays(self) -> Mapping[str, NDArray[Any]]:
        return {"log_popularity": self._log_popularity, "level_effects": self._level_effects}

    def _scores(self, demographics: Demographics, _histories: Interactions, /) -> NDArray[np.float64]:
        scores = np.repeat(self._log_popularity[np.newaxis], demographics.people_count, axis=0)
        for column, first_row in enumerate(self._first_rows):
            codes = demographics.codes[:, column]
            known = codes != UNKNOWN
            scores[known] += self._level_effects[first_row + codes[known]]
        return scores

    def _contributions(self, demographics: Demographics, _histories: Interactions, item: int, /) -> tuple[Contribution, ...]:
        parts = [Contribution(Source.POPULARITY, float(self._log_popularity[item]))]
        for attribute, first_row, code in zip(self.attributes, self._first_rows, demographics.codes[0], strict=True):
            if code != UNKNOWN:
                effect = float(self._level_effects[first_row + code, item])
                parts.append(Contribution(Source.DEMOGRAPHIC, effect, ((attribute.name, attribute.levels[code]),)))
        return tuple(parts)


def level_counts(interactions: Interactions, codes: NDArray[np.int16], *, levels: int) -> NDArray[np.int64]:
    """int64[levels, items]: how many people of each level took each item. People whose level is not known are left out."""
    level = codes[interactions.people].astype(np.int64)
    known = level != UNKNOWN
    cells = level[known] * interactions.item_count + interactions.items[known]
    return np.bincount(cells, minlength=levels * interactions.item_count).reshape(levels, interactions.item_count)


def smoothed_effects(counts: NDArray[np.int64], shares: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
    """μ, and float64[levels, items]: log P(level | item) - log P(level); 0 for a level of which nothing is known.

    Args:
        counts: as of `level_counts`.
        shares: float64[levels, items or 1], P(level), which may differ by item: the share of each level among those who had the
            chance to take it.
    """
    shares = np.broadcast_to(shares, counts.shape)
    level, item = np.nonzero(counts)
    n_level, n_item, share = counts[level, item], counts.sum(axis=0)[item], shares[level, item]

    def likelihood(pseudo_count: float) -> float:
        return float(np.sum(n_level * np.log((n_level - 1 + pseudo_count * share) / (n_item - 1 + pseudo_count))))

    best = max(PSEUDO_COUNTS, key=likelihood)
    effects = np.zeros(counts.shape)
    seen = shares > 0
    smoothed = (counts + best * shares) / (counts.sum(axis=0) + best)
    effects[seen] = np.log(smoothed[seen] / shares[seen])
    return best, effects
