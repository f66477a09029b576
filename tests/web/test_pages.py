"""What holds for every page: well formed, safe, small, and at home here alone."""

import gzip
import re
from pathlib import Path
from typing import Final

import pytest
from django.conf import settings
from django.contrib.staticfiles import finders
from pytest_django import DjangoDbBlocker

from bekal.access.models import Role
from bekal.config.postgres import Server
from tests.builders import on
from tests.web.conftest import Visit
from tests.web.grounds import connected
from tests.web.officers import enter_office
from tests.web.pages import RenderedPage
from tests.web.reading import Page, body_of
from tests.web.village import SPEND_BY_OVER, Village

_FIRST_LOAD_BYTES = 100_000
_FIRST_LOAD_REQUESTS = 10
_CSS_BYTES = 20_000
_JS_BYTES = 25_000


Pages = dict[str, RenderedPage]


@pytest.fixture(params=["id", "en"])
def language(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def pages(language: str, rendered: dict[str, Pages]) -> Pages:
    """Every page in one language."""
    found = rendered[language]
    assert {page.headers["Content-Language"] for page in found.values()} == {language}
    return found


def test_every_page_is_well_formed(pages: Pages) -> None:
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


def test_every_page_names_its_language(pages: Pages) -> None:
    for page in pages.values():
        (html,) = [attributes for tag, attributes in Page(body_of(page)).tags if tag == "html"]
        assert html["lang"] == page.headers["Content-Language"]


def test_no_page_speaks_to_anyone_else(pages: Pages) -> None:
    for name, page in pages.items():
        tags = Page(body_of(page)).tags
        addresses = [attributes[key] for _, attributes in tags for key in ("href", "src", "action") if key in attributes]
        assert [address for address in addresses if not re.match(r"(/(?!/)|[?#])", address)] == [], name
        assert set(re.findall(r"\w+://[^/\"]*", body_of(page))) <= {"http://testserver"}, name


def test_no_page_needs_what_its_policy_forbids(pages: Pages) -> None:
    for name, page in pages.items():
        policy = page.headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy
        tags = Page(body_of(page)).tags
        inline = [key for _, attributes in tags for key in attributes if key == "style" or key.startswith("on")]
        inline += [tag for tag, attributes in tags if tag == "style" or (tag == "script" and "src" not in attributes)]
        assert inline == [], name


def test_every_form_that_is_posted_carries_the_token(pages: Pages) -> None:
    for name, page in pages.items():
        forms = re.findall(r"<form[^>]*>.*?</form>", body_of(page), re.DOTALL)
        assert [form for form in forms if 'method="post"' in form and "csrfmiddlewaretoken" not in form] == [], name


def test_pages_of_a_person_are_not_kept(pages: Pages) -> None:
    for name, page in pages.items():
        if page.status_code == 200 and not name.startswith(("nobody", "/accounts/")):
            assert "no-store" in page.headers["Cache-Control"], name


_OPERATORS_ALONE: Final = {"office demo", "office new wave", "office wrong wave"}
"""Pages with links that only an operator can follow."""


def links(pages: list[RenderedPage]) -> list[str]:
    """The addresses of ours that these pages link to."""
    found = {attributes["href"] for page in pages for tag, attributes in Page(body_of(page)).tags if tag == "a"}
    return sorted({address.partition("#")[0] for address in found if address.startswith("/")})


def test_every_page_of_ours_that_a_page_links_to_exists(pages: Pages, trained: Village, visit: Visit) -> None:
    browser = visit(trained.sari)
    others = [page for name, page in pages.items() if not name.startswith(("office", "draw", "applicant", "dewi", "budi"))]
    statuses = {address: browser.get(address).status_code for address in links(others)}
    assert {address: status for address, status in statuses.items() if status not in {200, 302}} == {}


def test_every_page_that_the_office_links_to_exists(
    language: str, pages: Pages, postgres: Server, django_db_blocker: DjangoDbBlocker
) -> None:
    with django_db_blocker.unblock(), connected(postgres, f"web_pages_{language}"), on(SPEND_BY_OVER):
        statuses: dict[str, int] = {}
        for role in (Role.AUDITOR, Role.OPERATOR):
            browser = enter_office(role, email=f"later-{role}@example.org")
            own = [
                page
                for name, page in pages.items()
                if name.startswith(("office", "draw")) and (name in _OPERATORS_ALONE) == (role == Role.OPERATOR)
            ]
            statuses |= {address: browser.get(address).status_code for address in links(own)}
    assert {address: status for address, status in statuses.items() if status not in {200, 302}} == {}


def test_the_first_load_is_small(pages: Pages) -> None:
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
