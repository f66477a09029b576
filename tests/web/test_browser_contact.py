"""A phone is confirmed, a message comes to it, and the office sees what became of it: in a real browser on a real server."""

import time
from uuid import uuid4

import pytest
from playwright.sync_api import Browser, Page, expect
from pytest_django import Settings

from bekal.access.models import Role
from bekal.messages.channels.sms.standin import Fault, Reports
from bekal.messages.models import Delivery
from bekal.messages.services import write
from bekal.payouts.messages import REJECTED, REJECTED_RETURNED
from tests.messages.phones import code_sent_to, send, states, texts_to
from tests.web.browsing import Site, assert_accessible, log_in, open_page
from tests.web.officers import add_officer, code_of_now
from tests.web.village import PASSWORD, login_of

pytestmark = [pytest.mark.browser, pytest.mark.slow]

NUMBER = "+6281298765432"


def _check(page: Page, what: str, width: int) -> None:
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        assert_accessible(page, f"{what}, {scheme}")
    assert page.evaluate("document.documentElement.scrollWidth") <= width, what


def _await_state(count: int, state: str) -> None:
    deadline = time.monotonic() + 20
    while Delivery.objects.filter(state=state).count() < count:
        assert time.monotonic() < deadline, states()
        time.sleep(0.05)


@pytest.mark.parametrize(("language", "width"), [("id", 360), ("en", 1280)])
def test_from_a_phone_to_the_offices_sum(chromium: Browser, site: Site, settings: Settings, language: str, width: int) -> None:
    """In Indonesian on a phone without JavaScript, in English at a desk with it."""
    javascript = width > 360
    # What a worker beside the site would do is done here.
    settings.BEKAL_SMS_URL, settings.BEKAL_SMS_SECRET = site.phones.url, site.phones.secret
    site.phones.script(reports=Reports.TWICE_REVERSED)
    before = len(texts_to(site.phones, NUMBER))
    page = open_page(chromium, site, javascript=javascript, language=language, width=width)
    log_in(page, "sari")
    page.goto("/messages/")
    page.locator("main a[href='/contact/']").click()

    page.fill("#id_phone", "0812-9876-5432")
    page.locator("form[action='/contact/phone/'] button.button").click()
    expect(page.locator("#id_code")).to_be_visible()
    send()
    code = code_sent_to(site.phones, NUMBER)
    if javascript:
        _check(page, "a code on its way", width)
    page.fill("#id_code", f"{(int(code) + 1) % 1_000_000:06}")
    page.locator("form[action='/contact/code/'] button").click()
    expect(page.locator("#id_code_error")).to_be_visible()
    page.fill("#id_code", code)
    page.locator("form[action='/contact/code/'] button").click()
    expect(page.locator("main dl")).to_contain_text("432")
    page.locator("input[name=topic][value=payments]").uncheck()
    page.locator("form[action='/contact/preferences/'] button").click()
    expect(page.locator("input[name=topic][value=payments]")).not_to_be_checked()
    if javascript:
        _check(page, "a confirmed phone", width)

    sari = login_of(site.village.sari)
    for template in (REJECTED, REJECTED_RETURNED):
        write(recipient=sari, template=template, about=uuid4(), amount_idr=600_000)
    send()
    (text,) = texts_to(site.phones, NUMBER)[before:]
    assert "Rp600.000" in text
    _await_state(2, "delivered")  # the code and the message, by reports that came twice and in the wrong order
    site.phones.script(Fault.SILENT, reports=Reports.NONE)
    write(recipient=sari, template=REJECTED_RETURNED, about=uuid4(), amount_idr=600_000)
    send()

    office = open_page(chromium, site, javascript=javascript, language=language, width=width)
    office.goto("/accounts/login/")
    office.fill("#id_login", add_officer(Role.OPERATOR))
    office.fill("#id_password", PASSWORD)
    office.click("main button")
    office.fill("[name=code]", code_of_now())
    office.click("main button")
    office.locator("main a[href='/operator/messages/']").click()
    row = office.locator(f"tr[data-kind='{REJECTED_RETURNED}'] td.num")
    assert [cell.inner_text().split()[-1] for cell in row.all()] == ["2", "1", "1", "0", "0", "1", "0"]
    if javascript:
        _check(office, "an unknown message", width)
    office.locator("input[name=message]").check()
    office.locator("form[action='/operator/messages/settle/'] button[value=sent]").last.click()
    expect(office.locator("input[name=message]")).to_have_count(0)
    assert sorted(states()) == ["accepted", "delivered", "delivered"]
