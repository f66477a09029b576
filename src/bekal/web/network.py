"""Where a request comes from: its network, and a browser that is known."""

from ipaddress import IPv6Address, ip_address, ip_network
from typing import Final

from django.conf import settings
from django.core import signing
from django.http import HttpRequest, HttpResponse

from bekal.access.models import User
from bekal.access.tries import BROWSER_KNOWN_FOR, Origin, come_in

BROWSER_COOKIE: Final = "bekal_browser"
_SALT: Final = "bekal.web.network.browser"
# What one customer is given whole, so that nobody has many networks for the price of one: up to a /48 of IPv6 (RFC 6177). Phones
# of one carrier change their IPv4 address within a /24 from one hour to the next.
_BITS: Final = {4: 24, 6: 48}


def client_network(request: HttpRequest) -> str:
    """The network from which a request comes, as `203.0.113.0/24` or `2001:db8:1::/48`.

    Only the socket's own address counts, or what a trusted proxy put in its place (`ProxyMiddleware`): a header such as
    X-Forwarded-For says what whoever sent it likes.
    """
    try:
        address = ip_address(request.META.get("REMOTE_ADDR", ""))
    except ValueError:
        return "unknown"
    if isinstance(address, IPv6Address) and address.ipv4_mapped:
        address = address.ipv4_mapped
    return str(ip_network((address, _BITS[address.version]), strict=False))


def origin_of(request: HttpRequest) -> Origin:
    """The network of a request, and the token of its browser if the browser was given one."""
    try:
        token = signing.loads(request.COOKIES.get(BROWSER_COOKIE, ""), salt=_SALT, max_age=BROWSER_KNOWN_FOR)
    except signing.BadSignature:
        token = None
    return Origin(network=client_network(request), token=token)


def remember_browser(request: HttpRequest, response: HttpResponse, user: User) -> None:
    """Know browser and network of somebody who came in with every factor, from the next time on."""
    response.set_cookie(
        BROWSER_COOKIE,
        signing.dumps(come_in(user=user, origin=origin_of(request)), salt=_SALT),
        max_age=BROWSER_KNOWN_FOR,
        httponly=True,
        secure=settings.SESSION_COOKIE_SECURE,
        samesite="Lax",
    )
