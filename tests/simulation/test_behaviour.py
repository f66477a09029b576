import hashlib
import os
import subprocess
import sys
from dataclasses import dataclass, replace
from datetime import date

import numpy as np
import pytest
from numpy.typing import NDArray

from bekal.catalogue.models import Field
from bekal.participants.models import Education
from bekal.simulation.behaviour import Plan, find_pair, plan_purchases
from bekal.simulation.catalogue import FIELDS, Catalogue, build_catalogue
from bekal.simulation.people import EDUCATIONS, PROVINCE_CODES, People, draw_people
from bekal.simulation.tastes import Tastes, draw_tastes
from tests.simulation.test_catalogue import MOST_WANTED

Integers = NDArray[np.int64]

BUYERS_SHARE = 5.2 / 5.6
SECOND_SHARE = 0.547
BALANCE_IDR = 1_000_000
FIRST_DAY_BY = 29
DAY_BY = 69


@dataclass(frozen=True)
class Life:
    people: People
    catalogue: Catalogue
    tastes: Tastes
    plan: Plan

    @property
    def prices_idr(self) -> Integers:
        return self.catalogue.prices_idr[self.plan.trainings]

    def nth(self, number: int) -> tuple[Integers, Integers]:
        """The people who bought so often, and which training that was."""
        turn = np.zeros(len(self.plan.people), dtype=np.int64)
        seen: dict[int, int] = {}
        for place, person in enumerate(self.plan.people.tolist()):
            turn[place] = seen[person] = seen.get(person, 0) + 1
        return self.plan.people[turn == number], self.plan.trainings[turn == number]


def live(*, count: int, seed: int, forgetful: bool = False, **sizes: int) -> Life:
    people = draw_people(count=count, seed=seed, day=date(2021, 9, 13))
    catalogue = build_catalogue(seed=seed, **sizes)
    tastes = draw_tastes(catalogue, seed=seed, balance_idr=BALANCE_IDR)
    if forgetful:
        tastes = replace(tastes, after=np.zeros_like(tastes.after))
    plan = plan_purchases(people, catalogue, tastes, seed=seed, balance_idr=BALANCE_IDR, first_day_by=FIRST_DAY_BY, day_by=DAY_BY)
    return Life(people, catalogue, tastes, plan)


@pytest.fixture(scope="module")
def life() -> Life:
    return live(count=15_000, seed=2021)


def test_as_many_buy_once_twice_and_thrice_as_is_known(life: Life) -> None:
    times = np.bincount(life.plan.people, minlength=15_000)
    buyers, twice, thrice = (int(np.sum(times >= number)) for number in (1, 2, 3))
    assert buyers == round(BUYERS_SHARE * 15_000)
    assert twice == round(SECOND_SHARE * buyers)
    assert 0 < thrice < 0.2 * twice
    assert times.max() == 3


@pytest.mark.parametrize("trainings", [7, 20, 1_534])
def test_nobody_overspends_buys_twice_the_same_or_twice_a_day(trainings: int) -> None:
    life = live(count=2_000, seed=8, forgetful=True, trainings=trainings, providers=7)
    spent_idr = np.bincount(life.plan.people, weights=life.prices_idr)
    assert spent_idr.max() <= BALANCE_IDR
    assert len(np.unique(np.stack([life.plan.people, life.plan.trainings]), axis=1).T) == len(life.plan.people)
    assert len(np.unique(np.stack([life.plan.people, life.plan.days]), axis=1).T) == len(life.plan.people)


def test_no_training_sells_more_seats_than_it_has_and_some_sell_out(life: Life) -> None:
    sold = np.bincount(life.plan.trainings, minlength=len(life.catalogue.trainings)).tolist()
    limited = [(seats, training.seats) for seats, training in zip(sold, life.catalogue.trainings, strict=True) if training.seats]
    assert all(seats <= most for seats, most in limited)
    assert sum(seats == most for seats, most in limited) >= 5


def test_purchases_are_spread_over_the_days_and_first_ones_end_in_time(life: Life) -> None:
    assert np.all(np.diff(life.plan.days) >= 0)
    assert (life.plan.days.min(), life.plan.days.max()) == (1, DAY_BY)
    assert len(np.unique(life.plan.days)) == DAY_BY
    firsts = np.unique(life.plan.people, return_index=True)[1]
    assert life.plan.days[firsts].max() == FIRST_DAY_BY


