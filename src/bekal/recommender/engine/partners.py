"""The models that a blend is made of. All are linear in groups and history, so that any weighted sum of them is one table."""

from dataclasses import dataclass, replace
from enum import StrEnum
from functools import cached_property
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array, hstack

from bekal.recommender.engine.choices import Choices
from bekal.recommender.engine.ease import autoencoder
from bekal.recommender.engine.history import together
from bekal.recommender.engine.item_knn import Neighbourhood, one_after_another, similarities, soon_after
from bekal.recommender.engine.lifts import PRICE_STEPS, Followers, Setting
from bekal.recommender.engine.ridge import Moments, prefix_moments, subset_moments
from bekal.recommender.engine.tables import Layout
from bekal.recommender.engine.tastes import Profiles, multinomial_logit, naive_bayes
from bekal.recommender.engine.validation import People, Questions

MOST_FEATURES: Final = 2_500
"""At most so many items, those that most people took, predict others: solving for more takes minutes."""

LEAST_TAKEN: Final = 3
"""An item that fewer people took predicts no other in a regression; its neighbours may still count."""


class View(StrEnum):
    """Which items are shown while learning."""

    SUBSET = "subset"
    PREFIX = "prefix"


@dataclass(frozen=True)
class Ridge:
    """`ridge`, for one history length.

    Attributes:
        weight_power: a person with r items to be predicted weighs r to this power.
    """

    view: View
    length: int
    item_penalty: float
    group_penalty: float
    weight_power: float


@dataclass(frozen=True)
class Neighbours:
    """`item_knn`: with pairs taken by the same people, or only those where the one was taken before the other."""

    neighbourhood: Neighbourhood
    is_directed: bool


@dataclass(frozen=True)
class Lately:
    """Like neighbours, but of the last items taken alone, and with pairs of which the one was taken shortly before the other.

    Attributes:
        span: how many items, the last ones, are looked at; and at most how many places after the one item the other came.
        shrinkage: of the similarities.
    """

    span: int
    shrinkage: float


@dataclass(frozen=True)
class Autoencoder:
    """`ease`."""

    penalty: float


@dataclass(frozen=True)
class Groups:
    """Naive Bayes of `tastes`, or what is popular alone: on a logarithmic scale, without history."""

    has_levels: bool


@dataclass(frozen=True)
class Logit:
    """The multinomial logit of `tastes`.

    Attributes:
        starts_from_bayes: squares count from naive Bayes; else from what is popular.
        penalty: λ.
    """

    starts_from_bayes: bool
    penalty: float


Tastes = Groups | Logit


@dataclass(frozen=True)
class Lifted:
    """`lifts`, on top of what groups like.

    Attributes:
        tastes: what they like.
        prior: μ.
    """

    tastes: Tastes
    prior: float
    is_directed: bool


Partner = Ridge | Neighbours | Lately | Autoencoder | Tastes | Lifted


@dataclass(frozen=True, eq=False)
class Effects:
    """What one partner learnt.

    Attributes:
        groups: float64[rows of the layout, items], or None for nothing.
        history: float64[items, items], the row of an item taken, or None for nothing.
        span: of how many items, the last ones, the rows count; of all without it.
    """

    groups: NDArray[np.float64] | None
    history: NDArray[np.float64] | None
    span: int | None = None

    def scores(self, questions: Questions, layout: Layout) -> NDArray[np.float32]:
        """float32[questions, items]."""
        scores = np.zeros(questions.targets.shape, dtype=np.float32)
        if self.groups is not None:
            scores += (questions.people.groups(layout) @ self.groups).astype(np.float32)
        if self.history is not None:
            shown = questions.shown if self.span is None else questions.last(self.span)
            scores += (shown @ self.history).astype(np.float32)
        return scores


