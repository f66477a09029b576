"""What was measured, in figures: means with their intervals, differences between models, and which of them is best."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bekal.recommender.engine.data import UNKNOWN, Demographics
from bekal.recommender.engine.evaluation.bootstrap import drawn_means, holm, interval, p_two_sided
from bekal.recommender.engine.evaluation.dataset import Dataset
from bekal.recommender.engine.evaluation.evaluate import Measured


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


def differences(cases: Mapping[str, Measured], *, to: str) -> dict[str, dict[str, Difference]]:
    """How much better the model `to` ranks than each other one, by case and name, corrected for all of them together."""
    rows: list[tuple[str, str, float, tuple[float, float], float]] = []
    for case, measured in cases.items():
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
