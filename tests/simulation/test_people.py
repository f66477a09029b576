import time
from collections import Counter
from datetime import date
from itertools import islice

import numpy as np
import pytest

from bekal.participants.models import Education, Sex
from bekal.participants.nik import parse_nik
from bekal.participants.services import Registration
from bekal.programmes.definition import load_definition
from bekal.programmes.provinces import PROVINCES
from bekal.simulation.people import PROVINCE_CODES, cell_shares, draw_people, make_people
from bekal.simulation.places import REGENCIES_AND_CITIES

DAY = date(2021, 9, 13)
PEOPLE = 20_000
NOT_WORKING = {"looking_for_work", "laid_off", "household"}


@pytest.fixture(scope="module")
def crowd() -> list[Registration]:
    return list(make_people(count=PEOPLE, seed=1, day=DAY))


def age_on(day: date, person: Registration) -> int:
    born = person.birth_date
    return day.year - born.year - ((day.month, day.day) < (born.month, born.day))


def within(holds: list[bool], low: float, high: float) -> bool:
    """Inside the public range, give or take four standard errors of so large a sample."""
    share = np.mean(holds)
    error = 4 * np.sqrt(high * (1 - high) / PEOPLE)
    return bool(low - error <= share <= high + error)


def test_crowd_is_like_the_participants(crowd: list[Registration]) -> None:
    upper_secondary = {Education.UPPER_SECONDARY, Education.DIPLOMA, Education.BACHELOR, Education.POSTGRADUATE}
    assert within([person.sex is Sex.FEMALE for person in crowd], 0.47, 0.51)
    assert within([18 <= age_on(DAY, person) <= 35 for person in crowd], 0.71, 0.77)
    assert within([person.education in upper_secondary for person in crowd], 0.81, 0.87)
    assert within([person.occupation in NOT_WORKING for person in crowd], 0.88, 0.88)


def test_most_come_from_java_and_least_from_papua() -> None:
    people = draw_people(count=200_000, seed=1, day=DAY)
    counts = Counter(PROVINCES[PROVINCE_CODES[province]] for province in people.province.tolist())
    order = [name for name, _ in counts.most_common()]
    assert order[:4] == ["Jawa Barat", "Jawa Timur", "DKI Jakarta", "Jawa Tengah"]
    assert set(order[-2:]) == {"Papua", "Papua Barat"}
    assert len(order) == 34
    assert sum(sum(counts) for counts in REGENCIES_AND_CITIES.values()) == 514


def test_every_nik_says_what_the_person_says_and_comes_once(crowd: list[Registration]) -> None:
    niks = [parse_nik(person.nik) for person in crowd]
    assert not any(nik.disagreeing(birth_date=it.birth_date, sex=it.sex) for nik, it in zip(niks, crowd, strict=True))
    assert {nik.region[:2] for nik in niks} <= set(PROVINCES)
    assert len({person.nik for person in crowd}) == PEOPLE


def test_niks_and_family_cards_stay_apart_in_a_large_crowd() -> None:
    people = draw_people(count=400_000, seed=3, day=DAY)
    who = np.stack([people.region, people.birth_day.astype(np.int64), people.is_woman, people.serial])
    assert np.unique(who, axis=1).shape == (4, 400_000)
    assert 1 <= people.serial.min() < people.serial.max() <= 9_999
    assert set(np.unique(people.household, return_counts=True)[1].tolist()) == {1, 2}


def test_family_cards_have_sixteen_digits_and_at_most_two_people(crowd: list[Registration]) -> None:
    members = Counter(person.household for person in crowd)
    assert {len(household) for household in members} == {16}
    assert set(members.values()) == {1, 2}


@pytest.mark.parametrize("day", [DAY, date(2020, 2, 29), date(2021, 3, 1), date(2020, 12, 31)])
def test_everyone_is_old_enough_on_the_day(day: date) -> None:
    people = draw_people(count=5_000, seed=4, day=day)
    registered = list(make_people(count=5_000, seed=4, day=day))
    assert [age_on(day, person) for person in registered] == people.age.tolist()
    assert (people.age.min(), people.age.max()) == (18, 64)


def test_nobody_has_an_excluded_occupation(crowd: list[Registration]) -> None:
    excluded = {exclusion.code for exclusion in load_definition("prakerja-2021").eligibility.exclusions}
    assert not excluded & {person.occupation for person in crowd}


def test_shares_of_cells_are_those_of_the_people() -> None:
    people = draw_people(count=200_000, seed=5, day=DAY)
    shares = cell_shares()
    assert shares.sum() == pytest.approx(1)
    counted = np.array(
        [[np.mean(people.is_woman == sex), np.mean((people.is_woman == sex) & (people.education == 2))] for sex in (0, 1)]
    )
    assert counted == pytest.approx(np.stack([shares.sum(axis=(1, 2)), shares[:, :, 2].sum(axis=1)], axis=1), abs=0.005)


def test_a_seed_fixes_the_people_and_another_seed_changes_them() -> None:
    first, again, other = (list(make_people(count=50, seed=seed, day=DAY)) for seed in (1, 1, 2))
    assert first == again
    assert not {person.nik for person in first} & {person.nik for person in other}


@pytest.mark.alone
def test_no_people_and_many_people_are_composed_quickly() -> None:
    assert list(make_people(count=0, seed=1, day=DAY)) == []
    started = time.perf_counter()
    assert len(list(make_people(count=PEOPLE, seed=2, day=DAY))) == PEOPLE
    assert len(list(islice(make_people(count=300_000, seed=2, day=DAY), 10))) == 10
    assert time.perf_counter() - started < 2
