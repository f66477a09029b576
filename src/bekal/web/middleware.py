"""What every request passes through."""

from collections.abc import Callable
from http import HTTPStatus
from ipaddress import IPv4Address, IPv6Address, ip_address
from typing import Final
from urllib.parse import parse_qs, urlencode, urlsplit

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import translation
from django.utils.cache import patch_vary_headers
from django.utils.http import url_has_allowed_host_and_scheme

from bekal.core import clock
from bekal.core.errors import BekalError
from bekal.web.errors import WrongMethod, record_fault, refusal

ROUTE: Final = "bekal.route"
"""Where the front door finds which page answered."""
_FORWARDED: Final = ("X_FORWARDED_FOR", "X_FORWARDED_PROTO", "X_FORWARDED_HOST", "X_FORWARDED_PORT", "FORWARDED", "X_REAL_IP")

GetResponse = Callable[[HttpRequest], HttpResponse]

# By the name of a route: what did not happen when its form came too late.
_UNDONE: Final = {"buy": "purchase", "buy_together": "purchase", "operator:approve": "approval"}


class ProxyMiddleware:
    """Believe what a proxy of ours says of who asks and how, and nobody else.

    `REMOTE_ADDR` becomes the nearest address that is no proxy of ours, and a request counts as secure where our proxy got it by
    TLS. What anybody else says of this is taken out, so that nothing behind this can believe it.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        meta = request.META
        forwarded = {name: meta.pop(f"HTTP_{name}", "") for name in _FORWARDED}
        if _is_ours(meta.get("REMOTE_ADDR", "")):
            for hop in reversed(_between_commas(forwarded["X_FORWARDED_FOR"])):
                if _address(hop) is None:
                    break
                meta["REMOTE_ADDR"] = hop
                if not _is_ours(hop):
                    break
            if _between_commas(forwarded["X_FORWARDED_PROTO"])[-1:] == ["https"]:
                meta["wsgi.url_scheme"] = "https"
        return self.get_response(request)


def _between_commas(text: str) -> list[str]:
    return [part for part in (part.strip() for part in text.split(",")) if part]


def _address(text: str) -> IPv4Address | IPv6Address | None:
    """The address; of IPv4 also where a socket of IPv6 tells it, as `::ffff:10.0.0.1`."""
    try:
        address = ip_address(text)
    except ValueError:
        return None
    # A socket for IPv6 that takes IPv4 too has 10.0.0.5 as ::ffff:10.0.0.5.
    return (isinstance(address, IPv6Address) and address.ipv4_mapped) or address


def _is_ours(text: str) -> bool:
    address = _address(text)
    return address is not None and any(address in network for network in settings.BEKAL_TRUSTED_PROXIES)


class RouteMiddleware:
    """Tell the front door which page answered, by its pattern: the address itself may name somebody."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(self, request: HttpRequest, *_: object) -> None:
        if request.resolver_match is not None:
            request.META[ROUTE] = f"/{request.resolver_match.route}"


class ClockMiddleware:
    """Let one request see one clock."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.path == "/healthz" or request.path.startswith("/static/"):
            return self.get_response(request)
        with clock.pinned():
            return self.get_response(request)


class LanguageMiddleware:
    """Indonesian, unless the reader has chosen English here.

    A browser's own language is not asked: cheap phones are often sold with English as their language, and their owners read
    Indonesian.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        chosen = request.COOKIES.get(settings.LANGUAGE_COOKIE_NAME)
        language = chosen if chosen in dict(settings.LANGUAGES) else settings.LANGUAGE_CODE
        with translation.override(language):
            response = self.get_response(request)
        response.headers.setdefault("Content-Language", language)
        patch_vary_headers(response, ["Cookie"])
        return response


class TypedErrorMiddleware:
    """Answer an error of Bekal's that no view has handled, and a method that none takes, with a page that says what to do."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if response.status_code != HTTPStatus.METHOD_NOT_ALLOWED:
            return response
        page = _answer(request, WrongMethod())
        page.headers["Allow"] = response.headers.get("Allow", "POST")
        return page

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        if not isinstance(error, BekalError):
            return None
        record_fault(error)
        return _answer(request, error)


def _answer(request: HttpRequest, error: BekalError) -> HttpResponse:
    if request.path.startswith("/api/"):
        found = refusal(error, path=request.path, language=None)
        return HttpResponse(found.body, status=found.status, headers=dict(found.headers))
    return render(request, "error.html", {"error": error}, status=error.http_status)


class SessionEndedMiddleware:
    """Where a login is asked for because a session has ended, let the login page say so, and what was not done.

    What was sent is never done later by itself: the person is led back to the page with the form, and sees it as it is then.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        away = urlsplit(response.headers.get("Location", ""))
        if away.path == reverse("account_login") and not away.netloc and _had_session(request):
            back = parse_qs(away.query).get("next", [""])[0]
            if request.method == "POST":
                # The address of a form need be no page; where a view named another one, it is.
                back = _page_of_form(request) or ("" if urlsplit(back).path == request.path else back)
            asked = ({"next": back} if back else {}) | {"ended": _undone(request)}
            response.headers["Location"] = f"{away.path}?{urlencode(asked, safe='/')}"
        return response


def _had_session(request: HttpRequest) -> bool:
    """Whether somebody was here before: a form is on nobody's page by chance, nor is a cookie of a session that is gone."""
    if request.user.is_authenticated:
        return False
    return request.method == "POST" or (settings.SESSION_COOKIE_NAME in request.COOKIES and request.session.is_empty())


def _page_of_form(request: HttpRequest) -> str:
    """The page of ours from which a form was sent; empty where the browser does not tell."""
    page = request.headers.get("Referer", "")
    if not url_has_allowed_host_and_scheme(page, allowed_hosts={request.get_host()}):
        return ""
    parts = urlsplit(page)
    return parts.path + (f"?{parts.query}" if parts.query else "")


def _undone(request: HttpRequest) -> str:
    """What the login page says was not done."""
    if request.method != "POST":
        return "page"
    return _UNDONE.get(request.resolver_match.view_name if request.resolver_match else "", "form")
