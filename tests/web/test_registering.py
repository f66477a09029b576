"""The pages of a registration, without JavaScript as they are sent."""

from typing import Any

import pytest
from django.conf import settings
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from bekal.access.logins import phone_index
from bekal.access.models import Act, Role, User
from bekal.messages.channels.sms.standin import StandIn
from bekal.participants.models import Consent, IdentityCheck, Participant
from bekal.participants.sealed import name_of, nik_of
from tests.builders import make_user
from tests.messages.phones import another, code_sent_to, send, texts_to
from tests.web.conftest import Visit
from tests.web.newcomers import NEW_PASSWORD, PHONE, STEPS, enter, open_applications, register
from tests.web.reading import Page, body_of, text_of
from tests.web.village import Village

pytestmark = pytest.mark.usefixtures("village")


@pytest.fixture
def browser() -> Client:
    return Client()


def test_from_the_first_page_to_being_registered(browser: Client, gateway: StandIn) -> None:
    assert 'href="/register/"' in body_of(browser.get("/"))
    answer = register(browser, gateway)
    assert (answer.status_code, answer["Location"]) == (303, "/application/questions/")
    assert "Anda menyetujuinya pada 22 November 2021, versi 1" in text_of(browser.get("/your-data/"))
    person = Participant.objects.get(user__name="Rina Ma'rufah")
    assert (nik_of(person), name_of(person), person.province) == ("3273015708950001", "Rina Ma'rufah", "33")
    assert Consent.objects.get().user == person.user
    assert "Pendaftaran saya" in text_of(browser.get("/application/"))
    other = Client()
    assert other.post("/accounts/login/", {"login": "+62 812-3456-7890", "password": NEW_PASSWORD}).status_code == 302
    assert "Halo, Rina Ma'rufah" in text_of(other.get("/"))


def test_each_page_leads_to_the_next_one_that_is_not_done(browser: Client, gateway: StandIn) -> None:
    for address in ("/register/code/", "/register/password/"):
        assert browser.get(address)["Location"] == "/register/"
    assert browser.get("/register/identity/").status_code == 302
    enter(browser, gateway)
    order = [*STEPS, "confirm"]
    for at, (name, typed) in enumerate(STEPS.items()):
        assert browser.get("/register/identity/")["Location"] == f"/register/identity/{name}/"
        answer = browser.post(f"/register/identity/{name}/", typed)
        assert answer["Location"] == f"/register/identity/{order[at + 1]}/"
    assert browser.get("/register/")["Location"] == "/register/identity/"
    assert browser.get("/register/identity/none/").status_code == 404


def test_what_was_typed_is_there_again_and_can_be_changed(browser: Client, gateway: StandIn) -> None:
    enter(browser, gateway)
    for name, typed in STEPS.items():
        browser.post(f"/register/identity/{name}/", typed)
    page = browser.get("/register/identity/person/")
    values = {tag.get("name"): tag.get("value") for kind, tag in Page(body_of(page)).tags if kind == "input"}
    assert (values["name"], values["birth_day"], values["birth_year"]) == ("Rina Ma'rufah", "17", "1995")
    browser.post("/register/identity/person/", STEPS["person"] | {"name": "Rina"})
    shown = text_of(browser.get("/register/identity/confirm/"))
    assert "NIK 3273015708950001" in shown
    assert "Nama Rina Tanggal lahir 17 Agustus 1995 Jenis kelamin perempuan" in shown


@pytest.mark.parametrize(
    ("typed", "field", "message"),
    [
        ({"nik": "3273"}, "nik", "NIK terdiri dari tepat 16 angka."),
        ({"nik": "9973015708950001"}, "nik", "Enam angka pertama"),
        ({"household": "12"}, "household", "16 angka"),
        ({"name": " \u200b\u202e "}, "name", "1 sampai 200 karakter"),
        ({"name": "a" * 300}, "name", "1 sampai 200 karakter"),
        ({"birth_day": "31", "birth_month": "2"}, "birth_day", "Ini bukan tanggal lahir."),
        ({"birth_day": ""}, "birth_day", "Ini bukan tanggal lahir."),
        ({"birth_year": "2031"}, "birth_day", "Ini bukan tanggal lahir."),
    ],
)
def test_what_is_wrong_is_said_beside_its_field(gateway: StandIn, typed: dict[str, str], field: str, message: str) -> None:
    browser = Client()
    enter(browser, gateway)
    (name,) = {name for name, fields in STEPS.items() if typed.keys() <= fields.keys()}
    page = browser.post(f"/register/identity/{name}/", STEPS[name] | typed)
    assert page.status_code == 422
    beside = body_of(page).partition(f'id="id_{field}_error"')[2].partition("</p>")[0]
    assert message in beside
    assert "Masalah:" in body_of(page).partition("<title>")[2].partition("</title>")[0]


def test_every_wrong_field_is_named_at_once(browser: Client, gateway: StandIn) -> None:
    enter(browser, gateway)
    page = browser.post("/register/identity/numbers/", {"nik": "1", "household": "2"})
    assert [f'id="id_{field}_error"' in body_of(page) for field in ("nik", "household")] == [True, True]


def test_nothing_is_registered_without_consent(browser: Client, gateway: StandIn) -> None:
    enter(browser, gateway)
    for name, typed in STEPS.items():
        browser.post(f"/register/identity/{name}/", typed)
    page = browser.post("/register/identity/confirm/", {})
    assert (page.status_code, "Mohon nyatakan persetujuan Anda" in text_of(page)) == (422, True)
    assert not Participant.objects.filter(user__name="Rina Ma'rufah").exists()


