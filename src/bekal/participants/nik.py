"""The NIK, Indonesia's 16-digit identity number.

Six digits of the region where it was first issued (two each for province, regency or city, and district), the birth date as
DDMMYY with 40 added to the day for women, and a serial number of four digits from 0001.
"""

from dataclasses import dataclass
from datetime import date
from typing import Final

from bekal.core.names import without_separators
from bekal.participants.errors import NikMalformed
from bekal.participants.models import Sex
from bekal.programmes.provinces import PROVINCES

_DIGITS: Final = 16
_WOMEN_ADD_DAYS: Final = 40
_CENTURIES: Final = (1900, 2000)
CLAIMED: Final = "nik"
"""What disagrees, as an identity check names it, where another one is registered with the NIK."""


@dataclass(frozen=True, slots=True)
class Nik:
    """What a NIK says. `birth_day`, `birth_month` and `birth_year` (two digits) are a possible date in at least one century."""

    region: str
    birth_day: int
    birth_month: int
    birth_year: int
    sex: Sex

    def fits(self, birth_date: date) -> bool:
        """Whether this is the birth date, in the last century or in this one."""
        return (self.birth_day, self.birth_month) == (birth_date.day, birth_date.month) and (
            birth_date.year - self.birth_year in _CENTURIES
        )

    def disagreeing(self, *, birth_date: date, sex: Sex) -> tuple[str, ...]:
        """Which of `birth_date` and `sex` the NIK says otherwise; that of a corrected card keeps saying it."""
        said = (("birth_date", self.fits(birth_date)), ("sex", self.sex is sex))
        return tuple(name for name, agrees in said if not agrees)


def parse_nik(text: str) -> Nik:
    """Read a NIK; spaces, dots and dashes between digits are passed over.

    Raises:
        NikMalformed: not 16 digits, no such province, no such date, or the serial 0000; `part` says which.
    """
    digits = without_separators(text)
    if len(digits) != _DIGITS or not digits.isascii() or not digits.isdigit():
        raise NikMalformed(part="length")
    if digits[:2] not in PROVINCES or digits[2:4] == "00" or digits[4:6] == "00":
        raise NikMalformed(part="region")
    day, month, year = int(digits[6:8]), int(digits[8:10]), int(digits[10:12])
    sex = Sex.FEMALE if day > _WOMEN_ADD_DAYS else Sex.MALE
    if sex is Sex.FEMALE:
        day -= _WOMEN_ADD_DAYS
    if not any(_is_date(century + year, month, day) for century in _CENTURIES):
        raise NikMalformed(part="birth_date")
    if digits[12:] == "0000":
        raise NikMalformed(part="serial")
    return Nik(region=digits[:6], birth_day=day, birth_month=month, birth_year=year, sex=sex)


def compose_nik(*, region: str, birth_date: date, sex: Sex, serial: int) -> str:
    """The NIK of a made-up person; the opposite of `parse_nik`."""
    day = birth_date.day + (_WOMEN_ADD_DAYS if sex is Sex.FEMALE else 0)
    return f"{region}{day:02}{birth_date:%m%y}{serial:04}"


def _is_date(year: int, month: int, day: int) -> bool:
    try:
        date(year, month, day)
    except ValueError:
        return False
    return True
