"""A newcomer from the landing page to a balance, in a real browser on a real server; the SMS read from the stand-in.

Meanwhile the office freezes, approves, publishes and grants, and the worker orders and announces.
"""

from datetime import timedelta
from pathlib import Path
from typing import Final

import pytest
from django.contrib.auth.hashers import make_password
from playwright.sync_api import Browser, Page, expect
from pytest_django import Settings

from bekal.core.services import move_demo_clock
from bekal.participants.models import Application
from tests.messages.phones import code_sent_to, send, texts_to
from tests.web.browsing import Site, assert_accessible, log_in, open_page
from tests.web.newcomers import ANNOUNCES_AT, CLOSES_AT, NEW_PASSWORD, STEPS
from tests.web.newcomers_wave import NewcomersWave
from tests.web.village import PASSWORD

pytestmark = [pytest.mark.browser, pytest.mark.slow]

DAY: Final = timedelta(days=1)
NUMBERS: Final = {"id": "+6281255556666", "en": "+6281255557777"}
WORDS: Final = {
    "id": {
        "place": "Anda mendapat tempat di gelombang ini.",
        "place by SMS": "Anda mendapat tempat di gelombang 22.",
        "household": "Anda terundi, tetapi tempat untuk kartu keluarga Anda sudah terisi.",
        "household, why": "Jumlah peserta dari satu kartu keluarga dibatasi",
        "refused": "Anda ada di daftar orang yang tidak dapat mengikuti program ini: Aparatur Sipil Negara (ASN).",
        "refused, how to mend": "mintalah perbaikan kepada yang mengelola daftar: Badan Kepegawaian Negara (BKN).",
        "introduction": "Anda punya saldo pelatihan",
        "first purchase": "Beli pelatihan pertama dalam 18 hari",
    },
    "en": {
        "place": "You have a place in this wave.",
        "place by SMS": "You have a place in wave 22.",
        "household": "You were drawn, but the places of your family card are taken.",
        "household, why": "Of one family card only so many people may take part",
        "refused": "You are on this list of people to whom the programme is not open: Civil servants.",
        "refused, how to mend": "have it corrected by who keeps the list: National Civil Service Agency (BKN).",
        "introduction": "You have a training balance",
        "first purchase": "Buy your first training within 18 days",
    },
}


def register_and_apply(page: Page, site: Site, number: str) -> str:
    """Walk from the landing page to an application; returns its registration number."""
    look = _Looks(page)
    page.goto("/")
    look("landing")
    page.locator("main a[href='/register/']").first.click()
    look("phone")
    page.fill("#id_phone", f"0{number[3:]}")
    _go_on(page)
    expect(page.locator("#id_code")).to_be_visible()
    send()
    look("code")
    page.fill("#id_code", code_sent_to(site.phones, number))
    _go_on(page)
    look("password")
    page.fill("#id_password", NEW_PASSWORD)
    _go_on(page)
    for name, typed in STEPS.items():
        expect(page).to_have_url(f"{site.url}/register/identity/{name}/")
        look(name)
        for field, value in typed.items():
            control = page.locator(f"main [name={field}]").first
            if control.evaluate("control => control.tagName") == "SELECT":
                control.select_option(value)
            elif control.get_attribute("type") == "radio":
                page.check(f"main [name={field}][value={value}]")
            else:
                control.fill(value)
        _go_on(page)
    look("confirm")
    page.check("#id_consent")
    _go_on(page)
    while "/application/questions/" in page.url:
        look(page.url.rstrip("/").rpartition("/")[2])
        page.locator("main input[name=answer]").first.check()
        _go_on(page)
    expect(page).to_have_url(f"{site.url}/application/")
    look("before applying")
    page.check("#id_group_disability")
    page.locator("form[action='/application/apply/'] button").click()
    expect(page.locator("#number")).to_be_visible()
    look("applied")
    return page.locator("#number").inner_text()


def see_result(page: Page, registration_number: str) -> None:
    """Look for the result as anybody does."""
    page.goto("/result/")
    page.fill("#id_number", registration_number)
    for part in ("birth_day", "birth_month", "birth_year"):
        page.fill(f"#id_{part}", STEPS["person"][part])
    _go_on(page)
    expect(page.locator("main code")).to_have_text(registration_number)
    _Looks(page)("result")


