"""Synthetic people, calibrated on what is public about the participants of Prakerja. None of them exists.

A million people are a few arrays; registrations are composed from them one by one.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Final

import numpy as np
from numpy.typing import NDArray

from bekal.participants.models import Education, Sex
from bekal.participants.nik import compose_nik
from bekal.participants.services import Registration
from bekal.simulation.names import FAMILIES, MEN, WOMEN, WOMENS_FAMILIES
from bekal.simulation.places import PROVINCE_SHARES, REGENCIES_AND_CITIES
from bekal.simulation.seeds import stream

Integers = NDArray[np.int64]

EDUCATIONS: Final = tuple(Education)
PROVINCE_CODES: Final = tuple(PROVINCE_SHARES)
_WOMEN_SHARE: Final = 0.49
AGE_BANDS: Final = ((18, 21), (22, 25), (26, 30), (31, 35), (36, 45), (46, 64))
"""Full years, both ends included."""
_BAND_SHARES: Final = np.array([0.17, 0.22, 0.20, 0.15, 0.17, 0.09])
# For each age band, the shares of EDUCATIONS.
_EDUCATION_SHARES: Final = np.array(
    [
        [0.030, 0.090, 0.840, 0.030, 0.010, 0.000],
        [0.030, 0.090, 0.580, 0.100, 0.195, 0.005],
        [0.035, 0.100, 0.565, 0.100, 0.190, 0.010],
        [0.050, 0.120, 0.570, 0.080, 0.165, 0.015],
        [0.085, 0.125, 0.590, 0.060, 0.125, 0.015],
        [0.160, 0.170, 0.520, 0.050, 0.090, 0.010],
    ]
)
_OCCUPATIONS: Final = ("looking_for_work", "laid_off", "household", "employee", "own_business")
# For men and for women; the first three are the 88 % who do not work.
_OCCUPATION_SHARES: Final = np.array([[0.62, 0.25, 0.01, 0.05, 0.07], [0.42, 0.13, 0.33, 0.04, 0.08]])
_IN_PAIRS: Final = 0.08
_DISTRICTS: Final = 20
_CARD_DAYS: Final = 5_000


@dataclass(frozen=True, slots=True)
class People:
    """Arrays of one element a person. `education` and `province` are positions in EDUCATIONS and PROVINCE_CODES.

    `age` is in full years on the day they were asked for; `region` has six digits, `household` sixteen.
    """

    is_woman: NDArray[np.bool_]
    age: Integers
    education: Integers
    province: Integers
    region: Integers
    birth_day: NDArray[np.datetime64]
    serial: Integers
    household: Integers
    occupation: Integers
    given: Integers
    family: Integers

    def __len__(self) -> int:
        return len(self.age)


def make_people(*, count: int, seed: int, day: date) -> Iterator[Registration]:
    """Compose the registrations of `count` people of 18 to 64 years on `day`, each with a NIK of their own."""
    return registrations(draw_people(count=count, seed=seed, day=day))


def draw_people(*, count: int, seed: int, day: date) -> People:
    """Draw the arrays behind `make_people`. No family card has more than two of them."""
    rng = stream(seed, "people")
    is_woman = rng.random(count) < _WOMEN_SHARE
    band = rng.choice(len(AGE_BANDS), size=count, p=_BAND_SHARES)
    bounds = np.array(AGE_BANDS)
    age = rng.integers(bounds[band, 0], bounds[band, 1], endpoint=True)
    birth_day = _birthdays(day)[age] - rng.integers(0, 365, size=count).astype("timedelta64[D]")
    province, region = _draw_regions(rng, count)
    second = np.arange(count) % 2 * (rng.random(count) < _IN_PAIRS) == 1
    for of_first in (province, region):
        of_first[second] = of_first[np.flatnonzero(second) - 1]
    mens_families = np.flatnonzero([family not in WOMENS_FAMILIES for family in FAMILIES])
    return People(
        is_woman=is_woman,
        age=age,
        education=_draw_by_row(rng, _EDUCATION_SHARES, band),
        province=province,
        region=region,
        birth_day=birth_day,
        serial=_serials((region * 100_000 + birth_day.astype(np.int64)) * 2 + is_woman),
        household=_draw_households(rng, region, second),
        occupation=_draw_by_row(rng, _OCCUPATION_SHARES, is_woman.astype(np.int64)),
        given=rng.integers(np.where(is_woman, len(WOMEN), len(MEN))),
        family=np.where(is_woman, rng.integers(len(FAMILIES), size=count), rng.choice(mens_families, size=count)),
    )


def cell_shares() -> NDArray[np.float64]:
    """What share of all people has each sex (men, women), age band and education: an array of three axes that sums to 1."""
    sexes = np.array([1 - _WOMEN_SHARE, _WOMEN_SHARE])
    shares: NDArray[np.float64] = np.einsum("s,b,be->sbe", sexes, _BAND_SHARES, _EDUCATION_SHARES)
    return shares


def registrations(people: People) -> Iterator[Registration]:
    """Compose what each of the people types."""
    columns = (
        people.is_woman, people.education, people.region, people.birth_day, people.serial, people.household, people.occupation,
        people.given, people.family,
    )  # fmt: skip
    for start in range(0, len(people), 10_000):
        rows = zip(*(column[start : start + 10_000].tolist() for column in columns), strict=True)
        for is_woman, education, region, birth_date, serial, household, occupation, given, family in rows:
            sex = Sex.FEMALE if is_woman else Sex.MALE
            yield Registration(
                name=f"{(WOMEN if is_woman else MEN)[given]} {FAMILIES[family]}",
                nik=compose_nik(region=f"{region:06}", birth_date=birth_date, sex=sex, serial=serial),
                household=f"{household:016}",
                birth_date=birth_date,
                sex=sex,
                education=EDUCATIONS[education],
                occupation=_OCCUPATIONS[occupation],
            )


def _birthdays(day: date) -> NDArray[np.datetime64]:
    """For each age, the latest day on which a person who is so old on `day` was born."""
    # Who was born on 29 February has a birthday in other years on the first of March.
    day = day.replace(day=28) if (day.month, day.day) == (2, 29) else day
    return np.array([day.replace(year=day.year - age) for age in range(AGE_BANDS[-1][1] + 1)], dtype="datetime64[D]")


def _draw_by_row(rng: np.random.Generator, shares: NDArray[np.float64], row: Integers) -> Integers:
    """A column for each element, by the shares of its row."""
    bounds = np.cumsum(shares, axis=1)[:, :-1]
    column: Integers = (rng.random(len(row))[:, None] >= bounds[row]).sum(axis=1)
    return column


def _draw_regions(rng: np.random.Generator, count: int) -> tuple[Integers, Integers]:
    """Provinces, and regions in them: a regency or city and a district."""
    shares = np.array(list(PROVINCE_SHARES.values()))
    province = rng.choice(len(shares), size=count, p=shares / shares.sum())
    regencies, cities = np.array([REGENCIES_AND_CITIES[code] for code in PROVINCE_CODES]).T
    place = rng.integers(regencies[province] + cities[province])
    number = np.where(place < regencies[province], place + 1, place - regencies[province] + 71)
    codes = np.array([int(code) for code in PROVINCE_CODES], dtype=np.int64)
    districts = rng.integers(1, _DISTRICTS, endpoint=True, size=count)
    region: Integers = codes[province] * 10_000 + number * 100 + districts
    return province, region


def _draw_households(rng: np.random.Generator, region: Integers, second: NDArray[np.bool_]) -> Integers:
    """Numbers of family cards: region, day of issue as DDMMYY, serial. A `second` shares the card of the person before."""
    issued = np.datetime64("2006-01-01") + rng.integers(0, _CARD_DAYS, size=len(region)).astype("timedelta64[D]")
    months = issued.astype("datetime64[M]")
    day = (issued - months).astype(np.int64) + 1
    month = months.astype(np.int64) % 12 + 1
    year = (issued.astype("datetime64[Y]").astype(np.int64) + 1970) % 100
    card = region * 1_000_000 + day * 10_000 + month * 100 + year
    household: Integers = card * 10_000 + _serials(card)
    household[second] = household[np.flatnonzero(second) - 1]
    return household


def _serials(keys: Integers) -> Integers:
    """Count within equal keys, from 1 in their order."""
    order = np.argsort(keys, kind="stable")
    ordered = keys[order]
    starts = np.flatnonzero(np.append(True, ordered[1:] != ordered[:-1])[: len(keys)])
    lengths = np.diff(np.append(starts, len(keys)))
    serials = np.empty_like(keys)
    serials[order] = np.arange(len(keys)) - np.repeat(starts, lengths) + 1
    return serials
