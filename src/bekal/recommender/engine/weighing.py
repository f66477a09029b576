"""Which partners a blend has, and with which weights.

Everything is judged by the NDCG of people who were left out. Standard errors are those of people: somebody who is asked several
times counts once.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from bekal.recommender.engine.partners import Lately, Partner
from bekal.recommender.engine.validation import Questions

MARGIN: Final = 0.005
"""NDCG. Models that differ by less are held to be equally good; what is not needed for more is left out."""
_WEIGHTS: Final = (0.1, 0.25, 0.5, 1.0, 2.0, 4.0)
_LEAST_WEIGHT: Final = 0.1
_MOST_PARTNERS: Final = 5


def weighed(
    partners: Sequence[Partner],
    asked: Sequence[Questions],
    predicted: Sequence[Sequence[NDArray[np.float32]]],
    *,
    before: Sequence[float],
) -> tuple[tuple[Partner, float], ...]:
    """The weights of those partners that are worth having; the first, which knows no history, always is.

    The blend of the length before begins, if its NDCG is within two standard errors of that of the best partner; else the first
    partner of which that is so (after the one-standard-error rule of Breiman,
    Friedman, Olshen and Stone, *Classification and Regression Trees*, 1984, section 3.4.3: partners come from the simplest to
    the most intricate). Then one weight at a time is set anew, the one that gains most, while the gain is beyond half of its
    standard error: several models together err less than the best of them. In all they must gain one. Weights are of scores
    with an equal spread over the items. The first partner keeps at least a small weight, for what was taken leaves many items
    without any score. What was taken last costs second tables, so it comes in only afterwards, and must gain the margin and two
    standard errors.

    Args:
        asked: the questions of each fold.
        predicted: the scores of each partner, for each fold float32[questions, items].
        before: the weight of each partner in the blend of the length before; all 0 where there is none.
    """
    mixture = _Mixture.of(partners, asked, predicted)
    lately = mixture.lately
    alone = np.eye(len(partners))
    alone[:, 0] = np.maximum(alone[:, 0], _LEAST_WEIGHT)
    starts = [*mixture.carried(before), *alone[~lately]]
    found = [mixture.quality(one) for one in starts]
    best = max(found, key=lambda one: float(one.mean()))
    first = next(each for each, one in enumerate(found) if not is_better(best, one, mixture.who, errors=2.0))
    weights, reached = mixture.improved(starts[first], found[first], ~lately | (starts[first] > 0))
    if not is_better(reached, found[first], mixture.who, errors=1.0):
        weights, reached = starts[first], found[first]
    if lately.any():
        more, quality = mixture.improved(weights, reached, np.ones_like(lately))
        if quality.mean() - reached.mean() > MARGIN and is_better(quality, reached, mixture.who, errors=2.0):
            weights = more
    return tuple(
        (partner, float(weight / scale))
        for partner, weight, scale in zip(partners, weights, mixture.scales, strict=True)
        if weight and scale
    )


def is_better(one: NDArray[np.float64], other: NDArray[np.float64], who: NDArray[np.int64], *, errors: float) -> bool:
    """Whether the mean gain is above 0 by so many of its standard errors.

    Args:
        one, other: float64[questions].
        who: int64[questions], whom each question is about: the errors are those of people.
    """
    gain = one - other
    people, rows = np.unique(who, return_inverse=True)
    if people.size < 2:
        return False
    deviations = np.bincount(rows, gain - gain.mean())
    error = np.sqrt((deviations**2).sum() * people.size / (people.size - 1)) / gain.size
    return bool(gain.mean() > max(errors * error, 1e-9))


@dataclass(frozen=True, eq=False)
class _Mixture:
    """The scores of several partners, to be tried with different weights.

    Attributes:
        asked: the questions of each fold.
        scores: for each fold float32[partners, questions, items], of equal spread over the items.
        scales: what each partner's scores were divided by.
        who: int64[questions of all folds], whom each is about.
        lately: bool[partners], which look at what was taken last.
    """

    asked: Sequence[Questions]
    scores: Sequence[NDArray[np.float32]]
    scales: Sequence[float]
    who: NDArray[np.int64]
    lately: NDArray[np.bool_]

    @classmethod
    def of(
        cls, partners: Sequence[Partner], asked: Sequence[Questions], predicted: Sequence[Sequence[NDArray[np.float32]]]
    ) -> "_Mixture":
        scales = [float(np.concatenate([scores.std(axis=1) for scores in one]).mean()) for one in predicted]
        scores = [
            np.stack([one[fold] / np.float32(scale or 1.0) for one, scale in zip(predicted, scales, strict=True)])
            for fold in range(len(asked))
        ]
        who = np.concatenate([questions.asked for questions in asked])
        return cls(asked, scores, scales, who, np.array([isinstance(partner, Lately) for partner in partners]))

    def carried(self, before: Sequence[float]) -> list[NDArray[np.float64]]:
        """The weights of the blend of the length before, the largest 1; none where there is no such blend."""
        weights = np.array(before) * self.scales
        if not weights.any():
            return []
        weights /= weights.max()
        weights[0] = max(weights[0], _LEAST_WEIGHT)
        return [weights]

    def quality(self, weights: NDArray[np.float64]) -> NDArray[np.float64]:
        """float64[questions of all folds]: their NDCG."""
        each = weights.astype(np.float32)
        return np.concatenate([questions.ndcg(scores, each) for questions, scores in zip(self.asked, self.scores, strict=True)])

    def improved(
        self, weights: NDArray[np.float64], reached: NDArray[np.float64], allowed: NDArray[np.bool_]
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Better weights, and how good they are: one is set anew at a time, of those partners that are allowed."""
        for _ in range(2 * _MOST_PARTNERS):
            options = [
                np.where(np.arange(weights.size) == each, weight, weights)
                for each in np.flatnonzero(allowed).tolist()
                if self._may_have(each, weights)
                for weight in _ways(float(weights[each]), least=0.0 if each else _LEAST_WEIGHT)
            ]
            if not options:
                break
            found = [self.quality(option) for option in options]
            best = max(range(len(options)), key=lambda option: float(found[option].mean()))
            if not is_better(found[best], reached, self.who, errors=0.5):
                break
            weights, reached = options[best], found[best]
        return weights, reached

    def _may_have(self, partner: int, weights: NDArray[np.float64]) -> bool:
        if weights[partner] or not self.scales[partner]:
            return bool(self.scales[partner])
        # A table has second rows for one span only.
        return int(np.count_nonzero(weights)) < _MOST_PARTNERS and not (
            bool(self.lately[partner]) and bool(weights[self.lately].any())
        )


def _ways(weight: float, *, least: float) -> tuple[float, ...]:
    """What a weight may be set to next."""
    return tuple(max(weight * factor, least) for factor in (0, 0.5, 0.7, 1.4, 2)) if weight else _WEIGHTS
