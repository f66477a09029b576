"""How well the models serve the people of the demo, within what each could buy, and whether reasons hold for others.

Of everybody held out, what was bought next is predicted, after nothing, after one purchase and after two; only what the balance
could buy then is a candidate. For the reasons "people who learnt X", the pairs that a model calls supported are counted again
among the people whom it did not learn from, beside what their groups, balances and liking to use a balance up let expect.
"""

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.stats import chi2

from bekal.recommender.engine import Attribute, Bekal, Demographics, Interactions, NaiveBayes, Popularity, age_band
from bekal.recommender.engine.choices import Choices
from bekal.recommender.engine.evaluation import Dataset, Split, by_people, evaluate
from bekal.recommender.engine.evaluation.bootstrap import drawn_means, interval
from bekal.recommender.engine.evaluation.splits import NEXT
from bekal.recommender.engine.lifts import PRICE_STEPS, Setting
from bekal.recommender.engine.tables import Layout
from bekal.recommender.engine.tastes import Profiles, naive_bayes

BALANCE_IDR: Final = 1_000_000
_SEED: Final = 2021
_DAY: Final = date(2021, 9, 13)
_FIRST_DAYS, _DAYS = 30, 69
_PLACES: Final = 10


@dataclass(frozen=True)
class Gain:
    """Bekal less another model, in the mean over people asked.

    Attributes:
        length: how many purchases were visible; None for all together.
        questions: how often somebody was asked, over all seeds.
    """

    length: int | None
    other: str
    bekal: float
    difference: float
    ci: tuple[float, float]
    questions: int


@dataclass(frozen=True)
class Recount:
    """Supported pairs, counted among people held out.

    Attributes:
        pairs: over all seeds.
        observed, expected: followers among those held out, over all seeds.
        lift: observed over expected.
        lowest: its lower bound of 95 %, one-sided, were observed followers Poisson (Garwood, Biometrika 28, 1936).
    """

    pairs: int
    observed: float
    expected: float
    lift: float
    lowest: float


def demo_data(*, people: int, seed: int = _SEED) -> Dataset:
    """What the demo's people bought, and what each had to spend."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "bekal.config.settings")
    import django

    django.setup()
    from bekal.simulation.behaviour import plan_purchases
    from bekal.simulation.catalogue import build_catalogue
    from bekal.simulation.people import EDUCATIONS, PROVINCE_CODES, draw_people
    from bekal.simulation.tastes import draw_tastes

    catalogue, crowd = build_catalogue(seed=seed), draw_people(count=people, seed=seed, day=_DAY)
    tastes = draw_tastes(catalogue, seed=seed, balance_idr=BALANCE_IDR)
    plan = plan_purchases(crowd, catalogue, tastes, seed=seed, balance_idr=BALANCE_IDR, first_day_by=_FIRST_DAYS, day_by=_DAYS)
    rows = [
        {"age_band": age_band(age), "sex": "F" if woman else "M", "education": str(school), "province": PROVINCE_CODES[place]}
        for age, woman, school, place in zip(
            crowd.age.tolist(), crowd.is_woman.tolist(), crowd.education.tolist(), crowd.province.tolist(), strict=True
        )
    ]
    attributes = (
        Attribute.observed("age_band", (row["age_band"] for row in rows)),
        Attribute("sex", ("F", "M")),
        Attribute("education", tuple(str(school) for school in range(len(EDUCATIONS)))),
        Attribute("province", tuple(sorted(PROVINCE_CODES))),
    )
    return Dataset.from_pairs(
        demographics=Demographics.encode(attributes, rows),
        people=plan.people,
        items=plan.trainings,
        times=plan.days,
        prices=catalogue.prices_idr,
    ).with_budget(BALANCE_IDR)


def gains(data: Dataset, splits: Sequence[Split], fitted: Callable[[Interactions, Demographics], Bekal]) -> list[Gain]:
    """Bekal against popularity and naive Bayes, by length and together."""
    found = evaluate(data, splits, {"bekal": fitted, "popularity": Popularity.fit, "naive_bayes": NaiveBayes.fit}, k=_PLACES)
    measured = found.affordable[NEXT]
    # What somebody bought could be bought, so nothing was left out, and rows are those of the cases.
    lengths = np.concatenate([case.visible.lengths for split in splits for case in split.cases])
    result = []
    for other in ("popularity", "naive_bayes"):
        ndcg = measured.models["bekal"].ndcg
        difference = ndcg - measured.models[other].ndcg
        for length in (*np.unique(lengths).tolist(), None):
            rows = np.ones(lengths.size, dtype=np.bool_) if length is None else lengths == length
            draws = drawn_means(difference[rows, None], measured.people[rows])[:, 0]
            mean = float(difference[rows].mean())
            result.append(Gain(length, other, float(ndcg[rows].mean()), mean, interval(draws), int(rows.sum())))
    return result


def recounted(data: Dataset, splits: Sequence[Split], models: Sequence[Bekal]) -> Recount:
    """The pairs that each model supports, among the people whom it did not learn from."""
    pairs, observed, expected = 0, 0.0, 0.0
    for split, model in zip(splits, models, strict=True):
        held_out = np.setdiff1d(np.unique(np.concatenate([case.people for case in split.cases])), split.learners)
        taken, people = data.interactions.rows(held_out), data.demographics.rows(held_out)
        found = model.tables.supported
        counts, chances = followers(taken, people, split.learnt, split.demographics(data))
        pairs += len(found)
        observed += float(counts[found[:, 0], found[:, 1]].sum())
        expected += float(chances[found[:, 0], found[:, 1]].sum())
    lowest = float(chi2.ppf(0.05, 2 * observed)) / 2 if observed else 0.0
    return Recount(pairs, observed, expected, observed / max(expected, 1e-12), lowest / max(expected, 1e-12))


def followers(
    taken: Interactions, people: Demographics, learnt: Interactions, learners: Demographics
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """What followed what among these people, and what was expected by naive Bayes of others: two float64[items, items].

    Expected counts are scaled to as many followers of each item as there were, so that only what came before makes a difference.
    """
    layout = Layout(learners.attributes)
    choices, profiles = Choices.of(taken), Profiles.among(people, layout)
    tastes = naive_bayes(learnt, learners, Choices.of(learnt), layout)
    setting = Setting(taken, choices, profiles.of, profiles.groups(layout), tastes)
    expected = setting.followers(price_steps=PRICE_STEPS)
    observed = np.zeros_like(expected)
    for person in range(taken.people_count):
        history = taken.of(person)
        for place in range(1, history.size):
            observed[history[:place], history[place]] += 1
    return observed, expected * (observed.sum(axis=0) + 1) / (expected.sum(axis=0) + 1)


def measure(*, quick: bool) -> tuple[list[Gain], Recount]:
    """Gains over five seeds, and the recount of reasons over the same."""
    data = demo_data(people=2_000 if quick else 20_000)
    splits = by_people(data, visible=(NEXT,), min_items=1, seeds=range(1 if quick else 5))
    models: list[Bekal] = []

    def fitted(interactions: Interactions, demographics: Demographics) -> Bekal:
        models.append(Bekal.fit(interactions, demographics))
        return models[-1]

    found = gains(data, splits, fitted)
    return found, recounted(data, splits, models)
