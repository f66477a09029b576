"""How numbers and days are written, in the language of the reader."""

from datetime import date, datetime
from typing import Final

from babel.dates import format_date, format_datetime
from babel.numbers import format_decimal
from django.utils.translation import get_language

from bekal.core.clock import JAKARTA

# English dates as they are written outside America, so that 3/4 never means two days.
_LOCALES: Final = {"id": "id_ID", "en": "en_GB"}


def long_day(day: date) -> str:
    """`15 Desember 2021`, `15 December 2021`."""
    return str(format_date(day, format="d MMMM y", locale=_locale()))


def short_day(day: date) -> str:
    """`15 Des 2021`, `15 Dec 2021`."""
    return str(format_date(day, format="d MMM y", locale=_locale()))


def moment(at: datetime) -> str:
    """`15 Desember 2021, 14.05 WIB`: a moment as the clocks of Jakarta show it."""
    pattern = "d MMMM y, HH.mm" if _locale() == _LOCALES["id"] else "d MMMM y, HH:mm"
    return f"{format_datetime(at, pattern, tzinfo=JAKARTA, locale=_locale())} WIB"


def number(value: int) -> str:
    """`1.534`, `1,534`."""
    return str(format_decimal(value, locale=_locale()))


def _locale() -> str:
    return _LOCALES[(get_language() or "id").partition("-")[0]]
