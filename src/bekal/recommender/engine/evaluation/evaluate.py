"""Measures models on cases: ranks candidates and compares with what people took."""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, Protocol

import numpy as np
from numpy.typing import NDArray

from bekal.recommender.engine.data import NO_BALANCE, UNKNOWN, Demographics, Interactions
from bekal.recommender.engine.evaluation.dataset import Dataset, history_part
from bekal.recommender.engine.evaluation.splits import Case, Split
from bekal.recommender.engine.metrics import ndcg, recall

_BLOCK_SCORES: Final = 4_000_000
"""So many scores are held at once, 32 MB."""


class Scorer(Protocol):
    """What is measured: every `Recommender`, and anything else that can score everybody's items."""

    def scores(self, demographics: Demographics, histories: Interactions, /) -> NDArray[np.float64]:
        """float64[people, items], higher is better; not NaN."""


Fit = Callable[[Interactions, Demographics], Scorer]
"""Learns from people, row by row the same in both."""


@dataclass(frozen=True, eq=False)
class Rankings:
    """What one model did in one case, one row for each time somebody was asked about.

    Attributes:
        items: int32[rows, k], best first, `UNKNOWN` in places that nothing fits.
        ndcg: float64[rows], of the first k places.
        recall: float64[rows], of the first k places.
    """

    items: NDArray[np.int32]
    ndcg: NDArray[np.float64]
    recall: NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class LeftOut:
    """What the measure within a balance says nothing of, over all splits.

    Attributes:
        targets: of all who were asked about.
        unaffordable: of them, those that cost more than the person had, or have no price.
        without_balance: of them, those of people of whom nobody knows what they had.
    """

    targets: int
    unaffordable: int
    without_balance: int


@dataclass(frozen=True, eq=False)
class Measured:
    """What all models did in one case, over all splits.

    Attributes:
        people: int64[rows], rows of the data; a person held out under several seeds is there several times.
        models: by name, row by row of the same people.
        left_out: None where nothing had to be: every item that a person had not taken was a candidate.
    """

    people: NDArray[np.int64]
    models: Mapping[str, Rankings]
    left_out: LeftOut | None = None


@dataclass(frozen=True, eq=False)
class Evaluation:
    """Every model in every case.

    Attributes:
        cases: by name, with every item that a person had not taken as a candidate.
        train_seconds: spent on learning by each model, over all splits.
        affordable: by name, with only what the person's balance could buy then as candidates; a case is there where somebody's
            balance is known and bought something of what was to be predicted.
    """

    cases: Mapping[str, Measured]
    train_seconds: Mapping[str, float]
    affordable: Mapping[str, Measured] = field(default_factory=dict)

    @property
    def first(self) -> Mapping[str, Measured]:
        """What models are judged by: what was measured within balances, or, where none is known, with all candidates."""
        return self.affordable or self.cases


def evaluate(
    data: Dataset,
    splits: Sequence[Split],
    models: Mapping[str, Fit],
    *,
    k: int = 10,
    advance: Callable[[int], None] = lambda _: None,
) -> Evaluation:
    """Train every model on every split and ask it about every case; twice where balances are known, with and without them.

    Args:
        splits: with the same cases, in the same order.
        k: how many places count, 1 or more; no more than there are items can be filled.
        advance: told 1 after each model and split.
    """
    k = min(k, data.prices.size)
    found: dict[str, dict[str, list[tuple[Rankings, Rankings | None]]]] = {
        case.name: {name: [] for name in models} for case in splits[0].cases
    }
    seconds = dict.fromkeys(models, 0.0)
    for split in splits:
        demographics = split.demographics(data)
        for name, fit in models.items():
            started = time.perf_counter()
            model = fit(split.learnt, demographics)
            seconds[name] += time.perf_counter() - started
            for case in split.cases:
                found[case.name][name].append(rankings(model, data, case, k=k))
            advance(1)
    cases, affordable = {}, {}
    for name, by_model in found.items():
        asked = [case for split in splits for case in split.cases if case.name == name]
        free = {model: _joined([each for each, _ in parts]) for model, parts in by_model.items()}
        cases[name] = Measured(np.concatenate([case.people for case in asked]), free)
        within = {model: [each for _, each in parts if each is not None] for model, parts in by_model.items()}
        bought = [each for case in asked if (each := within_balance(data, case)) is not None]
        if bought:
            people = np.concatenate([each.people for each in bought])
            joined = {model: _joined(parts) for model, parts in within.items()}
            affordable[name] = Measured(people, joined, _left_out(asked, bought))
    return Evaluation(cases, seconds, affordable)


def within_balance(data: Dataset, case: Case) -> Case | None:
    """The part of a case that a balance could buy: its people are those who could buy a target, its targets what they could.

    None where nobody's balance is known, or none could buy a target.
    """
    bought = _affordable_targets(data, case)
    kept = np.flatnonzero(bought.lengths)
    if case.balances is None or not kept.size:
        return None
    return Case(case.name, case.people[kept], case.visible.rows(kept), bought.rows(kept), case.balances[kept])


