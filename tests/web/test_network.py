import pytest
from django.test import RequestFactory

from bekal.web.network import client_network, origin_of


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("203.0.113.77", "203.0.113.0/24"),
        ("203.0.113.1", "203.0.113.0/24"),
        ("::ffff:203.0.113.77", "203.0.113.0/24"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1::/48"),
        ("2001:db8:1:ffff::1", "2001:db8:1::/48"),
        ("fe80::1%eth0", "fe80::/48"),
        ("", "unknown"),
        ("nonsense", "unknown"),
    ],
)
def test_a_network_is_what_one_customer_has(address: str, network: str) -> None:
    assert client_network(RequestFactory().get("/", REMOTE_ADDR=address)) == network


@pytest.mark.parametrize("header", ["HTTP_X_FORWARDED_FOR", "HTTP_FORWARDED", "HTTP_X_REAL_IP", "HTTP_HOST"])
def test_what_a_header_says_does_not_count(header: str) -> None:
    request = RequestFactory().get("/", REMOTE_ADDR="203.0.113.77")
    request.META[header] = "192.0.2.1"
    assert client_network(request) == "203.0.113.0/24"


@pytest.mark.parametrize("cookie", ["", "x", "x:y:z", "\0"])
def test_a_browser_that_nobody_signed_is_none(cookie: str) -> None:
    request = RequestFactory().get("/")
    request.COOKIES["bekal_browser"] = cookie
    assert origin_of(request).token is None