@pytest.mark.parametrize("seed", [1, 2, 2021])
def test_two_trainings_leave_what_two_mean_prices_leave(seed: int) -> None:
    life = live(count=5_000, seed=seed)
    (first_people, first), (second_people, second) = life.nth(1), life.nth(2)
    price_of_first = dict(zip(first_people.tolist(), life.catalogue.prices_idr[first].tolist(), strict=True))
    left_idr = [
        BALANCE_IDR - price_of_first[person] - price_idr
        for person, price_idr in zip(second_people.tolist(), life.catalogue.prices_idr[second].tolist(), strict=True)
    ]
    assert np.mean(left_idr) == pytest.approx(258_000, abs=25_000)
    assert life.prices_idr.mean() == pytest.approx(371_000, abs=20_000)


def test_most_wanted_fields_are_bought_most(life: Life) -> None:
    bought = np.bincount(life.catalogue.fields[life.plan.trainings], minlength=len(FIELDS))
    assert {FIELDS[field] for field in np.argsort(-bought)[:7]} == MOST_WANTED


def test_some_trainings_are_far_more_popular(life: Life) -> None:
    sold = np.sort(np.bincount(life.plan.trainings, minlength=len(life.catalogue.trainings)))[::-1]
    assert 0.3 < sold[:153].sum() / sold.sum() < 0.6


def excess(groups: Integers, fields: Integers) -> float:
    """By how many standard deviations the chi-square of groups × fields is above that of independence."""
    table = np.zeros((groups.max() + 1, len(FIELDS)))
    np.add.at(table, (groups, fields), 1)
    expected = table.sum(axis=1, keepdims=True) * table.sum(axis=0) / table.sum()
    freedom = (table.shape[0] - 1) * (table.shape[1] - 1)
    return float((((table - expected) ** 2 / np.maximum(expected, 1e-9)).sum() - freedom) / np.sqrt(2 * freedom))


def test_fields_differ_by_sex_age_education_and_province(life: Life) -> None:
    people, trainings = life.nth(1)
    fields = life.catalogue.fields[trainings]
    assert excess(life.people.is_woman[people].astype(np.int64), fields) > 100
    assert excess(np.digitize(life.people.age[people], [26, 36]), fields) > 50
    assert excess(life.people.education[people], fields) > 30
    assert excess(life.people.province[people], fields) > 5
    nobody_knows = np.random.default_rng(1).permutation(life.people.is_woman[people].astype(np.int64))
    assert excess(nobody_knows, fields) < 5


def held_out_gain(contexts: Integers, outcomes: Integers) -> float:
    """How much better a context foretells unseen outcomes than nothing does: mean gain in log-likelihood over its error."""
    is_seen = np.random.default_rng(7).random(len(outcomes)) < 0.5
    table = np.full((contexts.max() + 1, outcomes.max() + 1), 0.0)
    np.add.at(table, (contexts[is_seen], outcomes[is_seen]), 1)
    overall = (table.sum(axis=0) + 1) / (table.sum() + table.shape[1])
    known = (table + 20 * overall) / (table.sum(axis=1, keepdims=True) + 20)
    gain = np.log(known[contexts, outcomes] / overall[outcomes])[~is_seen]
    return float(gain.mean() / (gain.std() / np.sqrt(len(gain))))


def test_sex_and_age_and_schooling_foretell_more_together_than_each_alone(life: Life) -> None:
    people, trainings = life.nth(1)
    fields = life.catalogue.fields[trainings]
    sex = life.people.is_woman[people].astype(np.int64)
    band = np.digitize(life.people.age[people], [22, 26, 31, 36, 46])
    schooled = (life.people.education[people] > EDUCATIONS.index(Education.UPPER_SECONDARY)).astype(np.int64)
    alone = [held_out_gain(context, fields) for context in (sex, band, schooled)]
    assert min(alone) > 3
    assert held_out_gain((sex * 6 + band) * 2 + schooled, fields) > max(alone)


