"""What was measured, in figures: means with their intervals, differences between models, and which of them is best."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from bekal.recommender.engine.data import UNKNOWN, Demographics
from bekal.recommender.engine.evaluation.bootstrap import drawn_means, holm, interval, p_two_sided
from bekal.recommender.engine.evaluation.dataset import Dataset
from bekal.recommender.engine.evaluation.evaluate import Measured

SIGNIFICANT: Final = 0.05
"""A corrected p-value below this is no chance."""


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


@dataclass(frozen=True, slots=True)
class Winner:
    """Which model is best in a case.

    Attributes:
        model: that of the highest mean NDCG.
        as_good: it, and those that are not significantly worse.
    """

    model: str
    as_good: tuple[str, ...]


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


def differences(cases: Mapping[str, Measured], *, to: str | Mapping[str, str]) -> dict[str, dict[str, Difference]]:
    """How much better one model ranks than each other one, by case and name, corrected for all of them together.

    Args:
        to: its name, or one for each case.
    """
    rows: list[tuple[str, str, float, tuple[float, float], float]] = []
    for case, measured in cases.items():
        own = to if isinstance(to, str) else to[case]
        others = [name for name in measured.models if name != own]
        if not others:
            continue
        gains = np.stack([measured.models[own].ndcg - measured.models[name].ndcg for name in others], axis=1)
        draws = drawn_means(gains, measured.people)
        for column, name in enumerate(others):
            drawn = draws[:, column]
            rows.append((case, name, float(gains[:, column].mean()), interval(drawn), p_two_sided(drawn)))
    found: dict[str, dict[str, Difference]] = {}
    for (case, name, mean, ci, p), corrected in zip(rows, holm([row[-1] for row in rows]), strict=True):
        found.setdefault(case, {})[name] = Difference(mean, ci, p, corrected)
    return found


def winners(cases: Mapping[str, Measured]) -> dict[str, Winner]:
    """By case, the model with the highest mean NDCG, of equal ones the first, and those that may be as good.

    Another model is worse where its difference to the winner is significant, after correcting for all cases and models together.
    """
    best = {case: _best(measured) for case, measured in cases.items()}
    found = differences(cases, to=best)
    return {
        case: Winner(
            model,
            tuple(name for name in cases[case].models if name == model or found[case][name].p_holm >= SIGNIFICANT),
        )
        for case, model in best.items()
    }


def _best(measured: Measured) -> str:
    means = {name: float(rankings.ndcg.mean()) for name, rankings in measured.models.items()}
    return max(means, key=lambda name: means[name])


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
