from contextlib import suppress
from datetime import date
from typing import Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bekal.participants.errors import NikMalformed
from bekal.participants.models import Sex
from bekal.participants.nik import Nik, compose_nik, parse_nik
from bekal.programmes.provinces import PROVINCES

REGIONS: Final = st.builds(
    lambda province, regency, district: f"{province}{regency:02}{district:02}",
    st.sampled_from(sorted(PROVINCES)),
    st.integers(1, 99),
    st.integers(1, 99),
)
BIRTH_DATES: Final = st.dates(date(1900, 1, 1), date(2099, 12, 31))
# 17 August 1995, a man and a woman of Bandung.
MAN, WOMAN = "3273011708950001", "3273015708950001"


@given(region=REGIONS, birth_date=BIRTH_DATES, sex=st.sampled_from(Sex), serial=st.integers(1, 9999))
def test_a_composed_nik_says_what_it_was_composed_of(region: str, birth_date: date, sex: Sex, serial: int) -> None:
    text = compose_nik(region=region, birth_date=birth_date, sex=sex, serial=serial)
    assert len(text) == 16
    nik = parse_nik(text)
    assert nik.disagreeing(birth_date=birth_date, sex=sex) == ()
    assert nik == Nik(
        region=region, birth_day=birth_date.day, birth_month=birth_date.month, birth_year=birth_date.year % 100, sex=sex
    )
    assert int(text[6:8]) == birth_date.day + (40 if sex is Sex.FEMALE else 0)
    assert int(text[12:]) == serial


@given(birth_date=BIRTH_DATES, other=BIRTH_DATES, sex=st.sampled_from(Sex))
def test_a_nik_fits_one_day_in_each_century(birth_date: date, other: date, sex: Sex) -> None:
    text = compose_nik(region="327301", birth_date=birth_date, sex=sex, serial=1)
    is_same = (birth_date.day, birth_date.month, birth_date.year % 100) == (other.day, other.month, other.year % 100)
    assert parse_nik(text).fits(other) is is_same


@given(text=st.text())
def test_any_text_is_read_or_refused(text: str) -> None:
    with suppress(NikMalformed):
        parse_nik(text)


@given(text=st.text("0123456789", min_size=16, max_size=16))
def test_any_sixteen_digits_are_read_or_refused(text: str) -> None:
    try:
        nik = parse_nik(text)
    except NikMalformed:
        return
    century = next(century for century in (2000, 1900) if _is_date(century + nik.birth_year, nik.birth_month, nik.birth_day))
    birth_date = date(century + nik.birth_year, nik.birth_month, nik.birth_day)
    assert compose_nik(region=nik.region, birth_date=birth_date, sex=nik.sex, serial=int(text[12:])) == text


def _is_date(year: int, month: int, day: int) -> bool:
    try:
        date(year, month, day)
    except ValueError:
        return False
    return True


@pytest.mark.parametrize("text", ["3273 0117 0895 0001", "32.73.01.170895.0001", "327301-170895-0001", f" {MAN} "])
def test_separators_are_passed_over(text: str) -> None:
    assert parse_nik(text) == parse_nik(MAN)


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("", "length"),
        (MAN[:-1], "length"),
        (MAN + "1", "length"),
        (MAN[:-1] + "O", "length"),
        ("٣٢٧٣٠١١٧٠٨٩٥٠٠٠١", "length"),
        ("³273011708950001", "length"),
        ("3273/01/170895/0001", "length"),
        ("0073011708950001", "region"),
        ("2073011708950001", "region"),
        ("9973011708950001", "region"),
        ("3200011708950001", "region"),
        ("3273001708950001", "region"),
        ("3273010008950001", "birth_date"),
        ("3273013208950001", "birth_date"),
        ("3273014008950001", "birth_date"),
        ("3273017208950001", "birth_date"),
        ("3273011700950001", "birth_date"),
        ("3273011713950001", "birth_date"),
        ("3273013104950001", "birth_date"),
        ("3273012902950001", "birth_date"),
        ("3273016902950001", "birth_date"),
        ("3273011708950000", "serial"),
    ],
)
def test_what_no_nik_says(text: str, part: str) -> None:
    with pytest.raises(NikMalformed) as caught:
        parse_nik(text)
    assert caught.value.details == {"part": part}


def test_29_february_of_00_is_a_day_of_2000_alone() -> None:
    nik = parse_nik("3273012902000001")
    assert nik.fits(date(2000, 2, 29))


@pytest.mark.parametrize("province", sorted(PROVINCES))
def test_every_province_is_known(province: str) -> None:
    assert parse_nik(province + MAN[2:]).region == f"{province}7301"


@pytest.mark.parametrize(("code", "name"), [("91", "Papua"), ("92", "Papua Barat"), ("31", "DKI Jakarta"), ("32", "Jawa Barat")])
def test_provinces_are_numbered_as_the_ministry_of_home_affairs_does(code: str, name: str) -> None:
    assert PROVINCES[code] == name


@pytest.mark.parametrize(
    "birth_date", [date(1995, 8, 18), date(1995, 7, 17), date(1996, 8, 17), date(1895, 8, 17), date(2195, 8, 17)]
)
def test_another_birth_date_disagrees(birth_date: date) -> None:
    assert parse_nik(MAN).disagreeing(birth_date=birth_date, sex=Sex.MALE) == ("birth_date",)


@pytest.mark.parametrize(("text", "sex"), [(MAN, Sex.FEMALE), (WOMAN, Sex.MALE)])
def test_another_sex_disagrees(text: str, sex: Sex) -> None:
    assert parse_nik(text).disagreeing(birth_date=date(1995, 8, 17), sex=sex) == ("sex",)
    assert parse_nik(text).disagreeing(birth_date=date(1995, 8, 16), sex=sex) == ("birth_date", "sex")
