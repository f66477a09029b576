"""The page of an application: what can be done, where it stands, and why."""

from datetime import date, timedelta
from typing import Any

import pytest
from django.test import Client

from bekal.access.models import Role
from bekal.core import clock
from bekal.participants.models import Application, ApplicationState, IdentityCheck, Participant
from bekal.programmes.models import Wave
from tests.builders import make_user, register, registration
from tests.participants.applications.people import newcomer
from tests.web.conftest import Visit
from tests.web.newcomers import CLOSES_AT, answer_questions, open_applications
from tests.web.reading import body_of, text_of
from tests.web.village import Village

pytestmark = pytest.mark.usefixtures("village")
URL = "/application/"


@pytest.fixture
def wave(village: Village) -> Wave:
    return open_applications()


@pytest.fixture
def person(village: Village) -> Participant:
    return newcomer()


@pytest.fixture
def browser(person: Participant, visit: Visit) -> Client:
    return visit(person.user)


def apply(browser: Client, *groups: str) -> Any:
    return browser.post(f"{URL}apply/", {"group": groups}, follow=True)


def test_who_is_registered_is_led_to_it_and_applies(wave: Wave, browser: Client, person: Participant) -> None:
    home = browser.get("/")
    assert "Gelombang 22 sedang dibuka" in text_of(home)
    assert 'href="/application/"' in body_of(home)
    page = browser.get(URL)
    assert "Daftar di gelombang 22 1.500 tempat. Daftar sebelum 24 November 2021, 12.00 WIB" in text_of(page)
    page = apply(browser, "disability", "none")
    (found,) = Application.objects.all()
    assert (found.participant, found.wave, found.priority_groups) == (person, wave, ["disability"])
    assert f'<code class="code" id="number" aria-labelledby="number-label">{found.number}</code>' in body_of(page)
    assert "Anda sudah mendaftar. Simpan nomor pendaftaran Anda." in text_of(page)
    assert "Hasilnya diumumkan pada 27 November 2021, 12.00 WIB" in text_of(page)
    assert "Daftar sekarang" not in text_of(page)
    assert "Anda sudah mendaftar di gelombang 22" in text_of(browser.get("/"))


@pytest.mark.parametrize("address", ["/contact/", "/messages/", "/your-data/"])
def test_every_page_leads_to_it_whoever_takes_part_in_no_wave(
    village: Village, browser: Client, visit: Visit, address: str
) -> None:
    ways = [
        ('href="/application/"' in page, 'href="/balance/"' in page)
        for page in map(body_of, (browser.get(address), visit(village.sari).get(address)))
    ]
    assert ways == [(True, False), (False, True)]


def test_a_second_application_is_answered_with_the_first(wave: Wave, browser: Client) -> None:
    assert wave.number == 22
    first, second = (apply(browser) for _ in range(2))
    assert body_of(first).count('id="number"') == body_of(second).count('id="number"') == 1
    assert Application.objects.count() == 1


def test_it_is_withdrawn_and_made_again(wave: Wave, browser: Client) -> None:
    assert wave.places == 1_500
    apply(browser)
    page = browser.post(f"{URL}withdraw/", follow=True)
    assert "Anda sudah menarik pendaftaran ini." in text_of(page)
    assert "Daftar sekarang" in text_of(page)
    assert "Tarik pendaftaran saya" not in text_of(page)
    apply(browser)
    assert Application.objects.get().state == ApplicationState.SUBMITTED


def test_after_the_window_nothing_can_be_done(wave: Wave, browser: Client) -> None:
    apply(browser)
    with clock.at(CLOSES_AT):
        page = browser.get(URL)
        assert "Tarik pendaftaran saya" not in text_of(page)
        refused = browser.post(f"{URL}withdraw/")
        assert (refused.status_code, "tidak dapat ditarik lagi" in text_of(refused)) == (409, True)
        assert apply(browser).status_code == 409
    assert Application.objects.get().wave == wave


def test_before_the_window_its_day_is_said(wave: Wave, browser: Client) -> None:
    assert wave.registration_opens_at is not None
    with clock.at(wave.registration_opens_at - timedelta(days=1)):
        assert "Gelombang 22 dibuka mulai 20 November 2021, 12.00 WIB" in text_of(browser.get(URL))
    with clock.at(CLOSES_AT):
        assert "Belum ada gelombang yang dibuka" in text_of(browser.get(URL))


