from collections.abc import Iterator

import pytest

from bekal.core.check_digits import check_digit, is_checked
from bekal.participants import services
from bekal.participants.cards import is_card_number, new_card_numbers
from bekal.participants.errors import NikMalformed
from bekal.participants.models import Enrolment
from bekal.participants.nik import parse_nik
from tests.builders import enrol, make_wave, register


def test_numbers_are_different_checked_and_no_niks() -> None:
    found = new_card_numbers(count=1_000)
    assert len(set(found)) == 1_000
    for number in found:
        assert is_checked(number, length=16)
        assert is_card_number(f"{number[:4]} {number[4:8]}-{number[8:12]} {number[12:]}")
        with pytest.raises(NikMalformed):
            parse_nik(number)


def test_what_is_no_card_number_is_none() -> None:
    right = "88000000000000" + "0"
    assert is_card_number(right + check_digit(right))
    wrong = ("", right, right + str((int(check_digit(right)) + 1) % 10), "3273015708950001", "8" * 17)
    assert not any(is_card_number(text) for text in wrong)


@pytest.mark.django_db
def test_everybody_who_is_enrolled_has_a_number_of_their_own() -> None:
    enrolments = enrol(make_wave(), register(20))
    numbers = [enrolment.card_number for enrolment in enrolments]
    assert len(set(numbers)) == 20
    assert all(is_card_number(number) for number in numbers)


@pytest.mark.django_db
def test_a_number_that_somebody_has_is_drawn_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    (first,) = enrol(make_wave(), register(1))
    free = new_card_numbers(count=2)
    drawn: Iterator[list[str]] = iter([[first.card_number, free[0]], free])
    monkeypatch.setattr(services, "new_card_numbers", lambda **_: next(drawn))
    second = enrol(make_wave(number=13), register(2))
    assert [enrolment.card_number for enrolment in second] == free
    assert Enrolment.objects.count() == 3
