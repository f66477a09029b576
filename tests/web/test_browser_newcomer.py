"""A newcomer from the landing page to an application, in a real browser on a real server; the SMS read from the stand-in."""

import pytest
from playwright.sync_api import Browser, Page, expect
from pytest_django import Settings

from bekal.participants.models import Application
from tests.messages.phones import code_sent_to, send
from tests.web.browsing import Site, assert_accessible, open_page
from tests.web.newcomers import NEW_PASSWORD, STEPS, open_applications

pytestmark = [pytest.mark.browser, pytest.mark.slow]

NUMBERS = {"id": "+6281255556666", "en": "+6281255557777"}


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


@pytest.mark.parametrize(("language", "width"), [("id", 360), ("en", 1280)])
def test_a_newcomer_registers_and_applies(chromium: Browser, site: Site, settings: Settings, language: str, width: int) -> None:
    """In Indonesian on a phone without JavaScript, in English at a desk with it."""
    settings.BEKAL_SMS_URL, settings.BEKAL_SMS_SECRET = site.phones.url, site.phones.secret
    open_applications()
    page = open_page(chromium, site, javascript=width > 360, language=language, width=width)
    number = register_and_apply(page, site, NUMBERS[language])
    application = Application.objects.get(number=number)
    assert (application.state, application.priority_groups) == ("submitted", ["disability"])
    see_result(page, number)
