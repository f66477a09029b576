import pytest
from hypothesis import given
from hypothesis import strategies as st

from bekal.core import clock
from bekal.participants.applications import numbers
from bekal.participants.applications.numbers import is_registration_number, new_registration_number, plain_number
from bekal.participants.applications.services import apply_for_wave
from tests.participants.applications.people import OPENS_AT, newcomer, open_window


@pytest.mark.django_db
def test_numbers_are_different_right_and_in_no_order() -> None:
    found = new_registration_number(2_000)
    assert len(set(found)) == 2_000
    assert all(is_registration_number(number) for number in found)
    assert found != sorted(found)
    assert {number[0] for number in found} == set("123456789")


@pytest.mark.django_db
def test_a_number_that_somebody_has_is_drawn_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    with clock.at(OPENS_AT):
        taken = apply_for_wave(participant=newcomer(), wave=open_window()).number
    free = new_registration_number()[0]
    drawn = iter([taken, free])
    monkeypatch.setattr(numbers, "random_number", lambda **_: next(drawn))
    assert new_registration_number() == [free]


@pytest.mark.parametrize("written", ["{0} {1} {2}", "{0}-{1}-{2}", " {0}{1}{2}\u200b", "{0}.{1}.{2}"])
@pytest.mark.django_db
def test_a_number_is_read_however_it_is_grouped(written: str) -> None:
    (number,) = new_registration_number()
    assert plain_number(written.format(number[:4], number[4:8], number[8:])) == number


@given(text=st.text(max_size=14))
def test_what_is_no_number_is_none(text: str) -> None:
    is_number = is_registration_number(text)
    assert not is_number or (len(text) == 12 and text.isascii() and text.isdigit())
