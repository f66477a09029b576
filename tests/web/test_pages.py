"""What holds for every page: well formed, safe, small, and at home here alone."""

import gzip
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from django.conf import settings
from django.contrib.staticfiles import finders
from django.test import Client
from django.urls import reverse

from bekal.messages.services import write
from bekal.purchases.bundles import buy_bundle
from bekal.purchases.messages import REFUNDED
from tests.builders import on
from tests.web.conftest import Visit
from tests.web.reading import Page, body_of
from tests.web.village import BOUGHT_ON, SPEND_BY_OVER, Village, login_of

_FIRST_LOAD_BYTES = 100_000
_FIRST_LOAD_REQUESTS = 10
_CSS_BYTES = 20_000
_JS_BYTES = 25_000


def every_page(village: Village, visit: Visit) -> Iterator[tuple[str, Any]]:
    """A name and a response for every page and every state of it."""
    nobody, sari, dewi, budi = visit(None), visit(village.sari), visit(village.dewi), visit(village.budi)
    receipt = reverse("receipt", args=[village.sari.purchases.latest("id").public_id])
    for browser, who in ((nobody, "nobody"), (sari, "sari"), (dewi, "dewi"), (budi, "budi")):
        for address in ("/", "/catalogue/", "/catalogue/?q=zzz", "/catalogue/KUE-01/", "/catalogue/NONE/", "/none/"):
            yield f"{who} {address}", browser.get(address)
    for address in ("/accounts/login/", "/accounts/password/reset/", "/accounts/inactive/"):
        yield address, nobody.get(address)
    yield "failed login", nobody.post("/accounts/login/", {})
    bundle = "/bundles/buy/?training=KUE-01&training="
    write(recipient=login_of(village.sari), template=REFUNDED, about=uuid4(), title="Kue & <kopi>", amount_idr=2_130_000_000_000)
    yield "unread messages", sari.get("/messages/")
    yield "no messages", dewi.get("/messages/")
    own = ("/balance/", "/catalogue/KUE-01/buy/", "/catalogue/PIMPIN-01/buy/", f"{bundle}KOPI-01", f"{bundle}JAHIT-01")
    for address in (*own, f"{bundle}WEB-01", receipt, "/accounts/logout/"):
        yield address, sari.get(address)
    yield "refused bundle", sari.post("/bundles/buy/", {"training": ["KUE-01", "KOPI-01"]})
    yield "refused purchase", sari.post("/catalogue/KUE-01/buy/", {})
    with on(BOUGHT_ON):
        yield "first purchase open", dewi.get("/")
        yield "first confirmation", dewi.get("/catalogue/KUE-01/buy/")
        yield "first bundle", dewi.get(f"{bundle}KOPI-01")
        trainings = [village.trainings[code] for code in ("GRATIS-01", "KUE-01")]
        request_key = uuid4()
        items = [(training, training.price_idr) for training in trainings]
        buy_bundle(enrolment=village.dewi, items=items, request_key=request_key)
        yield "dewi bundle receipt", dewi.get(reverse("bundle_receipt", args=[request_key]))
    with on(SPEND_BY_OVER):
        yield "spending over", sari.get("/")


@pytest.fixture(params=["id", "en"])
def pages(request: pytest.FixtureRequest, trained: Village, visit: Visit) -> dict[str, Any]:
    """Every page in one language."""

    def speaking(who: Any) -> Client:
        browser = visit(who)
        browser.cookies[settings.LANGUAGE_COOKIE_NAME] = request.param
        return browser

    found = dict(every_page(trained, speaking))
    assert {page.headers["Content-Language"] for page in found.values()} == {request.param}
    return found


