"""Measures models on cases: ranks candidates, compares with what people took, and says how sure it is."""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Protocol

import numpy as np
from numpy.typing import NDArray

from bekal.recommender.engine.data import UNKNOWN, Demographics, Interactions
from bekal.recommender.engine.evaluation.bootstrap import drawn_means, holm, interval, p_two_sided
from bekal.recommender.engine.evaluation.dataset import Dataset
from bekal.recommender.engine.evaluation.splits import Case, Split
from bekal.recommender.engine.metrics import ndcg, recall

_MOST_BUDGET: Final = 2**62
"""More buys nothing more: prices are far smaller."""
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


@dataclass(frozen=True, eq=False)
class Measured:
    """What all models did in one case, over all splits.

    Attributes:
        people: int64[rows], rows of the data; a person held out under several seeds is there several times.
        models: by name, row by row of the same people.
    """

    people: NDArray[np.int64]
    models: Mapping[str, Rankings]


@dataclass(frozen=True, eq=False)
class Evaluation:
    """Every model in every case.

    Attributes:
        cases: by name.
        train_seconds: spent on learning by each model, over all splits.
    """

    cases: Mapping[str, Measured]
    train_seconds: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Group:
    """The people of one level of an attribute."""

    ndcg: float
    n: int


@dataclass(frozen=True, slots=True)
class Figures:
    """One model in one case.

    Attributes:
        ndcg: the mean over all rows.
        ndcg_ci: its interval of 95 %, by drawing people.
        recall: the mean over all rows.
        people: how many different ones.
        rankings: how many rows.
        groups: by attribute, then by level; only levels that occur.
    """

    ndcg: float
    ndcg_ci: tuple[float, float]
    recall: float
    people: int
    rankings: int
    groups: Mapping[str, Mapping[str, Group]]


@dataclass(frozen=True, slots=True)
class Difference:
    """The mean difference of NDCG between two models for the same people: the first less the second.

    Attributes:
        ci: of 95 %.
        p: of no difference, two-sided.
        p_holm: the same, corrected for all differences of the same call.
    """

    mean: float
    ci: tuple[float, float]
    p: float
    p_holm: float


def evaluate(
    data: Dataset,
    splits: Sequence[Split],
    models: Mapping[str, Fit],
    *,
    k: int = 10,
    budget: int | None = None,
    advance: Callable[[int], None] = lambda _: None,
) -> Evaluation:
    """Train every model on every split and ask it about every case.

    Args:
        splits: with the same cases, in the same order.
        k: how many places count, 1 or more; no more than there are items can be filled.
        budget: see `candidates`.
        advance: told 1 after each model and split.
    """
    k = min(k, data.prices.size)
    found: dict[str, dict[str, list[Rankings]]] = {case.name: {name: [] for name in models} for case in splits[0].cases}
    seconds = dict.fromkeys(models, 0.0)
    for split in splits:
        demographics = split.demographics(data)
        for name, fit in models.items():
            started = time.perf_counter()
            model = fit(split.learnt, demographics)
            seconds[name] += time.perf_counter() - started
            for case in split.cases:
                found[case.name][name].append(rankings(model, data, case, k=k, budget=budget))
            advance(1)
    people = {
        case.name: [each.people for split in splits for each in split.cases if each.name == case.name] for case in splits[0].cases
    }
    return Evaluation(
        cases={
            name: Measured(np.concatenate(people[name]), {model: _joined(parts) for model, parts in by_model.items()})
            for name, by_model in found.items()
        },
        train_seconds=seconds,
    )


