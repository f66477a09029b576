"""Sari's journey and every page, in a real browser on a real server."""

import re
from typing import Final
from uuid import uuid4

import pytest
from playwright.sync_api import Browser, Page, expect

from bekal.ledger.accounts import training_account
from bekal.ledger.queries import available_idr
from bekal.messages.services import write
from bekal.purchases.messages import REFUNDED
from bekal.purchases.models import Purchase
from bekal.recommender.models import Impression
from tests.web.browsing import Site, assert_accessible, log_in, open_page
from tests.web.village import login_of

pytestmark = [pytest.mark.browser, pytest.mark.slow]

_LARGEST_FIRST_LOAD: Final = 10
_SMALL_SCREEN: Final = 640


def shown_trainings(page: Page) -> dict[str, int]:
    tags = page.locator("[data-training-code]").all()
    return {str(tag.get_attribute("data-training-code")): int(tag.get_attribute("data-price-idr") or "") for tag in tags}


def shown_balance(page: Page) -> int:
    return int(page.locator("main [data-balance-idr]").first.get_attribute("data-balance-idr") or "")


@pytest.mark.parametrize("javascript", [True, False], ids=["with JavaScript", "without JavaScript"])
def test_sari_sees_what_fits_buys_it_and_is_refused_what_does_not(chromium: Browser, site: Site, javascript: bool) -> None:
    page = open_page(chromium, site, javascript=javascript)
    log_in(page, "sari")

    expect(page.locator("main")).to_contain_text("Rp300.000")
    assert shown_balance(page) == 300_000
    recommended = shown_trainings(page)
    assert len(recommended) >= 6
    assert max(recommended.values()) <= 300_000

    page.get_by_role("link", name="Lihat 10 pelatihan yang cukup").click()
    assert max(shown_trainings(page).values()) == 300_000
    page.get_by_role("link", name="Bahasa Inggris untuk melayani tamu").click()
    expect(page.locator("main")).to_contain_text("Rp60.000")
    page.get_by_role("link", name="Beli pelatihan ini").click()
    expect(page.locator("main")).to_contain_text("Saldo tersisa Rp60.000")
    page.get_by_role("button", name="Beli seharga Rp240.000").click()

    page.wait_for_url("**/purchases/**")
    purchase = Purchase.objects.get(enrolment=site.village.sari, training__code="INGGRIS-01")
    expect(page.locator("#code")).to_have_text(purchase.redeem_code)
    page.get_by_role("link", name="Ke saldo saya").click()
    assert shown_balance(page) == 60_000 == available_idr(training_account(site.village.sari.number))
    assert set(shown_trainings(page)) == {"GRATIS-01", "KUE-01"}
    expect(page.locator("main")).to_contain_text("Bahasa Inggris untuk melayani tamu")

    page.goto("/catalogue/PIMPIN-01/")
    expect(page.locator("main")).to_contain_text("Saldo Anda kurang Rp440.000.")
    page.goto("/catalogue/PIMPIN-01/buy/")
    expect(page.locator("main")).to_contain_text("Saldo Anda Rp60.000, sedangkan harganya Rp500.000: kurang Rp440.000.")
    assert page.locator("main form").count() == 0


