"""Which partners a blend has at each history length, and with which weights: what people who were left out say."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from itertools import combinations
from typing import Final

import numpy as np
from numpy.typing import NDArray

from bekal.recommender.engine.ease import PENALTIES
from bekal.recommender.engine.item_knn import NEIGHBOURHOODS
from bekal.recommender.engine.partners import Autoencoder, Groups, Learnt, Neighbours, Partner, Ridge, View, at_length
from bekal.recommender.engine.tables import Layout
from bekal.recommender.engine.validation import Fold, Questions, pooled

ITEM_PENALTIES: Final = tuple(10 ** (power / 2) for power in range(11))
"""λ: 1 … 100,000."""
GROUP_PENALTIES: Final = tuple(10 ** (power / 2) for power in range(11))
"""λ_f: 1 … 100,000, chosen where there is no history, for there groups matter most, and kept for all lengths."""
WEIGHT_POWERS: Final = (-1.0, -0.5, 0.0, 0.5, 1.0)
MARGIN: Final = 0.005
"""NDCG. Models that differ by less are held to be equally good; what is not needed for more is left out."""
_FIRST: Final = Ridge(View.SUBSET, 0, item_penalty=100.0, group_penalty=100.0, weight_power=0.0)
_WEIGHTS: Final = (0.1, 0.25, 0.5, 1.0, 2.0, 4.0)
_LEAST_WEIGHT: Final = 0.1
_LEAST_ASKED: Final = 30
"""With fewer questions than this a length is not studied, but does as the length before."""
_MOST_PARTNERS: Final = 5
_MOST_CROSSES: Final = 3
_MOST_CELLS: Final = 400
"""A cross of two attributes with more cells than this is not tried: hardly anybody is in any of them."""


@dataclass(frozen=True)
class Blend:
    """The partners of one length and what each one's scores are multiplied by."""

    length: int
    weights: tuple[tuple[Partner, float], ...]


@dataclass
class Study:
    """The folds, and for each of them what was learnt."""

    folds: Sequence[Fold]
    layout: Layout
    learnt: list[Learnt] = field(init=False)

    def __post_init__(self) -> None:
        self.learnt = [Learnt(fold.learnt, self.layout) for fold in self.folds]

    def asked(self, place: int) -> list[Questions]:
        return [fold.asked[place] for fold in self.folds]

    def scores(self, partner: Partner, place: int) -> list[NDArray[np.float32]]:
        return [learnt.foretold(partner, questions) for learnt, questions in zip(self.learnt, self.asked(place), strict=True)]

    def quality(self, partner: Partner, place: int) -> NDArray[np.float64]:
        """float64[questions]: the NDCG of a partner alone."""
        return pooled(self.asked(place), self.scores(partner, place))

    def best_by_length(self, candidates: Sequence[Partner]) -> list[Partner]:
        """For each length the best of these; each candidate is learnt once for all lengths."""
        places = range(len(self.folds[0].asked))
        sums = np.zeros((len(candidates), len(places)))
        for row, partner in enumerate(candidates):
            for learnt, fold in zip(self.learnt, self.folds, strict=True):
                effects = learnt.effects(partner)
                sums[row] += [fold.asked[place].ndcg(effects.scores(fold.asked[place], self.layout)).sum() for place in places]
        return [candidates[best] for best in sums.argmax(axis=0)]


def blends(folds: Sequence[Fold], layout: Layout, *, lengths: Sequence[int], is_ordered: bool) -> tuple[Layout, list[Blend]]:
    """The layout with the crosses that are worth having, and the blend of each length.

    Args:
        layout: without crosses.
        lengths: the lengths served, from 0, as the folds were asked.
        is_ordered: whether the order in which things were taken says anything.
    """
    study = Study(folds, layout)
    asked = [sum(len(questions.targets) for questions in study.asked(place)) for place in range(len(lengths))]
    base = _FIRST
    if asked[0] >= _LEAST_ASKED:
        base = _climbed(study, _FIRST, 0)
        layout = _crossed(study, base)
        study = Study(folds, layout)
    ridges = {View.SUBSET: base, View.PREFIX: replace(base, view=View.PREFIX)}
    histories = [study.best_by_length(candidates) for candidates in _history_models(is_ordered) if len(lengths) > 1]
    chosen: list[Blend] = []
    for place, length in enumerate(lengths):
        if asked[place] < _LEAST_ASKED:
            before = chosen[-1] if chosen and chosen[-1].length else Blend(0, ((base, 1.0),))
            chosen.append(Blend(length, tuple((at_length(partner, length), weight) for partner, weight in before.weights)))
            continue
        views = list(View) if length and is_ordered else [View.SUBSET]
        for view in views:
            start = replace(ridges[view], length=length)
            ridges[view] = _climbed(study, start, place) if length else start
        partners = [_without_history(study, place), *(ridges[view] for view in views)]
        if length:
            *near, autoencoder = (models[place] for models in histories)
            partners = [partners[0], *near, *partners[1:], autoencoder]
        chosen.append(Blend(length, _weights(study, partners, place)))
        for learnt in study.learnt:
            learnt.forget()
    return layout, chosen


def _history_models(is_ordered: bool) -> list[Sequence[Partner]]:
    near = [
        [Neighbours(each, is_directed) for each in NEIGHBOURHOODS] for is_directed in ((False, True) if is_ordered else (False,))
    ]
    return [*near, [Autoencoder(penalty) for penalty in PENALTIES]]


def _without_history(study: Study, place: int) -> Partner:
    """Popularity, unless demographics gain more than a standard error over it."""
    popular, demographic = Groups(has_levels=False), Groups(has_levels=True)
    better = _is_better(study.quality(demographic, place), study.quality(popular, place), errors=1.0)
    return demographic if better else popular


