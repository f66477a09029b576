"""Correcting birth date and sex, while it is not confirmed who somebody is."""

from datetime import date

import pytest
from django.test import Client

from bekal.core import clock
from bekal.participants.models import IdentityCheck, Participant
from bekal.participants.sealed import birth_date_of
from tests.cases.test_cases import mistyped
from tests.participants.applications.people import newcomer
from tests.web.conftest import Visit
from tests.web.reading import body_of, text_of

pytestmark = pytest.mark.django_db
URL = "/application/correct/"
TYPED = {"birth_day": "18", "birth_month": "8", "birth_year": "1995", "sex": "M"}


@pytest.fixture
def person() -> Participant:
    """Somebody born on 17 August 1995 by the NIK, who typed the day after."""
    return mistyped()


@pytest.fixture
def browser(person: Participant, visit: Visit) -> Client:
    return visit(person.user)


def test_who_is_verified_is_led_to_it_and_sees_what_was_typed(browser: Client) -> None:
    assert f'href="{URL}"' in body_of(browser.get("/application/"))
    page = browser.get(URL)
    assert "no-store" in page["Cache-Control"]
    shown = body_of(page)
    for name, value in list(TYPED.items())[:3]:
        assert f'id="id_{name}"' in shown
        assert f'value="{value}"' in shown
    assert "Ini sedang diverifikasi" in text_of(page)


def test_what_agrees_with_the_nik_then_is_confirmed_for_good(browser: Client, person: Participant) -> None:
    answer = browser.post(URL, TYPED | {"birth_day": "17"})
    assert (answer.status_code, answer["Location"]) == (303, "/application/")
    assert "Isian Anda kini cocok dengan NIK Anda." in text_of(browser.get("/application/"))
    person.refresh_from_db()
    assert (birth_date_of(person), IdentityCheck.objects.get().state) == (date(1995, 8, 17), "confirmed")
    again = browser.post(URL, TYPED)
    assert (again.status_code, again["Location"]) == (303, "/application/")
    assert IdentityCheck.objects.get().state == "confirmed"


def test_who_was_refused_sends_it_once_more_and_is_verified_anew(browser: Client) -> None:
    IdentityCheck.objects.update(state="refused", evidence="R-1", decided_at=clock.now())
    assert f'href="{URL}"' in body_of(browser.get("/application/"))
    assert browser.post(URL, TYPED).status_code == 303
    assert "diverifikasi lagi" in text_of(browser.get("/application/"))
    assert IdentityCheck.objects.get().state == "to_be_verified"


@pytest.mark.parametrize(
    "wrong", [{"birth_day": "31", "birth_month": "2"}, {"birth_year": "2999"}, {"sex": "X"}, {"birth_day": ""}]
)
def test_what_is_wrong_is_said_and_changes_nothing(browser: Client, person: Participant, wrong: dict[str, str]) -> None:
    page = browser.post(URL, TYPED | wrong)
    assert (page.status_code, "Periksa ini dulu" in text_of(page)) == (422, True)
    person.refresh_from_db()
    assert birth_date_of(person) == date(1995, 8, 18)


def test_there_is_nothing_to_correct_where_nothing_disagrees(visit: Visit) -> None:
    browser = visit(newcomer(has_phone=False).user)
    assert URL not in body_of(browser.get("/application/"))
    for answer, status in ((browser.get(URL), 302), (browser.post(URL, TYPED), 303)):
        assert (answer.status_code, answer["Location"]) == (status, "/application/")
    assert Client().get(URL)["Location"].startswith("/accounts/login/")