def test_a_form_sent_twice_does_it_once(browser: Client, gateway: StandIn) -> None:
    register(browser, gateway)
    again = browser.post("/register/identity/confirm/", {"consent": "1"})
    assert (again.status_code, again["Location"]) == (302, "/application/")
    assert browser.post("/register/password/", {"password": NEW_PASSWORD})["Location"] == "/register/identity/"
    assert Participant.objects.filter(user__name="Rina Ma'rufah").count() == 1


def test_a_known_number_is_answered_like_any_other(gateway: StandIn) -> None:
    User.objects.create_user(
        email=None, phone_index=phone_index("+6281234567890"), password=None, name="K", role=Role.PARTICIPANT
    )
    found = []
    for number in (PHONE, "0813 9999 8890"):
        browser = Client()
        answer = browser.post("/register/", {"phone": number})
        page = browser.get("/register/code/")
        wrong = browser.post("/register/code/", {"code": "1"})
        found.append((answer.status_code, answer["Location"], text_of(page), wrong.status_code, text_of(wrong)))
    assert found[0] == found[1]
    send()
    assert [text.partition(".")[0] for text in texts_to(gateway)] == ["Nomor ini sudah punya akun Bekal"]


def test_wrong_numbers_and_codes_are_explained(browser: Client, gateway: StandIn) -> None:
    page = browser.post("/register/", {"phone": "nomor saya"})
    assert (page.status_code, "Ini bukan nomor telepon." in text_of(page)) == (422, True)
    browser.post("/register/", {"phone": PHONE})
    send()
    code = code_sent_to(gateway)
    page = browser.post("/register/code/", {"code": another(code)})
    assert (page.status_code, "Kode ini tidak benar. Sisa percobaan: 4." in text_of(page)) == (403, True)
    for _ in range(4):
        browser.post("/register/code/", {"code": another(code)})
    page = browser.post("/register/code/", {"code": code})
    assert (page.status_code, "Tidak ada lagi kode yang berlaku." in text_of(page)) == (409, True)


def test_a_weak_password_is_refused_in_the_readers_language(browser: Client, gateway: StandIn) -> None:
    browser.post("/register/", {"phone": PHONE})
    send()
    browser.post("/register/code/", {"code": code_sent_to(gateway)})
    page = browser.post("/register/password/", {"password": "12345678"})
    assert page.status_code == 422
    assert "Kata sandi" in body_of(page).partition('id="id_password_error"')[2].partition("</p>")[0]
    assert 'value="12345678"' not in body_of(page)
    assert User.objects.filter(phone_index__isnull=False).count() == 0


def test_a_nik_that_somebody_has_is_answered_like_one_to_be_verified(gateway: StandIn) -> None:
    register(Client(), gateway)
    found = []
    for number, numbers in (
        ("081311112222", STEPS["numbers"]),
        ("081311113333", {**STEPS["numbers"], "nik": "3273015708950002"}),
    ):
        browser = Client()
        browser.post("/register/", {"phone": number})
        send()
        browser.post("/register/code/", {"code": code_sent_to(gateway, f"+62{number[1:]}")})
        browser.post("/register/password/", {"password": NEW_PASSWORD})
        # The second one is nobody else's, but disagrees.
        sex = "F" if numbers is STEPS["numbers"] else "M"
        for name, typed in (STEPS | {"numbers": numbers, "person": STEPS["person"] | {"sex": sex}}).items():
            browser.post(f"/register/identity/{name}/", typed)
        answer = browser.post("/register/identity/confirm/", {"consent": "1"})
        found.append((answer.status_code, answer["Location"], text_of(browser.get("/application/")), text_of(browser.get("/"))))
    assert found[0] == found[1]
    assert "Data Anda sedang diverifikasi" in found[0][2]
    assert sorted(IdentityCheck.objects.values_list("disagreeing", flat=True)) == ["nik", "sex"]


def test_the_pages_are_for_newcomers_alone(village: Village, visit: Visit) -> None:
    assert visit(village.sari).get("/register/identity/")["Location"] == "/application/"
    assert visit(make_user(Role.PROVIDER)).get("/register/identity/").status_code == 403


def test_no_identity_number_is_written_into_the_log_of_acts(browser: Client, gateway: StandIn) -> None:
    register(browser, gateway)
    written = " ".join(str(act) for act in Act.objects.values_list("verb", "subject", "details"))
    assert "user.register" in written
    assert "participants.register" in written
    for secret in ("3273015708950001", "3273010101010001", "81234567890", "Rina"):
        assert secret not in written


def test_pages_ask_the_database_a_fixed_number_of_times(browser: Client, gateway: StandIn) -> None:
    open_applications()
    found: dict[str, int] = {}

    def count(address: str) -> None:
        with CaptureQueriesContext(connection) as asked:
            assert browser.get(address).status_code == 200
        found[address] = len(asked)

    count("/register/")
    register(browser, gateway)
    count("/application/")
    count("/")
    count("/application/questions/reason/")
    assert found == {"/register/": 1, "/application/": 11, "/": 13, "/application/questions/reason/": 6}


def test_every_page_is_in_both_languages(gateway: StandIn) -> None:
    browser = Client()
    browser.cookies[settings.LANGUAGE_COOKIE_NAME] = "en"
    assert "Register: your phone" in text_of(browser.get("/register/"))
    enter(browser, gateway)
    page: Any = browser.get("/register/identity/background/")
    assert "looking for work" in text_of(page)
    assert "Jawa Tengah" in text_of(page)
