"""The public page of results."""

from typing import Any

import pytest
from django.conf import settings
from django.test import Client

from bekal.access.models import Role
from bekal.core import clock
from bekal.core.check_digits import check_digit
from bekal.participants.applications.services import apply_for_wave
from bekal.participants.models import Application
from bekal.participants.sealed import birth_date_of
from tests.builders import make_user
from tests.participants.applications.people import newcomer
from tests.web.newcomers import open_applications
from tests.web.reading import body_of, text_of

pytestmark = pytest.mark.usefixtures("village")
URL = "/result/"
UNKNOWN = "10000000000" + check_digit("10000000000")


@pytest.fixture
def asked(village: Any) -> dict[str, str]:
    """What somebody who applied types."""
    assert village
    person = newcomer()
    application = apply_for_wave(participant=person, wave=open_applications())
    born = birth_date_of(person)
    return {
        "number": f"{application.number[:4]} {application.number[4:8]} {application.number[8:]}",
        "birth_day": str(born.day),
        "birth_month": str(born.month),
        "birth_year": str(born.year),
    }


def test_the_first_page_leads_there_and_it_shows_state_and_reason(asked: dict[str, str]) -> None:
    browser = Client()
    assert 'href="/result/"' in body_of(browser.get("/"))
    page = browser.post(URL, asked)
    assert "Hasil gelombang 22" in text_of(page)
    assert "Data Anda diperiksa menurut aturan program." in text_of(page)
    Application.objects.update(state="refused", reason="too_young")
    assert "Umur Anda di bawah syarat program." in text_of(browser.post(URL, asked))
    assert "no-store" in page["Cache-Control"]


def test_it_names_nobody(asked: dict[str, str]) -> None:
    page = body_of(Client().post(URL, asked))
    assert "Person" not in page
    assert asked["birth_year"] not in page.partition("<main")[2]


@pytest.mark.parametrize("changes", [{"birth_year": "1960"}, {"number": UNKNOWN}, {"number": UNKNOWN, "birth_day": "9"}])
def test_whatever_is_wrong_it_answers_alike(asked: dict[str, str], changes: dict[str, str]) -> None:
    page = Client().post(URL, asked | changes)
    assert page.status_code == 404
    assert "Tidak ada pendaftaran dengan nomor pendaftaran dan tanggal lahir ini." in text_of(page)


def test_mistakes_are_explained_beside_their_field(asked: dict[str, str]) -> None:
    browser = Client()
    page = browser.post(URL, asked | {"number": "123456789012"})
    assert (page.status_code, 'id="id_number_error"' in body_of(page)) == (422, True)
    page = browser.post(URL, asked | {"birth_month": "13"})
    assert (page.status_code, 'id="id_birth_day_error"' in body_of(page)) == (422, True)
    assert f'value="{asked["number"]}"' in body_of(page)


def test_after_too_many_vain_looks_it_says_what_is_left(asked: dict[str, str]) -> None:
    browser = Client()
    for _ in range(10):
        assert browser.post(URL, asked | {"birth_year": "1960"}).status_code == 404
    page = browser.post(URL, asked)
    assert (page.status_code, "Masuk untuk melihat pendaftaran Anda sendiri" in text_of(page)) == (429, True)


def test_a_result_that_is_not_announced_is_not_shown(asked: dict[str, str]) -> None:
    browser = Client()
    browser.cookies[settings.LANGUAGE_COOKIE_NAME] = "en"
    Application.objects.update(state="eligible", changed_at=clock.now())
    shown = text_of(browser.post(URL, asked))
    assert "The result is announced on 27 November 2021, 12:00 WIB" in shown
    assert "You have a place" not in shown


def test_who_is_logged_in_without_a_wave_is_led_to_the_application(asked: dict[str, str]) -> None:
    browser = Client()
    browser.force_login(make_user(Role.PARTICIPANT))
    for page in (browser.get(URL), browser.post(URL, asked), browser.get("/draws/")):
        assert ('href="/application/"' in body_of(page), 'href="/balance/"' in body_of(page)) == (True, False)
    assert "Lihat pendaftaran saya" in text_of(browser.post(URL, asked))
    assert "Masuk dan lihat pendaftaran Anda" in text_of(Client().post(URL, asked))
