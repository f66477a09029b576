"""Ages, exact to the day, and the bands that are kept in clear."""

from bisect import bisect_right
from datetime import date
from typing import Final

BAND_STARTS: Final = (18, 25, 30, 35, 45, 55)
"""The first age of each band but the youngest. The recommender knows the same bands."""


def age_years(birth_date: date, day: date) -> int:
    """Full years on a day; who was born on 29 February becomes older on 1 March of other years."""
    had_birthday = (day.month, day.day) >= (birth_date.month, birth_date.day)
    return day.year - birth_date.year - (not had_birthday)


def band_of(age: int) -> str:
    """The band of an age, such as `25-29`; `-17` is below and `55-` above all others."""
    at = bisect_right(BAND_STARTS, age)
    first = "" if at == 0 else BAND_STARTS[at - 1]
    last = "" if at == len(BAND_STARTS) else BAND_STARTS[at] - 1
    return f"{first}-{last}"