def test_earlier_training_foretells_the_next_within_and_between_fields(life: Life) -> None:
    (first_people, first), (second_people, second) = life.nth(1), life.nth(2)
    of_first = dict(zip(first_people.tolist(), first.tolist(), strict=True))
    earlier = np.array([of_first[person] for person in second_people.tolist()])
    before, after = life.catalogue.fields[earlier], life.catalogue.fields[second]
    assert held_out_gain(before, after) > 5
    # Who learnt to make something then learns to sell it.
    makers = [FIELDS.index(field) for field in (Field.FOOD_BEVERAGE, Field.CRAFTS, Field.BEAUTY, Field.AGRICULTURE)]
    selling = FIELDS.index(Field.SALES_MARKETING)
    moved_on = (before != after) & (before != selling)
    sells = after[moved_on] == selling
    makes = np.isin(before[moved_on], makers)
    error = np.sqrt(sells.mean() * (1 - sells.mean()) * (1 / makes.sum() + 1 / (~makes).sum()))
    assert (sells[makes].mean() - sells[~makes].mean()) / error > 5


def test_same_topic_is_not_bought_again_at_the_same_level(life: Life) -> None:
    (first_people, first), (second_people, second) = life.nth(1), life.nth(2)
    subject_of_first = dict(zip(first_people.tolist(), life.tastes.subjects[first].tolist(), strict=True))
    again = [
        subject_of_first[person] == subject
        for person, subject in zip(second_people.tolist(), life.tastes.subjects[second].tolist(), strict=True)
    ]
    shuffled = np.random.default_rng(1).permutation(list(subject_of_first.values()))[: len(again)]
    assert np.mean(again) < np.mean(shuffled == life.tastes.subjects[second]) / 3


def test_shares_hold_for_a_handful_and_for_nobody() -> None:
    for count in (0, 1, 2, 7):
        times = np.bincount(live(count=count, seed=5).plan.people, minlength=count)
        assert np.sum(times > 0) == round(BUYERS_SHARE * count)


def test_pair_costs_exactly_what_is_asked(life: Life) -> None:
    pair = find_pair(
        life.catalogue,
        life.tastes,
        is_woman=True,
        age=27,
        education=EDUCATIONS.index(Education.UPPER_SECONDARY),
        province=PROVINCE_CODES.index("32"),
        sum_idr=700_000,
    )
    assert sum(life.catalogue.trainings[training].price_idr for training in pair) == 700_000
    assert len(set(pair)) == 2
    assert [life.catalogue.trainings[training].seats for training in pair] == [None, None]


def test_pair_exists_in_the_smallest_catalogue_and_not_at_any_price() -> None:
    catalogue = build_catalogue(seed=3, trainings=7, providers=7)
    tastes = draw_tastes(catalogue, seed=3, balance_idr=BALANCE_IDR)
    pair = find_pair(catalogue, tastes, is_woman=False, age=40, education=0, province=0, sum_idr=700_000)
    assert sum(catalogue.trainings[training].price_idr for training in pair) == 700_000
    dearest_idr = int(catalogue.prices_idr.max())
    assert [training.seats for training in catalogue.trainings if training.price_idr == dearest_idr] == [None]
    for sum_idr in (1, 2 * dearest_idr):
        with pytest.raises(ValueError, match="no two trainings"):
            find_pair(catalogue, tastes, is_woman=False, age=40, education=0, province=0, sum_idr=sum_idr)


def digest(seed: int) -> str:
    life = live(count=300, seed=seed)
    rows = (life.plan.people.tolist(), life.plan.trainings.tolist(), life.plan.days.tolist(), life.catalogue.trainings)
    return hashlib.sha256(repr(rows).encode()).hexdigest()


def test_a_seed_means_the_same_in_another_process_and_another_seed_does_not() -> None:
    program = "import django; django.setup()\nfrom tests.simulation.test_behaviour import digest\nprint(digest(9))"
    environment = os.environ | {
        "DJANGO_SETTINGS_MODULE": "tests.settings",
        "PYTHONHASHSEED": "12345",
        "OMP_NUM_THREADS": "1",
        "OPENBLAS_NUM_THREADS": "1",
    }
    elsewhere = subprocess.run([sys.executable, "-c", program], env=environment, capture_output=True, text=True, check=True)
    assert elsewhere.stdout.strip() == digest(9) != digest(10)
