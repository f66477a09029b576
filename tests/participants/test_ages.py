from datetime import date

import pytest

from bekal.participants.ages import age_years, band_of
from bekal.recommender.engine import age_band


@pytest.mark.parametrize(
    ("birth_date", "day", "years"),
    [
        (date(1996, 2, 29), date(2021, 2, 28), 24),
        (date(1996, 2, 29), date(2021, 3, 1), 25),
        (date(1996, 2, 29), date(2020, 2, 29), 24),
        (date(1995, 8, 17), date(2021, 8, 16), 25),
        (date(1995, 8, 17), date(2021, 8, 17), 26),
    ],
)
def test_an_age_is_exact_to_the_day(birth_date: date, day: date, years: int) -> None:
    assert age_years(birth_date, day) == years


def test_bands_are_those_of_the_recommender() -> None:
    assert [band_of(age) for age in range(121)] == [age_band(age) for age in range(121)]
