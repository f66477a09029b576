"""What every request passes through."""

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import translation
from django.utils.cache import patch_vary_headers

from bekal.core import clock
from bekal.core.errors import BekalError

GetResponse = Callable[[HttpRequest], HttpResponse]


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
    """Answer an error of Bekal's that no view has handled with a page that says what to do."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        if not isinstance(error, BekalError):
            return None
        return render(request, "error.html", {"error": error}, status=error.http_status)
