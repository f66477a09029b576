"""Every address answers every method with something that can be read."""

import re
from collections.abc import Iterator
from uuid import UUID

import pytest
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver

from bekal.access.models import Role
from tests.web.conftest import Visit
from tests.web.operator.conftest import Enter, enter  # noqa: F401 - a fixture
from tests.web.reading import text_of
from tests.web.village import Village

_ID = UUID("00000000-0000-4000-8000-000000000000")


def addresses(patterns: list[URLPattern | URLResolver], before: str = "") -> Iterator[str]:
    """Every address of the site, with something in the place of what varies."""
    for pattern in patterns:
        address = before + re.sub(r"<\w+>|<code:\w+>", "KUE-01", re.sub(r"<uuid:\w+>", str(_ID), str(pattern.pattern)))
        if isinstance(pattern, URLResolver):
            yield from addresses(pattern.url_patterns, address)
        else:
            yield f"/{address}"


ADDRESSES = sorted(set(addresses(get_resolver().url_patterns)))


def test_the_addresses_are_found() -> None:
    known = {"/", "/operator/audit/", "/operator/runs/approve/", f"/operator/waves/{_ID}/end/", "/catalogue/KUE-01/buy/"}
    assert known <= set(ADDRESSES)


@pytest.mark.parametrize("method", ["GET", "POST", "DELETE"])
def test_no_address_answers_with_nothing(village: Village, visit: Visit, enter: Enter, method: str) -> None:  # noqa: F811
    for who, browser in (("nobody", Client()), ("sari", visit(village.sari)), ("operator", enter(Role.OPERATOR))):
        for address in ADDRESSES:
            if "logout" in address and method == "POST":
                continue
            answer = browser.generic(method, address)
            if answer.status_code in {204, 301, 302, 303}:
                continue
            said = answer.content.decode() if "json" in answer["Content-Type"] else text_of(answer)
            assert len(said) > 20 or answer.status_code == 200, (who, method, address, answer.status_code, said)


def test_what_only_a_form_may_send_says_so(village: Village, enter: Enter) -> None:  # noqa: F811
    answer = enter(Role.OPERATOR).get("/operator/audit/")
    assert (answer.status_code, answer["Allow"]) == (405, "POST")
    assert "Alamat ini hanya menerima kiriman formulir." in text_of(answer)
    asked = Client().get("/api/v1/recommendations")
    assert (asked.status_code, asked.json()["error"]["code"]) == (405, "wrong_method")


def test_after_a_login_nobody_comes_back_to_what_is_no_page(village: Village) -> None:
    answer = Client().post("/operator/audit/")
    assert (answer.status_code, answer["Location"]) == (302, "/accounts/login/?next=/operator/&ended=form")
