"""Whom the site believes about who asks, and how."""

from ipaddress import ip_network

import pytest
from django.http import HttpRequest, HttpResponse
from django.test import RequestFactory
from pytest_django import Settings

from bekal.web.middleware import ProxyMiddleware


@pytest.fixture(autouse=True)
def proxies(settings: Settings) -> None:
    settings.BEKAL_TRUSTED_PROXIES = (ip_network("10.0.0.0/8"), ip_network("fd00::/8"))


def seen(address: str, **headers: str) -> tuple[str, bool, list[str]]:
    """Who asked, whether securely, and which headers of proxies are left."""
    passed: list[HttpRequest] = []

    def page(request: HttpRequest) -> HttpResponse:
        passed.append(request)
        return HttpResponse()

    ProxyMiddleware(page)(RequestFactory().get("/", REMOTE_ADDR=address, **headers))  # type: ignore[arg-type]
    (request,) = passed
    return request.META["REMOTE_ADDR"], request.is_secure(), sorted(name for name in request.META if "FORWARD" in name)


def test_a_proxy_of_ours_is_believed() -> None:
    headers = {"HTTP_X_FORWARDED_FOR": "203.0.113.9", "HTTP_X_FORWARDED_PROTO": "https"}
    assert seen("10.1.2.3", **headers) == ("203.0.113.9", True, [])
    assert seen("fd00::5", **headers) == ("203.0.113.9", True, [])
    # As a socket tells it that listens for IPv4 and IPv6.
    assert seen("::ffff:10.1.2.3", **headers) == ("203.0.113.9", True, [])
    assert seen("10.1.2.3", HTTP_X_FORWARDED_FOR="203.0.113.9, ::ffff:10.9.9.9")[0] == "203.0.113.9"


def test_nobody_else_is() -> None:
    headers = {"HTTP_X_FORWARDED_FOR": "10.0.0.1", "HTTP_X_FORWARDED_PROTO": "https", "HTTP_FORWARDED": "for=1.2.3.4"}
    assert seen("203.0.113.9", **headers) == ("203.0.113.9", False, [])
    assert seen("::ffff:203.0.113.9", **headers) == ("::ffff:203.0.113.9", False, [])


@pytest.mark.parametrize(
    ("forwarded", "address"),
    [
        ("198.51.100.1, 203.0.113.9", "203.0.113.9"),  # what somebody sent before our proxy added the address it saw
        ("10.0.0.1, 203.0.113.9, 10.9.9.9", "203.0.113.9"),
        ("10.0.0.2, 10.0.0.3", "10.0.0.2"),
        ("203.0.113.9, unknown", "10.1.2.3"),
        ("", "10.1.2.3"),
    ],
)
def test_the_nearest_address_that_is_no_proxy_of_ours_asks(forwarded: str, address: str) -> None:
    assert seen("10.1.2.3", HTTP_X_FORWARDED_FOR=forwarded)[0] == address


def test_only_what_the_nearest_proxy_says_of_tls_counts() -> None:
    assert seen("10.1.2.3", HTTP_X_FORWARDED_PROTO="https, http")[1] is False
    assert seen("10.1.2.3", HTTP_X_FORWARDED_PROTO="http, https")[1] is True
