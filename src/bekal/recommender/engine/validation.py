"""How the models choose their numbers: people who were left out say which settings predict best what they took.

Everything here is decided by the data: people are put into an order of their own, by a hash of what they took and what they are,
and dealt to folds in turn. So neither the order of people in training nor a clock nor a seed changes a model.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final, Self, TypeVar

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from bekal.recommender.engine.choices import within_reach
from bekal.recommender.engine.data import UNKNOWN, Demographics, Interactions
from bekal.recommender.engine.kernels import rank_weighted
from bekal.recommender.engine.tables import Layout

Candidate = TypeVar("Candidate")

MOST_VALIDATED: Final = 2_500
"""At most so many people are left out of one fold. Their means have a standard error of about .005 NDCG."""
_FOLDS: Final = 3
_MANY_PEOPLE: Final = 20_000
_MANY_ITEMS: Final = 1_400
"""From so many people on one fold is enough, and with so many items one is all that there is time for."""
_BEGINNING: Final = 3
_ALONE: Final = np.ones(1, dtype=np.float32)
_LEAST_DESCENTS: Final = 0.1
"""Equal times are in order of position. Where fewer neighbours than this share descend, there is no order to learn from."""


@dataclass(frozen=True, eq=False)
class People:
    """Those who took at least one item, in an order that depends on nothing but them.

    Attributes:
        taken: what they took, in the order taken, or in a random one where the source has none.
        demographics: what they are.
        is_ordered: whether the order of what was taken says anything.
    """

    taken: Interactions
    demographics: Demographics
    is_ordered: bool

    @classmethod
    def of(cls, interactions: Interactions, demographics: Demographics) -> Self:
        """Those with a history among these people."""
        rows = np.flatnonzero(interactions.lengths)
        some = cls(interactions, demographics, is_ordered=_is_ordered(interactions)).only(rows)
        if not some.is_ordered:
            some = some._within_people(some.taken.items)
        some = some.only(np.argsort(_hashes(some.taken, some.demographics.codes), kind="stable"))
        if not some.is_ordered:
            # Positions are no order of time: a prefix of them would be a biased sample.
            some = some._within_people(np.random.default_rng(0).random(some.taken.items.size))
        return some

    def only(self, people: NDArray[np.int64]) -> Self:
        """These people, in this order."""
        return type(self)(self.taken.rows(people), self.demographics.rows(people), self.is_ordered)

    def _within_people(self, keys: NDArray[np.int32] | NDArray[np.float64]) -> Self:
        order = np.lexsort((keys, self.taken.people))
        # Balances are those of an order of time.
        taken = Interactions(self.taken.indptr, self.taken.items[order], self.taken.item_count)
        return type(self)(taken, self.demographics, self.is_ordered)

    @property
    def count(self) -> int:
        return self.taken.people_count

    @cached_property
    def matrix(self) -> csr_array:
        """float64[people, items]: 1 for what was taken."""
        return self.between(np.zeros(self.count, np.int64), self.taken.lengths)

    def between(self, first: NDArray[np.int64], last: NDArray[np.int64]) -> csr_array:
        """float64[people, items]: 1 for each person's items from place `first` to before place `last` of the history."""
        places = np.arange(self.taken.items.size) - np.repeat(self.taken.indptr[:-1], self.taken.lengths)
        kept = (places >= np.repeat(first, self.taken.lengths)) & (places < np.repeat(last, self.taken.lengths))
        counts = np.maximum(np.minimum(last, self.taken.lengths) - first, 0)
        indptr = np.concatenate([[0], np.cumsum(counts)])
        shape = (self.count, self.taken.item_count)
        return csr_array((np.ones(indptr[-1]), self.taken.items[kept], indptr), shape=shape)

    def groups(self, layout: Layout) -> csr_array:
        """float64[people, layout.row_count]: 1 for each group that a person belongs to."""
        rows = layout.rows(self.demographics)
        known = rows != UNKNOWN
        indptr = np.concatenate([[0], np.cumsum(known.sum(axis=1))])
        return csr_array((np.ones(indptr[-1]), rows[known], indptr), shape=(len(rows), layout.row_count))