@pytest.mark.parametrize("javascript", [True, False], ids=["with JavaScript", "without JavaScript"])
def test_sari_buys_the_set_that_uses_her_balance(chromium: Browser, site: Site, javascript: bool) -> None:
    page = open_page(chromium, site, javascript=javascript)
    log_in(page, "sari")
    page.set_viewport_size({"width": 360, "height": _SMALL_SCREEN})
    shelf = page.get_by_role("region", name="Paling pas untuk sisa saldo Anda")
    titles = shelf.locator("h3").all_inner_texts()
    assert len(titles) == 2

    shelf.get_by_role("link", name=re.compile(r"^Beli \d pelatihan seharga")).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Konfirmasi pembelian")
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    if javascript:
        assert_accessible(page, "confirmation of a bundle")
    # Each part can be bought alone from here, and what each leaves is said.
    left_idr = 300_000
    for title, price_idr in zip(titles, shown_trainings(page).values(), strict=True):
        left_idr -= price_idr
        part = page.locator(".together-list > li", has_text=title)
        expect(part).to_contain_text(f"Saldo setelahnya: Rp{left_idr:,}".replace(",", "."))
        part.get_by_role("link", name="Beli yang ini saja").click()
        expect(page.locator("main h2").first).to_have_text(title)
        expect(page.get_by_role("button", name=re.compile(r"^Beli seharga"))).to_be_visible()
        page.go_back()
    page.get_by_role("button", name=re.compile(r"^Beli \d pelatihan seharga")).click()

    page.wait_for_url("**/bundles/**-**")
    bought = Purchase.objects.filter(enrolment=site.village.sari, training__title__in=titles)
    assert sorted(page.locator("code.code").all_inner_texts()) == sorted(purchase.redeem_code for purchase in bought)
    assert shown_balance(page) == 300_000 - sum(purchase.price_idr for purchase in bought)
    if javascript:
        assert_accessible(page, "receipt of a bundle")
    page.get_by_role("link", name="Ke saldo saya").click()
    for title in titles:
        assert page.locator(".course-title", has_text=title).count() == 0


def test_a_shelf_that_comes_into_view_is_reported_once(chromium: Browser, site: Site) -> None:
    page = open_page(chromium, site)
    log_in(page, "sari")
    page.wait_for_load_state("networkidle")
    recorded = Impression.objects.filter(enrolment=site.village.sari)
    assert recorded.filter(rendered_at__isnull=True).count() > 0
    reports: list[str] = []
    page.on("request", lambda request: reports.append(request.url) if "/shelves/" in request.url else None)
    for shelf in page.locator("[data-impression]").all():
        shelf.scroll_into_view_if_needed()
        page.wait_for_timeout(150)
    page.wait_for_load_state("networkidle")

    assert recorded.filter(rendered_at__isnull=True).count() == 0
    assert 0 < len(reports) <= recorded.count()
    page.keyboard.press("Home")
    page.wait_for_timeout(300)
    assert len(reports) <= recorded.count()


def test_without_javascript_nothing_counts_as_seen(chromium: Browser, site: Site) -> None:
    page = open_page(chromium, site, javascript=False)
    log_in(page, "sari")

    recorded = Impression.objects.filter(enrolment=site.village.sari)
    assert recorded.count() > 0
    assert recorded.filter(rendered_at__isnull=False).count() == 0


@pytest.mark.parametrize("javascript", [True, False], ids=["with JavaScript", "without JavaScript"])
def test_two_clicks_buy_once(chromium: Browser, site: Site, javascript: bool) -> None:
    page = open_page(chromium, site, javascript=javascript)
    log_in(page, "sari")
    page.goto("/catalogue/KUE-01/buy/")
    sent: list[str] = []
    page.on("request", lambda request: sent.append(request.method))

    page.get_by_role("button", name="Beli seharga Rp50.000").dblclick()

    page.wait_for_url("**/purchases/**")
    assert sent.count("POST") == 1 or not javascript
    assert Purchase.objects.filter(enrolment=site.village.sari, training__code="KUE-01").count() == 1
    assert available_idr(training_account(site.village.sari.number)) == 250_000


def test_the_button_says_that_the_purchase_is_under_way(chromium: Browser, site: Site) -> None:
    page = open_page(chromium, site)
    log_in(page, "sari")
    page.goto("/catalogue/KUE-01/buy/")
    page.evaluate("document.querySelector('form[data-once]').addEventListener('submit', (event) => event.preventDefault())")

    page.get_by_role("button", name="Beli seharga Rp50.000").click()

    expect(page.get_by_role("button", name="Sebentar…")).to_have_attribute("aria-disabled", "true")


def test_results_follow_while_one_types(chromium: Browser, site: Site) -> None:
    page = open_page(chromium, site)
    log_in(page, "sari")
    page.goto("/catalogue/")
    assert len(shown_trainings(page)) == 15

    page.locator("#id_q").press_sequentially("kopi")
    expect(page.locator("#count")).to_contain_text("1 pelatihan")
    assert shown_trainings(page) == {"KOPI-01": 75_000}
    assert page.url.endswith("/catalogue/?q=kopi&field=&sort=best")

    page.locator("#id_q").fill("")
    page.locator("#id_fits").check()
    expect(page.locator("#count")).to_contain_text("10 pelatihan seharga Rp300.000 atau kurang")
    assert max(shown_trainings(page).values()) == 300_000