def _climbed(study: Study, start: Ridge, place: int) -> Ridge:
    """The ridge that no step to a neighbouring penalty improves, and no step to a neighbouring power by the margin."""
    known: dict[Ridge, NDArray[np.float64]] = {}

    def gain(ridge: Ridge, over: Ridge) -> float:
        for each in (ridge, over):
            if each not in known:
                known[each] = study.quality(each, place)
        return float(known[ridge].mean() - known[over].mean())

    best = start
    while True:
        before = best
        if start.length:
            best = _along([replace(best, item_penalty=penalty) for penalty in ITEM_PENALTIES], best, gain, least=0.0)
        else:
            best = _along([replace(best, group_penalty=penalty) for penalty in GROUP_PENALTIES], best, gain, least=0.0)
        best = _along([replace(best, weight_power=power) for power in WEIGHT_POWERS], best, gain, least=MARGIN)
        if best == before:
            return best


def _along(line: Sequence[Ridge], start: Ridge, gain: Callable[[Ridge, Ridge], float], *, least: float) -> Ridge:
    """From a ridge of the line up or down it for as long as each step gains more than this."""
    at = line.index(start)
    for direction in (1, -1):
        best = at
        while 0 <= best + direction < len(line) and gain(line[best + direction], line[best]) > least:
            best += direction
        if best != at:
            return line[best]
    return start


def _crossed(study: Study, ridge: Ridge) -> Layout:
    """The layout with those crosses whose gain without history is beyond the margin and two of its standard errors."""
    layout = study.layout
    sizes = [len(attribute.levels) for attribute in layout.attributes]
    pairs = [pair for pair in combinations(range(len(sizes)), 2) if 0 < sizes[pair[0]] * sizes[pair[1]] <= _MOST_CELLS]
    reached = study.quality(ridge, 0)
    while len(layout.crosses) < _MOST_CROSSES and pairs:
        tried = {pair: replace(layout, crosses=(*layout.crosses, pair)) for pair in pairs}
        found = {pair: Study(study.folds, each).quality(ridge, 0) for pair, each in tried.items()}
        best = max(pairs, key=lambda pair: float(found[pair].mean()))
        if found[best].mean() - reached.mean() <= MARGIN or not _is_better(found[best], reached, errors=2.0):
            break
        layout, reached = tried[best], found[best]
        pairs.remove(best)
    return layout


def _is_better(one: NDArray[np.float64], other: NDArray[np.float64], *, errors: float) -> bool:
    """Whether the mean gain is above 0 by so many of its standard errors."""
    gain = one - other
    return bool(gain.mean() > max(errors * gain.std() / np.sqrt(gain.size), 1e-9))


def _weights(study: Study, partners: Sequence[Partner], place: int) -> tuple[tuple[Partner, float], ...]:
    """The weights of those partners that are worth having; the first, which knows no history, always is.

    The first partner whose NDCG is within one standard error of the best's begins (the one-standard-error rule of Breiman,
    Friedman, Olshen and Stone, *Classification and Regression Trees*, 1984, section 3.4.3: partners stand from the simplest to
    the most intricate). Then one weight at a time is set anew, the one that gains most, while the gain is beyond a quarter of
    its standard error: several models together err less than the best of them. Weights are of scores with an equal spread over
    the items. The first partner keeps at least a small weight, for what was taken leaves many items without any score.
    """
    asked = study.asked(place)
    scales, scores = [], []
    for partner in partners:
        each = study.scores(partner, place)
        scale = float(np.concatenate([one.std(axis=1) for one in each]).mean())
        scales.append(scale)
        scores.append([one / np.float32(scale or 1.0) for one in each])

    def quality(weights: NDArray[np.float64]) -> NDArray[np.float64]:
        sums = [np.zeros(questions.targets.shape, dtype=np.float32) for questions in asked]
        for each in np.flatnonzero(weights):
            for total, score in zip(sums, scores[each], strict=True):
                np.add(total, np.float32(weights[each]) * score, out=total)
        return pooled(asked, sums)

    alone = np.eye(len(partners))
    alone[:, 0] = np.maximum(alone[:, 0], _LEAST_WEIGHT)
    singly = [quality(one) for one in alone]
    best_alone = max(singly, key=lambda one: float(one.mean()))
    first = next(each for each, one in enumerate(singly) if not _is_better(best_alone, one, errors=2.0))
    weights, reached = alone[first], singly[first]
    for _ in range(2 * _MOST_PARTNERS):
        options = [
            np.where(np.arange(len(partners)) == each, weight, weights)
            for each in range(len(partners))
            if scales[each] > 0 and (weights[each] or np.count_nonzero(weights) < _MOST_PARTNERS)
            for weight in _ways(float(weights[each]), least=0.0 if each else _LEAST_WEIGHT)
        ]
        if not options:
            break
        found = [quality(option) for option in options]
        best = max(range(len(options)), key=lambda option: float(found[option].mean()))
        if not _is_better(found[best], reached, errors=0.5):
            break
        weights, reached = options[best], found[best]
    if not _is_better(reached, singly[first], errors=1.0):
        weights = alone[first]
    return tuple(
        (partner, float(weight / scale))
        for partner, weight, scale in zip(partners, weights, scales, strict=True)
        if weight and scale
    )


def _ways(weight: float, *, least: float) -> tuple[float, ...]:
    """What a weight may be set to next."""
    return tuple(max(weight * factor, least) for factor in (0, 0.5, 0.7, 1.4, 2)) if weight else _WEIGHTS