class _Looks:
    """Looks at each page as it comes: it fits its window, and no tool finds it hard to use."""

    def __init__(self, page: Page) -> None:
        self.page = page

    def __call__(self, what: str) -> None:
        width = (self.page.viewport_size or {"width": 0})["width"]
        assert self.page.evaluate("document.documentElement.scrollWidth") <= width, what
        if width > 360:
            assert_accessible(self.page, what)


def _go_on(page: Page) -> None:
    page.locator("main form button:not([type=button])").last.click()


def hand_in_the_value(page: Page) -> None:
    """Go from the own application to the draw, and hand in the value that is due, as anybody may."""
    page.goto("/application/")
    page.locator("main a[href^='/draws/']").first.click()
    _Looks(page)("the draw with its value due")
    _go_on(page)
    expect(page.locator("[data-draw-state]")).to_have_attribute("data-draw-state", "valued")


def enter_with_a_balance(page: Page, number: str, words: dict[str, str]) -> None:
    """Log in for the first time since the grant, read the one page about it, and come to the balance."""
    page.locator("form[action='/accounts/logout/'] button").click()
    page.goto("/accounts/login/")
    page.fill("#id_login", f"0{number[3:]}")
    page.fill("#id_password", NEW_PASSWORD)
    _go_on(page)
    expect(page.locator("main h1")).to_have_text(words["introduction"])
    expect(page.locator("main")).to_contain_text(words["first purchase"])
    _Looks(page)("introduction")
    _go_on(page)
    expect(page.locator("main [data-balance-idr]").first).to_have_attribute("data-balance-idr", "1000000")
    _Looks(page)("the first page with a balance")


@pytest.fixture
def wave(site: Site, settings: Settings, tmp_path: Path) -> NewcomersWave:
    """A wave that takes applications, whose SMS this process sends to the site's stand-in."""
    settings.BEKAL_SMS_URL, settings.BEKAL_SMS_SECRET = site.phones.url, site.phones.secret
    return NewcomersWave(folder=tmp_path)


@pytest.mark.parametrize(("language", "width"), [("id", 360), ("en", 1280)])
def test_a_newcomer_comes_from_the_landing_page_to_a_balance(
    chromium: Browser, site: Site, wave: NewcomersWave, language: str, width: int
) -> None:
    """In Indonesian on a phone without JavaScript, in English at a desk with it.

    Of a family of three who applied too, one has no place; somebody whom screening refuses reads why, and what can be done.
    """
    words, phone = WORDS[language], NUMBERS[language]
    page = open_page(chromium, site, javascript=width > 360, language=language, width=width)

    number = register_and_apply(page, site, phone)
    application = Application.objects.get(number=number)
    assert (application.state, application.priority_groups) == ("submitted", ["disability"])
    see_result(page, number)

    move_demo_clock(day=CLOSES_AT.date() + DAY)
    wave.publish()
    page.goto("/application/")
    expect(page.locator("main a[download]")).to_be_visible()
    _Looks(page)("the own row")
    move_demo_clock(day=CLOSES_AT.date() + 2 * DAY)
    hand_in_the_value(page)
    wave.order()
    move_demo_clock(day=ANNOUNCES_AT.date() + DAY)
    wave.announce()
    send()

    page.goto("/application/")
    expect(page.locator("main")).to_contain_text(words["place"])
    _Looks(page)("accepted")
    see_result(page, number)
    expect(page.locator("main")).to_contain_text(words["place"])
    assert [words["place by SMS"] in text for text in texts_to(site.phones, phone)] == [True]

    wave.grant()
    enter_with_a_balance(page, phone, words)
    for who, said in ((wave.capped(), "household"), (wave.listed, "refused")):
        reader = open_page(chromium, site, javascript=width > 360, language=language, width=width)
        who.password = make_password(PASSWORD)
        who.save()
        log_in(reader, str(who.email).partition("@")[0])
        reader.goto("/application/")
        for key in (key for key in words if key.partition(",")[0] == said):
            expect(reader.locator("main")).to_contain_text(words[key])
        _Looks(reader)(said)
