from datetime import timedelta
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client
from pytest_django import Settings

from bekal.access.models import Act, Role
from bekal.access.services import add_user
from bekal.core import clock
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
    assert '<label for="id_login">Nomor telepon atau alamat e-mail</label>' in body
    assert '<label for="id_password">Kata sandi</label>' in body
    assert 'href="/accounts/password/reset/"' in body


def test_login_leads_to_the_first_page_or_back_to_where_it_was_needed(sari: str) -> None:
    form = {"login": sari, "password": PASSWORD}

    assert Client().post(_AWAY, form).headers["Location"] == "/"
    assert Client().post(_AWAY, form | {"next": "/balance/"}).headers["Location"] == "/balance/"
    assert Client().post(_AWAY, form | {"next": "https://example.com/"}).headers["Location"] == "/"


def test_the_session_keeps_no_address(sari: str) -> None:
    browser = Client()
    assert guess(browser, sari, PASSWORD) == 302
    stored = dict(browser.session)
    assert [record["method"] for record in stored["account_authentication_methods"]] == ["password"]
    assert sari not in str(stored)


def test_the_address_may_be_typed_in_capitals(sari: str) -> None:
    assert Client().post(_AWAY, {"login": sari.upper(), "password": PASSWORD}).status_code == 302


@pytest.mark.parametrize(("login", "password"), [("sari@example.org", "rahasia-keliru"), ("nobody@example.org", PASSWORD)])
def test_a_wrong_login_does_not_say_which_part_is_wrong(sari: str, login: str, password: str) -> None:
    answer = Client().post(_AWAY, {"login": login, "password": password})

    assert "Nomor telepon atau alamat e-mail ini dan kata sandi ini tidak cocok. Periksa keduanya." in text_of(answer)
    assert f'value="{login}"' in body_of(answer)
    assert password not in body_of(answer)


def test_empty_fields_are_named_and_linked_from_the_summary(sari: str) -> None:
    body = body_of(Client().post(_AWAY, {}))

    assert '<a href="#id_login">' in body
    assert '<a href="#id_password">' in body
    assert body.count('aria-invalid="true"') == 2
    assert 'id="id_login_error"' in body
    assert "<title>Masalah: Masuk · Bekal</title>" in body


_WRONG = "rahasia-keliru"


def guess(browser: Client, email: str, password: str = _WRONG, **environment: Any) -> int:
    return browser.post(_AWAY, {"login": email, "password": password}, **environment).status_code


def test_after_five_failed_tries_the_account_waits(sari: str) -> None:
    browser = Client()
    assert [guess(browser, sari) for _ in range(6)] == [200] * 5 + [429]

    answer = browser.post(_AWAY, {"login": sari, "password": PASSWORD})

    assert answer.status_code == 429
    assert "Terlalu banyak percobaan yang salah" in text_of(answer)


def test_neither_addresses_nor_host_headers_buy_tries_and_the_owner_comes_in(sari: str, settings: Settings) -> None:
    settings.ALLOWED_HOSTS = ["*"]
    known, elsewhere = Client(), Client()
    assert guess(known, sari, PASSWORD, REMOTE_ADDR="203.0.113.7") == 302
    known.post("/accounts/logout/")

    statuses = []
    for number in range(150):
        cache.clear()  # as ordinary traffic makes a cache forget
        where = {"REMOTE_ADDR": f"198.51.{number % 30}.9", "HTTP_HOST": f"bekal{number % 20}.example:{8_000 + number % 20}"}
        statuses.append(guess(Client(), sari.upper() if number % 2 else sari, **where))

    assert (statuses.count(200), statuses.count(429)) == (26, 124)
    assert guess(elsewhere, sari, PASSWORD, REMOTE_ADDR="198.51.3.9") == 429
    assert guess(known, sari, PASSWORD, REMOTE_ADDR="198.51.3.9") == 302
    assert guess(elsewhere, sari, PASSWORD, REMOTE_ADDR="203.0.113.99") == 302


def test_a_stranger_holds_nobody_out_for_good(sari: str) -> None:
    """From where the owner never was, while the flood goes on."""
    for minutes, is_in in ((0, 429), (61, 302)):
        with clock.at(clock.now() + timedelta(minutes=minutes)):
            for number in range(30):
                guess(Client(), sari, REMOTE_ADDR=f"198.51.{number}.9")
            assert guess(Client(), sari, PASSWORD, REMOTE_ADDR="192.0.2.1") == is_in


def test_the_browser_keeps_a_signed_token_that_no_script_reads(sari: str) -> None:
    browser = Client()
    guess(browser, sari, PASSWORD)
    cookie = browser.cookies["bekal_browser"]
    assert (cookie["httponly"], cookie["samesite"], cookie["max-age"]) == (True, "Lax", 31_536_000)
    assert cookie.value.count(":") == 2


def test_the_token_travels_as_the_session_does(sari: str, settings: Settings) -> None:
    assert not settings.SESSION_COOKIE_SECURE
    settings.SESSION_COOKIE_SECURE = True
    browser = Client()
    browser.post(_AWAY, {"login": sari, "password": PASSWORD}, secure=True)
    assert browser.cookies["bekal_browser"]["secure"] is True


def test_logins_and_failures_stand_in_the_log_of_acts_without_the_password(village: Village, sari: str) -> None:
    guess(Client(), sari, REMOTE_ADDR="198.51.100.9")
    guess(Client(), sari, PASSWORD, REMOTE_ADDR="203.0.113.7")
    user = login_of(village.sari)
    assert list(
        Act.objects.filter(verb__startswith="login.").order_by("id").values_list("verb", "actor", "subject", "details")
    ) == [
        ("login.fail", None, f"user:{user.public_id}", {"tried": "password", "network": "198.51.100.0/24"}),
        ("login.enter", user.pk, f"user:{user.public_id}", {"network": "203.0.113.0/24"}),
    ]


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


def test_a_code_that_was_used_opens_no_second_browser(village: Village) -> None:
    officer = add_user(email="op@example.org", password=PASSWORD, name="Operator", role=Role.OPERATOR, totp_secret=SECRET)
    code = code_of_now()
    browsers = [Client(), Client()]
    for browser in browsers:
        browser.post(_AWAY, {"login": officer.email, "password": PASSWORD})
    cache.clear()
    answers = [browser.post("/accounts/login/code/", {"code": code}) for browser in browsers]
    assert [answer.status_code for answer in answers] == [302, 200]
    assert "Kode ini salah, atau sudah dipakai." in text_of(answers[1])
    assert "bekal_browser" not in browsers[1].cookies


def test_guesses_at_codes_are_limited(village: Village) -> None:
    officer = add_user(email="op@example.org", password=PASSWORD, name="Operator", role=Role.OPERATOR, totp_secret=SECRET)
    browser = Client()
    browser.post(_AWAY, {"login": officer.email, "password": PASSWORD})
    statuses = [browser.post("/accounts/login/code/", {"code": "x"}).status_code for _ in range(6)]
    assert statuses == [200] * 5 + [429]
    assert browser.post("/accounts/login/code/", {"code": code_of_now()}).status_code == 429


def test_the_second_factor_page_alone_leads_to_the_login(village: Village) -> None:
    assert Client().get("/accounts/login/code/").headers["Location"] == _AWAY