class Learnt:
    """People to learn from, and what several partners need to know of them, counted once."""

    def __init__(self, people: People, layout: Layout) -> None:
        self.people = people
        self.layout = layout
        self._moments: dict[tuple[View, int, float], Moments] = {}
        self._soon_after: dict[int, csr_array] = {}
        self._tastes: dict[Tastes, NDArray[np.float64]] = {}
        self._followers: dict[Tastes, Followers] = {}

    def effects(self, partner: Partner) -> Effects:
        """What this partner learns from them."""
        match partner:
            case Ridge():
                solved = self.moments(partner).solved(item_penalty=partner.item_penalty, group_penalty=partner.group_penalty)
                features = self._features(partner.length)
                if not partner.length:
                    return Effects(solved, None)
                history = np.zeros((self.people.taken.item_count,) * 2)
                history[features] = solved[: features.size]
                return Effects(solved[features.size :], history)
            case Neighbours(neighbourhood, is_directed):
                pairs = self._one_after_another if is_directed else self._together
                return Effects(None, similarities(pairs, np.diag(self._together), neighbourhood))
            case Lately(span, shrinkage):
                if span not in self._soon_after:
                    self._soon_after[span] = soon_after(self.people, span)
                near = similarities(self._soon_after[span].toarray(), np.diag(self._together), Neighbourhood(shrinkage, 0))
                return Effects(None, near, span)
            case Autoencoder(penalty):
                features = self._features(1)
                history = np.zeros_like(self._together)
                history[np.ix_(features, features)] = autoencoder(self._together[np.ix_(features, features)], penalty)
                return Effects(None, history)
            case Groups() | Logit():
                return Effects(self._liked(partner), None)
            case Lifted(tastes, prior, is_directed):
                followers = self._followed(tastes)
                groups = self._liked(tastes).copy()
                groups[0] += np.log(followers.surplus)
                return Effects(groups, followers.log_lifts(prior=prior, is_directed=is_directed))

    def predicted(self, partner: Partner, questions: Questions) -> NDArray[np.float32]:
        """float32[questions, items]: the partner's scores."""
        if isinstance(partner, Ridge):
            groups = questions.people.groups(self.layout)
            shown = hstack([questions.shown[:, self._features(partner.length)], groups], format="csr")
            return self.moments(partner).predicted(shown, item_penalty=partner.item_penalty, group_penalty=partner.group_penalty)
        return self.effects(partner).scores(questions, self.layout)

    def moments(self, partner: Ridge) -> Moments:
        """The moments that a ridge is solved from, kept for other penalties until `forget` is called."""
        key = (partner.view, partner.length, partner.weight_power)
        if key not in self._moments:
            self._moments[key] = self._summed(partner)
        return self._moments[key]

    def forget(self) -> None:
        """Free the moments of the ridges."""
        self._moments.clear()

    def _summed(self, partner: Ridge) -> Moments:
        taken = self.people.taken.lengths
        shown = np.minimum(partner.length, taken - 1)
        weights = (taken - shown).astype(np.float64) ** partner.weight_power
        weights /= weights.mean() if weights.size else 1.0
        features = self._features(partner.length)
        if partner.view is View.SUBSET or not partner.length:
            return subset_moments(self.people.matrix, self._groups, length=partner.length, weights=weights, features=features)
        first, rest = self.people.between(np.zeros_like(shown), shown), self.people.between(shown, taken)
        return prefix_moments(first, rest, self._groups, weights=weights, features=features)

    def _features(self, length: int) -> NDArray[np.int64]:
        if not length:
            return np.zeros(0, dtype=np.int64)
        counts = np.bincount(self.people.taken.items, minlength=self.people.taken.item_count)
        most = np.argsort(-counts, kind="stable")[:MOST_FEATURES]
        return np.sort(most[counts[most] >= LEAST_TAKEN])

    @cached_property
    def _groups(self) -> csr_array:
        return self.people.groups(self.layout)

    @cached_property
    def _together(self) -> NDArray[np.float64]:
        return together(self.people)

    @cached_property
    def _one_after_another(self) -> NDArray[np.float64]:
        return one_after_another(self.people)

    @cached_property
    def _choices(self) -> Choices:
        return Choices.of(self.people.taken)

    @cached_property
    def _profiles(self) -> Profiles:
        return Profiles.among(self.people.demographics, self.layout)

    def _liked(self, tastes: Tastes) -> NDArray[np.float64]:
        """float64[rows of the layout, items], kept."""
        if tastes not in self._tastes:
            people, everybody = self.people, np.zeros((self.layout.row_count, 1))
            everybody[0] = 1.0
            match tastes:
                case Groups(has_levels=True):
                    liked = naive_bayes(people.taken, people.demographics, self._choices, self.layout)
                case Groups():
                    liked = everybody * np.log(self._choices.worth)
                case Logit(starts_from_bayes, penalty):
                    start = self._liked(Groups(has_levels=starts_from_bayes))
                    liked = multinomial_logit(
                        people.taken, self._profiles, self._choices, self.layout, start=start, penalty=penalty
                    )
            self._tastes[tastes] = liked
        return self._tastes[tastes]

    def _followed(self, tastes: Tastes) -> Followers:
        """What followed what beside what these tastes let expect, kept."""
        if tastes not in self._followers:
            self._followers[tastes] = Followers(self._one_after_another, self._setting(tastes).followers())
        return self._followers[tastes]

    def _setting(self, tastes: Tastes) -> Setting:
        groups = self._profiles.groups(self.layout)
        return Setting(self.people.taken, self._choices, self._profiles.of, groups, self._liked(tastes))

    def supported(self, tastes: Tastes) -> NDArray[np.int32]:
        """int32[pairs, 2]: which item follows which one more often than these tastes let expect, as `lifts` has it."""
        expected = self._setting(tastes).followers(price_steps=PRICE_STEPS)
        return Followers(self._one_after_another, expected).supported(is_directed=self.people.is_ordered)


def at_length(partner: Partner, length: int) -> Partner:
    """The same partner for another history length; one that knows no history still knows none."""
    return replace(partner, length=length) if isinstance(partner, Ridge) and partner.length else partner


def is_alike(one: Partner, other: Partner) -> bool:
    """Whether two partners are of one kind and differ by their settings at most."""
    match one, other:
        case Ridge(), Ridge():
            return one.view == other.view and bool(one.length) == bool(other.length)
        case Neighbours(), Neighbours():
            return one.is_directed == other.is_directed
        case Lifted(), Lifted():
            return one.is_directed == other.is_directed
        case Lately(), Lately():
            return one.span == other.span
        case Groups(), Groups():
            return one == other
        case _:
            return type(one) is type(other)
