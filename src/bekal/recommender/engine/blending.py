"""Which partners a blend has at each history length, and with which weights: what people who were left out say."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from itertools import combinations
from typing import Final, TypeVar

import numpy as np
from numpy.typing import NDArray

from bekal.recommender.engine.ease import PENALTIES
from bekal.recommender.engine.item_knn import NEIGHBOURHOODS
from bekal.recommender.engine.partners import (
    Autoencoder,
    Groups,
    Lately,
    Learnt,
    Lifted,
    Logit,
    Neighbours,
    Partner,
    Ridge,
    Tastes,
    View,
    at_length,
    is_alike,
)
from bekal.recommender.engine.tables import Layout
from bekal.recommender.engine.validation import Fold, Questions, pooled
from bekal.recommender.engine.weighing import MARGIN, is_better, weighed

Setting = TypeVar("Setting", Ridge, Logit)

ITEM_PENALTIES: Final = tuple(10 ** (power / 2) for power in range(11))
"""λ: 1 … 100,000."""
GROUP_PENALTIES: Final = tuple(10 ** (power / 2) for power in range(11))
"""λ_f: 1 … 100,000, chosen where there is no history, for there groups matter most, and kept for all lengths."""
WEIGHT_POWERS: Final = (-1.0, -0.5, 0.0, 0.5, 1.0)
_FIRST: Final = Ridge(View.SUBSET, 0, item_penalty=100.0, group_penalty=100.0, weight_power=0.0)
_LEAST_ASKED: Final = 30
"""Where fewer people than this can be asked, a length is not studied, but does as the length before."""
LOGIT_PENALTIES: Final = (1.0, 3.0, 10.0, 30.0, 100.0, 300.0)
"""λ of the logit, chosen where there is no history."""
_LOGITS: Final = tuple(Logit(starts_from_bayes, penalty=30.0) for starts_from_bayes in (True, False))
_PRIORS: Final = (1.0, 0.3, 3.0, 10.0)
"""μ of the lifts."""
_SPANS: Final = (1, 3, 10)
_SHRINKAGES: Final = (10.0, 1.0, 100.0)
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

    def who(self, place: int) -> NDArray[np.int64]:
        """int64[questions]: whom each question of all folds is about."""
        return np.concatenate([questions.asked for questions in self.asked(place)])

    def scores(self, partner: Partner, place: int) -> list[NDArray[np.float32]]:
        return [learnt.predicted(partner, questions) for learnt, questions in zip(self.learnt, self.asked(place), strict=True)]

    def quality(self, partner: Partner, place: int) -> NDArray[np.float64]:
        """float64[questions]: the NDCG of a partner alone."""
        return pooled(self.asked(place), self.scores(partner, place))

    def best_by_length(self, candidates: Sequence[Partner]) -> list[Partner]:
        """For each length the best of these; each candidate is learnt once for all lengths."""
        sums = np.zeros((len(candidates), len(self.folds[0].asked)))
        for row, partner in enumerate(candidates):
            for learnt, fold in zip(self.learnt, self.folds, strict=True):
                effects = learnt.effects(partner)
                sums[row] += [each.ndcg(effects.scores(each, self.layout)[None]).sum() for each in fold.asked]
        return [candidates[best] for best in sums.argmax(axis=0)]


@dataclass(frozen=True)
class Chosen:
    """What was chosen.

    Attributes:
        layout: with the crosses that are worth having.
        tastes: what groups like, best where there is no history.
        blends: of each length.
    """

    layout: Layout
    tastes: Tastes
    blends: Sequence[Blend]


def blends(folds: Sequence[Fold], layout: Layout, *, lengths: Sequence[int], is_ordered: bool) -> Chosen:
    """The layout, the tastes and the blends that serve best those who were left out.

    Args:
        layout: without crosses.
        lengths: the lengths served, from 0, as the folds were asked.
        is_ordered: whether the order in which things were taken says anything.
    """
    study = Study(folds, layout)
    asked = [np.unique(study.who(place)).size for place in range(len(lengths))]
    base, logit = _FIRST, _LOGITS[0]
    if asked[0] >= _LEAST_ASKED:
        base = _climbed(study, _FIRST, 0)
        layout = _crossed(study, base)
        study = Study(folds, layout)
        logit = _best_logit(study)
    ridges = {View.SUBSET: base, View.PREFIX: replace(base, view=View.PREFIX)}
    tastes = _liked(study, logit)
    histories = [study.best_by_length(candidates) for candidates in _history_models(tastes, is_ordered) if len(lengths) > 1]
    chosen: list[Blend] = []
    for place, length in enumerate(lengths):
        if asked[place] < _LEAST_ASKED:
            same = chosen[-1].weights if chosen else ((base, 1.0),)
            chosen.append(Blend(length, tuple((at_length(partner, length), weight) for partner, weight in same)))
            continue
        views = list(View) if length and is_ordered else [View.SUBSET]
        for view in views:
            start = replace(ridges[view], length=length)
            ridges[view] = _climbed(study, start, place) if length else start
        partners: list[Partner] = [tastes, *(ridges[view] for view in views)]
        if length:
            *near, autoencoder = (models[place] for models in histories)
            partners = [tastes, *_plainer(tastes), base, *near, *partners[1:], autoencoder]
            partners = [each for each in partners if not (isinstance(each, Lately) and each.span >= length)]
        predicted = [study.scores(partner, place) for partner in partners]
        before = [_weight_before(partner, chosen[-1:]) for partner in partners]
        chosen.append(Blend(length, weighed(partners, study.asked(place), predicted, before=before)))
        for learnt in study.learnt:
            learnt.forget()
    return Chosen(layout, tastes, chosen)


def _weight_before(partner: Partner, blends: Sequence[Blend]) -> float:
    """The weight that a partner of the same kind had in the blend of the length before; 0 where there is none."""
    return sum(weight for blend in blends for other, weight in blend.weights if is_alike(other, partner))


def _history_models(tastes: Tastes, is_ordered: bool) -> list[Sequence[Partner]]:
    orders = (False, True) if is_ordered else (False,)
    near: list[Sequence[Partner]] = [[Neighbours(each, is_directed) for each in NEIGHBOURHOODS] for is_directed in orders]
    lifted = [[Lifted(tastes, prior, is_directed) for prior in _PRIORS] for is_directed in orders]
    last = [[Lately(span, shrinkage) for shrinkage in _SHRINKAGES] for span in (_SPANS if is_ordered else ())]
    return [*lifted, *near, *last, [Autoencoder(penalty) for penalty in PENALTIES]]


def _best_logit(study: Study) -> Logit:
    """What is better to start from, naive Bayes or popularity, with the penalty that no step then improves."""
    known: dict[Logit, float] = {}

    def gain(logit: Logit, over: Logit) -> float:
        for each in (logit, over):
            if each not in known:
                known[each] = float(study.quality(each, 0).mean())
        return known[logit] - known[over]

    bayes, popular = _LOGITS
    start = popular if gain(popular, bayes) > 0 else bayes
    return _along([replace(start, penalty=penalty) for penalty in LOGIT_PENALTIES], start, gain, least=0.0)


def _plainer(tastes: Tastes) -> list[Partner]:
    """What may take the place of tastes where a history says more than they do."""
    popular = Groups(has_levels=False)
    return [] if tastes == popular else [popular]


def _liked(study: Study, logit: Logit) -> Tastes:
    """Popularity, unless naive Bayes gains more than a standard error over it; and the best, unless the logit does over that."""
    best: Tastes = Groups(has_levels=False)
    others: tuple[Tastes, ...] = (Groups(has_levels=True), logit)
    reached = study.quality(best, 0)
    for each in others:
        quality = study.quality(each, 0)
        if is_better(quality, reached, study.who(0), errors=1.0):
            best, reached = each, quality
    return best


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


def _along(line: Sequence[Setting], start: Setting, gain: Callable[[Setting, Setting], float], *, least: float) -> Setting:
    """From one setting of the line up or down it for as long as each step gains more than this."""
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
        if found[best].mean() - reached.mean() <= MARGIN or not is_better(found[best], reached, study.who(0), errors=2.0):
            break
        layout, reached = tried[best], found[best]
        pairs.remove(best)
    return layout
