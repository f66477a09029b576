"""A session that ended: what was not done is said, and the way leads back to it."""

import html
import re
from typing import Any

import pytest
from django.conf import settings
from django.test import Client
from django.urls import reverse

from bekal.access.models import Role
from tests.builders import make_user
from tests.web.conftest import Visit
from tests.web.officers import enter_office
from tests.web.reading import body_of, field_of, text_of
from tests.web.village import PASSWORD, Village, address_with_password

_BUY = "/catalogue/KUE-01/buy/"


def end_session(browser: Client) -> None:
    """Let the session end as it does by itself: the browser keeps the cookie, the site knows it no more."""
    browser.session.flush()
    browser.cookies[settings.SESSION_COOKIE_NAME] = "gone"


def back_from(login: Any) -> str:
    """Where the login form leads; that of the language, which comes before it, stays on the page."""
    return html.unescape(re.findall(r'name="next" value="([^"]*)"', body_of(login))[-1])


def test_a_page_that_comes_too_late_says_why_a_login_is_asked_for(village: Village, visit: Visit) -> None:
    browser = visit(village.sari)
    end_session(browser)

    asked = browser.get("/balance/?page=2")

    assert (asked.status_code, asked.headers["Location"]) == (302, "/accounts/login/?next=/balance/%3Fpage%3D2&ended=page")
    page = browser.get(asked.headers["Location"])
    assert "Sesi Anda sudah berakhir" in text_of(page)
    assert "Masuk lagi, lalu Anda langsung ke halaman yang dituju." in text_of(page)
    assert back_from(page) == "/balance/?page=2"
    browser.cookies["django_language"] = "en"
    assert "Log in, and you are back at the page that you wanted." in text_of(browser.get(asked.headers["Location"]))


def test_a_purchase_that_comes_too_late_is_not_done_and_found_again(village: Village, visit: Visit) -> None:
    login = {"login": address_with_password(village.sari), "password": PASSWORD}
    browser = visit(village.sari)
    form = browser.get(_BUY)
    end_session(browser)

    key = field_of(form, "request_key")
    sent = browser.post(_BUY, {"request_key": key, "price_idr": "50000"}, headers={"Referer": f"http://testserver{_BUY}"})

    assert sent.headers["Location"] == f"/accounts/login/?next={_BUY}&ended=purchase"
    page = browser.get(sent.headers["Location"])
    assert "Tidak ada yang dibeli dan saldo Anda tidak berkurang." in text_of(page)
    assert "<title>Sesi Anda sudah berakhir · Bekal</title>" in body_of(page)
    assert village.sari.purchases.count() == 2
    back = browser.post("/accounts/login/", login | {"next": back_from(page)})
    assert back.headers["Location"] == _BUY


def test_a_bundle_that_comes_too_late_is_not_bought_either(village: Village, visit: Visit) -> None:
    browser = visit(village.sari)
    end_session(browser)
    sent = browser.post(reverse("buy_together"))
    assert sent.headers["Location"] == "/accounts/login/?ended=purchase"


@pytest.mark.parametrize(
    ("address", "undone", "words"),
    [
        ("/operator/runs/approve/", "approval", "Tidak ada yang disetujui dan tidak ada uang yang dipindahkan."),
        ("/operator/runs/cancel/", "form", "Yang Anda kirim tidak dijalankan: tidak ada yang berubah."),
    ],
)
def test_what_an_officer_sends_too_late_leads_back_to_the_page_with_its_form(
    village: Village, address: str, undone: str, words: str
) -> None:
    browser = enter_office(Role.APPROVER)
    end_session(browser)

    sent = browser.post(address, headers={"Referer": "http://testserver/operator/runs/?page=1"})

    assert sent.headers["Location"] == f"/accounts/login/?next=/operator/runs/%3Fpage%3D1&ended={undone}"
    assert words in text_of(browser.get(sent.headers["Location"]))


@pytest.mark.parametrize("page", ["", "https://elsewhere.example/operator/", "http://testserver.elsewhere.example/"])
def test_only_a_page_of_ours_is_led_back_to(village: Village, page: str) -> None:
    sent = Client().post("/messages/", headers={"Referer": page} if page else {})
    assert sent.headers["Location"] == "/accounts/login/?ended=form"


def test_who_was_not_here_before_is_asked_plainly(village: Village) -> None:
    asked = Client().get("/balance/")

    assert asked.headers["Location"] == "/accounts/login/?next=/balance/"
    assert "Sesi Anda" not in text_of(Client().get(asked.headers["Location"]))


def test_a_login_between_its_two_steps_has_not_ended(village: Village) -> None:
    browser = Client()
    officer = make_user(Role.OPERATOR)
    browser.force_login(officer)
    session = browser.session
    for key in [key for key in session.keys() if key.startswith("_auth")]:  # noqa: SIM118 (a session is no dict)
        del session[key]
    session["step"] = "second factor"
    session.save()

    assert browser.get("/operator/").headers["Location"] == "/accounts/login/?next=/operator/"