@dataclass(frozen=True, eq=False)
class Questions:
    """People who were left out, with a part of what they took.

    Attributes:
        people: one row for each question.
        shown: float64[questions, items], 1 for what is shown.
        barred: float64[questions, items], 1 for what cannot be recommended: what is shown, and what the balance could not buy.
        targets: bool[questions, items], true for what followed.
        asked: int64[questions], who is asked: the same number is the same person in all folds.
    """

    people: People
    shown: csr_array
    barred: csr_array
    targets: NDArray[np.bool_]
    asked: NDArray[np.int64]

    @classmethod
    def of(cls, people: People, shown: NDArray[np.int64], asked: NDArray[np.int64]) -> Self:
        """The first `shown[person]` items of each are shown, one item or more remains: what follows directly is to be predicted.

        All of it counts, not the next item alone: one answer a person tells so little that with a thousand people chance chooses.
        Asked only for what follows later, as for what comes after the third item, everybody's answers would lack the most popular
        items, which are taken first.

        Where it is known what could be bought just then, nothing else is an answer, and what was only bought later
        and could not be bought then is not asked for.
        """
        taken = people.taken.lengths
        first = people.between(np.zeros(people.count, np.int64), shown)
        targets = people.between(shown, taken).toarray().astype(np.bool_)
        order, reach = within_reach(people.taken)
        reach = reach[people.taken.indptr[:-1] + shown]
        beyond = order.size - reach
        indptr = np.concatenate([[0], np.cumsum(beyond)])
        places = np.arange(indptr[-1]) - np.repeat(indptr[:-1], beyond) + np.repeat(reach, beyond)
        unaffordable = csr_array((np.ones(places.size), order[places], indptr), shape=targets.shape)
        barred = (first + unaffordable).tocsr()
        targets[unaffordable.nonzero()] = False
        return cls(people, first, barred, targets, asked)

    def last(self, span: int) -> csr_array:
        """float64[questions, items]: 1 for the last items shown, so many of them or all."""
        shown: NDArray[np.int64] = np.diff(self.shown.indptr).astype(np.int64)
        return self.people.between(np.maximum(shown - span, 0), shown)

    @cached_property
    def _barred(self) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
        """What is barred, as the kernel takes it: SciPy indexes by 32 or by 64 bits, as the matrix came about."""
        return self.barred.indptr.astype(np.int32), self.barred.indices.astype(np.int32)

    @cached_property
    def _ideal(self) -> NDArray[np.float64]:
        best: NDArray[np.float64] = np.cumsum(_discounts(self._depth))
        ideal: NDArray[np.float64] = best[np.minimum(self.targets.sum(axis=1), self._depth) - 1]
        return ideal

    @property
    def _depth(self) -> int:
        # Of seven items ten are no choice: a place in the first half is.
        return max(1, min(10, self.people.taken.item_count // 2))

    def ndcg(self, scores: NDArray[np.float32], weights: NDArray[np.float32] = _ALONE) -> NDArray[np.float64]:
        """float64[questions]: NDCG of the first places, 10 or as many as half of the items, nothing that is barred among them.

        Args:
            scores: float32[models, questions, items].
            weights: float32[models], of the sum of scores that ranks.
        """
        count, items = self.targets.shape
        places = np.empty((count, self._depth), dtype=np.int32)
        work = (np.empty(items, dtype=np.float32), np.empty(self._depth, dtype=np.float32))
        rank_weighted(scores, weights, self._barred, work, places)
        hits = np.take_along_axis(self.targets, np.maximum(places, 0), axis=1) & (places >= 0) if items else places >= 0
        gains: NDArray[np.float64] = hits @ _discounts(self._depth)
        return gains / self._ideal


@dataclass(frozen=True, eq=False)
class Fold:
    """One division of the people.

    Attributes:
        learnt: those to learn from.
        asked: for each place in the list of lengths, what those left out are asked; none where nobody is served by it.
    """

    learnt: People
    asked: tuple[Questions, ...]


def folds(people: People, *, middles: NDArray[np.int64], most: int = MOST_VALIDATED) -> list[Fold]:
    """Divisions of the people, each person left out at most once.

    A person with n items is asked about with the first 0, 1, 2 and 3 of them visible, as a newcomer will be; with half of them,
    and with all but one, as others will be; each time by the length that would serve (`middles`: between the lengths, as
    `Tables.length_index` has them).
    """
    count = _FOLDS if people.count < _MANY_PEOPLE and people.taken.item_count < _MANY_ITEMS else 1
    stride = _FOLDS if count > 1 else max(_FOLDS, -(-people.count // most))
    most = max(1, min(most, 8_000_000 // max(people.taken.item_count, 1)))
    divided = []
    for fold in range(count):
        places = np.arange(people.count)
        left_out = places[fold::stride]
        learnt = people.only(np.setdiff1d(places, left_out))
        if left_out.size > most:
            left_out = left_out[np.linspace(0, left_out.size - 1, most).astype(np.int64)]
        divided.append(Fold(learnt, _asked(people, left_out, middles)))
    return divided


def _asked(people: People, left_out: NDArray[np.int64], middles: NDArray[np.int64]) -> tuple[Questions, ...]:
    taken = people.taken.lengths[left_out]
    cuts = np.stack([*(np.full(taken.size, seen) for seen in range(_BEGINNING + 1)), taken // 2, taken - 1], axis=1)
    person, shown = np.unique(
        np.stack([np.repeat(np.arange(taken.size), cuts.shape[1]), cuts.ravel()])[:, (cuts < taken[:, None]).ravel()], axis=1
    )
    served = np.searchsorted(middles, shown, side="left")
    who = left_out[person]
    return tuple(
        Questions.of(people.only(who[served == length]), shown[served == length], who[served == length])
        for length in range(middles.size + 1)
    )


def pooled(asked: Sequence[Questions], scores: Sequence[NDArray[np.float32]]) -> NDArray[np.float64]:
    """float64[questions of all folds]: their NDCG."""
    return np.concatenate([questions.ndcg(each[None]) for questions, each in zip(asked, scores, strict=True)])


def chosen(
    candidates: Sequence[Candidate],
    asked: Sequence[Questions],
    predicted: Callable[[Candidate], Iterable[NDArray[np.float32]]],
) -> Candidate:
    """The candidate whose scores rank best what followed; the first of equally good ones, and where nothing was asked.

    Args:
        asked: the questions of each fold.
        predicted: scores of each fold, float32[questions, items].
    """
    if not sum(len(questions.targets) for questions in asked):
        return candidates[0]
    return max(candidates, key=lambda candidate: float(pooled(asked, list(predicted(candidate))).mean()))


def _discounts(depth: int) -> NDArray[np.float64]:
    discounts: NDArray[np.float64] = 1 / np.log2(np.arange(2, depth + 2))
    return discounts


def _is_ordered(taken: Interactions) -> bool:
    neighbours = np.diff(taken.people) == 0
    descents = np.diff(taken.items)[neighbours] < 0
    return bool(descents.size and descents.mean() >= _LEAST_DESCENTS)


def _hashes(taken: Interactions, codes: NDArray[np.int16]) -> NDArray[np.uint64]:
    """uint64[people]: equal people have equal hashes."""
    places = np.arange(taken.items.size) - np.repeat(taken.indptr[:-1], taken.lengths)
    mixed = _mixed(taken.items.astype(np.uint64) + _mixed(places.astype(np.uint64)))
    hashes = np.add.reduceat(mixed, taken.indptr[:-1]) if taken.items.size else np.zeros(0, np.uint64)
    for column in range(codes.shape[1]):
        hashes = _mixed(hashes + codes[:, column].astype(np.uint64))
    return hashes


def _mixed(numbers: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """The finaliser of SplitMix64 (Steele, Lea and Flood, "Fast splittable pseudorandom number generators", OOPSLA 2014)."""
    mixed = numbers + np.uint64(0x9E3779B97F4A7C15)
    mixed = (mixed ^ (mixed >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    mixed = (mixed ^ (mixed >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return mixed ^ (mixed >> np.uint64(31))