@pytest.mark.usefixtures("wave")
def test_who_cannot_take_part_is_told_why_and_offered_nothing(village: Village, visit: Visit) -> None:
    young = newcomer(birth_date=date(2008, 1, 1))
    for browser, says in (
        (visit(village.sari), "Anda sudah ikut gelombang lain dari program ini."),
        (visit(young.user), "Umur Anda di bawah syarat program. Anda"),
    ):
        page = browser.get(URL)
        assert "Anda tidak dapat mendaftar di gelombang 22" in text_of(page)
        assert says.partition(" Anda")[0] in text_of(page)
        assert "Daftar sekarang" not in text_of(page)
        assert apply(browser).status_code == 409
    assert Application.objects.count() == 0


@pytest.mark.usefixtures("wave")
def test_without_a_confirmed_phone_that_comes_first(visit: Visit) -> None:
    browser = visit(newcomer(has_phone=False).user)
    page = browser.get(URL)
    assert "Konfirmasikan dulu nomor telepon Anda" in text_of(page)
    assert "Daftar sekarang" not in text_of(page)
    assert apply(browser).status_code == 409


@pytest.mark.usefixtures("wave")
@pytest.mark.parametrize(
    ("state", "says", "offers"),
    [("to_be_verified", "Data Anda sedang diverifikasi", True), ("refused", "belum terkonfirmasi", False)],
)
def test_an_identity_that_is_looked_into_is_said(
    browser: Client, person: Participant, state: str, says: str, offers: bool
) -> None:
    decided = {} if state == "to_be_verified" else {"evidence": "R-1", "decided_at": clock.now()}
    IdentityCheck.objects.create(participant=person, disagreeing="sex", state=state, opened_at=clock.now(), **decided)
    shown = text_of(browser.get(URL))
    assert (says in shown, "Daftar sekarang" in shown) == (True, offers)


@pytest.mark.usefixtures("wave")
@pytest.mark.parametrize(
    ("state", "reason", "says"),
    [
        ("eligible", "", "Data Anda sudah diperiksa: Anda boleh ikut."),
        ("refused", "too_young", "Saat ini Anda tidak dapat ikut gelombang ini: Umur Anda di bawah syarat program."),
        ("refused", "listed:civil_servant", "Aparatur Sipil Negara (ASN)"),
        ("accepted", "", "Anda mendapat tempat di gelombang ini."),
        ("reserve", "", "Anda ada di daftar cadangan."),
        ("household_full", "", "tempat untuk kartu keluarga Anda sudah terisi"),
        ("withheld", "barred", "tempat Anda ditahan sampai hal ini jelas"),
        ("not_chosen", "", "Anda tidak terpilih di gelombang ini."),
    ],
)
def test_every_state_is_said_with_its_reason(browser: Client, state: str, reason: str, says: str) -> None:
    apply(browser)
    Application.objects.update(state=state, reason=reason)
    with clock.at(CLOSES_AT):
        assert says in text_of(browser.get(URL))


def test_it_is_for_people_who_are_registered(visit: Visit) -> None:
    stranger = visit(make_user(Role.PARTICIPANT))
    for answer in (stranger.get(URL), stranger.post(f"{URL}apply/")):
        assert (answer.status_code, answer["Location"]) == (302, "/register/identity/")
    assert "Pendaftaran akun Anda belum lengkap" in text_of(stranger.get("/"))
    assert visit(make_user(Role.PROVIDER)).get(URL).status_code == 403
    assert Client().get(URL)["Location"].startswith("/accounts/login/")
    assert register(1, name=registration().name)


def test_reading_changes_nothing(wave: Wave, browser: Client) -> None:
    assert browser.get(f"{URL}apply/").status_code == browser.get(f"{URL}withdraw/").status_code == 405
    assert Application.objects.filter(wave=wave).count() == 0


@pytest.mark.usefixtures("wave")
def test_the_questions_come_first_one_a_page(visit: Visit) -> None:
    browser = visit(newcomer(has_answered=False).user)
    page = browser.get(URL)
    assert "Beberapa pertanyaan dulu" in text_of(page)
    assert "Daftar sekarang" not in text_of(page)
    assert apply(browser).status_code == 409
    page = browser.get(f"{URL}questions/reason/")
    assert "Pertanyaan 1 dari 4" in text_of(page)
    refused = browser.post(f"{URL}questions/reason/", {})
    assert (refused.status_code, "Mohon pilih satu jawaban." in text_of(refused)) == (422, True)
    answer_questions(browser)
    assert browser.get(f"{URL}questions/")["Location"] == URL
    again = " ".join(body_of(browser.get(f"{URL}questions/reason/")).split())
    assert 'value="find_work" id="id_answer_find_work" checked' in again
    assert "Anda sudah mendaftar. Simpan" in text_of(apply(browser))
    assert browser.get(f"{URL}questions/none/").status_code == 404