def test_every_page_is_well_formed(pages: dict[str, Any]) -> None:
    for name, page in pages.items():
        parsed = Page(body_of(page))
        tags = [tag for tag, _ in parsed.tags]
        assert parsed.is_balanced, name
        assert [tags.count(tag) for tag in ("h1", "main", "title", "header", "footer")] == [1] * 5, name
        identities = [attributes["id"] for _, attributes in parsed.tags if "id" in attributes]
        assert sorted(identities) == sorted(set(identities)), name
        described = " ".join(
            attributes.get(key, "") for _, attributes in parsed.tags for key in ("for", "aria-labelledby", "aria-describedby")
        )
        assert set(described.split()) - set(identities) == set(), name


def test_every_page_names_its_language(pages: dict[str, Any]) -> None:
    for page in pages.values():
        (html,) = [attributes for tag, attributes in Page(body_of(page)).tags if tag == "html"]
        assert html["lang"] == page.headers["Content-Language"]


def test_no_page_speaks_to_anyone_else(pages: dict[str, Any]) -> None:
    for name, page in pages.items():
        tags = Page(body_of(page)).tags
        addresses = [attributes[key] for _, attributes in tags for key in ("href", "src", "action") if key in attributes]
        assert [address for address in addresses if not re.match(r"(/(?!/)|[?#])", address)] == [], name
        assert "://" not in body_of(page), name


def test_no_page_needs_what_its_policy_forbids(pages: dict[str, Any]) -> None:
    for name, page in pages.items():
        policy = page.headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy
        tags = Page(body_of(page)).tags
        inline = [key for _, attributes in tags for key in attributes if key == "style" or key.startswith("on")]
        inline += [tag for tag, attributes in tags if tag == "style" or (tag == "script" and "src" not in attributes)]
        assert inline == [], name


def test_every_form_that_is_posted_carries_the_token(pages: dict[str, Any]) -> None:
    for name, page in pages.items():
        forms = re.findall(r"<form[^>]*>.*?</form>", body_of(page), re.DOTALL)
        assert [form for form in forms if 'method="post"' in form and "csrfmiddlewaretoken" not in form] == [], name


def test_pages_of_a_person_are_not_kept(pages: dict[str, Any]) -> None:
    for name, page in pages.items():
        if page.status_code == 200 and not name.startswith(("nobody", "/accounts/")):
            assert "no-store" in page.headers["Cache-Control"], name


def test_every_page_of_ours_that_a_page_links_to_exists(pages: dict[str, Any], trained: Village, visit: Visit) -> None:
    browser = visit(trained.sari)
    linked = {
        attributes["href"].partition("#")[0]
        for name, page in pages.items()
        if not name.startswith(("dewi", "budi"))
        for tag, attributes in Page(body_of(page)).tags
        if tag == "a" and attributes["href"].startswith("/")
    }
    statuses = {address: browser.get(address).status_code for address in sorted(linked - {""})}
    assert {address: status for address, status in statuses.items() if status not in {200, 302}} == {}


def test_the_first_load_is_small(pages: dict[str, Any]) -> None:
    css, js = _compressed("bekal/bekal.css"), _compressed("bekal/bekal.js")
    assert css <= _CSS_BYTES
    assert js <= _JS_BYTES
    for name, page in pages.items():
        tags = Page(body_of(page)).tags
        files = {attributes["src"] for _, attributes in tags if "src" in attributes} | {"/static/bekal/kawung.svg"}
        files |= {attributes["href"] for tag, attributes in tags if tag == "link"}
        sizes = [_compressed(address.removeprefix(settings.STATIC_URL)) for address in files]
        assert len(gzip.compress(page.content)) + sum(sizes) <= _FIRST_LOAD_BYTES, name
        assert len(files) + 1 <= _FIRST_LOAD_REQUESTS, name


def test_the_style_sheet_asks_for_nothing_but_our_own() -> None:
    style = _file("bekal/bekal.css").decode()

    assert re.findall(r"url\(([^)]*)\)", style) == ["kawung.svg"]
    assert "@import" not in style


def _compressed(name: str) -> int:
    return len(gzip.compress(_file(name)))


def _file(name: str) -> bytes:
    path = finders.find(name)
    assert isinstance(path, str), name
    return Path(path).read_bytes()