def _affordable_targets(data: Dataset, case: Case) -> Interactions:
    """Of the targets of each row those that its balance could buy; none where that is not known."""
    targets = case.targets
    if case.balances is None:
        return history_part(targets, np.zeros(targets.items.size, dtype=np.bool_))
    prices, balances = data.prices[targets.items], case.balances[targets.people]
    return history_part(targets, (balances != NO_BALANCE) & (prices != UNKNOWN) & (prices <= balances))


def rankings(model: Scorer, data: Dataset, case: Case, *, k: int) -> tuple[Rankings, Rankings | None]:
    """The best k candidates of everybody in a case, equal scores by price and then by code, and how well they fit.

    Returns:
        Of the case with all candidates, and of its part `within_balance`, of which only what the balance could buy is a
        candidate; None where there is no such part.

    Raises:
        ValueError: the model scores NaN, or other numbers of people or items.
    """
    within = within_balance(data, case)
    # Items by price, then by code, those without a price last: a stable order of scores keeps this one among equals.
    order = np.lexsort((np.arange(data.prices.size), data.prices, data.prices == UNKNOWN))
    best = np.full((case.people.size, k), UNKNOWN, dtype=np.int32)
    best_within = best.copy()
    for rows in _blocks(case.people.size, data.prices.size):
        visible = case.visible.rows(rows)
        scores = model.scores(data.demographics.rows(case.people[rows]), visible)
        if scores.shape != (rows.size, data.prices.size) or np.isnan(scores).any():
            raise ValueError("a model must give one number for each person and item, none of them NaN")
        scores = scores[:, order]
        best[rows] = _best(scores, candidates(data, visible)[:, order], order, k)
        if within is not None and case.balances is not None:
            best_within[rows] = _best(scores, candidates(data, visible, balances=case.balances[rows])[:, order], order, k)
    if within is None:
        return _judged(best, case, k=k), None
    return _judged(best, case, k=k), _judged(best_within[_affordable_targets(data, case).lengths > 0], within, k=k)


def candidates(data: Dataset, visible: Interactions, *, balances: NDArray[np.int64] | None = None) -> NDArray[np.bool_]:
    """bool[people, items]: what may be recommended. Never what is visible.

    Args:
        balances: int64[people]; with them only items with a price, of at most the balance, and all items for people without one.
    """
    allowed = np.ones((visible.people_count, visible.item_count), dtype=np.bool_)
    allowed[visible.people, visible.items] = False
    if balances is not None:
        affordable = (data.prices != UNKNOWN) & (data.prices <= balances[:, None])
        allowed &= affordable | (balances == NO_BALANCE)[:, None]
    return allowed


def _judged(best: NDArray[np.int32], case: Case, *, k: int) -> Rankings:
    return Rankings(best, ndcg(best, case.targets, k=k), recall(best, case.targets, k=k))


def _left_out(asked: Sequence[Case], bought: Sequence[Case]) -> LeftOut:
    targets = sum(case.targets.items.size for case in asked)
    without_balance = sum(
        case.targets.items.size if case.balances is None else int(case.targets.lengths[case.balances == NO_BALANCE].sum())
        for case in asked
    )
    return LeftOut(targets, targets - without_balance - sum(case.targets.items.size for case in bought), without_balance)


def _blocks(people: int, items: int) -> Iterator[NDArray[np.int64]]:
    step = max(1, _BLOCK_SCORES // max(items, 1))
    for first in range(0, people, step):
        yield np.arange(first, min(first + step, people))


def _best(scores: NDArray[np.float64], allowed: NDArray[np.bool_], order: NDArray[np.int64], k: int) -> NDArray[np.int32]:
    """int32[people, k]: `order` at the k highest scores of the columns allowed, equal ones from the left."""
    scores = np.where(allowed, scores, -np.inf)
    people, items = scores.shape
    best = np.full((people, k), UNKNOWN, dtype=np.int32)
    if items > k:
        # Everything that ties with the last place stays in, so that the sort below, and not the partition, breaks the tie.
        allowed = allowed & (scores >= np.partition(scores, items - k, axis=1)[:, items - k, None])
    rows, columns = np.nonzero(allowed)
    ranked = np.lexsort((columns, -scores[rows, columns], rows))
    rows, columns = rows[ranked], columns[ranked]
    firsts = np.searchsorted(rows, np.arange(people))
    places = np.arange(rows.size) - firsts[rows]
    kept = places < k
    best[rows[kept], places[kept]] = order[columns[kept]]
    return best


def _joined(parts: Sequence[Rankings]) -> Rankings:
    return Rankings(*(np.concatenate([getattr(part, name) for part in parts]) for name in ("items", "ndcg", "recall")))
