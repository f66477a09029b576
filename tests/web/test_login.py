import pytest
from django.test import Client
from pytest_django import Settings

from bekal.access.models import Role
from bekal.access.services import add_user
from tests.web.officers import SECRET, code_of_now
from tests.web.reading import body_of, text_of
from tests.web.village import PASSWORD, Village, address_with_password, login_of

_AWAY = "/accounts/login/"


@pytest.fixture
def sari(village: Village) -> str:
    """Sari's e-mail address, with a password that works."""
    return address_with_password(village.sari)


def test_the_form_has_labels_and_a_way_out_for_a_forgotten_password(sari: str) -> None:
    page = Client().get(_AWAY)

    assert page.status_code == 200
    body = body_of(page)
    assert '<label for="id_login">Alamat e-mail</label>' in body
    assert '<label for="id_password">Kata sandi</label>' in body
    assert 'href="/accounts/password/reset/"' in body


def test_login_leads_to_the_first_page_or_back_to_where_it_was_needed(sari: str) -> None:
    form = {"login": sari, "password": PASSWORD}

    assert Client().post(_AWAY, form).headers["Location"] == "/"
    assert Client().post(_AWAY, form | {"next": "/balance/"}).headers["Location"] == "/balance/"
    assert Client().post(_AWAY, form | {"next": "https://example.com/"}).headers["Location"] == "/"


def test_the_address_may_be_typed_in_capitals(sari: str) -> None:
    assert Client().post(_AWAY, {"login": sari.upper(), "password": PASSWORD}).status_code == 302


@pytest.mark.parametrize(("login", "password"), [("sari@example.org", "rahasia-keliru"), ("nobody@example.org", PASSWORD)])
def test_a_wrong_login_does_not_say_which_part_is_wrong(sari: str, login: str, password: str) -> None:
    answer = Client().post(_AWAY, {"login": login, "password": password})

    assert "E-mail dan kata sandi ini tidak cocok. Periksa keduanya." in text_of(answer)
    assert f'value="{login}"' in body_of(answer)
    assert password not in body_of(answer)


def test_empty_fields_are_named_and_linked_from_the_summary(sari: str) -> None:
    body = body_of(Client().post(_AWAY, {}))

    assert '<a href="#id_login">' in body
    assert '<a href="#id_password">' in body
    assert body.count('aria-invalid="true"') == 2
    assert 'id="id_login_error"' in body
    assert "<title>Masalah: Masuk · Bekal</title>" in body


def test_after_five_failed_tries_the_account_waits(sari: str) -> None:
    browser = Client()
    for number in range(5):
        browser.post(_AWAY, {"login": sari, "password": f"salah-{number}"})

    answer = browser.post(_AWAY, {"login": sari, "password": PASSWORD})

    assert "Terlalu banyak percobaan yang gagal." in text_of(answer)


def test_too_many_requests_get_a_page(sari: str, settings: Settings) -> None:
    settings.ACCOUNT_RATE_LIMITS = {"login": "30/m/ip"}
    browser = Client()
    answers = [browser.post(_AWAY, {"login": "", "password": ""}) for _ in range(31)]

    assert [answer.status_code for answer in answers] == [200] * 30 + [429]
    assert "Tunggu beberapa menit, lalu coba lagi." in text_of(answers[-1])


def test_logging_out_needs_a_click_and_then_closes_the_pages(sari: str) -> None:
    browser = Client()
    browser.post(_AWAY, {"login": sari, "password": PASSWORD})

    asked = browser.get("/accounts/logout/")
    assert "Keluar?" in text_of(asked)
    assert browser.get("/balance/").status_code == 200

    assert browser.post("/accounts/logout/").headers["Location"] == "/"
    assert browser.get("/balance/").status_code == 302


def test_a_switched_off_account_is_told_so(village: Village, sari: str) -> None:
    user = login_of(village.sari)
    user.is_active = False
    user.save()

    answer = Client().post(_AWAY, {"login": sari, "password": PASSWORD}, follow=True)

    assert "Akun ini dinonaktifkan" in text_of(answer)


def test_a_forgotten_password_is_a_question_to_the_office(village: Village) -> None:
    text = text_of(Client().get("/accounts/password/reset/"))

    assert "Kata sandi baru lewat e-mail belum tersedia." in text
    assert "Mintalah kata sandi baru ke kantor program (Manajemen Pelaksana Program Kartu Prakerja)." in text


def test_nobody_can_sign_up(village: Village) -> None:
    assert Client().get("/accounts/signup/").status_code == 404
    assert "signup" not in body_of(Client().get(_AWAY))


def test_an_officer_is_asked_for_the_second_factor(village: Village) -> None:
    officer = add_user(email="op@example.org", password=PASSWORD, name="Operator", role=Role.OPERATOR, totp_secret=SECRET)
    browser = Client()

    asked = browser.post(_AWAY, {"login": officer.email, "password": PASSWORD}, follow=True)
    assert asked.request["PATH_INFO"] == "/accounts/login/code/"
    assert "Enam angka yang sekarang tampil di aplikasi autentikator Anda." in text_of(asked)
    assert browser.get("/balance/").status_code == 302

    wrong = browser.post("/accounts/login/code/", {"code": "000000"})
    assert "Kode ini salah, atau sudah dipakai." in text_of(wrong)
    empty = browser.post("/accounts/login/code/", {"code": ""})
    assert 'aria-invalid="true"' in body_of(empty)

    right = browser.post("/accounts/login/code/", {"code": code_of_now()})
    assert (right.status_code, right.headers["Location"]) == (302, "/")
    assert browser.get("/").headers["Location"] == "/operator/"


def test_the_second_factor_page_alone_leads_to_the_login(village: Village) -> None:
    assert Client().get("/accounts/login/code/").headers["Location"] == _AWAY