@pytest.mark.parametrize("language", ["id", "en"])
@pytest.mark.parametrize("javascript", [True, False], ids=["with JavaScript", "without JavaScript"])
def test_the_first_page_has_at_most_four_small_screens(chromium: Browser, site: Site, javascript: bool, language: str) -> None:
    page = open_page(chromium, site, javascript=javascript, language=language)
    log_in(page, "sari")
    page.set_viewport_size({"width": 360, "height": _SMALL_SCREEN})
    sections = page.locator("main section").evaluate_all("(found) => found.map((part) => part.getAttribute('aria-labelledby'))")
    at = {name: page.locator(f"#{name}").bounding_box() for name in sections}

    assert sections == ["balance", "bought", "incentive", "shelf-bundle", "shelf-fits"]
    assert [name for name, box in at.items() if box is not None] == sections
    height = page.evaluate("document.documentElement.scrollHeight")
    # There is room for a third shelf, which others have.
    shelf = page.locator("[aria-labelledby=shelf-fits]").bounding_box()
    assert shelf is not None
    assert height + shelf["height"] + 20 <= 4 * _SMALL_SCREEN
    assert len(shown_trainings(page)) >= 6


def test_the_documentation_of_the_api_is_folded_and_opens_without_javascript(chromium: Browser, site: Site) -> None:
    page = open_page(chromium, site, javascript=False)
    page.goto("/api/v1/docs/")
    assert page.evaluate("document.documentElement.scrollHeight") <= 5 * _SMALL_SCREEN
    asked = page.locator("[aria-labelledby=recommend] details").first
    expect(asked.get_by_text("balance_idr")).to_be_hidden()
    asked.locator("summary").click()
    expect(asked.get_by_text("balance_idr")).to_be_visible()

    page = open_page(chromium, site)
    page.goto("/api/v1/docs/")
    for summary in page.locator("main summary").all():
        summary.click()
    assert_accessible(page, "the documentation of the API, opened")
    for width in (360, 320):
        page.set_viewport_size({"width": width, "height": 800})
        assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_a_shelf_moves_under_the_keyboard_alone(chromium: Browser, site: Site) -> None:
    page = open_page(chromium, site, javascript=False)
    log_in(page, "sari")
    page.set_viewport_size({"width": 360, "height": _SMALL_SCREEN})
    shelf = page.locator("[aria-labelledby=shelf-fits]")
    links = shelf.locator(".course-title a")
    strip = shelf.locator(".strip")
    assert strip.evaluate("(strip) => strip.scrollWidth > strip.clientWidth")
    assert links.last.bounding_box()["x"] > 360  # type: ignore[index]

    links.first.focus()
    for _ in range(links.count() - 1):
        page.keyboard.press("Tab")
    expect(links.last).to_be_focused()
    page.wait_for_timeout(300)
    box = links.last.bounding_box()

    assert box is not None
    assert box["x"] >= 0
    assert box["x"] + box["width"] <= 360
    assert page.evaluate("document.documentElement.scrollWidth") == 360


def test_a_password_can_be_looked_at_and_is_sent_as_one(chromium: Browser, site: Site) -> None:
    page = open_page(chromium, site)
    page.goto("/accounts/login/")
    field, reveal = page.locator("#id_password"), page.locator(".reveal")
    page.fill("#id_login", "sari@example.org")
    page.fill("#id_password", "rahasia")
    page.get_by_role("button", name="Tampilkan kata sandi").click()

    expect(field).to_have_attribute("type", "text")
    expect(field).to_be_focused()
    expect(reveal).to_have_value("Sembunyikan")
    reveal.click()
    expect(field).to_have_attribute("type", "password")
    reveal.click()
    page.evaluate("document.querySelector('main form').addEventListener('submit', (event) => event.preventDefault())")
    page.click("main form .button")
    expect(field).to_have_attribute("type", "password")


def test_without_javascript_there_is_nothing_that_only_looks_like_a_button(chromium: Browser, site: Site) -> None:
    page = open_page(chromium, site, javascript=False)
    page.goto("/accounts/login/")
    expect(page.locator(".reveal")).to_be_hidden()


