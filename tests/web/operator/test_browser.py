"""The end of a wave by two officers, in a real browser on a real server."""

import pytest
from playwright.sync_api import Browser, Page, expect

from bekal.access.models import Role
from bekal.ledger.audit import audit
from bekal.participants.models import Enrolment
from tests.web.browsing import Site, assert_accessible, open_page
from tests.web.officers import add_officer, code_of_now
from tests.web.village import PASSWORD

pytestmark = [pytest.mark.browser, pytest.mark.slow]


def _enter(page: Page, role: Role) -> None:
    email = add_officer(role)
    page.goto("/accounts/login/")
    page.fill("#id_login", email)
    page.fill("#id_password", PASSWORD)
    page.click("main button")
    page.fill("[name=code]", code_of_now())
    page.click("main button")
    page.wait_for_url("**/operator/")


def _check(page: Page, what: str) -> None:
    assert_accessible(page, what)
    assert page.evaluate("document.documentElement.scrollWidth") <= 360, what


@pytest.mark.parametrize(("javascript", "language"), [(True, "id"), (False, "en")])
def test_operator_and_approver_end_the_wave(chromium: Browser, site: Site, javascript: bool, language: str) -> None:
    operator = open_page(chromium, site, javascript=javascript, language=language)
    _enter(operator, Role.OPERATOR)
    if javascript:
        _check(operator, "waves")
    operator.locator("table a").first.click()
    expect(operator.locator("[data-returning-idr]")).to_have_attribute("data-returning-idr", "3850000")
    operator.fill("#id_day", "2021-12-16")
    operator.locator("form[action$='/clock/'] button").click()
    operator.locator("form[action$='/end/'] button:enabled").click()
    expect(operator.locator("section.card [data-run-kind]")).to_have_count(2)
    if javascript:
        _check(operator, "a proposal")
    assert operator.locator("form[action$='/approve/']").count() == 0

    approver = open_page(chromium, site, javascript=javascript, language=language)
    _enter(approver, Role.APPROVER)
    approver.goto(operator.url)
    approver.locator("form[action$='/approve/'] button").click()
    expect(approver.locator("[data-posted-idr]").first).to_have_attribute("data-posted-idr", "300000")
    expect(approver.locator("[data-posted-idr]").nth(1)).to_have_attribute("data-posted-idr", "3550000")
    expect(approver.locator("[data-exact=true]")).to_be_visible()
    if javascript:
        _check(approver, "the end")

    people = (site.village.sari, site.village.dewi, site.village.budi)
    assert [Enrolment.objects.get(pk=person.pk).status for person in people] == ["ended", "revoked", "ended"]
    assert audit().findings == ()
