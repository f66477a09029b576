"""The page of a participant's contact details."""

from typing import Any

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from bekal.access.models import Role
from bekal.core.models import DemoClock
from bekal.messages.channels.sms.standin import StandIn
from bekal.messages.contacts import phones_of, wanted_topics
from bekal.messages.models import CodeRequest, OneTimeCode
from bekal.messages.topics import Topic
from tests.builders import make_user
from tests.messages.phones import NUMBER, another, code_sent_to, send, with_phone
from tests.web.conftest import Visit
from tests.web.reading import body_of, text_of
from tests.web.village import PASSWORD, Village, address_with_password, login_of

pytestmark = pytest.mark.usefixtures("db")
URL = "/contact/"


@pytest.fixture
def sari(village: Village) -> Client:
    """A browser in which Sari has just logged in with her password."""
    address_with_password(village.sari)
    browser = Client()
    assert browser.post("/accounts/login/", {"login": "sari@example.org", "password": PASSWORD}).status_code == 302
    return browser


def ask(browser: Client, number: str = "0812 3456 7890", **more: str) -> Any:
    return browser.post(f"{URL}phone/", {"phone": number, **more})


def type_code(browser: Client, code: str) -> Any:
    return browser.post(f"{URL}code/", {"code": code})


def test_a_phone_is_added_confirmed_and_shown_in_part(sari: Client, gateway: StandIn) -> None:
    answer = ask(sari)
    assert (answer.status_code, answer["Location"]) == (303, "/contact/#id_code")
    send()
    page = sari.get(URL)
    assert "Kami mengirim enam angka lewat SMS ke +62 •••••••• 890." in text_of(page)
    assert "1234567" not in body_of(page)

    answer = type_code(sari, code_sent_to(gateway))

    assert (answer.status_code, answer["Location"]) == (303, "/contact/")
    shown = text_of(sari.get(URL))
    assert "Telepon Anda sudah dikonfirmasi." in shown
    assert "Telepon +62 •••••••• 890 Dikonfirmasi dengan kode 22 November 2021" in shown
    assert "Ketik kodenya" not in shown


def test_mistakes_are_explained_beside_their_field(sari: Client, gateway: StandIn) -> None:
    page = ask(sari, "nomor saya")
    assert (page.status_code, "Ini bukan nomor telepon." in text_of(page)) == (422, True)
    assert 'aria-describedby="id_phone_helptext id_phone_error"' in body_of(page)
    ask(sari)
    send()
    page = type_code(sari, another(code_sent_to(gateway)))
    assert (page.status_code, "Kode ini tidak benar. Sisa percobaan: 4." in text_of(page)) == (403, True)
    assert type_code(sari, code_sent_to(gateway)).status_code == 303
    page = type_code(sari, code_sent_to(gateway))
    assert (page.status_code, "Tidak ada lagi kode yang berlaku." in text_of(page)) == (409, True)


def test_a_code_that_is_void_is_not_asked_for(sari: Client, gateway: StandIn) -> None:
    ask(sari)
    send()
    assert 'name="code"' in body_of(sari.get(URL))
    for _ in range(5):
        type_code(sari, another(code_sent_to(gateway)))
    page = sari.get(URL)
    assert 'name="code"' not in body_of(page)
    assert "890 tidak berlaku lagi. Mintalah kode baru di bawah ini." in text_of(page)
    ask(sari)
    assert 'name="code"' in body_of(sari.get(URL))


def test_too_many_requests_are_refused_and_leave_the_code(sari: Client, gateway: StandIn) -> None:
    for _ in range(3):
        ask(sari)
    page = ask(sari)
    assert (page.status_code, "Kode terlalu sering diminta." in text_of(page)) == (429, True)
    send()
    assert type_code(sari, code_sent_to(gateway)).status_code == 303


def test_the_password_is_asked_for_first(village: Village, visit: Visit, gateway: StandIn) -> None:
    address_with_password(village.sari)
    browser = visit(village.sari)
    assert 'name="password"' in body_of(browser.get(URL))
    for password in ("", "keliru"):
        page = ask(browser, password=password)
        assert (page.status_code, CodeRequest.objects.count()) == (403, 0)
    assert ask(browser, password=PASSWORD).status_code == 303


def test_without_a_gateway_it_says_so(sari: Client) -> None:
    page = ask(sari)
    assert (page.status_code, "SMS tidak bisa dikirim saat ini." in text_of(page)) == (503, True)


def test_topics_are_chosen_and_what_must_be_told_is_not_among_them(sari: Client, village: Village) -> None:
    page = body_of(sari.get(URL))
    assert page.count('name="topic"') == 2
    assert 'value="losses"' not in page
    answer = sari.post(f"{URL}preferences/", {"topic": ["payments", "none", "codes"]})
    assert (answer.status_code, answer["Location"]) == (303, "/contact/")
    assert wanted_topics(login_of(village.sari)) == {Topic.CODES, Topic.LOSSES, Topic.RESULTS, Topic.PAYMENTS}
    sari.post(f"{URL}preferences/", {"topic": ["trainings", "payments"]})
    assert wanted_topics(login_of(village.sari)) == frozenset(Topic)


@pytest.mark.parametrize("address", ["phone/", "code/", "preferences/"])
def test_nothing_happens_by_looking(sari: Client, gateway: StandIn, address: str) -> None:
    ask(sari)
    send()
    code = code_sent_to(gateway)
    assert sari.get(f"{URL}{address}?phone={NUMBER}&code={code}&topic=").status_code == 405
    assert sari.get(f"{URL}?phone=081311112222&code={code}").status_code == 200
    assert (CodeRequest.objects.count(), OneTimeCode.objects.get().tries) == (1, 0)


@pytest.mark.parametrize("address", ["", "phone/", "code/", "preferences/"])
def test_only_participants_have_one(address: str, visit: Visit) -> None:
    method = "post" if address else "get"
    assert getattr(Client(), method)(f"{URL}{address}").status_code == 302
    assert getattr(visit(make_user(Role.OPERATOR)), method)(f"{URL}{address}").status_code == 403


def test_a_number_that_is_known_is_answered_like_any(sari: Client, gateway: StandIn) -> None:
    with_phone(gateway)
    answers = [ask(sari, number) for number in ("0812 3456 7890", "0812 3456 7891")]
    assert {(answer.status_code, answer["Location"], answer.content) for answer in answers} == {(303, "/contact/#id_code", b"")}


def test_the_page_takes_as_many_queries_with_a_phone_as_without(
    village: Village, visit: Visit, gateway: StandIn, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    browser = visit(village.sari)
    browser.get(URL)
    with django_assert_num_queries(6):
        browser.get(URL)
    with_phone(gateway, user=login_of(village.sari))
    with django_assert_num_queries(6):
        assert "890" in text_of(browser.get(URL))


def test_in_english_and_no_phone_of_anybody_else(village: Village, visit: Visit, gateway: StandIn) -> None:
    with_phone(gateway, user=login_of(village.sari))
    browser = visit(village.dewi)
    browser.cookies["django_language"] = "en"
    page = text_of(browser.get(URL))
    assert ("My contact details" in page, "Phone none yet" in page) == (True, True)
    assert phones_of(login_of(village.dewi)) == (None, None)


def test_only_a_demo_leads_to_the_synthetic_phone(sari: Client, gateway: StandIn) -> None:
    assert gateway.url not in body_of(sari.get(URL))
    DemoClock.objects.create()
    assert f'<a href="{gateway.url}">' in body_of(sari.get(URL))