def test_an_error_is_focused_and_leads_to_its_field(chromium: Browser, site: Site) -> None:
    page = open_page(chromium, site)
    page.goto("/accounts/login/")
    page.fill("#id_login", "sari@example.org")
    page.fill("#id_password", "salah")
    page.click("main button")

    expect(page.locator(".callout-error")).to_be_focused()


def test_the_keyboard_reaches_the_content_first(chromium: Browser, site: Site) -> None:
    page = open_page(chromium, site)
    page.goto("/catalogue/")
    page.keyboard.press("Tab")
    expect(page.locator(".skip")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("main")).to_be_focused()


def listen(page: Page) -> list[str]:
    """What the console and the scripts complain about from now on."""
    noise: list[str] = []
    page.on("console", lambda message: noise.append(message.text))
    page.on("pageerror", lambda error: noise.append(str(error)))
    return noise


def every_page(page: Page, name: str | None) -> list[str]:
    """Every address that this person can see, as this person sees it."""
    always = ["/", "/catalogue/", "/catalogue/?q=zzz", "/catalogue/KUE-01/", "/catalogue/NONE/", "/none/"]
    if name is None:
        outside = ["/accounts/login/", "/accounts/login/?ended=purchase", "/accounts/password/reset/", "/accounts/inactive/"]
        return [*always, *outside, "/api/v1/docs/"]
    bundles = [f"/bundles/buy/?training=KUE-01&training={code}" for code in ("KOPI-01", "JAHIT-01", "BARISTA-01")]
    own = [*always, "/balance/", "/messages/", "/catalogue/KUE-01/buy/", "/catalogue/BARISTA-01/buy/", *bundles]
    page.goto("/")
    receipts = page.locator(".bought a").all()
    return [*own, "/accounts/logout/", *(str(link.get_attribute("href")) for link in receipts[:1])]


@pytest.mark.parametrize("language", ["id", "en"])
def test_every_page_is_accessible_fits_a_small_phone_and_is_quiet(chromium: Browser, site: Site, language: str) -> None:
    user = login_of(site.village.sari)
    write(recipient=user, template=REFUNDED, about=uuid4(), title="Kue basah", amount_idr=2_130_000_000_000)
    for name in (None, "sari", "dewi", "budi"):
        page = open_page(chromium, site, language=language)
        noise = listen(page)
        if name is not None:
            log_in(page, name)
        for address in every_page(page, name):
            page.set_viewport_size({"width": 360, "height": 800})
            page.goto(address)
            assert_accessible(page, f"{name} {address}")
            for width in (360, 320):
                page.set_viewport_size({"width": width, "height": 800})
                assert page.evaluate("document.documentElement.scrollWidth") <= width, f"{name} {address} at {width} px"
        assert [line for line in noise if not re.search(r"status of 40[49]", line)] == []


@pytest.mark.parametrize("language", ["id", "en"])
def test_pages_after_a_mistake_are_accessible(chromium: Browser, site: Site, language: str) -> None:
    page = open_page(chromium, site, language=language)
    page.goto("/accounts/login/")
    page.fill("#id_login", "sari@example.org")
    page.fill("#id_password", "salah")
    page.click("main button")
    page.wait_for_selector(".callout-error")
    assert_accessible(page, "failed login")

    log_in(page, "sari")
    page.goto("/catalogue/KUE-01/buy/")
    page.evaluate("document.querySelector('[name=price_idr]').value = '1'")
    page.click("main form .button")
    page.wait_for_selector(".callout-error")
    assert_accessible(page, "refused purchase")


def test_a_first_visit_is_light(chromium: Browser, site: Site) -> None:
    page = open_page(chromium, site)
    log_in(page, "sari")
    fresh = open_page(chromium, site)
    fresh.context.add_cookies(page.context.cookies())  # type: ignore[arg-type]
    seen: list[str] = []
    fresh.on("request", lambda request: seen.append(request.url))
    fresh.goto("/", wait_until="networkidle")

    assert len(seen) <= _LARGEST_FIRST_LOAD
    assert [address for address in seen if not address.startswith(site.url)] == []
