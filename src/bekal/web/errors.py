"""What the site itself cannot do now, and how it says so: to people as a page in their language, to programs as JSON."""

import json
import sys
from dataclasses import dataclass
from http import HTTPStatus
from typing import Final

import psycopg
import structlog
from django.conf import settings
from django.db import InterfaceError, InternalError, OperationalError
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.utils import translation
from django.utils.translation import gettext_lazy as _
from django.views import defaults

from bekal.core.errors import BekalError, Unavailable

_log: Final = structlog.get_logger("bekal.web.errors")
_POLICY: Final = "default-src 'none'; style-src 'self'; img-src 'self'; frame-ancestors 'none'; base-uri 'none'"
_API: Final = "/api/"
REQUEST_ID: Final = "bekal.request_id"
"""Where the front door puts the id of a request, beside its headers."""


class SiteBusy(Unavailable):
    """Too many requests wait already, or this one waited too long."""

    code = "site_busy"
    message = _("Many people are here at this moment. Nothing was changed; please try again in a minute.")


class DatabaseBusy(Unavailable):
    """A statement was not done in its time, or waited too long for somebody else's."""

    code = "database_busy"
    message = _(
        "The database did not finish in time: this takes long, or something else is working on the same data. Look at what is"
        " there before you try again: nothing is ever charged twice."
    )


class DatabaseGone(Unavailable):
    """The database does not answer."""

    code = "database_gone"
    message = _(
        "The database cannot be reached at this moment. Look at your balance before you try again: nothing is ever charged twice."
    )


class BodyTooLarge(BekalError):
    """More than any form or question needs."""

    code = "body_too_large"
    http_status = HTTPStatus.REQUEST_ENTITY_TOO_LARGE
    message = _("The body may have {most_bytes} bytes at most.")


class BodyTooSlow(BekalError):
    """The body did not come in its time."""

    code = "body_too_slow"
    http_status = HTTPStatus.REQUEST_TIMEOUT
    message = _("What you sent did not arrive in time. Nothing was changed; check your connection, then try again.")


class BodyBroken(BekalError):
    """The body ended before it was complete."""

    code = "body_broken"
    http_status = HTTPStatus.BAD_REQUEST
    message = _("What you sent did not arrive as a whole. Nothing was changed; check your connection, then try again.")


class WrongMethod(BekalError):
    """The address is there, but not for this method: what a form sends cannot be opened as a page."""

    code = "wrong_method"
    http_status = HTTPStatus.METHOD_NOT_ALLOWED
    message = _("This address only takes what a form sends to it. Go back to the page with the form, and begin there again.")


class Fault(BekalError):
    """Something that nobody foresaw."""

    code = "fault"
    message = _(
        "The fault is ours, and it has been noted. Look at your balance before you try again: nothing is ever charged twice."
    )


_OUT_OF_TIME: Final = (
    psycopg.errors.LockNotAvailable,
    psycopg.errors.QueryCanceled,
    psycopg.errors.DeadlockDetected,
    psycopg.errors.IdleInTransactionSessionTimeout,
)


def why_unavailable(error: BaseException | None) -> Unavailable | None:
    """What to say where the database did not answer, or not in time; None where something else is wrong."""
    if isinstance(error, OperationalError | InternalError) and isinstance(error.__cause__, _OUT_OF_TIME):
        return DatabaseBusy()
    return DatabaseGone() if isinstance(error, OperationalError | InterfaceError) else None


@dataclass(frozen=True, slots=True)
class Refusal:
    """An answer that needs neither database nor session."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes


def refusal(error: BekalError, *, path: str, language: str | None, request_id: str | None = None) -> Refusal:
    """The answer to a request that is not taken up, or failed.

    Args:
        path: where it went: below `/api/` programs read the answer, people elsewhere.
        language: what the reader has chosen, if anything; programs are answered in English.
        request_id: under which the log tells more.
    """
    as_json = path.startswith(_API)
    status = int(error.http_status)
    if language not in dict(settings.LANGUAGES):
        language = settings.LANGUAGE_CODE
    with translation.override("en" if as_json else language):
        if as_json:
            detail = {"code": error.code, "message": str(error), "fields": []}
            body, kind = json.dumps({"error": detail}), "application/json; charset=utf-8"
        else:
            context = {"error": error, "request_id": request_id}
            body, kind = render_to_string("standing_alone.html", context), "text/html; charset=utf-8"
    headers = [
        ("Content-Type", kind),
        ("Cache-Control", "no-store"),
        ("X-Content-Type-Options", "nosniff"),
        ("X-Frame-Options", "DENY"),
        ("Content-Security-Policy", _POLICY),
    ]
    if not as_json:
        headers.append(("Content-Language", str(language)))
    if status == HTTPStatus.SERVICE_UNAVAILABLE:
        headers.append(("Retry-After", "60"))
    return Refusal(status=status, headers=tuple(headers), body=body.encode())


def record_fault(error: BekalError) -> None:
    """Log a typed error that is not the reader's doing, before a page or an answer tells it; others are not logged."""
    if error.http_status == HTTPStatus.SERVICE_UNAVAILABLE:
        _log.warning("a request was given up", code=error.code, exc_info=error)
    elif error.http_status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        _log.error("a request failed", code=error.code, exc_info=error)


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Django's handler of requests that cannot be taken up; 503 where its sessions say so of a database that did not answer."""
    error: BaseException | None = exception
    while error is not None and why_unavailable(error) is None:
        error = error.__cause__ or error.__context__
    return defaults.bad_request(request, exception) if error is None else _failed(request, error)


def server_error(request: HttpRequest) -> HttpResponse:
    """Django's handler of what no view has handled: 503 where the database is the reason, otherwise 500; logged in any case.

    Asks the database nothing, which may be the very thing that does not answer.
    """
    return _failed(request, sys.exc_info()[1])


def _failed(request: HttpRequest, error: BaseException | None) -> HttpResponse:
    unavailable = why_unavailable(error)
    if unavailable is None:
        _log.error("a request failed", exc_info=error)
    else:
        _log.warning("a request was given up", code=unavailable.code, exc_info=error)
    found = refusal(
        unavailable or Fault(),
        path=request.path,
        language=translation.get_language(),
        request_id=request.META.get(REQUEST_ID),
    )
    return HttpResponse(found.body, status=found.status, headers=dict(found.headers))