def rankings(model: Scorer, data: Dataset, case: Case, *, k: int, budget: int | None = None) -> Rankings:
    """The best k candidates of everybody in a case, equal scores by price and then by code, and how well they fit.

    Raises:
        ValueError: the model scores NaN, or other numbers of people or items.
    """
    # Items by price, then by code, those without a price last: a stable order of scores keeps this one among equals.
    order = np.lexsort((np.arange(data.prices.size), data.prices, data.prices == UNKNOWN))
    best = np.full((case.people.size, k), UNKNOWN, dtype=np.int32)
    for rows in _blocks(case.people.size, data.prices.size):
        visible = case.visible.rows(rows)
        scores = model.scores(data.demographics.rows(case.people[rows]), visible)
        if scores.shape != (rows.size, data.prices.size) or np.isnan(scores).any():
            raise ValueError("a model must give one number for each person and item, none of them NaN")
        allowed = candidates(data, visible, budget=budget)
        best[rows] = _best(scores[:, order], allowed[:, order], order, k)
    return Rankings(best, ndcg(best, case.targets, k=k), recall(best, case.targets, k=k))


def candidates(data: Dataset, visible: Interactions, *, budget: int | None = None) -> NDArray[np.bool_]:
    """bool[people, items]: what may be recommended. Never what is visible.

    With a budget, only items with a price, of at most the budget less the prices of what is visible; what has no price cost
    nothing.
    """
    allowed = np.ones((visible.people_count, visible.item_count), dtype=np.bool_)
    allowed[visible.people, visible.items] = False
    if budget is not None:
        costs = np.bincount(visible.people, np.maximum(data.prices[visible.items], 0), minlength=visible.people_count)
        left = min(budget, _MOST_BUDGET) - costs.astype(np.int64)
        allowed &= (data.prices != UNKNOWN) & (data.prices <= left[:, None])
    return allowed


def figures(data: Dataset, measured: Measured) -> dict[str, Figures]:
    """Each model's figures in one case, by name."""
    names = list(measured.models)
    values = np.stack([measured.models[name].ndcg for name in names], axis=1)
    draws = drawn_means(values, measured.people)
    different = int(np.unique(measured.people).size)
    return {
        name: Figures(
            ndcg=float(values[:, column].mean()),
            ndcg_ci=interval(draws[:, column]),
            recall=float(measured.models[name].recall.mean()),
            people=different,
            rankings=measured.people.size,
            groups=_groups(data.demographics, measured.people, values[:, column]),
        )
        for column, name in enumerate(names)
    }


def differences(evaluation: Evaluation, *, to: str) -> dict[str, dict[str, Difference]]:
    """How much better the model `to` ranks than each other one, by case and name, corrected for all of them together."""
    rows: list[tuple[str, str, float, tuple[float, float], float]] = []
    for case, measured in evaluation.cases.items():
        others = [name for name in measured.models if name != to]
        if not others:
            continue
        gains = np.stack([measured.models[to].ndcg - measured.models[name].ndcg for name in others], axis=1)
        draws = drawn_means(gains, measured.people)
        for column, name in enumerate(others):
            drawn = draws[:, column]
            rows.append((case, name, float(gains[:, column].mean()), interval(drawn), p_two_sided(drawn)))
    found: dict[str, dict[str, Difference]] = {}
    for (case, name, mean, ci, p), corrected in zip(rows, holm([row[-1] for row in rows]), strict=True):
        found.setdefault(case, {})[name] = Difference(mean, ci, p, corrected)
    return found


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


def _groups(demographics: Demographics, people: NDArray[np.int64], values: NDArray[np.float64]) -> dict[str, dict[str, Group]]:
    groups: dict[str, dict[str, Group]] = {}
    for column, attribute in enumerate(demographics.attributes):
        codes = demographics.codes[people, column]
        groups[attribute.name] = {
            attribute.levels[code]: Group(float(values[codes == code].mean()), int(np.unique(people[codes == code]).size))
            for code in np.unique(codes).tolist()
            if code != UNKNOWN
        }
    return groups


def _joined(parts: Sequence[Rankings]) -> Rankings:
    return Rankings(*(np.concatenate([getattr(part, name) for part in parts]) for name in ("items", "ndcg", "recall")))
